//! What is wrong in a settings file, in both languages.

use std::fmt;
use std::ops::Range;

use super::settings::{Lang, Settings};

/// A text in both languages that people meet (K222).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    /// Swedish.
    pub sv: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A text in both languages.
    pub fn new(sv: impl Into<String>, en: impl Into<String>) -> Self {
        Self { sv: sv.into(), en: en.into() }
    }

    /// The text in one language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Sv => &self.sv,
            Lang::En => &self.en,
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $text:literal,)+) => {
        /// What kind of mistake it is; stable, for programs and manuals.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $code,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The written form.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => $text),+ }
            }
        }
    };
}

codes! {
    /// The file is not TOML.
    Syntax = "syntax",
    /// A key that nothing reads.
    UnknownKey = "unknown_key",
    /// A word that is not among those allowed.
    UnknownValue = "unknown_value",
    /// A value of another type.
    WrongType = "wrong_type",
    /// A value outside what is allowed.
    BadValue = "bad_value",
    /// A key that must be there.
    MissingKey = "missing_key",
    /// Two values that must not be the same.
    Duplicate = "duplicate",
    /// Several keys of which only one may be there.
    OneOf = "one_of",
    /// No connector of that name.
    UnknownConnector = "unknown_connector",
    /// A source or target without its connector's table.
    NoConnector = "no_connector",
    /// A source or target with two connectors' tables.
    SeveralConnectors = "several_connectors",
    /// A secret that is written out, or a reference that cannot be read.
    SecretInPlain = "secret_in_plain",
    /// A last day before the first.
    EndBeforeStart = "end_before_start",
    /// The name of a source that is not there.
    UnknownSource = "unknown_source",
    /// The name of a kind that the receiver does not have.
    UnknownKind = "unknown_kind",
    /// The name of an attribute that the kind does not have.
    UnknownAttribute = "unknown_attribute",
    /// A step that the receiver cannot take.
    VerbNotPossible = "verb_not_possible",
    /// Drift at a receiver that cannot be read.
    DriftNotVisible = "drift_not_visible",
    /// Names used again at a receiver that shows no sleeping accounts.
    NothingSleeps = "nothing_sleeps",
    /// What is found at a receiver where nobody else makes anything.
    NothingFound = "nothing_found",
    /// A mistake in an expression.
    Expression = "expression",
    /// A second source in package brons.
    BronsSecondSource = "brons_second_source",
    /// Adjusted data in package brons.
    BronsAdjusts = "brons_adjusts",
    /// A rule that no source can answer.
    SourceCannot = "source_cannot",
    /// A schedule that the receiver does not allow: a warning.
    ScheduleClamped = "schedule_clamped",
    /// Settings that lead nowhere: a warning.
    NothingToDo = "nothing_to_do",
    /// What the connector itself says of its part.
    Connector = "connector",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One mistake and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub code: Code,
    /// Bytes of the file.
    pub span: Range<usize>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Option<Text>,
}

/// Why the settings cannot be used: everything that was found, in the order of the file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{file}: {} problems in the settings", list.len())]
pub struct Problems {
    /// The file's name as the caller gave it.
    pub file: String,
    /// At least one.
    pub list: Vec<Problem>,
    /// What could be read all the same: for mistakes that only the caller can find.
    pub readable: Option<Box<Settings>>,
}

impl Problems {
    /// Whether the package is what stands in the way (exit code 41).
    #[must_use]
    pub fn is_package_only(&self) -> bool {
        let package = [Code::BronsSecondSource, Code::BronsAdjusts];
        !self.list.is_empty() && self.list.iter().all(|problem| package.contains(&problem.code))
    }
}

/// Line and column, both from 1, of a byte.
pub(crate) fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
    (line, before.get(line_start..).unwrap_or("").chars().count() + 1)
}

/// The candidate that was most likely meant.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let ranked = candidates.into_iter().map(|candidate| {
        let candidate_lower = candidate.to_lowercase();
        let begins = lower.chars().count() >= 3 && candidate_lower.starts_with(&lower);
        let distance = strsim::damerau_levenshtein(&lower, &candidate_lower);
        (if begins { 0 } else { distance }, candidate)
    });
    let (distance, candidate) = ranked.min()?;
    let close = distance <= (lower.chars().count() * 2 / 5).max(1)
        || strsim::jaro_winkler(&lower, &candidate.to_lowercase()) > 0.88;
    close.then_some(candidate)
}

/// "Did you mean", or what there is to choose from.
pub(crate) fn suggestion(word: &str, candidates: &[&str]) -> Option<Text> {
    if let Some(near) = nearest(word, candidates.iter().copied()) {
        return Some(Text::new(format!("Menade du `{near}`?"), format!("Did you mean `{near}`?")));
    }
    if candidates.is_empty() {
        return None;
    }
    let all = candidates.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
    Some(Text::new(format!("Välj bland {all}."), format!("Choose among {all}.")))
}
