//! What a receiver holds after packages.

use std::collections::BTreeMap;

use super::package::Package;

/// Active rows by file and id: column and value, without status and time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Total(pub BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>);

impl Total {
    /// Takes in a package as a receiver does, file by file as the manifest says: a whole file
    /// is the reference, so that what is missing ends and what reappears is active again; of
    /// changes, what is active is put in and what is to be deleted leaves; one that is absent
    /// says nothing.
    pub fn take(&mut self, package: &Package) {
        for (name, _) in package.files.iter().filter(|(name, _)| name != "manifest.csv") {
            let Some(table) = package.table(name) else { continue };
            let rows = self.0.entry(name.clone()).or_default();
            let property = format!("file.{}", name.trim_end_matches(".csv"));
            if package.property(&property).is_some_and(|mode| mode == "bulk") {
                rows.clear();
            }
            for row in table.rows {
                let named = table.header.iter().cloned().zip(row);
                let mut row: BTreeMap<String, String> = named.collect();
                let status = row.remove("status").unwrap_or_default();
                row.remove("dateLastModified");
                let id = row.remove("sourcedId").unwrap_or_default();
                if status == "tobedeleted" {
                    rows.remove(&id);
                } else {
                    rows.insert(id, row);
                }
            }
        }
        self.0.retain(|_, rows| !rows.is_empty());
    }

    /// The rows of a file.
    #[must_use]
    pub fn rows(&self, file: &str) -> usize {
        self.0.get(file).map_or(0, BTreeMap::len)
    }

    pub(super) fn has(&self, file: &str, id: &str) -> bool {
        self.0.get(file).is_some_and(|rows| rows.contains_key(id))
    }

    pub(super) fn value(&self, file: &str, id: &str, column: &str) -> Option<&str> {
        self.0.get(file)?.get(id)?.get(column).map(String::as_str)
    }
}
