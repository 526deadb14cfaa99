use serde_json::Value;

use super::{Reader, start};
use crate::ss12000::Dialect;

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn values(reader: &mut Reader, path: &str, pointer: &str) -> Vec<String> {
    let mut found: Vec<_> =
        reader.all(path).iter().map(|it| text(it, pointer).to_owned()).collect();
    found.sort();
    found.dedup();
    found
}

/// Edlevo (reference/sources.md §2.4): schools own groups, duties and activities; few
/// types; its own paths; no user names; the activity is named by its code.
#[test]
fn edlevo_is_as_its_document_says() {
    let mut reader = start(Dialect::Edlevo);
    assert!(
        reader.running.base_url().ends_with("/WE.Education.IntegrationPortal.ExternalApi/api/v1")
    );
    assert!(reader.running.token_url().ends_with("/WE.Education.IdentityServer.Web/connect/token"));
    assert_eq!(values(&mut reader, "organisations", "/organisationType"), ["Skola", "Skolenhet"]);
    let schools = values(&mut reader, "organisations?type=Skola", "/id");
    let units = values(&mut reader, "organisations?type=Skolenhet", "/id");
    assert_eq!(
        values(&mut reader, "organisations?type=Skolenhet", "/parentOrganisation/id"),
        schools
    );
    for (resource, pointer) in [
        ("groups", "/organisation/id"),
        ("duties", "/dutyAt/id"),
        ("activities", "/organisation/id"),
    ] {
        assert!(
            values(&mut reader, resource, pointer).iter().all(|it| schools.contains(it)),
            "{resource}"
        );
    }
    let enrolled = values(
        &mut reader,
        "persons?relationship.entity.type=enrolment",
        "/enrolments/0/enroledAt/id",
    );
    assert!(enrolled.iter().all(|it| units.contains(it)));
    assert_eq!(values(&mut reader, "groups", "/groupType"), ["Klass", "Undervisning"]);
    for person in reader.all("persons") {
        assert!(person.get("externalIdentifiers").is_none() && person.get("photo").is_none());
    }
    let activity = &reader.all("activities")[0];
    assert_eq!(activity["calendarEventsRequired"], true);
    assert_eq!(activity["groups"].as_array().unwrap().len(), 1);
    reader.get("deletedentities");
    reader.get("persons?NameContains=a");
    let unit = &units[0];
    for (path, status) in [
        (format!("persons?relationship.organisation={unit}"), 400),
        ("persons?identifier.value=a".to_owned(), 400),
        ("placements?owner=00000000-0000-4000-8000-000000000000".to_owned(), 400),
        ("programmes".to_owned(), 404),
        ("rooms".to_owned(), 404),
    ] {
        assert_eq!(reader.ask("GET", &path, "").0, status, "{path}");
    }
    let wanted =
        r#"{"name":"Vi","target":"http://127.0.0.1:9","resourceTypes":[{"resource":"Person"}]}"#;
    assert_eq!(reader.ask("POST", "subscriptions", wanted).0, 400);
}

/// `EduCloud` (reference/sources.md §3): attributes without consent are absent; IST's
/// own sample asks with brackets.
#[test]
fn educloud_leaves_out_what_has_no_consent() {
    let mut reader = start(Dialect::EduCloud);
    assert!(reader.running.base_url().ends_with("/ss12000v2-api/source/SE00100/v2.0"));
    for person in reader.all("persons?expand[]=duties&limit=100") {
        for absent in ["birthDate", "sex", "externalIdentifiers", "responsibles"] {
            assert!(person.get(absent).is_none(), "{absent}");
        }
        assert!(person.get("_embedded").is_some());
    }
}

/// Every deviation of reference/sources.md §1.9.
#[test]
fn the_demo_server_departs_from_the_standard() {
    let mut reader = start(Dialect::DemoSis);
    let first = reader.get("persons");
    assert_eq!(first["data"].as_array().unwrap().len(), 50, "pages of 50");
    assert_eq!(first["pageToken"], "2", "a page token is a page number");
    let persons = reader.all("persons");
    for person in &persons {
        assert!(person.pointer("/addresses/0/country").is_none());
        assert!(person.pointer("/addresses/0/streetAddress").is_some());
        let number = text(person, "/civicNo/value");
        assert!(number.len() == 11 && number.as_bytes()[6] == b'-', "ten digits and a dash");
        assert_eq!(text(person, "/meta/modified").len(), "2026-09-01T00:00:00".len());
    }
    let pupil = persons.iter().find(|it| it.get("enrolments").is_some()).unwrap();
    assert_eq!(text(pupil, "/emails/0/type"), "Privat");
    let id = text(pupil, "/id");
    assert!(reader.get(&format!("persons/{id}")).get("enrolments").is_none());
    let expanded = reader.get(&format!("persons/{id}?expand=duties"));
    assert!(expanded.get("enrolments").is_some());

    let roles = reader.all("duties");
    assert!(roles.iter().any(|it| text(it, "/assignmentRole/0/assignmentRoleType") == "Lärare"));
    assert!(reader.all("groups")[0].get("groupCode").is_some());
    let activity = reader.all("activities").remove(0);
    assert!(activity.get("calendarEventsRequired").is_none());
    assert!(activity.get("subject").is_some() && activity.get("owner").is_some());
    assert!(activity.pointer("/teachers/0/person/id").is_some());
    assert!(activity.pointer("/teachers/0/duty").is_none());
    assert!(reader.get("deletedEntities")["data"].is_array());

    assert_eq!(reader.ask("GET", "groups?expandReferenceNames=true", "").0, 500);
    let (status, body) = reader.ask("GET", "calendarEvents", "");
    assert_eq!(status, 422);
    assert!(body["detail"]["code"].is_string());
    for path in ["subscriptions", "programmes", "syllabuses"] {
        assert_eq!(reader.ask("GET", path, "").0, 404, "{path}");
    }
    assert!(reader.running.remove_person(id));
    assert_eq!(reader.get("deletedEntities")["data"][0]["id"], id);
}

#[test]
fn two_point_zero_knows_fewer_values() {
    let mut reader = start(Dialect::V20);
    assert_eq!(values(&mut reader, "duties", "/dutyRole"), ["Annan personal", "Lärare", "Rektor"]);
    assert_eq!(reader.ask("GET", "duties?dutyRole=Kurator", "").0, 400);
    assert_eq!(reader.ask("GET", "activities?startDate.onOrAfter=2026-01-01", "").0, 400);
    assert_eq!(reader.ask("GET", "persons?relationship.entity.type=groupMembership", "").0, 400);
    assert_eq!(reader.ask("GET", "groups?schoolTypes=KOMVUX", "").0, 200);
}
