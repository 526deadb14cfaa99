//! Secrets are named in the settings, never written there.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};

/// Where a secret stands (operations.md §3.5). Holds a name only; the program resolves it
/// when it is needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretRef {
    /// `env:NAME`: a variable of the environment.
    Env(String),
    /// `file:PATH`: the content of a file, relative to the settings file.
    File(String),
    /// `credential:NAME`: a credential that the service manager hands over.
    Credential(String),
}

impl SecretRef {
    /// Reads `env:NAME`, `file:PATH` or `credential:NAME`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, name) = text.split_once(':')?;
        let name = name.trim();
        match scheme {
            "file" if !name.is_empty() => Some(Self::File(name.to_owned())),
            "env" if is_name(name) => Some(Self::Env(name.to_owned())),
            "credential" if is_name(name) => Some(Self::Credential(name.to_owned())),
            _ => None,
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
            Self::Credential(name) => write!(f, "credential:{name}"),
        }
    }
}

/// The message by which the loader knows that a secret was written out. It must never
/// repeat the text: that may be the secret.
pub const NOT_A_REFERENCE: &str = "skolbro:secret";

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(NOT_A_REFERENCE))
    }
}

impl JsonSchema for SecretRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SecretRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Where the secret stands: env:NAME, file:PATH or credential:NAME.",
            "pattern": "^(env:|file:|credential:).+$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_written_out_is_refused_without_repeating_it() {
        for good in ["env:NAME", "file:a/b.key", "credential:name-1"] {
            let read: SecretRef = serde_json::from_value(good.into()).unwrap();
            assert_eq!(read.to_string(), good);
        }
        for bad in ["hunter2", "env:", "env:A B", "vault:x", "file: "] {
            let error = serde_json::from_value::<SecretRef>(bad.into()).unwrap_err().to_string();
            assert_eq!(error, NOT_A_REFERENCE, "{bad}");
        }
    }
}
