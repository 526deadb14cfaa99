//! The pacer against receivers that behave as real ones do, in a time that costs none.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cancelling;
mod fairness;
mod quotas;
mod receivers;
mod simulated;
mod stopping;
mod virtual_time;
