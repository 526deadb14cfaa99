//! What tells one version of the settings from another.

use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};

/// A hash of what the settings say. Comments, spaces and the order of keys do not count; the
/// order of sources and supplements does, since it decides precedence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingsHash(String);

impl SettingsHash {
    /// 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn of(table: &toml::Table, ordered: &[(&str, String)]) -> Self {
        let mut text = String::from("skolbro settings 1\n");
        for (kind, name) in ordered {
            put(&mut text, kind, name);
        }
        put_table(&mut text, table);
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(text.as_bytes()) {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }
}

impl fmt::Display for SettingsHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Type, length and text: no two values are written alike.
fn put(out: &mut String, kind: &str, text: &str) {
    let _ = writeln!(out, "{kind} {} {text}", text.len());
}

fn put_table(out: &mut String, table: &toml::Table) {
    put(out, "table", &table.len().to_string());
    for (key, value) in table {
        put(out, "key", key);
        put_value(out, value);
    }
}

fn put_value(out: &mut String, value: &toml::Value) {
    match value {
        toml::Value::String(text) => put(out, "string", text),
        toml::Value::Integer(number) => put(out, "integer", &number.to_string()),
        toml::Value::Float(number) => put(out, "float", &number.to_string()),
        toml::Value::Boolean(truth) => put(out, "boolean", &truth.to_string()),
        toml::Value::Datetime(date) => put(out, "datetime", &date.to_string()),
        toml::Value::Array(items) => {
            put(out, "array", &items.len().to_string());
            for item in items {
                put_value(out, item);
            }
        }
        toml::Value::Table(table) => put_table(out, table),
    }
}
