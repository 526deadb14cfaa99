use plan::{GuardName, Scope};
use state::Verb;

use super::support::{GROUP, header, key, lost, summary, verdict, verdicts, viewed};
use crate::{Beside, Lang, plain, plan_summary_json};

fn counts() -> Vec<(&'static str, Verb, u64)> {
    vec![
        ("group", Verb::Create, 36),
        ("user", Verb::Create, 1118),
        ("user", Verb::Update, 51),
        ("user", Verb::Suspend, 27),
        ("group", Verb::Archive, 21),
        ("membership", Verb::Add, 340),
        ("membership", Verb::Remove, 2950),
    ]
}

/// Design §11: the plan as a person sees it.
#[test]
fn a_plan_at_a_glance() {
    let beside = Beside { waiting: 4, left: 1, conflicts: 1, ..Beside::default() };
    let held = verdicts(lost(), 3366);
    let lines = summary(&header(&counts()), &held, beside, "Ekskolan", Lang::Sv);
    insta::assert_snapshot!(plain(&lines), @r#"
    Plan 7f3a · google · får startas till 2026-11-23 02:14 · 614 anrop, omkring 20 s
                    skapa    ändra   lägga till    ta ur   inaktivera   arkivera
      grupper          36                                                     21
      användare     1 118       51                                 27
      medlemskap                            340    2 950

    · 4 väntetider har börjat; de som väntar ändras inte under tiden.
    · 1 ändring gjord hos mottagaren lämnas som den är.
    ⚠ 1 uppgift hör till någon annans gamla konto och måste avgöras av en person.

    ⛔ Spärr på källan: Ekskolan gav 221 elever, i går 408 (−46 %). Årskurs 9 saknas helt.
       Skolan räknas som ej läst: ingenting tas bort, inaktiveras eller arkiveras där. 3 366 åtgärder hålls inne.
       Jämför: skolbro plan show 7f3a --school Ekskolan    Om det stämmer: skolbro approve 7f3a --school Ekskolan --comment "…"
       Resten kan utföras:  skolbro apply 7f3a
    "#);
}

/// K222: the same in English.
#[test]
fn a_plan_at_a_glance_in_english() {
    let held = verdicts(lost(), 3366);
    let lines = summary(&header(&counts()), &held, Beside::default(), "Ekskolan", Lang::En);
    insta::assert_snapshot!(plain(&lines), @r#"
    Plan 7f3a · google · may be started until 2026-11-23 02:14 · 614 calls, about 20 s
                    create   update      add   remove   suspend   archive
      groups            36                                             21
      users          1 118       51                          27
      memberships                        340    2 950

    ⛔ Guard on the source: Ekskolan gave 221 pupils, yesterday 408 (−46 %). Year 9 is missing entirely.
       The school counts as not read: nothing is deleted, suspended or archived there. 3 366 operations are held.
       Compare: skolbro plan show 7f3a --school Ekskolan    If it is right: skolbro approve 7f3a --school Ekskolan --comment "…"
       The rest may run:  skolbro apply 7f3a
    "#);
}

/// Nothing may run before the first plan is approved, so nothing is offered.
#[test]
fn a_first_plan_offers_no_apply() {
    let first = verdict(GuardName::FirstPlan, Scope::Target, 36, 36);
    let small = header(&[("group", Verb::Create, 36)]);
    let lines = summary(&small, &verdicts(vec![first], 36), Beside::default(), "", Lang::Sv);
    insta::assert_snapshot!(plain(&lines), @r#"
    Plan 7f3a · google · får startas till 2026-11-23 02:14 · 614 anrop, omkring 20 s
                 skapa
      grupper       36

    ⛔ Väntar på godkännande: Leksak: den första planen; 36 åtgärder väntar på godkännande.
       36 åtgärder hålls inne.
       Jämför: skolbro plan show 7f3a    Om det stämmer: skolbro approve 7f3a --comment "…"
    "#);
}

#[test]
fn an_empty_plan_says_so() {
    let lines = summary(&header(&[]), &verdicts(vec![], 0), Beside::default(), "", Lang::Sv);
    insta::assert_snapshot!(plain(&lines), @r"
    Plan 7f3a · google · får startas till 2026-11-23 02:14 · 614 anrop, omkring 20 s
    ✓ Inget att göra
    ");
}

/// K136: another's account is decided one by one.
#[test]
fn what_must_be_named_is_not_approved_as_a_whole() {
    let other = verdict(GuardName::AccountOfAnother, Scope::Kind(GROUP), 1, 1);
    let small = header(&[("user", Verb::Create, 2)]);
    let lines = summary(&small, &verdicts(vec![other], 1), Beside::default(), "", Lang::Sv);
    assert!(plain(&lines).contains("skolbro approve 7f3a --operation …"), "{}", plain(&lines));
}

/// K137: what no yes can release is told with what to do at the receiver, and no command.
#[test]
fn k137_a_name_that_is_taken_is_told_with_what_to_do_and_not_with_a_yes() {
    let taken = verdict(GuardName::NameTaken, Scope::Target, 1, 1);
    let small = header(&[("user", Verb::Create, 1)]);
    let both = verdicts(vec![taken], 1);
    let text = plain(&summary(&small, &both, Beside::default(), "", Lang::Sv));
    assert!(text.contains("väntar tills det är ledigt") && text.contains("byt namn"), "{text}");
    assert!(!text.contains("skolbro approve"), "{text}");
    let text = plain(&summary(&small, &both, Beside::default(), "", Lang::En));
    assert!(text.contains("Cannot be approved: rename or delete"), "{text}");
}

/// Invariant 3: what a yes to something found means is said before it is given, and what to do
/// where it is another's.
#[test]
fn what_is_found_is_told_with_what_a_yes_means() {
    let found = verdict(GuardName::FoundAccounts, Scope::Target, 2, 2);
    let small = header(&[("user", Verb::Link, 2), ("user", Verb::Create, 1)]);
    let both = verdicts(vec![found], 2);
    let text = plain(&summary(&small, &both, Beside::default(), "", Lang::Sv));
    for part in ["Väntar på godkännande:", "andra har skapat", "byt namn", "skolbro approve 7f3a"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    let text = plain(&summary(&small, &both, Beside::default(), "", Lang::En));
    assert!(text.contains("become Skolbro's"), "{text}");
}

/// People paste commands: a name that a shell would act on is replaced by the school's id.
#[test]
fn commands_hold_no_names_that_shells_act_on() {
    #[rustfmt::skip]
    let table = &[
        // shows              name                 argument
        ("bare",              "Ekskolan",          "--school Ekskolan "),
        ("a space",           "Norra skolan 7–9",  "--school ee000000-"),
        ("quoted",            "Norra skolan",      "--school \"Norra skolan\" "),
        ("a command",         "a$(rm -rf ~)",      "--school ee000000-"),
        ("an option",         "--all",             "--school ee000000-"),
        ("a quotation mark",  "Ek\"; ls",          "--school ee000000-"),
    ];
    let at = Scope::School(key(0xee));
    for &(shows, name, argument) in table {
        let guard = verdict(GuardName::SchoolRemovals, at, 400, 100);
        let held = verdicts(vec![guard], 2);
        let lines = summary(&header(&counts()), &held, Beside::default(), name, Lang::Sv);
        let command = format!("skolbro approve 7f3a {argument}");
        assert!(plain(&lines).contains(&command), "{shows}: {}", plain(&lines));
    }
}

/// Programs read numbers, not sentences.
#[test]
fn a_plan_as_json() {
    let beside = Beside { left: 3, ..Beside::default() };
    let held = verdicts(lost(), 27);
    let counts = header(&counts());
    let json = viewed(&counts, &held, beside, "Ekskolan", |view| plan_summary_json(view, Lang::Sv));
    assert_eq!((&json["plan"], &json["held"]), (&"7f3a".into(), &27.into()));
    assert_eq!(json["counts"][1]["count"], 1118);
    assert_eq!(json["beside"]["left"], 3);
}
