//! What connectors share: HTTP, pace, text encodings, encryption at rest, files on disk.
//!
//! Nothing here knows what a roster is.

pub mod encoding;
pub mod files;
pub mod http;
pub mod matching;
mod ours;
pub mod pacer;
pub mod passphrase;
pub mod pieces;
mod platform;
pub mod seal;
pub mod sealed_file;
pub mod sets;
pub mod shelf;
pub mod temp;
