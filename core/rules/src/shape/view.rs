//! What expressions see: one thing of the roster with what hangs on it.

use std::borrow::Cow;

use roster::terms::{DutyRole, OrganisationType, SchoolType};
use roster::{
    Course, Duty, Enrolment, Group, Interval, Key, Organisation, PersonRecord, Responsible,
    SchoolUnit,
};

use state::ObjectRef;

use super::day::day;
use super::facts::Facts;
use super::field::{
    CourseField, Field, GroupField, KeyField, OrganisationField, Path, PersonField, RelationField,
    SchoolField, TermField,
};
use super::rules::Term;

/// A relation that a membership is made from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Link<'a> {
    Enrolment(&'a Enrolment),
    Duty(&'a Duty),
    Dated(Interval),
    Responsible(&'a Responsible),
}

impl<'a> Link<'a> {
    fn enrolment(self) -> Option<&'a Enrolment> {
        match self {
            Self::Enrolment(it) => Some(it),
            Self::Duty(_) | Self::Dated(_) | Self::Responsible(_) => None,
        }
    }

    fn duty(self) -> Option<&'a Duty> {
        match self {
            Self::Duty(it) => Some(it),
            Self::Enrolment(_) | Self::Dated(_) | Self::Responsible(_) => None,
        }
    }

    fn responsible(self) -> Option<&'a Responsible> {
        match self {
            Self::Responsible(it) => Some(it),
            Self::Enrolment(_) | Self::Duty(_) | Self::Dated(_) => None,
        }
    }
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
    /// The school year that it is of, where it is of one.
    pub(super) year: Option<Key>,
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
    /// An object that is wanted though it is of a kind that is not in memory.
    pub(super) sure: Option<ObjectRef>,
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
            sure: None,
        }
    }

    /// The field as text; `None` when there is nothing or only space.
    pub(super) fn text(&self, path: &Path) -> Text<'a> {
        let text = match path {
            Path::Field(field) => self.field(*field),
            Path::Extra(name) => self.person.and_then(|it| it.person.extra(name)).map(Cow::from),
        };
        text.filter(|text| text.chars().any(|char| !char.is_whitespace()))
    }

    fn field(&self, field: Field) -> Text<'a> {
        match field {
            Field::Organisation(field) => self.organisation_field(field),
            Field::School(field) => self.school_field(field),
            Field::Term(field) => self.term_field(field),
            Field::Course(field) => self.course_field(field),
            Field::Group(field) => self.group_field(field),
            Field::Person(field) => self.person_field(field),
            Field::Relation(field) => self.relation_field(field),
            Field::Key(field) => self.keys(field).first().map(|key| key.to_string().into()),
        }
    }

    fn organisation_field(&self, field: OrganisationField) -> Text<'a> {
        let it = self.organisation?;
        Some(match field {
            OrganisationField::Name => it.name.as_str().into(),
            OrganisationField::Type => it.organisation_type.as_str().into(),
            OrganisationField::SourceId => it.source_id.as_str().into(),
        })
    }

    fn school_field(&self, field: SchoolField) -> Text<'a> {
        let it = self.school?;
        match field {
            SchoolField::Name => Some(it.name.as_str().into()),
            SchoolField::Code => it.code.as_deref().map(Cow::from),
            SchoolField::Municipality => it.municipality_code.as_deref().map(Cow::from),
            SchoolField::SourceId => Some(it.source_id.as_str().into()),
        }
    }

    fn term_field(&self, field: TermField) -> Text<'a> {
        let (_, it) = self.term?;
        Some(match field {
            TermField::Title => it.name.as_str().into(),
            TermField::Type => it.term_type.word().into(),
            TermField::Year => it.school_year.to_string().into(),
            TermField::Start => day(it.start),
            TermField::End => day(it.end),
        })
    }

    fn course_field(&self, field: CourseField) -> Text<'a> {
        let it = self.course?.course;
        Some(match field {
            CourseField::Name => it.name.as_str().into(),
            CourseField::Code => it.code.as_str().into(),
        })
    }

    fn group_field(&self, field: GroupField) -> Text<'a> {
        let it = self.group?;
        match field {
            GroupField::Name => Some(it.name.as_str().into()),
            GroupField::Type => Some(it.group_type.as_str().into()),
            GroupField::SchoolType => it.school_type.map(|it| it.as_str().into()),
            GroupField::CourseCode => Some(it.course.as_ref()?.code.as_str().into()),
            GroupField::CourseName => Some(it.course.as_ref()?.name.as_str().into()),
            GroupField::Start => it.interval.start.map(day),
            GroupField::End => it.interval.end.map(day),
            GroupField::Notes => it.notes.as_deref().map(Cow::from),
            GroupField::SourceId => Some(it.source_id.as_str().into()),
        }
    }

    fn person_field(&self, field: PersonField) -> Text<'a> {
        let it = &self.person?.person;
        match field {
            PersonField::GivenName => Some(it.given_name.as_str().into()),
            PersonField::FamilyName => Some(it.family_name.as_str().into()),
            PersonField::DisplayName => {
                Some(format!("{} {}", it.given_name, it.family_name).trim().to_owned().into())
            }
            PersonField::Email => it.email.as_deref().map(Cow::from),
            PersonField::Username => it.username.as_deref().map(Cow::from),
            PersonField::BirthDate => it.birth_date.map(day),
            PersonField::Sex => it.sex.map(|it| it.as_str().into()),
            PersonField::SourceId => Some(it.source_id.as_str().into()),
            PersonField::Year => match self.primary? {
                Primary::Enrolment(it) => it.school_year.map(year),
                Primary::Duty(_) => None,
            },
            PersonField::Role => Some(match self.primary? {
                Primary::Enrolment(_) => "pupil".into(),
                Primary::Duty(it) if it.role.is_teaching() => "teacher".into(),
                Primary::Duty(_) => "staff".into(),
            }),
        }
    }

    fn relation_field(&self, field: RelationField) -> Text<'a> {
        let link = self.link?;
        let interval = match link {
            Link::Enrolment(it) => it.interval,
            Link::Duty(it) => it.interval,
            Link::Dated(interval) => interval,
            Link::Responsible(_) => Interval::ALWAYS,
        };
        match field {
            RelationField::Start => interval.start.map(day),
            RelationField::End => interval.end.map(day),
            RelationField::IsPrimary => Some(self.is_primary(link)),
            RelationField::EnrolmentYear => link.enrolment()?.school_year.map(year),
            RelationField::EnrolmentType => Some(link.enrolment()?.school_type.as_str().into()),
            RelationField::EnrolmentGrade => {
                let it = link.enrolment()?;
                grade(it.school_type, it.school_year).map(Cow::from)
            }
            RelationField::DutyRole => Some(link.duty()?.role.as_str().into()),
            RelationField::DutyOrgRole => Some(org_role(link.duty()?.role).into()),
            RelationField::Type => Some(link.responsible()?.relation.as_str().into()),
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

    /// The nearest organisation above the school that is such.
    fn above(&self, is_such: impl Fn(&Organisation) -> bool) -> Option<Key> {
        let mut key = self.school.and_then(|it| self.facts.parent_of(it));
        // A register may have organisations stand above each other in a circle.
        for _ in 0..MOST_LEVELS {
            let it = self.facts.organisation(key?)?;
            if is_such(it) {
                return key;
            }
            key = it.parent;
        }
        None
    }

    /// What the field refers to.
    pub(super) fn keys(&self, field: KeyField) -> Vec<Key> {
        let one = match field {
            KeyField::OrganisationParent => self.organisation.and_then(|it| it.parent),
            KeyField::OrganisationKey => self.organisation.map(|it| it.key),
            KeyField::SchoolOrganisation => self.school.and_then(|it| self.facts.parent_of(it)),
            KeyField::SchoolKey => self.school.map(|it| it.key),
            KeyField::SchoolHead => self.above(|it| !is_school_group(it)),
            KeyField::SchoolGroup => self.above(is_school_group),
            KeyField::TermKey => self.term.map(|(key, _)| key),
            KeyField::TermParent => self.term.and_then(|(_, it)| self.facts.year_above(it)),
            KeyField::CourseYear => self.course.and_then(|it| it.year),
            KeyField::CourseSchool => self.course.and_then(|it| it.school),
            KeyField::CourseKey => self.course.map(|it| it.key),
            KeyField::GroupSchool => self.group.and_then(|it| it.school),
            KeyField::GroupCourse => {
                self.group.and_then(|it| self.facts.course_of.get(it.key).copied())
            }
            KeyField::GroupKey => self.group.map(|it| it.key),
            KeyField::GroupOwner => self.group.and_then(|it| self.facts.owner_of(it.key)),
            KeyField::GroupSessions => {
                return self.group.map(|it| self.facts.sessions(it)).unwrap_or_default();
            }
            KeyField::GroupTerms => {
                return self.group.map(|it| self.facts.terms_of(it)).unwrap_or_default();
            }
            KeyField::PersonKey => self.person.map(|it| it.person.key),
            KeyField::PersonSchool => self.primary.map(Primary::school),
        };
        one.into_iter().collect()
    }
}

/// More organisations than this do not stand above a school.
const MOST_LEVELS: usize = 16;

/// SS12000: an organisation of the type `Skola` is made of school units.
pub(super) fn is_school_group(organisation: &Organisation) -> bool {
    organisation.organisation_type == OrganisationType::Skola
}

fn year<'a>(year: u8) -> Cow<'a, str> {
    year.to_string().into()
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
