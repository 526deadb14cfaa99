//! How we sign in: the key `auth` of a connector's settings.

use std::fmt;
use std::sync::Arc;

use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use schemars::JsonSchema;
use secret::{Secret, SecretRef, Secrets};
use serde::Deserialize;

use super::error::{Error, Setup};
use super::explain::Words;
use super::settings::{Problem, Settings};
use super::token::{ClientCredentials, TokenCache, TokenSource};

/// How we sign in. Mutual TLS is `http.client_certificate`, alone or beside one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthSettings {
    /// Not at all, or by client certificate alone.
    #[default]
    None,
    /// `bearer = "env:NAME"`: a token that does not change.
    Bearer(SecretRef),
    /// `api_key = { header = "X-API-Key", key = "env:NAME" }`.
    ApiKey(ApiKey),
    /// `basic = { user = "...", password = "env:NAME" }`.
    Basic(Basic),
    /// `client_credentials = { token_url = "...", client_id = "...", secret = "env:NAME" }`.
    ClientCredentials(Credentials),
}

/// A key in a header of the receiver's choice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The header's name.
    pub header: String,
    /// The key.
    pub key: SecretRef,
}

/// User name and password.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Basic {
    /// User name.
    pub user: String,
    /// Password.
    pub password: SecretRef,
}

/// OAuth 2.0 client credentials (RFC 6749 §4.4).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Where tokens are given out. Reached with the same `http` settings: with pins, name the
    /// key of this server too.
    pub token_url: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there. Left out where the client certificate alone proves who we are
    /// (RFC 8705).
    pub secret: Option<SecretRef>,
    /// What we ask to do, where the server wants it said.
    pub scope: Option<String>,
    /// For which service, where the server wants it said.
    pub audience: Option<String>,
    /// Where name and secret stand: `body` (default) or `basic`.
    #[serde(default)]
    pub credentials_in: CredentialsIn,
}

/// Where client id and secret stand in the token request (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialsIn {
    /// In the form.
    #[default]
    Body,
    /// In the header `Authorization: Basic`.
    Basic,
}

impl AuthSettings {
    /// Everything that is wrong, all at once. Paths begin below `auth`.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        match self {
            Self::None | Self::Bearer(_) | Self::Basic(_) => Vec::new(),
            Self::ApiKey(ApiKey { header, key: _ }) => {
                if HeaderName::from_bytes(header.as_bytes()).is_ok() {
                    return Vec::new();
                }
                vec![Problem {
                    path: vec!["api_key", "header"],
                    says: Words::new(
                        "Det är inget namn på ett sidhuvud (HTTP header).",
                        "That is no name of an HTTP header.",
                    ),
                }]
            }
            Self::ClientCredentials(credentials) => credentials.problems(),
        }
    }
}

impl Credentials {
    fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if super::client::base_url(&self.token_url).is_none() {
            found.push(Problem {
                path: vec!["client_credentials", "token_url"],
                says: Words::new(
                    "Skriv hela adressen: `https://...`, utan användarnamn och lösenord.",
                    "Write the whole address: `https://...`, without user name and password.",
                ),
            });
        }
        if self.secret.is_none() && self.credentials_in == CredentialsIn::Basic {
            found.push(Problem {
                path: vec!["client_credentials", "secret"],
                says: Words::new(
                    "`credentials_in = \"basic\"` kräver `secret`.",
                    "`credentials_in = \"basic\"` needs `secret`.",
                ),
            });
        }
        found
    }
}

/// A way to sign in, ready for use.
pub(super) enum SignIn {
    None,
    Header(HeaderName, HeaderValue),
    Basic(String, Secret),
    Tokens(TokenCache),
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Header(..) => "Header",
            Self::Basic(..) => "Basic",
            Self::Tokens(_) => "Tokens",
        })
    }
}

impl SignIn {
    /// Reads the secrets that the settings name.
    pub(super) fn new(
        auth: &AuthSettings,
        http: &Settings,
        secrets: &dyn Secrets,
    ) -> Result<Self, Setup> {
        Ok(match auth {
            AuthSettings::None => Self::None,
            AuthSettings::Bearer(reference) => {
                Self::Header(AUTHORIZATION, bearer(&secrets.secret(reference)?)?)
            }
            AuthSettings::ApiKey(ApiKey { header, key }) => {
                let name = HeaderName::from_bytes(header.as_bytes())
                    .map_err(|_| Setup::Settings("auth.api_key.header"))?;
                Self::Header(name, sensitive(secrets.secret(key)?.expose())?)
            }
            AuthSettings::Basic(Basic { user, password }) => {
                Self::Basic(user.clone(), secrets.secret(password)?)
            }
            AuthSettings::ClientCredentials(credentials) => {
                let source = ClientCredentials::new(credentials, http, secrets)?;
                Self::tokens(Arc::new(source))
            }
        })
    }

    /// Fetches a token, where one is needed and missing.
    pub(super) async fn ready(&self) -> Result<(), Error> {
        match self {
            Self::Tokens(cache) => cache.header(None).await.map(|_| ()),
            Self::None | Self::Header(..) | Self::Basic(..) => Ok(()),
        }
    }

    /// Takes the token, where there is one, for refused.
    pub(super) async fn forget(&self) {
        match self {
            Self::Tokens(cache) => cache.forget().await,
            Self::None | Self::Header(..) | Self::Basic(..) => {}
        }
    }

    pub(super) fn tokens(source: Arc<dyn TokenSource>) -> Self {
        Self::Tokens(TokenCache::new(source))
    }

    /// Adds what proves who we are. `stale` is the ticket of a token that was just refused.
    /// Gives the ticket of the token that is used now.
    pub(super) async fn apply(
        &self,
        request: RequestBuilder,
        stale: Option<u64>,
    ) -> Result<(RequestBuilder, Option<u64>), Error> {
        Ok(match self {
            Self::None => (request, None),
            Self::Header(name, value) => (request.header(name, value), None),
            Self::Basic(user, password) => {
                (request.basic_auth(user, Some(password.expose())), None)
            }
            Self::Tokens(cache) => {
                let (value, ticket) = cache.header(stale).await?;
                (request.header(AUTHORIZATION, value), Some(ticket))
            }
        })
    }
}

/// `Bearer TOKEN`, marked so that no library shows it.
pub(super) fn bearer(token: &Secret) -> Result<HeaderValue, Setup> {
    sensitive(Secret::new(format!("Bearer {}", token.expose())).expose())
}

fn sensitive(text: &str) -> Result<HeaderValue, Setup> {
    let mut value = HeaderValue::from_str(text).map_err(|_| Setup::SecretText)?;
    value.set_sensitive(true);
    Ok(value)
}
