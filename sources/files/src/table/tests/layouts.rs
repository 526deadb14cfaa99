use roster::terms::{DutyRole, GroupType, SchoolType};
use roster::{Coverage, Key};

use super::*;

fn key(last: &str) -> Key {
    format!("00000000-0000-4000-8000-0000000000{last}").parse().unwrap()
}

/// K013–K018, K069: pupils, staff, teaching teachers, groups, classes and schools are read;
/// who is marked is not.
#[test]
fn the_default_layout_is_read() {
    let folder = register();
    let (roster, report) = read(&settings(folder.path())).unwrap();
    assert_eq!(report.coverage, Coverage::Complete);
    assert_eq!(report.notices, []);
    assert!(report.provenance.contains(&"persons.csv: UTF-8".to_owned()));

    assert_eq!(roster.schools.len(), 2);
    assert_eq!(roster.schools[&key("01")].school_types, [SchoolType::Fklass, SchoolType::Gr]);
    assert_eq!(roster.schools[&key("02")].code, None, "K018: kept without a code");
    assert_eq!(roster.groups[&key("21")].group_type, GroupType::Class);
    assert_eq!(roster.groups[&key("22")].notes.as_deref(), Some("Portal"));

    let people = people(&roster);
    let names: Vec<_> = people.iter().map(|it| it.person.given_name.as_str()).collect();
    assert_eq!(names, ["Åsa", "Örjan"]);
    assert_eq!((people[0].memberships.len(), people[0].enrolments[0].school_year), (2, Some(5)));
    // K019: staff at one school, pupil at another, teacher of a group.
    assert_eq!(people[1].duties[0].role, DutyRole::Administrator);
    assert_eq!(people[1].enrolments[0].school, key("02"));
    assert_eq!(people[1].teachings[0].group, key("22"));
}
