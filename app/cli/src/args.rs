//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

mod google;
mod memory;
mod receivers;
mod reports;
mod values;

pub(crate) use google::{GroupIds, OnOff, RealOff, SimulateGoogle};
pub(crate) use memory::{Adopt, Backup, Passwords, Purge, Restore, VerifyAudit};
pub(crate) use receivers::{Receiver, ResourceTypes, SimulateEgil, SimulateScim};
pub(crate) use reports::{Report, ReportKind};

/// From a school's register to everything that must know its pupils: shows what would
/// change and why, then does exactly that.
#[derive(Debug, Parser)]
#[command(name = "skolbro", version, arg_required_else_help = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "Exit codes: 0 done or nothing to do · 1 internal error · 2 wrong usage · \
3 changes (plan --exit-code) · 10 warnings · 11 partly applied · 20 waiting for approval · \
21 stopped by a guard · 22 plan stale · 30 source unavailable · 31 receiver unavailable · \
32 sign-in refused · 33 source content refused · 34 memory or folder not writable · 40 configuration · 41 package rule · \
50 another run under way · 60 integrity stop: protection \
marking missing, or audit log broken";

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The tenant's settings.
    #[arg(
        long,
        short,
        global = true,
        env = "SKOLBRO_CONFIG",
        default_value = "skolbro.toml",
        value_name = "FILE"
    )]
    pub(crate) config: PathBuf,
    /// Language of messages; else what the settings say, else Swedish.
    #[arg(long, global = true, env = "SKOLBRO_LANG", value_name = "sv|en")]
    pub(crate) lang: Option<Language>,
    /// One JSON object a line on standard output instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No colour. Colour is also left out when output is not a terminal or `NO_COLOR` is set.
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Acts as if it were this day: to see what a date will bring.
    #[arg(long, global = true, value_name = "YYYY-MM-DD", value_parser = values::day)]
    pub(crate) today: Option<Date>,
    /// Exit codes of sysexits.h instead of our own.
    #[arg(long, global = true)]
    pub(crate) sysexits: bool,
    /// Log lines (JSON, without names) on standard error: error, warn, info or debug.
    #[arg(
        long,
        global = true,
        env = "SKOLBRO_LOG",
        value_name = "LEVEL",
        value_parser = values::log_level
    )]
    pub(crate) log: Option<String>,
    /// Bytes of rows to keep in memory while a register is read; the rest is put aside,
    /// encrypted. It changes nothing of what is planned.
    #[arg(long, global = true, hide = true, default_value_t = 48 << 20, value_name = "BYTES")]
    pub(crate) rows_in_memory: usize,
}

/// A language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// Svenska.
    Sv,
    /// English.
    En,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a settings file, a key and a schema in a folder.
    Init(Init),
    /// Checks the settings file and shows every problem at its place.
    Validate,
    /// Checks that everything the settings name can be reached and used.
    Doctor,
    /// Prints the JSON Schema of the settings file.
    Schema,
    /// Writes a made-up municipality's register as CSV files.
    Generate(Generate),
    /// Plays a system on this machine's loopback address, to try and to rehearse against.
    #[command(subcommand)]
    Simulate(Simulate),
    /// Shows the main job on a made-up municipality: day 1, day 2, a guard, an explanation.
    Demo(Demo),
    /// Reads the registers, works out what would change, and saves it as a plan.
    Plan(Plan),
    /// Carries out a saved plan, as far as it is released.
    Apply(Apply),
    /// Reads, plans and shows; with --apply also carries out what no guard holds.
    Run(Run),
    /// Approves a plan, or a part of it.
    Approve(Approve),
    /// Tells why a person has, or does not have, something at a receiver.
    Explain(Explain),
    /// Shows the latest runs, open plans and how old everything is.
    Status,
    /// Prints a report.
    Report(Report),
    /// Fetches the state's register of school units, or compares our schools with it.
    Schools(Schools),
    /// Writes everything that is remembered into one sealed file.
    Backup(Backup),
    /// Makes a backup the memory again; with --verify only tries it.
    Restore(Restore),
    /// Reads the last delivery back when the memory was lost; removes nothing.
    Adopt(Adopt),
    /// Erases what is kept of a receiver, of the tenant, or past its time.
    Purge(Purge),
    /// Hands first passwords over to a school: a file that a passphrase opens, once.
    Passwords(Passwords),
    /// Checks the audit log's chain of hashes.
    VerifyAudit(VerifyAudit),
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder; made if it does not exist.
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// The tenant's name.
    #[arg(long, default_value = "Exempelköpings kommun")]
    pub(crate) name: String,
    /// The folder with the register's export.
    #[arg(long, default_value = "in", value_name = "FOLDER")]
    pub(crate) source_folder: PathBuf,
    /// The folder to deliver School Data Sync files to.
    #[arg(long, default_value = "out/sds", value_name = "FOLDER")]
    pub(crate) deliver_folder: PathBuf,
    /// The address of a register that speaks SS12000, instead of a folder.
    #[arg(long, value_name = "URL", requires = "token_url", conflicts_with = "source_folder")]
    pub(crate) ss12000: Option<String>,
    /// Where that register gives tokens.
    #[arg(long, value_name = "URL", requires = "ss12000")]
    pub(crate) token_url: Option<String>,
    /// Who we are there.
    #[arg(long, default_value = "skolbro", value_name = "ID")]
    pub(crate) client_id: String,
    /// Where the secret is: `env:NAME`, `file:PATH` or `credential:NAME`.
    #[arg(long, default_value = "env:REGISTER_SECRET", value_name = "WHERE", value_parser = secret_ref)]
    pub(crate) client_secret: secret::SecretRef,
}

/// Where a secret is; never the secret itself.
fn secret_ref(text: &str) -> Result<secret::SecretRef, String> {
    secret::SecretRef::parse(text)
        .ok_or_else(|| "name where it is: env:NAME, file:PATH or credential:NAME".to_owned())
}

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// The folder to write to.
    pub(crate) folder: PathBuf,
    /// XS, S, M, L, XL, XXL or nation.
    #[arg(long, default_value = "S")]
    pub(crate) size: String,
    /// The same seed gives the same municipality, byte for byte.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many days of ordinary churn have passed.
    #[arg(long, default_value_t = 0)]
    pub(crate) day: u32,
    /// A mishap to plant; `--mishap help` lists them.
    #[arg(long)]
    pub(crate) mishap: Option<String>,
    /// Overwrites exports that it did not write itself.
    #[arg(long)]
    pub(crate) force: bool,
}

/// What can be played.
#[derive(Debug, Subcommand)]
pub(crate) enum Simulate {
    /// A school register that speaks SS12000, over a made-up municipality.
    Ss12000(SimulateSs12000),
    /// A receiver of EGIL, the profile of SS12000:2018 that travels as SCIM.
    Egil(SimulateEgil),
    /// A plain service provider of SCIM 2.0.
    Scim(SimulateScim),
    /// Google Workspace: Directory, Classroom and Groups Settings, with quotas.
    Google(Box<SimulateGoogle>),
}

/// By which days pass and things go wrong while it runs.
const CONTROL: &str = "While it runs, over HTTP and without sign-in:
  GET    /_control/status            day, time, counts
  POST   /_control/next-day?days=N   days of ordinary churn pass
  POST   /_control/term, school-year to the next shift
  POST   /_control/set-time          the body is the clock's new time (RFC 3339)
  POST   /_control/fault             the body is a fault; DELETE takes all away
  POST   /_control/protect?id=UUID   marks a person; also unprotect, remove";

/// Arguments of `simulate ss12000`.
#[derive(Debug, Args)]
#[command(after_help = CONTROL)]
pub(crate) struct SimulateSs12000 {
    /// XS, S, M, L, XL or XXL.
    #[arg(long, default_value = "S")]
    pub(crate) size: String,
    /// The municipality's seed: the same as `generate --seed`, with the same ids.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many days of ordinary churn have passed; `meta` and `deletedEntities` tell of them.
    #[arg(long, default_value_t = 0)]
    pub(crate) day: u32,
    /// Which register: standard, `v2_0`, edlevo, educloud or demo-sis.
    #[arg(long, default_value = "standard")]
    pub(crate) dialect: String,
    /// The port on 127.0.0.1; 0 for any that is free.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// How many objects a page has when the reader does not say.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) page: u16,
    /// How long a token works.
    #[arg(long, default_value_t = 3600, value_name = "SECONDS")]
    pub(crate) token_seconds: u32,
    /// What goes wrong, as `FAULT[@RESOURCE][:AFTER][xTIMES]`, e.g. status=503@persons:3x2:
    /// three good answers, then two bad ones. May be repeated; `--fault help` lists them.
    #[arg(long)]
    pub(crate) fault: Vec<String>,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// At what: files for School Data Sync, from a register over HTTP, or a simulated Google.
    #[arg(value_enum, default_value_t = DemoOf::Files)]
    pub(crate) of: DemoOf,
    /// Where to keep the demo's files; else a temporary folder that is removed at the end.
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
    /// XS, S, M, L, XL or XXL; else S, and M at Google.
    #[arg(long)]
    pub(crate) size: Option<String>,
    /// The municipality's seed.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// What the demo shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoOf {
    /// A register over HTTP, faults and guards, files.
    Files,
    /// A year of accounts, groups and courses at Google Workspace.
    Google,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Shows a saved plan instead of making one: `plan show ID`.
    #[command(subcommand)]
    pub(crate) show: Option<PlanCommand>,
    /// The receiver; else all that the settings name, one after the other.
    #[arg(long, short)]
    pub(crate) target: Option<String>,
    /// Reads everything that receivers hold, where they can be read, and shows what was
    /// changed there by hand. Else each kind is read once in seven days.
    #[arg(long)]
    pub(crate) verify: bool,
    /// Ends with code 3 when there are changes.
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Shows every operation, not the counts alone.
    #[arg(long)]
    pub(crate) details: bool,
}

/// What can be done with saved plans.
#[derive(Debug, Subcommand)]
pub(crate) enum PlanCommand {
    /// Shows a saved plan.
    Show(PlanShow),
}

/// Arguments of `plan show`.
#[derive(Debug, Args)]
pub(crate) struct PlanShow {
    /// The plan's id, or its beginning.
    pub(crate) plan: String,
    /// Only operations at this school: name, code or id.
    #[arg(long)]
    pub(crate) school: Option<String>,
    /// Only operations that do this, e.g. delete.
    #[arg(long)]
    pub(crate) verb: Option<String>,
    /// At most so many lines.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: usize,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The plan's id, or its beginning.
    pub(crate) plan: String,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The receiver; else all that the settings name, one after the other.
    #[arg(long, short)]
    pub(crate) target: Option<String>,
    /// Carries out what no guard holds.
    #[arg(long)]
    pub(crate) apply: bool,
    /// Reads everything that receivers hold, where they can be read, and shows what was
    /// changed there by hand. Else each kind is read once in seven days.
    #[arg(long)]
    pub(crate) verify: bool,
    /// Shows every operation, not the counts alone.
    #[arg(long)]
    pub(crate) details: bool,
}

/// Arguments of `approve`.
#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// The plan's id, or its beginning; `source:HASH` accepts a register that a guard stopped.
    pub(crate) plan: String,
    /// Why; kept in the audit log.
    #[arg(long, short = 'm')]
    pub(crate) comment: String,
    /// Who approves; else the user name of the system.
    #[arg(long)]
    pub(crate) by: Option<String>,
    /// Only what touches this school: name, code or id. May be repeated.
    #[arg(long)]
    pub(crate) school: Vec<String>,
    /// Only operations that do this, e.g. delete. May be repeated.
    #[arg(long)]
    pub(crate) verb: Vec<String>,
    /// Only the operation with this number, as `plan show` prints it. May be repeated. Needed
    /// for what must be approved one by one: accounts of others, unclear identities.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) operation: Vec<u32>,
    /// Discards the plan instead.
    #[arg(long, conflicts_with_all = ["school", "verb", "operation"])]
    pub(crate) discard: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// E-mail address, user name, the register's id or our own.
    pub(crate) person: String,
    /// The receiver; needed when the settings name several.
    #[arg(long, short)]
    pub(crate) target: Option<String>,
}

/// Arguments of `schools`.
#[derive(Debug, Args)]
pub(crate) struct Schools {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: SchoolsCommand,
}

/// What can be done with the register of school units.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum SchoolsCommand {
    /// Fetches the register and keeps a copy beside the settings.
    Refresh,
    /// Compares the schools that were read last with the copy.
    Check,
}
