//! The column files of the specifications.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// One version of the standard.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Keys of the manifest's rows in order; the optional ones are not among them.
    pub(super) manifest: Vec<String>,
    /// Columns by file.
    pub(super) files: BTreeMap<String, Vec<Column>>,
}

/// A column as the specification has it.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    /// `yes`, `no` or `delta`.
    pub(super) required: String,
    pub(super) format: String,
    pub(super) values: Vec<String>,
}

impl Spec {
    /// The version as `1.1` or `1.2`; `None` where no specifications lie beside the
    /// repository: the test is then skipped, and says so.
    #[must_use]
    pub fn load(version: &str) -> Option<Self> {
        let name = if version == "1.2" { "1.2.1" } else { version };
        let path = folder().join(format!("oneroster/oneroster-{name}-csv-columns.json"));
        let text = fs::read_to_string(path).ok()?;
        let read: Value = serde_json::from_str(&text).ok()?;
        let words = |value: &Value| -> Vec<String> {
            let all = value.as_array().map(Vec::as_slice).unwrap_or_default();
            all.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect()
        };
        let column = |it: &Value| Column {
            name: text_of(&it["name"]),
            required: text_of(&it["required"]),
            format: text_of(&it["format"]),
            values: words(&it["values"]),
        };
        let files = read["files"].as_object()?.iter().map(|(name, columns)| {
            let columns = columns.as_array().map(Vec::as_slice).unwrap_or_default();
            (name.clone(), columns.iter().map(column).collect())
        });
        let rows = words(&read["manifest"]["rows"]);
        let mut manifest = rows.into_iter().filter(|row| !row.ends_with('?')).collect::<Vec<_>>();
        for row in &mut manifest {
            if row.starts_with("file.") {
                row.truncate(row.find('=').unwrap_or(row.len()));
            }
        }
        Some(Self { manifest, files: files.collect() })
    }

    /// The columns of a file in order, for who compares tables.
    #[must_use]
    pub fn columns(&self, file: &str) -> Vec<&str> {
        self.files.get(file).into_iter().flatten().map(|column| column.name.as_str()).collect()
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn folder() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs");
    std::env::var_os("SKOLBRO_SPECS").map_or(beside, PathBuf::from)
}
