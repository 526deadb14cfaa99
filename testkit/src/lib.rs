//! What any connector of a kind must keep. Only ever a dev-dependency.
//!
//! A check that fails is an `Err` that names the rule, for the test to unwrap.

mod file_set;
pub mod objects;
pub mod oneroster;
pub mod slapd;

pub use file_set::{
    FileSet, Rows, deliver, deliver_as, file_set, first, what_was_delivered_is_read_back,
};

/// A rule that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(pub String);
