//! The values that the standard lists.
//!
//! Source: SS12000 2.1.0 and 2.0.0, `components.schemas` and `sortkey` (reference/sources.md §1.2,
//! §1.4).

use super::kind::{Empty, Kind};

#[rustfmt::skip]
pub(super) const RELATIONS: [&str; 7] = [
    "enrolment",
    "duty",
    "placement.child",
    "placement.owner",
    "responsibleFor.enrolment",
    "responsibleFor.placement",
    "groupMembership",
];
#[rustfmt::skip]
pub(super) const SCHOOL_TYPES: [&str; 30] = [
    "FS", "FKLASS", "FTH", "OPPFTH", "GR", "GRS", "TR", "SP", "SAM", "GY", "GYS", "VUX", "VUXSFI",
    "VUXGR", "VUXGY", "VUXSARGR", "VUXSARTR", "VUXSARGY", "SFI", "SARVUX", "SARVUXGR", "SARVUXGY",
    "KU", "YH", "FHS", "STF", "KKU", "HS", "ABU", "AU",
];
#[rustfmt::skip]
pub(super) const SCHOOL_TYPES_2_0: [&str; 21] = [
    "FS", "FKLASS", "FTH", "OPPFTH", "GR", "GRS", "SP", "SAM", "GY", "GYS", "KOMVUX", "SARVUX",
    "SFI", "KU", "YH", "FHS", "STF", "KKU", "HS", "ABU", "AU",
];
#[rustfmt::skip]
pub(super) const ORGANISATION_TYPES: [&str; 9] = [
    "Huvudman", "Verksamhetsområde", "Förvaltning", "Rektorsområde", "Skola", "Skolenhet",
    "Varumärke", "Bolag", "Övrigt",
];
#[rustfmt::skip]
pub(super) const ORGANISATION_TYPES_2_0: [&str; 6] =
    ["Huvudman", "Stadsdel", "Rektorsområde", "Skola", "Skolenhet", "Övrigt"];
#[rustfmt::skip]
pub(super) const GROUP_TYPES: [&str; 8] = [
    "Undervisning", "Klass", "Mentor", "Provgrupp", "Schema", "Avdelning", "Personalgrupp",
    "Övrigt",
];
#[rustfmt::skip]
pub(super) const DUTY_ROLES: [&str; 19] = [
    "Rektor", "Lärare", "Förskollärare", "Barnskötare", "Bibliotekarie", "Lärarassistent",
    "Fritidspedagog", "Annan personal", "Studie- och yrkesvägledare", "Förstelärare", "Kurator",
    "Skolsköterska", "Skolläkare", "Skolpsykolog", "Speciallärare/specialpedagog",
    "Skoladministratör", "Övrig arbetsledning", "Övrig pedagogisk personal", "Förskolechef",
];
#[rustfmt::skip]
pub(super) const DUTY_ROLES_2_0: [&str; 6] = [
    "Rektor", "Lärare", "Förskollärare", "Övrig pedagogisk personal", "Förskolechef",
    "Annan personal",
];
#[rustfmt::skip]
pub(super) const ENTITIES: [&str; 18] = [
    "Absence", "AttendanceEvent", "Attendance", "Grade", "CalendarEvent", "AttendanceSchedule",
    "Resource", "Room", "Activity", "Duty", "Placement", "StudyPlan", "Programme", "Syllabus",
    "SchoolUnitOffering", "Group", "Person", "Organisation",
];

/// What a resource can be sorted by.
#[rustfmt::skip]
pub(super) const fn sort_keys(kind: Kind) -> Option<&'static [&'static str]> {
    Some(match kind {
        Kind::Organisation | Kind::Activity |
Kind::Empty(Empty::Resource | Empty::Room) => {
            &["ModifiedDesc", "DisplayNameAsc"]
        }
        Kind::Person => &[
            "DisplayNameAsc", "GivenNameDesc", "GivenNameAsc", "FamilyNameDesc", "FamilyNameAsc",
            "CivicNoAsc", "CivicNoDesc", "ModifiedDesc",
        ],
        Kind::Empty(Empty::Placement | Empty::StudyPlan | Empty::SchoolUnitOffering) => {
            &["StartDateAsc", "StartDateDesc", "EndDateAsc", "EndDateDesc", "ModifiedDesc"]
        }
        Kind::Duty => &["StartDateDesc", "StartDateAsc", "ModifiedDesc"],
        Kind::Group => &[
            "ModifiedDesc", "DisplayNameAsc", "StartDateAsc", "StartDateDesc", "EndDateAsc",
            "EndDateDesc",
        ],
        Kind::Empty(Empty::Programme) => &["NameAsc", "CodeAsc", "ModifiedDesc"],
        Kind::Syllabus => &[
            "ModifiedDesc", "SubjectNameAsc", "SubjectNameDesc", "SubjectCodeAsc",
            "SubjectCodeDesc", "CourseNameAsc", "CourseNameDesc", "CourseCodeAsc",
            "CourseCodeDesc", "SubjectDesignationAsc", "SubjectDesignationDesc",
        ],
        Kind::Empty(Empty::CalendarEvent | Empty::Absence) => {
            &["ModifiedDesc", "StartTimeAsc", "StartTimeDesc"]
        }
        Kind::Empty(Empty::Grade) => &["registeredDateAsc", "registeredDateDesc", "ModifiedDesc"],
        Kind::Empty(Empty::Attendance | Empty::AttendanceEvent |
Empty::AttendanceSchedule) => return None,
    })
}
