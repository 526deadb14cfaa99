use roster::terms::{DutyRole, GroupType, SchoolType};
use roster::{Coverage, Key};

use super::super::{Field, Gives, TableKind};
use super::*;

fn key(last: &str) -> Key {
    format!("00000000-0000-4000-8000-0000000000{last}").parse().unwrap()
}

/// K013–K018, K069: pupils, staff, teaching teachers, groups, classes and schools are read;
/// who is marked is not.
#[test]
fn the_default_layout_is_read() {
    let folder = register();
    let (roster, report) = read(&settings(folder.path())).unwrap();
    assert_eq!(report.coverage, Coverage::Complete);
    assert_eq!(report.notices, []);
    assert!(report.provenance.contains(&"persons.csv: UTF-8".to_owned()));

    assert_eq!(roster.schools.len(), 2);
    assert_eq!(roster.schools[&key("01")].school_types, [SchoolType::Fklass, SchoolType::Gr]);
    assert_eq!(roster.schools[&key("02")].code, None, "K018: kept without a code");
    assert_eq!(roster.groups[&key("21")].group_type, GroupType::Class);
    assert_eq!(roster.groups[&key("22")].notes.as_deref(), Some("Portal"));

    let people = people(&roster);
    let names: Vec<_> = people.iter().map(|it| it.person.given_name.as_str()).collect();
    assert_eq!(names, ["Åsa", "Örjan"]);
    assert_eq!((people[0].memberships.len(), people[0].enrolments[0].school_year), (2, Some(5)));
    // K019: staff at one school, pupil at another, teacher of a group.
    assert_eq!(people[1].duties[0].role, DutyRole::Administrator);
    assert_eq!(people[1].enrolments[0].school, key("02"));
    assert_eq!(people[1].teachings[0].group, key("22"));
}

/// Every encoding, delimiter and line end gives the same roster, and is told.
#[test]
fn the_same_register_in_other_encodings_is_the_same_register() {
    let folder = register();
    let (plain, _) = read(&settings(folder.path())).unwrap();
    let wanted = people(&plain);
    let utf16 = |text: &str| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let latin = |text: &str| text.chars().map(|it| u8::try_from(it).unwrap()).collect();
    #[rustfmt::skip]
    let table: &[(Vec<u8>, &str)] = &[
        (format!("\u{feff}{PERSONS}").into(),                    "UTF-8 with BOM"),
        (utf16(PERSONS),                                         "UTF-16LE"),
        (latin(PERSONS),                                         "Windows-1252"),
        (PERSONS.replace(',', ";").into(),                       "UTF-8"),
        (PERSONS.replace(',', "\t").replace('\n', "\r\n").into(), "UTF-8"),
        (utf16(&PERSONS.replace(',', "\t")),                     "UTF-16LE"),
        (PERSONS.replace("Åsa", "\"Åsa\"").into(),               "UTF-8"),
    ];
    for (bytes, encoding) in table {
        std::fs::write(folder.path().join("persons.csv"), bytes).unwrap();
        let (roster, report) = read(&settings(folder.path())).unwrap();
        assert_eq!(people(&roster), wanted, "{encoding}");
        assert!(report.provenance.contains(&format!("persons.csv: {encoding}")), "{encoding}");
    }
}

const WIDE: &str = "Skolenhetskod;Skola;Elev-id;Förnamn;Efternamn;Sekretess;Skolform;Årskurs;Grupp;Grupptyp;Gruppstart
99999901;Ekskolan;1001;Åsa;Öberg;Nej;Grundskola;5;5A;Klass;15 augusti 2026
99999901;Ekskolan;1001;Åsa;Öberg;Nej;Grundskola;5;MA 5;Undervisningsgrupp;15/8 2026
99999901;Ekskolan;1002;Örjan;Ek;Nej;GRAN;5;5A;Klass;20260815
99999904;Lindskolan;1003;Hemlig;Gömd;J;Grundskola;5;5A;Klass;2026-08-15
99999904;Lindskolan;1004;Bo;Ek;Nej;Grundskola;F;;;
";

/// K033, K206: one file with a row per pupil and group is another profile, not other code.
#[test]
fn one_wide_file_is_read_with_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("elever.csv"), WIDE).unwrap();
    let mut settings = settings(folder.path());
    settings.profile = "wide-sv".to_owned();
    let (roster, report) = read(&settings).unwrap();
    assert_eq!(report.notices, []);
    assert_eq!((roster.schools.len(), roster.groups.len()), (2, 3));
    let mut people = people(&roster);
    people.sort_by(|a, b| a.person.source_id.cmp(&b.person.source_id));
    let counts: Vec<_> =
        people.iter().map(|it| (it.enrolments.len(), it.memberships.len())).collect();
    assert_eq!(counts, [(1, 2), (1, 1), (1, 0)], "K069: 1003 is protected");
    assert_eq!(people[1].enrolments[0].school_type, SchoolType::Grs);
    assert_eq!(people[2].enrolments[0].school_year, Some(0));
    let start = roster::Date::new(2026, 8, 15).ok();
    assert!(people[0].memberships.iter().all(|it| it.interval.start == start));
}

/// K033: columns, constants and words of the register are settings.
#[test]
fn a_profile_is_overridden_by_the_settings() {
    let folder = register();
    let renamed = PERSONS.replacen("given_name", "Tilltalsnamn", 1).replace("Kvinna", "F");
    std::fs::write(folder.path().join("elever.csv"), renamed).unwrap();
    let text = format!(
        "folder = {:?}
        [tables.persons]
        file = \"elever.csv\"
        columns = {{ given_name = [\"Förnamn\", \"tilltalsnamn\"], status = {{ constant = \"Inaktiv\" }} }}
        extra = {{ login = \"username\" }}
        [tables.duties]
        file = \"\"
        [values.sex]
        F = \"Kvinna\"",
        folder.path()
    );
    let settings: TableSettings = toml::from_str(&text).unwrap();
    let (roster, report) = read(&settings).unwrap();
    assert_eq!(report.notices, []);
    let people = people(&roster);
    assert_eq!(people[0].person.given_name, "Åsa");
    assert_eq!(people[0].person.sex, Some(roster::terms::Sex::Kvinna));
    assert_eq!(people[0].person.extra("login"), Some("asaobe"));
    assert_eq!(people[0].person.status, roster::terms::PersonStatus::Inactive);
    assert!(people.iter().all(|person| person.duties.is_empty()));
}

#[test]
fn settings_that_cannot_be_used_are_told_all_at_once() {
    let text = "folder = \"in\"
        [tables.persons.columns]
        security_marking = { constant = \"Ingen\" }
        role = \"Roll\"
        [tables.schools.extra]
        x = \"y\"";
    let settings: TableSettings = toml::from_str(text).unwrap();
    let codes: Vec<_> = settings.problems().iter().map(|it| it.code).collect();
    assert_eq!(codes, ["extra_of_no_use", "field_of_no_use", "constant_marking"]);
    assert!(toml::from_str::<TableSettings>("folder = \"in\"\nfoldre = 1").is_err());
    let unknown: TableSettings = toml::from_str("folder = \"in\"\nprofile = \"x\"").unwrap();
    assert_eq!(unknown.problems()[0].code, "unknown_profile");
}

/// K020: the card says of every field whether a layout gives it.
#[test]
fn every_profile_has_a_card() {
    for profile in TableSettings::profiles().filter(|name| *name != "none") {
        let mut settings = settings(Path::new("in"));
        settings.profile = profile.to_owned();
        assert_eq!(settings.problems(), [], "{profile}");
        let table = Table::new(settings, Date::new(2026, 11, 24).unwrap()).unwrap();
        let card = table.card();
        let gives = |table, field| {
            card.iter().find(|it| it.table == table && it.field == field).unwrap().gives
        };
        assert_eq!(gives(TableKind::Persons, Field::Id), Gives::Always);
        assert_eq!(gives(TableKind::Persons, Field::Email), Gives::Maybe);
        let duties = gives(TableKind::Duties, Field::Role);
        assert_eq!(duties == Gives::Never, profile == "wide-sv");
    }
}

/// The settings have a JSON Schema, with a description of every key.
#[test]
fn the_settings_have_a_schema() {
    let schema = schemars::schema_for!(TableSettings);
    let properties = schema.get("properties").and_then(|it| it.as_object()).unwrap();
    assert!(
        properties.values().all(|it| it.get("description").is_some() || it.get("$ref").is_some())
    );
}
