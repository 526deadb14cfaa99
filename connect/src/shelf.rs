//! A folder of numbered packages: each is added once and never changed, and old ones leave.
//!
//! A package is made in a folder beside (`out.new`), the manifest is told its checksum, and
//! one rename puts it in place: who looks into the folder finds it whole or not at all. When
//! the machine stops between the two, the next [`Shelf::open`] ends it. A package that the
//! receiver has taken away stays in the manifest, which so tells what was delivered.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::files::{MANIFEST, manifest, sum_of};
use crate::{ours, platform};

/// The folder of the packages.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    sums: BTreeMap<String, String>,
}

/// A folder beside, for what is being made. Dropped, it is gone.
#[derive(Debug)]
pub struct Bench(PathBuf);

impl Shelf {
    /// Opens the folder, which need not exist yet; ends what was cut off.
    ///
    /// # Errors
    ///
    /// A [`crate::files::PlaceError`] inside when the folder, or the one beside it, is not
    /// ours; else what the disk says.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let folder = ours::place(folder)?;
        let new = beside(&folder);
        ours::refuse_foreign(&folder)?;
        ours::refuse_foreign(&new)?;
        let shelf = Self { sums: sums(&folder)?, folder };
        for (name, sum) in &shelf.sums {
            let made = new.join(name);
            if made.is_file() && sum_of(&made)? == *sum {
                shelf.put(&new, name)?;
            }
        }
        ours::remove(&new)?;
        Ok(shelf)
    }

    /// The packages that were delivered and have not left, by name: also those that the
    /// receiver has taken away.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.sums.keys().map(String::as_str)
    }

    /// The package, if it still lies in the folder.
    pub fn find(&self, name: &str) -> io::Result<Option<File>> {
        match File::open(self.folder.join(name)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A place to make a package in.
    pub fn bench(&self) -> io::Result<Bench> {
        let new = beside(&self.folder);
        ours::remove(&new)?;
        ours::make(&new)?;
        Ok(Bench(new))
    }

    /// Puts the file of this name from the bench into the folder; one of the same name is
    /// replaced.
    pub fn add(&mut self, bench: &Bench, name: &str) -> io::Result<()> {
        if !ours::is_plain(name) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file name"));
        }
        let made = bench.0.join(name);
        File::open(&made)?.sync_all()?;
        self.sums.insert(name.to_owned(), sum_of(&made)?);
        if !self.folder.try_exists()? {
            ours::make(&self.folder)?;
        }
        // The manifest first: what it does not name would count as somebody else's.
        self.seal()?;
        self.put(&bench.0, name)
    }

    /// Removes packages, and their lines in the manifest; the last of all stays.
    pub fn drop_all(&mut self, names: &[String]) -> io::Result<()> {
        for name in names.iter().filter(|name| self.sums.contains_key(*name)) {
            match fs::remove_file(self.folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        let before = self.sums.len();
        self.sums.retain(|name, _| !names.contains(name));
        if self.sums.len() == before { Ok(()) } else { self.seal() }
    }

    /// The manifest as it stands in the folder, in the form of `sha256sum`.
    #[must_use]
    pub fn manifest(&self) -> String {
        manifest(self.sums.iter().map(|(name, sum)| (name.as_str(), sum.as_str())))
    }

    fn seal(&self) -> io::Result<()> {
        ours::seal(&self.folder, &self.manifest())
    }

    fn put(&self, from: &Path, name: &str) -> io::Result<()> {
        platform::rename(&from.join(name), &self.folder.join(name))?;
        platform::sync_folder(&self.folder)
    }
}

impl Bench {
    /// The path of a file on it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // What cannot be removed now goes when the folder is opened next.
        drop(fs::remove_dir_all(&self.0));
    }
}

fn sums(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    let text = match fs::read_to_string(folder.join(MANIFEST)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let pair = |line: &str| line.split_once("  ").map(|(sum, name)| (name.into(), sum.into()));
    Ok(text.lines().filter_map(pair).collect())
}

fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    folder.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::PlaceError;

    fn put(shelf: &mut Shelf, name: &str, text: &str) {
        let bench = shelf.bench().unwrap();
        fs::write(bench.path(name), text).unwrap();
        shelf.add(&bench, name).unwrap();
    }

    fn found(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn packages_are_added_and_old_ones_leave() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("out");
        for name in ["1.zip", "2.zip", "3.zip"] {
            let mut shelf = Shelf::open(&folder).unwrap();
            put(&mut shelf, name, name);
        }
        assert_eq!(found(&folder), ["1.zip", "2.zip", "3.zip", MANIFEST]);
        fs::remove_file(folder.join("2.zip")).unwrap();
        let mut shelf = Shelf::open(&folder).unwrap();
        assert_eq!(shelf.names().collect::<Vec<_>>(), ["1.zip", "2.zip", "3.zip"]);
        assert!(shelf.find("2.zip").unwrap().is_none(), "the receiver took it");
        shelf.drop_all(&["1.zip".to_owned(), "2.zip".to_owned()]).unwrap();
        assert_eq!(found(&folder), ["3.zip", MANIFEST]);
        assert_eq!(found(parent.path()), ["out"], "nothing is left beside");
    }

    /// K221: whenever the machine stops, the package is there whole or not at all, and the
    /// next start finds a folder that it knows.
    #[test]
    fn a_crash_at_any_step_leaves_the_package_or_nothing() {
        for (shows, is_named, expected) in [
            ("before the manifest knows it", false, &["1.zip"][..]),
            ("before it is in its place", true, &["1.zip", "2.zip"]),
        ] {
            let parent = tempfile::tempdir().unwrap();
            let folder = parent.path().join("out");
            let mut shelf = Shelf::open(&folder).unwrap();
            put(&mut shelf, "1.zip", "one");
            let bench = shelf.bench().unwrap();
            fs::write(bench.path("2.zip"), "two").unwrap();
            if is_named {
                shelf.sums.insert("2.zip".to_owned(), sum_of(&bench.path("2.zip")).unwrap());
                shelf.seal().unwrap();
            }
            std::mem::forget(bench);
            drop(Shelf::open(&folder).unwrap());
            let there: Vec<_> = found(&folder).into_iter().filter(|it| it != MANIFEST).collect();
            assert_eq!(there, expected, "{shows}");
            assert_eq!(found(parent.path()), ["out"], "{shows}");
        }
    }

    /// K170: a folder with somebody's files is left as it is.
    #[test]
    fn a_folder_of_somebody_else_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        for place in ["out", "out.new"] {
            let folder = parent.path().join(place);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("mine.txt"), "mine").unwrap();
            let error = Shelf::open(&parent.path().join("out")).unwrap_err();
            assert!(matches!(PlaceError::of(&error), Some(PlaceError::Foreign(_))), "{place}");
            fs::remove_dir_all(&folder).unwrap();
        }
    }
}
