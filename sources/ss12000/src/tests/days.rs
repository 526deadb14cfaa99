//! Reading changes alone gives what reading everything gives.

use jiff::ToSpan as _;
use roster::Released;
use simulate::ss12000::{Dialect, Fault};

use super::{Came, TODAY, profile, read, settings, start};

const SELDOM_FULL: &str = "delta.full_every_days = 400\n";

fn same(delta: &Came, full: &Came, shows: &str) {
    let (one, other) = (delta.content(), full.content());
    let missing = other.0.iter().filter(|row| !one.0.contains(row)).count();
    let extra = one.0.iter().filter(|row| !other.0.contains(row)).count();
    assert_eq!((missing, extra), (0, 0), "{shows}: rows missing and too many");
    assert!(one == other, "{shows}");
}

/// Design §3: a read of changes gives the last complete read, the changes and the named
/// deletions, and that is exactly what a full read of the same register gives, day after day.
#[tokio::test]
async fn changes_alone_give_what_everything_gives() {
    for dialect in [Dialect::Standard, Dialect::V20, Dialect::DemoSis] {
        let running = start(dialect);
        let settings = settings(&running, &format!("{SELDOM_FULL}{}", profile(dialect)));
        let mut kept = read(&settings, TODAY, None).await.unwrap().kept;
        for day in 1..=8_i32 {
            match day {
                4 => running.change(generate::Town::shift_school_year),
                _ => running.next_day(),
            }
            let today = TODAY.checked_add(day.days()).unwrap();
            let delta = read(&settings, today, kept.as_ref()).await.unwrap();
            let full = read(&settings, today, None).await.unwrap();
            assert!(delta.is_delta() && !full.is_delta(), "{dialect} day {day}");
            if delta.released == Released::Somebody {
                // The engine reads everything then.
                kept = full.kept;
                continue;
            }
            same(&delta, &full, &format!("{dialect} day {day}"));
            kept = delta.kept;
        }
    }
}

/// K069, K070: a person who becomes protected is dropped by the next read of changes with
/// everything that pointed to the person, and stays stopped by those after it.
#[tokio::test]
async fn somebody_who_becomes_protected_is_dropped_by_changes_alone() {
    let running = start(Dialect::Standard);
    let settings = settings(&running, SELDOM_FULL);
    let first = read(&settings, TODAY, None).await.unwrap();
    let pupil = first.persons().into_iter().find(|it| !it.memberships.is_empty()).unwrap();
    let id = pupil.person.key.to_string();
    assert!(running.protect_person(&id));
    let delta = read(&settings, TODAY, first.kept.as_ref()).await.unwrap();
    assert!(delta.is_delta());
    same(&delta, &read(&settings, TODAY, None).await.unwrap(), "protected");
    let kept = delta.kept.clone().unwrap();
    let holds =
        |bytes: &[u8]| kept.iter().any(|row| row.windows(bytes.len()).any(|it| it == bytes));
    assert!(!holds(pupil.person.key.as_bytes()));
    assert!(
        !holds(pupil.person.family_name.as_bytes())
            || first.persons().iter().any(|it| {
                it.person.key != pupil.person.key
                    && it.person.family_name == pupil.person.family_name
            })
    );

    running.next_day();
    let later = read(&settings, TODAY, Some(&kept)).await.unwrap();
    same(&later, &read(&settings, TODAY, None).await.unwrap(), "the day after");
}

/// K069: who is let through again was forgotten, so that the engine must read everything.
#[tokio::test]
async fn somebody_who_is_open_again_is_told_to_the_engine() {
    let running = start(Dialect::Standard);
    let settings = settings(&running, SELDOM_FULL);
    let first = read(&settings, TODAY, None).await.unwrap();
    let pupil = first.persons().into_iter().find(|it| !it.memberships.is_empty()).unwrap();
    let id = pupil.person.key.to_string();
    assert!(running.protect_person(&id));
    let second = read(&settings, TODAY, first.kept.as_ref()).await.unwrap();
    assert_eq!(second.released, Released::Nobody);
    running.change(|town| {
        let at = town.persons.iter().position(|it| it.person.id == id).unwrap();
        town.unprotect(at);
    });
    let third = read(&settings, TODAY, second.kept.as_ref()).await.unwrap();
    assert_eq!(third.released, Released::Somebody);
}

/// Everything is read daily, when the settings changed, when the register's clock went back,
/// and when changes cannot be read.
#[tokio::test]
async fn everything_is_read_when_changes_are_not_enough() {
    let running = start(Dialect::Standard);
    let standard = settings(&running, "");
    let first = read(&standard, TODAY, None).await.unwrap();
    let kept = first.kept.as_ref();
    assert!(read(&standard, TODAY, kept).await.unwrap().is_delta());
    let tomorrow = TODAY.tomorrow().unwrap();
    assert!(!read(&standard, tomorrow, kept).await.unwrap().is_delta(), "a day later");
    let other = settings(&running, "adjust.page_size = 77");
    assert!(!read(&other, TODAY, kept).await.unwrap().is_delta(), "other settings");
    let off = settings(&running, "delta.enabled = false");
    assert!(read(&off, TODAY, None).await.unwrap().kept.is_none(), "turned off");

    running.plant(Fault::Status { code: 500, retry_after: None }.at("deletedEntities"));
    let came = read(&standard, TODAY, kept).await.unwrap();
    assert!(!came.is_delta() && came.codes().iter().any(|it| it.0 == "delta_failed"));
    running.mend();

    running.plant(Fault::ClockJump { seconds: -86_400 }.everywhere().times(1));
    let came = read(&standard, TODAY, kept).await.unwrap();
    assert!(!came.is_delta(), "the clock went back");
    assert!(came.codes().iter().any(|it| it.0 == "clock_back"), "{:?}", came.codes());
}

/// Changes are asked for from some way back, by the register's own clock.
#[tokio::test]
async fn changes_are_asked_for_by_the_registers_own_clock() {
    let running = start(Dialect::Standard);
    let settings = settings(&running, "");
    let first = read(&settings, TODAY, None).await.unwrap();
    read(&settings, TODAY, first.kept.as_ref()).await.unwrap();
    let requests = running.requests();
    let after = requests.iter().find(|it| it.contains("/deletedEntities?")).unwrap();
    // The register's day begins at six, whatever the day is here.
    assert!(after.contains("after=2026-09-01T05%3A55"), "{after}");
    let changed = |it: &&String| it.contains("meta.modified.after=2026-09-01T05%3A55");
    assert_eq!(requests.iter().filter(changed).count(), 6);
}

/// A register whose clock is years ahead must not be asked for changes from a time that has
/// not come: there are none, and what changed would be missed.
#[tokio::test]
async fn a_clock_that_is_years_ahead_is_not_believed() {
    let running = start(Dialect::Standard);
    let settings = settings(&running, "");
    running.plant(Fault::ClockJump { seconds: 3 * 366 * 86_400 }.everywhere().times(1));
    let first = read(&settings, TODAY, None).await.unwrap();
    assert!(first.codes().iter().any(|it| it.0 == "clock_wrong"), "{:?}", first.codes());
    read(&settings, TODAY, first.kept.as_ref()).await.unwrap();
    let requests = running.requests();
    let after = requests.iter().find(|it| it.contains("/deletedEntities?")).unwrap();
    // Noon by our clock, and some way back.
    assert!(after.contains("after=2026-09-01T11%3A55"), "{after}");
}
