//! Searching bytes for what must not be there.

use std::collections::{BTreeMap, BTreeSet};

use generate::Canary;

/// Words to look for, in every form in which a program may write them.
#[derive(Default)]
pub(crate) struct Needles {
    /// Each form with what it is, by its first four bytes.
    forms: BTreeMap<[u8; 4], Vec<(Vec<u8>, String)>>,
}

impl Needles {
    /// Looks for this text in UTF-8, in UTF-16 and in hexadecimal digits.
    pub(crate) fn text(&mut self, text: &str) {
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.bytes(text.as_bytes(), text);
        self.bytes(&utf16, &format!("{text} in UTF-16"));
        self.bytes(hex(text.as_bytes()).as_bytes(), &format!("{text} in hex"));
    }

    /// Looks for a UUID as text with and without hyphens and as its 16 bytes.
    pub(crate) fn id(&mut self, id: &str) {
        self.text(id);
        let plain = id.replace('-', "");
        let raw: Vec<u8> = (0..plain.len() / 2)
            .filter_map(|at| u8::from_str_radix(plain.get(at * 2..at * 2 + 2)?, 16).ok())
            .collect();
        self.bytes(plain.as_bytes(), &format!("{id} without hyphens"));
        self.bytes(&raw, &format!("{id} as bytes"));
    }

    /// Looks for an identity number of twelve digits in the forms that people write.
    pub(crate) fn identity_number(&mut self, number: &str) {
        let (date, last) = number.split_at(8);
        for form in [
            number.to_owned(),
            format!("{date}-{last}"),
            number[2..].to_owned(),
            format!("{}-{last}", &date[2..]),
            format!("{}+{last}", &date[2..]),
        ] {
            self.text(&form);
        }
    }

    /// Looks for all that is known of a person.
    pub(crate) fn person(&mut self, person: &Canary) {
        let Canary { id, given_name, family_name, email, username, identity_number } = person;
        for text in [given_name, family_name, email, username] {
            self.text(text);
        }
        self.id(id);
        self.identity_number(identity_number);
    }

    fn bytes(&mut self, form: &[u8], what: &str) {
        if let Some(start) = form.first_chunk::<4>() {
            self.forms.entry(*start).or_default().push((form.to_owned(), what.to_owned()));
        }
    }

    /// Which of the words stand in these bytes.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> BTreeSet<String> {
        let mut begins = vec![false; 1 << 16];
        for [first, second, ..] in self.forms.keys() {
            begins[usize::from(*first) << 8 | usize::from(*second)] = true;
        }
        let mut found = BTreeSet::new();
        for (at, window) in bytes.windows(4).enumerate() {
            if !begins[usize::from(window[0]) << 8 | usize::from(window[1])] {
                continue;
            }
            let start: [u8; 4] = [window[0], window[1], window[2], window[3]];
            for (form, what) in self.forms.get(&start).into_iter().flatten() {
                if bytes[at..].starts_with(form) {
                    found.insert(what.clone());
                }
            }
        }
        found
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Everything that is written like a personnummer or a samordningsnummer and has its
/// control digit, whoever's it is.
pub(crate) fn identity_numbers(bytes: &[u8]) -> BTreeSet<String> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
    bytes
        .split(|byte| !is_part(*byte))
        .filter_map(|word| std::str::from_utf8(word).ok())
        .filter(|word| is_identity_number(word))
        .map(str::to_owned)
        .collect()
}

fn is_identity_number(word: &str) -> bool {
    let digits: String = match word.len() {
        10 | 12 => word.to_owned(),
        11 | 13 if matches!(word.as_bytes()[word.len() - 5], b'-' | b'+') => {
            word.replace(['-', '+'], "")
        }
        _ => return false,
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let is_of_a_century = digits.len() < 12 || ["18", "19", "20"].contains(&&digits[..2]);
    let ten = &digits[digits.len().saturating_sub(10)..];
    let month: u32 = ten[2..4].parse().unwrap_or(0);
    let day: u32 = ten[4..6].parse().unwrap_or(0);
    is_of_a_century
        && (1..=12).contains(&month)
        && (1..=31).contains(&(day % 60))
        && day < 92
        && has_control_digit(ten)
}

fn has_control_digit(ten: &str) -> bool {
    let sum: u32 = ten
        .bytes()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0') * if at % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The search itself is tested: what it does not find proves nothing otherwise.
#[test]
fn the_search_finds_what_is_there_in_every_form() {
    let mut needles = Needles::default();
    needles.text("Kanariefågel");
    needles.id("5095e766-da9e-41da-85af-03be60872225");
    needles.identity_number("201901019800");
    for (bytes, count) in [
        ("en Kanariefågel till".as_bytes().to_vec(), 1),
        ("xKanariefågel".encode_utf16().flat_map(u16::to_le_bytes).collect(), 1),
        (b"4b616e6172696566c3a567656c".to_vec(), 1),
        (
            vec![
                1, 0x50, 0x95, 0xe7, 0x66, 0xda, 0x9e, 0x41, 0xda, 0x85, 0xaf, 3, 0xbe, 0x60, 0x87,
                0x22, 0x25,
            ],
            1,
        ),
        (b"190101-9800".to_vec(), 1),
        (b"20190101-9800".to_vec(), 2),
        (b"Kanari, 5095e766, 20190101".to_vec(), 0),
    ] {
        let found = needles.found_in(&bytes);
        assert_eq!(found.len(), count, "{found:?} in {bytes:?}");
    }
    let numbers =
        identity_numbers(b"201901019800;190101-9800 \"811228+9874\" 20190101-9801 x201901019800");
    assert_eq!(numbers.len(), 3, "{numbers:?}");
}
