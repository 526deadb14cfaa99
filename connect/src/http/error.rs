//! What can go wrong, sorted by what the caller does next.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secret::SecretError;

use super::service_account::NoGrant;

/// Where a call went: enough to find it, nothing that names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The host, with its port where that is unusual.
    pub host: Arc<str>,
    /// The path's template, e.g. `/persons/{id}`. Never the path.
    pub label: &'static str,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, label } = self;
        // A template below the base address has no slash of its own.
        let slash = if label.starts_with(char::is_alphanumeric) { "/" } else { "" };
        write!(f, "{host}{slash}{label}")
    }
}

/// The label of calls to where tokens are had.
pub(super) const SIGN_IN: &str = " (sign-in)";

/// A call that failed, after every attempt that was worth making.
///
/// The text names host, template, status and the server's own short error code. It never
/// holds a URL, a query, a body or a message of the server's: those may name a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct Error {
    /// Where.
    pub place: Place,
    /// What, by what to do next. Boxed: an error is seldom and should weigh little.
    pub fault: Box<Fault>,
    /// How often it was tried.
    pub attempts: u32,
}

/// What went wrong, by what the caller does next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Our credentials were not accepted (401, 407, or the sign-in refused them). Stop; a
    /// person must act.
    #[error("our credentials were refused ({status}{})", code_text(code.as_deref()))]
    Unauthorized {
        /// The status.
        status: u16,
        /// The server's own error code.
        code: Option<String>,
    },
    /// We are known and may not do this (403). Stop, or report and go on; a person must act.
    #[error("not allowed ({status}{})", code_text(code.as_deref()))]
    Denied {
        /// The status.
        status: u16,
        /// The server's own error code.
        code: Option<String>,
    },
    /// There is no such thing (404, 410): a single object is away; for a list, the address is
    /// wrong or a delta token has run out.
    #[error("not there ({status}{})", code_text(code.as_deref()))]
    Gone {
        /// The status.
        status: u16,
        /// The server's own error code.
        code: Option<String>,
    },
    /// Asked to slow down (429, or 503 with `Retry-After`). Wait, then try again.
    #[error("asked us to wait ({status}{})", code_text(code.as_deref()))]
    Throttled {
        /// The status.
        status: u16,
        /// For how long, where it said.
        after: Option<Duration>,
        /// The server's own error code.
        code: Option<String>,
    },
    /// The server is in trouble (5xx, 408, 425). Try again later.
    #[error("out of order ({status}{})", code_text(code.as_deref()))]
    Unavailable {
        /// The status.
        status: u16,
        /// The server's own error code.
        code: Option<String>,
    },
    /// The call itself was refused (any other 4xx). Report it and go on with the next.
    #[error("refused the call ({status}{})", code_text(code.as_deref()))]
    Refused {
        /// The status.
        status: u16,
        /// The server's own error code.
        code: Option<String>,
    },
    /// No answer, or not all of it. Try again later.
    #[error("{0}")]
    NoAnswer(NoAnswer),
    /// Server and we do not trust each other. Stop; a person must act.
    #[error("{0}")]
    Tls(TlsFault),
    /// A service account was given no token. Stop; a person must act.
    #[error("the sign-in was refused: {0}")]
    NoGrant(Box<NoGrant>),
    /// An answer that makes no sense. Nothing of it may be used; a person should look.
    #[error("{0}")]
    Nonsense(Nonsense),
    /// A secret or a request of ours could not be made. Stop; a person must act.
    #[error("{0}")]
    Ours(&'static str),
}

/// Why there is no answer, or not all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// The name is not known, or nobody listens there.
    #[error("could not be reached")]
    Connect,
    /// Over a time limit of ours.
    #[error("did not answer in time")]
    Timeout,
    /// The connection broke before an answer began.
    #[error("broke the connection before it answered")]
    Closed,
    /// As [`NoAnswer::Closed`] over TLS without a certificate of ours: the server may want one.
    #[error("broke the connection before it answered; it may want a client certificate")]
    ClosedWithoutCertificate,
    /// The same with one: the server may not accept it, and need not say so before the call.
    #[error("broke the connection before it answered; it may not accept our client certificate")]
    ClosedWithCertificate,
    /// The answer ended in the middle.
    #[error("broke off in the middle of its answer")]
    CutOff,
    /// The proxy did not let us through.
    #[error("the proxy did not let us through")]
    Proxy,
}

/// Why a TLS connection was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// Signed by nobody whom we trust.
    #[error("the certificate is signed by nobody whom we trust")]
    UnknownIssuer,
    /// Self-signed, and marked as an authority: never accepted as a server's by its chain.
    #[error("the certificate is an authority's own, not a server's")]
    AuthorityAsServer,
    /// Over its end date, or not valid yet.
    #[error("the certificate is not valid today")]
    Dates,
    /// For another name.
    #[error("the certificate is for another name")]
    Name,
    /// None of the pinned keys.
    #[error("the certificate has another key than those that are pinned")]
    Pin,
    /// The server wants a certificate of ours and got none.
    #[error("the server wants a client certificate")]
    WantsCertificate,
    /// The server did not accept our certificate.
    #[error("the server did not accept our client certificate")]
    RefusedCertificate,
    /// Something else, e.g. no TLS at all at that port.
    #[error("no secure connection could be made")]
    Other,
}

/// Why an answer makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Nonsense {
    /// A web page: a sign-in page, a firewall's notice, a wrong address.
    #[error("answered with a web page")]
    Html,
    /// Another kind of content than was asked for.
    #[error("answered with another kind of content ({found})")]
    ContentType {
        /// The media type, if it is a short token.
        found: String,
    },
    /// More bytes than the limit.
    #[error("the answer is over {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// Not what was announced: broken packing.
    #[error("the answer cannot be unpacked")]
    Packing,
    /// JSON that is broken, or of another shape. Place in the body alone.
    #[error("the answer cannot be read as JSON, line {line}, column {column}")]
    Json {
        /// Line from 1.
        line: usize,
        /// Column from 1.
        column: usize,
    },
    /// A status that is no answer to this call.
    #[error("answered with status {0}")]
    Status(u16),
    /// Sent us to another host, or from https to http.
    #[error("sends us to another host")]
    RedirectElsewhere,
    /// Sent us on too often, in a ring, or without a place.
    #[error("sends us on without end")]
    RedirectLoop,
    /// A link to the next page that leaves the host.
    #[error("a link to the next page leaves the host")]
    LinkElsewhere,
    /// A link or a token that was there before.
    #[error("a link to the next page repeats: page {page}")]
    PageRepeats {
        /// Counted from 1.
        page: u64,
    },
    /// More pages than the limit.
    #[error("the list is over {limit} pages")]
    TooManyPages {
        /// The limit.
        limit: u64,
    },
}

impl Error {
    /// An error that a connector finds itself, at a place of [`Client::place`](super::Client).
    #[must_use]
    pub fn new(place: Place, fault: Fault) -> Self {
        Self { place, fault: Box::new(fault), attempts: 1 }
    }

    /// Whether it is about where tokens are had, whatever was called.
    #[must_use]
    pub fn is_sign_in(&self) -> bool {
        self.place.label == SIGN_IN
    }

    /// Something of ours, before any place is known.
    pub(super) fn ours(what: &'static str) -> Self {
        Self::new(Place { host: Arc::from("skolbro"), label: "" }, Fault::Ours(what))
    }

    /// How long to wait before the same call is worth making again, if it is.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match &*self.fault {
            Fault::Throttled { after, .. } => Some(after.unwrap_or(Duration::from_mins(1))),
            Fault::Unavailable { .. } | Fault::NoAnswer(_) => Some(Duration::from_secs(30)),
            Fault::Unauthorized { .. }
            | Fault::Denied { .. }
            | Fault::Gone { .. }
            | Fault::Refused { .. }
            | Fault::Tls(_)
            | Fault::NoGrant(_)
            | Fault::Nonsense(_)
            | Fault::Ours(_) => None,
        }
    }

    /// The status, where there was an answer with one that failed.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match &*self.fault {
            Fault::Unauthorized { status, .. }
            | Fault::Denied { status, .. }
            | Fault::Gone { status, .. }
            | Fault::Throttled { status, .. }
            | Fault::Unavailable { status, .. }
            | Fault::Refused { status, .. }
            | Fault::Nonsense(Nonsense::Status(status)) => Some(*status),
            Fault::NoAnswer(_)
            | Fault::Tls(_)
            | Fault::NoGrant(_)
            | Fault::Nonsense(_)
            | Fault::Ours(_) => None,
        }
    }

    /// The server's own error code, where it was a short token.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &*self.fault {
            Fault::Unauthorized { code, .. }
            | Fault::Denied { code, .. }
            | Fault::Gone { code, .. }
            | Fault::Throttled { code, .. }
            | Fault::Unavailable { code, .. }
            | Fault::Refused { code, .. } => code.as_deref(),
            Fault::NoAnswer(_)
            | Fault::Tls(_)
            | Fault::NoGrant(_)
            | Fault::Nonsense(_)
            | Fault::Ours(_) => None,
        }
    }
}

fn code_text(code: Option<&str>) -> String {
    code.map(|code| format!(" {code}")).unwrap_or_default()
}

/// Why a client could not be made. A person must act, each time.
#[derive(Debug, thiserror::Error)]
pub enum Setup {
    /// Correct the address: `https://host/path`, without user name, query and fragment.
    #[error("the address is no https:// address of a host")]
    Address,
    /// Use https, or say `allow_plain_http`.
    #[error("{host} would be called without encryption")]
    PlainHttp {
        /// The host.
        host: String,
    },
    /// Provide the secret.
    #[error("a secret is missing")]
    Secret(#[from] SecretError),
    /// A secret holds what no header can: a line break, for instance.
    #[error("a secret holds characters that cannot be sent")]
    SecretText,
    /// Put the file there, or correct the setting.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file holds no certificate in PEM.
    #[error("{} holds no certificate in PEM", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The client certificate's key cannot be read, or belongs to another certificate.
    #[error("the client certificate's key cannot be read or belongs to another certificate")]
    ClientKey,
    /// The key file of a service account cannot be read.
    #[error("the file is no key of a service account")]
    KeyFile,
    /// The machine has no list of authorities: install `ca-certificates`, or name `ca_file`
    /// or `pins`.
    #[error("this machine has no list of trusted authorities")]
    NoAuthorities,
    /// Settings that [`Settings::problems`](super::Settings::problems) refuses.
    #[error("the settings under {0} are wrong")]
    Settings(&'static str),
}
