//! What a backup says of itself, and what it came to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use store::{Sums, TableSum};

use crate::read::hex;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The tenant's name.
    pub tenant: String,
    /// When it was made.
    pub made: Timestamp,
    /// By which version of the program.
    pub program: String,
    /// The schema of its tables.
    pub schema: i64,
}

/// A backup that was made, or that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// What it says of itself.
    pub about: About,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// How many snapshots, deliveries and plans.
    pub blobs: u64,
    /// Bytes of these, as stored.
    pub blob_bytes: u64,
}

impl About {
    pub(crate) fn to_json(&self) -> String {
        let Self { tenant, made, program, schema } = self;
        json!({ "tenant": tenant, "made": made.to_string(), "program": program, "schema": schema })
            .to_string()
    }

    pub(crate) fn from_json(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
        Some(Self {
            tenant: text("tenant")?,
            made: text("made")?.parse().ok()?,
            program: text("program")?,
            schema: value.get("schema")?.as_i64()?,
        })
    }
}

/// The manifest: counts and hashes of each table and each blob.
pub(crate) fn manifest(sums: &Sums) -> Value {
    let table = |(name, it): (&String, &TableSum)| {
        (name.clone(), json!({ "rows": it.rows, "sum": hex(&it.sum) }))
    };
    let blob = |(name, (bytes, hash)): (&String, &(u64, [u8; 32]))| {
        (name.clone(), json!({ "bytes": bytes, "sha256": hex(hash) }))
    };
    let tables: serde_json::Map<_, _> = sums.tables.iter().map(table).collect();
    let blobs: serde_json::Map<_, _> = sums.blobs.iter().map(blob).collect();
    json!({ "tables": tables, "blobs": blobs })
}

/// The first table or blob that is not as the manifest has it.
pub(crate) fn difference(said: &Value, found: &Sums) -> Option<String> {
    let found = manifest(found);
    for part in ["tables", "blobs"] {
        let empty = serde_json::Map::new();
        let of = |value: &Value| value.get(part).and_then(Value::as_object).cloned();
        let (said, found) = (of(said).unwrap_or_default(), of(&found).unwrap_or(empty));
        let names = said.keys().chain(found.keys());
        let differs = names.into_iter().find(|name| said.get(*name) != found.get(*name));
        if let Some(name) = differs {
            return Some(name.clone());
        }
    }
    None
}

pub(crate) fn copied(about: About, sums: &Sums) -> Copied {
    Copied {
        about,
        rows: sums.tables.iter().map(|(name, it)| (name.clone(), it.rows)).collect(),
        blobs: sums.blobs.len() as u64,
        blob_bytes: sums.blobs.values().map(|(bytes, _)| bytes).sum(),
    }
}
