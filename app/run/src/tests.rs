//! Whole runs against a small directory where people work beside us.

mod directories;
mod support;
