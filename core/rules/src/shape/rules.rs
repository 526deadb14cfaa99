//! What the tenant wants of one target.

use std::collections::{BTreeMap, BTreeSet};

use roster::terms::{GroupType, OrganisationType, SchoolType};
use roster::{Date, Key};
use schemars::JsonSchema;
use serde::Deserialize;
use state::Card;

/// Which schools a target gets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SchoolChoice {
    /// Every school of the roster.
    #[default]
    All,
    /// These; none when empty (K186).
    Only(BTreeSet<Key>),
}

impl SchoolChoice {
    /// Whether the school is among them.
    #[must_use]
    pub fn has(&self, school: Key) -> bool {
        match self {
            Self::All => true,
            Self::Only(schools) => schools.contains(&school),
        }
    }
}

/// What a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PersonRole {
    /// A pupil: has an enrolment.
    Pupil,
    /// A teacher: has a teaching duty or teaches a group.
    Teacher,
    /// Other staff: has another duty.
    Staff,
}

/// A thing with a first and a last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DatedRelation {
    /// A pupil's place in a school unit.
    Enrolment,
    /// Work at a school unit.
    Duty,
    /// A group itself.
    Group,
    /// A pupil's place in a group.
    Membership,
    /// A teacher's work with a group.
    Teaching,
}

/// Days for one relation, one form of schooling, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaysRule {
    /// Which relation; `None`: every.
    pub relation: Option<DatedRelation>,
    /// Which form of schooling; `None`: every.
    pub school_type: Option<SchoolType>,
    /// Days before start; `None`: as otherwise.
    pub lead_days: Option<u16>,
    /// Days after end; `None`: as otherwise.
    pub lag_days: Option<u16>,
}

/// What of the roster is used, beside the schools.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Forms of schooling; empty: all.
    pub school_types: BTreeSet<SchoolType>,
    /// Types of groups; empty: all (K045).
    pub groups: BTreeSet<GroupType>,
    /// Only groups whose name or note holds this text.
    pub group_marker: Option<String>,
    /// Which persons; empty: all.
    pub roles: BTreeSet<PersonRole>,
    /// Days before its start that a group or a place in it counts (K060, K061).
    pub lead_days: u16,
    /// Days after its end that a group or a place in it counts.
    pub lag_days: u16,
    /// Other days; the last rule that fits decides.
    pub days: Vec<DaysRule>,
    /// Whether guardians are wanted (K203).
    pub guardians: Guardians,
    /// Whether persons whom the register counts as inactive are wanted (K138).
    pub inactive_persons: InactivePersons,
}

/// Whether guardians are wanted (K203).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guardians {
    /// They are not.
    #[default]
    No,
    /// Those of wanted children are.
    OfWantedChildren,
}

/// Whether persons whom the register counts as inactive are wanted (K138).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InactivePersons {
    /// They count as having left.
    #[default]
    Left,
    /// They count like others.
    Kept,
}

impl Selection {
    /// Days before start and after end. General days hold for groups and places in them
    /// alone: enrolments and duties hold from day to day unless a rule says otherwise.
    #[must_use]
    pub fn days(&self, relation: DatedRelation, form: Option<SchoolType>) -> (u16, u16) {
        let mut days = match relation {
            DatedRelation::Enrolment | DatedRelation::Duty => (0, 0),
            DatedRelation::Group | DatedRelation::Membership | DatedRelation::Teaching => {
                (self.lead_days, self.lag_days)
            }
        };
        for rule in &self.days {
            let fits = rule.relation.is_none_or(|named| named == relation)
                && rule.school_type.is_none_or(|named| Some(named) == form);
            if fits {
                days = (rule.lead_days.unwrap_or(days.0), rule.lag_days.unwrap_or(days.1));
            }
        }
        days
    }
}

/// What a part of the calendar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TermType {
    /// Termin.
    Term,
    /// Läsår.
    SchoolYear,
}

impl TermType {
    /// The word that receivers use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Term => "term",
            Self::SchoolYear => "schoolYear",
        }
    }
}

/// A term or a school year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Its name, e.g. `HT 2026`.
    pub name: String,
    /// Which of the two.
    pub term_type: TermType,
    /// The year in which the school year begins.
    pub school_year: u16,
    /// First day.
    pub start: Date,
    /// Last day, inclusive.
    pub end: Date,
}

/// The organisation that stands above all schools, where the register names none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopOrganisation {
    /// Its name.
    pub name: String,
    /// What it is.
    pub organisation_type: OrganisationType,
}

/// Whether a group must have somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Need {
    /// It need not.
    #[default]
    No,
    /// Without, it waits.
    Yes,
}

/// What the tenant wants of one target.
#[derive(Debug, Clone)]
pub struct TargetRules {
    /// The target's card.
    pub card: &'static Card,
    /// Which schools.
    pub schools: SchoolChoice,
    /// What else of the roster.
    pub select: Selection,
    /// Expressions by kind and attribute, where they differ from the card's.
    pub mapping: BTreeMap<String, BTreeMap<String, String>>,
    /// Filters by kind of object: an expression that must be true.
    pub filters: BTreeMap<String, String>,
    /// The calendar.
    pub terms: Vec<Term>,
    /// Groups without pupils wait (K214).
    pub require_pupils: Need,
    /// Groups without a teacher wait (K213).
    pub require_teacher: Need,
    /// The domains that persons' addresses may have, in small letters; none: any (K120).
    pub domains: BTreeSet<String>,
    /// Stands above all schools when the register names no organisation.
    pub top: Option<TopOrganisation>,
    /// What `ascii` and `slug` write for a letter, where that is not the usual `ö` to `o`.
    pub transliterate: BTreeMap<char, String>,
}

impl TargetRules {
    /// Everything of the roster, mapped as the card says.
    #[must_use]
    pub fn new(card: &'static Card) -> Self {
        Self {
            card,
            schools: SchoolChoice::All,
            select: Selection::default(),
            mapping: BTreeMap::new(),
            filters: BTreeMap::new(),
            terms: Vec::new(),
            require_pupils: Need::No,
            require_teacher: Need::No,
            domains: BTreeSet::new(),
            top: None,
            transliterate: BTreeMap::new(),
        }
    }
}
