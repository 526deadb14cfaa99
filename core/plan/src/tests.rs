//! Plans as tables, and what holds for all of them.

mod plans;
mod support;
