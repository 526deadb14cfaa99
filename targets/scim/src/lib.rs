//! Receivers that are pushed to over SCIM: the Swedish profile EGIL, and plain RFC 7644.

pub mod egil;

mod courier;
mod list;
