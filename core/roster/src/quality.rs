//! Quality checks.
