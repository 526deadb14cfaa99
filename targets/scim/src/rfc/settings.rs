//! The settings under `[target.NAME.scim]`.

use std::path::Path;

use connect::http::{self, AuthSettings, Words};
use schemars::JsonSchema;
use serde::Deserialize;

/// A service provider of SCIM 2.0: users and groups.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address below which `Users` and `Groups` stand, e.g. `https://idp.example/scim/v2`.
    pub url: String,
    /// The address of a test environment; needed with `mode = "test"`.
    pub test_url: Option<String>,
    /// How we sign in: `auth.bearer = "env:SCIM_TOKEN"` and its like.
    #[serde(default)]
    pub auth: AuthSettings,
    /// How many calls may be on their way at once, at most 64. Default: 32.
    #[serde(default = "thirty_two")]
    pub concurrency: u32,
    /// How many calls a second the receiver has said that it takes. Left out: found by trying.
    pub calls_per_second: Option<u32>,
    /// How the receiver is reached: time limits, proxy, trust, pins, client certificate.
    #[serde(default)]
    pub http: http::Settings,
}

const fn thirty_two() -> u32 {
    32
}

/// Something wrong in the settings, once they could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Keys from the connector's table down.
    pub path: Vec<&'static str>,
    /// What is wrong and what to do.
    pub says: Words,
}

impl Settings {
    /// What is wrong with the settings.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = crate::common::problems(
            &self.url,
            self.test_url.as_deref(),
            self.concurrency,
            self.calls_per_second,
        );
        problems.extend(crate::common::below("auth", self.auth.problems()));
        problems.extend(crate::common::below("http", self.http.problems()));
        problems.into_iter().map(|(path, says)| Problem { path, says }).collect()
    }

    /// Makes file names absolute: they are written as seen from `base`.
    pub fn seen_from(&mut self, base: &Path) {
        self.http.seen_from(base);
    }
}
