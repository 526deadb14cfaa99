//! `[supplement.NAME.ldap]` in the settings file.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use connect::http::{Url, Words, is_pin};
use connect::matching::{self, FillSettings, MatchSettings};
use schemars::JsonSchema;
use secret::SecretRef;
use serde::Deserialize;

use crate::filter;

/// What is wrong in the settings.
pub use connect::http::Problem;

/// `[supplement.NAME.ldap]`: a directory that fills in what the registers lack.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LdapSettings {
    /// `ldaps://dc1.example`, or `ldap://dc1.example` with `start_tls = true`.
    pub url: String,
    /// Whether `ldap://` is made secure by `StartTLS` before anything else is said.
    #[serde(default)]
    pub start_tls: bool,
    /// Whether unencrypted `ldap://` is accepted to another machine. Default: no. Passwords and
    /// identity numbers then pass in the clear.
    #[serde(default)]
    pub allow_plain_ldap: bool,
    /// Who we are there. Left out: anonymous.
    pub bind: Option<Bind>,
    /// PEM file with the authorities to trust *instead of* those of the operating system. Seen
    /// from the settings file's folder.
    pub ca_file: Option<PathBuf>,
    /// Public keys, one of which the server must have: `sha256//` and the base64 of the SHA-256
    /// of its `SubjectPublicKeyInfo`. Without `ca_file` the key is trusted by itself.
    #[serde(default)]
    pub pins: Vec<String>,
    /// Where accounts are looked for, all the way down: `["OU=Elever,DC=example"]`. Left out:
    /// all of the directory, as it says itself.
    #[serde(default)]
    pub bases: Vec<String>,
    /// Which entries are accounts. Default: `(objectClass=person)`.
    #[serde(default = "default_filter")]
    pub filter: String,
    /// Entries a page. Default: 1000, which is what Active Directory gives at most.
    #[serde(default = "default_page_size")]
    #[schemars(range(min = 1, max = 10_000))]
    pub page_size: u16,
    /// Entries after which it is enough: something is wrong. Default: 1 000 000.
    #[serde(default = "default_max_entries")]
    pub max_entries: u64,
    /// How long to wait for the connection, in seconds. Default: 10.
    #[serde(default = "default_connect_seconds")]
    pub connect_seconds: u64,
    /// How long to wait for the next entry, in seconds. Default: 60.
    #[serde(default = "default_read_seconds")]
    pub read_seconds: u64,
    /// What an account is found by; the words on the right are attributes.
    #[serde(rename = "match")]
    pub by: MatchSettings,
    /// What is filled in, and from which attribute.
    pub fill: FillSettings,
    /// Domains that an address must stand in. Left out: any.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Whether the directory's value counts where the register has one too. Default: no.
    #[serde(default)]
    pub overwrite: bool,
    /// How a disabled account is told, by attribute: `bit 2` (this bit of the number is set) or
    /// a value, in any case. Default: `userAccountControl` with bit 2, `nsAccountLock` with
    /// `TRUE` and `pwdAccountLockedTime` with `000001010000Z`.
    #[serde(default = "default_disabled")]
    pub disabled: BTreeMap<String, String>,
}

/// Who we are at the directory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bind {
    /// Its name: a DN, or in Active Directory also `skolbro@example.se`.
    pub user: String,
    /// Its password.
    pub password: SecretRef,
}

fn default_filter() -> String {
    "(objectClass=person)".to_owned()
}

fn default_page_size() -> u16 {
    1000
}

fn default_max_entries() -> u64 {
    1_000_000
}

fn default_connect_seconds() -> u64 {
    10
}

fn default_read_seconds() -> u64 {
    60
}

/// Active Directory's `ACCOUNTDISABLE`; 389 Directory Server's; `OpenLDAP`'s password policy,
/// where this moment means "until an administrator opens it" (slapo-ppolicy(5)).
fn default_disabled() -> BTreeMap<String, String> {
    [
        ("userAccountControl", "bit 2"),
        ("nsAccountLock", "TRUE"),
        ("pwdAccountLockedTime", "000001010000Z"),
    ]
    .map(|(attribute, value)| (attribute.to_owned(), value.to_owned()))
    .into()
}

/// How an attribute tells that an account is disabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DisabledWhen {
    /// One of these bits is set.
    Bits(i64),
    /// It has this value.
    Is(String),
}

impl DisabledWhen {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.trim().strip_prefix("bit ") {
            Some(bits) => bits.trim().parse().ok().filter(|bits| *bits > 0).map(Self::Bits),
            None if text.trim().is_empty() => None,
            None => Some(Self::Is(text.trim().to_owned())),
        }
    }
}

impl LdapSettings {
    /// Makes file names absolute.
    pub fn seen_from(&mut self, base: &Path) {
        if let Some(file) = &mut self.ca_file {
            *file = base.join(&*file);
        }
    }

    /// Everything that is wrong, all at once.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = self.address_problems();
        let mut add = |path: &[&'static str], sv: &str, en: &str| {
            found.push(Problem { path: path.to_vec(), says: Words::new(sv, en) });
        };
        if filter::encoded(&self.filter).is_none() {
            add(
                &["filter"],
                "Filtret går inte att läsa. Skriv som `(objectClass=person)`, parenteserna med.",
                "The filter cannot be read. Write it as `(objectClass=person)`, with its parentheses.",
            );
        }
        if !self.pins.iter().all(|pin| is_pin(pin)) {
            add(
                &["pins"],
                "En nyckel skrivs `sha256//` och 44 tecken base64, som `curl --pinnedpubkey` vill ha den.",
                "A key is written `sha256//` and 44 characters of base64, as `curl --pinnedpubkey` takes it.",
            );
        }
        if self.bases_overlap() {
            add(
                &["bases"],
                "En av platserna ligger i en annan: alla där skulle läsas två gånger. Ta bort den inre.",
                "One of the bases lies in another: all there would be read twice. Take the inner one out.",
            );
        }
        if !self.disabled.values().all(|text| DisabledWhen::parse(text).is_some()) {
            add(
                &["disabled"],
                "Skriv `bit 2` eller värdet som säger att kontot är avstängt.",
                "Write `bit 2` or the value that says that the account is disabled.",
            );
        }
        let bind = self.bind.as_ref();
        if bind.is_some_and(|bind| bind.user.trim().is_empty()) {
            add(
                &["bind", "user"],
                "Namnet är tomt: då släpps vem som helst in som ingen. Skriv kontots namn.",
                "The name is empty: anybody is let in as nobody then. Write the account's name.",
            );
        }
        let zeros = [
            (["page_size"], u64::from(self.page_size)),
            (["max_entries"], self.max_entries),
            (["connect_seconds"], self.connect_seconds),
            (["read_seconds"], self.read_seconds),
        ];
        for (path, _) in zeros.iter().filter(|(_, value)| *value == 0) {
            add(path, "Talet ska vara minst 1.", "The number must be at least 1.");
        }
        found.extend(matching::problems(&self.by, &self.fill, &self.domains));
        found
    }

    fn address_problems(&self) -> Vec<Problem> {
        let problem = |path: &'static str, sv: &str, en: &str| {
            vec![Problem { path: vec![path], says: Words::new(sv, en) }]
        };
        let url = Url::parse(&self.url).ok().filter(|url| {
            let is_bare = url.username().is_empty() && url.password().is_none();
            let has_host = url.host_str().is_some_and(|host| !host.is_empty());
            is_bare && has_host && url.path().len() <= 1 && url.query().is_none()
        });
        match (url.as_ref().map(Url::scheme), self.start_tls) {
            (Some("ldaps"), false) | (Some("ldap"), true) => Vec::new(),
            (Some("ldaps"), true) => problem(
                "start_tls",
                "`ldaps://` är säkert från början; `start_tls` hör till `ldap://`.",
                "`ldaps://` is secure from the start; `start_tls` belongs to `ldap://`.",
            ),
            (Some("ldap"), false) if self.allow_plain_ldap || url.as_ref().is_some_and(is_here) => {
                Vec::new()
            }
            (Some("ldap"), false) => problem(
                "url",
                "Adressen är okrypterad. Skriv `ldaps://`, eller `start_tls = true`; `allow_plain_ldap = true` bara om nätet däremellan är ert eget.",
                "The address is unencrypted. Write `ldaps://`, or `start_tls = true`; `allow_plain_ldap = true` only if the network between is your own.",
            ),
            _ => problem(
                "url",
                "Skriv adressen som `ldaps://dc1.example` eller `ldaps://dc1.example:3269`, utan namn, lösenord och väg.",
                "Write the address as `ldaps://dc1.example` or `ldaps://dc1.example:3269`, without name, password and path.",
            ),
        }
    }

    fn bases_overlap(&self) -> bool {
        let plain = |base: &String| {
            let parts = base.split(',').map(|part| part.trim().to_lowercase());
            format!(",{}", parts.collect::<Vec<_>>().join(","))
        };
        let bases: Vec<String> = self.bases.iter().map(plain).collect();
        let lies_in = |at: usize, inner: &String| {
            bases.iter().enumerate().any(|(other, outer)| other != at && inner.ends_with(outer))
        };
        bases.iter().enumerate().any(|(at, base)| lies_in(at, base))
    }
}

/// This machine itself.
fn is_here(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "url = \"ldaps://dc1.example\"\nmatch = { personnummer = \"employeeNumber\" }\nfill = { email = \"mail\" }\n";

    fn problems(text: &str) -> Vec<String> {
        let settings: LdapSettings = toml::from_str(text).unwrap();
        settings.problems().iter().map(|it| it.path.join(".")).collect()
    }

    /// K222, K030: what would be sent in the clear, read twice or never found is refused.
    #[test]
    fn settings_are_checked() {
        #[rustfmt::skip]
        let table: &[(&str, &str, &[&str])] = &[
            // instead of         stands                                                expected
            ("",                  "",                                                   &[]),
            ("ldaps://",          "ldap://",                                            &["url"]),
            ("ldaps://dc1.example", "ldap://localhost",                                 &[]),
            ("ldaps://dc1.example", "ldap://127.0.0.1:389",                             &[]),
            ("ldaps://dc1.example", "ldap://[::1]:389",                                 &[]),
            ("ldaps://dc1.example", "https://dc1.example",                              &["url"]),
            ("ldaps://dc1.example", "dc1.example",                                      &["url"]),
            ("ldaps://",          "ldaps://a:b@",                                       &["url"]),
            ("ldaps://dc1.example", "ldapi:///var/run",                                 &["url"]),
            ("ldaps://dc1.example\"", "ldap://dc1.example\"\nstart_tls = true",         &[]),
            ("ldaps://dc1.example\"", "ldaps://dc1.example\"\nstart_tls = true",        &["start_tls"]),
            ("ldaps://dc1.example\"", "ldap://dc1.example\"\nallow_plain_ldap = true",  &[]),
            ("match",             "filter = \"objectClass=(\"\nmatch",                  &["filter"]),
            ("match",             "pins = [\"x\"]\nmatch",                              &["pins"]),
            ("match",             "bases = [\"OU=A, DC=x\", \"dc=x\"]\nmatch",          &["bases"]),
            ("match",             "bases = [\"OU=A,DC=x\", \"OU=AA,DC=x\"]\nmatch",     &[]),
            ("match",             "disabled = { a = \"bit x\" }\nmatch",                &["disabled"]),
            ("match",             "page_size = 0\nmatch",                               &["page_size"]),
            ("match",             "bind = { user = \"\", password = \"env:X\" }\nmatch", &["bind.user"]),
            ("{ email = \"mail\" }", "{}",                                              &["fill"]),
        ];
        for (instead, stands, expected) in table {
            assert_eq!(problems(&GOOD.replacen(instead, stands, 1)), *expected, "{stands}");
        }
        assert!(toml::from_str::<LdapSettings>(&format!("{GOOD}passwd = 1")).is_err());
    }
}
