//! One run from source to report: lease, stages, guards, approval, resume.
//!
//! Imports core and the store, never a connector: those come in bound to their settings.

mod adopting;
mod ahead;
mod applying;
mod approving;
mod backup;
mod backup_contents;
pub mod bind;
mod budget;
mod carrying;
mod checking;
mod clock;
pub mod document;
mod engine;
mod error;
mod events;
mod exit;
mod explaining;
mod history;
mod identity;
mod issues;
mod lock;
mod matching;
mod memory;
mod names;
mod objects;
mod observing;
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
mod written;

pub use adopting::{AdoptProblem, Adopted};
pub use applying::Applied;
pub use approving::Approved;
pub use backup::{BackupOf, BackupProblem, OpenedBackup};
pub use backup_contents::{About, Copied};
pub use clock::{Clock, FixedClock, SystemClock};
pub use engine::{BoundSource, BoundTarget, Engine, FourEyes};
pub use error::{PlanProblem, RunError};
pub use events::{Deaf, Event, Events, Stage};
pub use exit::Exit;
pub use explaining::Explained;
pub use lock::LockPlace;
pub use observing::Verify;
pub use planning::Planned;
pub use read::{Checked, Reading};
pub use session::{Asked, Mode, Ran, Session};
