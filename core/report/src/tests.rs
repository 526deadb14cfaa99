//! Golden texts.

mod details;
mod explanations;
mod pace;
mod plans;
mod qualities;
mod runs;
mod safety;
mod support;
