//! A conversation with a directory: sign-in, bases, pages.

use roster::SourceError;
use secret::Secret;

use crate::answer::{Entry, Outcome, Says};
use crate::ask::{self, Scope, Search};
use crate::connecting::{self, Trust};
use crate::filter;
use crate::place::Place;
use crate::settings::LdapSettings;
use crate::wire::Wire;

/// Messages of one answer that are no entries, after which it has no end.
const ENOUGH: u64 = 100_000;

/// Takes an entry.
pub(crate) type Take<'a> = dyn FnMut(&Entry<'_>) -> Result<(), SourceError> + Send + 'a;

/// A directory that has let us in.
pub(crate) struct Session {
    wire: Wire,
    place: Place,
}

impl Session {
    /// Connects and signs in.
    pub(crate) async fn begin(
        settings: &LdapSettings,
        password: Option<&Secret>,
        trust: Trust,
    ) -> Result<Self, SourceError> {
        let place = Place::new(&settings.url);
        let wire = connecting::connected(settings, trust, &place).await?;
        let mut session = Self { wire, place };
        if let (Some(bind), Some(password)) = (&settings.bind, password) {
            session.sign_in(&ask::bind(&bind.user, password.expose())).await?;
        }
        Ok(session)
    }

    async fn sign_in(&mut self, bind: &[u8]) -> Result<(), SourceError> {
        let Self { wire, place } = self;
        wire.ask(bind, &[]).await.map_err(|trouble| place.trouble(&trouble))?;
        match wire.answer().await.map_err(|trouble| place.trouble(&trouble))?.says {
            Says::Bound(outcome) => place.check(outcome),
            Says::Notice(notice) => Err(ended(place, notice)),
            Says::Entry(_)
            | Says::Elsewhere
            | Says::Meanwhile
            | Says::Done(_)
            | Says::Extended(_) => Err(place.trouble(&wire.unasked())),
        }
    }

    /// Where to search: as the settings say, or all that the directory says it has.
    pub(crate) async fn bases(&mut self, named: &[String]) -> Result<Vec<String>, SourceError> {
        if !named.is_empty() {
            return Ok(named.to_vec());
        }
        let words = ["defaultNamingContext".to_owned(), "namingContexts".to_owned()];
        let filter = filter::encoded("(objectClass=*)").unwrap_or_default();
        let search = Search { base: "", filter: &filter, names: &words, page_size: 1 };
        let mut found = [Vec::new(), Vec::new()];
        let mut take = |root: &Entry<'_>| {
            for (found, name) in found.iter_mut().zip(&words) {
                let values = root.values(name).map(|value| String::from_utf8_lossy(value));
                found.extend(values.map(std::borrow::Cow::into_owned));
            }
            Ok(())
        };
        self.found(&ask::search(Scope::Base, &search), &[], &mut take).await?;
        let [first, second] = found;
        let bases = if first.is_empty() { second } else { first };
        if bases.is_empty() { Err(self.place.content("no_base", 0)) } else { Ok(bases) }
    }

    /// Every page of a search.
    pub(crate) async fn all(
        &mut self,
        search: &Search<'_>,
        take: &mut Take<'_>,
    ) -> Result<(), SourceError> {
        let mut cookie = Vec::new();
        loop {
            let next = self.page(search, &cookie, take).await?;
            if next.is_empty() {
                return Ok(());
            }
            if next == cookie {
                return Err(self.place.content("endless_paging", 0));
            }
            cookie = next;
        }
    }

    /// One page, from `cookie` on; gives the next one's, empty at the end.
    pub(crate) async fn page(
        &mut self,
        search: &Search<'_>,
        cookie: &[u8],
        take: &mut Take<'_>,
    ) -> Result<Vec<u8>, SourceError> {
        let controls = ask::page(search.page_size, cookie);
        let operation = ask::search(Scope::Subtree, search);
        let (taken, next) = self.found(&operation, &controls, take).await?;
        // A page without anything that promises another could go on for ever.
        if taken == 0 && !next.is_empty() && !cookie.is_empty() {
            return Err(self.place.content("endless_paging", 0));
        }
        Ok(next)
    }

    /// Searches: how many entries were taken, and the next page's cookie.
    async fn found(
        &mut self,
        operation: &[u8],
        controls: &[u8],
        take: &mut Take<'_>,
    ) -> Result<(u64, Vec<u8>), SourceError> {
        let Self { wire, place } = self;
        wire.ask(operation, controls).await.map_err(|trouble| place.trouble(&trouble))?;
        let (mut taken, mut passed) = (0, 0);
        loop {
            let answer = wire.answer().await.map_err(|trouble| place.trouble(&trouble))?;
            match answer.says {
                Says::Entry(entry) => {
                    taken += 1;
                    take(&entry)?;
                }
                // Referrals to other directories are not followed: no password goes there.
                Says::Elsewhere | Says::Meanwhile if passed < ENOUGH => passed += 1,
                Says::Elsewhere | Says::Meanwhile => {
                    return Err(place.content("endless_paging", 0));
                }
                Says::Done(outcome) => {
                    place.check(outcome)?;
                    return Ok((taken, answer.cookie.unwrap_or_default().to_vec()));
                }
                Says::Notice(notice) => return Err(ended(place, notice)),
                Says::Bound(_) | Says::Extended(_) => {
                    return Err(place.trouble(&wire.unasked()));
                }
            }
        }
    }

    /// Takes leave; nobody minds if that fails.
    pub(crate) async fn leave(self) {
        self.wire.leave().await;
    }
}

/// The directory ends the conversation and says why (RFC 4511 §4.4.1).
fn ended(place: &Place, notice: Outcome<'_>) -> SourceError {
    place.check(notice).err().unwrap_or_else(|| place.unavailable("cut_off"))
}
