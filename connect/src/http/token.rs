//! Tokens: fetched once at a time, kept until shortly before they end, renewed once when
//! they are refused.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::HeaderValue;
use secret::{Secret, Secrets};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::auth::{AuthSettings, Credentials, CredentialsIn, SignIn, bearer};
use super::client::{Client, form};
use super::error::{Error, Fault, SIGN_IN, Setup};
use super::request::Repeat;
use super::settings::Settings;

/// An access token.
pub struct Token {
    /// The token.
    pub value: Secret,
    /// How long it lasts, where that was said. Otherwise it is used until it is refused.
    pub lasts: Option<Duration>,
}

/// Gives out tokens. [`AuthSettings`] has what most systems want; a connector whose system
/// wants something else (a signed assertion, for instance) brings its own to
/// [`Client::with_tokens`].
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// Fetches a new token.
    async fn token(&self) -> Result<Token, Error>;
}

/// The longest time before its end at which a token is renewed; a short one is renewed after
/// nine tenths.
const MARGIN: Duration = Duration::from_mins(1);

pub(super) struct TokenCache {
    source: Arc<dyn TokenSource>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Counts tokens: tells which one was refused.
    ticket: u64,
    token: Option<(HeaderValue, Option<Instant>)>,
    /// The last fetch that failed, and when it ended.
    failed: Option<(Instant, Error)>,
}

impl TokenCache {
    pub(super) fn new(source: Arc<dyn TokenSource>) -> Self {
        Self { source, kept: Mutex::default() }
    }

    /// Takes the token for refused: the next call fetches another.
    pub(super) async fn forget(&self) {
        self.kept.lock().await.token = None;
    }

    /// The header's value and the token's ticket. `stale` is the ticket of a token that was
    /// refused: it is renewed, unless somebody else has done so.
    pub(super) async fn header(&self, stale: Option<u64>) -> Result<(HeaderValue, u64), Error> {
        let asked = Instant::now();
        // Held while a token is fetched, so that the others wait for the same one.
        let mut kept = self.kept.lock().await;
        if let Some((value, renew)) = &kept.token
            && stale != Some(kept.ticket)
            && renew.is_none_or(|renew| Instant::now() < renew)
        {
            return Ok((value.clone(), kept.ticket));
        }
        // Who waited for a fetch that failed has its answer, too.
        if let Some((at, error)) = &kept.failed
            && *at > asked
        {
            return Err(error.clone());
        }
        kept.token = None;
        kept.failed = None;
        let Token { value, lasts } = match self.source.token().await {
            Ok(token) => token,
            Err(error) => {
                kept.failed = Some((Instant::now(), error.clone()));
                return Err(error);
            }
        };
        let renew = lasts.map(|lasts| Instant::now() + renewed_after(lasts));
        let value = bearer(&value).map_err(|_| Error::ours("the token cannot be sent"))?;
        kept.ticket += 1;
        kept.token = Some((value.clone(), renew));
        Ok((value, kept.ticket))
    }
}

/// A token that is said to last longer is renewed after this long all the same.
const LONGEST: Duration = Duration::from_hours(24);

fn renewed_after(lasts: Duration) -> Duration {
    let lasts = lasts.min(LONGEST);
    lasts.saturating_sub(MARGIN.min(lasts / 10))
}

/// OAuth 2.0 client credentials.
pub(super) struct ClientCredentials {
    client: Client,
    body: Secret,
}

#[derive(Deserialize)]
struct WireToken {
    access_token: String,
    /// Seconds; some servers write it as text.
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
}

impl ClientCredentials {
    pub(super) fn new(
        credentials: &Credentials,
        http: &Settings,
        secrets: &dyn Secrets,
    ) -> Result<Self, Setup> {
        let Credentials { token_url, client_id, secret, scope, audience, credentials_in } =
            credentials;
        let secret = secret.as_ref().map(|secret| secrets.secret(secret)).transpose()?;
        let mut fields = vec![("grant_type", "client_credentials")];
        let mut sign_in = SignIn::None;
        match (credentials_in, &secret) {
            (CredentialsIn::Basic, Some(secret)) => {
                // Both are form-encoded first (RFC 6749 §2.3.1).
                let user = encoded(client_id);
                sign_in = SignIn::Basic(user, Secret::new(encoded(secret.expose())));
            }
            (CredentialsIn::Basic, None) => {
                return Err(Setup::Settings("auth.client_credentials.secret"));
            }
            (CredentialsIn::Body, secret) => {
                fields.push(("client_id", client_id));
                fields.extend(secret.iter().map(|secret| ("client_secret", secret.expose())));
            }
        }
        fields.extend(scope.iter().map(|scope| ("scope", scope.as_str())));
        fields.extend(audience.iter().map(|audience| ("audience", audience.as_str())));
        let body = Secret::new(form(&fields));
        let mut client = Client::new(token_url, http, &AuthSettings::None, secrets)?;
        client.set_sign_in(sign_in);
        Ok(Self { client, body })
    }
}

fn encoded(text: &str) -> String {
    form(&[("", text)]).trim_start_matches('=').to_owned()
}

#[async_trait]
impl TokenSource for ClientCredentials {
    async fn token(&self) -> Result<Token, Error> {
        let request = self.client.post("").named(SIGN_IN).repeat(Repeat::Safe);
        let body = self.body.expose().as_bytes().to_vec();
        let request = request.body("application/x-www-form-urlencoded", body);
        let wire: WireToken = request.json().await.map_err(as_sign_in)?;
        let lasts = wire.expires_in.as_ref().and_then(seconds).map(Duration::from_secs);
        Ok(Token { value: Secret::new(wire.access_token), lasts })
    }
}

fn seconds(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// A sign-in that is refused is about our credentials, whatever the status (RFC 6749 §5.2
/// says 400).
fn as_sign_in(mut error: Error) -> Error {
    if let Fault::Refused { status, code } | Fault::Denied { status, code } = &mut *error.fault {
        *error.fault = Fault::Unauthorized { status: *status, code: code.take() };
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_its_end_and_within_a_day() {
        let second = Duration::from_secs;
        assert_eq!(renewed_after(second(0)), second(0));
        assert_eq!(renewed_after(second(100)), second(90));
        assert!(renewed_after(second(u64::MAX)) < LONGEST);
    }
}
