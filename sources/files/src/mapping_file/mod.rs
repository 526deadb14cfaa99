//! A file that says which address or user name belongs to whom, as a supplement: taken from a
//! directory that cannot be reached, or kept by hand.
//!
//! | | |
//! |---|---|
//! | Reads  | one text file with a header row: number or id, e-mail, user name |
//! | Text   | as for tables: CSV or TSV, UTF-8, UTF-16 or Windows-1252 |
//! | Never  | files that end in the middle of a row |

mod settings;
#[cfg(test)]
mod tests;

use csv::StringRecord;
use roster::SourceError;
use roster::supplement::{Account, Entries, Entry, Supplement};

use crate::table::{TableFile, content};

pub use settings::MappingFileSettings;

/// The supplement's name in the settings file.
pub const KIND: &str = "mapping_file";

/// A file that can be read.
pub struct MappingFile {
    settings: MappingFileSettings,
}

impl MappingFile {
    /// The file that the settings describe; its name must be usable as it stands.
    #[must_use]
    pub fn new(settings: MappingFileSettings) -> Self {
        Self { settings }
    }

    /// Whether the file is there and has its columns, for `doctor`.
    ///
    /// # Errors
    ///
    /// [`SourceError`], as reading would give it.
    pub fn probe(&self) -> Result<(), SourceError> {
        self.open().map(|_| ())
    }

    fn open(&self) -> Result<(TableFile, Columns), SourceError> {
        let MappingFileSettings { file, delimiter, encoding, by, fill, .. } = &self.settings;
        if !file.is_file() {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let detail = "reason=missing_file".to_owned();
            return Err(SourceError::Unavailable { place: name.into_owned(), detail });
        }
        let file = TableFile::open(file, *delimiter, *encoding, None)?;
        let place = |name: Option<&str>| name.map(|name| column(&file, name)).transpose();
        let id = place(by.place())?.unwrap_or_default();
        let (email, username) = (place(fill.email.as_deref())?, place(fill.username.as_deref())?);
        Ok((file, Columns { id, email, username }))
    }

    /// Reads everything, blocking. [`Supplement::read`] is this.
    ///
    /// # Errors
    ///
    /// [`SourceError`]; nothing of what was read may be used then.
    pub fn read_blocking(&self, entries: &mut Entries) -> Result<(), SourceError> {
        let (mut file, columns) = self.open()?;
        let mut row = StringRecord::new();
        while file.next(&mut row)? {
            let at = |column: Option<usize>| {
                let text = column.and_then(|column| row.get(column)).map(str::trim);
                text.filter(|text| !text.is_empty())
            };
            let (id, email, username) =
                (at(Some(columns.id)), at(columns.email), at(columns.username));
            // Without one, nobody is meant.
            if id.is_none() && email.is_none() && username.is_none() {
                continue;
            }
            entries.take(&Entry {
                ids: id.as_slice(),
                emails: email.as_slice(),
                usernames: username.as_slice(),
                account: Account::Open,
            })?;
        }
        if entries.taken() == 0 {
            return Err(content("header_only", file.name.clone(), String::new()));
        }
        if file.ended()? {
            return Ok(());
        }
        // The last address may lack its end, and would be somebody else's.
        Err(content("truncated", file.place(file.line, None), String::new()))
    }
}

struct Columns {
    id: usize,
    email: Option<usize>,
    username: Option<usize>,
}

fn column(file: &TableFile, name: &str) -> Result<usize, SourceError> {
    let same = |column: &String| column.to_lowercase() == name.trim().to_lowercase();
    let mut found = file.header.iter().enumerate().filter(|(_, column)| same(column));
    let missing = |code| {
        let header: Vec<&str> = file.header.iter().take(20).map(String::as_str).collect();
        let detail = format!("column={name}; found={}", header.join(", "));
        content(code, file.name.clone(), detail)
    };
    let (at, _) = found.next().ok_or_else(|| missing("missing_column"))?;
    if found.next().is_some() { Err(missing("repeated_column")) } else { Ok(at) }
}

#[async_trait::async_trait]
impl Supplement for MappingFile {
    async fn read(&self, entries: &mut Entries) -> Result<(), SourceError> {
        self.read_blocking(entries)
    }
}
