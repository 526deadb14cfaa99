//! What supplements share of their settings: what a person's entry is found by, and what it
//! fills in. The words on the right are the connector's: attributes of a directory, columns
//! of a file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::http::{Problem, Words};

/// What a person's entry is found by: one of the three.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MatchSettings {
    /// Where the personnummer or samordningsnummer stands. It lives in memory while we read,
    /// and is dropped; temporary numbers find nobody.
    pub personnummer: Option<String>,
    /// Where the register's own id stands.
    pub source_id: Option<String>,
    /// Which source's ids they are, by its name. Left out: the first source's.
    pub source: Option<String>,
    /// A further field of the register's profile, and where its value stands: `extra.guid =
    /// "objectGUID"`.
    pub extra: BTreeMap<String, String>,
}

impl MatchSettings {
    /// Where what is matched stands.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        let named = self.personnummer.as_deref().or(self.source_id.as_deref());
        named.or_else(|| self.extra.values().next().map(String::as_str))
    }
}

/// What is filled in, and where it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FillSettings {
    /// E-mail address.
    pub email: Option<String>,
    /// User name.
    pub username: Option<String>,
}

/// Everything that is wrong, all at once.
#[must_use]
pub fn problems(by: &MatchSettings, fill: &FillSettings, domains: &[String]) -> Vec<Problem> {
    let MatchSettings { personnummer, source_id, source, extra } = by;
    let mut found = Vec::new();
    let mut add = |path: &[&'static str], sv: &str, en: &str| {
        found.push(Problem { path: path.to_vec(), says: Words::new(sv, en) });
    };
    let ways = usize::from(personnummer.is_some()) + usize::from(source_id.is_some()) + extra.len();
    if ways != 1 {
        add(
            &["match"],
            "Skriv vad en person hittas med, ett av: `personnummer`, `source_id` eller `extra.FÄLT`.",
            "Write what a person is found by, one of: `personnummer`, `source_id` or `extra.FIELD`.",
        );
    }
    if source.is_some() && source_id.is_none() {
        add(
            &["match", "source"],
            "`source` säger vems id det är, och hör till `source_id`.",
            "`source` says whose id it is, and belongs to `source_id`.",
        );
    }
    if fill.email.is_none() && fill.username.is_none() {
        add(
            &["fill"],
            "Skriv vad som fylls i: `email`, `username` eller båda.",
            "Write what is filled in: `email`, `username` or both.",
        );
    }
    let texts = [personnummer, source_id, &fill.email, &fill.username];
    let mut texts = texts.into_iter().flatten().chain(extra.values());
    if texts.any(|text| text.trim().is_empty()) {
        add(
            &["match"],
            "Ett namn är tomt: skriv attributet eller kolumnen.",
            "A name is empty: write the attribute or the column.",
        );
    }
    let is_domain = |text: &String| {
        let fits = |c: char| c.is_alphanumeric() || "-.".contains(c);
        text.contains('.') && !text.starts_with('.') && text.chars().all(fits)
    };
    if !domains.iter().all(is_domain) {
        add(
            &["domains"],
            "En domän skrivs som `elev.exempel.se`, utan @ och stjärna.",
            "A domain is written as `elev.example.se`, without @ and star.",
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Both {
        #[serde(rename = "match")]
        by: MatchSettings,
        fill: FillSettings,
        #[serde(default)]
        domains: Vec<String>,
    }

    /// K222: what does not say who is meant or what is filled in is refused.
    #[test]
    fn a_match_says_one_thing() {
        #[rustfmt::skip]
        let table: &[(&str, &[&str])] = &[
            ("match = { personnummer = \"employeeNumber\" }\nfill = { email = \"mail\" }", &[]),
            ("match = { source_id = \"employeeID\", source = \"a\" }\nfill = { username = \"uid\" }", &[]),
            ("match = { extra.guid = \"objectGUID\" }\nfill = { email = \"mail\" }\ndomains = [\"elev.exempel.se\"]", &[]),
            ("match = {}\nfill = {}", &["match", "fill"]),
            ("match = { personnummer = \"a\", source_id = \"b\" }\nfill = { email = \"mail\" }", &["match"]),
            ("match = { personnummer = \"a\", source = \"b\" }\nfill = { email = \" \" }", &["match.source", "match"]),
            ("match = { personnummer = \"a\" }\nfill = { email = \"mail\" }\ndomains = [\"@exempel.se\"]", &["domains"]),
        ];
        for (text, expected) in table {
            let both: Both = toml::from_str(text).unwrap();
            let found = problems(&both.by, &both.fill, &both.domains);
            let paths: Vec<String> = found.iter().map(|it| it.path.join(".")).collect();
            assert_eq!(paths, *expected, "{text}");
        }
    }
}
