//! Plans as tables, and what holds for all of them.

mod closed;
mod directories;
mod documents;
mod drift;
mod foreseen;
mod guards;
mod identities;
mod plans;
mod properties;
pub(crate) mod support;
