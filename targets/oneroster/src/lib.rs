//! Targets that speak OneRoster: each way a folder.

pub mod csv;
