//! A folder with a tenant in it, and the program that is run there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::register::Register;
use super::settings;
use super::story::Part;

/// A tenant's folder.
pub(crate) struct World {
    folder: tempfile::TempDir,
    register: Register,
    /// Everything that the program has printed today.
    printed: String,
    /// Names by the ids that the receiver knows.
    names: BTreeMap<String, String>,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) text: String,
}

/// Delivered files by name.
pub(crate) type Files = BTreeMap<String, String>;

const SETTINGS: &str = "skolbro.toml";
/// Letters of an id.
const UUID: usize = 36;
const DELIVERED: &str = "out/sds";
/// Ids that we make depend on the tenant's key, so that every run of a story needs the same.
const KEY: &str = "5c0a6be1f1b04d3c9a7d2e8f6b1c3d5e7f90a1b2c3d4e5f60718293a4b5c6d7e";

impl World {
    /// A tenant of its own with the register of `base`, as `init` makes it.
    pub(crate) fn new(base: &Path) -> anyhow::Result<Self> {
        let mut world = Self {
            folder: tempfile::tempdir()?,
            register: Register::read(base)?,
            printed: String::new(),
            names: BTreeMap::new(),
        };
        let made = world.program(&["init", "."])?;
        anyhow::ensure!(made.code == 0, "init ended with {}:\n{}", made.code, made.text);
        fs::write(world.path("skolbro.key"), KEY)?;
        Ok(world)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Another day, with what has changed since the one before.
    pub(crate) fn change(&mut self, part: &Part) -> anyhow::Result<()> {
        self.printed.clear();
        self.register.change(&part.register)?;
        self.register.write(&self.path("in"))?;
        if !part.settings.is_empty() {
            let before = fs::read_to_string(self.path(SETTINGS))?;
            fs::write(self.path(SETTINGS), settings::lay_over(&before, &part.settings)?)?;
        }
        if let Some(lines) = &part.exclusions {
            fs::write(self.path("undantag.txt"), lines.join("\n") + "\n")?;
        }
        Ok(())
    }

    /// Runs the program in the folder.
    pub(crate) fn program(&mut self, arguments: &[&str]) -> anyhow::Result<Ended> {
        let done = Command::new(env!("CARGO_BIN_EXE_skolbro"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("SKOLBRO_CONFIG")
            .env_remove("SKOLBRO_LOG")
            .env("SKOLBRO_LANG", "sv")
            .env("SKOLBRO_USER", "skolan")
            .env("NO_COLOR", "1")
            .output()?;
        let text =
            [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let text = text.concat();
        self.printed.push_str(&text);
        let code = done.status.code().context("the program was killed")?;
        self.learn_names()?;
        Ok(Ended { code, text: text.replace("\r\n", "\n") })
    }

    /// Every delivered file by name, as it is.
    pub(crate) fn delivered(&self) -> anyhow::Result<Files> {
        let folder = self.path(DELIVERED);
        let mut files = BTreeMap::new();
        if !folder.is_dir() {
            return Ok(files);
        }
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.insert(name, fs::read_to_string(path)?);
        }
        Ok(files)
    }

    /// Ids get the names that were delivered with them.
    fn learn_names(&mut self) -> anyhow::Result<()> {
        for (file, columns) in [
            ("orgs.csv", [1, 1]),
            ("classes.csv", [2, 2]),
            ("courses.csv", [2, 2]),
            ("users.csv", [2, 3]),
        ] {
            let files = self.delivered()?;
            for line in files.get(file).into_iter().flat_map(|text| text.lines()).skip(1) {
                let cells: Vec<&str> = line.split(',').collect();
                let [one, two] = columns.map(|at| cells.get(at).copied().unwrap_or_default());
                let name = if one == two { one.to_owned() } else { format!("{one} {two}") };
                if cells[0].len() == UUID {
                    self.names.insert(cells[0].to_owned(), name);
                }
            }
        }
        Ok(())
    }

    /// The text with names instead of the ids that are known; plans print the beginning of
    /// an id.
    pub(crate) fn named(&self, text: &str) -> String {
        let folder = self.folder.path().display().to_string();
        let text = text.replace(&folder, "‹mapp›");
        self.names.iter().fold(text, |text, (id, name)| {
            text.replace(id, name).replace(&id[..8], &format!("‹{name}›"))
        })
    }

    /// What is wrong with a line of a story's `levererat`; `before` are the files of the day
    /// before.
    pub(crate) fn breach(&self, line: &str, before: &Files) -> anyhow::Result<Option<String>> {
        let (place, words) = line.split_once(": ").with_context(|| format!("no check: {line}"))?;
        if place == "ingenstans" {
            let found = self.found_in(self.folder.path(), words.as_bytes())?;
            let printed = self.printed.contains(words).then(|| "what was printed".to_owned());
            return Ok(found.or(printed).map(|at| format!("{line}: it is in {at}")));
        }
        let files = self.delivered()?;
        let text = files.get(place).with_context(|| format!("{place} was not delivered"))?;
        if words == "oförändrad" {
            anyhow::ensure!(before.contains_key(place), "{place} was not delivered before");
            let is_same = before.get(place).map(|it| sorted(it)) == Some(sorted(text));
            return Ok((!is_same).then(|| format!("{line}\n{}", self.named(text))));
        }
        let text = self.named(text);
        let (holds, wanted) = match words.strip_prefix("inte ") {
            Some(words) => (!text.contains(words), words),
            None => (text.contains(words), words),
        };
        Ok((!holds).then(|| format!("{line}\n  ({wanted} in:)\n{text}")))
    }

    /// A file, the register's own apart, that holds these bytes.
    fn found_in(&self, folder: &Path, words: &[u8]) -> anyhow::Result<Option<String>> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path == self.path("in") {
                continue;
            }
            let found = if path.is_dir() {
                self.found_in(&path, words)?
            } else {
                let bytes = fs::read(&path)?;
                bytes.windows(words.len()).any(|it| it == words).then(|| path.display().to_string())
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// The lines, whose order says nothing to the receiver.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}
