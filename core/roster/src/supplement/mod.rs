//! Supplements: a directory or a file that fills in what the registers lack, by a secured
//! match (K009, K067, K075).
//!
//! A [`Supplement`] is read as a whole into an [`Entries`], which keeps a keyed hash of what
//! each entry is matched by and the values to fill in: no identity number outlives the call
//! that hands it over. A [`Completion`] then puts values into the persons' rows as they pass.
//! Nobody is looked up at the directory one by one: its own log tells of nobody.
//!
//! The match is *secured* when exactly one entry bears the person's number or id, its account
//! is open, and its values stand in a domain that the tenant named. Else nothing is filled in.

mod complete;
mod directory;

use crate::{SourceError, SourceIndex};

pub use complete::{Completed, Completion, Tally};
pub use directory::{Account, Directory, Entries, Entry, Match};

/// What a person's entry is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchBy {
    /// Personnummer or samordningsnummer; a temporary number never matches (K073).
    Number,
    /// The id in this source, for persons whom this source decides.
    SourceId(SourceIndex),
    /// A further field that a source's profile declares.
    Extra(String),
}

/// A field that can be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fills {
    /// E-mail address.
    Email,
    /// User name.
    Username,
}

impl Fills {
    /// Every field, in order: rows tell one by its place.
    pub const ALL: &[Self] = &[Self::Email, Self::Username];
}

/// Why a value could not be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Miss {
    /// No entry bears the person's number or id.
    Nobody,
    /// Several do, or one that bears several numbers or addresses.
    Several,
    /// The entry's account is disabled.
    Disabled,
    /// The entry's values stand in a domain that is not the tenant's.
    WrongDomain,
    /// The person has nothing to be found by: no number, or a temporary one.
    Unidentified,
    /// The entry lacks the value.
    NoValue,
}

impl Miss {
    /// Every one, in order: rows tell one by its place.
    pub const ALL: &[Self] = &[
        Self::Nobody,
        Self::Several,
        Self::Disabled,
        Self::WrongDomain,
        Self::Unidentified,
        Self::NoValue,
    ];
}

/// A value that a person has not got, though a supplement should have given it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missed {
    /// The first of the supplement's fields that is missing.
    pub field: Fills,
    /// Why.
    pub why: Miss,
}

/// Whose value counts where both have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overwrite {
    /// The register's: only what is missing is filled in.
    #[default]
    No,
    /// The supplement's.
    Yes,
}

/// What the tenant wants of a supplement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching {
    /// What a person's entry is found by.
    pub by: MatchBy,
    /// What is filled in, sorted; not empty.
    pub fills: Vec<Fills>,
    /// Domains that addresses may stand in, in lower case; empty: all.
    pub domains: Vec<String>,
    /// Whose value counts.
    pub overwrite: Overwrite,
}

impl Matching {
    /// What is counted: addresses, or user names where no addresses are filled in.
    #[must_use]
    pub fn counted(&self) -> Fills {
        self.fills.first().copied().unwrap_or(Fills::Email)
    }
}

/// What reads a directory or a file.
#[async_trait::async_trait]
pub trait Supplement: Send + Sync {
    /// Reads all of it.
    ///
    /// # Errors
    ///
    /// [`SourceError`]; what was taken in until then must be thrown away.
    async fn read(&self, entries: &mut Entries) -> Result<(), SourceError>;
}

#[cfg(test)]
mod tests;
