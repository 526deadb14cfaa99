//! What bad input gets: its own message, and nothing to plan from.

use std::collections::BTreeSet;

use roster::{Coverage, Key, SourceError};
use simulate::ss12000::{Dialect, Fault, Planted};

use super::{TODAY, read, refused, settings, start};
use crate::{Language, explain};

fn kind(error: &SourceError) -> &'static str {
    match error {
        SourceError::Unavailable { .. } => "unavailable",
        SourceError::Denied { .. } => "denied",
        SourceError::Content { code, .. } => code,
        SourceError::MarkingMissing { .. } => "marking_missing",
        SourceError::Spool(_) => "spool",
    }
}

fn spoilt(written: &str) -> Planted {
    written.parse().unwrap()
}

fn status(code: u16) -> Fault {
    Fault::Status { code, retry_after: None }
}

#[tokio::test]
async fn each_fault_is_refused_in_words_of_its_own() {
    #[rustfmt::skip]
    let table: Vec<(Fault, u32, &str, &str)> = vec![
        // what goes wrong                after  is            and says
        (Fault::EndlessPaging,            0, "endless_paging", "never ends"),
        (Fault::RepeatedToken,            0, "endless_paging", "ring"),
        (Fault::Html,                     0, "html",           "web page"),
        (Fault::CutLength,                1, "unavailable",    "broke off in the middle"),
        (Fault::CutChunked,               1, "unavailable",    "broke off in the middle"),
        (Fault::InvalidUtf8,              1, "bad_json",       "not the JSON"),
        (status(401),                     1, "denied",         "does not let us in"),
        (status(403),                     1, "denied",         "does not let us in"),
        (status(404),                     0, "no_list",        "no such list"),
        (status(404),                     1, "unavailable",    "in the middle of the read"),
        (status(410),                     1, "unavailable",    "in the middle of the read"),
        (status(429),                     1, "unavailable",    "asks us to wait"),
        (status(500),                     1, "unavailable",    "out of order"),
        (status(503),                     1, "unavailable",    "out of order"),
        (Fault::Reset,                    1, "unavailable",    "broke the connection"),
        (Fault::HugeString { bytes: 10_000_000_000 }, 1, "too_large", "is over"),
        (Fault::HugeString { bytes: 20_000_000 }, 1, "too_long", "more than 1,000 characters"),
    ];
    for (fault, after, is, says) in table {
        let running = start(Dialect::Standard);
        running.plant(fault.clone().at("persons").after(after));
        let error = refused(&settings(&running, "adjust.page_size = 50")).await;
        assert_eq!(kind(&error), is, "{fault:?}: {error}");
        let text = explain(&error, Language::English);
        assert!(text.contains(says), "{fault:?}: {text}");
        assert!(text.contains("persons"), "{fault:?} tells where: {text}");
        let swedish = explain(&error, Language::Swedish);
        assert!(swedish.contains("Ingenting har planerats") || is == "no_list", "{swedish}");
        assert!(!swedish.contains(['{', '}', '–']), "{swedish}");
    }
}

/// What is wrong with the sign-in is told of the sign-in, with its remedy, and of no list; also
/// where a list need not be there.
#[tokio::test]
async fn a_sign_in_that_fails_is_not_blamed_on_a_list() {
    let running = start(Dialect::Standard);
    let good = settings(&running, "adjust.read.organisations = \"optional\"");
    let wrong = |client: &str, url: String| {
        let mut settings = good.clone();
        let text = format!(
            "client_credentials = {{ token_url = \"{url}\", client_id = \"{client}\", secret = \"env:S\" }}"
        );
        settings.auth = toml::from_str::<connect::http::AuthSettings>(&text).unwrap();
        settings
    };
    let (url, base) = (running.token_url(), running.base_url());
    let table = [
        (wrong("somebody", url), "denied", "Probably client_id or the secret"),
        (wrong("demo", format!("{base}/nowhere")), "no_sign_in", "See to token_url"),
    ];
    for (settings, is, says) in table {
        let error = refused(&settings).await;
        assert_eq!(kind(&error), is, "{error}");
        let text = explain(&error, Language::English);
        assert!(text.contains(says) && text.contains("(sign-in)"), "{text}");
        assert!(!text.contains("organisations") && !text.contains("base_url"), "{text}");
    }
    let faults = [(Fault::Html, "odd_sign_in"), (status(500), "unavailable")];
    for (fault, is) in faults {
        let running = start(Dialect::Standard);
        running.plant(fault.at("token"));
        let error = refused(&settings(&running, "")).await;
        assert_eq!(kind(&error), is, "{error}");
        let text = explain(&error, Language::English);
        assert!(text.contains("(sign-in)") && !text.contains("organisations"), "{text}");
    }
}

/// A register that is empty, or has an empty list that cannot be, is refused.
#[tokio::test]
async fn an_empty_register_is_refused() {
    let running = start(Dialect::Standard);
    running.plant(Fault::EmptyRegister.everywhere());
    let error = refused(&settings(&running, "")).await;
    assert_eq!(kind(&error), "empty_list");
}

/// K069: a register in which nobody has the marking is refused until somebody with the right
/// to it has said otherwise.
#[tokio::test]
async fn a_register_without_marking_is_refused_until_it_is_accepted() {
    let running = start(Dialect::Standard);
    running.plant(Fault::NoSecurityMarking.everywhere());
    assert_eq!(kind(&refused(&settings(&running, "")).await), "marking_missing");
    let accepted =
        settings(&running, "marking.not_carried_acknowledged_by = \"Dataskyddsombud N.N.\"");
    assert!(read(&accepted, TODAY, None).await.is_ok());
}

/// Values that no list of the standard has are told of, and crash nothing.
#[tokio::test]
async fn unknown_values_are_told_of() {
    let running = start(Dialect::Standard);
    running.plant(spoilt("field-wrong=personStatus/1000@persons"));
    let came = read(&settings(&running, ""), TODAY, None).await.unwrap();
    let codes = came.codes();
    assert!(codes.iter().any(|it| it.0 == "unknown_value"), "{codes:?}");
}

/// K210: many rows that cannot be used are a register that cannot, as with tables.
#[tokio::test]
async fn many_values_that_cannot_be_understood_refuse_the_register() {
    let running = start(Dialect::Standard);
    running.plant(Fault::UnknownValues.everywhere());
    let error = refused(&settings(&running, "")).await;
    assert_eq!(kind(&error), "many_bad_rows", "{error}");
    running.mend();
    running.plant(spoilt("field-wrong=startDate/2@duties"));
    let text = explain(&refused(&settings(&running, "")).await, Language::English);
    assert!(text.contains("/duties/startDate") && text.contains("so many"), "{text}");
    running.mend();
    running.plant(spoilt("field-wrong=startDate/1000@duties:x1"));
    let came = read(&settings(&running, ""), TODAY, None).await.unwrap();
    assert!(came.codes().iter().any(|it| it.0 == "bad_row"), "one is told of");
}

/// K069: a person who comes without the marking that others have may be protected.
#[tokio::test]
async fn k069_a_person_without_the_marking_that_others_have_is_withheld() {
    let running = start(Dialect::Standard);
    let plain = read(&settings(&running, ""), TODAY, None).await.unwrap();
    let names = |came: &super::Came| came.persons().iter().map(|it| it.person.key).collect();
    let whole: BTreeSet<Key> = names(&plain);
    running.plant(spoilt("field-lost=securityMarking/1000@persons:x1"));
    let came = read(&settings(&running, ""), TODAY, None).await.unwrap();
    let now: BTreeSet<Key> = names(&came);
    let gone: Vec<&Key> = whole.difference(&now).collect();
    assert_eq!(gone.len(), 1, "one person is not taken");
    assert!(came.roster.left_out.contains(gone[0]), "what is delivered of the person stays");
    assert!(came.codes().contains(&("no_marking", "/persons/securityMarking".to_owned())));
    // A read of changes knows it still.
    let delta = read(&settings(&running, ""), TODAY, came.kept.as_ref()).await.unwrap();
    assert!(delta.is_delta() && delta.roster.left_out.contains(gone[0]));
    // The settings can say that it means nothing.
    running.mend();
    running.plant(spoilt("field-lost=securityMarking/1000@persons:x1"));
    let told = settings(&running, "marking.open_values = [\"Ingen\", \"\"]");
    assert_eq!(names(&read(&told, TODAY, None).await.unwrap()), whole);
}

/// K069: so does an empty value, and many who lack it make the register unusable.
#[tokio::test]
async fn k069_a_register_in_which_many_lack_the_marking_is_refused() {
    let running = start(Dialect::Standard);
    running.plant(spoilt("field-lost=securityMarking/2@persons"));
    let error = refused(&settings(&running, "")).await;
    assert_eq!(kind(&error), "often_unmarked", "{error}");
    let text = explain(&error, Language::Swedish);
    assert!(text.contains("marking.open_values = [\"Ingen\", \"\"]"), "{text}");
}

/// Invariant 4, K211: a reference that names nobody may mean somebody, so nothing is removed
/// at its school, also after a read of changes; a register may have duties that nobody holds.
#[tokio::test]
async fn k211_a_reference_that_names_nobody_leaves_its_school_unread() {
    let running = start(Dialect::Standard);
    running.plant(spoilt("field-lost=person/1000@duties:x1"));
    let came = read(&settings(&running, ""), TODAY, None).await.unwrap();
    assert!(came.codes().contains(&("names_nobody", "/duties/person".to_owned())));
    let Coverage::AllBut(schools) = &came.report.coverage else {
        panic!("{:?}", came.report.coverage)
    };
    assert!(!schools.is_empty() && came.roster.schools.len() > schools.len());
    assert!(schools.iter().all(|school| came.roster.schools.contains_key(school)));
    let delta = read(&settings(&running, ""), TODAY, came.kept.as_ref()).await.unwrap();
    assert!(delta.is_delta() && delta.report.coverage == came.report.coverage);
    running.plant(spoilt("field-wrong=person/1000@duties"));
    assert_eq!(kind(&refused(&settings(&running, "")).await), "bad_json", "no reference at all");
    let running = start(Dialect::Standard);
    running.plant(spoilt("field-lost=person/1000@duties"));
    let vacant = settings(&running, "adjust.vacant_duties = true");
    let came = read(&vacant, TODAY, None).await.unwrap();
    assert_eq!(came.report.coverage, Coverage::Complete);
    let without_place = settings(&running, "");
    running.plant(spoilt("field-lost=dutyAt/1000@duties"));
    let came = read(&without_place, TODAY, None).await.unwrap();
    assert_eq!(came.report.coverage, Coverage::Partial, "it may be any school");
}

/// The same person on two pages counts once; with other content the person is left as it is.
#[tokio::test]
async fn persons_on_two_pages_count_once_and_contradictions_change_nothing() {
    let running = start(Dialect::Standard);
    let plain = read(&settings(&running, ""), TODAY, None).await.unwrap();
    running.plant(Fault::DuplicatePersons.at("persons"));
    let twice = read(&settings(&running, ""), TODAY, None).await.unwrap();
    assert!(plain.content() == twice.content());
    let repeated = twice.report.notices.iter().find(|it| it.code == "repeated_object");
    assert!(repeated.is_some_and(|it| it.count > 0));
    running.mend();
    running.plant(Fault::ChangedDuplicates.at("persons"));
    let changed = read(&settings(&running, ""), TODAY, None).await.unwrap();
    let contradicted =
        changed.report.notices.iter().find(|it| it.code == "contradicted_object").unwrap();
    let left_out = changed.roster.left_out.difference(&plain.roster.left_out).count();
    assert_eq!(left_out as u64, contradicted.count);
}

/// Passing faults are got over: a page that breaks off once, and a server that asks us to
/// wait.
#[tokio::test]
async fn what_goes_wrong_once_is_asked_for_again() {
    let running = start(Dialect::Standard);
    running.plant(Fault::CutLength.at("persons").after(1).times(1));
    assert!(read(&settings(&running, ""), TODAY, None).await.is_ok());
}
