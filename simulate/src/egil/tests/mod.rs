//! The receiver over a real socket, and its tables against the published files.

mod contract;
mod wire;
