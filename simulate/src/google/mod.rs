//! Google Workspace for Education: Directory, Classroom and Groups Settings.
//!
//! | | |
//! |---|---|
//! | Plays   | the token endpoint, Directory v1, Classroom v1, Groups Settings v1 and their batches |
//! | Holds   | one customer in memory; a file between runs |
//! | Sign-in | a service account with domain-wide delegation: signed assertions, tokens, scopes |
//! | Source  | google.md (2026-11-20) and the discovery documents in `specs/google` |
//!
//! All APIs answer at one address, since their paths differ: `/admin/directory/v1/…`, `/v1/…`,
//! `/groups/v1/groups/…`, `/token`, `/batch` and `/batch/{api}/{version}`.
//!
//! Time is simulated: quotas, the windows in which what was done is not seen everywhere, the
//! twenty days of deleted users and the life of tokens go by a clock that may run faster than the
//! system's, or be set forward. Only what clients sign goes by the system's.
//!
//! The admin port has besides ([`crate::receiver`]):
//!
//! | | |
//! |---|---|
//! | `GET /counts` | [`Counts`]; `DELETE` counts from nothing again |
//! | `POST /fault` | takes a [`Trouble`] too; `DELETE` takes those away as well |
//! | `POST /fill` | puts in what the body holds, of the form that `/dump` has |
//! | `POST /pass?seconds=N` | sets the clock forward |
//! | `POST /expire` | ends every token |
//!
//! What Google is not known to do is not played: entity tags are given and never asked for, push
//! and course work are not there, nobody has guardians.

mod admin;
mod asked;
mod base64;
mod batch;
mod bodies;
mod catalogue;
mod classroom;
mod clock;
mod counts;
mod directory;
mod dump;
mod fault;
mod fields;
mod fill;
mod key;
mod mask;
mod methods;
mod quota;
mod refusal;
mod running;
mod service;
mod settings_table;
mod switches;
mod token;
mod world;

pub use catalogue::{Known, OF_CLASSROOM, OF_DIRECTORY};
pub use counts::Counts;
pub use fault::{Trouble, What};
pub use refusal::Form;
pub use running::{Running, start};
pub use switches::{Kept, Limits, Named, Power, Quotas, Switches, Told, Windows};

#[cfg(test)]
mod tests;
