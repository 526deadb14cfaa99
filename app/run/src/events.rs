//! What a run tells while it goes on: for the command line now, for the portal later.

use roster::Extent;
use roster::supplement::{Fills, Tally};

/// The stages of a run, in their order (design §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Reads the registers.
    Read,
    /// Reads supplements, and fills in what the registers lack.
    Complete,
    /// Checks data quality and volumes.
    Check,
    /// Reads what a receiver holds.
    Observe,
    /// Shapes and plans.
    Plan,
    /// Carries the plan out.
    Apply,
}

impl Stage {
    /// What the stage is doing, in Swedish (reference/portal.md §2.4).
    #[must_use]
    pub const fn sv(self) -> &'static str {
        match self {
            Self::Read => "Läser källor",
            Self::Complete => "Kompletterar",
            Self::Check => "Kontrollerar",
            Self::Observe => "Läser av mottagaren",
            Self::Plan => "Planerar",
            Self::Apply => "Utför",
        }
    }

    /// What the stage is doing, in English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Read => "Reading sources",
            Self::Complete => "Completing",
            Self::Check => "Checking",
            Self::Observe => "Reading the receiver",
            Self::Plan => "Planning",
            Self::Apply => "Applying",
        }
    }
}

/// Something that happened. Names no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A stage began; `subject` is the source or target that it is about.
    Began {
        /// Which stage.
        stage: Stage,
        /// The name of a source or target in the settings; empty when it is about all.
        subject: String,
    },
    /// A stage ended.
    Ended {
        /// Which stage.
        stage: Stage,
        /// The name of a source or target in the settings.
        subject: String,
        /// Counts to show, by a word in both languages: (sv, en, count).
        counts: Vec<(&'static str, &'static str, u64)>,
    },
    /// A source was read.
    Read {
        /// Its name in the settings.
        subject: String,
        /// Everything, or what had changed.
        extent: Extent,
    },
    /// A supplement has filled in what the registers lacked.
    Completed {
        /// Its name in the settings.
        subject: String,
        /// What is counted.
        what: Fills,
        /// How often.
        tally: Tally,
    },
    /// So much of a stage is done.
    Progress {
        /// Which stage.
        stage: Stage,
        /// Done so far.
        done: u64,
        /// Out of.
        of: u64,
    },
}

/// Hears what happens.
pub trait Events: Send {
    /// Hears one event.
    fn hear(&mut self, event: Event);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deaf;

impl Events for Deaf {
    fn hear(&mut self, _: Event) {}
}
