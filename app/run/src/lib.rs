//! One run from source to report: lease, stages, guards, approval, resume.
//!
//! Imports core and the store, never a connector: those come in bound to their settings.

mod adopting;
mod ahead;
mod applying;
mod approving;
mod backup;
mod backup_contents;
mod before;
pub mod bind;
mod budget;
mod bytes_ahead;
mod carrying;
mod checking;
mod clock;
mod completing;
pub mod document;
mod engine;
mod error;
mod events;
mod exit;
mod explaining;
mod handing;
mod history;
mod identity;
mod issues;
mod lock;
mod matching;
mod memory;
mod names;
mod objects;
mod observing;
mod obstacles;
mod planning;
mod protect;
mod purging;
mod read;
mod replicas;
mod rows;
mod session;
mod shaping;
mod sorted;
mod spool;
mod stamp;
mod taking_up;
mod waiting;
mod written;

#[cfg(test)]
mod tests;

pub use adopting::{AdoptProblem, Adopted};
pub use applying::Applied;
pub use approving::Approved;
pub use backup::{BackupOf, BackupProblem, OpenedBackup};
pub use backup_contents::{About, Copied};
pub use clock::{Clock, FixedClock, SystemClock};
pub use document::Standing;
pub use engine::{BoundSource, BoundSupplement, BoundTarget, Engine, FourEyes};
pub use error::{PlanProblem, RunError, Work, store_exit};
pub use events::{Deaf, Event, Events, Stage};
pub use exit::Exit;
pub use explaining::Explained;
pub use handing::{Envelope, Unfetched};
pub use lock::LockPlace;
pub use observing::Verify;
pub use planning::Planned;
pub use read::{Checked, Reading};
pub use session::{Asked, Mode, Ran, Session};
pub use taking_up::{Fallen, FallenWhy};
