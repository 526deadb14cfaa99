//! What the tenant wants made of the roster: settings, filters, templates, calendars, and
//! from them the wanted state.

pub mod config;
mod policy;
pub mod shape;

pub use policy::{Drift, Guards, LifeCycle, Limit, OnFound, OnReusedName};
