//! Plans as tables, and what holds for all of them.

mod guards;
mod plans;
mod support;
