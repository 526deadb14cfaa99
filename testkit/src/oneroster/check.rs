//! What is wrong with a package, in the words of reference/targets.md §7.3.

mod cell;
mod meaning;

use std::collections::{BTreeMap, BTreeSet};

use super::package::{Package, Table};
use super::spec::{Column, Spec};
use super::total::Total;

/// Something that is wrong, and where. Never what stood there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnosis {
    /// Which rule.
    pub code: &'static str,
    /// In which file.
    pub file: String,
    /// In which line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// In which column.
    pub column: String,
}

/// Everything that is wrong with a package. `before` is what the receiver holds: references
/// of changes may lead there.
#[must_use]
pub fn diagnose(spec: &Spec, package: &Package, before: &Total) -> Vec<Diagnosis> {
    let mut judge =
        Judge { spec, found: Vec::new(), rows: BTreeMap::new(), places: BTreeMap::new(), before };
    judge.files(package);
    let modes = judge.manifest(package);
    for (name, _) in &package.files {
        let known = spec.files.get(name);
        if let (Some(columns), Some(table)) = (known, package.table(name)) {
            let mode = modes.get(name.trim_end_matches(".csv")).map_or("", String::as_str);
            judge.table(name, columns, &table, mode);
        }
        judge.bytes(package, name);
    }
    judge.references();
    judge.meaning();
    judge.found.sort();
    judge.found
}

/// A row with the names of its cells, and its line.
pub(super) type Row = (usize, BTreeMap<String, String>);

pub(super) struct Judge<'a> {
    spec: &'a Spec,
    found: Vec<Diagnosis>,
    /// Rows by file.
    rows: BTreeMap<String, Vec<Row>>,
    /// Where each id stands among them.
    places: BTreeMap<String, BTreeMap<String, usize>>,
    before: &'a Total,
}

impl Judge<'_> {
    pub(super) fn add(&mut self, code: &'static str, file: &str, line: usize, column: &str) {
        let (file, column) = (file.to_owned(), column.to_owned());
        self.found.push(Diagnosis { code, file, line, column });
    }

    fn files(&mut self, package: &Package) {
        let mut seen = BTreeSet::new();
        for (name, _) in &package.files {
            if !seen.insert(name) {
                self.add("package.duplicate_file", name, 0, "");
            }
            if name != "manifest.csv" && !self.spec.files.contains_key(name) {
                self.add("package.unknown_file", name, 0, "");
            }
        }
    }

    /// Modes by file; also says what is wrong with the manifest.
    fn manifest(&mut self, package: &Package) -> BTreeMap<String, String> {
        const NAME: &str = "manifest.csv";
        let mut modes = BTreeMap::new();
        let Some(table) = package.table(NAME) else {
            self.add("package.missing_manifest", NAME, 0, "");
            return modes;
        };
        if table.header != ["propertyName", "value"] {
            self.add("schema.header_order_mismatch", NAME, 1, "");
        }
        let mut expected = self.spec.manifest.iter();
        for (at, row) in table.rows.iter().enumerate() {
            let [key, value] = [0, 1].map(|cell| row.get(cell).map_or("", String::as_str));
            let is_last = matches!(key, "source.systemName" | "source.systemCode");
            let told =
                if key.starts_with("file.") { key.to_owned() } else { format!("{key}={value}") };
            if !is_last && expected.next() != Some(&told) {
                self.add("manifest.invalid_row", NAME, at + 2, "");
            }
            let Some(file) = key.strip_prefix("file.") else { continue };
            if !["absent", "bulk", "delta"].contains(&value) {
                self.add("manifest.invalid_file_mode", NAME, at + 2, "value");
            }
            let is_there =
                package.files.iter().any(|(name, _)| name.strip_suffix(".csv") == Some(file));
            if is_there != (value != "absent") {
                self.add("manifest.file_and_mode_differ", NAME, at + 2, "value");
            }
            modes.insert(file.to_owned(), value.to_owned());
        }
        if expected.next().is_some() {
            self.add("manifest.invalid_row", NAME, 0, "");
        }
        modes
    }

    fn bytes(&mut self, package: &Package, name: &str) {
        let (_, bytes) =
            package.files.iter().find(|(known, _)| known == name).cloned().unwrap_or_default();
        if std::str::from_utf8(&bytes).is_err() {
            self.add("package.not_utf8", name, 0, "");
        }
        if bytes.starts_with(b"\xef\xbb\xbf") {
            self.add("package.byte_order_mark", name, 0, "");
        }
    }

    fn table(&mut self, name: &str, columns: &[Column], table: &Table, mode: &str) {
        self.header(name, columns, &table.header);
        if table.rows.is_empty() {
            self.add("table.missing_data_rows", name, 0, "");
        }
        let mut ids = BTreeSet::new();
        for (at, row) in table.rows.iter().enumerate() {
            let line = at + 2;
            if row.len() != table.header.len() {
                self.add("table.row_width_mismatch", name, line, "");
                continue;
            }
            let named = table.header.iter().cloned().zip(row.iter().cloned());
            let row: BTreeMap<String, String> = named.collect();
            for column in columns {
                let cell = row.get(&column.name).map_or("", String::as_str);
                self.cell(name, line, column, cell, mode);
            }
            if !ids.insert(row.get("sourcedId").cloned()) {
                self.add("reference.duplicate_sourced_id", name, line, "sourcedId");
            }
            let id = row.get("sourcedId").cloned().unwrap_or_default();
            let rows = self.rows.entry(name.to_owned()).or_default();
            self.places.entry(name.to_owned()).or_default().insert(id, rows.len());
            rows.push((line, row));
        }
    }

    fn header(&mut self, name: &str, columns: &[Column], header: &[String]) {
        if header.is_empty() {
            return self.add("table.missing_header", name, 1, "");
        }
        let mut seen = BTreeSet::new();
        for title in header {
            if title.is_empty() {
                self.add("table.empty_header_name", name, 1, "");
            } else if !seen.insert(title) {
                self.add("table.duplicate_header", name, 1, title);
            }
        }
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        for missing in names.iter().filter(|it| !header.iter().any(|title| title == *it)) {
            self.add("schema.missing_header", name, 1, missing);
        }
        let own: Vec<&str> =
            header.iter().map(String::as_str).filter(|it| names.contains(it)).collect();
        let in_order = names.iter().filter(|it| own.contains(it)).copied();
        if !own.iter().copied().eq(in_order) {
            self.add("schema.header_order_mismatch", name, 1, "");
        }
        for (at, title) in header.iter().enumerate().filter(|(_, it)| !names.contains(&it.as_str()))
        {
            if title.strip_prefix("metadata.").is_none_or(str::is_empty) {
                self.add("schema.invalid_metadata_header", name, 1, title);
            } else if header[at..].iter().any(|it| names.contains(&it.as_str())) {
                self.add("schema.metadata_column_position", name, 1, title);
            }
        }
    }

    /// Every reference leads to a row of the package or, for changes, to one that the
    /// receiver has.
    fn references(&mut self) {
        let Self { spec, before, .. } = *self;
        let mut broken = Vec::new();
        for (file, rows) in &self.rows {
            let columns = spec.files.get(file).into_iter().flatten();
            for column in columns {
                let Some((_, target)) = column.format.split_once("guidref:") else { continue };
                let target = format!("{target}.csv");
                let is_there =
                    |id: &str| self.find(&target, id).is_some() || before.has(&target, id);
                let has_file = self.rows.contains_key(&target) || before.rows(&target) > 0;
                let code = if has_file {
                    "reference.missing_target_record"
                } else {
                    "reference.missing_target_file"
                };
                for (line, row) in rows {
                    let cell = row.get(&column.name).map_or("", String::as_str);
                    let mut ids = cell.split(',').filter(|id| !id.is_empty());
                    if ids.any(|id| !is_there(id)) {
                        broken.push((code, file.clone(), *line, column.name.clone()));
                    }
                }
            }
        }
        for (code, file, line, column) in broken {
            self.add(code, &file, line, &column);
        }
    }

    /// The row of a file with this id.
    pub(super) fn find(&self, file: &str, id: &str) -> Option<&Row> {
        let at = *self.places.get(file)?.get(id)?;
        self.rows.get(file)?.get(at)
    }
}
