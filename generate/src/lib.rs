//! Synthetic municipalities: the same seed gives the same bytes for ever.
//!
//! Everything is made school by school, so a whole nation can be written without
//! being held in memory. Sizes are those of reference/sizing.md §4.2.

mod csv;
mod person;
mod school;
mod size;

pub use csv::write_csv;
pub use person::Person;
pub use school::{Group, Link, Municipality, School};
pub use size::{Counts, Size};
