//! A town as files.

mod encode;
mod mishap;
mod rows;
mod wide;

use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

pub use encode::{Encoding, LineEnding, UnknownEncoding};
pub use mishap::{Mishap, UnknownMishap};

use crate::Town;
use encode::Pen;
use rows::Table;

/// How the files are written, and what goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Of every file.
    pub encoding: Encoding,
    /// Between the fields.
    pub delimiter: char,
    /// After every record.
    pub line_ending: LineEnding,
    /// What goes wrong; `None` for a good export.
    pub mishap: Option<Mishap>,
}

impl Default for Options {
    fn default() -> Self {
        Self { encoding: Encoding::Utf8, delimiter: ',', line_ending: LineEnding::Lf, mishap: None }
    }
}

impl Town {
    /// Writes every table of the default layout into `folder`; `guardians.csv` when there are
    /// guardians. Files of an earlier export are replaced, and removed when they are no more.
    ///
    /// # Errors
    /// What the file system answers.
    pub fn write_csv(&self, folder: &Path, options: &Options) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        for table in Table::ALL {
            let path = folder.join(format!("{}.csv", table.name()));
            let missing =
                options.mishap == Some(Mishap::MissingFile) && table == Table::Memberships;
            if missing || (table == Table::Guardians && self.guardians.is_empty()) {
                match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(error);
                    }
                    Ok(()) | Err(_) => continue,
                }
            }
            let mut out = BufWriter::with_capacity(1 << 16, File::create(&path)?);
            self.write_table(table, options, &mut out)?;
            out.flush()?;
            drop(out);
            if table == Table::Persons {
                mishap::damage(&path, options)?;
            }
        }
        Ok(())
    }

    fn write_table(&self, table: Table, options: &Options, out: &mut dyn Write) -> Result<()> {
        let mut pen = Pen::new(out, options)?;
        let Some(mishap) = options.mishap else {
            pen.record(&table.head())?;
            return rows::rows(self, table).try_for_each(|row| pen.record(&row));
        };
        pen.record(&mishap.head(table))?;
        mishap.rows(self, table).try_for_each(|row| pen.record(&row))
    }
}
