//! The settings of a tenant: one TOML file, checked as a whole before anything is read or
//! sent (design §11).
//!
//! [`load`] finds every mistake at once, each with file, line and column, in Swedish and
//! English. [`schema`] describes the same file to editors, [`template`] writes a first one.

mod calendar;
mod check;
mod connector;
mod decode;
mod file;
mod hash;
mod load;
mod message;
mod problem;
mod render;
mod schedule;
mod schema;
mod select;
mod settings;
mod targets;
mod template;
mod values;

pub use connector::{
    Connector, Connectors, ExpressionFault, Facility, Feature, PartProblem, Place, Role, check_as,
};
pub use decode::{Found, Written};
pub use hash::SettingsHash;
pub use load::{Loaded, load, problem_at};
pub use problem::{Code, Problem, Problems, Text};
pub use render::{json, render};
pub use schema::schema;
pub use secret::SecretRef;
pub use settings::{
    Backup, Calendar, DriftRules, Lang, Mode, Package, Schedule, Schools, Section, Select,
    Settings, SourceSettings, StoreSettings, SupplementSettings, SupportTier, TargetSettings,
    Tenant, Window, WindowKind,
};
pub use template::{Answers, RegisterAnswers, template};

#[cfg(test)]
mod tests;
