//! What the settings need to know of connectors. The program fills the registry; this crate
//! names none of them.

use std::fmt;

use serde::de::DeserializeOwned;
use state::Card;

use super::decode::{self, Found, Written};
use super::problem::Text;

/// Which end of the way a connector stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads a register.
    Source,
    /// Fills in what the registers lack.
    Supplement,
    /// Writes to a receiver.
    Target,
}

/// What a source may be able to say (K021).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Which teachers a group has.
    GroupTeachers,
    /// Adults who answer for a child.
    Guardians,
    /// Persons whom the register counts as inactive.
    InactivePersons,
    /// Forms of schooling.
    SchoolTypes,
    /// Types of groups.
    GroupTypes,
    /// Staff and their duties.
    Duties,
}

/// One connector, as the settings see it.
#[derive(Clone, Copy)]
pub struct Connector {
    /// Its table's name in the settings, e.g. `table`.
    pub id: &'static str,
    /// Source, supplement or target.
    pub role: Role,
    /// Names that customers know, for search (K023, K024).
    pub names: &'static [&'static str],
    /// Checks its own part: [`check_as`] with the connector's settings type.
    pub check: fn(&Written<'_>) -> Vec<Found>,
    /// The schema of its own part: `|| schemars::schema_for!(TheSettings)`.
    pub schema: fn() -> schemars::Schema,
    /// What a target is and can do; `None` for the others.
    pub card: Option<&'static Card>,
    /// What a source can say; empty for the others.
    pub expresses: &'static [Feature],
}

/// What a connector finds wrong in its settings once they could be read: the path of keys
/// from its own table down, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartProblem {
    /// Keys from the connector's table down, e.g. `["deliver", "folder"]`.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Option<Text>,
}

/// A connector's check: reads its part as `T`, then asks `T` itself.
#[must_use]
pub fn check_as<T: DeserializeOwned>(
    written: &Written<'_>,
    problems: impl FnOnce(&T) -> Vec<PartProblem>,
) -> Vec<Found> {
    let (value, mut found) = decode::decode::<T>(written);
    if let Some(value) = value {
        found.extend(problems(&value).into_iter().map(|problem| written.place(problem)));
    }
    found
}

/// Where an expression stands: its target's card, the kind, and the attribute that it makes;
/// `None` for a filter.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The target's card.
    pub card: &'static Card,
    /// The kind of object or membership.
    pub kind: &'a str,
    /// The attribute.
    pub attribute: Option<&'a str>,
}

/// What is wrong in an expression: bytes of the expression, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionFault {
    /// Which bytes of the expression.
    pub at: std::ops::Range<usize>,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Option<Text>,
}

/// A table of the settings file that belongs to a part of the program which this crate does
/// not know, e.g. `[school_register]`.
#[derive(Clone, Copy)]
pub struct Facility {
    /// The table's name.
    pub id: &'static str,
    /// Checks it: [`check_as`] with the part's settings type.
    pub check: fn(&Written<'_>) -> Vec<Found>,
    /// Its schema: `|| schemars::schema_for!(TheSettings)`.
    pub schema: fn() -> schemars::Schema,
}

/// Every connector of the program, and the check of expressions.
#[derive(Clone)]
pub struct Connectors {
    /// In the order in which they are shown.
    pub list: Vec<Connector>,
    /// Tables of the program's other parts.
    pub facilities: Vec<Facility>,
    /// Finds unknown fields and mistakes in an expression.
    pub check_expression: fn(&str, Place<'_>) -> Vec<ExpressionFault>,
}

impl Connectors {
    /// The connector of this role with this id.
    #[must_use]
    pub fn find(&self, role: Role, id: &str) -> Option<&Connector> {
        self.of(role).find(|connector| connector.id == id)
    }

    /// The connectors of a role.
    pub fn of(&self, role: Role) -> impl Iterator<Item = &Connector> {
        self.list.iter().filter(move |connector| connector.role == role)
    }

    /// Connectors that customers may mean by `text`: part of a name or id in any case, or a
    /// name with a slip of the pen.
    #[must_use]
    pub fn search(&self, text: &str) -> Vec<&Connector> {
        let text = text.trim().to_lowercase();
        let meant = |name: &str| {
            let name = name.to_lowercase();
            name.contains(&text)
                || name.split_whitespace().any(|word| strsim::jaro_winkler(word, &text) > 0.9)
        };
        let fits = |c: &&Connector| meant(c.id) || c.names.iter().any(|name| meant(name));
        self.list.iter().filter(fits).collect()
    }
}

impl fmt::Debug for Facility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facility").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
