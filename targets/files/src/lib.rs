//! Targets that are files: each receiver a folder.

pub mod school_data_sync;
