//! Sign-in with a service account's key, on behalf of a user (RFC 7523; Google calls the
//! permission for it domain-wide delegation).
//!
//! A client that is made with such tokens ([`super::Client::with_tokens`]) keeps one for its
//! subject and scopes until a minute before it ends. When a set of scopes is refused, each is
//! asked for alone: so a person is told which one is missing.
//!
//! # Source
//!
//! reference/google.md §3.1; RFC 7523 §2.1, §3.

mod grant;
mod jwt;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secret::{Secret, Secrets};
use serde::Deserialize;

use super::auth::AuthSettings;
use super::client::{Client, form};
use super::error::{Error, Fault, SIGN_IN, Setup};
use super::request::Repeat;
use super::settings::Settings;
use super::token::{Token, TokenSource};
use jwt::Signer;

pub use grant::NoGrant;

/// Tells the time: an assertion says when it was made.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where tokens are had when the key file does not say.
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";
/// The kind of grant (RFC 7523 §2.1).
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// A service account, by its key.
#[derive(Clone)]
pub struct ServiceAccount {
    email: Arc<str>,
    client_id: Arc<str>,
    token_uri: Arc<str>,
    signer: Arc<Signer>,
}

/// What stands in a key file. Other fields are of no use to us.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    private_key_id: String,
    private_key: Secrecy,
    #[serde(default)]
    token_uri: Option<String>,
}

/// A text that is wiped when it is dropped.
struct Secrecy(Secret);

impl<'de> Deserialize<'de> for Secrecy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Secret::new).map(Self)
    }
}

impl ServiceAccount {
    /// Reads a key file (JSON, as Google gives it out).
    ///
    /// # Errors
    ///
    /// [`Setup::KeyFile`] when it is none, or its key is no RSA key.
    pub fn read(file: &Secret) -> Result<Self, Setup> {
        // The parser's words may repeat a part of the key.
        let file: KeyFile = serde_json::from_str(file.expose()).map_err(|_| Setup::KeyFile)?;
        let KeyFile { client_email, client_id, private_key_id, private_key, token_uri } = file;
        let signer = Signer::new(&private_key.0, &private_key_id).ok_or(Setup::KeyFile)?;
        Ok(Self {
            email: client_email.into(),
            client_id: client_id.into(),
            token_uri: token_uri.as_deref().unwrap_or(TOKEN_URI).into(),
            signer: Arc::new(signer),
        })
    }

    /// The number by which an administrator delegates scopes to it.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Tokens to do what `scopes` say on behalf of `subject`, or of itself.
    ///
    /// # Errors
    ///
    /// [`Setup`] when the place where tokens are had cannot be called.
    pub fn tokens(
        &self,
        subject: Option<&str>,
        scopes: &[&str],
        now: Now,
        http: &Settings,
        secrets: &dyn Secrets,
    ) -> Result<Arc<dyn TokenSource>, Setup> {
        let client = Client::new(&self.token_uri, http, &AuthSettings::None, secrets)?;
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let subject = subject.map(str::to_owned);
        Ok(Arc::new(Assertions { account: self.clone(), client, subject, scopes, now }))
    }
}

/// Tokens by signed assertions.
struct Assertions {
    account: ServiceAccount,
    client: Client,
    subject: Option<String>,
    scopes: Vec<String>,
    now: Now,
}

#[derive(Deserialize)]
struct WireToken {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

/// RFC 6749 §5.2.
#[derive(Deserialize, Default)]
#[serde(default)]
struct WireRefusal {
    error: String,
    error_description: String,
}

#[async_trait]
impl TokenSource for Assertions {
    async fn token(&self) -> Result<Token, Error> {
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        let mut error = match self.ask(&scopes).await {
            Ok(token) => return Ok(token),
            Err(error) => error,
        };
        if let Fault::NoGrant(why) = &mut *error.fault
            && let NoGrant::NotDelegated { missing, .. } = &mut **why
            && scopes.len() > 1
        {
            let alone = self.refused_alone(&scopes).await?;
            // None: the delegation came meanwhile, or only the whole is refused.
            if !alone.is_empty() {
                *missing = alone;
            }
        }
        Err(error)
    }
}

fn is_not_delegated(error: &Error) -> bool {
    let Fault::NoGrant(why) = &*error.fault else { return false };
    matches!(**why, NoGrant::NotDelegated { .. })
}

impl Assertions {
    /// One missing scope fails the whole set (reference/google.md §3.1): which are they?
    async fn refused_alone(&self, scopes: &[&str]) -> Result<Vec<String>, Error> {
        let mut missing = Vec::new();
        for scope in scopes {
            let Err(error) = self.ask(&[scope]).await else { continue };
            if !is_not_delegated(&error) {
                return Err(error);
            }
            missing.push((*scope).to_owned());
        }
        Ok(missing)
    }

    async fn ask(&self, scopes: &[&str]) -> Result<Token, Error> {
        let ServiceAccount { email, token_uri, signer, .. } = &self.account;
        let claims = jwt::Claims {
            issuer: email,
            subject: self.subject.as_deref(),
            scopes,
            audience: token_uri,
            made: (self.now)(),
        };
        let assertion = signer.assertion(&claims);
        let assertion =
            assertion.ok_or_else(|| self.error(Fault::Ours("the key could not sign")))?;
        let body = form(&[("grant_type", GRANT), ("assertion", assertion.expose())]);
        let request = self.client.post("").named(SIGN_IN).repeat(Repeat::Safe);
        let request = request.body("application/x-www-form-urlencoded", body);
        let answer = request.send_any().await?;
        let status = answer.status();
        if (200..300).contains(&status) {
            let WireToken { access_token, expires_in } = answer.json().await?;
            let lasts = expires_in.map(Duration::from_secs);
            return Ok(Token { value: Secret::new(access_token), lasts });
        }
        let body = answer.bytes().await.unwrap_or_default();
        let WireRefusal { error, error_description } =
            serde_json::from_slice(&body).unwrap_or_default();
        Err(self.error(grant::fault(status, &error, &error_description, || {
            let missing: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
            NoGrant::NotDelegated {
                client_id: self.account.client_id.as_ref().to_owned(),
                missing,
                wanted: self.scopes.clone(),
            }
        })))
    }

    fn error(&self, fault: Fault) -> Error {
        Error::new(self.client.place(SIGN_IN), fault)
    }
}
