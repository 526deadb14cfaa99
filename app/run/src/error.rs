//! Why a run ended before its time, sorted by what the caller should do next.

use std::path::PathBuf;

use apply::{CarryError, JournalError};
use plan::PlanError;
use roster::{SourceError, SpoolError};
use state::{RowError, TargetError};
use store::{Refusal, StoreError};

use crate::{AdoptProblem, BackupProblem, Exit};

/// Why a run ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A register could not be read, or its content is refused.
    #[error("the source {name} could not be read")]
    Source {
        /// Its name in the settings.
        name: String,
        /// Its kind, for the words that explain the error.
        kind: String,
        /// What is wrong.
        #[source]
        error: SourceError,
    },
    /// A supplement could not be read, or its content is refused: nothing is filled in, and
    /// nothing is planned, so that no address is taken away (K008).
    #[error("the supplement {name} could not be read")]
    Supplement {
        /// Its name in the settings.
        name: String,
        /// Its kind, for the words that explain the error.
        kind: String,
        /// What is wrong.
        #[source]
        error: SourceError,
    },
    /// The receiver wants a person, or time.
    #[error("the receiver {name} could not be written to")]
    Target {
        /// Its name in the settings.
        name: String,
        /// What is wrong.
        #[source]
        error: TargetError,
    },
    /// Another run holds the tenant.
    #[error("another run is under way: {holder}")]
    Locked {
        /// Who, and since when.
        holder: String,
    },
    /// The plan is stale, discarded, carried out or unknown.
    #[error("the plan {plan} cannot be carried out: {why}")]
    Plan {
        /// Its id or what was given as one.
        plan: String,
        /// Why.
        why: PlanProblem,
    },
    /// What was asked for does not exist.
    #[error("there is no {what} named {name}")]
    Unknown {
        /// A word: target, school, verb.
        what: &'static str,
        /// What was given.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Nearly all protection markings of earlier reads are gone: a column was emptied, or its
    /// values have changed. Nothing was planned.
    #[error("the protection markings of earlier reads are gone")]
    MarkingsGone {
        /// Content hash, by which a person can accept what was read.
        hash: String,
    },
    /// So many persons became protected at once as no day explains: the register's words for
    /// the marking have changed, most likely. Nothing was planned.
    #[error("more persons became protected at once than any day explains")]
    MarkingsFlood {
        /// Content hash, by which a person can accept what was read.
        hash: String,
    },
    /// A backup cannot be used, or not here.
    #[error("the backup {file} cannot be used")]
    Backup {
        /// Its file.
        file: String,
        /// Why.
        #[source]
        why: BackupProblem,
    },
    /// A delivery must be adopted first, or there is none to adopt.
    #[error("the receiver {target} cannot be worked on: {why}")]
    Adopt {
        /// Its name in the settings.
        target: String,
        /// Why.
        why: AdoptProblem,
    },
    /// Nothing was read yet, so nothing can be told.
    #[error("nothing was read yet")]
    NothingRead,
    /// The tenant's memory failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// Rows could not be put aside or read back.
    #[error(transparent)]
    Rows(#[from] SpoolError),
    /// A stored row is damaged.
    #[error(transparent)]
    Row(#[from] RowError),
    /// No plan could be made of what is stored.
    #[error(transparent)]
    Planning(#[from] PlanError),
    /// This machine would not do something.
    #[error("{what}")]
    Io {
        /// What was attempted.
        what: Work,
        /// What the machine said.
        #[source]
        source: std::io::Error,
    },
    /// Something that cannot be so.
    #[error("internal error: {0}")]
    Internal(String),
}

/// What this machine would not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Work {
    /// To seal or open a plan.
    #[error("the plan could not be sealed or opened")]
    Plan,
    /// To seal, open or rewrite what is remembered.
    #[error("what Skolbro remembers could not be read or written")]
    Memory,
    /// To take the lock.
    #[error("the lock file {} could not be written", .0.display())]
    Lock(PathBuf),
    /// To put something aside.
    #[error("the folder {} could not be written in", .0.display())]
    Temp(PathBuf),
    /// To read a backup.
    #[error("the backup {0} could not be read")]
    ReadBackup(String),
    /// To write one.
    #[error("the backup {} could not be written", .0.display())]
    WriteBackup(PathBuf),
}

/// The exit code for what went wrong with the tenant's memory.
#[must_use]
pub fn store_exit(error: &StoreError) -> Exit {
    match error {
        StoreError::Refused(Refusal::PlanClosed { .. }) => Exit::StalePlan,
        StoreError::Io { .. } => Exit::Storage,
        StoreError::Busy { .. }
        | StoreError::Newer { .. }
        | StoreError::Damaged { .. }
        | StoreError::Refused(_) => Exit::Internal,
    }
}

/// Why a plan cannot be carried out or approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanProblem {
    /// No plan begins with these characters.
    #[error("there is none")]
    Missing,
    /// Several plans begin with these characters.
    #[error("several plans begin like this")]
    Ambiguous,
    /// More than 24 hours have passed.
    #[error("it is more than 24 hours old")]
    Expired,
    /// The register, the rules or the written state have moved since it was made.
    #[error("what it was made from has changed")]
    Moved,
    /// It is done, discarded or superseded.
    #[error("it is closed")]
    Closed,
    /// A guard or the first approval holds all of it.
    #[error("it waits for approval")]
    Held,
    /// The calendar has a freeze window today: nothing is applied.
    #[error("the calendar freezes everything today")]
    Frozen,
    /// It was made with `--today` for a day that has not come.
    #[error("it was made for a day that has not come")]
    Rehearsal,
    /// The person who asked for the run may not approve it (four eyes).
    #[error("another person must approve it")]
    FourEyes,
}

impl RunError {
    /// The exit code that a scheduler should see.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Source { error, .. } | Self::Supplement { error, .. } => match error {
                SourceError::Unavailable { .. } => Exit::SourceUnavailable,
                SourceError::Denied { .. } => Exit::Denied,
                SourceError::Content { .. } => Exit::SourceContent,
                SourceError::MarkingMissing { .. } => Exit::Integrity,
                SourceError::Spool(_) => Exit::Internal,
            },
            Self::Target { error, .. } => match error {
                TargetError::Denied { .. } => Exit::Denied,
                TargetError::Throttled { .. }
                | TargetError::Unavailable { .. }
                | TargetError::Unreadable { .. } => Exit::TargetUnavailable,
                // As for rows of any other origin.
                TargetError::Spool { .. } => Exit::Internal,
                TargetError::Invalid { .. } => Exit::Partial,
            },
            Self::MarkingsGone { .. } | Self::MarkingsFlood { .. } => Exit::Integrity,
            Self::Locked { .. } => Exit::Locked,
            Self::Adopt { why, .. } => match why {
                AdoptProblem::Unknown => Exit::Configuration,
                AdoptProblem::Unreadable(_) => Exit::SourceContent,
                AdoptProblem::Remembered | AdoptProblem::Nothing | AdoptProblem::Unable => {
                    Exit::Usage
                }
            },
            Self::Backup { why, .. } => match why {
                BackupProblem::Foreign | BackupProblem::Cut | BackupProblem::Damaged => {
                    Exit::SourceContent
                }
                BackupProblem::Newer | BackupProblem::OtherKey => Exit::Configuration,
                BackupProblem::Differs(_) | BackupProblem::Audit(_) => Exit::Integrity,
                BackupProblem::NotEmpty => Exit::Usage,
            },
            Self::Plan { why, .. } => match why {
                PlanProblem::Held | PlanProblem::Frozen | PlanProblem::FourEyes => {
                    Exit::AwaitingApproval
                }
                PlanProblem::Missing | PlanProblem::Ambiguous => Exit::Usage,
                PlanProblem::Expired
                | PlanProblem::Moved
                | PlanProblem::Closed
                | PlanProblem::Rehearsal => Exit::StalePlan,
            },
            Self::Unknown { .. } | Self::NothingRead => Exit::Usage,
            Self::Store(error) => store_exit(error),
            Self::Io { .. } => Exit::Storage,
            Self::Rows(_) | Self::Row(_) | Self::Planning(_) | Self::Internal(_) => Exit::Internal,
        }
    }

    /// Wraps what the target `name` says. What this machine could not put aside is no fault of
    /// the receiver's, and is told as of rows from anywhere else.
    pub(crate) fn target(name: &str, error: TargetError) -> Self {
        match error {
            TargetError::Spool { target: _, error } => Self::Rows(error),
            error @ (TargetError::Denied { .. }
            | TargetError::Throttled { .. }
            | TargetError::Unavailable { .. }
            | TargetError::Unreadable { .. }
            | TargetError::Invalid { .. }) => Self::Target { name: name.to_owned(), error },
        }
    }

    /// Wraps what carrying out a plan at the target `name` says.
    pub(crate) fn carrying(name: &str, error: CarryError) -> Self {
        match error {
            CarryError::Target(error) => Self::target(name, error),
            CarryError::Rows(error) => Self::Rows(error),
            CarryError::Journal(JournalError(error)) => match error.downcast::<StoreError>() {
                Ok(error) => Self::Store(*error),
                Err(error) => Self::Internal(format!("the journal could not be written: {error}")),
            },
        }
    }
}
