//! A package: a zip whose bytes follow from its files alone, and its name.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::Path;

use connect::shelf::Bench;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::settings::Version;
use super::sheets::Mode;

/// What the name of a package tells. Names sort by time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) at: Timestamp,
    pub(super) number: u64,
    pub(super) mode: Mode,
    pub(super) version: String,
    /// Of the settings that made its lines.
    pub(super) fingerprint: String,
}

impl Name {
    pub(super) fn new(
        at: Timestamp,
        number: u64,
        mode: Mode,
        version: Version,
        fingerprint: String,
    ) -> Self {
        Self { at, number, mode, version: version.word().to_owned(), fingerprint }
    }

    /// `20261128T021400Z-000012-delta-1.2-3fa9c1d0.zip`
    pub(super) fn text(&self) -> String {
        let Self { at, number, mode, version, fingerprint } = self;
        let at = at.strftime("%Y%m%dT%H%M%SZ");
        format!("{at}-{number:06}-{}-{version}-{fingerprint}.zip", mode.word())
    }

    /// Reads it back; `None` for what is no package's name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_suffix(".zip")?.split('-');
        let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", parts.next()?).ok()?;
        let name = Self {
            at: at.to_zoned(TimeZone::UTC).ok()?.timestamp(),
            number: parts.next()?.parse().ok()?,
            mode: match parts.next()? {
                "bulk" => Mode::Bulk,
                "delta" => Mode::Delta,
                _ => return None,
            },
            version: parts.next()?.to_owned(),
            fingerprint: parts.next()?.to_owned(),
        };
        (parts.next().is_none() && name.text() == text).then_some(name)
    }
}

/// Packs files of the bench, in the order given.
pub(super) fn pack(bench: &Bench, files: &[String], into: &Path) -> io::Result<()> {
    let mut zip = ZipWriter::new(BufWriter::new(File::create_new(into)?));
    for name in files {
        let path = bench.path(name);
        let is_large = std::fs::metadata(&path)?.len() > u64::from(u32::MAX);
        // One time and the same rights in every package: the same rows, the same bytes.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(is_large);
        zip.start_file(name.as_str(), options)?;
        io::copy(&mut BufReader::new(File::open(&path)?), &mut zip)?;
        std::fs::remove_file(&path)?;
    }
    let mut out = zip.finish()?;
    out.flush()
}
