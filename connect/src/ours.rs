//! Whose a folder is: nothing is moved or removed that this program did not make.
//!
//! A set that is whole holds its manifest, and one that is being written holds the manifest's
//! place ([`MARK`]) from its first moment. Everything else is somebody else's.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::files::MANIFEST;
use crate::platform;

/// The manifest while its set is written.
const MARK: &str = "manifest.sha256.new";

/// What desktops leave in every folder that somebody has looked into.
const LEFT_BY_DESKTOPS: &[&str] = &[".DS_Store", "Thumbs.db", "desktop.ini"];

/// Why a folder cannot hold a set. Comes inside an [`io::Error`]; see [`PlaceError::of`].
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Somebody else's file or folder is there. It was left as it is.
    #[error(
        "{} is not of an earlier delivery and was left alone: choose an empty folder, used for \
         nothing else, or move it away",
        .0.display()
    )]
    Foreign(PathBuf),
    /// It is a link, and what replaces it would not land where the link leads.
    #[error("{} is a symbolic link: name the folder that it leads to", .0.display())]
    Link(PathBuf),
    /// It cannot be renamed: a mount point.
    #[error(
        "{} cannot be renamed, since it is a mount point or in use: choose a folder inside it",
        .0.display()
    )]
    Fixed(PathBuf),
    /// It ends in `..` or is the root.
    #[error("{} has no name of its own: name a folder", .0.display())]
    Nameless(PathBuf),
}

impl PlaceError {
    /// The reason inside an error of this crate, if a folder was refused.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }
}

impl From<PlaceError> for io::Error {
    fn from(error: PlaceError) -> Self {
        let kind = match error {
            PlaceError::Foreign(_) => io::ErrorKind::AlreadyExists,
            PlaceError::Link(_) | PlaceError::Nameless(_) => io::ErrorKind::InvalidInput,
            PlaceError::Fixed(_) => io::ErrorKind::ResourceBusy,
        };
        Self::new(kind, error)
    }
}

/// The folder by a path without links above it; its parent is made.
pub(crate) fn place(folder: &Path) -> io::Result<PathBuf> {
    let Some(name) = folder.file_name() else {
        return Err(PlaceError::Nameless(folder.to_owned()).into());
    };
    let parent = match folder.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent)?;
    let folder = fs::canonicalize(parent)?.join(name);
    match fs::symlink_metadata(&folder) {
        Ok(found) if found.is_symlink() => Err(PlaceError::Link(folder).into()),
        Ok(_) => Ok(folder),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(folder),
        Err(error) => Err(error),
    }
}

/// Refuses a folder in which somebody else has something. One that is empty, or not there,
/// is free.
pub(crate) fn refuse_foreign(folder: &Path) -> io::Result<()> {
    match foreign(folder)? {
        Some(path) => Err(PlaceError::Foreign(path).into()),
        None => Ok(()),
    }
}

/// Removes a folder of ours.
///
/// # Errors
///
/// [`PlaceError::Foreign`] when somebody else has something in it; then all of it stays.
pub fn remove(folder: &Path) -> io::Result<()> {
    refuse_foreign(folder)?;
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// The first thing by name that is not ours.
fn foreign(folder: &Path) -> io::Result<Option<PathBuf>> {
    match fs::symlink_metadata(folder) {
        Ok(found) if !found.is_dir() => return Ok(Some(folder.to_owned())),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut found = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    found.sort_by_key(fs::DirEntry::file_name);
    let is_begun = found.iter().any(|it| it.file_name() == MARK);
    let named = named(folder)?;
    for entry in found {
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        let is_ours = match &named {
            // Which files there will be is known at the end, and the mark is nobody else's.
            None => is_begun,
            Some(named) => {
                named.contains(name)
                    || [MANIFEST, MARK].contains(&name)
                    || LEFT_BY_DESKTOPS.contains(&name)
            }
        };
        if !is_ours || !entry.file_type()?.is_file() {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

/// The names in the folder's manifest; `None` when there is none that we could have written.
fn named(folder: &Path) -> io::Result<Option<BTreeSet<String>>> {
    let text = match fs::read(folder.join(MANIFEST)) {
        Ok(bytes) => String::from_utf8(bytes).unwrap_or_default(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let name = |line: &str| {
        let (sum, name) = line.split_once("  ")?;
        let is_sum = sum.len() == 64 && sum.bytes().all(|it| it.is_ascii_hexdigit());
        (is_sum && is_plain(name)).then(|| name.to_owned())
    };
    let names: Option<BTreeSet<String>> = text.lines().map(name).collect();
    Ok(names.filter(|names| !names.is_empty()))
}

/// Whether a name stays inside its folder on every system, and is not the manifest's.
pub(crate) fn is_plain(name: &str) -> bool {
    let is_one = Path::new(name).file_name().is_some_and(|it| it == name);
    is_one && !name.contains(['/', '\\', ':', '\n', '\r']) && name != MANIFEST && name != MARK
}

/// Makes the folder of a new set and marks it as ours.
pub(crate) fn make(new: &Path) -> io::Result<()> {
    platform::private_folder(new)?;
    File::create_new(new.join(MARK)).map(drop)
}

/// Ends the set in `new`: with its manifest it is whole.
pub fn seal(new: &Path, manifest: &str) -> io::Result<()> {
    let mark = new.join(MARK);
    let mut file = File::create(&mark)?;
    file.write_all(manifest.as_bytes())?;
    file.sync_all()?;
    drop(file);
    platform::rename(&mark, &new.join(MANIFEST))?;
    platform::sync_folder(new)
}

/// Renames a set and says so when the place is one that cannot be.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    platform::rename(from, to).map_err(|error| {
        let told = [io::ErrorKind::ResourceBusy, io::ErrorKind::CrossesDevices];
        if told.contains(&error.kind()) { PlaceError::Fixed(from.to_owned()).into() } else { error }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Generation;

    /// Delivers a set of one file.
    fn deliver(folder: &Path, text: &str) -> io::Result<()> {
        let mut generation = Generation::begin(folder)?;
        let mut file = generation.create("users.csv")?;
        file.write_all(text.as_bytes())?;
        file.finish()?;
        generation.commit().map(drop)
    }

    /// The path that a delivery was refused for.
    fn refused(folder: &Path) -> Option<PathBuf> {
        let error = deliver(folder, "new").err()?;
        let PlaceError::Foreign(path) = PlaceError::of(&error)? else { panic!("{error}") };
        Some(path.clone())
    }

    fn parent() -> (tempfile::TempDir, PathBuf) {
        let parent = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(parent.path()).unwrap();
        (parent, path)
    }

    /// K170: a folder with somebody's files is neither moved nor written to, wherever it lies.
    #[test]
    fn what_somebody_else_has_is_left_alone() {
        #[rustfmt::skip]
        let table = &[
            // the folder has  delivered before  what is put there          what is named
            ("the settings",   false,            "sds/skolbro.toml",        "sds/skolbro.toml"),
            ("a folder",       false,            "sds/in/persons.csv",      "sds/in"),
            ("more",           true,             "sds/notes.txt",           "sds/notes.txt"),
            ("more folders",   true,             "sds/archive/users.csv",   "sds/archive"),
            ("a neighbour",    true,             "sds.previous/mine.txt",   "sds.previous/mine.txt"),
            ("one to come",    true,             "sds.new/mine.txt",        "sds.new/mine.txt"),
            ("no set's sums",  false,            "sds/manifest.sha256",     "sds/manifest.sha256"),
        ];
        for &(shows, was_delivered, file, named) in table {
            let (_keep, parent) = parent();
            let folder = parent.join("sds");
            if was_delivered {
                deliver(&folder, "one").unwrap();
                deliver(&folder, "two").unwrap();
            }
            let file = parent.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, "not ours").unwrap();
            assert_eq!(refused(&folder), Some(parent.join(named)), "{shows}");
            assert_eq!(fs::read_to_string(&file).unwrap(), "not ours", "{shows}");
            if was_delivered {
                let kept = fs::read_to_string(folder.join("users.csv")).unwrap();
                assert_eq!(kept, "two", "{shows}");
            }
        }
    }

    #[test]
    fn a_file_in_the_folders_place_is_left_alone() {
        let (_keep, parent) = parent();
        let folder = parent.join("sds");
        fs::write(&folder, "not ours").unwrap();
        assert_eq!(refused(&folder), Some(folder.clone()));
        assert!(folder.is_file());
    }

    #[test]
    fn an_empty_folder_and_what_desktops_leave_are_no_hindrance() {
        let (_keep, parent) = parent();
        let folder = parent.join("sds");
        fs::create_dir(&folder).unwrap();
        deliver(&folder, "one").unwrap();
        fs::write(folder.join(".DS_Store"), "").unwrap();
        deliver(&folder, "two").unwrap();
        deliver(&folder, "three").unwrap();
        assert_eq!(fs::read_to_string(folder.join("users.csv")).unwrap(), "three");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_refused_and_links_above_are_followed() {
        let (_keep, parent) = parent();
        let (real, link) = (parent.join("real"), parent.join("link"));
        fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let error = deliver(&link, "one").unwrap_err();
        assert!(matches!(PlaceError::of(&error), Some(PlaceError::Link(path)) if *path == link));
        assert!(link.is_symlink() && fs::read_dir(&real).unwrap().next().is_none());
        deliver(&link.join("sds"), "one").unwrap();
        assert!(real.join("sds/users.csv").is_file());
    }

    #[test]
    fn a_folder_without_a_name_is_refused() {
        for path in ["/", "..", "out/.."] {
            let error = deliver(Path::new(path), "one").unwrap_err();
            assert!(matches!(PlaceError::of(&error), Some(PlaceError::Nameless(_))), "{path}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_mount_point_is_told_apart() {
        let error = rename(Path::new("/proc"), Path::new("/proc.previous")).unwrap_err();
        let is_told = matches!(PlaceError::of(&error), Some(PlaceError::Fixed(_)));
        assert!(is_told || error.kind() == io::ErrorKind::PermissionDenied, "{error}");
    }
}
