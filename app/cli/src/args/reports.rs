//! Arguments of `report`.

use clap::{Args, ValueEnum};

/// Arguments of `report`.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Which report.
    pub(crate) what: ReportKind,
    /// Only this school: name, code or id.
    #[arg(long)]
    pub(crate) school: Option<String>,
    /// Only this receiver.
    #[arg(long, short)]
    pub(crate) target: Option<String>,
}

/// The reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportKind {
    /// Data quality: what is wrong in the register, who owns it, how to mend it.
    Quality,
    /// The latest run of each receiver.
    Run,
    /// What each connector can express and do.
    Connectors,
    /// What was told of each object to receivers that are called, when, and how it was taken:
    /// lines for a spreadsheet.
    Deliveries,
}
