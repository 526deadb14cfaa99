use rules::shape::Step;
use state::{Mark, Owner, Reason};

use super::support::key;
use crate::explain::owner;
use crate::{
    ExplainStep, Explanation, Lang, StepName, Went, explain, explain_json, no_hit, no_hit_json,
    plain, rule_steps,
};

fn step(name: StepName, went: Went, detail: &str) -> ExplainStep {
    ExplainStep { name, went, detail: detail.to_owned() }
}

fn lisa(lang: Lang) -> String {
    let steps = [
        step(StepName::Found, Went::Well, "Edlevo, 2026-11-22 02:14"),
        step(StepName::Included, Went::Well, ""),
        step(StepName::School, Went::Stopped(Reason::SchoolNotChosen), "Björkskolan"),
        step(StepName::School, Went::Well, "Ekskolan"),
        step(StepName::Group, Went::Stopped(Reason::GroupNotStarted), "9A Matematik 2026-11-25"),
        step(StepName::Action, Went::NotReached, ""),
    ];
    plain(&explain(&Explanation { who: "Lisa B", at: "9A Matematik", steps: &steps }, lang))
}

/// K116: the answer stands first and says who can put it right.
#[test]
fn the_answer_stands_first_with_its_owner() {
    insta::assert_snapshot!(lisa(Lang::Sv), @r"
    Svar: Lisa B finns inte i 9A Matematik: gruppen har inte börjat (M05).  Ägare: Skolan
      ✓ 1 Hittad i källan          Edlevo, 2026-11-22 02:14
      ✓ 2 Omfattas
      ✕ 3 Skola                    Björkskolan: skolan är inte vald (P05)
      ✓ 4 Skola                    Ekskolan
      ✕ 5 Grupp                    9A Matematik 2026-11-25: gruppen har inte börjat (M05)
      – 6 Åtgärd
    ");
}

/// Ten steps and more stand below each other.
#[test]
fn many_steps_stand_in_line() {
    let steps: Vec<_> = (0..10).map(|_| step(StepName::Group, Went::Well, "4A")).collect();
    let text =
        plain(&explain(&Explanation { who: "Lisa B", at: "Google", steps: &steps }, Lang::Sv));
    let places = text.lines().skip(1).map(|line| line.find("Grupp")).collect::<Vec<_>>();
    assert_eq!(places.len(), 10);
    assert!(places.windows(2).all(|two| two[0] == two[1]), "{text}");
}

/// Who is delivered and no longer wanted is there until the removal is done.
#[test]
fn who_waits_to_be_removed_is_still_there() {
    let steps = [
        step(StepName::Included, Went::Stopped(Reason::Ended), "2026-06-12"),
        step(StepName::Matched, Went::Stopped(Reason::WaitingPeriod), "levererad"),
    ];
    let of = Explanation { who: "Lisa B", at: "Google", steps: &steps };
    let text = plain(&explain(&of, Lang::Sv));
    assert!(text.starts_with("Svar: Lisa B finns i Google, men: "), "{text}");
}

/// K222: the same in English.
#[test]
fn the_answer_in_english() {
    insta::assert_snapshot!(lisa(Lang::En), @r"
    Answer: Lisa B is not in 9A Matematik: the group has not started (M05).  Owner: The school
      ✓ 1 Found in the register    Edlevo, 2026-11-22 02:14
      ✓ 2 Included
      ✕ 3 School                   Björkskolan: the school is not chosen (P05)
      ✓ 4 School                   Ekskolan
      ✕ 5 Group                    9A Matematik 2026-11-25: the group has not started (M05)
      – 6 Operation
    ");
}

/// K116: every reason has an owner whom people can name, in both languages.
#[test]
fn every_reason_has_an_owner_in_words() {
    for reason in Reason::ALL {
        let steps = [step(StepName::Included, Went::Stopped(*reason), "")];
        for lang in [Lang::Sv, Lang::En] {
            let of = Explanation { who: "A", at: "B", steps: &steps };
            let text = plain(&explain(&of, lang));
            let first = text.lines().next().unwrap();
            assert!(first.contains(reason.code()), "{first}");
            assert!(first.ends_with(owner(reason.owner()).of(lang)), "{first}");
            assert_eq!(explain_json(&of, lang)["reason"]["code"], reason.code());
        }
    }
    assert_eq!(owner(Owner::Receiver).sv, "Mottagaren");
}

/// No oracle: what is said of nobody takes no input, so it cannot differ between a person
/// outside the sync and one who does not exist. The text is the one agreed on.
#[test]
fn nobody_is_found_in_the_same_words_always() {
    let text = "Vi hittar ingen sådan person i det inlästa underlaget. Kontrollera uppgiften i \
                elevregistret. Vissa personer hanteras utanför synken enligt kommunens rutin.\n";
    assert_eq!(plain(&no_hit(Lang::Sv)), text);
    assert_eq!(no_hit_json(Lang::Sv)["text"], text.trim_end());
    for lang in [Lang::Sv, Lang::En] {
        let text = plain(&no_hit(lang)).to_lowercase();
        assert!(!text.contains("skydd") && !text.contains("protect"), "{text}");
    }
}

#[test]
fn the_rules_steps_become_steps_in_order() {
    let ended = Mark::Left { reason: Reason::Ended, end: jiff::civil::date(2026, 6, 12).into() };
    let steps = [
        Step::Person(None),
        Step::Enrolment(key(1), Some(ended)),
        Step::Membership(key(2), None),
        Step::Values(Some(Mark::Withheld(Reason::RequiredMissing))),
    ];
    let steps = rule_steps(&steps, &|_| "Ekskolan".to_owned(), &|_| "9A".to_owned());
    let expected = [
        step(StepName::Included, Went::Well, ""),
        step(StepName::School, Went::Stopped(Reason::Ended), "Ekskolan 2026-06-12"),
        step(StepName::Values, Went::Stopped(Reason::RequiredMissing), ""),
        step(StepName::Group, Went::Well, "9A"),
    ];
    assert_eq!(steps, expected);
}
