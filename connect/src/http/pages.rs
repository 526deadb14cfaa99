//! A list in pages: never the same page twice, never another host, never without end.

use std::collections::HashSet;

use reqwest::Url;
use sha2::{Digest as _, Sha256};

use super::error::{Error, Fault, Nonsense, Place};
use super::request::same_origin;

/// Watches over the pages of one list: [`Client::pages`](super::Client::pages).
///
/// Ask it before each further page. It keeps 16 bytes a page.
#[derive(Debug)]
pub struct Pages {
    place: Place,
    max: u64,
    count: u64,
    seen: HashSet<[u8; 16]>,
}

impl Pages {
    pub(super) fn new(place: Place, max: u64) -> Self {
        Self { place, max, count: 1, seen: HashSet::new() }
    }

    /// Pages until now, the first one included.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Notes the token of the next page.
    ///
    /// # Errors
    ///
    /// When it was there before, or when the list is too long.
    pub fn token(&mut self, token: &str) -> Result<(), Error> {
        self.count += 1;
        if self.count > self.max {
            return Err(self.error(Nonsense::TooManyPages { limit: self.max }));
        }
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let mut short = [0; 16];
        short.copy_from_slice(&hash[..16]);
        if self.seen.insert(short) {
            Ok(())
        } else {
            Err(self.error(Nonsense::PageRepeats { page: self.count }))
        }
    }

    /// Notes the link to the next page, absolute or as seen from `from`, the address of the
    /// page that held it.
    ///
    /// # Errors
    ///
    /// As [`Pages::token`], and when it leaves the origin of `from`.
    pub fn link(&mut self, from: &Url, link: &str) -> Result<Url, Error> {
        let next = from.join(link).ok().filter(|next| same_origin(next, from));
        let Some(next) = next else { return Err(self.error(Nonsense::LinkElsewhere)) };
        self.token(next.as_str())?;
        Ok(next)
    }

    fn error(&self, nonsense: Nonsense) -> Error {
        Error::new(self.place.clone(), Fault::Nonsense(nonsense))
    }
}
