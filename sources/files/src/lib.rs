//! Registers that come as files.

pub mod table;

pub use table::{Language, Table, TableSettings, explain, explain_notice};
