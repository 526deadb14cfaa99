//! A folder of backups: names by date, and how long they stay.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const BEGINS: &str = "skolbro-";
const ENDS: &str = ".backup";
/// In UTC, so that names sort by time when clocks are set back.
const FORM: &str = "%Y-%m-%dT%H%M%SZ";

/// A backup in the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kept {
    /// When it was made, by its name.
    pub(crate) made: Timestamp,
    /// Its file.
    pub(crate) path: PathBuf,
}

/// The name of a backup that is made now.
pub(crate) fn name(now: Timestamp) -> String {
    format!("{BEGINS}{}{ENDS}", now.to_zoned(TimeZone::UTC).strftime(FORM))
}

fn made(name: &str) -> Option<Timestamp> {
    let text = name.strip_prefix(BEGINS)?.strip_suffix(ENDS)?;
    let time = DateTime::strptime(FORM, text).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The backups in a folder, the newest first. Other files are nobody's business.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<Kept>> {
    let mut kept = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(made) = entry.file_name().to_str().and_then(made) {
            kept.push(Kept { made, path: entry.path() });
        }
    }
    kept.sort();
    kept.reverse();
    Ok(kept)
}

/// Removes what is older than `days`, but never the newest, and what a process that was
/// killed left half written; returns how many backups went.
pub(crate) fn rotate(folder: &Path, days: u16, now: Timestamp) -> io::Result<usize> {
    let oldest = now.saturating_sub(SignedDuration::from_hours(24 * i64::from(days)));
    let oldest = oldest.unwrap_or(Timestamp::MIN);
    let mut gone = 0;
    for old in list(folder)?.into_iter().skip(1).filter(|it| it.made < oldest) {
        fs::remove_file(&old.path)?;
        gone += 1;
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.strip_suffix(".new").is_some_and(|whole| made(whole).is_some()) {
            fs::remove_file(&path)?;
        }
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// reference/portal.md §2.8: 35 days; and never the only one.
    #[test]
    fn old_backups_go_and_the_newest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let now = at("2026-11-28T02:15:00Z");
        assert_eq!(name(now), "skolbro-2026-11-28T021500Z.backup");
        for made in ["2026-10-24T02:14:59Z", "2026-10-24T02:15:00Z", "2026-11-27T02:15:00Z"] {
            fs::write(folder.path().join(name(at(made))), "").unwrap();
        }
        for other in ["skolbro-2020.backup", "mine.txt", "skolbro.db"] {
            fs::write(folder.path().join(other), "").unwrap();
        }
        let half = name(at("2026-11-26T02:15:00Z")) + ".new";
        fs::write(folder.path().join(half), "").unwrap();
        assert_eq!(rotate(folder.path(), 35, now).unwrap(), 1);
        assert_eq!(list(folder.path()).unwrap().len(), 2);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
        assert_eq!(rotate(folder.path(), 35, at("2028-01-01T00:00:00Z")).unwrap(), 1);
        assert_eq!(list(folder.path()).unwrap()[0].made, at("2026-11-27T02:15:00Z"));
    }
}
