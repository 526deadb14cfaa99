//! `[school_register]` in the settings file.

use std::path::{Path, PathBuf};

use connect::http;
use schemars::JsonSchema;
use serde::Deserialize;

/// What is wrong in the settings.
pub use connect::http::Problem;

/// `[school_register]`: the copy of Skolenhetsregistret that school unit codes are compared
/// with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The copy, seen from the settings file's folder. Default: `skolenhetsregistret.txt`.
    /// Without it nothing is compared.
    pub file: PathBuf,
    /// Where `skolbro schools refresh` fetches it. Default:
    /// `https://api.skolverket.se/skolenhetsregistret`.
    pub url: String,
    /// How it is reached.
    pub http: http::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            file: PathBuf::from("skolenhetsregistret.txt"),
            url: "https://api.skolverket.se/skolenhetsregistret".to_owned(),
            http: http::Settings::default(),
        }
    }
}

impl Settings {
    /// Makes file names absolute.
    pub fn seen_from(&mut self, base: &Path) {
        self.file = base.join(&self.file);
        self.http.seen_from(base);
    }

    /// Everything that is wrong, all at once.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let under = |mut problem: Problem| {
            problem.path.insert(0, "http");
            problem
        };
        let mut found: Vec<Problem> = self.http.problems().into_iter().map(under).collect();
        if http::is_address(&self.url) {
            return found;
        }
        found.push(Problem {
            path: vec!["url"],
            says: http::Words::new(
                "Skriv hela adressen: `https://...`, utan användarnamn och frågetecken.",
                "Write the whole address: `https://...`, without user name and question mark.",
            ),
        });
        found
    }
}
