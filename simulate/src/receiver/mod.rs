//! What the simulated receivers share: the ports, sign-in, faults, counters, and what a person
//! may do to the state by hand.
//!
//! Beside the receiver's own port there is an *admin port*, on loopback, without sign-in. It is
//! no part of any protocol:
//!
//! | | |
//! |---|---|
//! | `GET /status` | counters: calls by method, type and status, most in flight, needless writes, conflicts |
//! | `DELETE /status` | counts from nothing again |
//! | `GET /dump` | everything that is held, sorted; `?tenant=NAME` for one tenant's |
//! | `POST /fault` | the body is a fault, e.g. `error/50@POST` |
//! | `DELETE /fault` | all is well again |
//! | `POST /remove` | takes objects away by hand: `?type=Users&n=3`, or `&id=ID`, repeated |
//! | `POST /change` | alters one attribute by hand: `?type=Users&n=3&path=displayName`, the body its JSON value |
//! | `POST /reset` | an empty receiver, counters too |
//! | `POST /save` | writes the state file |
//!
//! `remove` and `change` take `tenant=NAME`; without it they mean the first tenant. With `n` they
//! take the first in order of id.

mod admin;
mod call;
mod canonical;
mod chance;
mod counters;
mod fault;
mod limit;
mod planted;
mod running;
mod serve;
mod sign_in;
mod tls;
mod wire;

pub use counters::Counters;
pub use fault::{Every, Fault, Inside, Limited, Planted, UnknownFault};
pub use running::{Running, Switches};
pub use sign_in::{Proof, Sign, SignIn};
pub use tls::{Tls, pin};

pub(crate) use call::{Call, Reply, Written, decoded, header};
pub(crate) use canonical::canonical;
pub(crate) use chance::Chance;
pub(crate) use fault::{Placed, placed};
pub(crate) use running::{Chosen, Service, start};

/// Seconds since 1970, by the system's clock.
#[expect(clippy::disallowed_methods, reason = "a receiver's clock is the system's")]
pub(crate) fn now() -> std::time::Duration {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests;
