//! A municipality and its tenant in a temporary folder, and the commands that are measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use generate::{Day, Mishap, Municipality, Options, Quality, Rates, Settings, Size, Town};
use serde_json::Value;
use tempfile::TempDir;

use crate::measure::{self, Cost};
use crate::register::Register;

/// The same municipality each time.
const SEED: u64 = 1;
/// A day in the middle of the autumn term.
const DAY: (i32, u8, u8) = (2026, 9, 15);
/// How the program ends when all is well, with warnings, and waiting for an approval.
const WELL: [i64; 2] = [0, 10];
const WAITING: [i64; 1] = [20];

/// What becomes of a world's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folders {
    /// It is removed with the world.
    Remove,
    /// It stays; where it is, is told on standard error.
    Keep,
}

impl Folders {
    #[expect(clippy::print_stderr, reason = "standard output is for figures")]
    pub(crate) fn make(self) -> anyhow::Result<TempDir> {
        let folder = tempfile::Builder::new().disable_cleanup(self == Self::Keep).tempdir()?;
        if self == Self::Keep {
            eprintln!("kept: {}", folder.path().display());
        }
        Ok(folder)
    }
}

/// Who gets what is read, where it is not what `init` writes: School Data Sync takes at most
/// 2,000,000 lines in a file, and a nation has 14 million places in groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver<'a> {
    OneRoster,
    /// A vendor who is called object by object, at this address.
    Vendor {
        url: &'a str,
    },
    /// Google Workspace, with these tables of settings.
    Google {
        tables: &'a str,
    },
    Nobody,
}

/// A tenant, its register, and the program.
pub(crate) struct World {
    binary: PathBuf,
    folder: TempDir,
    pub(crate) town: Town,
}

/// What is built.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Build {
    /// The program as it is shipped.
    Program,
    /// A program that is there to be measured, built as what is shipped.
    Example { package: &'static str, name: &'static str },
}

/// Builds a program; where it is.
pub(crate) fn build(what: Build) -> anyhow::Result<PathBuf> {
    let (args, name) = match what {
        Build::Program => (vec!["-p", "skolbro"], "skolbro"),
        Build::Example { package, name } => (vec!["-p", package, "--example", name], name),
    };
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--message-format=json"])
        .args(args)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(built.status.success(), "{name} could not be built");
    let messages = String::from_utf8(built.stdout)?;
    let executable = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.with_context(|| format!("cargo did not say where {name} is"))
}

/// A town without mistakes in its register, always the same.
pub(crate) fn town(size: Size) -> Town {
    let (year, month, day) = DAY;
    let settings = Settings { quality: Quality::Clean, ..Settings::default() };
    Municipality::generate(size, SEED).on(Day::new(year, month, day)).town(settings)
}

impl World {
    /// A register without mistakes, and a tenant that has not read it yet.
    pub(crate) fn new(binary: &Path, size: Size, folders: Folders) -> anyhow::Result<Self> {
        Self::of(binary, town(size), folders)
    }

    /// The same of this town.
    pub(crate) fn of(binary: &Path, town: Town, folders: Folders) -> anyhow::Result<Self> {
        let world = Self { binary: binary.to_owned(), folder: folders.make()?, town };
        world.skolbro(&["init", &world.path("")], &WELL)?;
        world.write()?;
        Ok(world)
    }

    /// The same with a register that is read over HTTP and serves a town of the same size.
    pub(crate) fn over_http(
        binary: &Path,
        size: Size,
        register: &Register,
        folders: Folders,
    ) -> anyhow::Result<Self> {
        let world = Self { binary: binary.to_owned(), folder: folders.make()?, town: town(size) };
        let Register { base_url, token_url, .. } = register;
        let at = ["--ss12000", base_url, "--token-url", token_url, "--client-id", "demo"];
        world.skolbro(&[&["init", &world.path("")], &at[..]].concat(), &WELL)?;
        Ok(world)
    }

    /// From now on everything is read each time.
    pub(crate) fn reads_everything(&self) -> anyhow::Result<()> {
        let path = self.path("skolbro.toml");
        let text = fs::read_to_string(&path)?;
        let (before, after) = text.split_once("base_url").context("no register over HTTP")?;
        Ok(fs::write(path, format!("{before}delta.enabled = false\nbase_url{after}"))?)
    }

    /// Persons, and persons with their relations.
    pub(crate) fn rows(&self) -> (usize, usize) {
        let it = self.town.summary();
        let relations = it.enrolments + it.duties + it.memberships + it.teachers;
        (it.persons, it.persons + relations)
    }

    /// Puts another receiver into the settings.
    pub(crate) fn deliver_to(&self, receiver: Receiver<'_>) -> anyhow::Result<()> {
        let path = self.path("skolbro.toml");
        let text = fs::read_to_string(&path)?;
        let (before, _) = text.split_once("[target.").context("no receiver in the settings")?;
        let target = match receiver {
            Receiver::OneRoster => {
                "[target.nation.oneroster_csv]\ndeliver.folder = \"out/nation\"\n".to_owned()
            }
            Receiver::Vendor { url } => format!(
                "[target.vendor]\nschools = [\"*\"]\n[target.vendor.egil]\nurl = \"{url}\"\n\
                 api_key = \"env:{}\"\n",
                measure::SECRET.0
            ),
            Receiver::Google { tables } => tables.to_owned(),
            Receiver::Nobody => String::new(),
        };
        Ok(fs::write(path, format!("{before}{target}"))?)
    }

    /// Adds tables to the settings.
    pub(crate) fn settle(&self, tables: &str) -> anyhow::Result<()> {
        let path = self.path("skolbro.toml");
        let text = fs::read_to_string(&path)?;
        Ok(fs::write(path, format!("{text}\n{tables}"))?)
    }

    /// So many removals may go without a person's approval, where they are less than 5 %.
    pub(crate) fn allow_removals(&self, count: u32) -> anyhow::Result<()> {
        let path = self.path("skolbro.toml");
        let text = fs::read_to_string(&path)?;
        ensure!(text.contains("count = 50 }"), "no guard in the settings");
        Ok(fs::write(path, text.replace("count = 50 }", &format!("count = {count} }}")))?)
    }

    /// The same tenant and register as they stand, in a folder of their own.
    pub(crate) fn twin(&self) -> anyhow::Result<Self> {
        let twin = tempfile::tempdir()?;
        copy(self.folder.path(), twin.path())?;
        Ok(Self { binary: self.binary.clone(), folder: twin, town: self.town.clone() })
    }

    /// The tenant's memory is lost.
    pub(crate) fn forget(&self) -> anyhow::Result<()> {
        for name in ["skolbro.db", "skolbro.db-wal", "skolbro.db-shm"] {
            let path = self.folder.path().join(name);
            if path.exists() {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Bytes of the tenant's memory.
    pub(crate) fn stored(&self) -> anyhow::Result<u64> {
        Ok(fs::metadata(self.path("skolbro.db"))?.len())
    }

    /// Opens the snapshot and goes through it.
    pub(crate) fn report(&self) -> anyhow::Result<Cost> {
        self.skolbro(&["report", "quality"], &WELL)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Writes the export of today.
    pub(crate) fn write(&self) -> anyhow::Result<()> {
        self.write_with(None)
    }

    /// Writes the export of today, which goes wrong.
    pub(crate) fn goes_wrong(&self, mishap: Mishap) -> anyhow::Result<()> {
        self.write_with(Some(mishap))
    }

    fn write_with(&self, mishap: Option<Mishap>) -> anyhow::Result<()> {
        let folder = self.folder.path().join("in");
        let options = Options { mishap, ..Options::default() };
        self.town.write_csv(&folder, &options).context("cannot write the register")
    }

    /// A day passes, on which one person and one group in a hundred change.
    pub(crate) fn one_percent_changes(&mut self) -> anyhow::Result<()> {
        self.town.next_day_with(&Rates::one_percent());
        self.write()
    }

    /// An ordinary day passes.
    pub(crate) fn a_day_passes(&mut self) -> anyhow::Result<()> {
        self.town.next_day();
        self.write()
    }

    /// Plans for the first time.
    pub(crate) fn first_plan(&self) -> anyhow::Result<Cost> {
        self.skolbro(&["plan"], &WAITING)
    }

    /// Approves the plan that was just made and carries it out; what the latter costs.
    pub(crate) fn carry_out(&self) -> anyhow::Result<Cost> {
        let plan = self.approved()?;
        self.apply(&plan)
    }

    /// Approves the plan that was just made.
    pub(crate) fn approved(&self) -> anyhow::Result<String> {
        let plan = self.said("plan")?.context("no plan was made")?;
        self.skolbro(&["approve", &plan, "--comment", "measuring"], &WELL)?;
        Ok(plan)
    }

    /// Carries out an approved plan.
    pub(crate) fn apply(&self, plan: &str) -> anyhow::Result<Cost> {
        self.skolbro(&["apply", plan], &WELL)
    }

    /// Plans when nothing has changed.
    pub(crate) fn plan_of_nothing(&self) -> anyhow::Result<Cost> {
        let cost = self.skolbro(&["plan"], &WELL)?;
        match self.said("plan")? {
            None => Ok(cost),
            Some(plan) => bail!("nothing has changed, yet there is a plan {plan}"),
        }
    }

    /// Plans when something has changed.
    pub(crate) fn plan_of_changes(&self) -> anyhow::Result<Cost> {
        let cost = self.skolbro(&["plan"], &[0, 10, 20, 21])?;
        self.said("plan")?.context("something has changed, yet there is no plan")?;
        Ok(cost)
    }

    /// Reads, plans and carries out what no guard holds.
    pub(crate) fn run_and_apply(&self) -> anyhow::Result<Cost> {
        self.skolbro(&["run", "--apply"], &[0, 10, 20, 21])
    }

    /// Starts a command of the program and kills it after `wait`; true if it was still running.
    pub(crate) fn killed_after(&self, args: &[&str], wait: Duration) -> anyhow::Result<bool> {
        let mut child = Command::new(&self.binary)
            .args(self.arguments(args))
            .env(measure::SECRET.0, measure::SECRET.1)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        // Nobody ever sends: this is a wait and no more.
        let (_keep, never) = mpsc::channel::<()>();
        ensure!(never.recv_timeout(wait).is_err(), "nobody sends");
        child.kill()?;
        Ok(child.wait()?.code().is_none())
    }

    /// The arguments, with those that every command has.
    fn arguments(&self, args: &[&str]) -> Vec<String> {
        let (config, today) = (self.path("skolbro.toml"), self.town.today.to_string());
        let own = ["--json", "--config", &config, "--today", &today];
        own.iter().chain(args).map(|it| (*it).to_owned()).collect()
    }

    /// Runs a command of the program and checks how it ends.
    pub(crate) fn skolbro(&self, args: &[&str], ends: &[i64]) -> anyhow::Result<Cost> {
        let all = self.arguments(args);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let cost = measure::run(&self.binary, &all, &self.output())?;
        if !ends.contains(&cost.exit) {
            let said = fs::read_to_string(self.output()).unwrap_or_default();
            bail!("skolbro {} ended with {}:\n{said}", args.join(" "), cost.exit);
        }
        Ok(cost)
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("output")
    }

    /// The value that the latest command said last under this name.
    pub(crate) fn said(&self, name: &str) -> anyhow::Result<Option<String>> {
        let line = self.line_with(name)?;
        Ok(line.and_then(|line| line.get(name)?.as_str().map(str::to_owned)))
    }

    /// The last line of the latest command that has something under this name.
    pub(crate) fn line_with(&self, name: &str) -> anyhow::Result<Option<Value>> {
        let output = fs::read_to_string(self.output())?;
        let lines = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        Ok(lines.rev().find(|line| line.get(name).is_some()))
    }
}

/// Copies what a folder holds.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&to)?;
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), &to)?;
        }
    }
    Ok(())
}
