use jiff::civil::date;

use super::*;
use crate::sample::{
    self, Line, Someone, TODAY, class, enrolment, membership, person, school, someone,
};
use crate::{EntityKind, InGroups, Interval, Places, Roster, Stats, StatsPass};

const TF: &str = "20130101TF01";

/// What one checker finds; several that share the persons find the same, and count the same.
fn check(roster: &Roster, settings: &Settings) -> Findings {
    let alone = shared_by(1, roster, settings);
    for many in [2, 3] {
        assert_eq!(shared_by(many, roster, settings), alone);
    }
    alone
}

fn shared_by(many: usize, roster: &Roster, settings: &Settings) -> Findings {
    let (places, mut groups) = (Places::of(roster), InGroups::default());
    let checker = || Checker::new(roster, &places, TODAY, settings.clone());
    let mut parts: Vec<_> = (0..many).map(|_| (checker(), StatsPass::part(&places))).collect();
    let mut reader = roster.persons().unwrap();
    while let Some(record) = reader.next_person().unwrap() {
        places.look_up(&record, &mut groups);
        parts.rotate_left(1);
        let (checker, stats) = &mut parts[0];
        checker.observe(&record, &groups);
        stats.observe(&record, &groups);
        if reader.last_repeated() {
            checker.repeated(&record);
        }
    }
    parts[0].1.ended(&reader);
    let (mut all, mut stats) = (checker(), StatsPass::new(roster, &places));
    for (checker, part) in parts {
        all.join(checker);
        stats.join(&part);
    }
    assert_eq!(stats.finish(), Stats::of(roster).unwrap());
    all.finish()
}

fn findings(lines: &[Line]) -> Findings {
    check(&sample::roster(&[lines]), &Settings::default())
}

/// `code row` of each issue, sorted.
fn brief(lines: &[Line]) -> String {
    let found = findings(lines).issues;
    let mut words: Vec<String> = found
        .iter()
        .map(|it| format!("{} {}", it.code.as_str(), it.row.as_deref().unwrap_or("-")))
        .collect();
    words.sort();
    words.join(", ")
}

const fn pupil(id: &'static str) -> Someone {
    // Everybody but the first has another address than the first.
    let email = if matches!(id.as_bytes(), b"1") { "kim@example.se" } else { "li@example.se" };
    Someone { email: Some(email), ..someone(id) }
}

/// A school with a class, a pupil in it and nothing wrong.
fn sound() -> Vec<Line> {
    vec![
        school("S"),
        class("7A", "S"),
        Line::Person(pupil("1")),
        enrolment("1", "S"),
        membership("1", "7A"),
    ]
}

fn with(more: &[Line]) -> Vec<Line> {
    sound().into_iter().chain(more.iter().cloned()).collect()
}

const fn teaching_group(id: &'static str, school: &'static str, name: &'static str) -> Line {
    Line::Group { id, school, name, kind: GroupType::Teaching }
}

const ENDED: Interval = Interval::new(None, Some(date(2026, 6, 12)));
const REVERSED: Interval = Interval::new(Some(date(2026, 8, 17)), Some(date(2026, 6, 12)));

/// D01, D03–D05, D07–D09, D11–D15, D19 (K015, K016, K017, K018, K212, K213).
#[test]
fn each_check_finds_its_own() {
    let in_two_classes = [class("7B", "S"), membership("1", "7B")];
    let left_a_class =
        [class("7B", "S"), Line::Membership { person: "1", group: "7B", interval: ENDED }];
    let other = |it: Someone| [Line::Person(it), enrolment("2", "S"), membership("2", "7A")];
    let taught = [
        teaching_group("ma", "S", "7 MA"),
        Line::Person(someone("t")),
        Line::Teaching { person: "t", group: "ma" },
    ];
    let unplaced = [Line::Person(pupil("2")), enrolment("2", "S")];
    let in_a_group_only = with(&[
        Line::Person(pupil("2")),
        enrolment("2", "S"),
        taught[0].clone(),
        taught[1].clone(),
        taught[2].clone(),
        membership("2", "ma"),
    ]);
    let dated = |id, interval| Line::GroupDated { id, school: "S", name: "7a", interval };
    let next_term = Interval::new(Some(date(2027, 1, 8)), None);
    let this_term = Interval::new(None, Some(date(2027, 1, 7)));
    #[rustfmt::skip]
    let table: &[(&str, Vec<Line>, &str)] = &[
        // shows                              register                                    issues
        ("nothing wrong",                     sound(),                                    ""),
        ("pupil without address",             with(&other(someone("2"))),                 "D01 2"),
        ("staff without address",             with(&[Line::Person(someone("2"))]),        ""),
        ("group without teacher",             with(&[teaching_group("ma", "S", "7 MA")]), "D03 ma"),
        ("group with teacher",                with(&taught),                              ""),
        ("pupil without class or group",      with(&unplaced),                            "D04 2, D05 2"),
        ("pupil without class",               in_a_group_only,                            "D04 2"),
        ("pupil in two classes",              with(&in_two_classes),                      "D14 1"),
        ("pupil who changed class",           with(&left_a_class),                        ""),
        ("school without code",               with(&[Line::School { id: "U", code: None }]), "D07 U"),
        ("code that lost its zero",           with(&[Line::School { id: "U", code: Some("9999901") }]), "D07 U"),
        ("group's end before start",          with(&[Line::GroupDated { id: "g", school: "S", name: "g", interval: REVERSED }]), "D08 g"),
        ("membership's end before start",     with(&[Line::Membership { person: "1", group: "7A", interval: REVERSED }]), "D08 1"),
        ("same name at once",                 with(&[dated("x", Interval::ALWAYS)]),      "D09 7A, D09 x"),
        ("same name, one long over",          with(&[dated("x", ENDED)]),                 ""),
        ("same name in two terms",            vec![school("S"), dated("h", this_term), dated("v", next_term)], ""),
        ("same name at another school",       with(&[school("T"), class("7a", "T")]),     ""),
        ("id twice, group",                   with(&[Line::Group { id: "7A", school: "S", name: "7 A", kind: GroupType::Class }]), "D11 7A"),
        ("id twice, same content",            with(&[class("7A", "S")]),                  ""),
        ("id twice, person",                  with(&[Line::Person(Someone { name: "Bo", ..pupil("1") })]), "D11 1"),
        ("membership of no group",            with(&[membership("1", "gone")]),           "D12 1"),
        ("enrolment at no school",            with(&[enrolment("1", "gone")]),            "D12 1"),
        ("group of no school",                with(&[class("x", "gone")]),                "D12 x"),
        ("formula for a name",                with(&other(Someone { name: "=1+1", ..pupil("2") })), "D13 2"),
        ("line break in a name",              with(&other(Someone { name: "Kim\nB", ..pupil("2") })), "D13 2"),
        ("same address, whatever its case",   with(&other(Someone { email: Some("Kim@example.SE"), ..pupil("2") })), "D19 -, D19 -"),
        ("guardian with the child's address", with(&[Line::Person(Someone { email: Some("kim@example.se"), ..pupil("2") })]), ""),
        ("hyphen and apostrophe are names",   with(&other(Someone { name: "Ann-Li O'Å", ..pupil("2") })), ""),
    ];
    for (shows, lines, expected) in table {
        assert_eq!(brief(lines), *expected, "{shows}");
    }
}

/// K076: the same user name marks both persons, whatever its case.
#[test]
fn a_username_on_two_persons_marks_both() {
    let named = |id, username| Line::Person(Someone { username: Some(username), ..someone(id) });
    let lines = [
        named("1", "anna.a"),
        named("2", " Anna.A "),
        named("3", "åsa"),
        named("4", "ÅSA"),
        named("5", "bo"),
    ];
    let mut marked: Vec<Key> = findings(&lines).issues.iter().map(|it| it.subject).collect();
    marked.sort();
    let mut expected = ["1", "2", "3", "4"].map(sample::person_key);
    expected.sort();
    assert_eq!(marked, expected);
}

/// K073: two persons with one TF number are not merged: both must be reviewed (D06).
#[test]
fn a_temporary_number_on_two_persons_marks_both() {
    let roster = sample::roster(&[&[person("1", TF, ""), person("2", TF, "")]]);
    let found = check(&roster, &Settings::default());
    assert_eq!(sample::persons(&roster).len(), 2);
    assert_eq!(found.summary.of(Code::D06), 2);
    assert_eq!(found.issues.iter().map(|it| it.code).collect::<Vec<_>>(), [Code::D06, Code::D06]);
}

/// D10: told once it is known who has an account; pupils and those who left do not count.
#[test]
fn teachers_without_an_account() {
    let lines = with(&[
        Line::Person(someone("t")),
        Line::Duty { person: "t", school: "S" },
        Line::Person(someone("u")),
        Line::Teaching { person: "u", group: "7A" },
    ]);
    let found = findings(&lines);
    let missing = found.without_account(|key| key == sample::person_key("u"));
    assert_eq!(missing.len(), 1);
    assert_eq!((missing[0].code, missing[0].subject), (Code::D10, sample::person_key("t")));
    assert_eq!(missing[0].schools, [sample::key(0, EntityKind::SchoolUnit, "S")]);
}

/// K018, K171: a preschool without a code is kept and told as what it is.
#[test]
fn a_preschool_without_a_code_is_a_notice() {
    let mut roster = sample::roster(&[&[Line::School { id: "F", code: None }]]);
    for school in roster.schools.values_mut() {
        school.school_types = vec![SchoolType::Fs];
    }
    let found = check(&roster, &Settings::default());
    assert_eq!((found.summary.of(Code::D07), found.summary.of(Code::D15)), (0, 1));
    assert_eq!(found.summary.total(Severity::Notice), 1);
}

/// K181, K194, K219: with a copy of the register of school units a code is known, over, not
/// open yet, or another school's; without one only its form is seen.
#[test]
fn a_code_is_compared_with_the_register_of_school_units() {
    #[rustfmt::skip]
    let table: &[(&str, &str, &str, Option<Code>)] = &[
        // what it shows     code        status      found
        ("sound",            "99999901", "AKTIV",    None),
        ("over",             "99999901", "UPPHORT",  Some(Code::D16)),
        ("no longer named",  "99999901", "BORTTAGEN", Some(Code::D16)),
        ("dormant",          "99999901", "VILANDE",  Some(Code::D17)),
        ("never named",      "99999902", "AKTIV",    Some(Code::D07)),
    ];
    let mut roster = sample::roster(&[&[school("S")]]);
    let name = roster.schools.values().next().unwrap().name.clone();
    for &(shows, code, status, expected) in table {
        let text = format!(
            "skolenhetsregistret 1\nretrieved 2026-11-28\n{code}\t{status}\t{name}\nend 1\n"
        );
        let register = SchoolRegister::parse(&text).unwrap();
        let settings = Settings { school_register: Some(register.into()), ..Settings::default() };
        let found: Vec<Code> =
            check(&roster, &settings).issues.iter().map(|issue| issue.code).collect();
        assert_eq!(found, Vec::from_iter(expected), "{shows}");
    }
    let text = "skolenhetsregistret 1\nretrieved 2026-11-28\n99999901\tAKTIV\tAnnat namn\nend 1\n";
    let register = SchoolRegister::parse(text).unwrap();
    let settings = Settings { school_register: Some(register.into()), ..Settings::default() };
    assert_eq!(check(&roster, &settings).summary.of(Code::D18), 1);
    // A preschool without a code stays a preschool (K171).
    for school in roster.schools.values_mut() {
        school.code = None;
        school.school_types = vec![SchoolType::Fs];
    }
    let found = check(&roster, &settings).summary;
    assert_eq!((found.of(Code::D07), found.of(Code::D15)), (0, 1));
}

/// K069: a protected person is in no issue and no count.
#[test]
fn protected_persons_are_not_checked() {
    let secret = [
        person("2", TF, "Sekretessmarkering"),
        person("3", TF, ""),
        enrolment("2", "S"),
        membership("2", "gone"),
    ];
    let without = [person("3", TF, "")];
    assert_eq!(findings(&with(&secret)), findings(&with(&without)));
}

/// Issues hold no number, name or address, also where a register uses those for ids.
#[test]
fn an_issue_names_nobody() {
    for id in ["20130101-9806", "201301019806", "1301019806", "20130101TF01", "kim@example.se"] {
        assert_eq!(row_id(id, TODAY), None, "{id}");
    }
    for id in ["4711", "0f8fad5b-d9cb-469f-a165-70867728950e", "elev-17"] {
        assert_eq!(row_id(id, TODAY).as_deref(), Some(id));
    }
    let told = format!(
        "{:?}",
        findings(&with(&[
            Line::Person(Someone { name: "=Kimberly", username: Some("u17"), ..someone("2") }),
            Line::Person(Someone { name: "\tKimberly", username: Some("u17"), ..someone("3") }),
            enrolment("2", "S"),
        ]))
    );
    for personal in ["Kimberly", "Exempel", "u17"] {
        assert!(!told.contains(personal), "{personal}");
    }
}

/// All issues are counted, per school too, even where only some are kept.
#[test]
fn counts_are_complete_when_issues_are_not() {
    let settings = Settings { kept_per_code: 1, ..Settings::default() };
    let lines = with(&[
        Line::Person(someone("2")),
        enrolment("2", "S"),
        Line::Person(someone("3")),
        enrolment("3", "S"),
    ]);
    let found = check(&sample::roster(&[&lines]), &settings);
    let rows = &found.summary.rows;
    let school = sample::key(0, EntityKind::SchoolUnit, "S");
    assert_eq!(
        rows.iter().map(|row| row.code).collect::<Vec<_>>(),
        [Code::D01, Code::D04, Code::D05]
    );
    assert!(rows.iter().all(|row| row.count == 2 && row.schools[&school] == 2));
    assert_eq!(found.issues.len(), 3);
    assert_eq!(found.summary.total(Severity::Warning), 6);
}

/// Those that are kept are the first, however many share the persons ([`check`] compares).
#[test]
fn the_first_issues_are_kept() {
    let ids = ["2", "3", "4", "5", "6", "7"];
    let pupils = ids.map(|id| [Line::Person(someone(id)), enrolment(id, "S")]).concat();
    for kept_per_code in 1..6 {
        let settings = Settings { kept_per_code, ..Settings::default() };
        let found = check(&sample::roster(&[&with(&pupils)]), &settings);
        assert_eq!(found.issues.len(), 3 * kept_per_code);
    }
}

/// Every code has its own texts in both languages, none of them empty.
#[test]
fn every_code_has_texts() {
    let mut problems = std::collections::BTreeSet::new();
    for &code in Code::ALL {
        for language in [Language::Swedish, Language::English] {
            for text in [code.problem(language), code.effect(language), code.remedy(language)] {
                assert!(!text.is_empty(), "{code:?}");
            }
            assert!(problems.insert(code.problem(language)), "{code:?}");
        }
    }
}
