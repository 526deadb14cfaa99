//! Mistakes, and where and how they are shown.

use proptest::prelude::*;

use super::stand_in::connectors;
use crate::config::{Lang, Problem, Problems, Role, load, render};

const HEAD: &str = "[tenant]\nname = \"X\"\n[source.a]\nserial = 1\n[source.a.table]\nfolder = \"in\"\n[target.t]\n[target.t.school_data_sync]\ndeliver.folder = \"out\"\n";

fn problems(text: &str) -> Vec<Problem> {
    load(text, "kommun.toml", &connectors()).err().map(|found| found.list).unwrap_or_default()
}

fn short(problem: &Problem) -> String {
    let hint = problem.hint.as_ref().map_or("", |hint| hint.sv.as_str());
    format!("{}:{} {} {hint}", problem.line, problem.column, problem.code).trim_end().to_owned()
}

/// K222, K002, K006, K021, K115: each mistake has its code, line, column and suggestion.
#[test]
fn a_mistake_is_shown_where_it_stands() {
    #[rustfmt::skip]
    let table: &[(&str, &str)] = &[
        // added after nine good lines                      expected
        ("[select]\ngroop = [\"class\"]",                   "11:1 unknown_key Menade du `groups`?"),
        ("[select]\ngroups = [\"clas\"]",                   "11:11 unknown_value Menade du `class`?"),
        ("[select]\nlead_days = \"14\"",                    "11:13 wrong_type Här ska stå ett heltal från 0 till 65535."),
        ("[select]\nlead_days = -1",                        "11:13 bad_value Här ska stå ett heltal från 0 till 65535."),
        ("[select]\nguardians = true",                      "11:1 source_cannot Ta bort raden, eller lägg till en källa som anger det."),
        ("[backup]\nkeep_days = 30",                        "10:2 missing_key"),
        ("[backup]\nfolder = \"b\"\nkeep_days = 36",         "12:13 bad_value Det som gallras får inte leva kvar i säkerhetskopior."),
        ("[schedule]\nat = [\"25:00\"]",                    "11:7 bad_value Skriv som `\"02:30\"`."),
        ("[schedule]\nevery_minutes = 0",                   "11:17 bad_value"),
        ("[guards]\nremovals = { share = \"120 %\" }",      "11:22 bad_value Skriv som `\"5 %\"` eller `\"2,5 %\"`."),
        ("[guards]\nremovals = {}",                         "11:12 missing_key Skriv som `{ share = \"5 %\", count = 50 }`; det ena räcker."),
        ("[merge]\nemail = [\"b\"]",                        "11:10 unknown_source Menade du `a`?"),
        ("[source.b]\n[source.b.table]\nfolder = \"x\"",    "10:9 missing_key"),
        ("[source.b]\nserial = 1\n[source.b.table]\nfolder = \"x\"", "11:10 duplicate Ge den nya källan ett eget nummer; ändra aldrig ett som har använts."),
        ("[source.b]\nserial = 2\n[source.b.tabel]\nx = 1", "12:11 unknown_connector Menade du `table`?"),
        ("[source.b]\nserial = 2\n[source.b.extens]\nx = 1", "12:11 unknown_connector Menade du `table`?"),
        ("[source.b]\nserial = 2\n[source.b.table]",        "12:11 missing_key"),
        ("[source.b]\nserial = 2\n[source.b.table]\nfolder = \"../x\"", "13:10 connector"),
        ("[source.b]\nserial = 2\n[source.b.table]\nfolder = \"x\"\npassword = \"hemligt\"", "14:12 secret_in_plain Skriv var den finns: `env:NAMN`, `file:sökväg` eller `credential:NAMN`."),
        ("[supplement.ad.ldpa]\nfolder = \"x\"",          "10:16 unknown_connector Menade du `ldap`?"),
        ("[supplement.ad]\nmail = \"x\"\n[supplement.ad.ldap]\nfolder = \"x\"", "11:1 unknown_key"),
        ("[supplement.ad]",                                 "10:13 no_connector Lägg till en av `ldap` som undertabell."),
        ("[supplement.ad.ldap]\nfolder = \"../x\"",        "11:10 connector"),
        ("[target.t.life_cycle]\nclas = {}",                "11:1 unknown_kind Menade du `class`?"),
        ("[target.t.life_cycle]\nuser = { suspend_after_days = 0 }", "11:10 verb_not_possible Ta bort raden."),
        ("[target.t.drift]\ndefault = \"keep\"",            "10:11 drift_not_visible Ta bort `drift` för det här målet."),
        ("[target.t.mapping.user]\nemial = \"person.email\"", "11:1 unknown_attribute Menade du `email`?"),
        ("[target.t.mapping.user]\nemail = \"x {{ person.epost }}\"", "11:15 expression Menade du `person.email`?"),
        ("[calendar]\nterms = [{ name = \"HT\", start = 2026-08-17, end = 2026-01-01 }]", "11:51 end_before_start"),
        ("[transliterate]\n\"ö\" = 1",                          "11:7 wrong_type Här ska stå en text inom citattecken."),
        ("[transliterate]\n\"oe\" = \"ö\"",                 "11:1 bad_value"),
        ("[calendar]\nterms = [{ start = 2026-08-17, end = 2026-12-18 }]", "11:10 missing_key"),
        ("[notices]\nfolder = \"../x\"",                     "11:10 connector"),
        ("[select]\nroles = [\"pupil\"",                    "11:17 syntax"),
    ];
    let mut wrong = Vec::new();
    for (added, expected) in table {
        let found: Vec<String> = problems(&format!("{HEAD}{added}")).iter().map(short).collect();
        if found != [*expected] {
            wrong.push(format!("{added}\n  expected {expected}\n  found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// K136: a policy for sleeping accounts is for receivers that show them.
#[test]
fn k136_names_are_used_again_only_where_accounts_are_seen_to_sleep() {
    let text = HEAD.replace("[target.t]\n", "[target.t]\non_reused_name = \"hold\"\n");
    let found: Vec<String> = problems(&text).iter().map(short).collect();
    assert_eq!(found, ["8:1 nothing_sleeps Ta bort raden."]);
}

/// Invariant 3: what is found is a question where others make accounts too.
#[test]
fn what_is_found_is_asked_about_only_where_others_make_accounts() {
    let text = HEAD.replace("[target.t]\n", "[target.t]\non_found = \"link\"\n");
    let found: Vec<String> = problems(&text).iter().map(short).collect();
    assert_eq!(found, ["8:1 nothing_found Ta bort raden."]);
}

/// K222: every text is there in both languages and differs.
#[test]
fn every_message_stands_in_two_languages() {
    let text = format!("{HEAD}[select]\ngroop = 1\nlead_days = \"x\"\n[merge]\nsex = [\"q\"]\n");
    let found = problems(&text);
    assert_eq!(found.len(), 3);
    for problem in found {
        assert_ne!(problem.message.sv, problem.message.en);
        assert!(!problem.message.en.is_empty() && !problem.message.sv.is_empty());
    }
}

/// Issue 2 no 5: everything at once.
#[test]
fn all_mistakes_of_a_file_are_found_at_once() {
    let text = "[tenant]\npakage = \"brons\"\n[source.a]\nserial = \"1\"\n[source.a.table]\nfoldr = 1\ntries = 900\n[target.t]\nmode = \"prod\"\n[target.t.live]\nfolder = \"x\"\n";
    let found: Vec<String> = problems(text).iter().map(short).collect();
    #[rustfmt::skip]
    assert_eq!(found, [
        "1:2 missing_key",
        "2:1 unknown_key Menade du `package`?",
        "4:10 wrong_type Här ska stå ett heltal, 0 eller större.",
        "5:11 missing_key",
        "6:1 unknown_key Menade du `folder`?",
        "7:9 bad_value Här ska stå ett heltal från 0 till 255.",
        "9:8 unknown_value Menade du `production`?",
    ]);
}

/// K002, K006: the second source is named, and silver suggested.
#[test]
fn brons_refuses_a_second_source_by_name() {
    let text = format!("{HEAD}[source.ad]\nserial = 2\n[source.ad.table]\nfolder = \"x\"\n")
        .replace("name = \"X\"", "name = \"X\"\npackage = \"brons\"");
    let found = load(&text, "k.toml", &connectors()).expect_err("refused");
    assert!(found.is_package_only());
    assert_eq!(found.list[0].code.as_str(), "brons_second_source");
    assert!(found.list[0].message.sv.contains("`ad`"));
    assert!(found.list[0].hint.as_ref().is_some_and(|hint| hint.sv.contains("silver")));
}

/// K002, K005: a directory that fills in addresses is a second system.
#[test]
fn brons_refuses_a_supplement() {
    let text = format!("{HEAD}[supplement.ad.ldap]\nfolder = \"x\"\n")
        .replace("name = \"X\"", "name = \"X\"\npackage = \"brons\"");
    let found = problems(&text);
    assert_eq!(short(&found[0]).split_whitespace().nth(1), Some("brons_second_source"));
    assert_eq!(found.len(), 1);
}

/// K007: brons copies, and nothing else.
#[test]
fn brons_refuses_adjusted_data() {
    let head = HEAD.replace("name = \"X\"", "name = \"X\"\npackage = \"brons\"");
    let with = |expression: &str| {
        problems(&format!("{head}[target.t.mapping.user]\nemail = \"{expression}\"\n"))
    };
    assert_eq!(with("person.email"), []);
    assert_eq!(with("{{ person.email }}"), []);
    assert_eq!(with("{{ person.email | lower }}")[0].code.as_str(), "brons_adjusts");
}

/// A secret that was written out is never repeated.
#[test]
fn a_secret_in_plain_is_not_repeated_in_the_message() {
    let found = problems(&HEAD.replace("name = \"X\"", "name = \"X\"\nkey = \"hunter2\""));
    assert_eq!(short(&found[0]).split(' ').nth(1), Some("secret_in_plain"));
    assert!(!format!("{:?}", (&found[0].message, &found[0].hint)).contains("hunter2"));
}

#[test]
fn a_rendered_problem_shows_place_line_and_suggestion() {
    let text = format!("{HEAD}[select]\ngroop = 1\n");
    let found: Problems = load(&text, "k.toml", &connectors()).expect_err("refused");
    let shown = render(&found, &text, Lang::Sv);
    for part in
        ["k.toml:11:1", "groop = 1", "^^^^^", "Okänd nyckel `groop`.", "Menade du `groups`?"]
    {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    assert_eq!(shown.matches("Okänd nyckel").count(), 1, "told once:\n{shown}");
    assert!(render(&found, &text, Lang::En).contains("Did you mean `groups`?"));
}

/// What newcomers write wrong has a remedy that helps.
#[test]
fn a_newcomers_mistakes_have_a_remedy() {
    let hint = |text: &str| {
        let found = problems(text);
        let hint = found[0].hint.as_ref().map(|hint| hint.sv.clone());
        hint.unwrap_or_else(|| panic!("{found:?}"))
    };
    assert!(hint("").contains("skolbro init"));
    assert!(hint(&HEAD.replace("name = \"X\"", "språk = \"sv\"")).contains("citattecken"));
    let facility = connectors().facilities[0].id;
    let slip = format!("{HEAD}[{facility}x]\n");
    assert_eq!(hint(&slip), format!("Menade du `{facility}`?"));
    let all = hint(&format!("{HEAD}[zzzzzzzz]\n"));
    assert!(all.contains(&format!("`{facility}`")), "{all}");
    let kind = connectors().of(Role::Target).next().map_or("", |it| it.id);
    let slip = HEAD.replace(&format!(".{kind}]"), &format!(".{kind}e]"));
    assert_eq!(hint(&slip), format!("Menade du `{kind}`?"));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,80}", cut in 0_usize..400) {
        let _ = load(&text, "k.toml", &connectors());
        let good: String = HEAD.chars().take(cut).collect();
        let mixed = format!("{good}{text}");
        if let Err(found) = load(&mixed, "k.toml", &connectors()) {
            prop_assert!(!found.list.is_empty());
            let _ = render(&found, &mixed, Lang::En);
        }
    }
}
