//! Receivers that are pushed to over SCIM: the Swedish profile EGIL, and plain RFC 7644.

pub mod egil;
pub mod rfc;

mod common;
mod courier;
mod list;
