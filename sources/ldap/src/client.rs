//! A conversation with a directory: trust, sign-in, pages.

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use connect::http::{TlsFault, tls_fault};
use ldap3::controls::{Control, ControlType, PagedResults};
use ldap3::{
    LdapConnAsync, LdapConnSettings, LdapError, LdapResult, ResultEntry, Scope, SearchEntry,
};
use roster::SourceError;
use secret::Secret;

use crate::checked;
use crate::settings::LdapSettings;

/// Whom to trust, where it is not the operating system's authorities.
pub(crate) type Trust = Option<Arc<rustls::ClientConfig>>;

/// What is searched for.
pub(crate) struct Search<'a> {
    pub(crate) base: &'a str,
    pub(crate) filter: &'a str,
    pub(crate) names: &'a [String],
    pub(crate) page_size: i32,
}

/// Takes an entry.
pub(crate) type Take<'a> = dyn FnMut(SearchEntry) -> Result<(), SourceError> + Send + 'a;

/// A directory that has let us in.
pub(crate) struct Session {
    ldap: ldap3::Ldap,
    place: String,
    read_timeout: Duration,
}

impl Session {
    /// Connects and signs in.
    pub(crate) async fn begin(
        settings: &LdapSettings,
        password: Option<&Secret>,
        trust: Trust,
    ) -> Result<Self, SourceError> {
        let place = settings.url.clone();
        let mut how = LdapConnSettings::new()
            .set_conn_timeout(Duration::from_secs(settings.connect_seconds))
            .set_starttls(settings.start_tls);
        if let Some(trust) = trust {
            how = how.set_config(trust);
        }
        let begun = LdapConnAsync::with_settings(how, &settings.url).await;
        let (driver, ldap) = begun.map_err(|error| unreached(&place, &error))?;
        // Ends with the session: what it says is told by the operations that it fails.
        tokio::spawn(async move { drop(driver.drive().await) });
        let read_timeout = Duration::from_secs(settings.read_seconds);
        let mut session = Self { ldap, place, read_timeout };
        if let (Some(bind), Some(password)) = (&settings.bind, password) {
            session.ldap.with_timeout(read_timeout);
            let answer = session.ldap.simple_bind(&bind.user, password.expose()).await;
            let answer = answer.map_err(|error| session.broken(&error))?;
            session.check(&answer)?;
        }
        Ok(session)
    }

    /// Where to search: as the settings say, or all that the directory says it has.
    pub(crate) async fn bases(&mut self, named: &[String]) -> Result<Vec<String>, SourceError> {
        if !named.is_empty() {
            return Ok(named.to_vec());
        }
        let attributes = ["defaultNamingContext".to_owned(), "namingContexts".to_owned()];
        self.ldap.with_timeout(self.read_timeout);
        let reply = self.ldap.search("", Scope::Base, "(objectClass=*)", &attributes[..]).await;
        let ldap3::SearchResult(found, answer) = reply.map_err(|error| self.broken(&error))?;
        self.check(&answer)?;
        let root = found.into_iter().next().map(|root| self.entry(root)).transpose()?;
        let of = |name: &str| -> Vec<String> {
            let attrs = root.iter().flat_map(|root| &root.attrs);
            let named = attrs.filter(|(known, _)| known.eq_ignore_ascii_case(name));
            named.flat_map(|(_, values)| values.clone()).collect()
        };
        let [first, second] = [of(&attributes[0]), of(&attributes[1])];
        let bases = if first.is_empty() { second } else { first };
        if bases.is_empty() { Err(self.content("no_base", 0)) } else { Ok(bases) }
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
                return Err(self.content("endless_paging", 0));
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
        let Search { base, filter, names, page_size } = *search;
        let control = PagedResults { size: page_size, cookie: cookie.to_vec() };
        self.ldap.with_controls(ldap3::controls::RawControl::from(control));
        self.ldap.with_timeout(self.read_timeout);
        let begun = self.ldap.streaming_search(base, Scope::Subtree, filter, names).await;
        let mut stream = begun.map_err(|error| self.broken(&error))?;
        let mut taken = 0_u64;
        loop {
            match stream.next().await {
                // Referrals to other directories are not followed: no password goes there.
                Ok(Some(entry)) if entry.is_ref() || entry.is_intermediate() => {}
                Ok(Some(entry)) => {
                    taken += 1;
                    take(self.entry(entry)?)?;
                }
                Ok(None) => break,
                Err(error) => return Err(self.broken(&error)),
            }
        }
        let answer = stream.finish().await;
        self.check(&answer)?;
        let next = answer.ctrls.iter().find_map(|control| match control {
            Control(Some(ControlType::PagedResults), raw) => Some(raw.val.as_deref()),
            Control(..) => None,
        });
        let cookie_of = |control: Option<&[u8]>| checked::cookie(control.unwrap_or_default());
        let next = match next {
            Some(control) => cookie_of(control).ok_or_else(|| self.content("malformed_page", 0))?,
            None => Vec::new(),
        };
        // A page without anything that promises another could go on for ever.
        if taken == 0 && !next.is_empty() && !cookie.is_empty() {
            return Err(self.content("endless_paging", 0));
        }
        Ok(next)
    }

    fn entry(&self, told: ResultEntry) -> Result<SearchEntry, SourceError> {
        checked::entry(told).ok_or_else(|| self.content("malformed_entry", 0))
    }

    /// Takes leave; nobody minds if that fails.
    pub(crate) async fn leave(mut self) {
        drop(self.ldap.unbind().await);
    }

    /// What an answer means that is no success (RFC 4511 §A).
    fn check(&self, answer: &LdapResult) -> Result<(), SourceError> {
        let rc = answer.rc;
        let unavailable = |reason: &str| SourceError::Unavailable {
            place: self.place.clone(),
            detail: format!("reason={reason}"),
        };
        Err(match rc {
            0 => return Ok(()),
            3 => self.content("time_limit", rc),
            // OpenLDAP says 11 of a page over `size.pr`, 4 of all pages over `size.prtotal`.
            4 | 11 => self.content("size_limit", rc),
            12 => self.content("no_paging", rc),
            32 => self.content("no_base", rc),
            51 | 52 => unavailable("busy"),
            // Operations error: what Active Directory says to who is nobody.
            1 | 7 | 8 | 13 | 48 | 49 | 50 | 53 => {
                let why = data_code(&answer.text).map(|code| format!(" {code}"));
                let place = format!("{} ({rc}{})", self.place, why.unwrap_or_default());
                SourceError::Denied { place }
            }
            _ => self.content("result", rc),
        })
    }

    fn content(&self, code: &'static str, rc: u32) -> SourceError {
        SourceError::Content { code, place: self.place.clone(), detail: format!("result={rc}") }
    }

    /// The conversation ended in the middle.
    fn broken(&self, error: &LdapError) -> SourceError {
        let reason = if is_timeout(error) { "timeout" } else { "cut_off" };
        let detail = format!("reason={reason}");
        SourceError::Unavailable { place: self.place.clone(), detail }
    }
}

/// Active Directory's own reason in the text of a refused sign-in: `... data 52e, v3839`. The
/// rest of the text may name somebody.
fn data_code(text: &str) -> Option<&str> {
    let code = text.split_once("data ")?.1.split([',', ' ']).next()?;
    let is_code = (2..=4).contains(&code.len()) && code.bytes().all(|it| it.is_ascii_hexdigit());
    is_code.then_some(code)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum, which grows")]
fn is_timeout(error: &LdapError) -> bool {
    match error {
        LdapError::Timeout { .. } => true,
        LdapError::Io { source } => source.kind() == io::ErrorKind::TimedOut,
        _ => false,
    }
}

/// Why there is no conversation.
fn unreached(place: &str, error: &LdapError) -> SourceError {
    let tls = tls_fault(error).or_else(|| error.source().and_then(tls_fault));
    let reason = match (tls, error) {
        (Some(fault), _) => tls_reason(fault),
        (None, LdapError::DNSName { .. }) => "tls_name",
        // StartTLS was refused, or what listens there does not speak LDAP.
        (None, LdapError::LdapResult { .. }) => "no_start_tls",
        (None, error) if is_timeout(error) => "timeout",
        (None, LdapError::Io { source }) if is_cut(source) => "closed",
        (None, LdapError::Io { .. }) => "connect",
        (None, _) => "closed",
    };
    SourceError::Unavailable { place: place.to_owned(), detail: format!("reason={reason}") }
}

fn is_cut(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, InvalidData, UnexpectedEof};
    [ConnectionAborted, ConnectionReset, InvalidData, UnexpectedEof].contains(&error.kind())
}

fn tls_reason(fault: TlsFault) -> &'static str {
    match fault {
        TlsFault::UnknownIssuer => "tls_issuer",
        TlsFault::AuthorityAsServer => "tls_authority",
        TlsFault::Dates => "tls_dates",
        TlsFault::Name => "tls_name",
        TlsFault::Pin => "tls_pin",
        TlsFault::WantsCertificate | TlsFault::RefusedCertificate => "tls_certificate",
        TlsFault::Other => "tls_other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a server's text no more than Active Directory's code is repeated.
    #[test]
    fn only_the_code_of_a_refusal_is_told() {
        let text = "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v3839";
        assert_eq!(data_code(text), Some("52e"));
        assert_eq!(data_code("no data for Kim Exempel"), None);
        assert_eq!(data_code("invalid credentials"), None);
    }
}
