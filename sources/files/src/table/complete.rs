//! Whether an export has come to its end before it is read (K211).

use std::fs;
use std::path::Path;

use roster::SourceError;

use super::file::unreadable;
use super::settings::{Layout, TableSettings};

/// Looks for the marker file and at the age of the newest file.
///
/// # Errors
///
/// [`SourceError::Unavailable`] with the reason `no_folder`, `not_complete` or `too_new`:
/// trying again later may help.
pub(crate) fn check(settings: &TableSettings, layout: &Layout) -> Result<(), SourceError> {
    let folder = &settings.folder;
    let wait = |place: &str, reason: &str| SourceError::Unavailable {
        place: place.to_owned(),
        detail: format!("reason={reason}"),
    };
    if !folder.is_dir() {
        return Err(wait(&folder.display().to_string(), "no_folder"));
    }
    if let Some(marker) = &settings.complete_marker
        && !exists(&folder.join(marker), marker)?
    {
        return Err(wait(marker, "not_complete"));
    }
    let Some(least) = settings.min_age_seconds else { return Ok(()) };
    for file in layout.tables.values().filter_map(|table| table.file.as_deref()) {
        let modified = fs::metadata(folder.join(file)).and_then(|it| it.modified());
        // A file from the future has no age, and is as good as new.
        let age = modified.ok().map(|time| time.elapsed().unwrap_or_default().as_secs());
        if age.is_some_and(|age| age < least) {
            return Err(wait(file, "too_new"));
        }
    }
    Ok(())
}

fn exists(path: &Path, name: &str) -> Result<bool, SourceError> {
    path.try_exists().map_err(|error| unreadable(name, &error))
}
