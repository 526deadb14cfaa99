//! Arguments of the simulated Google.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// By which it is looked at and things are done to it while it runs.
const ADMIN: &str = "At the admin port, over HTTP and without sign-in:
  GET    /counts      calls by method and status, each part of a batch one; quotas; refused calls;
                      DELETE counts from nothing again
  GET    /status      requests over HTTP by method, type and status
  GET    /dump        everything that is held, in order
  POST   /fill        puts in what the body holds, of the form that /dump has under the tenant
  POST   /fault       the body is a fault; DELETE takes all away
  POST   /pass        sets the clock forward: ?seconds=N
  POST   /expire      ends every token
  POST   /remove      takes objects away by hand: ?type=users&n=3, or &id=ID; also groups, courses
  POST   /change      alters a field by hand: ?type=users&n=3&path=name.givenName, its new value as
                      JSON in the body
  POST   /reset       as at the start
  POST   /save        writes the state file

Names of --quota: directory, user-inserts, unit-writes, classroom, classroom-project, settings.
Names of --window: fresh-user, fresh-in-classroom, renamed, group-again, alias-again, in-batch,
owner-moves. Names of --limit: batch, classroom-batch, aliases, groups-of-user, users, archived,
teachers, members, courses-of-user, invitations, roster-page, largest-roster-page, course-page,
largest-course-page.";

/// Arguments of `simulate google`.
#[derive(Debug, Args)]
#[command(after_help = ADMIN)]
pub(crate) struct SimulateGoogle {
    /// Where it listens; on loopback alone. Port 0 is any that is free.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,
    /// Where its admin port is; the same holds.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    pub(crate) admin: SocketAddr,
    /// The server's certificate and chain (PEM): TLS instead of plain HTTP.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Where the service account's key file is written, as Google's console gives it; its
    /// `token_uri` is the simulator's. A new key each time.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// A file that the state is read from at the start and written to at the end.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// A file that is put in at the start: JSON of the form that /dump has under the tenant.
    #[arg(long, value_name = "FILE")]
    pub(crate) fill: Option<PathBuf>,
    /// A domain of the customer's, the primary one first. May be repeated.
    #[arg(long, default_value = "exempel.se", value_name = "DOMAIN")]
    pub(crate) domain: Vec<String>,
    /// The address of a super administrator, who is there from the start. May be repeated.
    #[arg(long, default_value = "admin@exempel.se", value_name = "ADDRESS")]
    pub(crate) administrator: Vec<String>,
    /// A scope that is delegated to the service account, without
    /// `https://www.googleapis.com/auth/`; all when none is given. May be repeated.
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
    /// An organisational unit that is there from the start, with those above it. May be repeated.
    #[arg(long, value_name = "/PATH")]
    pub(crate) unit: Vec<String>,
    /// A custom field of users that exists. May be repeated.
    #[arg(long, value_name = "SCHEMA.FIELD")]
    pub(crate) custom_field: Vec<String>,
    /// The address of a consumer account that nobody manages. May be repeated.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) unmanaged: Vec<String>,
    /// Whether `externalIds` of groups is kept, or dropped without a word.
    #[arg(long, value_enum, default_value_t = GroupIds::Kept)]
    pub(crate) group_ids: GroupIds,
    /// Whether Classroom is on.
    #[arg(long, value_enum, default_value_t = OnOff::On)]
    pub(crate) classroom: OnOff,
    /// How many calls may be made: as Google has published, or any number.
    #[arg(long, value_enum, default_value_t = RealOff::Off)]
    pub(crate) quotas: RealOff,
    /// One quota otherwise, e.g. classroom=600; 0 takes it away. May be repeated.
    #[arg(long, value_name = "NAME=CALLS")]
    pub(crate) quota: Vec<String>,
    /// The status by which Directory says that a minute's calls are used up.
    #[arg(long, default_value_t = 403, value_parser = clap::value_parser!(u16).range(403..=429))]
    pub(crate) quota_status: u16,
    /// How long what was done is not seen everywhere: as has been seen at Google, or not at all.
    #[arg(long, value_enum, default_value_t = RealOff::Off)]
    pub(crate) windows: RealOff,
    /// One of them otherwise, e.g. fresh-user=40. May be repeated.
    #[arg(long, value_name = "NAME=SECONDS")]
    pub(crate) window: Vec<String>,
    /// A size that Google sets, otherwise, e.g. teachers=20. May be repeated.
    #[arg(long, value_name = "NAME=NUMBER")]
    pub(crate) limit: Vec<String>,
    /// How many times faster than the system's its clock runs: quotas, windows, tokens and the
    /// twenty days of deleted users.
    #[arg(long, default_value_t = 1.0, value_name = "TIMES")]
    pub(crate) speed: f64,
    /// Decides what chance decides.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// What goes wrong, as `FAULT[/EVERY][@PLACE][:AFTER][xTIMES]`, e.g.
    /// status=503,html/50@classroom. or lost@POST:3x1. EVERY may be `10%`. May be repeated;
    /// `--fault help` lists them.
    #[arg(long)]
    pub(crate) fault: Vec<String>,
}

/// What becomes of `externalIds` of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroupIds {
    /// It is kept.
    Kept,
    /// It is dropped without a word.
    Dropped,
}

/// Whether something is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnOff {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// As it really is, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RealOff {
    /// As it really is.
    Real,
    /// Not at all.
    Off,
}
