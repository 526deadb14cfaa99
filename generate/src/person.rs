//! One person, made from the seed and the person's number.

use crate::Day;
use crate::names::{Names, name, sex};
use crate::rng::{Rng, mix, uuid};

/// A pupil or a member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Lower-case UUID.
    pub id: String,
    /// Twelve digits, reserved series 980-999, valid checksum; or a temporary number.
    pub identity_number: String,
    /// Given name.
    pub given_name: String,
    /// Family name; globally unique for a canary.
    pub family_name: String,
    /// Address under `skola.example`; empty when not known.
    pub email: String,
    /// Sign-in name.
    pub username: String,
    /// `YYYY-MM-DD`.
    pub birth_date: String,
    /// `Man` or `Kvinna`.
    pub sex: &'static str,
    /// A protected person, to be searched for in everything that comes out.
    pub canary: Option<u64>,
}

/// What is told of a person before there is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draft {
    pub(crate) kind: Kind,
    /// The person's number among those of the kind.
    pub(crate) number: u64,
    pub(crate) birth_year: i32,
    /// The person's number among those born that year.
    pub(crate) rank: u64,
    pub(crate) style: Style,
    pub(crate) names: Names,
}

/// Who somebody is at school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Pupil,
    Staff,
    Guardian,
}

/// How a person is named and marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Ordinary,
    /// Names that can be searched for, not protected yet.
    Reserved,
    /// Names that can be searched for, and protected.
    Protected,
}

impl Kind {
    const fn letter(self) -> char {
        match self {
            Self::Pupil => 'e',
            Self::Staff => 'p',
            Self::Guardian => 'v',
        }
    }
}

/// The digit that makes nine digits an identity number.
fn checksum(digits: &str) -> u32 {
    let double = |(at, digit): (usize, u32)| {
        let digit = digit * if at % 2 == 0 { 2 } else { 1 };
        digit / 10 + digit % 10
    };
    let sum: u32 = digits.chars().filter_map(|c| c.to_digit(10)).enumerate().map(double).sum();
    (10 - sum % 10) % 10
}

/// Number, birth date and sex. Unique for ranks below 14 600 of a birth year: personnummer
/// first, then samordningsnummer; after that they repeat.
pub(crate) fn identity(year: i32, rank: u64) -> (String, String, &'static str) {
    let (of_year, block) = (rank * 37 % 365, rank / 365);
    let serial = 980 + (of_year * 7 + block) % 20;
    let day = Day::new(year, 1, 1).plus(i32::try_from(of_year).unwrap_or(0));
    let (_, month, of_month) = day.date();
    let coordination = if block / 20 % 2 == 1 { 60 } else { 0 };
    let body = format!("{year:04}{month:02}{:02}{serial}", of_month + coordination);
    let digit = checksum(body.get(2..).unwrap_or_default());
    (format!("{body}{digit}"), day.to_string(), sex(serial))
}

impl Person {
    pub(crate) fn new(seed: u64, draft: Draft) -> Self {
        let Draft { kind, number, birth_year, rank, style, names } = draft;
        let (identity_number, birth_date, sex) = identity(birth_year, rank);
        let letter = kind.letter();
        let (given_name, family_name, username) = match style {
            Style::Ordinary => {
                let (given, family) = name(Rng::of(&[seed, kind as u64, number]), sex, names);
                (given, family, format!("{letter}{number:07}"))
            }
            Style::Reserved | Style::Protected => (
                format!("Hemlig{letter}{number}x"),
                format!("Kanariefågel{letter}{number}x"),
                format!("kanarie{letter}{number}x"),
            ),
        };
        Self {
            id: uuid(mix(seed, kind as u64), 0, number),
            identity_number,
            given_name,
            family_name,
            email: format!("{username}@skola.example"),
            username,
            birth_date,
            sex,
            canary: (style == Style::Protected).then_some(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn identity_numbers_are_checked_reserved_and_unique() {
        let all: BTreeSet<_> = (0..14_600).map(|rank| identity(2015, rank).0).collect();
        assert_eq!(all.len(), 14_600);
        for number in &all {
            assert_eq!(checksum(&number[2..11]).to_string(), number[11..], "{number}");
            assert!(&number[8..11] >= "980", "{number}");
        }
        assert_eq!(checksum("811228987"), 4, "the example of the tax agency");
    }
}
