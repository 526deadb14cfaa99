//! Organisations and school units.

use crate::terms::{OrganisationType, SchoolType};
use crate::{Interval, Key, SourceIndex};

/// Huvudman, förvaltning, rektorsområde: what school units belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Our key.
    pub key: Key,
    /// The source that named it first.
    pub source: SourceIndex,
    /// The source's own id.
    pub source_id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub organisation_type: OrganisationType,
    /// What it belongs to.
    pub parent: Option<Key>,
}

/// Skolenhet: one school, or one part of a school with its own head and its own code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolUnit {
    /// Our key.
    pub key: Key,
    /// The source that named it first.
    pub source: SourceIndex,
    /// The source's own id.
    pub source_id: String,
    /// Skolenhetskod (SCB-kod), 8 digits; preschools have none (K018, K171).
    pub code: Option<String>,
    /// Its name.
    pub name: String,
    /// What it belongs to.
    pub organisation: Option<Key>,
    /// Forms of schooling given here.
    pub school_types: Vec<SchoolType>,
    /// Four digits, leading zero kept.
    pub municipality_code: Option<String>,
    /// When the unit is open.
    pub interval: Interval,
}

impl SchoolUnit {
    /// Whether the unit has a code of the right form: eight digits, kept as text, from
    /// 10000000 (D07, K161).
    #[must_use]
    pub fn has_valid_code(&self) -> bool {
        self.code.as_deref().is_some_and(crate::school_register::is_school_code)
    }
}
