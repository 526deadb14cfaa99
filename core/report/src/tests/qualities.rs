use std::collections::BTreeMap;

use roster::Key;
use roster::quality::{Code, Field, Issue, Summary, SummaryRow};

use super::support::key;
use crate::{Lang, QualityView, plain, quality, quality_json};

fn summary() -> Summary {
    let row = |code, count, schools: &[(u8, u64)]| SummaryRow {
        code,
        count,
        schools: schools.iter().map(|(school, count)| (key(*school), *count)).collect(),
        elsewhere: 0,
    };
    Summary {
        rows: vec![
            row(Code::D01, 1037, &[(1, 1000), (2, 37)]),
            row(Code::D02, 2, &[(2, 2)]),
            row(Code::D15, 1, &[(3, 1)]),
        ],
    }
}

fn issues() -> Vec<Issue> {
    vec![Issue {
        code: Code::D02,
        subject: key(0xab),
        field: Field::Username,
        source: None,
        row: Some("e-17".to_owned()),
        schools: vec![key(2)],
    }]
}

fn shown(only: Option<Key>, summary: &Summary, lang: Lang) -> (String, serde_json::Value) {
    let affects = BTreeMap::from([(Code::D01, vec!["google".to_owned(), "teams".to_owned()])]);
    let school = |key: Key| format!("Skola {}", key.as_bytes()[0]);
    let issues = issues();
    let view = QualityView { summary, issues: &issues, affects: &affects, school: &school, only };
    (plain(&quality(&view, lang)), quality_json(&view, lang))
}

/// K116: every row has an owner and a remedy.
#[test]
fn the_table_of_quality() {
    insta::assert_snapshot!(shown(None, &summary(), Lang::Sv).0, @r"
    Datakvalitet   Fel 2   Varningar 1 037   Upplysningar 1
    Kod  Problem och rättning                 Antal  Påverkar       Ägare
    D01  Elev saknar e-postadress             1 037  google, teams  Skolan
         Så rättar du: Fyll i elevens e-postadress i elevregistret eller i den katalog som kompletterar det.
    D02  Samma användarnamn på två personer       2  –              Skolan
         Så rättar du: Ge en av personerna ett annat användarnamn i registret.
    D15  Förskola utan skolenhetskod              1  –              Skolan
         Så rättar du: Ingen åtgärd behövs: förskolor har i regel ingen skolenhetskod.

    Skola 1  1 000 D01
    Skola 2  37 D01 · 2 D02
    Skola 3  1 D15
    ");
}

/// K222: the same in English.
#[test]
fn the_table_of_quality_in_english() {
    insta::assert_snapshot!(shown(None, &summary(), Lang::En).0, @r"
    Data quality   Errors 2   Warnings 1 037   Notices 1
    Code Problem and remedy                   Count  Affects        Owner
    D01  Pupil without e-mail address         1 037  google, teams  The school
         Remedy: Enter the pupil's e-mail address in the register or in the directory that completes it.
    D02  Same user name on two persons            2  –              The school
         Remedy: Give one of the persons another user name in the register.
    D15  Preschool without school unit code       1  –              The school
         Remedy: Nothing to do: preschools usually have no school unit code.

    Skola 1  1 000 D01
    Skola 2  37 D01 · 2 D02
    Skola 3  1 D15
    ");
}

/// One school sees its own numbers, and its rows by the register's ids.
#[test]
fn one_schools_list() {
    let (text, json) = shown(Some(key(2)), &summary(), Lang::Sv);
    insta::assert_snapshot!(text, @r"
    Datakvalitet · Skola 2   Fel 2   Varningar 37   Upplysningar 0
    Kod  Problem och rättning                 Antal  Påverkar       Ägare
    D01  Elev saknar e-postadress                37  google, teams  Skolan
         Så rättar du: Fyll i elevens e-postadress i elevregistret eller i den katalog som kompletterar det.
    D02  Samma användarnamn på två personer       2  –              Skolan
         Så rättar du: Ge en av personerna ett annat användarnamn i registret.

    Skola 2  37 D01 · 2 D02

    D02  id e-17 i registret (ab000000 hos oss)  Ingen av personerna skapas eller ändras förrän namnen skiljer sig åt.
    ");
    assert_eq!((&json["errors"], &json["warnings"]), (&2.into(), &37.into()));
    assert_eq!(json["rows"][1]["owner"], "source");
    assert_eq!(json["schools"].as_array().map(Vec::len), Some(1));
}

#[test]
fn nothing_wrong_says_so() {
    let (text, _) = shown(None, &Summary::default(), Lang::Sv);
    assert!(text.ends_with("✓ Inga fel hittades.\n"), "{text}");
}
