//! The program as a process, as people and schedulers use it.

#![expect(clippy::print_stdout, reason = "tests, and their helpers")]

mod canary;
mod scenarios;
mod support;
