//! One run from source to report: lease, stages, guards, approval, resume.
//!
//! Imports core and the store, never a connector: those come in bound to their settings.

mod clock;
mod engine;
mod error;
mod events;
mod exit;
mod lock;
mod memory;
mod protect;
mod read;
mod rows;

pub use clock::{Clock, FixedClock, SystemClock};
pub use engine::{BoundSource, BoundTarget, Engine, FourEyes};
pub use error::{PlanProblem, RunError};
pub use events::{Deaf, Event, Events, Stage};
pub use exit::Exit;
pub use lock::LockPlace;
pub use read::{Checked, Reading, read};
