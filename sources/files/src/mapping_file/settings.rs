//! `[supplement.NAME.mapping_file]` in the settings file.

use std::path::{Path, PathBuf};

use connect::http::Problem;
use connect::matching::{self, FillSettings, MatchSettings};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::table::{Delimiter, EncodingName};

/// `[supplement.NAME.mapping_file]`: a file that fills in what the registers lack.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingFileSettings {
    /// The file, with a header row. Seen from the settings file's folder.
    pub file: PathBuf,
    /// Character between fields; found in the header row when left out.
    pub delimiter: Option<Delimiter>,
    /// Encoding of the file; found out when left out.
    pub encoding: Option<EncodingName>,
    /// What a row is found by; the words on the right are columns.
    #[serde(rename = "match")]
    pub by: MatchSettings,
    /// What is filled in, and from which column.
    pub fill: FillSettings,
    /// Domains that an address must stand in. Left out: any.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Whether the file's value counts where the register has one too. Default: no.
    #[serde(default)]
    pub overwrite: bool,
}

impl MappingFileSettings {
    /// Makes file names absolute.
    pub fn seen_from(&mut self, base: &Path) {
        self.file = base.join(&self.file);
    }

    /// Everything that is wrong, all at once.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        matching::problems(&self.by, &self.fill, &self.domains)
    }
}
