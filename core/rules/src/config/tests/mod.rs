//! The settings file: mistakes and where they are shown, defaults, schema, template.

mod bad;
mod good;
mod stand_in;
