//! Registers that come as files.

pub mod table;

pub use table::{Table, TableSettings};
