//! The state's register of school units, kept as a small file, and what it says of ours.
//!
//! The file is text in UTF-8, so that a person can read it and compare two:
//!
//! ```text
//! skolenhetsregistret 1
//! retrieved 2026-11-28
//! 10000001<TAB>AKTIV<TAB>Exempelskolan
//! ...
//! end 1
//! ```
//!
//! The last line has the number of units; a file without it was cut off. A unit that the
//! register no longer names keeps its line, with the status `BORTTAGEN` of ours, so that we
//! can tell a code that ended from one that never was.
//!
//! # Source
//!
//! reference/sources.md §5.1: codes 10000000–99999999, status AKTIV, VILANDE, UPPHORT,
//! PLANERAD.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{Date, SchoolUnit};

/// What the register says of a unit's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitStatus {
    /// AKTIV.
    Active,
    /// VILANDE: exists, with nothing going on.
    Dormant,
    /// UPPHORT: closed.
    Ended,
    /// PLANERAD: not opened yet.
    Planned,
    /// Named in an earlier copy and no longer: ours, written BORTTAGEN.
    Vanished,
    /// A word that we do not know: nothing is said of the unit.
    Unknown,
}

impl UnitStatus {
    /// Reads the register's word, in any case.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word.trim().to_ascii_uppercase().as_str() {
            "AKTIV" => Self::Active,
            "VILANDE" => Self::Dormant,
            "UPPHORT" => Self::Ended,
            "PLANERAD" => Self::Planned,
            "BORTTAGEN" => Self::Vanished,
            _ => Self::Unknown,
        }
    }

    /// The register's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "AKTIV",
            Self::Dormant => "VILANDE",
            Self::Ended => "UPPHORT",
            Self::Planned => "PLANERAD",
            Self::Vanished => "BORTTAGEN",
            Self::Unknown => "OKÄND",
        }
    }
}

/// One unit of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterUnit {
    /// Its name there.
    pub name: String,
    /// Its life.
    pub status: UnitStatus,
}

/// A copy of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolRegister {
    /// The day when it was fetched.
    pub retrieved: Date,
    /// Units by skolenhetskod, eight digits as text.
    pub units: BTreeMap<String, RegisterUnit>,
}

/// What the register says of a school of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// Known, active, and named as ours.
    Sound,
    /// The school has no code, or none of the right form.
    NoCode,
    /// The register has never named the code.
    NotThere,
    /// Closed, or no longer named (K219).
    Over(&'a RegisterUnit),
    /// Dormant or planned.
    NotActive(&'a RegisterUnit),
    /// Active, but named otherwise: perhaps another school's code.
    OtherName(&'a RegisterUnit),
}

/// Why a file is no copy of the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCopy {
    /// Not such a file at all, or of a later version.
    #[error("the file is no copy of the school unit register, or of another version")]
    Head,
    /// A line that says nothing. Counted from 1.
    #[error("line {0} cannot be read")]
    Line(usize),
    /// The end is missing, or the number there is another.
    #[error("the file is not whole")]
    CutOff,
}

/// Why a fetched register does not replace the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// It names no unit at all.
    #[error("the register names no school unit")]
    Empty,
    /// It lacks many that the copy has.
    #[error("{lost} of {before} school units are missing")]
    Units {
        /// Units that were named before and are not now.
        lost: usize,
        /// Units that were named before.
        before: usize,
    },
}

const HEAD: &str = "skolenhetsregistret 1";
/// Units end a few per cent a year; more at once is an answer that is not whole.
const MOST_LOST_PER_CENT: usize = 5;
/// A copy so small that a share says little may lose this many.
const ALWAYS_LOST: usize = 3;

impl SchoolRegister {
    /// Reads a copy.
    ///
    /// # Errors
    ///
    /// [`BadCopy`]: nothing of such a file is used.
    pub fn parse(text: &str) -> Result<Self, BadCopy> {
        let mut lines = text.lines().enumerate();
        let mut next = || lines.next().map(|(at, line)| (at + 1, line));
        let head = next().map(|(_, line)| line.trim_start_matches('\u{feff}'));
        let retrieved = next().and_then(|(_, line)| line.strip_prefix("retrieved ")?.parse().ok());
        let (Some(HEAD), Some(retrieved)) = (head, retrieved) else { return Err(BadCopy::Head) };
        let mut units = BTreeMap::new();
        let (mut count, mut end) = (0, None);
        while let Some((at, line)) = next() {
            if let Some(number) = line.strip_prefix("end ") {
                end = number.parse::<usize>().ok();
                break;
            }
            let (code, unit) = unit(line).ok_or(BadCopy::Line(at))?;
            units.insert(code.to_owned(), unit);
            count += 1;
        }
        if end == Some(count) { Ok(Self { retrieved, units }) } else { Err(BadCopy::CutOff) }
    }

    /// The copy as a file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}\nretrieved {}\n", self.retrieved);
        for (code, RegisterUnit { name, status }) in &self.units {
            let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{code}\t{}\t{}", status.word(), name.trim());
        }
        let _ = writeln!(text, "end {}", self.units.len());
        text
    }

    /// What to keep after a fetch: all of `now`, and what `before` named besides, as vanished.
    ///
    /// # Errors
    ///
    /// [`Loss`] when so much is missing that the answer can hardly be whole; then `before`
    /// stays.
    pub fn renewed(before: Option<&Self>, mut now: Self) -> Result<Self, Loss> {
        if now.units.is_empty() {
            return Err(Loss::Empty);
        }
        let Some(before) = before else { return Ok(now) };
        let named = before.units.iter().filter(|(_, unit)| unit.status != UnitStatus::Vanished);
        let (mut lost, mut count) = (0, 0);
        for (code, _) in named {
            count += 1;
            lost += usize::from(!now.units.contains_key(code));
        }
        if lost > ALWAYS_LOST && lost * 100 > count * MOST_LOST_PER_CENT {
            return Err(Loss::Units { lost, before: count });
        }
        for (code, unit) in &before.units {
            let gone = RegisterUnit { name: unit.name.clone(), status: UnitStatus::Vanished };
            now.units.entry(code.clone()).or_insert(gone);
        }
        Ok(now)
    }

    /// What the register says of a school.
    #[must_use]
    pub fn standing(&self, school: &SchoolUnit) -> Standing<'_> {
        let Some(code) = school.code.as_deref().filter(|_| school.has_valid_code()) else {
            return Standing::NoCode;
        };
        let Some(unit) = self.units.get(code) else { return Standing::NotThere };
        match unit.status {
            UnitStatus::Ended | UnitStatus::Vanished => Standing::Over(unit),
            UnitStatus::Dormant | UnitStatus::Planned => Standing::NotActive(unit),
            UnitStatus::Unknown => Standing::Sound,
            UnitStatus::Active if is_same_name(&school.name, &unit.name) => Standing::Sound,
            UnitStatus::Active => Standing::OtherName(unit),
        }
    }
}

/// Whether a text is a skolenhetskod: eight digits as text, from 10000000.
#[must_use]
pub fn is_school_code(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0')
}

fn unit(line: &str) -> Option<(&str, RegisterUnit)> {
    let mut fields = line.split('\t');
    let (code, status, name) = (fields.next()?, fields.next()?, fields.next()?);
    let is_unit = is_school_code(code) && fields.next().is_none();
    let status = UnitStatus::parse(status);
    is_unit.then(|| (code, RegisterUnit { name: name.to_owned(), status }))
}

/// Whether two names may well be one school's: the same letters, or all words of one in the
/// other. "Björkskolan" is "Björkskolan F-6" and "BJÖRKSKOLAN"; "Ekskolan" is neither.
fn is_same_name(ours: &str, theirs: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        let parts = name.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        parts.map(str::to_lowercase).collect()
    };
    let (ours, theirs) = (words(ours), words(theirs));
    if ours.is_empty() || theirs.is_empty() || ours.concat() == theirs.concat() {
        return true;
    }
    let (few, many) = if ours.len() < theirs.len() { (&ours, &theirs) } else { (&theirs, &ours) };
    let is_in = |word: &String| {
        let stem = stem(word);
        many.iter().any(|other| self::stem(other) == stem)
    };
    few.iter().all(is_in)
}

/// "Björkskola", "Björkskolan" and "Björkskolans" are one word.
fn stem(word: &str) -> &str {
    let word = word.strip_suffix('s').unwrap_or(word);
    let word = word.strip_suffix('n').unwrap_or(word);
    word.strip_suffix('a').filter(|_| word.ends_with("skola")).unwrap_or(word)
}

#[cfg(test)]
mod tests;
