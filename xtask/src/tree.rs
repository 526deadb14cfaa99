//! The repository's files, read once.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;

/// Folders in the root that hold results, not sources.
const NOT_SOURCES: [&str; 3] = [".git", "target", "out"];

/// Every file, by its path from the root with `/` between the parts.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads all files under `root`. Bytes that are not UTF-8 are replaced: the rules look at
    /// ASCII only, and a fixture may be in any encoding.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> anyhow::Result<()> {
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("{} cannot be listed", folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("{} cannot be listed", folder.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if prefix.is_empty() && NOT_SOURCES.contains(&name.as_str()) {
                continue;
            }
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().with_context(|| format!("{path} cannot be read"))?;
            if kind.is_dir() {
                self.read_folder(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_file() {
                let bytes = std::fs::read(entry.path())
                    .with_context(|| format!("{path} cannot be read"))?;
                self.files.insert(path, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        Ok(())
    }

    /// All files in the order of their paths.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub(crate) fn rust_files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| has_extension(path, "rs"))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect();
        Self { files }
    }
}

/// Case matters: `.RS` is no Rust file to cargo either.
pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn results_and_history_are_not_read() {
        let root = tempfile::tempdir().unwrap();
        for path in [".git/config", "target/x.rs", "core/roster/out/x.rs", ".ci/run"] {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, [b'a', 0xe5]).unwrap();
        }

        let tree = Tree::read(root.path()).unwrap();

        let paths: Vec<&str> = tree.files().map(|(path, _)| path).collect();
        assert_eq!(paths, [".ci/run", "core/roster/out/x.rs"]);
    }
}
