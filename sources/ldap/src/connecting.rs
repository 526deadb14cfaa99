//! The way to a directory: address, trust, `StartTLS`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use connect::http::{TlsFault, Url, tls_fault};
use roster::SourceError;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::answer::Says;
use crate::ask;
use crate::place::Place;
use crate::settings::LdapSettings;
use crate::wire::{Trouble, Wire};

/// Whom to trust, where it is not the operating system's authorities.
pub(crate) type Trust = Option<Arc<ClientConfig>>;

/// Why there is no connection.
enum Unreached {
    Because(&'static str),
    By(Trouble),
}

impl<T: Into<Trouble>> From<T> for Unreached {
    fn from(trouble: T) -> Self {
        Self::By(trouble.into())
    }
}

/// Connects, securely where the settings say so.
pub(crate) async fn connected(
    settings: &LdapSettings,
    trust: Trust,
    place: &Place,
) -> Result<Wire, SourceError> {
    let patience = Duration::from_secs(settings.connect_seconds);
    let ended = timeout(patience, reached(settings, trust)).await;
    ended.unwrap_or(Err(Unreached::By(Trouble::Timeout))).map_err(|why| match why {
        Unreached::Because(reason) => place.unavailable(reason),
        Unreached::By(Trouble::Io(error)) => place.unavailable(reason(&error)),
        Unreached::By(trouble @ (Trouble::Timeout | Trouble::Wrong(..))) => place.trouble(&trouble),
    })
}

async fn reached(settings: &LdapSettings, trust: Trust) -> Result<Wire, Unreached> {
    let wait = Duration::from_secs(settings.read_seconds);
    let url = Url::parse(&settings.url).map_err(|_| Unreached::Because("connect"))?;
    let is_tls = url.scheme() == "ldaps";
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port().unwrap_or(if is_tls { 636 } else { 389 });
    let mut wire = Wire::new(TcpStream::connect((host, port)).await?, wait);
    if !is_tls && !settings.start_tls {
        return Ok(wire);
    }
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| Unreached::Because("tls_name"))?;
    if settings.start_tls {
        start_tls(&mut wire).await?;
    }
    let trust = trust.map_or_else(system_trust, Ok)?;
    Ok(wire.secure(&TlsConnector::from(trust), name).await?)
}

/// Asks for TLS (RFC 4511 §4.14).
async fn start_tls(wire: &mut Wire) -> Result<(), Unreached> {
    wire.ask(&ask::start_tls(), &[]).await?;
    let answer = wire.answer().await?;
    match answer.says {
        Says::Extended(outcome) if outcome.code == 0 => Ok(()),
        Says::Notice(_) => Err(Unreached::Because("closed")),
        Says::Extended(_) => Err(Unreached::Because("no_start_tls")),
        Says::Meanwhile | Says::Bound(_) | Says::Entry(_) | Says::Elsewhere | Says::Done(_) => {
            Err(wire.unasked().into())
        }
    }
}

/// Trusts the authorities of the operating system; those that cannot be read are passed over.
fn system_trust() -> Result<Arc<ClientConfig>, Unreached> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| Unreached::Because("tls_other"))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn reason(error: &io::Error) -> &'static str {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, InvalidData, UnexpectedEof};
    let is_cut =
        [ConnectionAborted, ConnectionReset, InvalidData, UnexpectedEof].contains(&error.kind());
    match tls_fault(error) {
        Some(fault) => tls_reason(fault),
        None if is_cut => "closed",
        None => "connect",
    }
}

fn tls_reason(fault: TlsFault) -> &'static str {
    match fault {
        TlsFault::UnknownIssuer => "tls_issuer",
        TlsFault::AuthorityAsServer => "tls_authority",
        TlsFault::Dates => "tls_dates",
        TlsFault::Name => "tls_name",
        TlsFault::Pin => "tls_pin",
        TlsFault::WantsCertificate | TlsFault::RefusedCertificate => "tls_certificate",
        TlsFault::Other => "tls_other",
    }
}
