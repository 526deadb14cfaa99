//! What expressions see: one thing of the roster with what hangs on it.

use std::borrow::Cow;

use roster::terms::{DutyRole, SchoolType};
use roster::{
    Course, Duty, Enrolment, Group, Interval, Key, Organisation, PersonRecord, Responsible,
    SchoolUnit,
};

use super::facts::Facts;
use super::field::{Field, Path};
use super::rules::Term;

/// A relation that a membership is made from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Link<'a> {
    Enrolment(&'a Enrolment),
    Duty(&'a Duty),
    Dated(Interval),
    Responsible(&'a Responsible),
}

/// The relation that a person mainly belongs to a school by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Primary<'a> {
    Enrolment(&'a Enrolment),
    Duty(&'a Duty),
}

impl Primary<'_> {
    pub(super) fn school(self) -> Key {
        match self {
            Self::Enrolment(it) => it.school,
            Self::Duty(it) => it.school,
        }
    }
}

/// A course at a school.
#[derive(Debug, Clone, Copy)]
pub(super) struct CourseAt<'a> {
    pub(super) key: Key,
    pub(super) school: Option<Key>,
    pub(super) course: &'a Course,
}

/// What an expression sees.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) organisation: Option<&'a Organisation>,
    pub(super) school: Option<&'a SchoolUnit>,
    pub(super) term: Option<(Key, &'a Term)>,
    pub(super) course: Option<CourseAt<'a>>,
    pub(super) group: Option<&'a Group>,
    pub(super) person: Option<&'a PersonRecord>,
    pub(super) primary: Option<Primary<'a>>,
    pub(super) link: Option<Link<'a>>,
}

type Text<'a> = Option<Cow<'a, str>>;

impl<'a> View<'a> {
    pub(super) fn new(facts: &'a Facts<'a>) -> Self {
        Self {
            facts,
            organisation: None,
            school: None,
            term: None,
            course: None,
            group: None,
            person: None,
            primary: None,
            link: None,
        }
    }

    /// The field as text; `None` when there is nothing or only space.
    pub(super) fn text(&self, path: &Path) -> Text<'a> {
        let text = match path {
            Path::Field(field) => self.field(*field),
            Path::Extra(name) => self.person.and_then(|it| it.person.extra(name)).map(Cow::from),
        };
        text.filter(|text| !text.trim().is_empty())
    }

    fn field(&self, field: Field) -> Text<'a> {
        match field {
            Field::OrganisationName => self.organisation.map(|it| it.name.as_str().into()),
            Field::OrganisationType => {
                self.organisation.map(|it| it.organisation_type.as_str().into())
            }
            Field::OrganisationSourceId => self.organisation.map(|it| it.source_id.as_str().into()),
            Field::SchoolName => self.school.map(|it| it.name.as_str().into()),
            Field::SchoolCode => self.school?.code.as_deref().map(Cow::from),
            Field::SchoolMunicipality => self.school?.municipality_code.as_deref().map(Cow::from),
            Field::SchoolSourceId => self.school.map(|it| it.source_id.as_str().into()),
            Field::TermTitle => self.term.map(|(_, it)| it.name.as_str().into()),
            Field::TermType => self.term.map(|(_, it)| it.term_type.word().into()),
            Field::TermYear => self.term.map(|(_, it)| it.school_year.to_string().into()),
            Field::TermStart => self.term.map(|(_, it)| it.start.to_string().into()),
            Field::TermEnd => self.term.map(|(_, it)| it.end.to_string().into()),
            Field::CourseName => self.course.map(|it| it.course.name.as_str().into()),
            Field::CourseCode => self.course.map(|it| it.course.code.as_str().into()),
            Field::GroupName => self.group.map(|it| it.name.as_str().into()),
            Field::GroupType => self.group.map(|it| it.group_type.as_str().into()),
            Field::GroupSchoolType => self.group?.school_type.map(|it| it.as_str().into()),
            Field::GroupCourseCode => Some(self.group?.course.as_ref()?.code.as_str().into()),
            Field::GroupCourseName => Some(self.group?.course.as_ref()?.name.as_str().into()),
            Field::GroupStart => self.group?.interval.start.map(|it| it.to_string().into()),
            Field::GroupEnd => self.group?.interval.end.map(|it| it.to_string().into()),
            Field::GroupNotes => self.group?.notes.as_deref().map(Cow::from),
            Field::GroupSourceId => self.group.map(|it| it.source_id.as_str().into()),
            Field::PersonGivenName
            | Field::PersonFamilyName
            | Field::PersonDisplayName
            | Field::PersonEmail
            | Field::PersonUsername
            | Field::PersonBirthDate
            | Field::PersonSex
            | Field::PersonSourceId
            | Field::PersonYear
            | Field::PersonRole => self.person_field(field),
            Field::EnrolmentYear
            | Field::EnrolmentType
            | Field::EnrolmentGrade
            | Field::DutyRole
            | Field::DutyOrgRole
            | Field::RelationStart
            | Field::RelationEnd
            | Field::RelationIsPrimary
            | Field::RelationType => self.relation_field(field),
            Field::OrganisationParent
            | Field::OrganisationKey
            | Field::SchoolOrganisation
            | Field::SchoolKey
            | Field::TermKey
            | Field::CourseSchool
            | Field::CourseKey
            | Field::GroupSchool
            | Field::GroupSessions
            | Field::GroupCourse
            | Field::GroupKey
            | Field::PersonKey
            | Field::PersonSchool => self.keys(field).first().map(|key| key.to_string().into()),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the caller hands over few fields")]
    fn person_field(&self, field: Field) -> Text<'a> {
        let it = &self.person?.person;
        match field {
            Field::PersonGivenName => Some(it.given_name.as_str().into()),
            Field::PersonFamilyName => Some(it.family_name.as_str().into()),
            Field::PersonDisplayName => {
                Some(format!("{} {}", it.given_name, it.family_name).trim().to_owned().into())
            }
            Field::PersonEmail => it.email.as_deref().map(Cow::from),
            Field::PersonUsername => it.username.as_deref().map(Cow::from),
            Field::PersonBirthDate => it.birth_date.map(|it| it.to_string().into()),
            Field::PersonSex => it.sex.map(|it| it.as_str().into()),
            Field::PersonSourceId => Some(it.source_id.as_str().into()),
            Field::PersonYear => match self.primary? {
                Primary::Enrolment(it) => it.school_year.map(|year| year.to_string().into()),
                Primary::Duty(_) => None,
            },
            Field::PersonRole => Some(match self.primary? {
                Primary::Enrolment(_) => "pupil".into(),
                Primary::Duty(it) if it.role.is_teaching() => "teacher".into(),
                Primary::Duty(_) => "staff".into(),
            }),
            _ => None,
        }
    }

    fn relation_field(&self, field: Field) -> Text<'a> {
        let link = self.link?;
        let interval = match link {
            Link::Enrolment(it) => it.interval,
            Link::Duty(it) => it.interval,
            Link::Dated(interval) => interval,
            Link::Responsible(_) => Interval::ALWAYS,
        };
        match (field, link) {
            (Field::RelationStart, _) => interval.start.map(|it| it.to_string().into()),
            (Field::RelationEnd, _) => interval.end.map(|it| it.to_string().into()),
            (Field::RelationIsPrimary, _) => Some(self.is_primary(link)),
            (Field::EnrolmentYear, Link::Enrolment(it)) => {
                it.school_year.map(|it| it.to_string().into())
            }
            (Field::EnrolmentType, Link::Enrolment(it)) => Some(it.school_type.as_str().into()),
            (Field::EnrolmentGrade, Link::Enrolment(it)) => {
                grade(it.school_type, it.school_year).map(Cow::from)
            }
            (Field::DutyRole, Link::Duty(it)) => Some(it.role.as_str().into()),
            (Field::DutyOrgRole, Link::Duty(it)) => Some(org_role(it.role).into()),
            (Field::RelationType, Link::Responsible(it)) => Some(it.relation.as_str().into()),
            _ => None,
        }
    }

    /// All roles of a person agree on who the person mainly is: at the primary school, and
    /// as what (reference/microsoft.md §1.4: several roles).
    fn is_primary(&self, link: Link<'_>) -> Cow<'a, str> {
        let yes = match (link, self.primary) {
            (Link::Enrolment(it), Some(Primary::Enrolment(first))) => it.school == first.school,
            (Link::Duty(it), Some(Primary::Duty(first))) => {
                it.school == first.school && it.role == first.role
            }
            (
                Link::Enrolment(_) | Link::Duty(_) | Link::Dated(_) | Link::Responsible(_),
                Some(_) | None,
            ) => false,
        };
        if yes { "TRUE".into() } else { "FALSE".into() }
    }

    /// What the field refers to.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the caller hands over few fields")]
    pub(super) fn keys(&self, field: Field) -> Vec<Key> {
        let one = match field {
            Field::OrganisationParent => self.organisation.and_then(|it| it.parent),
            Field::OrganisationKey => self.organisation.map(|it| it.key),
            Field::SchoolOrganisation => self.school.and_then(|it| self.facts.parent_of(it)),
            Field::SchoolKey => self.school.map(|it| it.key),
            Field::TermKey => self.term.map(|(key, _)| key),
            Field::CourseSchool => self.course.and_then(|it| it.school),
            Field::CourseKey => self.course.map(|it| it.key),
            Field::GroupSchool => self.group.and_then(|it| it.school),
            Field::GroupCourse => {
                self.group.and_then(|it| self.facts.course_of.get(&it.key).copied())
            }
            Field::GroupKey => self.group.map(|it| it.key),
            Field::GroupSessions => {
                return self.group.map(|it| self.facts.sessions(it)).unwrap_or_default();
            }
            Field::PersonKey => self.person.map(|it| it.person.key),
            Field::PersonSchool => self.primary.map(Primary::school),
            _ => None,
        };
        one.into_iter().collect()
    }
}

/// Form and year as one scale: F is `kg`, compulsory school `01`–`09`, upper-secondary
/// `10`–`13` (reference/microsoft.md §1.2).
fn grade(form: SchoolType, year: Option<u8>) -> Option<&'static str> {
    const GRADES: [&str; 13] =
        ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13"];
    let place = |year: u8| GRADES.get(usize::from(year)).copied();
    match (form, year) {
        (SchoolType::Fklass, _) => Some("kg"),
        (SchoolType::Gr | SchoolType::Grs | SchoolType::Sam | SchoolType::Sp, Some(0)) => {
            Some("kg")
        }
        (SchoolType::Gr | SchoolType::Grs | SchoolType::Sam | SchoolType::Sp, Some(1..=10)) => {
            place(year? - 1)
        }
        (SchoolType::Gy | SchoolType::Gys, Some(1..=4)) => place(year? + 8),
        _ => None,
    }
}

/// A duty in the words of School Data Sync's role list (reference/microsoft.md §1.2).
fn org_role(role: DutyRole) -> &'static str {
    match role {
        DutyRole::Principal => "principal",
        DutyRole::Teacher
        | DutyRole::PreschoolTeacher
        | DutyRole::LeadTeacher
        | DutyRole::SpecialTeacher => "teacher",
        DutyRole::TeachingAssistant => "teacherAssistant",
        DutyRole::CareerCounsellor => "advisor",
        DutyRole::Counsellor | DutyRole::Psychologist | DutyRole::Doctor => "specialServices",
        DutyRole::Nurse => "nurse",
        DutyRole::Administrator => "officeStaff",
        DutyRole::OtherLead | DutyRole::PreschoolHead => "administrator",
        DutyRole::ChildMinder
        | DutyRole::Librarian
        | DutyRole::LeisurePedagogue
        | DutyRole::OtherStaff
        | DutyRole::OtherPedagogical => "staff",
    }
}
