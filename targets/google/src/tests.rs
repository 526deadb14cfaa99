//! The connector against a simulated Google and against the published descriptions.

mod catalogue;
mod courses;
mod doctor;
mod faults;
mod groups;
mod limits;
mod people;
mod spec;
mod world;

use crate::settings::Settings;

/// Settings for tests: every service at one place, and no patience.
pub(crate) fn settings(url: &str) -> Settings {
    let text = serde_json::json!({
        "key": "env:KEY", "subject": "admin@exempel.se", "domain": "exempel.se", "wait_seconds": 20,
        "addresses": { "directory": url, "classroom": url, "group_settings": url },
        "http": { "proxy": "none", "retry": { "first_wait_ms": 2, "max_wait_seconds": 1 } },
    });
    serde_json::from_value(text).unwrap()
}
