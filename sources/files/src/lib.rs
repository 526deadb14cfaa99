//! Registers and supplements that come as files.

pub mod mapping_file;
pub mod table;

pub use mapping_file::{MappingFile, MappingFileSettings};
pub use table::{Language, Table, TableSettings, explain, explain_notice};
