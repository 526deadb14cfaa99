//! Identity numbers in free text: a group that is named by its mentor's number is never
//! shown by it (reference/sources.md §2.2, "never show, log or forward these names").

/// The text without what looks like an identity number, whatever its check digit says and
/// however its parts are set apart; `None` when nothing does.
pub(crate) fn without_numbers(text: &str) -> Option<String> {
    // Six digits of a date and two of a serial number are the least.
    if text.chars().filter(|letter| plain(*letter).is_ascii_digit()).count() < 8 {
        return None;
    }
    let letters: Vec<(usize, char)> = text.char_indices().map(|(at, c)| (at, plain(c))).collect();
    let mut kept = String::new();
    let (mut from, mut at) = (0, 0);
    while at < letters.len() {
        let starts = at == 0 || !letters[at - 1].1.is_ascii_digit();
        match number_at(&letters[at..]).filter(|_| starts) {
            Some(length) => {
                kept.push_str(text.get(from..letters[at].0)?);
                at += length;
                from = letters.get(at).map_or(text.len(), |(at, _)| *at);
            }
            None => at += 1,
        }
    }
    if from == 0 {
        return None;
    }
    kept.push_str(text.get(from..)?);
    let words: Vec<&str> = kept.split_whitespace().collect();
    Some(words.join(" ").trim_matches(['-', '–', ',', ':', '(', ')', ' ']).to_owned())
}

/// A full-width digit as the digit that it is.
fn plain(letter: char) -> char {
    match letter {
        '０'..='９' => {
            char::from_u32(u32::from(letter) - u32::from('０') + u32::from('0')).unwrap_or(letter)
        }
        other => other,
    }
}

/// Signs between two parts of a number, at most.
const SIGNS: usize = 4;

/// Letters of a number that begins here: eight or six digits of a date, four characters of
/// which the last two are digits and the first two may be letters, and any signs between.
fn number_at(letters: &[(usize, char)]) -> Option<usize> {
    if !letters.first()?.1.is_ascii_digit() {
        return None;
    }
    [8, 6].into_iter().find_map(|date| {
        let (mut found, mut signs, mut length) = (Vec::with_capacity(12), 0, 0);
        for (_, letter) in letters {
            if letter.is_alphanumeric() {
                signs = 0;
                found.push(u8::try_from(*letter).ok()?);
            } else {
                signs += 1;
            }
            length += 1;
            if signs > SIGNS {
                return None;
            }
            if found.len() == date + 4 {
                break;
            }
        }
        let (day, serial) = found.split_at_checked(date)?;
        let is_day = day.iter().all(u8::is_ascii_digit) && is_date(day);
        let beginning = serial.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let ends = letters.get(length).is_none_or(|(_, letter)| !letter.is_ascii_digit());
        let is_serial = serial.len() == 4
            && beginning <= 2
            && serial[beginning..].iter().all(u8::is_ascii_digit);
        (is_day && is_serial && ends).then_some(length)
    })
}

/// Whether digits are a date, or a coordination number's: so that `2026-2027` and codes stay.
fn is_date(digits: &[u8]) -> bool {
    let [.., m1, m2, d1, d2] = digits else { return false };
    let number = |high: u8, low: u8| (high - b'0') * 10 + (low - b'0');
    number(*m1, *m2) <= 12 && matches!(number(*d1, *d2), 0..=31 | 60..=91)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_its_identity_number_and_nothing_else() {
        #[rustfmt::skip]
        let table = &[
            // name                          without
            ("196701012345",                 Some("")),
            ("670101-2345",                  Some("")),
            ("6701012345",                   Some("")),
            ("Mentor 19670101-2345",         Some("Mentor")),
            ("Mentor 19670101 2345 (7A)",    Some("Mentor (7A")),
            ("20130101TF01",                 Some("")),
            ("130101-T123 Åk 7",             Some("Åk 7")),
            ("670161-2345",                  Some("")),
            ("670101\u{2011}2345",            Some("")),
            ("670101\u{a0}\u{2212}\u{a0}2345",  Some("")),
            ("1967-01-01-2345 NO",           Some("NO")),
            ("19670101_2345",                Some("")),
            ("670101/2345",                  Some("")),
            ("６７０１０１-２３４５",               Some("")),
            ("670101\u{ad}2345",              Some("")),
            ("7A",                           None),
            ("MATMAT01a 2026/2027",          None),
            ("7A 2026-2027",                 None),
            ("99999901 7A",                  None),
            ("åäö 670101",                   None),
        ];
        for &(name, without) in table {
            assert_eq!(without_numbers(name).as_deref(), without, "{name}");
        }
    }
}
