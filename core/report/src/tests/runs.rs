use jiff::civil::date as day;
use roster::supplement::{Fills, Tally};
use roster::{Count, SourceTrip, TripKind, TripScope};

use super::support::key;
use crate::run_summary::STATES;
use crate::{
    Lang, LastRead, Stage, date, decimal, duration, moment, number, percent, plain, run_state,
    run_summary, source_trip, words,
};

/// K222: every sentence exists in both languages, with the same values in it.
#[test]
fn every_text_has_both_languages() {
    for text in words::ALL {
        assert!(!text.sv.is_empty() && !text.en.is_empty(), "{text:?}");
        assert_ne!(text.sv, text.en);
        assert_eq!(text.sv.matches("{}").count(), text.en.matches("{}").count(), "{text:?}");
    }
}

/// K209: one word a concept (reference/portal.md §2.6); words to avoid stand nowhere.
#[test]
fn words_to_avoid_stand_nowhere() {
    for text in words::ALL {
        let sv = text.sv.to_lowercase();
        for avoided in
            ["jobb", "batch", "dry-run", "radera", "disabla", "tröskel", "synkad", "skydd"]
        {
            assert!(!sv.contains(avoided), "{sv}");
        }
    }
}

fn stages(lang: Lang) -> String {
    let tally = Tally { of: 5938, filled: 5931 };
    let stages = [
        Stage::Read { source: "edlevo", pupils: 6118, staff: 1040, groups: 3216, tenths: Some(41) },
        Stage::Completed { supplement: "ad", what: Fills::Email, tally },
        Stage::Checked { errors: 61, warnings: 214 },
        Stage::Applied { done: 1187, failed: 6, held: 0 },
    ];
    plain(&run_summary(&stages, lang))
}

/// Design §11: a line a stage.
#[test]
fn a_run_so_far() {
    insta::assert_snapshot!(stages(Lang::Sv), @r"
    Läser edlevo        6 118 elever · 1 040 personal · 3 216 grupper        4,1 s
    Kompletterar ad     5 931 av 5 938 e-postadresser; 7 utan säker träff
    Kontrollerar        61 fel, 214 varningar           visa: skolbro report quality
    Utför               1 187 klara · 6 fel · 0 hålls inne
    ");
}

/// K222: the same in English.
#[test]
fn a_run_so_far_in_english() {
    insta::assert_snapshot!(stages(Lang::En), @r"
    Reads edlevo        6 118 pupils · 1 040 staff · 3 216 groups        4.1 s
    Completes ad        5 931 of 5 938 e-mail addresses; 7 without a secured match
    Checks              61 errors, 214 warnings           show: skolbro report quality
    Applies             1 187 done · 6 failed · 0 held
    ");
}

#[test]
fn states_of_a_run_have_words() {
    assert_eq!(run_state("queued", Lang::Sv), Some("Köad"));
    assert_eq!(run_state("stopped_by_guard", Lang::Sv), Some("Stoppad av spärr"));
    assert_eq!(run_state("stale", Lang::En), Some("Out of date"));
    assert_eq!(run_state("?", Lang::Sv), None);
    assert_eq!(STATES.len(), 15);
}

#[test]
fn numbers_and_dates_are_written_as_in_sweden() {
    assert_eq!(number(0), "0");
    assert_eq!(number(1_234_567), "1\u{202f}234\u{202f}567");
    assert_eq!((decimal(41, Lang::Sv), decimal(41, Lang::En)), ("4,1".into(), "4.1".into()));
    assert_eq!(date(day(2026, 11, 2)), "2026-11-02");
    assert_eq!(moment(day(2026, 11, 2).at(2, 4, 9, 0)), "2026-11-02 02:04");
    assert_eq!(percent(187, 408), "46\u{a0}%");
    assert_eq!(
        (percent(1, 10_000), percent(9_999, 10_000)),
        ("1\u{a0}%".into(), "99\u{a0}%".into())
    );
    assert_eq!(percent(3, 0), "0\u{a0}%");
    let durations = [20, 720, 10_000].map(duration);
    assert_eq!(durations, ["20\u{a0}s", "12\u{a0}min", "3\u{a0}h"]);
}

fn trips(kinds: &[TripKind], scope: TripScope, lang: Lang) -> String {
    let trip = |kind: &TripKind| SourceTrip { scope, kind: *kind, before: 408, now: 221 };
    let trips: Vec<SourceTrip> = kinds.iter().map(trip).collect();
    let last_read = LastRead::On(day(2026, 11, 20));
    plain(&source_trip(&trips, &|_| "Ekskolan".to_owned(), last_read, lang))
}

/// K210: what tripped, where, by how much, and what that means.
#[test]
fn trips_of_a_source_are_sentences() {
    let at = TripScope::School(key(1));
    let lost = TripKind::Lost(Count::Pupils);
    assert_eq!(
        trips(&[lost, TripKind::YearLost(9)], at, Lang::Sv),
        "Ekskolan gav 221 elever, 2026-11-20 408 (−46\u{a0}%). Årskurs 9 saknas helt.\nSkolan \
         räknas som ej läst: ingenting tas bort, inaktiveras eller arkiveras där.\n"
    );
    assert_eq!(
        trips(
            &[lost, TripKind::Lost(Count::Duties), TripKind::YearLost(7), TripKind::YearLost(9)],
            at,
            Lang::Sv
        )
        .lines()
        .next(),
        Some(
            "Ekskolan gav 221 elever, 2026-11-20 408 (−46\u{a0}%), 221 tjänstgöringar mot 408 (−46\u{a0}%). \
             Årskurserna 7, 9 saknas helt."
        )
    );
    let all = [
        TripKind::Empty(Count::Groups),
        TripKind::SchoolLost,
        TripKind::YearLost(9),
        TripKind::Dangling,
        TripKind::Repeated,
    ];
    for kind in all {
        let (sv, en) = (trips(&[kind], at, Lang::Sv), trips(&[kind], at, Lang::En));
        assert!(sv.starts_with("Ekskolan") && en.starts_with("Ekskolan"), "{sv}{en}");
        assert_ne!(sv, en);
    }
    let tenant = trips(&[lost], TripScope::Tenant, Lang::Sv);
    assert!(tenant.starts_with("Källan gav 221 elever") && tenant.contains("ingenting utförs"));
    assert_eq!(trips(&[], at, Lang::Sv), "");
}
