use jiff::civil::date;

use super::*;
use crate::terms::SchoolType;
use crate::{EntityKind, Interval, KeyMaker, SourceIndex, TenantKey};

fn register(units: &[(&str, &str, &str)]) -> SchoolRegister {
    let unit = |&(code, status, name): &(&str, &str, &str)| {
        let status = UnitStatus::parse(status);
        (code.to_owned(), RegisterUnit { name: name.to_owned(), status })
    };
    SchoolRegister { retrieved: date(2026, 11, 28), units: units.iter().map(unit).collect() }
}

fn school(code: Option<&str>, name: &str) -> SchoolUnit {
    let keys = KeyMaker::new(&TenantKey::new([7; 32]), 0);
    SchoolUnit {
        key: keys.key(EntityKind::SchoolUnit, "1"),
        source: SourceIndex(0),
        source_id: "1".to_owned(),
        code: code.map(str::to_owned),
        name: name.to_owned(),
        organisation: None,
        school_types: vec![SchoolType::Gr],
        municipality_code: None,
        interval: Interval::ALWAYS,
    }
}

/// K181: eight digits as text, known, active, named as ours; K219: a code that is over.
#[test]
fn a_schools_standing() {
    let register = register(&[
        ("99999901", "AKTIV", "Björkskolan"),
        ("99999902", "UPPHORT", "Ekskolan"),
        ("99999903", "VILANDE", "Lönnskolan"),
        ("99999904", "PLANERAD", "Askskolan"),
        ("99999905", "BORTTAGEN", "Alskolan"),
        ("99999906", "NÅGOT NYTT", "Tallskolan"),
    ]);
    #[rustfmt::skip]
    let table: &[(&str, Option<&str>, &str, &str)] = &[
        // what it shows           code               name                  standing
        ("sound",                  Some("99999901"),  "Björkskolan",        "sound"),
        ("longer",                 Some("99999901"),  "Björkskolan F-6",    "sound"),
        ("other case and spaces",  Some("99999901"),  "BJÖRK SKOLAN",       "sound"),
        ("indefinite",             Some("99999901"),  "Björkskola, Norra",  "sound"),
        ("another school",         Some("99999901"),  "Granskolan",         "other name"),
        ("closed",                 Some("99999902"),  "Ekskolan",           "over"),
        ("dormant",                Some("99999903"),  "Lönnskolan",         "not active"),
        ("planned",                Some("99999904"),  "Askskolan",          "not active"),
        ("no longer named",        Some("99999905"),  "Alskolan",           "over"),
        ("an unknown status",      Some("99999906"),  "Något annat",        "sound"),
        ("never named",            Some("99999999"),  "Björkskolan",        "not there"),
        ("no code",                None,              "Björkskolan",        "no code"),
        ("seven digits",           Some("9999990"),   "Björkskolan",        "no code"),
        ("a leading zero",         Some("09999901"),  "Björkskolan",        "no code"),
        ("letters",                Some("9999990A"),  "Björkskolan",        "no code"),
    ];
    for &(shows, code, name, expected) in table {
        let found = match register.standing(&school(code, name)) {
            Standing::Sound => "sound",
            Standing::NoCode => "no code",
            Standing::NotThere => "not there",
            Standing::Over(_) => "over",
            Standing::NotActive(_) => "not active",
            Standing::OtherName(_) => "other name",
        };
        assert_eq!(found, expected, "{shows}");
    }
}

#[test]
fn a_copy_is_read_as_it_was_written() {
    let before =
        register(&[("99999901", "AKTIV", "Björkskolan"), ("99999902", "UPPHORT", "Ek\tskolan\n")]);
    let text = before.to_text();
    assert_eq!(
        text,
        "skolenhetsregistret 1\nretrieved 2026-11-28\n99999901\tAKTIV\tBjörkskolan\n99999902\tUPPHORT\tEk skolan\nend 2\n"
    );
    let after = SchoolRegister::parse(&text).unwrap();
    assert_eq!(after.to_text(), text);
    assert_eq!(SchoolRegister::parse(&text.replace('\n', "\r\n")).unwrap(), after);
}

/// Half a file is no file.
#[test]
fn a_copy_that_is_cut_or_altered_is_refused() {
    let text = register(&[("99999901", "AKTIV", "A"), ("99999902", "AKTIV", "B")]).to_text();
    let lines: Vec<&str> = text.lines().collect();
    for keep in 0..lines.len() {
        let cut = lines[..keep].join("\n");
        let error = SchoolRegister::parse(&cut).unwrap_err();
        assert!(matches!(error, BadCopy::Head | BadCopy::CutOff), "{keep}: {error}");
    }
    let without = text.replace("99999901\tAKTIV\tA\n", "");
    assert_eq!(SchoolRegister::parse(&without), Err(BadCopy::CutOff));
    assert_eq!(SchoolRegister::parse(&text.replace("\tAKTIV", " AKTIV")), Err(BadCopy::Line(3)));
    assert_eq!(
        SchoolRegister::parse(&text.replace("registret 1", "registret 2")),
        Err(BadCopy::Head)
    );
    assert_eq!(SchoolRegister::parse("<html>"), Err(BadCopy::Head));
}

/// A truncated answer never replaces a good copy; a unit that is gone is remembered (K219).
#[test]
fn a_copy_is_renewed_unless_much_is_lost() {
    let code = |number: u32| (99_999_000 + number).to_string();
    let many = |range: std::ops::Range<u32>| SchoolRegister {
        retrieved: date(2026, 11, 29),
        units: range
            .map(|number| {
                (code(number), RegisterUnit { name: String::new(), status: UnitStatus::Active })
            })
            .collect(),
    };
    let before = many(0..200);
    let renewed = |now| SchoolRegister::renewed(Some(&before), now);
    assert_eq!(renewed(many(0..0)), Err(Loss::Empty));
    assert_eq!(renewed(many(100..200)), Err(Loss::Units { lost: 100, before: 200 }));
    assert_eq!(renewed(many(11..300)), Err(Loss::Units { lost: 11, before: 200 }));

    let after = renewed(many(10..201)).unwrap();
    assert_eq!(after.retrieved, date(2026, 11, 29));
    assert_eq!(after.units.len(), 201);
    assert_eq!(after.units[&code(9)].status, UnitStatus::Vanished);
    assert_eq!(after.units[&code(10)].status, UnitStatus::Active);
    // Remembered for ever, and not counted as lost again; one that returns is as it was.
    let again = SchoolRegister::renewed(Some(&after), many(9..201)).unwrap();
    assert_eq!(again.units[&code(8)].status, UnitStatus::Vanished);
    assert_eq!(again.units[&code(9)].status, UnitStatus::Active);

    assert_eq!(SchoolRegister::renewed(None, many(0..1)).unwrap().units.len(), 1);
    let small = many(0..3);
    assert!(SchoolRegister::renewed(Some(&small), many(2..3)).is_ok());
}
