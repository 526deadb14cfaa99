use std::path::PathBuf;

use jiff::civil::date;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use IdentityNumberError::{Characters, Checksum, Length, Serial};
use NumberKind::{Coordination, Interim, Personnummer, Temporary};

const TODAY: Date = date(2026, 11, 24);

/// Compiles only while `$type` does not implement `$banned`: with it, `_` has two answers.
macro_rules! never {
    ($type:ty: $banned:path) => {
        const _: fn() = || {
            trait Unless<A> {
                fn holds() {}
            }
            struct Banned;
            impl<T: ?Sized> Unless<()> for T {}
            impl<T: ?Sized + $banned> Unless<Banned> for T {}
            let _ = <$type as Unless<_>>::holds;
        };
    };
}

// K066: a number cannot be printed, logged, stored or copied; this does not compile otherwise.
never!(IdentityNumber: std::fmt::Debug);
never!(IdentityNumber: std::fmt::Display);
never!(IdentityNumber: Clone);
never!(IdentityNumber: serde::Serialize);
never!(crate::PersonDraft<'static>: std::fmt::Debug);
never!(crate::PersonDraft<'static>: serde::Serialize);

/// Kind, canonical form, sex; or what is wrong.
fn read(text: &str) -> Result<(NumberKind, String, Option<Sex>), IdentityNumberError> {
    let number = IdentityNumber::parse(text, TODAY)?;
    let canonical = String::from_utf8(number.canonical().to_vec()).unwrap();
    Ok((number.kind(), canonical, number.sex()))
}

/// Every written form of every kind gives one canonical form.
#[test]
fn every_form_is_read() {
    let (man, woman) = (Some(Sex::Man), Some(Sex::Kvinna));
    #[rustfmt::skip]
    let table: &[(&str, &str, NumberKind, &str, Option<Sex>)] = &[
        // shows                       written           kind          canonical       sex
        ("twelve digits",              "195704289999",   Personnummer, "195704289999", man),
        ("twelve digits, hyphen",      "19570428-9999",  Personnummer, "195704289999", man),
        ("ten digits",                 "5704289999",     Personnummer, "195704289999", man),
        ("ten digits, hyphen",         "570428-9999",    Personnummer, "195704289999", man),
        ("space around",               " 570428-9999\t", Personnummer, "195704289999", man),
        ("plus: over a hundred",       "090121+9931",    Personnummer, "190901219931", man),
        ("plus with a century",        "19090121+9931",  Personnummer, "190901219931", man),
        ("leap day of 2000",           "000229-9832",    Personnummer, "200002299832", man),
        ("a pupil born 2013",          "130101-9806",    Personnummer, "201301019806", woman),
        ("samordningsnummer",          "701063-9834",    Coordination, "197010639834", man),
        ("samordningsnummer, long",    "197302889931",   Coordination, "197302889931", man),
        ("samordningsnummer, 2021",    "202107919967",   Coordination, "202107919967", woman),
        ("interim",                    "20000101-R220",  Interim,      "20000101R220", woman),
        ("interim, T with check digit","000101-T220",    Interim,      "20000101T220", woman),
        ("T and three digits",         "20130101T123",   Temporary,    "20130101T123", woman),
        ("TF",                         "20130101TF01",   Temporary,    "20130101TF01", woman),
        ("TF in lower case",           "20130101-tf10",  Temporary,    "20130101TF10", man),
        ("TF without a century",       "130101-TF01",    Temporary,    "20130101TF01", woman),
        ("Edlevo's",                   "19911201TF10",   Temporary,    "19911201TF10", man),
        ("staff placeholder",          "00000000-TF01",  Temporary,    "00000000TF01", None),
        ("staff placeholder, no sign", "00000000TF01",   Temporary,    "00000000TF01", None),
    ];
    for &(shows, written, kind, canonical, sex) in table {
        assert_eq!(read(written), Ok((kind, canonical.to_owned(), sex)), "{shows}");
    }
}

/// The error says what is wrong, and nothing of the text.
#[test]
fn what_is_wrong_is_told() {
    #[rustfmt::skip]
    let table: &[(&str, &str, IdentityNumberError)] = &[
        ("nothing",                      "",               Length),
        ("a lost leading zero",          "91301019806",    Length),
        ("too long",                     "1957042899990",  Length),
        ("only a sign",                  "-",              Length),
        ("space inside",                 "19570428 9999",  Characters),
        ("en dash",                      "570428–9999",    Characters),
        ("digits of another script",     "५७०४२८९९९९",     Characters),
        ("letter in the date",           "19570O289999",   Characters),
        ("letter of no interim number",  "20000101E221",   Characters),
        ("letters behind digits",        "2000010112TF",   Characters),
        ("three letters",                "20000101TFA1",   Characters),
        ("two signs",                    "19570428--999",  Characters),
        ("31 April",                     "19570431-9999",  IdentityNumberError::Date),
        ("leap day of 1900",             "000229+2399",    IdentityNumberError::Date),
        ("tomorrow",                     "20261125TF01",   IdentityNumberError::Date),
        ("day 92",                       "197302929931",   IdentityNumberError::Date),
        ("month 13",                     "197313619931",   IdentityNumberError::Date),
        ("zeros for a date",             "00000000-1234",  IdentityNumberError::Date),
        ("zeros, interim letter",        "00000000-R123",  IdentityNumberError::Date),
        ("company",                      "857209-0606",    IdentityNumberError::Date),
        ("wrong check digit",            "195704289998",   Checksum),
        ("wrong check digit, interim",   "20000101R221",   Checksum),
        ("serial 000",                   "150916-0006",    Serial),
    ];
    for &(shows, written, wrong) in table {
        assert_eq!(read(written).err(), Some(wrong), "{shows}");
    }
}

/// Without a century the newest date not after today is meant.
#[test]
fn the_century_follows_from_today() {
    let born = |text, today| IdentityNumber::parse(text, today).ok().and_then(|it| it.birth_date());
    let text = "130101-9806";
    assert_eq!(born(text, date(2013, 1, 1)), Some(date(2013, 1, 1)), "on the day");
    assert_eq!(born(text, date(2012, 12, 31)), Some(date(1913, 1, 1)), "the day before");
    assert_eq!(born("130101+9806", date(2026, 1, 1)), Some(date(1913, 1, 1)), "plus");
    assert_eq!(born("000229-2399", date(2026, 1, 1)), Some(date(2000, 2, 29)), "leap day");
    assert_eq!(born("197002709801", date(2026, 1, 1)), Some(date(1970, 2, 10)), "day + 60, long");
    assert_eq!(born("197000709803", date(2026, 1, 1)), None, "samordningsnummer without a month");
    assert_eq!(born("701063-2391", date(2026, 1, 1)), Some(date(1970, 10, 3)), "day + 60");
}

/// K073, K074: only what is kept for life may find a person again.
#[test]
fn temporary_numbers_are_not_persistent() {
    let persistent =
        [Personnummer, Coordination, Interim, Temporary].map(NumberKind::is_persistent);
    assert_eq!(persistent, [true, true, false, false]);
}

fn vectors(name: &str) -> Option<Value> {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs");
    let folder = std::env::var_os("SKOLBRO_SPECS").map_or(default, PathBuf::from);
    let path = folder.join("personnummer").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not here (SKOLBRO_SPECS names its folder)", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// The tax agency's test numbers: all personnummer, all samordningsnummer, those without a
/// known month or day among them.
#[test]
fn the_published_test_numbers_are_read() {
    for (file, kind) in [("allPins.json", Personnummer), ("allCoords.json", Coordination)] {
        let Some(numbers) = vectors(file) else { continue };
        let numbers = numbers.as_array().unwrap();
        assert!(numbers.len() > 2000, "{file}");
        for (place, number) in numbers.iter().enumerate() {
            let number = number.as_str().unwrap();
            let told = read(number).map(|(kind, canonical, _)| (kind, canonical == number));
            assert_eq!(told, Ok((kind, true)), "{file}, entry {place}");
        }
    }
}

/// The vectors of the personnummer project, in all four written forms.
#[test]
fn the_projects_vectors_are_judged_alike() {
    for file in ["list.json", "interim.json"] {
        let Some(entries) = vectors(file) else { continue };
        for entry in entries.as_array().unwrap() {
            for form in ["long_format", "short_format", "separated_format", "separated_long"] {
                let told = read(entry[form].as_str().unwrap());
                assert_eq!(told.is_ok(), entry["valid"], "{file}: {}", entry[form]);
                let Ok((kind, canonical, sex)) = told else { continue };
                let expected = match entry["type"].as_str().unwrap() {
                    "ssn" => Personnummer,
                    "con" => Coordination,
                    _ => Interim,
                };
                assert_eq!(kind, expected, "{file}: {}", entry[form]);
                assert_eq!(sex == Some(Sex::Man), entry["isMale"], "{file}: {}", entry[form]);
                // Ten digits without a sign cannot tell the century of the over-hundreds.
                if form != "short_format" {
                    assert_eq!(canonical, entry["long_format"], "{file}: {}", entry[form]);
                }
            }
        }
    }
}

#[test]
fn the_structured_vectors_are_judged_alike() {
    let Some(kinds) = vectors("structured.json") else { return };
    for (kind, forms) in kinds.as_object().unwrap() {
        for (form, verdicts) in forms.as_object().unwrap() {
            for (verdict, numbers) in verdicts.as_object().unwrap() {
                for number in numbers.as_array().unwrap() {
                    let text = number.as_str().map_or_else(|| number.to_string(), str::to_owned);
                    let valid = verdict == "valid";
                    assert_eq!(read(&text).is_ok(), valid, "{kind} {form} {text}");
                }
            }
        }
    }
}

/// Organisation numbers look alike and are none.
#[test]
fn organisation_numbers_are_refused() {
    let Some(entries) = vectors("orgnumber.json") else { return };
    for entry in entries.as_array().unwrap() {
        assert!(read(entry["short_format"].as_str().unwrap()).is_err(), "{entry}");
    }
}

proptest! {
    /// Whatever a file holds, reading it does not panic, and what is read is readable again.
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,16}|[0-9A-Zåé+-]{9,14}|[0-9]{6}[-+]?[TF0-9]{4}") {
        if let Ok((kind, canonical, sex)) = read(&text) {
            prop_assert_eq!(read(&canonical), Ok((kind, canonical, sex)));
        }
    }

    /// A single mistyped digit of the serial number is always noticed.
    #[test]
    fn one_wrong_digit_is_noticed(place in 8_usize..12, other in 0_u8..10) {
        let mut digits = *b"195704289999";
        prop_assume!(digits[place] != b'0' + other);
        digits[place] = b'0' + other;
        prop_assert_eq!(read(std::str::from_utf8(&digits).unwrap()).err(), Some(Checksum));
    }
}
