//! Arguments of the simulated receivers.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

/// By which a receiver is looked at and things are done to it while it runs.
const ADMIN: &str = "At the admin port, over HTTP and without sign-in:
  GET    /status      calls by method, type and status, most in flight, needless writes, conflicts;
                      DELETE counts from nothing again
  GET    /dump        everything that is held, sorted; ?tenant=NAME for one tenant's
  POST   /fault       the body is a fault; DELETE takes all away
  POST   /remove      takes objects away by hand: ?type=Users&n=3, or &id=ID
  POST   /change      alters an attribute by hand: ?type=Users&n=3&path=displayName, its new value
                      as JSON in the body
  POST   /reset       an empty receiver
  POST   /save        writes the state file

Without --api-key, --bearer and --client-pin the tenant is `demo`, with the key and token `demo`.";

/// What the simulated receivers have in common.
#[derive(Debug, Args)]
pub(crate) struct Receiver {
    /// Where it listens; on loopback alone. Port 0 is any that is free.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,
    /// Where its admin port is; the same holds.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    pub(crate) admin: SocketAddr,
    /// A tenant and its API key. May be repeated, as all that let somebody in.
    #[arg(long, value_name = "TENANT=KEY")]
    pub(crate) api_key: Vec<String>,
    /// The header that API keys stand in.
    #[arg(long, default_value = "X-API-Key", value_name = "NAME")]
    pub(crate) api_key_header: String,
    /// A tenant and its bearer token.
    #[arg(long, value_name = "TENANT=TOKEN")]
    pub(crate) bearer: Vec<String>,
    /// A tenant and its client certificate: base64 of SHA-256 of the public key, as curl's
    /// `sha256//...`.
    #[arg(long, value_name = "TENANT=PIN", requires = "tls_cert")]
    pub(crate) client_pin: Vec<String>,
    /// Who must have issued the clients' certificates (PEM); else the pin alone decides.
    #[arg(long, value_name = "FILE", requires = "client_pin")]
    pub(crate) client_ca: Option<PathBuf>,
    /// The server's certificate and chain (PEM): TLS instead of plain HTTP.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its private key (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// A file that the state is read from at the start and written to at the end.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// What goes wrong, as `FAULT[/EVERY][@PLACE][:AFTER][xTIMES]`, e.g. error/50@POST: every
    /// fiftieth POST, or lost@Users:3x1: the fourth call for users. EVERY may be `10%`. May be
    /// repeated; `--fault help` lists them.
    #[arg(long)]
    pub(crate) fault: Vec<String>,
}

/// Arguments of `simulate egil`.
#[derive(Debug, Args)]
#[command(after_help = ADMIN)]
pub(crate) struct SimulateEgil {
    /// What the simulated receivers have in common.
    #[command(flatten)]
    pub(crate) receiver: Receiver,
    /// Refuses references to what is not there.
    #[arg(long, default_value_t = true, action = ArgAction::Set, value_name = "true|false")]
    pub(crate) check_references: bool,
    /// Refuses attributes that the profile does not have, and `schemas` without the type.
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Arguments of `simulate scim`.
#[derive(Debug, Args)]
#[command(after_help = ADMIN)]
pub(crate) struct SimulateScim {
    /// What the simulated receivers have in common.
    #[command(flatten)]
    pub(crate) receiver: Receiver,
    /// Which types it has: User and Group of RFC 7643, or the seven of EGIL.
    #[arg(long, value_enum, default_value_t = ResourceTypes::Core)]
    pub(crate) resource_types: ResourceTypes,
    /// How many resources a page has when nobody says.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) page: u16,
    /// How many it has at most.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) largest_page: u16,
    /// How many operations a bulk request may have.
    #[arg(long, default_value_t = 1_000, value_name = "OPERATIONS")]
    pub(crate) largest_bulk: usize,
    /// How large a bulk request may be.
    #[arg(long, default_value_t = 1 << 20, value_name = "BYTES")]
    pub(crate) largest_payload: usize,
}

/// What a service provider of SCIM holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResourceTypes {
    /// User, with the Enterprise extension, and Group.
    Core,
    /// The seven of EGIL.
    Egil,
}
