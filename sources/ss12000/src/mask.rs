//! Identity numbers in free text: a group that is named by its mentor's number is never
//! shown by it (reference/sources.md §2.2, "never show, log or forward these names").

/// The text without what looks like an identity number, whatever its check digit says; `None`
/// when nothing does.
pub(crate) fn without_numbers(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut kept = String::new();
    let (mut from, mut at) = (0, 0);
    while at < bytes.len() {
        let starts = at == 0 || !bytes[at - 1].is_ascii_digit();
        match number_at(bytes, at).filter(|_| starts) {
            Some(length) => {
                kept.push_str(text.get(from..at)?);
                at += length;
                from = at;
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

/// Bytes of a number that begins here: eight or six digits of a date, perhaps a sign, four
/// characters of which the last two are digits and the first two may be letters.
fn number_at(bytes: &[u8], at: usize) -> Option<usize> {
    [8, 6].into_iter().find_map(|date| {
        let rest = bytes.get(at..)?;
        if !rest.get(..date)?.iter().all(u8::is_ascii_digit) || !is_date(&rest[..date]) {
            return None;
        }
        let sign = rest.get(date..).map_or(0, |rest| {
            let spaces = rest.iter().take_while(|&&byte| b" -+.".contains(&byte)).count();
            if rest.starts_with("–".as_bytes()) { "–".len() } else { spaces.min(3) }
        });
        let serial = rest.get(date + sign..date + sign + 4)?;
        let ends = rest.get(date + sign + 4).is_none_or(|byte| !byte.is_ascii_digit());
        let letters = serial.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let digits = serial[letters..].iter().all(u8::is_ascii_digit);
        (ends && letters <= 2 && digits).then_some(date + sign + 4)
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
