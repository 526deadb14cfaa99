//! From what a library or a server says to what the caller does next.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use reqwest::Url;
use rustls::{AlertDescription, CertificateError};
use serde_json::Value;

use super::answer::Answer;
use super::error::{Fault, NoAnswer, Nonsense, TlsFault};
use super::settings::Settings;
use super::tls::WrongKey;

/// Whether we have a certificate of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certificate {
    Ours,
    None,
}

impl Certificate {
    pub(super) fn of(settings: &Settings) -> Self {
        if settings.client_certificate.is_some() { Self::Ours } else { Self::None }
    }
}

/// What a status means; `None` for a success.
pub(super) fn status(answer: &Answer, code: Option<String>) -> Option<Fault> {
    number(answer.status(), answer.retry_after(), code)
}

/// The same of an answer that is read to its end.
pub(super) fn number(status: u16, after: Option<Duration>, code: Option<String>) -> Option<Fault> {
    Some(match status {
        200..300 => return None,
        401 | 407 => Fault::Unauthorized { status, code },
        403 => Fault::Denied { status, code },
        404 | 410 => Fault::Gone { status, code },
        429 => Fault::Throttled { status, after, code },
        503 if after.is_some() => Fault::Throttled { status, after, code },
        // Not implemented, version, too long, loop: no later attempt changes them.
        501 | 505 | 506 | 508 | 510 => Fault::Refused { status, code },
        408 | 425 | 500..600 => Fault::Unavailable { status, code },
        400..500 => Fault::Refused { status, code },
        _ => Fault::Nonsense(Nonsense::Status(status)),
    })
}

/// Where the known receivers write their own error code.
const CODES: [&str; 8] = [
    "/error/errors/0/reason", // Google
    "/error/code",            // Microsoft Graph
    "/error/status",          // Google
    "/error",                 // OAuth 2.0, RFC 6749 §5.2
    "/code",                  // SS12000
    "/scimType",              // SCIM, RFC 7644 §3.12
    "/errorCode",
    "/errors/0/code",
];

/// The server's own error code, if it is a short token. Never its message.
pub(super) fn code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let mut found = CODES.iter().filter_map(|path| body.pointer(path)?.as_str());
    found.find(|text| is_code(text)).map(str::to_owned)
}

/// A token, not a name or a number of somebody: begins with a letter, no long row of digits.
fn is_code(text: &str) -> bool {
    let longest = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
        && longest < 6
}

/// What went wrong before an answer began.
pub(super) fn transport(error: &reqwest::Error, url: &Url, own: Certificate) -> Fault {
    if let Some(fault) = find_tls(error, own) {
        return Fault::Tls(fault);
    }
    Fault::NoAnswer(if error.is_timeout() {
        NoAnswer::Timeout
    } else if says(error, "tunnel") || says(error, "socks") {
        NoAnswer::Proxy
    } else if error.is_connect() && !breaks(error) {
        NoAnswer::Connect
    } else if url.scheme() == "https" && own == Certificate::None {
        NoAnswer::ClosedWithoutCertificate
    } else if url.scheme() == "https" {
        NoAnswer::ClosedWithCertificate
    } else {
        NoAnswer::Closed
    })
}

/// What went wrong in the middle of a body.
pub(super) fn body(error: &reqwest::Error) -> Fault {
    let mut is_packing = false;
    for cause in chain(error) {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            is_packing |=
                [io::ErrorKind::InvalidInput, io::ErrorKind::InvalidData].contains(&io.kind());
        }
    }
    if error.is_timeout() {
        Fault::NoAnswer(NoAnswer::Timeout)
    } else if is_packing {
        Fault::Nonsense(Nonsense::Packing)
    } else {
        Fault::NoAnswer(NoAnswer::CutOff)
    }
}

/// The error and its causes, those inside an `io::Error` among them.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'a (dyn StdError + 'static) = *error;
        match error.downcast_ref::<io::Error>() {
            // Its `source` is the inner error's source and leaves out the inner error.
            Some(io) => io.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

/// Whether a library's own words, which hold nothing of ours, name a thing.
fn says(error: &reqwest::Error, word: &str) -> bool {
    chain(error).skip(1).any(|cause| cause.to_string().to_lowercase().contains(word))
}

fn breaks(error: &reqwest::Error) -> bool {
    let kinds = [
        io::ErrorKind::BrokenPipe,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::UnexpectedEof,
    ];
    chain(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| kinds.contains(&error.kind()))
}

fn find_tls(error: &reqwest::Error, own: Certificate) -> Option<TlsFault> {
    chain(error)
        .find_map(|cause| cause.downcast_ref::<rustls::Error>())
        .map(|error| tls(error, own))
}

/// Why TLS failed, where that is what an error of a connection without a certificate of ours
/// says.
#[must_use]
pub fn tls_fault(error: &(dyn StdError + 'static)) -> Option<TlsFault> {
    let found = chain(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
    found.map(|error| tls(error, Certificate::None))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum, which grows")]
fn tls(error: &rustls::Error, own: Certificate) -> TlsFault {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate(error),
        rustls::Error::AlertReceived(alert) => match (alert, own) {
            (AlertDescription::CertificateRequired, _) => TlsFault::WantsCertificate,
            (
                AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
                | AlertDescription::DecryptError
                | AlertDescription::HandshakeFailure,
                own,
            ) => match own {
                Certificate::Ours => TlsFault::RefusedCertificate,
                Certificate::None => TlsFault::WantsCertificate,
            },
            _ => TlsFault::Other,
        },
        _ => TlsFault::Other,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum, which grows")]
fn certificate(error: &CertificateError) -> TlsFault {
    match error {
        // A bad signature: our authority has the signer's name, and another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsFault::UnknownIssuer,
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => TlsFault::Dates,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsFault::Name
        }
        CertificateError::Other(other) if other.0.is::<WrongKey>() => TlsFault::Pin,
        // The verifier has no variant of its own for it.
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => TlsFault::AuthorityAsServer,
        _ => TlsFault::Other,
    }
}

/// One word for the log.
pub(super) fn word(fault: &Fault) -> &'static str {
    match fault {
        Fault::Unauthorized { .. } => "unauthorized",
        Fault::Denied { .. } => "denied",
        Fault::Gone { .. } => "gone",
        Fault::Throttled { .. } => "throttled",
        Fault::Unavailable { .. } => "unavailable",
        Fault::Refused { .. } => "refused",
        Fault::NoAnswer(_) => "no answer",
        Fault::Tls(_) => "tls",
        Fault::NoGrant(_) => "no grant",
        Fault::Nonsense(_) => "nonsense",
        Fault::Ours(_) => "ours",
    }
}
