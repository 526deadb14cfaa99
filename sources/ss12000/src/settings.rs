//! The source's part of the settings.

use std::path::Path;

use connect::http;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::profile::{self, BadProfile, Profile, ProfilePart, QueryValue};
use crate::query;

/// `[source.NAME.ss12000]`: a register that is read over SS12000.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ss12000Settings {
    /// The address below which `organisations`, `persons` and the other lists stand, e.g.
    /// `https://register.example/ss12000/v2.0`.
    pub base_url: String,
    /// What to start from: `standard`, `edlevo` or `educloud`.
    #[serde(default = "default_profile")]
    pub profile: String,
    /// Where the register differs from the profile.
    #[serde(default)]
    pub adjust: ProfilePart,
    /// How we sign in.
    #[serde(default)]
    pub auth: http::AuthSettings,
    /// How the register is reached: time limits, proxy, trust, client certificate.
    #[serde(default)]
    pub http: http::Settings,
    /// Whether a register that departs from the published standard is refused, with a list of
    /// what departs. Default: no, each is reported.
    #[serde(default)]
    pub strict: bool,
    /// When changes are read instead of everything.
    #[serde(default)]
    pub delta: DeltaSettings,
    /// How the register marks persons with protected identity.
    #[serde(default)]
    pub marking: MarkingSettings,
    /// Whether identity numbers are read. Default: `read`, for finding the same person again;
    /// a keyed hash is all that is kept.
    #[serde(default)]
    pub identity_numbers: Numbers,
    /// Four digits each: only schools in these municipalities count, for a register that
    /// holds others' schools too. Empty: all.
    #[serde(default)]
    pub municipalities: Vec<String>,
    /// How many lists are read at once.
    #[serde(default = "default_side_by_side")]
    pub side_by_side: u8,
}

/// When changes are read instead of everything.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeltaSettings {
    /// Whether changes are read at all. Default: yes, where the profile can.
    pub enabled: bool,
    /// Days after which everything is read. 1, the default: the first read of each day is of
    /// everything.
    pub full_every_days: u16,
    /// Seconds to look back behind the last read, since clocks differ. Default: 300, as
    /// Skolverket's reader does.
    pub overlap_seconds: u32,
}

impl Default for DeltaSettings {
    fn default() -> Self {
        Self { enabled: true, full_every_days: 1, overlap_seconds: 300 }
    }
}

/// How the register marks persons with protected identity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkingSettings {
    /// Values of `securityMarking` that mean "not protected"; every other value means
    /// protected. Default: `Ingen`. Where the register has the field, a person who comes
    /// without it, or with an empty one, is withheld: nothing of the person changes, and a new
    /// one waits. The empty value `""` in this list says that such a person is not protected.
    pub open_values: Option<Vec<String>>,
    /// Who, with role and name, has accepted that the register carries no marking. Without it
    /// a register in which no person has the field is refused.
    pub not_carried_acknowledged_by: Option<String>,
}

impl MarkingSettings {
    /// Values that mean "not protected".
    pub(crate) fn open_values(&self) -> Vec<String> {
        self.open_values.clone().unwrap_or_else(|| vec!["Ingen".to_owned()])
    }

    /// What a person is who comes without a marking.
    pub(crate) fn unmarked(&self) -> Unmarked {
        let is_named = self.open_values().iter().any(|value| value.trim().is_empty());
        if is_named || self.is_acknowledged() { Unmarked::Open } else { Unmarked::Withheld }
    }

    pub(crate) fn is_acknowledged(&self) -> bool {
        let who = self.not_carried_acknowledged_by.as_deref();
        who.is_some_and(|who| !who.trim().is_empty())
    }
}

/// What a person is who comes without a marking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unmarked {
    /// Not protected: somebody has said so in the settings.
    Open,
    /// It is not known (reference/sources.md §6.3): nothing about the person changes.
    Withheld,
}

/// Whether identity numbers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Numbers {
    /// They are read, hashed and dropped.
    #[default]
    Read,
    /// They are dropped at once.
    Discard,
}

fn default_profile() -> String {
    "standard".to_owned()
}

fn default_side_by_side() -> u8 {
    3
}

/// Something in the settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Keys from the source's own table down.
    pub path: Vec<String>,
    /// What is wrong and what to do.
    pub says: http::Words,
}

impl Ss12000Settings {
    /// A register at an address, everything else as by default.
    #[must_use]
    pub fn at(base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            profile: default_profile(),
            adjust: ProfilePart::default(),
            auth: http::AuthSettings::None,
            http: http::Settings::default(),
            strict: false,
            delta: DeltaSettings::default(),
            marking: MarkingSettings::default(),
            identity_numbers: Numbers::Read,
            municipalities: Vec::new(),
            side_by_side: default_side_by_side(),
        }
    }

    /// Makes file names absolute: they are written as seen from the settings file's folder.
    pub fn seen_from(&mut self, base: &Path) {
        self.http.seen_from(base);
    }

    /// What cannot be used, all at once; empty when the source can be made.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut problem = |path: &[&str], sv: String, en: String| {
            let path = path.iter().map(|&key| key.to_owned()).collect();
            found.push(Problem { path, says: http::Words::new(sv, en) });
        };
        if !is_address(&self.base_url) {
            problem(
                &["base_url"],
                "Skriv hela adressen: `https://server/väg`, utan användarnamn, frågetecken och listans namn.".to_owned(),
                "Write the whole address: `https://host/path`, without user name, question mark and the list's name.".to_owned(),
            );
        }
        if let Err(bad) = Profile::of(&self.profile, &self.adjust) {
            let (path, sv, en) = profile_words(&bad);
            problem(&path, sv, en);
        }
        for (collection, queries) in &self.adjust.queries {
            for value in queries.iter().flat_map(|query| query.values()) {
                let texts = match value {
                    QueryValue::One(text) => std::slice::from_ref(text),
                    QueryValue::Many(texts) => texts.as_slice(),
                };
                if texts.iter().any(|text| !query::is_good(text)) {
                    problem(
                        &["adjust", "queries", collection.name()],
                        "Klamrar betyder ett datum: `{today}`, `{today+30}` eller `{today-30}`."
                            .to_owned(),
                        "Braces mean a date: `{today}`, `{today+30}` or `{today-30}`.".to_owned(),
                    );
                }
            }
        }
        if self.municipalities.iter().any(|code| !is_municipality(code)) {
            problem(
                &["municipalities"],
                "En kommunkod är fyra siffror inom citattecken, t.ex. \"0180\".".to_owned(),
                "A municipality code is four digits in quotes, e.g. \"0180\".".to_owned(),
            );
        }
        for (key, value) in [
            ("full_every_days", u64::from(self.delta.full_every_days)),
            ("overlap_seconds", u64::from(self.delta.overlap_seconds)),
        ] {
            if value == 0 {
                problem(
                    &["delta", key],
                    "Talet ska vara minst 1.".to_owned(),
                    "The number must be at least 1.".to_owned(),
                );
            }
        }
        if self.side_by_side == 0 {
            problem(
                &["side_by_side"],
                "Talet ska vara minst 1.".to_owned(),
                "The number must be at least 1.".to_owned(),
            );
        }
        found.extend(below("auth", self.auth.problems()));
        found.extend(below("http", self.http.problems()));
        found
    }
}

fn below(key: &str, problems: Vec<http::Problem>) -> impl Iterator<Item = Problem> {
    let key = key.to_owned();
    problems.into_iter().map(move |http::Problem { path, says }| {
        let below = path.into_iter().map(str::to_owned);
        Problem { path: std::iter::once(key.clone()).chain(below).collect(), says }
    })
}

fn profile_words(bad: &BadProfile) -> (Vec<&'static str>, String, String) {
    match bad {
        BadProfile::Unknown => {
            let names = profile::names().collect::<Vec<_>>().join(", ");
            (
                vec!["profile"],
                format!("Profilen finns inte. De som finns är {names}."),
                format!("There is no such profile. There are {names}."),
            )
        }
        BadProfile::Broken(why) => (
            vec!["profile"],
            format!("Profilen går inte att läsa: {why}."),
            format!("The profile cannot be read: {why}."),
        ),
        BadProfile::BadWord(at, word) => {
            let path = std::iter::once("adjust").chain(at.split('.')).collect();
            (
                path,
                format!("`{word}` är inget ord i standarden (SS12000). Skriv ett som är det."),
                format!("`{word}` is no word of the standard (SS12000). Write one that is."),
            )
        }
    }
}

fn is_address(text: &str) -> bool {
    http::Url::parse(text).is_ok_and(|url| {
        ["http", "https"].contains(&url.scheme())
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}

fn is_municipality(code: &str) -> bool {
    code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit())
}
