//! OneRoster CSV as the standard has it: what is wrong with a package, and what a receiver
//! holds after it. Written from the rules (reference/targets.md §1.1, §1.2, §7.3) and the
//! column files of the specifications, which are read when a test runs; shares nothing with
//! the writer that it judges.

mod check;
mod package;
mod spec;
#[cfg(test)]
mod tests;
mod total;

pub use check::{Diagnosis, diagnose};
pub use package::Package;
pub use spec::Spec;
pub use total::Total;
