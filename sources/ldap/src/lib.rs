//! Directories over LDAP, as supplements: Active Directory, `OpenLDAP` and their like.
//!
//! | | |
//! |---|---|
//! | Reads | of every entry below the bases that the filter lets through: what it is matched by, e-mail, user name, whether the account is disabled |
//! | How | paged searches of whole bases (RFC 2696), never of one person: the directory's log tells of nobody |
//! | Writes | never |
//! | Sign-in | simple bind over LDAPS or `StartTLS`; anonymous where the directory lets |
//! | Trust | the operating system's authorities, a PEM file of one's own, pinned keys, or both |
//! | Limits | a page of 1000, as Active Directory allows (`MaxPageSize`); an answer of 4 MiB |
//! | Source | RFC 4511, RFC 4515, RFC 2696; <https://learn.microsoft.com/windows/win32/adschema/a-useraccountcontrol> (read 2026-11-28) |
//!
//! Of what a directory says nothing is believed before it has been held against RFC 4511
//! (decision 0027): it may be broken, or somebody else.
//!
//! What was read until something went wrong is thrown away: a directory counts whole or not.

mod answer;
mod ask;
mod ber;
mod client;
mod connecting;
mod filter;
mod map;
mod messages;
mod place;
mod settings;
mod wire;

use roster::SourceError;
use roster::supplement::{Entries, Supplement};
use secret::{Secret, Secrets};

pub use connect::http::Setup;
pub use messages::{Language, explain};
pub use settings::{Bind, LdapSettings, Problem};

/// The supplement's name in the settings file.
pub const KIND: &str = "ldap";

/// A directory that can be read.
pub struct Ldap {
    settings: LdapSettings,
    password: Option<Secret>,
    filter: Vec<u8>,
    trust: connecting::Trust,
}

impl Ldap {
    /// The directory that the settings describe; file names in them must be usable as they
    /// stand.
    ///
    /// # Errors
    ///
    /// [`Setup`] when a secret or a certificate is missing, or for what
    /// [`LdapSettings::problems`] says.
    pub fn new(settings: LdapSettings, secrets: &dyn Secrets) -> Result<Self, Setup> {
        if !settings.problems().is_empty() {
            return Err(Setup::Settings("ldap"));
        }
        let bind = settings.bind.as_ref();
        let password = bind.map(|bind| secrets.secret(&bind.password)).transpose()?;
        let trust = connect::http::own_trust(settings.ca_file.as_deref(), &settings.pins)?;
        let filter = filter::encoded(&settings.filter).ok_or(Setup::Settings("ldap"))?;
        Ok(Self { settings, password, filter, trust })
    }

    /// Whether the directory is reached, lets us in and shows entries, for `doctor`.
    ///
    /// # Errors
    ///
    /// [`SourceError`], as reading would give it.
    pub async fn probe(&self) -> Result<(), SourceError> {
        const ENOUGH: u32 = 5;
        let mut session = self.sign_in().await?;
        let bases = session.bases(&self.settings.bases).await?;
        let attributes = map::Attributes::of(&self.settings);
        let mut seen = 0_u64;
        for base in &bases {
            let search = self.search(base, &attributes, ENOUGH);
            session
                .page(&search, &[], &mut |_| {
                    seen += 1;
                    self.enough(seen)
                })
                .await
                .map_err(|error| self.place_of(error))?;
        }
        session.leave().await;
        if seen > 0 { Ok(()) } else { Err(self.place_of(content("empty"))) }
    }

    async fn sign_in(&self) -> Result<client::Session, SourceError> {
        client::Session::begin(&self.settings, self.password.as_ref(), self.trust.clone()).await
    }

    fn search<'a>(
        &'a self,
        base: &'a str,
        attributes: &'a map::Attributes,
        page_size: u32,
    ) -> ask::Search<'a> {
        ask::Search { base, filter: &self.filter, names: attributes.names(), page_size }
    }

    /// Whether a directory with so many entries is believed.
    fn enough(&self, entries: u64) -> Result<(), SourceError> {
        if entries > self.settings.max_entries { Err(content("too_large")) } else { Ok(()) }
    }

    fn place_of(&self, error: SourceError) -> SourceError {
        match error {
            SourceError::Content { code, place, detail } if place.is_empty() => {
                SourceError::Content { code, place: self.settings.url.clone(), detail }
            }
            other @ (SourceError::Content { .. }
            | SourceError::Unavailable { .. }
            | SourceError::Denied { .. }
            | SourceError::MarkingMissing { .. }
            | SourceError::Spool(_)) => other,
        }
    }
}

fn content(code: &'static str) -> SourceError {
    SourceError::Content { code, place: String::new(), detail: String::new() }
}

#[async_trait::async_trait]
impl Supplement for Ldap {
    async fn read(&self, entries: &mut Entries) -> Result<(), SourceError> {
        let mut session = self.sign_in().await?;
        let bases = session.bases(&self.settings.bases).await?;
        let attributes = map::Attributes::of(&self.settings);
        let page_size = u32::from(self.settings.page_size);
        for base in &bases {
            let search = self.search(base, &attributes, page_size);
            let mut take = |entry: &answer::Entry<'_>| {
                attributes.take(entry, entries)?;
                self.enough(entries.taken())
            };
            session.all(&search, &mut take).await.map_err(|error| self.place_of(error))?;
        }
        session.leave().await;
        Ok(())
    }
}
