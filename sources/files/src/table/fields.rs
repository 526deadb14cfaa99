//! The tables and fields that a layout can have, and what each field may hold.

use roster::terms::{
    DutyRole, GroupType, OrganisationType, PersonStatus, RelationType, SchoolType, Sex,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// An enum whose members are named in settings by their snake-case names.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$member_doc])* $member,)+
        }

        impl $name {
            /// Every member, in the order in which they are read.
            pub const ALL: &[Self] = &[$(Self::$member),+];

            /// The name in settings.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $text),+ }
            }
        }
    };
}

named! {
    /// The tables of a layout.
    TableKind {
        /// Huvudman, förvaltning, rektorsområde.
        Organisations = "organisations",
        /// School units.
        Schools = "schools",
        /// Pupils, staff and guardians.
        Persons = "persons",
        /// Classes and teaching groups.
        Groups = "groups",
        /// Pupils' places in school units.
        Enrolments = "enrolments",
        /// Work of staff at school units.
        Duties = "duties",
        /// Pupils' places in groups.
        Memberships = "memberships",
        /// Teachers of groups.
        Teachers = "teachers",
        /// Who answers for a child.
        Guardians = "guardians",
    }
}

named! {
    /// The fields of all tables. What a field means depends on its table: `id` of `persons`
    /// is the person's own id.
    Field {
        /// The row's own id.
        Id = "id",
        /// School unit code, eight digits.
        Code = "code",
        /// Name of an organisation, a school or a group.
        Name = "name",
        /// Type of an organisation or a group.
        Type = "type",
        /// The organisation above.
        ParentId = "parent_id",
        /// The organisation that a school belongs to.
        OrganisationId = "organisation_id",
        /// Forms of schooling at a school, separated by `|`.
        SchoolTypes = "school_types",
        /// Municipality code, four digits.
        MunicipalityCode = "municipality_code",
        /// First day.
        StartDate = "start_date",
        /// Last day, itself included.
        EndDate = "end_date",
        /// Personnummer, samordningsnummer or a temporary number.
        IdentityNumber = "identity_number",
        /// Given name.
        GivenName = "given_name",
        /// Family name.
        FamilyName = "family_name",
        /// E-mail address.
        Email = "email",
        /// User name.
        Username = "username",
        /// Date of birth.
        BirthDate = "birth_date",
        /// Sex.
        Sex = "sex",
        /// The protection marking.
        SecurityMarking = "security_marking",
        /// Whether the register counts the person as active.
        Status = "status",
        /// The person a relation is about.
        PersonId = "person_id",
        /// The school unit a relation or a group is about.
        SchoolId = "school_id",
        /// Form of schooling.
        SchoolType = "school_type",
        /// Årskurs.
        SchoolYear = "school_year",
        /// Role of a member of staff.
        Role = "role",
        /// Course or subject code.
        CourseCode = "course_code",
        /// Course or subject name.
        CourseName = "course_name",
        /// Free text.
        Notes = "notes",
        /// The group a relation is about.
        GroupId = "group_id",
        /// The adult.
        GuardianId = "guardian_id",
        /// In what capacity the adult answers for the child.
        Relation = "relation",
    }
}

/// How many fields there are.
pub(crate) const FIELD_COUNT: usize = Field::ALL.len();

impl Field {
    /// The field's place in arrays of [`FIELD_COUNT`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// What a layout must say of a table.
pub(crate) struct Shape {
    /// All fields that the table can have.
    pub(crate) fields: &'static [Field],
    /// Those that it must have.
    pub(crate) required: &'static [Field],
    /// Those that say which entity or relation a row is.
    pub(crate) identity: &'static [Field],
    /// Whether the same identity may come once only.
    pub(crate) is_entity: bool,
    /// Whether a register without rows here is no register.
    pub(crate) needs_rows: bool,
}

impl TableKind {
    /// What a layout must say of the table.
    pub(crate) fn shape(self) -> Shape {
        use Field as F;
        let entity = |fields, required, needs_rows| Shape {
            fields,
            required,
            identity: &[F::Id],
            is_entity: true,
            needs_rows,
        };
        match self {
            Self::Organisations => {
                entity(&[F::Id, F::Name, F::Type, F::ParentId], &[F::Id, F::Name], false)
            }
            Self::Schools => entity(SCHOOL, &[F::Id, F::Name], true),
            Self::Persons => entity(PERSON, &[F::Id, F::GivenName, F::FamilyName], true),
            Self::Groups => entity(GROUP, &[F::Id, F::Name, F::Type], false),
            Self::Enrolments => relation(ENROLMENT, &[F::PersonId, F::SchoolId, F::SchoolType]),
            Self::Duties => relation(DUTY, &[F::PersonId, F::SchoolId, F::Role]),
            Self::Memberships | Self::Teachers => relation(IN_GROUP, &[F::GroupId, F::PersonId]),
            Self::Guardians => relation(GUARDIAN, &[F::PersonId, F::GuardianId]),
        }
    }
}

/// The words that a field may hold, when there is a list of them.
pub(crate) fn allowed(kind: TableKind, field: Field) -> Option<String> {
    fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> String {
        all.iter().map(|it| word(*it)).collect::<Vec<_>>().join(", ")
    }
    Some(match (kind, field) {
        (TableKind::Organisations, Field::Type) => {
            words(OrganisationType::ALL, OrganisationType::as_str)
        }
        (_, Field::Type) => words(GroupType::ALL, GroupType::as_str),
        (_, Field::Sex) => words(Sex::ALL, Sex::as_str),
        (_, Field::Status) => words(PersonStatus::ALL, PersonStatus::as_str),
        (_, Field::SchoolType | Field::SchoolTypes) => words(SchoolType::ALL, SchoolType::as_str),
        (_, Field::Role) => words(DutyRole::ALL, DutyRole::as_str),
        (_, Field::Relation) => words(RelationType::ALL, RelationType::as_str),
        (_, Field::SchoolYear) => "F, 0–10".to_owned(),
        _ => return None,
    })
}

const fn relation(fields: &'static [Field], required: &'static [Field]) -> Shape {
    Shape { fields, required, identity: required, is_entity: false, needs_rows: false }
}

const SCHOOL: &[Field] = &[
    Field::Id,
    Field::Code,
    Field::Name,
    Field::OrganisationId,
    Field::SchoolTypes,
    Field::MunicipalityCode,
    Field::StartDate,
    Field::EndDate,
];

const PERSON: &[Field] = &[
    Field::Id,
    Field::IdentityNumber,
    Field::GivenName,
    Field::FamilyName,
    Field::Email,
    Field::Username,
    Field::BirthDate,
    Field::Sex,
    Field::SecurityMarking,
    Field::Status,
];

const GROUP: &[Field] = &[
    Field::Id,
    Field::SchoolId,
    Field::Name,
    Field::Type,
    Field::SchoolType,
    Field::CourseCode,
    Field::CourseName,
    Field::StartDate,
    Field::EndDate,
    Field::Notes,
];

const ENROLMENT: &[Field] = &[
    Field::Id,
    Field::PersonId,
    Field::SchoolId,
    Field::SchoolType,
    Field::SchoolYear,
    Field::StartDate,
    Field::EndDate,
];

const DUTY: &[Field] =
    &[Field::Id, Field::PersonId, Field::SchoolId, Field::Role, Field::StartDate, Field::EndDate];

const IN_GROUP: &[Field] = &[Field::GroupId, Field::PersonId, Field::StartDate, Field::EndDate];

const GUARDIAN: &[Field] = &[Field::PersonId, Field::GuardianId, Field::Relation];
