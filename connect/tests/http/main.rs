//! The HTTP client against real servers on this machine: what they answer, and what they do
//! when they misbehave.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bodies;
mod failing;
mod paced;
mod paging;
mod proxy;
mod quiet;
mod redirects;
mod retries;
mod server;
mod service_account;
mod sign_in;
mod trust;
