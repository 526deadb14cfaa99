//! Targets of objects against receivers on loopback, faults and all.

#![expect(clippy::unwrap_used, reason = "tests, and their helpers")]

mod conformance;
mod found;
mod lists;
mod refusals;
mod support;
