//! Identity numbers: personnummer, samordningsnummer and the temporary forms of schools.
//!
//! A number lives from the reader to the gate, which keeps a keyed hash (K066).
//!
//! # Source
//!
//! reference/sources.md §6.1.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Date, terms::Sex};

/// Letters that an interim number may have for its first serial digit.
const INTERIM_LETTERS: &[u8] = b"TRSUWXJKLMN";

/// An identity number of a known form.
///
/// No `Debug`, `Display`, `Clone` or way out but a keyed hash; wiped when dropped (K066).
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct IdentityNumber {
    /// `YYYYMMDD` as printed (a samordningsnummer's day is 60 too high), then four
    /// characters; ASCII, upper case.
    canonical: [u8; 12],
    #[zeroize(skip)]
    kind: NumberKind,
}

/// Kinds of number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NumberKind {
    /// Personnummer.
    Personnummer,
    /// Samordningsnummer: the day of birth is 60 too high.
    Coordination,
    /// Interim number with a check digit: a letter for the first serial digit.
    Interim,
    /// TF number, T number or another that a school gave: no check digit.
    Temporary,
}

impl NumberKind {
    /// Whether it is kept for life. The others are neither unique nor persistent and never
    /// match persons (K073, K074).
    #[must_use]
    pub fn is_persistent(self) -> bool {
        match self {
            Self::Personnummer | Self::Coordination => true,
            Self::Interim | Self::Temporary => false,
        }
    }
}

/// What is wrong with a text that should be an identity number. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum IdentityNumberError {
    /// Neither 10 nor 12 characters, the separator not counted. Often a leading zero that a
    /// spreadsheet took away.
    #[error("neither 10 nor 12 characters long")]
    Length,
    /// A character where none of its kind may stand.
    #[error("a character that no identity number has in that place")]
    Characters,
    /// The date is in no calendar, or after today.
    #[error("the date does not exist or lies ahead")]
    Date,
    /// The serial number 000, which is given to nobody.
    #[error("the serial number is 000")]
    Serial,
    /// The check digit does not agree with the others. Often a mistyped digit.
    #[error("the check digit is wrong")]
    Checksum,
}

impl IdentityNumber {
    /// Reads a number of any form.
    ///
    /// # Shapes
    ///
    /// * `text`: `YYYYMMDD` or `YYMMDD`, `-`, `+` or nothing, four characters; space around
    ///   it is passed over, letters may be of either case. The four are digits, an interim
    ///   letter and digits, or two letters and two digits. `00000000-TF01`, which some files
    ///   have for staff, is a temporary number without a date of birth.
    /// * `today`: without a century the newest existing date not after it is meant; `+`
    ///   means a hundred years earlier.
    ///
    /// # Source
    ///
    /// reference/sources.md §6.1.
    pub fn parse(text: &str, today: Date) -> Result<Self, IdentityNumberError> {
        let written = Written::of(text.trim())?;
        let mut number = Self { canonical: [b'0'; 12], kind: written.kind()? };
        number.canonical[2..].copy_from_slice(&*written.digits);
        let [high, low] = two_digits(written.century(number.kind, today)?);
        number.canonical[0] = high;
        number.canonical[1] = low;
        written.check(&mut number.kind)?;
        Ok(number)
    }

    /// What kind of number it is.
    #[must_use]
    pub fn kind(&self) -> NumberKind {
        self.kind
    }

    /// The date of birth that the number tells. Staff placeholders tell none, nor does a
    /// samordningsnummer whose date is not known in full.
    #[must_use]
    pub fn birth_date(&self) -> Option<Date> {
        let year = i16::try_from(number_in(&self.canonical[..4])).ok()?;
        day_of(year, &self.canonical[4..8], self.kind)
    }

    /// The sex that the number tells: even means woman. Staff placeholders tell none.
    ///
    /// # Source
    ///
    /// The third serial digit; in a TF number that is the first of its two digits, in a T
    /// number the second of its three (IVO's scheme, reference/sources.md §6.1).
    #[must_use]
    pub fn sex(&self) -> Option<Sex> {
        if self.canonical[..8] == *b"00000000" {
            return None;
        }
        let even = (self.canonical[10] - b'0').is_multiple_of(2);
        Some(if even { Sex::Kvinna } else { Sex::Man })
    }

    /// The number's one written form, for the gate's keyed hash: 12 characters, ASCII.
    pub(crate) fn canonical(&self) -> &[u8] {
        &self.canonical
    }
}

/// A number as it was written: what stands before and after the separator.
struct Written {
    century: Century,
    /// `YYMMDD` and the four last characters.
    digits: Zeroizing<[u8; 10]>,
}

#[derive(Clone, Copy)]
enum Century {
    Given(u32),
    Newest,
    HundredYearsEarlier,
}

impl Written {
    fn of(text: &str) -> Result<Self, IdentityNumberError> {
        use IdentityNumberError::{Characters, Length};
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+')) {
            return Err(Characters);
        }
        let (head, tail) =
            text.as_bytes().split_at_checked(text.len().wrapping_sub(4)).ok_or(Length)?;
        let (date, separator) = match head {
            [date @ .., sign @ (b'-' | b'+')] => (date, Some(*sign)),
            _ => (head, None),
        };
        let (century, date) = match date.len() {
            8 => (Some(&date[..2]), &date[2..]),
            6 => (None, date),
            _ => return Err(Length),
        };
        if !date.iter().chain(century.into_iter().flatten()).all(u8::is_ascii_digit) {
            return Err(Characters);
        }
        let mut digits = Zeroizing::new([0; 10]);
        digits[..6].copy_from_slice(date);
        digits[6..].copy_from_slice(tail);
        digits.make_ascii_uppercase();
        let century = match (century, separator) {
            (Some(century), _) => Century::Given(number_in(century)),
            (None, Some(b'+')) => Century::HundredYearsEarlier,
            (None, _) => Century::Newest,
        };
        Ok(Self { century, digits })
    }

    /// The kind that the form tells. A T number is told from an interim one by its check
    /// digit alone: [`Self::check`].
    fn kind(&self) -> Result<NumberKind, IdentityNumberError> {
        let letters = self.digits[6..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        if !self.digits[6 + letters..].iter().all(u8::is_ascii_digit) {
            return Err(IdentityNumberError::Characters);
        }
        let first = self.digits[6];
        match letters {
            0 if self.digits[4] >= b'6' => Ok(NumberKind::Coordination),
            0 => Ok(NumberKind::Personnummer),
            1 if first == b'T' && self.has_no_date() => Ok(NumberKind::Temporary),
            1 if INTERIM_LETTERS.contains(&first) => Ok(NumberKind::Interim),
            2 => Ok(NumberKind::Temporary),
            _ => Err(IdentityNumberError::Characters),
        }
    }

    /// The first two digits of the year.
    fn century(&self, kind: NumberKind, today: Date) -> Result<u32, IdentityNumberError> {
        if kind == NumberKind::Temporary && self.has_no_date() {
            return Ok(0);
        }
        let fits = |century: u32| {
            i16::try_from(century * 100 + number_in(&self.digits[..2]))
                .is_ok_and(|year| is_possible(year, &self.digits[2..6], kind, today))
        };
        let newest = || {
            let this = u32::try_from(today.year() / 100).unwrap_or_default();
            (0..=this).rev().take(3).find(|&century| fits(century))
        };
        let century = match self.century {
            Century::Given(century) => Some(century),
            Century::Newest => newest(),
            Century::HundredYearsEarlier => newest().and_then(|century| century.checked_sub(1)),
        };
        century.filter(|&century| fits(century)).ok_or(IdentityNumberError::Date)
    }

    /// Nothing but zeros where the date should be, as in staff placeholders.
    fn has_no_date(&self) -> bool {
        let century = match self.century {
            Century::Given(century) => century,
            Century::Newest | Century::HundredYearsEarlier => 0,
        };
        century == 0 && self.digits[..6].iter().all(|&digit| digit == b'0')
    }

    /// The serial number and the check digit.
    fn check(&self, kind: &mut NumberKind) -> Result<(), IdentityNumberError> {
        match kind {
            NumberKind::Temporary => Ok(()),
            NumberKind::Interim => {
                // T and three digits is also what schools give without a check digit.
                match (luhn(&self.digits), self.digits[6]) {
                    (true, _) => Ok(()),
                    (false, b'T') => {
                        *kind = NumberKind::Temporary;
                        Ok(())
                    }
                    (false, _) => Err(IdentityNumberError::Checksum),
                }
            }
            NumberKind::Personnummer | NumberKind::Coordination => {
                if !luhn(&self.digits) {
                    return Err(IdentityNumberError::Checksum);
                }
                if self.digits[6..9] == *b"000" {
                    return Err(IdentityNumberError::Serial);
                }
                Ok(())
            }
        }
    }
}

/// Whether a number of this kind can have been given out by today.
///
/// A samordningsnummer may hold a date of birth that is not known in full or does not exist
/// (month 00, day 60, 30 February): the tax agency's test numbers do.
fn is_possible(year: i16, month_day: &[u8], kind: NumberKind, today: Date) -> bool {
    if kind != NumberKind::Coordination {
        return day_of(year, month_day, kind).is_some_and(|date| date <= today);
    }
    let (month, day) = (number_in(&month_day[..2]), number_in(&month_day[2..]).wrapping_sub(60));
    let now =
        (today.year(), today.month().unsigned_abs().into(), today.day().unsigned_abs().into());
    month <= 12 && day <= 31 && (year, month, day) <= now
}

fn day_of(year: i16, month_day: &[u8], kind: NumberKind) -> Option<Date> {
    let month = i8::try_from(number_in(&month_day[..2])).ok()?;
    let printed = i8::try_from(number_in(&month_day[2..])).ok()?;
    let day = if kind == NumberKind::Coordination { printed - 60 } else { printed };
    Date::new(year, month, day).ok()
}

fn number_in(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

fn two_digits(number: u32) -> [u8; 2] {
    [number / 10 % 10, number % 10].map(|digit| b'0' + u8::try_from(digit).unwrap_or_default())
}

/// Whether the last of ten characters is the check digit of the nine before; a letter
/// counts as 1 (personnummer specification 3.1).
fn luhn(digits: &[u8; 10]) -> bool {
    let sum: u8 = digits
        .iter()
        .enumerate()
        .map(|(place, byte)| {
            let digit = if byte.is_ascii_digit() { byte - b'0' } else { 1 };
            let weighted = if place.is_multiple_of(2) { digit * 2 } else { digit };
            weighted / 10 + weighted % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests;
