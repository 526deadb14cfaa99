//! The connector against small servers and against the published descriptions.

use crate::settings::Settings;

/// Settings for tests: every service at one place.
pub(crate) fn settings(url: &str) -> Settings {
    let text = serde_json::json!({
        "key": "env:KEY", "subject": "admin@exempel.se", "domain": "exempel.se",
        "addresses": { "directory": url, "classroom": url, "group_settings": url },
        "http": { "proxy": "none", "retry": { "first_wait_ms": 1, "max_wait_seconds": 1 } },
    });
    serde_json::from_value(text).unwrap()
}
