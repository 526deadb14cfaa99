use std::collections::BTreeSet;

use serde_json::Value;

use super::{Reader, start};
use crate::ss12000::Dialect;

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The register holds what the export of the same town to CSV holds,
/// with the same ids.
#[test]
fn the_register_and_the_export_hold_the_same() {
    let mut reader = start(Dialect::Standard);
    let town = reader.running.town();
    let persons: Vec<_> =
        town.persons.iter().filter(|it| town.present(it)).map(|it| it.person.id.clone()).collect();
    assert_eq!(sorted(reader.ids("persons")), sorted(persons));
    let duties: Vec<_> = town
        .duties
        .iter()
        .filter(|it| town.shows(it.validity))
        .map(|it| town.duty_id(it))
        .collect();
    assert_eq!(sorted(reader.ids("duties")), sorted(duties));
    let groups: Vec<_> =
        town.groups.iter().filter(|it| town.shows(it.validity)).map(|it| it.id.clone()).collect();
    assert_eq!(sorted(reader.ids("groups")), sorted(groups));
    let mut schools: Vec<_> = town.schools.iter().map(|it| it.id.clone()).collect();
    schools.push(town.owner());
    assert_eq!(sorted(reader.ids("organisations")), sorted(schools));

    let groups = reader.all("groups");
    let members = groups.iter().map(|it| it["groupMemberships"].as_array().unwrap().len());
    let shown = town.memberships.iter().filter(|it| town.shows(it.validity)).count();
    assert_eq!(members.sum::<usize>(), shown);
}

/// Who teaches a group is told by an activity, through a duty, and is the export's teacher.
#[test]
fn teachers_are_told_by_activities() {
    let mut reader = start(Dialect::Standard);
    let town = reader.running.town();
    let duties = reader.all("duties");
    let person_of = |duty: &str| {
        let found = duties.iter().find(|it| it["id"] == duty).expect("the duty is listed");
        text(found, "/person/id").to_owned()
    };
    let mut told = BTreeSet::new();
    for activity in reader.all("activities") {
        for teacher in activity["teachers"].as_array().unwrap() {
            let person = person_of(text(teacher, "/duty/id"));
            told.insert((text(&activity, "/groups/0/id").to_owned(), person));
        }
    }
    let expected: BTreeSet<_> = town
        .teachers
        .iter()
        .map(|it| {
            let group = &town.groups[it.group as usize];
            (group.id.clone(), town.persons[it.person as usize].person.id.clone())
        })
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn pages_of_any_size_hold_everything_once() {
    let mut reader = start(Dialect::Standard);
    let whole = reader.ids("persons?limit=5000");
    for size in [1, 7, 100] {
        assert_eq!(
            reader.ids(&format!("persons?limit={size}&sortkey=ModifiedDesc")).len(),
            whole.len()
        );
    }
    let first = reader.get("persons?limit=7");
    assert_eq!(first["data"].as_array().unwrap().len(), 7);
    let token = first["pageToken"].as_str().unwrap().to_owned();
    let again = reader.get(&format!("persons?pageToken={token}&limit=3"));
    assert_eq!(again["data"].as_array().unwrap().len(), 3, "a limit beside a token");
    assert_eq!(again, reader.get(&format!("persons?pageToken={token}&limit=3")).into_retry(&again));
    assert_eq!(reader.pages("persons?limit=5000").len(), 1);
}

trait Retry {
    /// The same page by the same token has the same objects; its own token may differ.
    fn into_retry(self, first: &Value) -> Value;
}

impl Retry for Value {
    fn into_retry(mut self, first: &Value) -> Value {
        self["pageToken"] = first["pageToken"].clone();
        self
    }
}

#[test]
fn filters_find_what_the_standard_says() {
    let mut reader = start(Dialect::Standard);
    let town = reader.running.town();
    let (school, other) = (town.schools[0].id.clone(), town.schools[1].id.clone());
    let owner = town.owner();
    let persons = reader.all("persons");
    let of = |reader: &mut Reader, path: &str| reader.all(path).len();

    // Enrolments at one school and at the other, and those of both.
    let enrolled = |id: &str| {
        let at = |it: &&Value| {
            it["enrolments"]
                .as_array()
                .is_some_and(|all| all.iter().any(|it| text(it, "/enroledAt/id") == id))
        };
        persons.iter().filter(at).count()
    };
    let pupils = "persons?relationship.entity.type=enrolment";
    assert_eq!(
        of(&mut reader, &format!("{pupils}&relationship.organisation={school}")),
        enrolled(&school)
    );
    assert_eq!(
        of(&mut reader, &format!("{pupils}&relationship.organisation={other}")),
        enrolled(&other)
    );
    assert_eq!(
        of(&mut reader, &format!("{pupils}&relationship.organisation={owner}")),
        0,
        "not beneath"
    );
    assert_eq!(
        of(&mut reader, &format!("{pupils}&relationship.startDate.onOrBefore=2026-08-16")),
        0
    );
    assert_eq!(of(&mut reader, &format!("{pupils}&relationship.endDate.onOrAfter=2027-06-12")), 0);
    let staff = of(&mut reader, "persons?relationship.entity.type=duty");
    assert_eq!(staff, 43, "the staff of size XS");
    // An open end always fits.
    let ending = "persons?relationship.entity.type=duty&relationship.endDate.onOrAfter=2099-01-01";
    assert_eq!(of(&mut reader, ending), staff);

    // Organisations: duties and activities beneath too, groups only directly.
    let all = of(&mut reader, "duties");
    assert_eq!(of(&mut reader, &format!("duties?organisation={owner}")), all);
    let here = of(&mut reader, &format!("duties?organisation={school}"));
    let there = of(&mut reader, &format!("duties?organisation={other}"));
    assert_eq!(here + there, all);
    assert_eq!(of(&mut reader, &format!("groups?organisation={owner}")), 0);
    let both = format!("groups?organisation={school}&organisation={other}");
    assert_eq!(of(&mut reader, &both), of(&mut reader, "groups"));
    assert_eq!(
        of(&mut reader, &format!("activities?organisation={owner}")),
        of(&mut reader, "activities")
    );
    assert_eq!(of(&mut reader, "groups?groupType=Klass"), 16, "the classes of size XS");
    assert_eq!(of(&mut reader, "duties?dutyRole=Rektor"), 2);
    assert_eq!(of(&mut reader, &format!("organisations?parent={owner}&type=Skolenhet")), 3);
    assert_eq!(of(&mut reader, "organisations?schoolUnitCode=99999900&schoolUnitCode=99999901"), 2);
    assert_eq!(of(&mut reader, "organisations?organisationCode=F002"), 1, "the preschool");

    // Names and numbers.
    let one = &persons[0];
    let (given, number) = (text(one, "/givenName"), text(one, "/civicNo/value"));
    let part = given.chars().skip(1).take(3).collect::<String>().to_uppercase();
    let named = reader.all(&format!("persons?nameContains={part}"));
    assert!(named.iter().any(|it| it["id"] == one["id"]));
    assert_eq!(reader.ids(&format!("persons?civicNo={number}")), [one["id"].as_str().unwrap()]);
}

#[test]
fn activities_are_found_by_member_teacher_and_group() {
    let mut reader = start(Dialect::Standard);
    let groups = reader.all("groups?groupType=Undervisning");
    let (group, member) =
        (text(&groups[0], "/id"), text(&groups[0], "/groupMemberships/0/person/id"));
    let of_group = reader.all(&format!("activities?group={group}"));
    assert_eq!(of_group.len(), 1);
    let id = text(&of_group[0], "/id").to_owned();
    assert!(reader.ids(&format!("activities?member={member}")).contains(&id));
    let duty = text(&of_group[0], "/teachers/0/duty/id");
    assert!(reader.ids(&format!("activities?teacher={duty}")).contains(&id));
    let body = format!("{{\"teachers\":[\"{duty}\"],\"members\":[\"{member}\"]}}");
    let (status, found) = reader.ask("POST", "activities/lookup", &body);
    assert_eq!(status, 200);
    assert!(found.as_array().unwrap().iter().any(|it| it["id"] == id.as_str()));
}

#[test]
fn what_is_asked_for_comes_beside_the_object() {
    let mut reader = start(Dialect::Standard);
    let teacher = reader.ids("persons?relationship.entity.type=duty").remove(0);
    let person = reader.get(&format!(
        "persons/{teacher}?expand=duties&expand=groupMemberships&expand=placements&expand=responsibleFor"
    ));
    assert_eq!(text(&person, "/_embedded/duties/0/person/id"), teacher);
    assert_eq!(person["_embedded"]["placements"], Value::Array(Vec::new()));
    let pupil = reader.ids("persons?relationship.entity.type=enrolment").remove(0);
    let person = reader.get(&format!("persons/{pupil}?expand=groupMemberships"));
    assert!(!text(&person, "/_embedded/groupMemberships/0/group/displayName").is_empty());
    assert!(person.pointer("/_embedded/groupMemberships/0/group/groupMemberships").is_none());
    let guardian =
        text(&reader.get(&format!("persons/{pupil}")), "/responsibles/0/person/id").to_owned();
    let adult = reader.get(&format!("persons/{guardian}?expand=responsibleFor"));
    assert_eq!(text(&adult, "/_embedded/responsibleFor/0/person/id"), pupil);

    let activity = reader.get("activities?limit=1&expand=groups&expand=teachers&expand=syllabus");
    let activity = &activity["data"][0];
    assert_eq!(activity.pointer("/_embedded/groups/0/id"), activity.pointer("/groups/0/id"));
    let duty = &reader.get("duties?limit=1&expand=person")["data"][0];
    assert_eq!(duty.pointer("/_embedded/person/id"), duty.pointer("/person/id"));
    let mentors = reader.get("groups?groupType=Mentor&limit=1&expand=assignmentRoles");
    assert_eq!(text(&mentors, "/data/0/_embedded/assignmentRoles/0/assignmentRoleType"), "Mentor");

    let plain = reader.get("groups?limit=1");
    let named = reader.get("groups?limit=1&expandReferenceNames=true");
    assert!(plain.pointer("/data/0/organisation/displayName").is_none());
    assert!(!text(&named, "/data/0/organisation/displayName").is_empty());
    assert_eq!(plain.pointer("/data/0/meta"), named.pointer("/data/0/meta"));
}

#[test]
fn lists_come_in_the_order_asked_for() {
    let mut reader = start(Dialect::Standard);
    for (key, pointer) in [
        ("persons?sortkey=FamilyNameAsc", "/familyName"),
        ("persons?sortkey=CivicNoAsc", "/civicNo/value"),
        ("groups?sortkey=DisplayNameAsc", "/displayName"),
        ("organisations?sortkey=DisplayNameAsc", "/displayName"),
    ] {
        let all = reader.all(key);
        let values: Vec<&str> = all.iter().map(|it| text(it, pointer)).collect();
        assert!(values.is_sorted(), "{key}");
        assert!(values.len() > 2, "{key}");
    }
    let all = reader.all("persons?sortkey=ModifiedDesc&limit=100");
    let times: Vec<&str> = all.iter().map(|it| text(it, "/meta/modified")).collect();
    assert!(times.is_sorted_by(|a, b| a >= b));
}

#[test]
fn many_are_looked_up_at_once() {
    let mut reader = start(Dialect::Standard);
    let persons = reader.all("persons?limit=3");
    let (a, b) = (text(&persons[0], "/id"), text(&persons[1], "/id"));
    let number = text(&persons[2], "/civicNo/value");
    let body = format!(
        "{{\"ids\":[\"{a}\",\"{b}\",\"{a}\",\"00000000-0000-4000-8000-000000000000\"],\"civicNos\":[\"{number}\"]}}"
    );
    let (status, found) = reader.ask("POST", "persons/lookup?expand=duties", &body);
    assert_eq!((status, found.as_array().unwrap().len()), (200, 3));
    let (_, schools) =
        reader.ask("POST", "organisations/lookup", r#"{"schoolUnitCodes":["99999900"]}"#);
    assert_eq!(text(&schools, "/0/schoolUnitCode"), "99999900");
    assert_eq!(reader.ask("POST", "syllabuses/lookup", "{}"), (200, Value::Array(Vec::new())));
}
