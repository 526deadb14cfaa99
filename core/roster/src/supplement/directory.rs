//! What was read of a directory: values by a keyed hash, some seventy bytes an entry.

use siphasher::sip128::{Hasher128, SipHasher13};

use super::{Fills, MatchBy, Matching};
use crate::codec::{Reader, Writer};
use crate::{Date, IdentityNumber, Key, Mac, Maccer, SourceError, TenantKey};

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// It can.
    Open,
    /// Somebody has disabled it.
    Disabled,
}

/// An entry as it is read.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The numbers or ids that it bears, as they stand there.
    pub ids: &'a [&'a str],
    /// Addresses.
    pub emails: &'a [&'a str],
    /// User names.
    pub usernames: &'a [&'a str],
    /// Its account.
    pub account: Account,
}

/// Takes in entries, one after the other, and becomes a [`Directory`].
pub struct Entries {
    ids: Ids,
    matching: Matching,
    today: Date,
    found: Vec<([u8; 16], u32)>,
    values: Vec<u8>,
    taken: u64,
    unreadable: u64,
    hashes: Vec<[u8; 16]>,
}

impl Entries {
    /// An empty directory of this tenant.
    #[must_use]
    pub fn new(tenant: &TenantKey, matching: &Matching, today: Date) -> Self {
        Self {
            ids: Ids::new(tenant),
            matching: matching.clone(),
            today,
            found: Vec::new(),
            values: Vec::new(),
            taken: 0,
            unreadable: 0,
            hashes: Vec::new(),
        }
    }

    /// How many entries were taken in.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes in an entry. Numbers are hashed and dropped here; one that cannot be read, or
    /// that is temporary, finds nobody.
    ///
    /// # Errors
    ///
    /// [`SourceError::Content`] with the code `too_large` when there is more than any
    /// directory of a tenant holds.
    pub fn take(&mut self, entry: &Entry<'_>) -> Result<(), SourceError> {
        self.taken += 1;
        self.hashes.clear();
        for id in entry.ids {
            match self.ids.of_text(&self.matching.by, id, self.today) {
                Some(hash) if !self.hashes.contains(&hash) => self.hashes.push(hash),
                Some(_) => {}
                None => self.unreadable += 1,
            }
        }
        if self.hashes.is_empty() {
            return Ok(());
        }
        let Ok(at) = u32::try_from(self.values.len()) else {
            return Err(content("too_large", self.taken));
        };
        let state = match (self.hashes.len(), entry.account) {
            (2.., _) => State::Doubtful,
            (_, Account::Disabled) => State::Disabled,
            (_, Account::Open) => self.judge(entry),
        };
        let (email, username) = match state {
            State::Open => (self.only(Fills::Email, entry), self.only(Fills::Username, entry)),
            State::Doubtful | State::Disabled | State::WrongDomain => (None, None),
        };
        self.values.push(state as u8);
        let mut w = Writer(&mut self.values);
        w.optional_text(email);
        w.optional_text(username);
        self.found.extend(self.hashes.iter().map(|hash| (*hash, at)));
        Ok(())
    }

    /// Whether the values may be used: several addresses are none, and one of another domain
    /// makes the whole entry somebody else's.
    fn judge(&self, entry: &Entry<'_>) -> State {
        let mut worst = State::Open;
        for &field in &self.matching.fills {
            let usable = self.usable(field, entry).count();
            let has_any = values(field, entry).next().is_some();
            match usable {
                0 if has_any => return State::WrongDomain,
                0 | 1 => {}
                _ => worst = State::Doubtful,
            }
        }
        worst
    }

    fn only<'a>(&self, field: Fills, entry: &Entry<'a>) -> Option<&'a str> {
        let is_asked = self.matching.fills.contains(&field);
        is_asked.then(|| self.usable(field, entry).next()).flatten()
    }

    fn usable<'a>(&self, field: Fills, entry: &Entry<'a>) -> impl Iterator<Item = &'a str> {
        values(field, entry).filter(move |value| is_usable(field, value, &self.matching.domains))
    }

    /// What was read, to be looked up in.
    ///
    /// # Errors
    ///
    /// [`SourceError::Content`] when there is nothing to match by or nothing to fill in: an
    /// account that may not see an attribute is told of it in no other way.
    pub fn finish(self) -> Result<Directory, SourceError> {
        let Self { ids, matching, mut found, values, taken, unreadable, .. } = self;
        if taken == 0 {
            return Err(content("empty", 0));
        }
        if found.is_empty() {
            let code = if unreadable > 0 { "unreadable_ids" } else { "no_ids" };
            return Err(content(code, taken));
        }
        found.sort_unstable();
        found.shrink_to_fit();
        let directory = Directory { ids, by: matching.by, found, values, taken, unreadable };
        let mut open = directory.found.iter().filter_map(|(_, at)| directory.at(*at));
        let has_values = open.any(|(state, email, username)| {
            state != State::Open || email.is_some() || username.is_some()
        });
        if has_values { Ok(directory) } else { Err(content("no_values", taken)) }
    }
}

fn content(code: &'static str, count: u64) -> SourceError {
    SourceError::Content { code, place: String::new(), detail: format!("count={count}") }
}

fn values<'a>(field: Fills, entry: &Entry<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    let values = match field {
        Fills::Email => entry.emails,
        Fills::Username => entry.usernames,
    };
    values.iter().map(|value| value.trim()).filter(|value| !value.is_empty())
}

/// An address of an allowed domain; a user name that is no address has no domain.
fn is_usable(field: Fills, value: &str, domains: &[String]) -> bool {
    if value.chars().any(|c| c.is_control() || (field == Fills::Email && c.is_whitespace())) {
        return false;
    }
    match (value.rsplit_once('@'), field) {
        (None, Fills::Username) => true,
        (None, Fills::Email) => false,
        (Some((local, domain)), _) => {
            let is_allowed =
                domains.is_empty() || domains.iter().any(|it| it.eq_ignore_ascii_case(domain));
            !local.is_empty() && !local.contains('@') && !domain.is_empty() && is_allowed
        }
    }
}

/// What is known of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum State {
    Open = 0,
    Disabled = 1,
    WrongDomain = 2,
    /// It bears several numbers or several addresses.
    Doubtful = 3,
}

/// What came of looking for a person's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match<'a> {
    /// Exactly one, with these values.
    One {
        /// E-mail address.
        email: Option<&'a str>,
        /// User name.
        username: Option<&'a str>,
    },
    /// None.
    Nobody,
    /// Several, or one that bears several numbers or addresses.
    Several,
    /// One, whose account is disabled.
    Disabled,
    /// One, with values of a domain that is not the tenant's.
    WrongDomain,
    /// The person has nothing to be found by: no number, or a temporary one.
    Unidentified,
}

/// A directory that was read.
pub struct Directory {
    ids: Ids,
    by: MatchBy,
    /// Sorted by hash; where the entry's values begin.
    found: Vec<([u8; 16], u32)>,
    values: Vec<u8>,
    taken: u64,
    unreadable: u64,
}

impl Directory {
    /// How many entries were read.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.taken
    }

    /// How many numbers or ids in it could not be used.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// What a person is found by.
    #[must_use]
    pub fn by(&self) -> &MatchBy {
        &self.by
    }

    /// The entry of the person with this number.
    #[must_use]
    pub fn of_number(&self, number: Option<Mac>) -> Match<'_> {
        number.map_or(Match::Unidentified, |number| self.look_up(number.as_bytes()))
    }

    /// The entry of the person with this id.
    #[must_use]
    pub fn of_id(&self, id: Option<&str>) -> Match<'_> {
        let id = id.and_then(|id| self.ids.of_id(id));
        id.map_or(Match::Unidentified, |id| self.look_up(&id))
    }

    fn look_up(&self, hash: &[u8; 16]) -> Match<'_> {
        let first = self.found.partition_point(|(known, _)| known < hash);
        let mut same = self.found[first..].iter().take_while(|(known, _)| known == hash);
        let Some((_, at)) = same.next() else { return Match::Nobody };
        if same.next().is_some() {
            return Match::Several;
        }
        match self.at(*at) {
            Some((State::Open, email, username)) => Match::One { email, username },
            Some((State::Disabled, ..)) => Match::Disabled,
            Some((State::WrongDomain, ..)) => Match::WrongDomain,
            Some((State::Doubtful, ..)) | None => Match::Several,
        }
    }

    /// Everything that is kept of the entries.
    #[cfg(test)]
    pub(super) fn kept(&self) -> Vec<u8> {
        let hashes = self.found.iter().flat_map(|(hash, _)| *hash);
        hashes.chain(self.values.iter().copied()).collect()
    }

    fn at(&self, at: u32) -> Option<(State, Option<&str>, Option<&str>)> {
        let mut r = Reader(self.values.get(at as usize..)?);
        let state = match r.byte().ok()? {
            0 => State::Open,
            1 => State::Disabled,
            2 => State::WrongDomain,
            _ => State::Doubtful,
        };
        Some((state, r.optional_text().ok()?, r.optional_text().ok()?))
    }
}

/// Turns numbers and ids into hashes: the gate's for numbers, so that a person's is at hand.
struct Ids {
    numbers: Maccer,
    fast: SipHasher13,
}

impl Ids {
    fn new(tenant: &TenantKey) -> Self {
        let mut fast = [0; 16];
        fast.copy_from_slice(&tenant.derive("supplement")[..16]);
        Self { numbers: tenant.maccer("number"), fast: SipHasher13::new_with_key(&fast) }
    }

    fn of_text(&self, by: &MatchBy, text: &str, today: Date) -> Option<[u8; 16]> {
        match by {
            MatchBy::Number => {
                let number = IdentityNumber::parse(text, today).ok()?;
                let mac = self.numbers.mac(&[number.canonical()]);
                number.kind().is_persistent().then(|| *mac.as_bytes())
            }
            MatchBy::SourceId(_) | MatchBy::Extra(_) => self.of_id(text),
        }
    }

    /// A UUID in any of its written forms is one id; every other text counts as it stands.
    fn of_id(&self, id: &str) -> Option<[u8; 16]> {
        use std::hash::Hasher as _;
        let id = id.trim();
        if id.is_empty() {
            return None;
        }
        let mut hasher = self.fast;
        match Key::parse_uuid(id.trim_start_matches('{').trim_end_matches('}')) {
            Some(uuid) => hasher.write(uuid.as_bytes()),
            None => hasher.write(id.as_bytes()),
        }
        Some(hasher.finish128().as_u128().to_be_bytes())
    }
}
