//! The settings under `[target.NAME.egil]`.

use std::path::Path;

use connect::http::{self, ApiKey, AuthSettings, Words};
use schemars::JsonSchema;
use secret::SecretRef;
use serde::Deserialize;

use crate::common;

/// A receiver of the EGIL profile of SS12000:2018 over SCIM: a vendor of learning material,
/// directly or by Skolsynk's protocol, or a member of a federation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address below which the types stand, e.g. `https://vendor.example/scim`.
    pub url: String,
    /// The receiver's address for tests; needed with `mode = "test"`, which sends nothing to
    /// `url`.
    pub test_url: Option<String>,
    /// The key that the receiver gave us, sent in `api_key_header`.
    pub api_key: Option<SecretRef>,
    /// The header for the key. Default: `X-API-Key`.
    #[serde(default = "header")]
    pub api_key_header: String,
    /// Another way to sign in. With mutual TLS alone: nothing here, and
    /// `http.client_certificate`.
    #[serde(default)]
    pub auth: AuthSettings,
    /// Which data are sent: `egil`, or `skolsynk`, the ten data and no more.
    #[serde(default)]
    pub profile: Profile,
    /// Whose ids stand in addresses and references: ours, as in EGIL, or those that a plain
    /// SCIM server makes.
    #[serde(default)]
    pub ids: IdsOf,
    /// How many calls may be on their way at once, at most 64. We begin with few, and take as
    /// many as the receiver bears. Default: 32.
    #[serde(default = "thirty_two")]
    pub concurrency: u32,
    /// How many calls a second the receiver has said that it takes. Left out: found by trying.
    pub calls_per_second: Option<u32>,
    /// How the receiver is reached: time limits, proxy, trust, pins, client certificate.
    #[serde(default)]
    pub http: http::Settings,
}

fn header() -> String {
    "X-API-Key".to_owned()
}

const fn thirty_two() -> u32 {
    32
}

/// Which data are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// What the card says.
    #[default]
    Egil,
    /// The ten data (K159–K168), the role, and the references that the receiver requires.
    Skolsynk,
}

/// Whose ids stand in addresses and references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdsOf {
    /// Ours: `externalId` is the id (reference/targets.md §0 no 4).
    #[default]
    Ours,
    /// The receiver's, as RFC 7644 has it.
    Receiver,
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
        let mut problems = common::problems(
            &self.url,
            self.test_url.as_deref(),
            self.concurrency,
            self.calls_per_second,
        );
        if self.api_key.is_some() && self.auth != AuthSettings::None {
            let says = Words::new(
                "Ange antingen `api_key` eller `auth`, inte båda.",
                "Give either `api_key` or `auth`, not both.",
            );
            problems.push((vec!["api_key"], says));
        }
        problems.extend(common::below("auth", self.sign_in().problems()));
        problems.extend(common::below("http", self.http.problems()));
        problems.into_iter().map(|(path, says)| Problem { path, says }).collect()
    }

    /// How we sign in.
    pub(super) fn sign_in(&self) -> AuthSettings {
        match &self.api_key {
            Some(key) => AuthSettings::ApiKey(ApiKey {
                header: self.api_key_header.clone(),
                key: key.clone(),
            }),
            None => self.auth.clone(),
        }
    }

    /// Makes file names absolute: they are written as seen from `base`.
    pub fn seen_from(&mut self, base: &Path) {
        self.http.seen_from(base);
    }
}
