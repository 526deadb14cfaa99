//! A plain service provider of SCIM 2.0.
//!
//! | | |
//! |---|---|
//! | Plays   | RFC 7644 with the User, Group and Enterprise User of RFC 7643 |
//! | Holds   | resources under ids of its own, one set for each tenant, in memory; a file between runs |
//! | Sign-in | bearer token, API key, or a client certificate by its pin |
//! | Source  | RFC 7643, RFC 7644 |
//!
//! | what it does | RFC 7644 |
//! |---|---|
//! | POST, GET, PUT, PATCH, DELETE of a resource, under `/v2` or the root | §3.3–3.6 |
//! | lists by `filter`, `startIndex` and `count`; `POST .search` too | §3.4.2, §3.4.3 |
//! | `attributes`, `excludedAttributes` | §3.4.2.5 |
//! | `POST /Bulk` with `bulkId` and `failOnErrors` | §3.7 |
//! | weak entity tags, `If-Match`, `If-None-Match` | §3.14 |
//! | `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas` | §4 |
//!
//! A userName is unique whatever its capitals (409, `uniqueness`). A member must exist (400,
//! `invalidValue`), and leaves its groups when it is deleted. What no schema has is left out.
//! There is no sorting, no `/Me`, and `remove` without a filter removes every value, as the RFC
//! has it, whatever `value` says. `groups` of a user is not filled in: ask for the groups whose
//! `members.value` is the user.

mod bulk;
mod discovery;
mod filter;
mod list;
mod model;
mod parse;
mod patch;
mod path;
mod project;
mod store;
mod table;
mod trouble;
mod wire;
mod write;

pub use wire::{Kinds, Offers, Switches, Totals, start};

#[cfg(test)]
mod tests;
