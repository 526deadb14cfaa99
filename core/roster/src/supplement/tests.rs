use std::sync::Arc;

use super::*;
use crate::quality::{Checker, Code, Severity};
use crate::sample::{self, Line, Someone, TODAY, enrolment, school, someone, tenant};
use crate::{Gate, InGroups, Places, Roster};

/// What an entry of the directory says.
type Told = (&'static [&'static str], &'static [&'static str], &'static str, Account);

const NUMBER: &str = "201206149815";
const OTHER: &str = "201206159988";

fn by_number() -> Matching {
    Matching {
        by: MatchBy::Number,
        fills: vec![Fills::Email, Fills::Username],
        domains: vec!["exempel.se".to_owned(), "elev.exempel.se".to_owned()],
        overwrite: Overwrite::No,
    }
}

fn directory(matching: &Matching, told: &[Told]) -> Result<Directory, SourceError> {
    let mut entries = Entries::new(&tenant(), matching, TODAY);
    for (ids, emails, username, account) in told {
        entries.take(&Entry { ids, emails, usernames: &[username], account: *account })?;
    }
    entries.finish()
}

/// An entry of somebody else, so that no directory is empty.
const FILLER: Told = (&["20120614-9807"], &["z@exempel.se"], "zzz", Account::Open);

fn completed(lines: &[&[Line]], matching: &Matching, told: &[Told]) -> Roster {
    let mut told = told.to_vec();
    told.push(FILLER);
    let directory = directory(matching, &told).unwrap();
    let supplement = Completed { name: "ad".to_owned(), matching: matching.clone(), directory };
    sample::roster(lines).completed_by(Completion::new(vec![supplement]).into())
}

/// E-mail and user name of the first person, and what quality says of it.
fn outcome(roster: &Roster) -> (String, String) {
    let mut persons = roster.persons().unwrap();
    let record = persons.next_person().unwrap().unwrap();
    let has = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let person = record.person;
    let codes: Vec<&str> = codes(roster).into_iter().map(Code::as_str).collect();
    (format!("{} {}", has(person.email), has(person.username)), codes.join(" "))
}

/// Those about supplements.
fn codes(roster: &Roster) -> Vec<Code> {
    let places = Places::of(roster);
    let settings = crate::quality::Settings::default();
    let mut checker = Checker::new(roster, &places, TODAY, settings);
    let mut persons = roster.persons().unwrap();
    let mut groups = InGroups::default();
    while let Some(record) = persons.next_person().unwrap() {
        places.look_up(&record, &mut groups);
        checker.observe(&record, &groups);
        checker.missed(&record, persons.last_missed());
    }
    let rows = checker.finish().summary.rows;
    rows.iter().map(|row| row.code).filter(|code| *code >= Code::D20).collect()
}

fn kim(number: Option<&'static str>) -> Vec<Line> {
    vec![school("A"), Line::Person(Someone { number, ..someone("1") }), enrolment("1", "A")]
}

/// What it shows, the person's number, the directory, what is filled in, what is told.
type Row = (&'static str, Option<&'static str>, &'static [Told], &'static str, &'static str);

/// K009, K067, K073, K075: a value is filled in after a secured match alone.
#[test]
fn k075_nothing_is_filled_in_without_a_secured_match() {
    use Account::{Disabled, Open};
    const MAIL: &[&str] = &["kim@exempel.se"];
    const NUM: Option<&str> = Some(NUMBER);
    #[rustfmt::skip]
    let table: &[Row] = &[
        // what it shows          number  directory                                                        values                filled in    told
        ("one",                   NUM, &[(&["201206149815"], MAIL, "kim", Open)],                        "kim@exempel.se kim", ""),
        ("with a separator",      NUM, &[(&["20120614-9815"], MAIL, "kim", Open)],                       "kim@exempel.se kim", ""),
        ("ten digits",            NUM, &[(&["120614-9815"], MAIL, "kim", Open)],                         "kim@exempel.se kim", ""),
        ("space around",          NUM, &[(&[" 1206149815 "], MAIL, "kim", Open)],                        "kim@exempel.se kim", ""),
        ("twice the same",        NUM, &[(&["1206149815", "201206149815"], MAIL, "kim", Open)],          "kim@exempel.se kim", ""),
        ("none",                  NUM, &[],                                                              "– –", "D20"),
        ("a wrong check digit",   NUM, &[(&["201206149816"], MAIL, "kim", Open)],                        "– –", "D20"),
        ("two",                   NUM, &[(&["201206149815"], MAIL, "kim", Open), (&["1206149815"], &["b@exempel.se"], "b", Open)], "– –", "D21"),
        ("two, one disabled",     NUM, &[(&["201206149815"], MAIL, "kim", Open), (&["1206149815"], &["b@exempel.se"], "b", Disabled)], "– –", "D21"),
        ("with two numbers",      NUM, &[(&["201206149815", OTHER], MAIL, "kim", Open)],                 "– –", "D21"),
        ("with two addresses",    NUM, &[(&["201206149815"], &["kim@exempel.se", "k@elev.exempel.se"], "kim", Open)], "– –", "D21"),
        ("one in our domains",    NUM, &[(&["201206149815"], &["k@privat.example", "kim@exempel.se"], "kim", Open)], "kim@exempel.se kim", ""),
        ("disabled",              NUM, &[(&["201206149815"], MAIL, "kim", Disabled)],                    "– –", "D22"),
        ("another domain",        NUM, &[(&["201206149815"], &["kim@privat.example"], "kim", Open)],     "– –", "D23"),
        ("part of a domain",      NUM, &[(&["201206149815"], &["kim@falsk-exempel.se"], "kim", Open)],   "– –", "D23"),
        ("a domain in capitals",  NUM, &[(&["201206149815"], &["kim@EXEMPEL.SE"], "kim", Open)],         "kim@EXEMPEL.SE kim", ""),
        ("no address at all",     NUM, &[(&["201206149815"], &["kim"], "kim", Open)],                    "– –", "D23"),
        ("two at signs",          NUM, &[(&["201206149815"], &["kim@x@exempel.se"], "kim", Open)],       "– –", "D23"),
        ("name of another place", NUM, &[(&["201206149815"], MAIL, "kim@privat.example", Open)],         "– –", "D23"),
        ("no value",              NUM, &[(&["201206149815"], &[], "kim", Open)],                         "– kim", "D25"),
        ("no number",             None,   &[(&["201206149815"], MAIL, "kim", Open)],                        "– –", "D24"),
        ("TF number",             Some("20120614-TF12"), &[(&["20120614-TF12"], MAIL, "kim", Open)],        "– –", "D24"),
    ];
    for (shows, number, told, values, code) in table {
        let lines = kim(*number);
        let roster = completed(&[&lines], &by_number(), told);
        let found = outcome(&roster);
        assert_eq!((found.0.as_str(), found.1.as_str()), (*values, *code), "{shows}");
    }
}

/// What the register has counts, unless the tenant says that the directory's does.
#[test]
fn only_what_is_missing_is_filled_in_unless_asked() {
    let with = |email, username| {
        let someone = Someone { number: Some(NUMBER), email, username, ..someone("1") };
        vec![school("A"), Line::Person(someone), enrolment("1", "A")]
    };
    let told: &[Told] = &[(&[NUMBER], &["ny@exempel.se"], "ny", Account::Open)];
    let over = Matching { overwrite: Overwrite::Yes, ..by_number() };
    let email_alone = Matching { fills: vec![Fills::Email], ..by_number() };
    #[rustfmt::skip]
    let table: &[(Option<&'static str>, Option<&'static str>, &Matching, &str)] = &[
        (Some("r@exempel.se"), None,      &by_number(),  "r@exempel.se ny"),
        (Some(" "),            Some("r"), &by_number(),  "ny@exempel.se r"),
        (Some("r@exempel.se"), Some("r"), &by_number(),  "r@exempel.se r"),
        (Some("r@exempel.se"), Some("r"), &over,         "ny@exempel.se ny"),
        (None,                 None,      &email_alone,  "ny@exempel.se –"),
    ];
    for (email, username, matching, expected) in table {
        let lines = with(*email, *username);
        assert_eq!(outcome(&completed(&[&lines], matching, told)).0, *expected);
    }
    // Nobody at the directory: what the register has stays, and it is told.
    let lines = with(Some("r@exempel.se"), Some("r"));
    assert_eq!(outcome(&completed(&[&lines], &over, &[])), ("r@exempel.se r".into(), "D20".into()));
    assert_eq!(outcome(&completed(&[&lines], &by_number(), &[])).1, "");
}

/// Of several registers, a supplement fills in what none of them has; the same wherever the
/// person's rows stand.
#[test]
fn what_another_register_has_is_not_missing() {
    let first = kim(Some(NUMBER));
    let second = [Line::Person(Someone {
        number: Some(NUMBER),
        email: Some("b@exempel.se"),
        ..someone("x")
    })];
    let told: &[Told] = &[(&[NUMBER], &["ad@exempel.se"], "ad", Account::Open)];
    let roster = completed(&[&first, &second], &by_number(), told);
    assert_eq!(outcome(&roster).0, "b@exempel.se ad");
    let over = Matching { overwrite: Overwrite::Yes, ..by_number() };
    assert_eq!(outcome(&completed(&[&first, &second], &over, told)).0, "ad@exempel.se ad");
}

/// By the register's own id or a GUID, in whatever way it is written; an id of another source
/// is another id.
#[test]
fn persons_are_found_by_id() {
    const GUID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let by_id = |source| Matching { by: MatchBy::SourceId(SourceIndex(source)), ..by_number() };
    let code = |ids: &'static [&'static str], source, id: &'static str| {
        let lines = [school("A"), Line::Person(someone(id)), enrolment(id, "A")];
        let told: &[Told] = &[(ids, &["a@exempel.se"], "a", Account::Open)];
        outcome(&completed(&[&lines], &by_id(source), told)).1
    };
    assert_eq!(code(&["4711"], 0, "4711"), "");
    assert_eq!(code(&["4711 "], 0, "4711"), "");
    assert_eq!(code(&["4712"], 0, "4711"), "D20");
    assert_eq!(code(&["4711"], 1, "4711"), "D24");
    assert_eq!(code(&["{0F8FAD5B-D9CB-469F-A165-70867728950E}"], 0, GUID), "");
}

/// K211: an account that sees too little reads nothing, and blanks nothing.
#[test]
fn a_directory_that_shows_too_little_is_refused() {
    let code = |told: &[Told]| match directory(&by_number(), told) {
        Err(SourceError::Content { code, .. }) => code,
        Err(error) => panic!("{error}"),
        Ok(_) => "taken",
    };
    let open = Account::Open;
    assert_eq!(code(&[]), "empty");
    assert_eq!(code(&[(&[], &["a@exempel.se"], "a", open)]), "no_ids");
    assert_eq!(code(&[(&["4711"], &["a@exempel.se"], "a", open)]), "unreadable_ids");
    assert_eq!(code(&[(&[NUMBER], &[], "", open)]), "no_values");
    assert_eq!(code(&[(&[NUMBER], &[], "a", open)]), "taken");
}

/// Two supplements: the second fills in what is missing after the first, and each is counted.
#[test]
fn supplements_follow_each_other_and_are_counted() {
    let lines = [
        school("A"),
        Line::Person(Someone { number: Some(NUMBER), ..someone("1") }),
        Line::Person(Someone { number: Some(OTHER), ..someone("2") }),
        Line::Person(someone("3")),
        Line::Person(Someone { email: Some("r@exempel.se"), ..someone("4") }),
    ];
    let of = |name: &str, told: &[Told]| {
        let matching = by_number();
        let directory = directory(&matching, told).unwrap();
        Completed { name: name.to_owned(), matching, directory }
    };
    let first = of("ad", &[(&[NUMBER], &["a@exempel.se"], "a", Account::Open)]);
    let second = of(
        "fil",
        &[
            (&[NUMBER], &["x@exempel.se"], "x", Account::Open),
            (&[OTHER], &["b@exempel.se"], "b", Account::Open),
        ],
    );
    let completion = Arc::new(Completion::new(vec![first, second]));
    let roster = sample::roster(&[&lines]).completed_by(Arc::clone(&completion));
    assert_eq!(completion.tallies().len(), 0);
    let mut emails = std::collections::BTreeSet::new();
    for _ in 0..2 {
        let mut persons = roster.persons().unwrap();
        while let Some(record) = persons.next_person().unwrap() {
            emails.insert((record.person.source_id, record.person.email.unwrap_or_default()));
        }
    }
    let emails: Vec<String> =
        emails.into_iter().map(|(id, email)| format!("{id}{email}")).collect();
    assert_eq!(emails, ["1a@exempel.se", "2b@exempel.se", "3", "4r@exempel.se"]);
    let tallies: Vec<_> =
        completion.tallies().iter().map(|(it, tally)| (it.name.clone(), *tally)).collect();
    let tally = |of, filled| Tally { of, filled };
    assert_eq!(tallies, [("ad".to_owned(), tally(3, 1)), ("fil".to_owned(), tally(2, 1))]);
    // What the second gave is not missing; two have no number.
    assert_eq!(codes(&roster), [Code::D24]);
    assert_eq!(Code::D20.severity(), Severity::Warning);
}

/// K069: a protected person is neither filled in nor counted; nor is its relative order seen.
#[test]
fn k069_a_protected_person_is_not_completed() {
    let lines = [
        school("A"),
        Line::Person(Someone { number: Some(NUMBER), marking: "Skyddad", ..someone("1") }),
        Line::Person(Someone { number: Some(OTHER), ..someone("2") }),
    ];
    let told: &[Told] = &[
        (&[NUMBER], &["canary@exempel.se"], "canary", Account::Open),
        (&[OTHER], &["b@exempel.se"], "b", Account::Open),
    ];
    let matching = by_number();
    let directory = directory(&matching, told).unwrap();
    let supplement = Completed { name: "ad".to_owned(), matching, directory };
    let completion = Arc::new(Completion::new(vec![supplement]));
    let roster = sample::roster(&[&lines]).completed_by(Arc::clone(&completion));
    let content = sample::content(&roster).concat();
    assert!(content.windows(6).all(|bytes| bytes != b"canary"));
    assert_eq!(completion.tallies()[0].1, Tally { of: 1, filled: 1 });
    assert_eq!(codes(&roster), []);
}

/// K009, K065: a directory keeps no number, and little for each entry.
#[test]
fn k009_no_number_is_kept() {
    let matching = by_number();
    let directory =
        directory(&matching, &[(&[NUMBER], &["kim@exempel.se"], "kim", Account::Open)]).unwrap();
    assert!(matches!(directory.of_number(None), Match::Unidentified));
    let kept = directory.kept();
    assert!(kept.len() < 100, "{}", kept.len());
    for form in [NUMBER, &NUMBER[2..], &NUMBER[8..]] {
        assert!(!String::from_utf8_lossy(&kept).contains(form));
    }
}

/// Rows that do not fit in memory are completed as those that do.
#[test]
fn spilled_rows_are_completed_alike() {
    let mut lines = kim(Some(NUMBER));
    lines.push(Line::Person(Someone { number: Some(OTHER), ..someone("2") }));
    let told: &[Told] = &[(&[NUMBER], &["a@exempel.se"], "a", Account::Open), FILLER];
    let with_budget = |budget| {
        let matching = by_number();
        let directory = directory(&matching, told).unwrap();
        let supplement = Completed { name: "ad".to_owned(), matching, directory };
        let (roster, _) = sample::assemble(&[&lines], Gate::new(&tenant()), budget);
        sample::content(&roster.completed_by(Completion::new(vec![supplement]).into()))
    };
    assert_eq!(with_budget(1), with_budget(usize::MAX));
    assert_ne!(with_budget(1), sample::content(&sample::roster(&[&lines])));
}
