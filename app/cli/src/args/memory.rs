//! Arguments of the commands that keep the memory and bring it back.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// A file, or a folder for files named by their date, of which old ones go; else the
    /// folder that the settings name.
    pub(crate) file: Option<PathBuf>,
    /// Seconds to wait for a run that is under way.
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub(crate) wait: u64,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup.
    pub(crate) file: PathBuf,
    /// Restores into a temporary place, compares counts, hashes and the audit log, and
    /// changes nothing.
    #[arg(long)]
    pub(crate) verify: bool,
    /// Puts only the settings file of the backup in the place of --config, where there is
    /// none: the first step on a new machine.
    #[arg(long, conflicts_with = "verify")]
    pub(crate) settings: bool,
    /// The tenant's key, for --settings: `env:NAME`, `file:PATH` or `credential:NAME`.
    #[arg(long, default_value = "file:skolbro.key", value_name = "SECRET")]
    pub(crate) key: String,
}

/// Arguments of `adopt`.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// The receiver; else all of which nothing is remembered.
    #[arg(long, short)]
    pub(crate) target: Option<String>,
    /// Takes over what `EgilSCIM` has sent to the receiver, from its cache file: then nothing is
    /// sent again that is the same.
    #[arg(long, value_name = "FILE", requires = "target")]
    pub(crate) egilscim_cache: Option<std::path::PathBuf>,
}

/// Arguments of `passwords`.
#[derive(Debug, Args)]
#[command(
    after_help = "The file is in the form of age (https://age-encryption.org): whoever has the \
passphrase opens it with that, or with --open. What was handed over is no longer kept; what \
nobody has fetched goes after 180 days."
)]
pub(crate) struct Passwords {
    /// The receiver.
    #[arg(long, short, value_name = "NAME", required_unless_present = "open")]
    pub(crate) target: Option<String>,
    /// Only accounts at this school, by code or name; else all.
    #[arg(long, value_name = "SCHOOL")]
    pub(crate) school: Option<String>,
    /// The file to write; never over another.
    #[arg(long, value_name = "FILE", required_unless_present = "open")]
    pub(crate) out: Option<PathBuf>,
    /// Opens such a file with the passphrase from standard input, into --out or on standard
    /// output.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "school"])]
    pub(crate) open: Option<PathBuf>,
}

/// Arguments of `purge`.
#[derive(Debug, Args)]
pub(crate) struct Purge {
    /// Erases everything kept of this receiver: links, deliveries, plans.
    #[arg(long, conflicts_with_all = ["tenant", "expired"])]
    pub(crate) target: Option<String>,
    /// Erases everything of this tenant, the key included.
    #[arg(long, conflicts_with = "expired")]
    pub(crate) tenant: bool,
    /// Erases what is past its time (reference: retention).
    #[arg(long)]
    pub(crate) expired: bool,
    /// Does it; without it the command tells what it would erase.
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Arguments of `verify-audit`.
#[derive(Debug, Args)]
pub(crate) struct VerifyAudit {
    /// A head noted earlier (`sequence:hash`), to find a tail that was cut off.
    #[arg(long)]
    pub(crate) head: Option<String>,
}
