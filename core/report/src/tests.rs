//! Golden texts.

mod plans;
mod support;
