//! Plans as tables, and what holds for all of them.

mod closed;
mod courses;
mod directories;
mod documents;
mod drift;
mod foreseen;
mod found;
mod guards;
mod identities;
mod plans;
mod properties;
pub(crate) mod support;
