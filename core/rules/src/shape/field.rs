//! The fields that an expression can name.

use state::Entity;

macro_rules! fields {
    ($($(#[$doc:meta])* $group:ident($fields:ident) { $($name:ident = $path:literal,)+ })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub(super) enum $fields {
                $($name,)+
            }
        )+

        /// A field that an expression can name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Field {
            $($group($fields),)+
        }

        /// Every field with its path.
        const FIELDS: &[(&str, Field)] = &[$($(($path, Field::$group($fields::$name)),)+)+];

        /// The paths of all fields. `person.extra.NAME` comes beside them.
        pub const PATHS: &[&str] = &[$($($path,)+)+];
    };
}

fields! {
    /// Of an organisation.
    Organisation(OrganisationField) {
        Name = "organisation.name",
        Type = "organisation.type",
        SourceId = "organisation.source_id",
    }
    /// Of a school unit.
    School(SchoolField) {
        Name = "school.name",
        Code = "school.code",
        Municipality = "school.municipality_code",
        SourceId = "school.source_id",
    }
    /// Of a term.
    Term(TermField) {
        Title = "term.title",
        Type = "term.type",
        Year = "term.school_year",
        Start = "term.start",
        End = "term.end",
    }
    /// Of a course.
    Course(CourseField) {
        Name = "course.name",
        Code = "course.code",
    }
    /// Of a group.
    Group(GroupField) {
        Name = "group.name",
        Type = "group.type",
        SchoolType = "group.school_type",
        CourseCode = "group.course_code",
        CourseName = "group.course_name",
        Start = "group.start",
        End = "group.end",
        Notes = "group.notes",
        SourceId = "group.source_id",
    }
    /// Of a person.
    Person(PersonField) {
        GivenName = "person.given_name",
        FamilyName = "person.family_name",
        DisplayName = "person.display_name",
        Email = "person.email",
        Username = "person.username",
        BirthDate = "person.birth_date",
        Sex = "person.sex",
        SourceId = "person.source_id",
        Year = "person.year",
        Role = "person.role",
    }
    /// Of the relation that a membership is made from.
    Relation(RelationField) {
        EnrolmentYear = "enrolment.school_year",
        EnrolmentType = "enrolment.school_type",
        EnrolmentGrade = "enrolment.grade",
        DutyRole = "duty.role",
        DutyOrgRole = "duty.org_role",
        Start = "relation.start",
        End = "relation.end",
        IsPrimary = "relation.is_primary",
        Type = "relation.type",
    }
    /// A reference to another thing, or to the thing itself.
    Key(KeyField) {
        OrganisationParent = "organisation.parent",
        OrganisationKey = "organisation.key",
        SchoolOrganisation = "school.organisation",
        SchoolKey = "school.key",
        SchoolHead = "school.head_organisation",
        SchoolGroup = "school.school_group",
        TermKey = "term.key",
        TermParent = "term.parent",
        CourseSchool = "course.school",
        CourseKey = "course.key",
        CourseYear = "course.school_year",
        GroupSchool = "group.school",
        GroupSessions = "group.sessions",
        GroupTerms = "group.terms",
        GroupCourse = "group.course",
        GroupKey = "group.key",
        GroupOwner = "group.owner",
        PersonKey = "person.key",
        PersonSchool = "person.school",
    }
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
    if (entity, field) == (Entity::SchoolUnit, "parent") {
        return Some("school.organisation".to_owned());
    }
    Some(format!("{}.{field}", root(entity)))
}

/// The word for an entity in paths.
pub(super) fn root(entity: Entity) -> &'static str {
    match entity {
        Entity::Organisation | Entity::SchoolGroup => "organisation",
        Entity::SchoolUnit => "school",
        Entity::Term => "term",
        Entity::Course => "course",
        Entity::Group => "group",
        Entity::Person => "person",
        Entity::Duty => "duty",
    }
}
