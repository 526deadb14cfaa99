//! Registers and receivers on loopback: for the demo, for rehearsal, for tests.
//!
//! Each is written from the published description of the system that it plays, never from
//! our own client, and imports nothing of ours but the generator: a simulator that shares code
//! with the client that it checks proves nothing.

pub mod egil;
pub mod google;
pub mod receiver;
mod schema;
pub mod scim;
pub mod ss12000;
