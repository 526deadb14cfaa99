//! Secrets: named in the settings, read by the program, shown to nobody.
//!
//! A connector has a [`SecretRef`] in its settings and is given a `&dyn Secrets` when it is
//! made; only the program knows how to read one.

mod reference;
mod value;

pub use reference::{NOT_A_REFERENCE, SecretRef};
pub use value::{Secret, SecretError, Secrets};
