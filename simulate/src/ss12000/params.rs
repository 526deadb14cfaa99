//! Which parameters each operation takes, and of what type.
//!
//! Source: SS12000 2.1.0 and 2.0.0, `paths` (reference/sources.md §1.2). What is not here is
//! refused.

use generate::Day;

use super::kind::{Empty, Kind};
use super::values::{
    DUTY_ROLES, DUTY_ROLES_2_0, ENTITIES, GROUP_TYPES, ORGANISATION_TYPES, ORGANISATION_TYPES_2_0,
    RELATIONS, SCHOOL_TYPES, SCHOOL_TYPES_2_0, sort_keys,
};
use super::world::id_of;
use super::{Dialect, time};

/// What a value must look like.
#[derive(Debug, Clone, Copy)]
pub(super) enum Type {
    Text,
    Uuid,
    Date,
    Time,
    Flag,
    /// A whole number from 1 up.
    Count,
    OneOf(&'static [&'static str]),
}

/// How many values a parameter may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Many {
    One,
    /// The key is repeated (`OpenAPI`: form, explode).
    List,
}

/// A parameter of an operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kind: Type,
    pub(super) many: Many,
}

const fn one(name: &'static str, kind: Type) -> Parameter {
    Parameter { name, kind, many: Many::One }
}

const fn many(name: &'static str, kind: Type) -> Parameter {
    Parameter { name, kind, many: Many::List }
}

/// What is asked of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    List,
    ById,
    Lookup,
}

const PAGING: [Parameter; 2] = [one("limit", Type::Count), one("pageToken", Type::Text)];
const META: [Parameter; 4] = [
    one("meta.created.before", Type::Time),
    one("meta.created.after", Type::Time),
    one("meta.modified.before", Type::Time),
    one("meta.modified.after", Type::Time),
];
const DATES: [Parameter; 4] = [
    one("startDate.onOrBefore", Type::Date),
    one("startDate.onOrAfter", Type::Date),
    one("endDate.onOrBefore", Type::Date),
    one("endDate.onOrAfter", Type::Date),
];
const TIMES: [Parameter; 4] = [
    one("startTime.onOrBefore", Type::Time),
    one("startTime.onOrAfter", Type::Time),
    one("endTime.onOrBefore", Type::Time),
    one("endTime.onOrAfter", Type::Time),
];
const NAMES: Parameter = one("expandReferenceNames", Type::Flag);

/// The parameters of `deletedEntities`.
pub(super) fn of_deleted() -> Vec<Parameter> {
    let own = [one("after", Type::Time), many("entities", Type::OneOf(&ENTITIES))];
    own.into_iter().chain(PAGING).collect()
}

/// The parameters of a list without filters.
pub(super) fn paging() -> Vec<Parameter> {
    PAGING.to_vec()
}

/// The fields that the body of a lookup can have, one of the standard's misspellings among them.
pub(super) const fn lookup_keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Organisation => &["ids", "schoolUnitCodes", "organisationCodes"],
        Kind::Person => &["ids", "civicNos"],
        Kind::Empty(Empty::Placement) => &["ids", "personIds"],
        Kind::Activity => &["ids", "teachers", "members"],
        Kind::Empty(Empty::CalendarEvent) => &["ids", "activities", "student", "teacher"],
        Kind::Empty(Empty::Attendance) => &["ids", "activities", "students", "calendareEvents"],
        Kind::Empty(Empty::AttendanceEvent) => &["ids", "person", "group"],
        Kind::Empty(Empty::AttendanceSchedule) => &["ids", "placement"],
        Kind::Duty
        | Kind::Group
        | Kind::Syllabus
        | Kind::Empty(
            Empty::Programme
            | Empty::StudyPlan
            | Empty::SchoolUnitOffering
            | Empty::Grade
            | Empty::Absence
            | Empty::Resource
            | Empty::Room,
        ) => &["ids"],
    }
}

/// The parameters of an operation on a resource.
pub(super) fn of(kind: Kind, operation: Operation, dialect: Dialect) -> Vec<Parameter> {
    let expand = expand(kind).map(|values| many("expand", Type::OneOf(values)));
    let common = expand.into_iter().chain([NAMES]);
    match (operation, kind) {
        (Operation::ById, Kind::Empty(Empty::Attendance | Empty::Absence)) => return Vec::new(),
        (Operation::Lookup, Kind::Empty(Empty::CalendarEvent)) => return vec![NAMES],
        (Operation::ById | Operation::Lookup, _) => return common.collect(),
        (Operation::List, _) => {}
    }
    let mut all = own(kind, dialect);
    if let Some(keys) = sort_keys(kind) {
        all.push(one("sortkey", Type::OneOf(keys)));
    }
    all.extend(common);
    all.extend(META);
    all.extend(PAGING);
    if dialect == Dialect::Edlevo {
        // Edlevo's document, 1.4.0: "Finns ej i Edlevo".
        all.retain(|it| !matches!(it.name, "identifier.value" | "identifier.context" | "owner"));
    }
    all
}

/// What a resource can embed.
const fn expand(kind: Kind) -> Option<&'static [&'static str]> {
    match kind {
        Kind::Person => {
            Some(&["duties", "responsibleFor", "placements", "ownedPlacements", "groupMemberships"])
        }
        Kind::Empty(Empty::Placement) => Some(&["child", "owners"]),
        Kind::Duty => Some(&["person"]),
        Kind::Group => Some(&["assignmentRoles"]),
        Kind::Activity => Some(&["groups", "teachers", "syllabus"]),
        Kind::Empty(Empty::CalendarEvent) => Some(&["activity", "attendance"]),
        Kind::Empty(Empty::AttendanceEvent) => Some(&["person", "group", "registeredBy"]),
        Kind::Organisation
        | Kind::Syllabus
        | Kind::Empty(
            Empty::Programme
            | Empty::StudyPlan
            | Empty::SchoolUnitOffering
            | Empty::Attendance
            | Empty::AttendanceSchedule
            | Empty::Grade
            | Empty::Absence
            | Empty::Resource
            | Empty::Room,
        ) => None,
    }
}

fn dated(own: &[Parameter]) -> Vec<Parameter> {
    [own, DATES.as_slice()].concat()
}

fn timed(own: &[Parameter]) -> Vec<Parameter> {
    [own, TIMES.as_slice()].concat()
}

fn uuids(names: &[&'static str]) -> Vec<Parameter> {
    names.iter().map(|it| one(it, Type::Uuid)).collect()
}

fn own(kind: Kind, dialect: Dialect) -> Vec<Parameter> {
    use Type::{OneOf, Text, Uuid};
    let old = dialect == Dialect::V20;
    let school_types: &[&str] = if old { &SCHOOL_TYPES_2_0 } else { &SCHOOL_TYPES };
    match kind {
        Kind::Organisation => {
            let types: &[&str] = if old { &ORGANISATION_TYPES_2_0 } else { &ORGANISATION_TYPES };
            dated(&[
                many("parent", Uuid),
                many("schoolUnitCode", Text),
                many("organisationCode", Text),
                one("municipalityCode", Text),
                many("type", OneOf(types)),
                many("schoolTypes", OneOf(school_types)),
            ])
        }
        Kind::Person => persons(old),
        Kind::Duty => {
            let roles: &[&str] = if old { &DUTY_ROLES_2_0 } else { &DUTY_ROLES };
            dated(&[one("organisation", Uuid), one("dutyRole", OneOf(roles)), one("person", Uuid)])
        }
        Kind::Group => dated(&[
            many("groupType", OneOf(&GROUP_TYPES)),
            many("schoolTypes", OneOf(school_types)),
            many("organisation", Uuid),
        ]),
        Kind::Syllabus => Vec::new(),
        Kind::Activity => {
            let own = uuids(&["member", "teacher", "organisation", "group"]);
            // The dates came with 2.1.
            if old { own } else { dated(&own) }
        }
        Kind::Empty(empty) => of_empty(empty, school_types),
    }
}

fn of_empty(kind: Empty, school_types: &'static [&'static str]) -> Vec<Parameter> {
    use Type::{Date, OneOf, Text, Uuid};
    match kind {
        Empty::Placement => dated(&uuids(&["organisation", "group", "child", "owner"])),
        Empty::Programme => vec![
            many("schoolType", OneOf(school_types)),
            one("code", Text),
            one("parentProgramme", Text),
        ],
        Empty::StudyPlan => dated(&[many("student", Uuid)]),
        Empty::SchoolUnitOffering | Empty::Resource | Empty::Room => uuids(&["organisation"]),
        Empty::CalendarEvent => {
            timed(&uuids(&["activity", "student", "teacher", "organisation", "group"]))
        }
        Empty::Attendance => uuids(&["student", "organisation", "calendarEvent"]),
        Empty::AttendanceEvent => vec![many("group", Uuid), one("person", Uuid)],
        Empty::AttendanceSchedule => dated(&uuids(&["placement", "group"])),
        Empty::Grade => {
            let mut all = uuids(&["organisation", "student", "registeredBy", "gradingTeacher"]);
            let dates = ["registeredDate.onOrAfter", "registeredDate.onOrBefore"];
            all.extend(dates.map(|it| one(it, Date)));
            all
        }
        Empty::Absence => {
            let mut all = uuids(&["organisation", "student", "registeredBy"]);
            all.push(one("type", OneOf(&["Anmäld frånvaro", "Beviljad ledighet"])));
            timed(&all)
        }
    }
}

fn persons(old: bool) -> Vec<Parameter> {
    let relations = RELATIONS.get(..if old { 6 } else { 7 }).unwrap_or(&RELATIONS);
    vec![
        many("nameContains", Type::Text),
        one("civicNo", Type::Text),
        one("eduPersonPrincipalName", Type::Text),
        one("identifier.value", Type::Text),
        one("identifier.context", Type::Text),
        one("relationship.entity.type", Type::OneOf(relations)),
        one("relationship.organisation", Type::Uuid),
        one("relationship.startDate.onOrBefore", Type::Date),
        one("relationship.startDate.onOrAfter", Type::Date),
        one("relationship.endDate.onOrBefore", Type::Date),
        one("relationship.endDate.onOrAfter", Type::Date),
    ]
}

/// What was asked, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Checks a query string against the parameters of an operation.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn parse(
        text: &str,
        parameters: &[Parameter],
        dialect: Dialect,
    ) -> Result<Self, String> {
        let mut values = Vec::new();
        for pair in text.split('&').filter(|it| !it.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name).ok_or("the query is not valid UTF-8")?;
            let value = decoded(value).ok_or("the query is not valid UTF-8")?;
            // IST's own PHP sample asks like this (reference/sources.md §3).
            let bare = match (dialect, name.strip_suffix("[]")) {
                (Dialect::EduCloud, Some(bare)) => bare,
                (_, _) => name.as_str(),
            };
            // Edlevo's names are those of .NET: capitals do not matter.
            let same = |it: &&Parameter| match dialect {
                Dialect::Edlevo => it.name.eq_ignore_ascii_case(bare),
                Dialect::Standard | Dialect::V20 | Dialect::EduCloud | Dialect::DemoSis => {
                    it.name == bare
                }
            };
            let Some(parameter) = parameters.iter().find(same) else {
                return Err(format!("unknown parameter {bare}"));
            };
            if parameter.many == Many::One && values.iter().any(|(it, _)| *it == parameter.name) {
                return Err(format!("{} is given twice", parameter.name));
            }
            fits(parameter, &value)?;
            values.push((parameter.name, value));
        }
        Ok(Self(values))
    }

    /// The value of a parameter.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| *it == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, _)| *it == name).map(|(_, value)| value.as_str())
    }

    /// The names given.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }
}

fn fits(parameter: &Parameter, value: &str) -> Result<(), String> {
    let (good, must) = match parameter.kind {
        Type::Text => (true, ""),
        Type::Uuid => (id_of(value).is_some(), "be a UUID"),
        Type::Date => (value.parse::<Day>().is_ok(), "be a date (2026-09-01)"),
        Type::Time => (time::parse(value).is_some(), "be a date-time with offset (RFC 3339)"),
        Type::Flag => (matches!(value, "true" | "false"), "be true or false"),
        Type::Count => (value.parse::<u32>().is_ok_and(|it| it > 0), "be a whole number from 1"),
        Type::OneOf(values) => (values.contains(&value), "be one of the values of the standard"),
    };
    if good { Ok(()) } else { Err(format!("{} must {must}", parameter.name)) }
}

/// A part of a query string, decoded; `None` when it is not UTF-8.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(out).ok()
}
