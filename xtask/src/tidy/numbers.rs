//! No identity number that could be a person's.
//!
//! Twelve digits that read as a date and a serial with a correct check digit are refused
//! anywhere in the repository, unless the serial lies in 980–999: birth numbers that the Tax
//! Agency keeps for tests and gives to nobody.

use crate::tidy::Finding;
use crate::tree::Tree;

const RESERVED: std::ops::RangeInclusive<u32> = 980..=999;
/// Added to the day of a coordination number.
const COORDINATION: u32 = 60;
/// Checksums are long strings of digits and letters, not identity numbers.
const CHECKSUMS: &str = "Cargo.lock";

pub(crate) fn findings(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| *path != CHECKSUMS) {
        for (index, line) in text.lines().enumerate() {
            if holds_number(line.as_bytes()) {
                let says = "an identity number outside the test series (serials 980-999)";
                findings.push(Finding::at(path, index + 1, says));
            }
        }
    }
    findings
}

fn holds_number(line: &[u8]) -> bool {
    (0..line.len()).any(|at| starts_alone(line, at) && number(&line[at..]).is_some_and(personal))
}

/// Whether a number may begin at `at`: not inside a longer word, nor in the last part of a UUID.
fn starts_alone(line: &[u8], at: usize) -> bool {
    match line[..at] {
        [.., hex, b'-'] => !hex.is_ascii_hexdigit(),
        [.., before] => !before.is_ascii_alphanumeric(),
        [] => true,
    }
}

/// The twelve digits at the start, with or without a sign before the serial.
fn number(text: &[u8]) -> Option<[u32; 12]> {
    let sign = usize::from(text.get(8).is_some_and(|&byte| byte == b'-' || byte == b'+'));
    if text.get(12 + sign).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut digits = [0; 12];
    for (index, digit) in digits.iter_mut().enumerate() {
        let byte = *text.get(index + if index < 8 { 0 } else { sign })?;
        *digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
    }
    Some(digits)
}

fn personal(digits: [u32; 12]) -> bool {
    let value = |part: &[u32]| part.iter().fold(0, |sum, digit| sum * 10 + digit);
    let day = value(&digits[6..8]);
    let day = if day > COORDINATION { day - COORDINATION } else { day };
    let dated = (1850..2100).contains(&value(&digits[..4]))
        && (1..=12).contains(&value(&digits[4..6]))
        && (1..=31).contains(&day);
    dated && luhn(&digits[2..]) && !RESERVED.contains(&value(&digits[8..11]))
}

/// The check that the last digit makes over the nine before it.
fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(index, digit)| if index % 2 == 0 { digit * 2 } else { *digit })
        .map(|part| part / 10 + part % 10)
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::holds_number;

    /// Split, so that this file does not find itself.
    const DAY: &str = "20120229";
    const COORDINATION_DAY: &str = "20120289";

    #[test]
    fn numbers() {
        #[rustfmt::skip]
        let table: &[(&str, String, bool)] = &[
            // what it shows             line                                    refused
            ("a valid number",           format!("{DAY}{}", 1_231),              true),
            ("with a sign",              format!("x;{DAY}-{};y", 1_231),         true),
            ("coordination number",      format!("{COORDINATION_DAY}{}", 1_238), true),
            ("wrong check digit",        format!("{DAY}{}", 1_232),              false),
            ("no such month",            format!("20121329{}", 1_231),           false),
            ("inside a longer number",   format!("7{DAY}{}", 1_231),             false),
            ("the last part of a UUID",  format!("9a1f-{DAY}{}", 1_231),         false),
            ("nothing",                  "999999".to_owned(),                    false),
        ];

        for (shows, line, refused) in table {
            assert_eq!(holds_number(line.as_bytes()), *refused, "{shows}: {line}");
        }
    }

    #[test]
    fn the_test_series_is_free_to_use_and_nothing_beside_it() {
        for day in [DAY, COORDINATION_DAY] {
            let refused = |serial: u32| {
                (0..10).any(|check| holds_number(format!("{day}{serial:03}{check}").as_bytes()))
            };
            assert!(refused(979), "{day}");
            assert!(!(980..=999).any(refused), "{day}");
        }
    }
}
