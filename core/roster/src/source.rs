//! What a source is: something that reads one register into an [`Intake`].

use std::collections::BTreeSet;

use crate::assemble::Intake;
use crate::terms::{DutyRole, RelationType, SchoolType};
use crate::{Group, Interval, Key, Organisation, SchoolUnit, SpoolError};

/// A source's place in the settings: the first has the highest precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SourceIndex(pub u8);

/// One row that is not a person. Persons go through [`Intake::person`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Huvudman and the like.
    Organisation(Organisation),
    /// A school unit.
    SchoolUnit(SchoolUnit),
    /// A class, a teaching group.
    Group(Group),
    /// A pupil's place in a school unit.
    Enrolment {
        /// Who.
        person: Key,
        /// Where.
        school: Key,
        /// In which form of schooling.
        school_type: SchoolType,
        /// Årskurs.
        school_year: Option<u8>,
        /// When.
        interval: Interval,
    },
    /// Work at a school unit.
    Duty {
        /// Who.
        person: Key,
        /// Where.
        school: Key,
        /// As what.
        role: DutyRole,
        /// When.
        interval: Interval,
    },
    /// A pupil's place in a group.
    Membership {
        /// Who.
        person: Key,
        /// In which group.
        group: Key,
        /// When.
        interval: Interval,
    },
    /// A teacher's work with a group.
    Teaching {
        /// Who.
        person: Key,
        /// With which group.
        group: Key,
        /// When.
        interval: Interval,
    },
    /// An adult who answers for a child.
    Responsible {
        /// The child.
        person: Key,
        /// The adult.
        adult: Key,
        /// In what capacity.
        relation: RelationType,
    },
}

impl Record {
    /// The person, when the relation ends before it starts (D08): such a row tells nothing.
    pub(crate) fn reversed(&self) -> Option<Key> {
        match self {
            Self::Enrolment { person, interval, .. }
            | Self::Duty { person, interval, .. }
            | Self::Membership { person, interval, .. }
            | Self::Teaching { person, interval, .. } => interval.is_reversed().then_some(*person),
            Self::Organisation(_)
            | Self::SchoolUnit(_)
            | Self::Group(_)
            | Self::Responsible { .. } => None,
        }
    }
}

/// How much of a register a read covered; absence means removal only inside what was
/// declared and read completely (design §3, invariant 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// Everything the source answers for was read, without error.
    Complete,
    /// Everything but what belongs to these schools: what is missing there says nothing.
    AllBut(BTreeSet<Key>),
    /// What is missing says nothing.
    Partial,
}

/// How grave a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeLevel {
    /// Worth knowing.
    Notice,
    /// Somebody should look.
    Warning,
    /// The row was left out.
    Error,
}

/// Something about the register that its keeper should know; never names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How grave.
    pub level: NoticeLevel,
    /// Stable code, e.g. `bad_date`, that messages are looked up by.
    pub code: &'static str,
    /// Where: file, line and column, as far as known.
    pub place: String,
    /// Further words for the message, with values masked.
    pub detail: String,
    /// How often it occurred; the place is the first.
    pub count: u64,
}

/// What a source asked its register for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extent {
    /// Everything.
    #[default]
    Everything,
    /// What had changed since its last read; the rest is as that read had it.
    Changes,
}

/// What a read amounted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadReport {
    /// What was asked for.
    pub extent: Extent,
    /// What was covered.
    pub coverage: Coverage,
    /// What the register's keeper should know, in order of occurrence.
    pub notices: Vec<Notice>,
    /// Where it was read from, for people: file names with encoding, or an address.
    pub provenance: Vec<String>,
}

/// Why a register could not be read, sorted by what the caller should do next.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Not reachable now: no file, no answer. Try again later. Exit code 30.
    #[error("{place} cannot be reached: {detail}")]
    Unavailable {
        /// Which file or address.
        place: String,
        /// What is wrong and the remedy; no personal data.
        detail: String,
    },
    /// Our credentials were refused. A person must act. Exit code 32.
    #[error("{place} refused our credentials")]
    Denied {
        /// Which file or address.
        place: String,
    },
    /// The content is not what it should be: empty, cut off, a column is missing. Nothing
    /// may be planned from it. Exit code 33.
    #[error("{place}: {detail}")]
    Content {
        /// Stable code, e.g. `empty`, `truncated`, `missing_column`.
        code: &'static str,
        /// File, line and column, or page.
        place: String,
        /// What is wrong and the remedy; values masked.
        detail: String,
    },
    /// The source should carry a protection marking and does not. Exit code 60.
    #[error("{place} carries no protection marking")]
    MarkingMissing {
        /// Which file and column.
        place: String,
    },
    /// Rows could not be put aside on this machine.
    #[error("rows could not be put aside")]
    Spool(#[from] SpoolError),
}

/// A register that can be read.
#[async_trait::async_trait]
pub trait Source: Send + Sync {
    /// Reads the register into `intake`.
    ///
    /// # Errors
    ///
    /// [`SourceError`]; what was taken in until then must be thrown away with the intake's
    /// assembly.
    async fn read(&self, intake: &mut Intake<'_>) -> Result<ReadReport, SourceError>;
}
