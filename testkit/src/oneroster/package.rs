//! A package as it lies on a disk.

use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Path;

use zip::ZipArchive;

use crate::Failure;

/// Files by name, in the order in which they were packed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// Name and content; a name may stand twice.
    pub files: Vec<(String, Vec<u8>)>,
}

/// A file of a package, read.
pub(super) struct Table {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Package {
    /// Reads a zip.
    ///
    /// # Errors
    ///
    /// [`Failure`] when it is none, or holds a folder.
    pub fn zip(bytes: &[u8]) -> Result<Self, Failure> {
        let failed = |error: zip::result::ZipError| Failure(error.to_string());
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(failed)?;
        let mut package = Self::default();
        for at in 0..archive.len() {
            let mut entry = archive.by_index(at).map_err(failed)?;
            let name = entry.name().map_err(failed)?.into_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).map_err(|error| Failure(error.to_string()))?;
            package.files.push((name, content));
        }
        Ok(package)
    }

    /// Reads the files of a folder.
    ///
    /// # Errors
    ///
    /// [`Failure`] when they cannot be read.
    pub fn folder(folder: &Path) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure(error.to_string());
        let mut package = Self::default();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.to_lowercase().ends_with(".csv") {
                package.files.push((name, fs::read(&path).map_err(failed)?));
            }
        }
        package.files.sort();
        Ok(package)
    }

    /// The text of a file; empty when it is not there.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        let found = self.files.iter().find(|(known, _)| known == name);
        found.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    }

    /// The value of a property of the manifest.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<String> {
        let table = self.table("manifest.csv")?;
        let row = table.rows.into_iter().find(|row| row.first().is_some_and(|it| it == name))?;
        row.into_iter().nth(1)
    }

    pub(super) fn table(&self, name: &str) -> Option<Table> {
        let (_, bytes) = self.files.iter().find(|(known, _)| known == name)?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut records = reader.records().map_while(Result::ok);
        let cells = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
        let header = records.next().map(cells).unwrap_or_default();
        Some(Table { header, rows: records.map(cells).collect() })
    }
}
