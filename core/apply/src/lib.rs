//! Carries a plan out on any target: what is released, in order, journalled, resumable.
//!
//! Timers, sockets and the store come in as traits; no runtime is chosen here.

mod carry;
mod merge;

pub use carry::{
    Carrier, CarryError, Entry, Journal, JournalError, Known, Materials, Progress, Standing, Timer,
    carry_out, deliver_written, take_stock,
};
pub use merge::{Changes, Merged};
