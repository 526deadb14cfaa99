//! From a directory's attributes to an entry.

use std::fmt::Write as _;

use roster::SourceError;
use roster::supplement::{Account, Entries, Entry};

use crate::answer;
use crate::settings::{DisabledWhen, LdapSettings};

/// The attributes that we ask for, and what each is to us.
pub(crate) struct Attributes {
    id: String,
    email: Option<String>,
    username: Option<String>,
    disabled: Vec<(String, DisabledWhen)>,
    names: Vec<String>,
}

impl Attributes {
    pub(crate) fn of(settings: &LdapSettings) -> Self {
        let id = settings.by.place().unwrap_or_default().to_owned();
        let (email, username) = (settings.fill.email.clone(), settings.fill.username.clone());
        let disabled: Vec<(String, DisabledWhen)> = settings
            .disabled
            .iter()
            .filter_map(|(name, text)| Some((name.clone(), DisabledWhen::parse(text)?)))
            .collect();
        let mut names = vec![id.clone()];
        names.extend(email.iter().chain(&username).cloned());
        names.extend(disabled.iter().map(|(name, _)| name.clone()));
        names.sort_unstable();
        names.dedup();
        Self { id, email, username, disabled, names }
    }

    /// Those that are asked for: no others leave the directory.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Takes in an entry.
    pub(crate) fn take(
        &self,
        entry: &answer::Entry<'_>,
        entries: &mut Entries,
    ) -> Result<(), SourceError> {
        let ids = values(entry, &self.id);
        let of = |name: &Option<String>| {
            name.as_ref().map(|name| values(entry, name)).unwrap_or_default()
        };
        let (emails, usernames) = (of(&self.email), of(&self.username));
        entries.take(&Entry {
            ids: &texts(&ids),
            emails: &texts(&emails),
            usernames: &texts(&usernames),
            account: self.account(entry),
        })
    }

    fn account(&self, entry: &answer::Entry<'_>) -> Account {
        let is_disabled = |(name, when): &(String, DisabledWhen)| {
            values(entry, name).iter().any(|value| match when {
                DisabledWhen::Bits(bits) => {
                    value.trim().parse::<i64>().is_ok_and(|number| number & bits != 0)
                }
                DisabledWhen::Is(word) => value.trim().eq_ignore_ascii_case(word),
            })
        };
        if self.disabled.iter().any(is_disabled) { Account::Disabled } else { Account::Open }
    }
}

fn texts(values: &[String]) -> Vec<&str> {
    values.iter().map(String::as_str).collect()
}

fn values(entry: &answer::Entry<'_>, name: &str) -> Vec<String> {
    entry.values(name).map(|value| text(name, value)).collect()
}

/// A value as text; an `objectGUID` in the form that people write.
fn text(name: &str, value: &[u8]) -> String {
    match <[u8; 16]>::try_from(value) {
        Ok(guid) if name.eq_ignore_ascii_case("objectGUID") => guid_text(guid),
        _ => String::from_utf8_lossy(value).into_owned(),
    }
}

/// The first three parts stand with their least byte first (MS-DTYP §2.3.4.2).
fn guid_text(mut guid: [u8; 16]) -> String {
    guid[..4].reverse();
    guid[4..6].reverse();
    guid[6..8].reverse();
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    let parts = [&guid[..4], &guid[4..6], &guid[6..8], &guid[8..10], &guid[10..]];
    parts.map(hex).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Attrs = &'static [(&'static str, &'static str)];

    fn attributes(more: &str) -> Attributes {
        let text = format!(
            "url = \"ldaps://x\"\nmatch = {{ personnummer = \"employeeNumber\" }}\nfill = {{ email = \"mail\" }}\n{more}"
        );
        Attributes::of(&toml::from_str(&text).unwrap())
    }

    fn entry(attrs: Attrs) -> answer::Entry<'static> {
        let attributes =
            attrs.iter().map(|(name, value)| (*name, vec![value.as_bytes()])).collect();
        answer::Entry { attributes }
    }

    /// K075: a disabled account is told as the directory tells it.
    #[test]
    fn disabled_accounts_are_told() {
        #[rustfmt::skip]
        let table: &[(&str, Attrs, Account)] = &[
            ("",                                        &[("userAccountControl", "512")],                Account::Open),
            ("",                                        &[("userAccountControl", "514")],                Account::Disabled),
            ("",                                        &[("useraccountcontrol", "66050")],              Account::Disabled),
            ("",                                        &[("userAccountControl", "x")],                  Account::Open),
            ("",                                        &[("nsAccountLock", "true")],                    Account::Disabled),
            ("",                                        &[("nsAccountLock", "FALSE")],                   Account::Open),
            ("",                                        &[("pwdAccountLockedTime", "000001010000Z")],    Account::Disabled),
            ("",                                        &[("pwdAccountLockedTime", "20261128080000Z")],  Account::Open),
            ("",                                        &[],                                             Account::Open),
            ("disabled = { eduStatus = \"slutat\" }",   &[("eduStatus", "Slutat")],                      Account::Disabled),
            ("disabled = {}",                           &[("userAccountControl", "514")],                Account::Open),
        ];
        for (more, attrs, account) in table {
            assert_eq!(attributes(more).account(&entry(attrs)), *account, "{more} {attrs:?}");
        }
    }

    /// Nothing but what the settings name leaves the directory.
    #[test]
    fn only_what_is_needed_is_asked_for() {
        let asked = attributes("disabled = { mail = \"borta\" }");
        assert_eq!(asked.names(), ["employeeNumber", "mail"]);
    }

    /// An id in binary is one that people write, whatever its bytes.
    #[test]
    fn a_guid_is_written_as_people_do() {
        let guid = *b"\x5b\xad\x8f\x0f\xcb\xd9\x9f\x46\xa1\x65\x70\x86\x77\x28\x95\x0e";
        assert_eq!(text("objectguid", &guid), "0f8fad5b-d9cb-469f-a165-70867728950e");
        assert_eq!(text("objectGUID", b"abcdefghijklmnop").len(), 36);
        assert_eq!(text("employeeID", b"abcdefghijklmnop"), "abcdefghijklmnop");
    }
}
