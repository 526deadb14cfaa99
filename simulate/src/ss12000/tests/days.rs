use std::collections::{BTreeMap, BTreeSet};

use generate::{Size, Town};
use serde_json::Value;

use super::{Reader, start, start_with};
use crate::ss12000::{Dialect, Switches};

const RESOURCES: [(&str, &str); 6] = [
    ("organisations", "organisations"),
    ("persons", "persons"),
    ("duties", "duties"),
    ("groups", "groups"),
    ("activities", "activitites"),
    ("syllabuses", "syllabuses"),
];

fn by_id(reader: &mut Reader, resource: &str) -> BTreeMap<String, Value> {
    let all = reader.all(resource);
    all.into_iter().map(|it| (it["id"].as_str().unwrap().to_owned(), it)).collect()
}

fn deleted(reader: &mut Reader, after: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut gone: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for page in reader.pages(&format!("deletedEntities?limit=3&after={after}")) {
        for (key, ids) in page["data"].as_object().unwrap() {
            let ids = ids.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned());
            gone.entry(key.clone()).or_default().extend(ids);
        }
    }
    gone
}

/// What was read, plus what `meta.modified.after` finds, minus `deletedEntities`, is what is
/// read now: for every type, over a month and both shifts.
#[test]
fn yesterday_and_the_changes_make_today() {
    let mut reader = start(Dialect::Standard);
    let changes: [fn(&mut Town); 5] = [
        |town| _ = town.next_day(),
        |town| (0..35).for_each(|_| _ = town.next_day()),
        |town| town.remove(20),
        Town::shift_term,
        Town::shift_school_year,
    ];
    for (step, change) in changes.into_iter().enumerate() {
        let before: Vec<_> = RESOURCES.map(|(it, _)| by_id(&mut reader, it)).into();
        let since = reader.running.time();
        reader.running.change(change);
        sign_in(&mut reader);
        let gone = deleted(&mut reader, &since);
        for ((resource, key), mut known) in RESOURCES.into_iter().zip(before) {
            let newer = by_id(&mut reader, &format!("{resource}?meta.modified.after={since}"));
            for it in newer.values() {
                let meta = &it["meta"];
                assert!(meta["created"].as_str() <= meta["modified"].as_str());
                assert!(meta["modified"].as_str() <= Some(reader.running.time().as_str()));
            }
            known.extend(newer);
            for id in gone.get(key).into_iter().flatten() {
                assert!(known.remove(id).is_some(), "{resource} {id} was there, step {step}");
            }
            assert!(known == by_id(&mut reader, resource), "{resource}, step {step}");
        }
    }
}

/// Days can be longer than a token works.
fn sign_in(reader: &mut Reader) {
    let credentials = Switches::default().credentials;
    reader.token = reader.line.token("/token", &credentials).unwrap();
}

#[test]
fn before_takes_in_the_moment_and_after_does_not() {
    let mut reader = start(Dialect::Standard);
    let person = &reader.get("persons?limit=1")["data"][0];
    let moment = person["meta"]["modified"].as_str().unwrap().to_owned();
    let id = person["id"].as_str().unwrap().to_owned();
    let local = format!("{}%2B00:00", moment.trim_end_matches('Z'));
    for (filter, found) in [
        (format!("meta.modified.before={moment}"), true),
        (format!("meta.modified.after={moment}"), false),
        (format!("meta.created.before={moment}"), true),
        (format!("meta.created.after={moment}"), false),
        (format!("meta.modified.before={local}"), true),
    ] {
        let ids = reader.ids(&format!("persons?{filter}"));
        assert_eq!(ids.contains(&id), found, "{filter}");
    }
}

#[test]
fn what_was_removed_is_named_once_and_vanishes() {
    let mut reader = start(Dialect::Standard);
    let id = reader.ids("persons?relationship.entity.type=enrolment").remove(3);
    let groups = reader.all("groups");
    assert!(deleted(&mut reader, "2026-01-01T00:00:00Z").is_empty());
    assert!(reader.running.remove_person(&id));
    assert!(!reader.running.remove_person("00000000-0000-4000-8000-000000000000"));
    let gone = deleted(&mut reader, "2026-01-01T00:00:00Z");
    assert_eq!(gone["persons"], BTreeSet::from([id.clone()]));
    assert_eq!(gone.len(), 1, "no type but persons: {gone:?}");
    assert_eq!(reader.ask("GET", &format!("persons/{id}"), "").0, 404);
    assert_ne!(reader.all("groups"), groups, "its memberships are gone too");
    let only = reader.get("deletedEntities?entities=Group");
    assert_eq!(only["data"], serde_json::json!({}));
}

/// A person who becomes protected is changed that day, and so are the groups that refer
/// to it.
#[test]
fn a_marking_changes_the_person_and_its_groups() {
    let mut reader = start(Dialect::Standard);
    let id = reader.ids("persons?relationship.entity.type=enrolment").remove(3);
    let since = reader.running.time();
    reader.running.next_day();
    sign_in(&mut reader);
    assert!(reader.running.protect_person(&id));
    let person = reader.get(&format!("persons/{id}"));
    assert_eq!(person["securityMarking"], "Sekretessmarkering");
    assert!(reader.ids(&format!("persons?meta.modified.after={since}")).contains(&id));
    let marked = reader.all(&format!("groups?meta.modified.after={since}")).iter().any(|group| {
        let members = group["groupMemberships"].as_array().unwrap();
        members.iter().any(|it| {
            it["person"]["id"] == id.as_str()
                && it["person"]["securityMarking"] == "Sekretessmarkering"
        })
    });
    assert!(marked);
}

#[test]
fn a_read_that_began_goes_on_as_it_began() {
    let mut reader = start(Dialect::Standard);
    let before = reader.ids("persons");
    let first = reader.get("persons?limit=300");
    let token = first["pageToken"].as_str().unwrap().to_owned();
    reader.running.change(|town| town.remove(700));
    let rest = reader.get(&format!("persons?pageToken={token}&limit=5000"));
    let pages = [&first, &rest].map(|it| it["data"].as_array().unwrap().clone()).concat();
    assert_eq!(pages.len(), before.len());
    assert_eq!(reader.ids("persons").len(), before.len() - 1, "somebody is gone");
}

#[test]
fn the_same_seed_gives_the_same_pages() {
    let read = || {
        let mut reader = start_with(Size::Xs, Switches::default());
        reader.running.next_day();
        sign_in(&mut reader);
        RESOURCES.map(|(it, _)| reader.all(it))
    };
    assert_eq!(read(), read());
}

#[test]
fn days_pass_and_persons_are_marked_over_http() {
    let mut reader = start(Dialect::Standard);
    let (status, told) = reader.raw("POST", "/_control/next-day?days=2", "", "");
    assert_eq!((status, &told["day"]), (200, &Value::from("2026-09-03")));
    assert_eq!(told["time"], "2026-09-03T06:00:00Z");
    sign_in(&mut reader);
    let id = reader.ids("persons?limit=1").remove(0);
    assert_eq!(reader.raw("POST", &format!("/_control/protect?id={id}"), "", "").0, 200);
    assert_eq!(reader.get(&format!("persons/{id}"))["securityMarking"], "Sekretessmarkering");
    assert_eq!(reader.raw("POST", &format!("/_control/unprotect?id={id}"), "", "").0, 200);
    assert_eq!(reader.get(&format!("persons/{id}"))["securityMarking"], "Ingen");
    assert_eq!(reader.raw("POST", &format!("/_control/remove?id={id}"), "", "").0, 200);
    assert_eq!(reader.raw("POST", "/_control/remove?id=7", "", "").0, 404);
    assert_eq!(reader.raw("POST", "/_control/next-day?days=x", "", "").0, 400);
    assert_eq!(reader.raw("POST", "/_control/school-year", "", "").1["day"], "2027-08-17");
    assert!(reader.running.requests().iter().all(|it| !it.contains("_control")));
}
