//! What goes over the wire: the objects of SS12000 2.0 and 2.1 that are read, each with the
//! fields that the standard requires, those that it has, and those that are passed over.
//!
//! # Source
//!
//! SS12000:2020 and its correction of 2022 (reference/sources.md §1.3); deviations, §1.8–1.9.

mod declare;
mod deleted;
mod page;
mod read;

pub(crate) use deleted::{Deleted, read_deleted};
pub(crate) use page::{PageFault, Token, read_page, token_at_end};
pub(crate) use read::{Scalar, Wire};

use self::declare::wire;
use self::read::{FieldName, Found, Many, One, Texts, is_long};
use crate::notes::{Notes, Odd};

wire! {
    /// When an object was made and last changed.
    Meta at "/meta" as "Meta" {
        must created: text = "created";
        must modified: text = "modified";
    } passes []
}

wire! {
    /// A reference to an object.
    Reference at "/reference" as "ObjectReference" {
        must id: text = "id";
    } passes ["displayName"]
}

wire! {
    /// A reference to a person, which carries the protection marking too.
    PersonReference at "/personReference" as "PersonReference" {
        must id: text = "id";
        may security_marking: text = "securityMarking";
    } passes ["displayName"]
}

wire! {
    /// A huvudman, a school, a school unit.
    Organisation at "/organisations" as "Organisation" {
        must id: text = "id";
        may meta: one<Meta> = "meta";
        must name: text = "displayName";
        may code: text = "organisationCode";
        must kind: text = "organisationType";
        may parent: one<Reference> = "parentOrganisation";
        may school_unit_code: text = "schoolUnitCode";
        may school_types: texts = "schoolTypes";
        may municipality_code: text = "municipalityCode";
        may start: text = "startDate";
        may end: text = "endDate";
    } passes ["organisationNumber", "address", "url", "email", "phoneNumber", "contactInfo"]
}

wire! {
    /// An address: read for what it lacks alone, never kept.
    Address at "/persons/addresses" as "Person_addresses_inner" {
        may kind: text = "type";
        must street: text = "streetAddress";
        must locality: text = "locality";
        must postal_code: text = "postalCode";
        must country: text = "country";
    } passes ["countyCode", "municipalityCode", "realEstateDesignation"]
}

wire! {
    /// An identity number.
    CivicNo at "/persons/civicNo" as "Person_civicNo" {
        must value: text = "value";
    } passes ["nationality"]
}

wire! {
    /// An e-mail address.
    Email at "/persons/emails" as "Email" {
        must value: text = "value";
        must kind: text = "type";
    } passes []
}

wire! {
    /// A pupil's place in a school unit.
    Enrolment at "/persons/enrolments" as "Enrolment" {
        must school: one<Reference> = "enroledAt" | "enrolledAt";
        must school_type: text = "schoolType";
        may school_year: number = "schoolYear";
        must start: text = "startDate";
        may end: text = "endDate";
        may cancelled: flag = "cancelled";
    } passes ["educationCode", "programme", "specification"]
}

wire! {
    /// An adult who answers for a child.
    Responsible at "/persons/responsibles" as "Person_responsibles_inner" {
        may person: one<PersonReference> = "person";
        may relation: text = "relationType";
    } passes []
}

wire! {
    /// A pupil, a member of staff, a guardian.
    Person at "/persons" as "Person" {
        must id: text = "id";
        may meta: one<Meta> = "meta";
        must given_name: text = "givenName";
        may middle_name: text = "middleName";
        must family_name: text = "familyName";
        may principal_names: texts = "eduPersonPrincipalNames";
        may civic_no: one<CivicNo> = "civicNo";
        may birth_date: text = "birthDate";
        may sex: text = "sex";
        may security_marking: text = "securityMarking";
        may status: text = "personStatus";
        may emails: many<Email> = "emails";
        may addresses: many<Address> = "addresses";
        may enrolments: many<Enrolment> = "enrolments";
        may responsibles: many<Responsible> = "responsibles";
    } passes ["externalIdentifiers", "phoneNumbers", "photo", "_embedded"]
}

wire! {
    /// What a member of staff does for a group, other than teach it.
    AssignmentRole at "/duties/assignmentRole" as "Duty_assignmentRole_inner" {
        must group: one<Reference> = "group";
        must kind: text = "assignmentRoleType";
        may start: text = "startDate";
    } passes ["endDate"]
}

wire! {
    /// Work at a school.
    Duty at "/duties" as "Duty" {
        must id: text = "id";
        may meta: one<Meta> = "meta";
        may person: one<PersonReference> = "person";
        may roles: many<AssignmentRole> = "assignmentRole";
        must place: one<Reference> = "dutyAt";
        must role: text = "dutyRole";
        must start: text = "startDate";
        may end: text = "endDate";
    } passes ["description", "signature", "dutyPercent", "hoursPerYear", "_embedded"]
}

wire! {
    /// A pupil's place in a group.
    GroupMembership at "/groups/groupMemberships" as "GroupMembership" {
        must person: one<PersonReference> = "person";
        may start: text = "startDate";
        may end: text = "endDate";
    } passes []
}

wire! {
    /// A class, a teaching group.
    Group at "/groups" as "Group" {
        must id: text = "id";
        may meta: one<Meta> = "meta";
        must name: text = "displayName";
        must start: text = "startDate";
        may end: text = "endDate";
        must kind: text = "groupType";
        may school_type: text = "schoolType";
        must organisation: one<Reference> = "organisation";
        may members: many<GroupMembership> = "groupMemberships";
        odd notes: prose = "notes" | "comment" | "description" | "information";
    } passes ["_embedded"]
}

wire! {
    /// A teacher of an activity; some registers name the person instead of the duty.
    DutyAssignment at "/activities/teachers" as "DutyAssignment" {
        must duty: one<Reference> = "duty";
        odd person: one<PersonReference> = "person";
        may start: text = "startDate";
        may end: text = "endDate";
    } passes ["minutesPlanned", "grader"]
}

wire! {
    /// What is taught, by whom, to which groups.
    Activity at "/activities" as "Activity" {
        must id: text = "id";
        may meta: one<Meta> = "meta";
        must name: text = "displayName";
        must is_scheduled: flag = "calendarEventsRequired";
        must start: text = "startDate";
        may end: text = "endDate";
        may kind: text = "activityType";
        may comment: prose = "comment";
        must groups: many<Reference> = "groups";
        may teachers: many<DutyAssignment> = "teachers";
        may syllabus: one<Reference> = "syllabus";
        must organisation: one<Reference> = "organisation";
    } passes ["minutesPlanned", "parentActivity", "_embedded"]
}

wire! {
    /// A course or a subject.
    Syllabus at "/syllabuses" as "Syllabus" {
        must id: text = "id";
        may meta: one<Meta> = "meta";
        must school_type: text = "schoolType";
        may subject_code: text = "subjectCode";
        must subject_name: text = "subjectName";
        may course_code: text = "courseCode";
        may course_name: text = "courseName";
        must is_official: flag = "official";
    } passes [
        "subjectDesignation", "startSchoolYear", "endSchoolYear", "points", "curriculum",
        "languageCode", "specialisationCourseContent",
    ]
}

#[cfg(test)]
pub(crate) mod schemas {
    use super::*;

    /// What a declaration says: its name in the published description, (need, field), passed.
    pub(crate) type Declared =
        (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

    /// Every declaration.
    pub(crate) const ALL: &[Declared] = &[
        Meta::SCHEMA,
        Reference::SCHEMA,
        PersonReference::SCHEMA,
        Organisation::SCHEMA,
        Address::SCHEMA,
        CivicNo::SCHEMA,
        Email::SCHEMA,
        Enrolment::SCHEMA,
        Responsible::SCHEMA,
        Person::SCHEMA,
        AssignmentRole::SCHEMA,
        Duty::SCHEMA,
        GroupMembership::SCHEMA,
        Group::SCHEMA,
        DutyAssignment::SCHEMA,
        Activity::SCHEMA,
        Syllabus::SCHEMA,
    ];
}
