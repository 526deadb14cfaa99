//! The client: one per connector, cheap to clone.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Proxy, Url};
use secret::Secrets;

use super::auth::{AuthSettings, SignIn};
use super::error::{Error, Place, Setup};
use super::pages::Pages;
use super::patience::Told;
use super::request::Request;
use super::settings::{ProxySetting, Settings};
use super::tls::{self, Trust};
use super::token::TokenSource;

/// Calls one system. Clones share connections, tokens and settings.
#[derive(Clone)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) http: reqwest::Client,
    pub(super) base: Url,
    pub(super) host: Arc<str>,
    pub(super) settings: Settings,
    pub(super) sign_in: SignIn,
    pub(super) told: Told,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("host", &self.shared.host).finish_non_exhaustive()
    }
}

impl Client {
    /// Makes a client for the system at `base`, e.g. `https://register.example/ss12000/v2`.
    /// Reads files and secrets; calls nobody.
    ///
    /// # Errors
    ///
    /// Something that a person must put right: [`Setup`].
    pub fn new(
        base: &str,
        settings: &Settings,
        auth: &AuthSettings,
        secrets: &dyn Secrets,
    ) -> Result<Self, Setup> {
        let base = base_url(base).ok_or(Setup::Address)?;
        let host: Arc<str> = host(&base).into();
        if base.scheme() == "http" && !is_here(&base) && !settings.allow_plain_http {
            return Err(Setup::PlainHttp { host: host.as_ref().to_owned() });
        }
        let sign_in = SignIn::new(auth, settings, secrets)?;
        let http = build(&base, settings, secrets)?;
        let settings = settings.clone();
        Ok(Self {
            shared: Arc::new(Shared { http, base, host, settings, sign_in, told: Told::default() }),
        })
    }

    /// As [`Client::new`], with tokens that a connector fetches in its own way.
    pub fn with_tokens(
        base: &str,
        settings: &Settings,
        tokens: Arc<dyn TokenSource>,
        secrets: &dyn Secrets,
    ) -> Result<Self, Setup> {
        let mut client = Self::new(base, settings, &AuthSettings::None, secrets)?;
        client.set_sign_in(SignIn::tokens(tokens));
        Ok(client)
    }

    /// Only while nobody else has the client.
    pub(super) fn set_sign_in(&mut self, sign_in: SignIn) {
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            shared.sign_in = sign_in;
        }
    }

    /// Reads what stands at `template` below the base address. A part in braces is filled by
    /// [`Request::with`].
    pub fn get(&self, template: &'static str) -> Request {
        self.request(Method::GET, template)
    }

    /// Sends to `template`. Not made again by itself: see [`Request::repeat`].
    pub fn post(&self, template: &'static str) -> Request {
        self.request(Method::POST, template)
    }

    /// Replaces what stands at `template`.
    pub fn put(&self, template: &'static str) -> Request {
        self.request(Method::PUT, template)
    }

    /// Changes what stands at `template`. Not made again by itself.
    pub fn patch(&self, template: &'static str) -> Request {
        self.request(Method::PATCH, template)
    }

    /// Deletes what stands at `template`.
    pub fn delete(&self, template: &'static str) -> Request {
        self.request(Method::DELETE, template)
    }

    /// Calls `template` with any method.
    pub fn request(&self, method: Method, template: &'static str) -> Request {
        Request::new(self.clone(), method, template)
    }

    /// Reads a link that the server gave, e.g. that of the next page: [`Pages::link`] has
    /// checked it. A link to another origin is refused when it is sent.
    pub fn follow(&self, template: &'static str, link: &Url) -> Request {
        Request::to(self.clone(), template, link.clone())
    }

    /// Calls an address at the origin of the base address that was put together elsewhere: one
    /// of many, by a list of them.
    pub fn call(&self, method: Method, template: &'static str, link: &Url) -> Request {
        Request::to(self.clone(), template, link.clone()).by(method)
    }

    /// Sees to it that there is a token, where there are tokens: so a call that was let through
    /// by a pacer goes at once.
    ///
    /// # Errors
    ///
    /// As a call that cannot be signed in: [`Error`].
    pub async fn sign_in(&self) -> Result<(), Error> {
        self.shared.sign_in.ready().await
    }

    /// Takes the token for refused: the next call fetches another. For receivers that answer
    /// parts of a call one by one; a call that is refused as a whole does so by itself.
    pub async fn renew_token(&self) {
        self.shared.sign_in.forget().await;
    }

    /// Watches over the pages of one list.
    #[must_use]
    pub fn pages(&self, template: &'static str) -> Pages {
        Pages::new(self.place(template), self.shared.settings.limits.max_pages)
    }

    /// The address below which everything is called.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.shared.base
    }

    /// The settings that it was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Names a place at this host, for errors that a connector makes itself.
    #[must_use]
    pub fn place(&self, label: &'static str) -> Place {
        Place { host: Arc::clone(&self.shared.host), label }
    }
}

fn build(base: &Url, settings: &Settings, secrets: &dyn Secrets) -> Result<reqwest::Client, Setup> {
    let own = tls::own_certificate(settings, secrets)?;
    let proxy = proxy(settings, secrets)?;
    let trust = tls::trust(settings)?;
    let builder = || {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("skolbro/", env!("CARGO_PKG_VERSION")))
            // Followed by ourselves: credentials must not leave the origin.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(Duration::from_secs(settings.timeouts.connect_seconds))
            .read_timeout(Duration::from_secs(settings.timeouts.read_seconds))
            .timeout(settings.total());
        match &proxy {
            Found::System => builder,
            Found::None => builder.no_proxy(),
            Found::At(proxy) => builder.proxy(Proxy::clone(proxy)),
        }
    };
    match trust {
        Trust::System => {
            let made = match &own {
                Some(own) => builder().identity(own.identity()?).build(),
                None => builder().build(),
            };
            // Reads the machine's list of authorities, and fails where there is none even
            // when nothing is encrypted (seanmonstar/reqwest#2988).
            made.or_else(|_| {
                if base.scheme() != "http" {
                    return Err(Setup::NoAuthorities);
                }
                let config = tls::trust_nobody().map_err(|_| Setup::NoAuthorities)?;
                let made = builder().tls_backend_preconfigured(config).build();
                made.map_err(|_| Setup::NoAuthorities)
            })
        }
        Trust::Own(verifier) => {
            let config = tls::config(verifier, own.as_ref())?;
            let made = builder().tls_backend_preconfigured(config).build();
            made.map_err(|_| Setup::Settings("http"))
        }
    }
}

enum Found {
    System,
    None,
    At(Box<Proxy>),
}

fn proxy(settings: &Settings, secrets: &dyn Secrets) -> Result<Found, Setup> {
    let address = match &settings.proxy {
        ProxySetting::System => return Ok(Found::System),
        ProxySetting::None => return Ok(Found::None),
        ProxySetting::At(address) => address,
    };
    let proxy = Proxy::all(address).map_err(|_| Setup::Settings("http.proxy"))?;
    Ok(Found::At(Box::new(match (&settings.proxy_user, &settings.proxy_password) {
        (Some(user), Some(password)) => proxy.basic_auth(user, secrets.secret(password)?.expose()),
        (None, None) => proxy,
        (Some(_), None) | (None, Some(_)) => return Err(Setup::Settings("http.proxy_user")),
    })))
}

/// Whether a text is an address that a client can be made for.
#[must_use]
pub fn is_address(text: &str) -> bool {
    base_url(text).is_some()
}

/// An address that can be called: http or https, a host, no user, no query, no fragment.
pub(super) fn base_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let fits = ["http", "https"].contains(&url.scheme())
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    fits.then_some(url)
}

/// The host as people write it.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Whether an address is on this machine.
fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `application/x-www-form-urlencoded`.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    let Ok(mut url) = Url::parse("form:") else { return String::new() };
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}
