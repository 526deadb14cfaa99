//! A receiver of EGIL: the profile of SS12000:2018 that travels as SCIM.
//!
//! | | |
//! |---|---|
//! | Plays   | a receiver that behaves as windermere, the open one |
//! | Holds   | seven types, one set for each tenant, in memory; a file between runs |
//! | Sign-in | API key, bearer token, or a client certificate by its pin |
//! | Source  | reference/targets.md §3.2, §4.1–4.3; reference/peers.md §2.2, §3.6 |
//!
//! | | |
//! |---|---|
//! | `POST /Type` | 201, the object without an id of its own; 409 when its externalId is there |
//! | `PUT /Type/{externalId}` | 200; 404 when it is not there. `PUT /Type` means the body's externalId |
//! | `DELETE /Type/{externalId}` | 204; 404 when it is not there |
//! | `GET /Type` | everything, in one list; whatever is asked for besides is not heard |
//!
//! The last part of a path is taken as the type, whatever stands before it; so one object cannot
//! be read. Errors are plain text. Every answer says that it is `text/plain`, JSON too: the
//! status is written before the type, which is then guessed from the content.
//!
//! Not known of windermere, and therefore a switch: whether it refuses a reference to what is
//! not there, and attributes that the profile does not have.

mod check;
mod shelf;
mod table;
mod wire;

pub(crate) use table::types;
pub use wire::{Lists, References, Strictness, Switches, start};

#[cfg(test)]
mod tests;
