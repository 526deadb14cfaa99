//! The sub-table `http` of a connector's settings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use secret::SecretRef;
use serde::Deserialize;

use super::explain::Words;
use super::tls;

/// How a connector reaches its system: `[source.NAME.KIND.http]` and its like. Every key can
/// be left out; the defaults suit a service on the internet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How long to wait, in seconds.
    pub timeouts: Timeouts,
    /// What may be read before it is enough.
    pub limits: Limits,
    /// How often a failed call is made again.
    pub retry: RetrySettings,
    /// `system` (environment and operating system, the default), `none`, or the proxy's
    /// address: `http://proxy.example:3128`, `socks5h://proxy.example:1080`.
    pub proxy: ProxySetting,
    /// User name at the proxy.
    pub proxy_user: Option<String>,
    /// Password at the proxy.
    pub proxy_password: Option<SecretRef>,
    /// PEM file with the authorities to trust *instead of* those of the operating system.
    /// Seen from the settings file's folder.
    pub ca_file: Option<PathBuf>,
    /// Public keys, one of which the server must have: `sha256//` and the base64 of the
    /// SHA-256 of its `SubjectPublicKeyInfo`, as for `curl --pinnedpubkey`. Without `ca_file`
    /// the key is trusted by itself, whoever signed its certificate, whatever name and dates
    /// that bears; with it both must hold.
    pub pins: Vec<String>,
    /// Our own certificate, where the server asks for one (mutual TLS).
    pub client_certificate: Option<ClientCertificate>,
    /// Whether unencrypted `http://` is accepted to another machine. Default: no. This
    /// machine itself (127.0.0.1, localhost) is always accepted.
    pub allow_plain_http: bool,
}

/// How long to wait. Seconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// For the connection, TLS included. Default: 10.
    pub connect_seconds: u64,
    /// For the next piece of an answer. Default: 60.
    pub read_seconds: u64,
    /// For one call with its whole answer. Default: 900.
    pub total_seconds: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect_seconds: 10, read_seconds: 60, total_seconds: 900 }
    }
}

/// What may be read before it is enough. Sizes are of the unpacked body, so that a small
/// packed one cannot grow without end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of one body that is read in pieces, in millions. Default: 1024.
    pub max_body_mb: u64,
    /// Bytes of one body that is held as a whole, in millions. Default: 64.
    pub max_whole_mb: u64,
    /// Pages of one list. Default: 100 000.
    pub max_pages: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_body_mb: 1024, max_whole_mb: 64, max_pages: 100_000 }
    }
}

impl Limits {
    pub(crate) fn body(&self) -> u64 {
        self.max_body_mb.saturating_mul(1_000_000)
    }

    pub(crate) fn whole(&self) -> u64 {
        self.max_whole_mb.saturating_mul(1_000_000)
    }
}

/// How often a call is made again, when that can help and does no harm: reads and other calls
/// that may be repeated, after no answer, 408, 425, 429 and 5xx.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetrySettings {
    /// How often a call is made at most, the first time included. Default: 5.
    pub attempts: u32,
    /// The first wait; each is twice the one before, less a random part of up to a half.
    /// Default: 1000.
    pub first_wait_ms: u64,
    /// The longest wait of our own choice. Default: 30.
    pub max_wait_seconds: u64,
    /// How long one call may take with all its waits. A server that asks us to wait longer
    /// (`Retry-After`) is not waited for here: the caller is told. Default: 300.
    pub total_seconds: u64,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self { attempts: 5, first_wait_ms: 1000, max_wait_seconds: 30, total_seconds: 300 }
    }
}

/// Through which proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "String")]
#[schemars(with = "String")]
pub enum ProxySetting {
    /// What environment and operating system say.
    #[default]
    System,
    /// None, whatever they say.
    None,
    /// This one.
    At(String),
}

impl From<String> for ProxySetting {
    fn from(text: String) -> Self {
        match text.as_str() {
            "system" => Self::System,
            "none" => Self::None,
            _ => Self::At(text),
        }
    }
}

/// Our own certificate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCertificate {
    /// PEM file with the certificate and those between it and its authority. Seen from the
    /// settings file's folder.
    pub certificate: PathBuf,
    /// Its private key in PEM, e.g. `file:client.key`.
    pub key: SecretRef,
}

/// What is wrong in the settings, once they could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Keys from the connector's sub-table down, e.g. `["timeouts", "read_seconds"]`.
    pub path: Vec<&'static str>,
    /// What is wrong and what to do.
    pub says: Words,
}

impl Settings {
    /// Makes file names absolute: they are written as seen from `base`, the folder of the
    /// settings file.
    pub fn seen_from(&mut self, base: &Path) {
        if let Some(file) = &mut self.ca_file {
            *file = base.join(&*file);
        }
        if let Some(own) = &mut self.client_certificate {
            own.certificate = base.join(&own.certificate);
        }
    }

    /// Everything that is wrong, all at once.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = self.zeros();
        found.extend(self.proxy_problems());
        if self.pins.iter().any(|pin| tls::Pin::parse(pin).is_none()) {
            found.push(problem(
                &["pins"],
                "En nyckel skrivs `sha256//` och 44 tecken base64, som `curl --pinnedpubkey` vill ha den.",
                "A key is written `sha256//` and 44 characters of base64, as `curl --pinnedpubkey` takes it.",
            ));
        }
        found
    }

    fn zeros(&self) -> Vec<Problem> {
        let Timeouts { connect_seconds, read_seconds, total_seconds } = self.timeouts;
        let Limits { max_body_mb, max_whole_mb, max_pages } = self.limits;
        let RetrySettings { attempts, first_wait_ms, max_wait_seconds, total_seconds: retry_total } =
            self.retry;
        [
            (["timeouts", "connect_seconds"], connect_seconds),
            (["timeouts", "read_seconds"], read_seconds),
            (["timeouts", "total_seconds"], total_seconds),
            (["limits", "max_body_mb"], max_body_mb),
            (["limits", "max_whole_mb"], max_whole_mb),
            (["limits", "max_pages"], max_pages),
            (["retry", "attempts"], u64::from(attempts)),
            (["retry", "first_wait_ms"], first_wait_ms),
            (["retry", "max_wait_seconds"], max_wait_seconds),
            (["retry", "total_seconds"], retry_total),
        ]
        .into_iter()
        .filter(|&(_, value)| value == 0)
        .map(|(path, _)| {
            problem(&path, "Talet ska vara minst 1.", "The number must be at least 1.")
        })
        .collect()
    }

    fn proxy_problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let is_at = match &self.proxy {
            ProxySetting::System | ProxySetting::None => false,
            ProxySetting::At(address) => {
                if !is_proxy(address) {
                    found.push(problem(
                        &["proxy"],
                        "Skriv `system`, `none` eller proxyns adress utan användarnamn och lösenord, t.ex. `http://proxy.example:3128`. Namn och lösenord står i `proxy_user` och `proxy_password`.",
                        "Write `system`, `none` or the proxy's address without user name and password, e.g. `http://proxy.example:3128`. Name and password stand in `proxy_user` and `proxy_password`.",
                    ));
                }
                true
            }
        };
        if self.proxy_user.is_some() != self.proxy_password.is_some() {
            found.push(problem(
                &["proxy_user"],
                "`proxy_user` och `proxy_password` hör ihop: skriv båda eller ingen.",
                "`proxy_user` and `proxy_password` belong together: write both or neither.",
            ));
        } else if self.proxy_user.is_some() && !is_at {
            found.push(problem(
                &["proxy_user"],
                "`proxy_user` gäller bara när proxyns adress står i `proxy`.",
                "`proxy_user` counts only when the proxy's address stands in `proxy`.",
            ));
        }
        found
    }

    pub(crate) fn total(&self) -> Duration {
        Duration::from_secs(self.timeouts.total_seconds)
    }
}

fn is_proxy(address: &str) -> bool {
    reqwest::Url::parse(address).is_ok_and(|url| {
        ["http", "https", "socks5", "socks5h"].contains(&url.scheme())
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    })
}

fn problem(path: &[&'static str], sv: &str, en: &str) -> Problem {
    Problem { path: path.to_vec(), says: Words::new(sv, en) }
}
