//! Skolenhetsregistret, the state's register of school units: fetched as a whole, now and
//! then, and kept as a file beside the settings.
//!
//! | | |
//! |---|---|
//! | Reads | `GET /v2/school-units`: code, name and status of every unit; one answer, no pages |
//! | Sign-in | none; the register is open |
//! | Kept | a copy, [`roster::school_register`]; no run calls the register |
//! | Source | reference/sources.md §5.1; specs/skolverket, version 2.0 |

mod client;
mod settings;

pub use client::{FetchError, fetch};
pub use settings::{Problem, Settings};

/// The table's name in the settings file.
pub const ID: &str = "school_register";

#[cfg(test)]
mod tests;
