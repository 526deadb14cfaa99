//! What a register makes of the standard, as data: a profile to start from, and what a
//! tenant's settings say otherwise.

use std::collections::BTreeMap;

use roster::terms::{DutyRole, GroupType, OrganisationType, RelationType, SchoolType};
use schemars::JsonSchema;
use serde::Deserialize;

/// The lists that are read, in the order in which their rows are passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Collection {
    /// Huvudmän, schools, school units.
    Organisations = 1,
    /// Courses and subjects.
    Syllabuses = 2,
    /// Pupils, staff, guardians, with enrolments.
    Persons = 3,
    /// Work at schools.
    Duties = 4,
    /// Who teaches which groups what.
    Activities = 5,
    /// Classes and teaching groups, with members.
    Groups = 6,
}

impl Collection {
    /// All, in order.
    pub const ALL: [Self; 6] = [
        Self::Organisations,
        Self::Syllabuses,
        Self::Persons,
        Self::Duties,
        Self::Activities,
        Self::Groups,
    ];

    /// Its name in the standard.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organisations => "organisations",
            Self::Syllabuses => "syllabuses",
            Self::Persons => "persons",
            Self::Duties => "duties",
            Self::Activities => "activities",
            Self::Groups => "groups",
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|it| *it as u8 == number)
    }
}

/// Where a list stands below the base address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathOf {
    /// `organisations`
    Organisations,
    /// `syllabuses`
    Syllabuses,
    /// `persons`
    Persons,
    /// `duties`
    Duties,
    /// `activities`
    Activities,
    /// `groups`
    Groups,
    /// `deletedEntities`
    Deleted,
}

impl From<Collection> for PathOf {
    fn from(collection: Collection) -> Self {
        match collection {
            Collection::Organisations => Self::Organisations,
            Collection::Syllabuses => Self::Syllabuses,
            Collection::Persons => Self::Persons,
            Collection::Duties => Self::Duties,
            Collection::Activities => Self::Activities,
            Collection::Groups => Self::Groups,
        }
    }
}

/// Whether a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// It must be there.
    Required,
    /// It is read where it is there.
    Optional,
    /// It is not asked for.
    Off,
}

/// How several values of a parameter are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArrayStyle {
    /// `expand=a&expand=b`, as `OpenAPI` says.
    #[default]
    Repeat,
    /// `expand[]=a&expand[]=b`.
    Brackets,
}

/// A value of a parameter of a query: one or several. `{today}`, `{today+30}` and
/// `{today-30}` become dates.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum QueryValue {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// A query: parameters by name.
pub type Query = BTreeMap<String, QueryValue>;

/// Words of the register and what they mean in the standard, by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// `school_type.GRAN = "GRS"`
    pub school_type: BTreeMap<String, String>,
    /// `group_type.Klassgrupp = "Klass"`
    pub group_type: BTreeMap<String, String>,
    /// `duty_role.Lärarvikarie = "Lärare"`
    pub duty_role: BTreeMap<String, String>,
    /// `organisation_type.Enhet = "Skolenhet"`
    pub organisation_type: BTreeMap<String, String>,
    /// `relation.Mamma = "Vårdnadshavare"`
    pub relation: BTreeMap<String, String>,
}

/// A part of a profile: what is left out is as the profile before it says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProfilePart {
    /// Objects asked for in a page (`limit`); 0: the register decides.
    pub page_size: Option<u32>,
    /// How several values of a parameter are written.
    pub array_style: Option<ArrayStyle>,
    /// Whether the register can be asked for changes (`meta.modified.after` and
    /// `deletedEntities`).
    pub deltas: Option<bool>,
    /// Where lists stand below the base address.
    pub paths: BTreeMap<PathOf, String>,
    /// Which lists are read.
    pub read: BTreeMap<Collection, Reads>,
    /// Queries by which a list is read, instead of the whole list. With a query of one's own
    /// only full reads are made: what falls out of a query is not named as deleted.
    pub queries: BTreeMap<Collection, Vec<Query>>,
    /// Words of the register.
    pub values: Words,
    /// What a duty role means that is in no list.
    pub duty_role_otherwise: Option<String>,
    /// Types of e-mail addresses that are used, the first first. Others count after them,
    /// `Privat` only where it is named.
    pub emails: Option<Vec<String>>,
    /// Types of organisations whose duties and groups belong to the school units below.
    pub units_below: Option<Vec<String>>,
    /// Texts that mark a group where they stand in its information or its activity's comment;
    /// rules see them as the group's notes. Nothing else of those texts is read.
    pub markers: Option<Vec<String>>,
    /// Whether the name of an activity is the code of its course or subject.
    pub activity_name_is_course: Option<bool>,
    /// Whether the register lists duties that nobody holds. Where it does not, one that names
    /// nobody may be somebody's, and its school counts as not read.
    pub vacant_duties: Option<bool>,
}

/// A whole profile.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(crate) part: ProfilePart,
    pub(crate) duty_role_otherwise: DutyRole,
    pub(crate) units_below: Vec<OrganisationType>,
}

const PROFILES: &[(&str, &str)] = &[
    ("standard", include_str!("profiles/standard.toml")),
    ("edlevo", include_str!("profiles/edlevo.toml")),
    ("educloud", include_str!("profiles/educloud.toml")),
];

/// Names of the profiles that there are.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROFILES.iter().map(|(name, _)| *name)
}

/// Why there is no such profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadProfile {
    Unknown,
    Broken(String),
    /// Key and value that is no word of the standard.
    BadWord(&'static str, String),
}

impl Profile {
    /// The standard, then the profile, then the settings.
    pub(crate) fn of(name: &str, over: &ProfilePart) -> Result<Self, BadProfile> {
        let (_, text) = PROFILES.iter().find(|it| it.0 == name).ok_or(BadProfile::Unknown)?;
        let parse = |text: &str| {
            toml::from_str::<ProfilePart>(text)
                .map_err(|error| BadProfile::Broken(error.message().to_owned()))
        };
        let mut part = parse(PROFILES[0].1)?;
        part.overlay(&parse(text)?);
        part.overlay(over);
        part.words()?;
        let otherwise = part.duty_role_otherwise.clone().unwrap_or_default();
        let duty_role_otherwise = DutyRole::parse(&otherwise)
            .ok_or(BadProfile::BadWord("duty_role_otherwise", otherwise))?;
        let below = part.units_below.clone().unwrap_or_default();
        let kind = |word: &String| {
            OrganisationType::parse(word)
                .ok_or_else(|| BadProfile::BadWord("units_below", word.clone()))
        };
        let units_below = below.iter().map(kind).collect::<Result<_, _>>()?;
        Ok(Self { part, duty_role_otherwise, units_below })
    }

    pub(crate) fn path(&self, of: PathOf) -> &str {
        self.part.paths.get(&of).map_or("", String::as_str)
    }

    pub(crate) fn reads(&self, collection: Collection) -> Reads {
        self.part.read.get(&collection).copied().unwrap_or(Reads::Required)
    }

    pub(crate) fn page_size(&self) -> u32 {
        self.part.page_size.unwrap_or(0)
    }

    /// Whether changes can be read alone.
    pub(crate) fn has_deltas(&self) -> bool {
        self.part.deltas == Some(true) && self.part.queries.is_empty()
    }

    pub(crate) fn emails(&self) -> &[String] {
        self.part.emails.as_deref().unwrap_or_default()
    }

    pub(crate) fn markers(&self) -> &[String] {
        self.part.markers.as_deref().unwrap_or_default()
    }
}

impl ProfilePart {
    fn overlay(&mut self, over: &Self) {
        let Self {
            page_size,
            array_style,
            deltas,
            paths,
            read,
            queries,
            values,
            duty_role_otherwise,
            emails,
            units_below,
            markers,
            activity_name_is_course,
            vacant_duties,
        } = over.clone();
        self.page_size = page_size.or(self.page_size);
        self.array_style = array_style.or(self.array_style);
        self.deltas = deltas.or(self.deltas);
        self.paths.extend(paths);
        self.read.extend(read);
        self.queries.extend(queries);
        self.values.school_type.extend(values.school_type);
        self.values.group_type.extend(values.group_type);
        self.values.duty_role.extend(values.duty_role);
        self.values.organisation_type.extend(values.organisation_type);
        self.values.relation.extend(values.relation);
        self.duty_role_otherwise = duty_role_otherwise.or(self.duty_role_otherwise.take());
        self.emails = emails.or(self.emails.take());
        self.units_below = units_below.or(self.units_below.take());
        self.markers = markers.or(self.markers.take());
        self.activity_name_is_course = activity_name_is_course.or(self.activity_name_is_course);
        self.vacant_duties = vacant_duties.or(self.vacant_duties);
    }

    /// Whether every word means a word of the standard.
    fn words(&self) -> Result<(), BadProfile> {
        let Words { school_type, group_type, duty_role, organisation_type, relation } =
            &self.values;
        let check = |at, words: &BTreeMap<String, String>, is_word: fn(&str) -> bool| {
            let bad = words.values().find(|word| !is_word(word));
            bad.map_or(Ok(()), |word| Err(BadProfile::BadWord(at, word.clone())))
        };
        check("values.school_type", school_type, |it| SchoolType::parse(it).is_some())?;
        check("values.group_type", group_type, |it| GroupType::parse(it).is_some())?;
        check("values.duty_role", duty_role, |it| DutyRole::parse(it).is_some())?;
        check("values.organisation_type", organisation_type, |it| {
            OrganisationType::parse(it).is_some()
        })?;
        check("values.relation", relation, |it| RelationType::parse(it).is_some())
    }
}

/// Makes a look-up of a word: the standard's, else what the profile says of it.
macro_rules! looks_up {
    ($($name:ident: $field:ident -> $kind:ident),+) => {
        impl Profile {
            $(
                /// What a word means.
                pub(crate) fn $name(&self, word: &str) -> Option<$kind> {
                    $kind::parse(word).or_else(|| {
                        let words = &self.part.values.$field;
                        let known = words.get(word).or_else(|| {
                            words.iter().find(|it| it.0.eq_ignore_ascii_case(word)).map(|it| it.1)
                        });
                        known.and_then(|known| $kind::parse(known))
                    })
                }
            )+
        }
    };
}

looks_up! {
    school_type: school_type -> SchoolType,
    group_type: group_type -> GroupType,
    duty_role: duty_role -> DutyRole,
    organisation_type: organisation_type -> OrganisationType,
    relation: relation -> RelationType
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_can_be_used_and_settings_come_last() {
        for name in names() {
            let profile = Profile::of(name, &ProfilePart::default()).unwrap();
            for collection in Collection::ALL {
                assert!(!profile.path(collection.into()).is_empty(), "{name}");
            }
            assert_eq!(profile.school_type("gran"), Some(SchoolType::Grs), "{name}");
            assert_eq!(profile.duty_role_otherwise, DutyRole::OtherStaff, "{name}");
        }
        let edlevo = Profile::of("edlevo", &ProfilePart::default()).unwrap();
        assert_eq!(edlevo.path(PathOf::Deleted), "deletedentities");
        let over = ProfilePart { page_size: Some(7), ..ProfilePart::default() };
        assert_eq!(Profile::of("edlevo", &over).unwrap().page_size(), 7);
        assert_eq!(Profile::of("x", &over).unwrap_err(), BadProfile::Unknown);
    }

    #[test]
    fn a_word_that_means_no_word_of_the_standard_is_refused() {
        let mut over = ProfilePart::default();
        over.values.duty_role.insert("Fröken".to_owned(), "Teacher".to_owned());
        let refused = Profile::of("standard", &over).unwrap_err();
        assert_eq!(refused, BadProfile::BadWord("values.duty_role", "Teacher".to_owned()));
    }
}
