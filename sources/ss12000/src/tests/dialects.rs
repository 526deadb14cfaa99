//! Every register that can be played is read.

use std::collections::BTreeSet;

use roster::terms::GroupType;
use simulate::ss12000::{Dialect, Fault, Register, Switches};

use super::{TODAY, profile, read, refused, settings, start, town};
use crate::{Language, explain, explain_notice};

/// K013, K014, K015, K016, K017, K018, K019: pupils, staff, teachers of groups, groups, classes and schools are read from
/// every register that speaks SS12000, the same persons from each.
#[tokio::test]
async fn every_register_is_read() {
    let mut persons = BTreeSet::new();
    for dialect in Dialect::ALL {
        let running = start(dialect);
        let came = read(&settings(&running, profile(dialect)), TODAY, None).await.unwrap();
        let all = came.persons();
        persons.insert(all.len());
        let count =
            |test: fn(&roster::PersonRecord) -> bool| all.iter().filter(|it| test(it)).count();
        assert!(count(|it| !it.enrolments.is_empty()) > 50, "{dialect}");
        assert!(count(|it| !it.duties.is_empty()) > 5, "{dialect}");
        assert!(count(|it| !it.teachings.is_empty()) > 3, "{dialect}");
        assert!(count(|it| !it.memberships.is_empty()) > 50, "{dialect}");
        let types: BTreeSet<_> = came.roster.groups.values().map(|it| it.group_type).collect();
        assert!(types.contains(&GroupType::Class) && types.contains(&GroupType::Teaching));
        let schools = &came.roster.schools;
        for person in &all {
            for place in &person.enrolments {
                assert!(schools.contains_key(&place.school), "{dialect}");
            }
            for duty in &person.duties {
                assert!(schools.contains_key(&duty.school), "{dialect}: duties are at units");
            }
        }
        for group in came.roster.groups.values() {
            let school = group.school.unwrap();
            assert!(schools.contains_key(&school), "{dialect}: groups are at units");
        }
    }
    assert_eq!(persons.len(), 1, "each register has the same persons: {persons:?}");
}

/// K015, K016: what is taught comes with the group.
#[tokio::test]
async fn teaching_groups_have_their_course() {
    let running = start(Dialect::Standard);
    let came = read(&settings(&running, ""), TODAY, None).await.unwrap();
    let mut teaching =
        came.roster.groups.values().filter(|it| it.group_type == GroupType::Teaching);
    assert!(teaching.any(|it| it.course.as_ref().is_some_and(|it| !it.code.is_empty())));
}

/// K069: nobody who is protected is read, from any register.
#[tokio::test]
async fn protected_persons_are_not_read() {
    let town = town();
    let canaries = town.canaries();
    assert!(!canaries.is_empty());
    for dialect in Dialect::ALL {
        let running = start(dialect);
        let came = read(&settings(&running, profile(dialect)), TODAY, None).await.unwrap();
        let mut told = came.kept.clone().unwrap_or_default().concat();
        told.extend(came.content().0.concat());
        for notice in &came.report.notices {
            told.extend(format!("{notice:?}").bytes());
        }
        for canary in &canaries {
            for needle in needles(canary) {
                let found = told.windows(needle.len()).any(|it| it == needle.as_slice());
                assert!(!found, "{dialect}: {}", String::from_utf8_lossy(&needle));
            }
        }
    }
}

/// Each departure of a running server (reference/sources.md §1.9) is survived, and told once
/// with a count; strict reading refuses the register and names each. A clean register passes.
#[tokio::test]
async fn departures_are_told_once_and_refused_when_strict() {
    let running = start(Dialect::DemoSis);
    let came = read(&settings(&running, ""), TODAY, None).await.unwrap();
    let codes = came.codes();
    for expected in [
        ("missing_field", "/persons/addresses/country"),
        ("unknown_value", "/duties/assignmentRole/assignmentRoleType"),
        ("missing_field", "/activities/calendarEventsRequired"),
        ("missing_field", "/activities/teachers/duty"),
        ("unknown_field", "/activities/teachers/person"),
        ("number_form", "/persons/civicNo/value"),
        ("no_offset", "/persons/meta/modified"),
    ] {
        let found = codes.iter().filter(|it| (it.0, it.1.as_str()) == expected).count();
        assert_eq!(found, 1, "{expected:?} in {codes:?}");
    }
    for notice in &came.report.notices {
        for language in [Language::Swedish, Language::English] {
            let text = explain_notice(notice, language);
            assert!(!text.contains(['{', '}', '–']), "{text}");
        }
    }
    let error = refused(&settings(&running, "strict = true")).await;
    let text = explain(&error, Language::English);
    assert!(text.contains("departs") && text.contains("/persons/addresses/country"), "{text}");

    for dialect in [Dialect::Standard, Dialect::V20] {
        let running = start(dialect);
        let came = read(&settings(&running, "strict = true"), TODAY, None).await;
        assert!(came.is_ok(), "{dialect}: {:?}", came.err());
    }
}

/// K069: a group that is named by its mentor's identity number is never shown by it.
#[tokio::test]
async fn groups_that_are_named_by_a_number_are_not_shown_by_it() {
    let running = start(Dialect::Edlevo);
    running.plant(Fault::MentorNumbers.everywhere());
    let running = {
        drop(running);
        let switches = Switches {
            dialect: Dialect::Standard,
            faults: vec![Fault::MentorNumbers.everywhere()],
            ..Switches::default()
        };
        Register::new(town(), switches).start().unwrap()
    };
    let came = read(&settings(&running, ""), TODAY, None).await.unwrap();
    let names: Vec<_> = came.roster.groups.values().map(|it| it.name.clone()).collect();
    assert!(names.iter().any(|name| name.starts_with("Mentorsgrupp ")), "{names:?}");
    let digits = |name: &String| name.bytes().filter(u8::is_ascii_digit).count() >= 10;
    assert!(!names.iter().any(digits), "{names:?}");
    assert!(came.codes().iter().any(|it| it.0 == "number_in_name"));
}

/// K071: where numbers are not to be handled at all, none is read.
#[tokio::test]
async fn numbers_are_dropped_at_once_where_the_settings_say_so() {
    let running = start(Dialect::Standard);
    let came =
        read(&settings(&running, "identity_numbers = \"discard\""), TODAY, None).await.unwrap();
    assert!(came.persons().iter().all(|it| it.person.number.is_none()));
    let came = read(&settings(&running, ""), TODAY, None).await.unwrap();
    assert!(came.persons().iter().any(|it| it.person.number.is_some()));
}

/// The page size is the tenant's, and a request with a token carries only `limit` beside it.
#[tokio::test]
async fn pages_are_asked_for_as_the_standard_says() {
    let running = start(Dialect::Standard);
    read(&settings(&running, "adjust.page_size = 40"), TODAY, None).await.unwrap();
    let requests = running.requests();
    let with_token: Vec<_> = requests.iter().filter(|it| it.contains("pageToken=")).collect();
    assert!(with_token.len() > 10);
    for request in with_token {
        assert_eq!(request.matches('&').count(), 1, "{request}");
        assert!(request.contains("limit=40"), "{request}");
    }
}

/// What must be nowhere of a protected person, the id as bytes too.
fn needles(canary: &generate::Canary) -> Vec<Vec<u8>> {
    let generate::Canary { id, given_name, family_name, email, username, identity_number } = canary;
    let texts = [id, given_name, family_name, email, username, identity_number];
    let key = roster::Key::parse_uuid(id).unwrap();
    texts.into_iter().map(|it| it.as_bytes().to_vec()).chain([key.as_bytes().to_vec()]).collect()
}
