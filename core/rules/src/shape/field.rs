//! The fields that an expression can name.

use state::Entity;

macro_rules! fields {
    ($($name:ident = $path:literal,)+) => {
        /// A field that an expression can name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Field {
            $($name,)+
        }

        /// Every field with its path.
        pub(super) const FIELDS: &[(&str, Field)] = &[$(($path, Field::$name)),+];

        /// The paths of all fields. `person.extra.NAME` comes beside them.
        pub const PATHS: &[&str] = &[$($path),+];
    };
}

fields! {
    OrganisationName = "organisation.name",
    OrganisationType = "organisation.type",
    OrganisationParent = "organisation.parent",
    OrganisationKey = "organisation.key",
    OrganisationSourceId = "organisation.source_id",
    SchoolName = "school.name",
    SchoolCode = "school.code",
    SchoolOrganisation = "school.organisation",
    SchoolMunicipality = "school.municipality_code",
    SchoolKey = "school.key",
    SchoolSourceId = "school.source_id",
    TermTitle = "term.title",
    TermType = "term.type",
    TermYear = "term.school_year",
    TermStart = "term.start",
    TermEnd = "term.end",
    TermKey = "term.key",
    CourseName = "course.name",
    CourseCode = "course.code",
    CourseSchool = "course.school",
    CourseKey = "course.key",
    GroupName = "group.name",
    GroupType = "group.type",
    GroupSchool = "group.school",
    GroupSchoolType = "group.school_type",
    GroupSessions = "group.sessions",
    GroupCourse = "group.course",
    GroupCourseCode = "group.course_code",
    GroupCourseName = "group.course_name",
    GroupStart = "group.start",
    GroupEnd = "group.end",
    GroupNotes = "group.notes",
    GroupKey = "group.key",
    GroupSourceId = "group.source_id",
    PersonGivenName = "person.given_name",
    PersonFamilyName = "person.family_name",
    PersonDisplayName = "person.display_name",
    PersonEmail = "person.email",
    PersonUsername = "person.username",
    PersonBirthDate = "person.birth_date",
    PersonSex = "person.sex",
    PersonKey = "person.key",
    PersonSourceId = "person.source_id",
    PersonSchool = "person.school",
    PersonYear = "person.year",
    PersonRole = "person.role",
    EnrolmentYear = "enrolment.school_year",
    EnrolmentType = "enrolment.school_type",
    EnrolmentGrade = "enrolment.grade",
    DutyRole = "duty.role",
    DutyOrgRole = "duty.org_role",
    RelationStart = "relation.start",
    RelationEnd = "relation.end",
    RelationIsPrimary = "relation.is_primary",
    RelationType = "relation.type",
}

/// A field, or a further field of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Path {
    Field(Field),
    Extra(Box<str>),
}

impl Path {
    /// Reads a path; `self` means the entity that the object is made from.
    pub(super) fn parse(path: &str, entity: Option<Entity>) -> Option<Self> {
        if let Some(name) = path.strip_prefix("person.extra.") {
            return Some(Self::Extra(name.into()));
        }
        let whole = entity.and_then(|entity| of_self(path, entity));
        let path = whole.as_deref().unwrap_or(path);
        FIELDS.iter().find(|(known, _)| *known == path).map(|(_, field)| Self::Field(*field))
    }
}

/// The path that `self.…` stands for.
fn of_self(path: &str, entity: Entity) -> Option<String> {
    let field = path.strip_prefix("self.")?;
    Some(match (entity, field) {
        (Entity::SchoolUnit, "parent") => "school.organisation".to_owned(),
        (Entity::SchoolUnit, "type") => "school.type".to_owned(),
        _ => format!("{}.{field}", root(entity)),
    })
}

/// The word for an entity in paths.
pub(super) fn root(entity: Entity) -> &'static str {
    match entity {
        Entity::Organisation => "organisation",
        Entity::SchoolUnit => "school",
        Entity::Term => "term",
        Entity::Course => "course",
        Entity::Group => "group",
        Entity::Person => "person",
    }
}
