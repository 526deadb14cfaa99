//! A tenant in a folder of its own, and the real program run there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, ensure};
use generate::{Day, Mishap, Municipality, Options, Settings, Size, Town};

pub(crate) mod opened;
pub(crate) mod played;
pub(crate) mod search;

/// The first day, on which the first plan is approved.
pub(crate) const DAY_1: &str = "2026-09-15";
/// The day after.
pub(crate) const DAY_2: &str = "2026-09-16";

/// Files by their path, as they are.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A tenant's folder, removed at the end.
pub(crate) struct Tenant {
    folder: tempfile::TempDir,
    /// Everything that the program has printed here.
    printed: RefCell<Vec<u8>>,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn of(output: &Output) -> anyhow::Result<Self> {
        Ok(Self {
            code: output.status.code().context("the program was killed")?,
            out: String::from_utf8(output.stdout.clone())?,
            err: String::from_utf8(output.stderr.clone())?,
        })
    }

    /// Refuses every other exit code than `code`.
    pub(crate) fn expect_code(self, code: i32) -> anyhow::Result<Self> {
        ensure!(self.code == code, "exit code {} instead of {code}:\n{}", self.code, self.text());
        Ok(self)
    }

    /// Both streams.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

impl Tenant {
    /// A tenant as `init` makes it, its register's folder being `in`.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let tenant = Self { folder: tempfile::tempdir()?, printed: RefCell::new(Vec::new()) };
        fs::create_dir(tenant.path("tmp"))?;
        fs::create_dir(tenant.path("in"))?;
        tenant.run(&["init", "."])?.expect_code(0)?;
        Ok(tenant)
    }

    /// A tenant to whom `town` was delivered on the first day.
    pub(crate) fn delivered_to(town: &Town) -> anyhow::Result<Self> {
        let tenant = Self::new()?;
        tenant.register(town, None)?;
        tenant.first_delivery()?;
        Ok(tenant)
    }

    /// A file or folder of the tenant.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with these arguments, ready to start in the tenant's folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skolbro"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .env_remove("SKOLBRO_CONFIG")
            .env_remove("SKOLBRO_LOG")
            .env_remove("SKOLBRO_LANG")
            .env("SKOLBRO_USER", "skolan")
            .env("NO_COLOR", "1")
            .env("TMPDIR", self.path("tmp"));
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        let output = self.command(arguments).output()?;
        let mut printed = self.printed.borrow_mut();
        printed.extend(&output.stdout);
        printed.extend(&output.stderr);
        Ended::of(&output)
    }

    /// Runs the program to its end, as another user of the system.
    pub(crate) fn as_user(&self, user: &str, arguments: &[&str]) -> anyhow::Result<Ended> {
        Ended::of(&self.command(arguments).env("SKOLBRO_USER", user).output()?)
    }

    /// Runs the program to its end, on that day.
    pub(crate) fn on(&self, day: &str, arguments: &[&str]) -> anyhow::Result<Ended> {
        self.run(&[&["--today", day], arguments].concat())
    }

    /// Writes the register's export.
    pub(crate) fn register(&self, town: &Town, mishap: Option<Mishap>) -> anyhow::Result<()> {
        Ok(town.write_csv(&self.path("in"), &Options { mishap, ..Options::default() })?)
    }

    /// Plans, approves and applies on the first day.
    pub(crate) fn first_delivery(&self) -> anyhow::Result<()> {
        let plan = plan_id(&self.on(DAY_1, &["run", "--apply"])?.expect_code(20)?)?;
        self.approved(DAY_1, &plan)
    }

    /// Approves the plan and carries it out.
    pub(crate) fn approved(&self, day: &str, plan: &str) -> anyhow::Result<()> {
        self.on(day, &["approve", plan, "--comment", "Stämmer."])?.expect_code(0)?;
        self.on(day, &["apply", plan])?.expect_code(0)?;
        Ok(())
    }

    /// What the settings file says, with `from` replaced.
    pub(crate) fn settings(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let text = fs::read_to_string(self.path("skolbro.toml"))?;
        ensure!(text.contains(from), "the settings do not say {from}");
        Ok(fs::write(self.path("skolbro.toml"), text.replace(from, to))?)
    }

    /// The delivered files and those of the generation before.
    pub(crate) fn delivered(&self) -> anyhow::Result<Files> {
        files_below(&self.path("out"))
    }

    /// Every file but the register's own: what the program has written.
    pub(crate) fn written(&self) -> anyhow::Result<Files> {
        let mut files = files_below(self.folder.path())?;
        let register = self.path("in");
        files.retain(|path, _| !path.starts_with(&register));
        Ok(files)
    }

    /// Everything that the program has printed here.
    pub(crate) fn printed(&self) -> Vec<u8> {
        self.printed.borrow().clone()
    }
}

/// The files of a folder and of those in it; none where there is no folder.
pub(crate) fn files_below(folder: &Path) -> anyhow::Result<Files> {
    let mut files = Files::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.append(&mut files_below(&path)?);
        } else {
            match fs::read(&path) {
                Ok(bytes) => drop(files.insert(path, bytes)),
                // It went away meanwhile, as a database's log does.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(files)
}

/// The plan that was shown.
pub(crate) fn plan_id(ended: &Ended) -> anyhow::Result<String> {
    let id = ended.out.lines().find_map(|line| line.strip_prefix("Plan ")?.split(' ').next());
    Ok(id.with_context(|| format!("no plan is named in:\n{}", ended.text()))?.to_owned())
}

/// The municipality on the first day.
pub(crate) fn town(size: Size, seed: u64) -> Town {
    Municipality::generate(size, seed).on(Day::new(2026, 9, 15)).town(Settings::default())
}
