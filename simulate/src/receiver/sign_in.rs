//! Who may write, and whose objects they are.

use axum::http::HeaderName;

use super::call::{Call, header};

/// Who may sign in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// What opens the door, each for one tenant. Nothing lets everybody in, as `demo`.
    pub signs: Vec<Sign>,
    /// The header that an API key stands in (reference/targets.md §3.2).
    pub key_header: String,
}

impl Default for SignIn {
    fn default() -> Self {
        Self { signs: Vec::new(), key_header: "X-API-Key".to_owned() }
    }
}

impl SignIn {
    /// With these, and API keys in `X-API-Key`.
    #[must_use]
    pub fn with(signs: Vec<Sign>) -> Self {
        Self { signs, ..Self::default() }
    }

    /// Names of the tenants, once each, in the order given.
    pub(crate) fn tenants(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for sign in &self.signs {
            if !names.contains(&sign.tenant) {
                names.push(sign.tenant.clone());
            }
        }
        if names.is_empty() {
            names.push("demo".to_owned());
        }
        names
    }

    /// Who called, as a number in [`SignIn::tenants`]; `None` for nobody that we know.
    pub(super) fn who(&self, tenants: &[String], call: &Call, pin: Option<&str>) -> Option<usize> {
        if self.signs.is_empty() {
            return Some(0);
        }
        let key = HeaderName::try_from(&self.key_header).ok();
        let key = key.map(|it| call.header(&it)).unwrap_or_default();
        let authorization = call.header(&header::AUTHORIZATION);
        let (scheme, token) = authorization.split_once(' ').unwrap_or_default();
        let token = if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { "" };
        let sign = self.signs.iter().find(|it| match &it.proof {
            Proof::Key(own) => !key.is_empty() && own == key,
            Proof::Bearer(own) => !token.is_empty() && own == token,
            Proof::Pin(own) => pin.is_some_and(|it| it == own),
        })?;
        tenants.iter().position(|it| *it == sign.tenant)
    }

    /// The pins of certificates that are let in.
    pub(super) fn pins(&self) -> Vec<String> {
        let pin = |it: &Sign| match &it.proof {
            Proof::Pin(pin) => Some(pin.clone()),
            Proof::Key(_) | Proof::Bearer(_) => None,
        };
        self.signs.iter().filter_map(pin).collect()
    }
}

/// What opens the door for a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// Whose objects these are.
    pub tenant: String,
    /// By what.
    pub proof: Proof,
}

/// By what somebody is known.
#[derive(Clone, PartialEq, Eq)]
pub enum Proof {
    /// An API key in a header of its own.
    Key(String),
    /// A bearer token.
    Bearer(String),
    /// A client certificate: base64 of SHA-256 of its public key, as [`super::pin`] makes it.
    Pin(String),
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key",
            Self::Bearer(_) => "Bearer",
            Self::Pin(_) => "Pin",
        })
    }
}
