use std::collections::BTreeSet;

use jiff::ToSpan as _;
use roster::RowStream as _;
use rules::OnReusedName;
use state::{Object, ObjectRef, Reason, Row, Value};

use super::support::*;
use crate::{Exit, protect};

fn pupils() -> Vec<Pupil> {
    vec![Pupil("1", "a@x", "elev", vec![0, 1]), Pupil("2", "b@x", "elev", vec![0])]
}

/// Design §5: everything is read before the first plan; then the groups that the plan is about
/// to touch and a seventh of the others a day, once a day, so that all were read in a week.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_directory_parts_are_read_and_all_of_it_in_a_week() {
    let mut town = Town::new(pupils()).await;
    town.run().await;
    assert_eq!(town.looked(), None, "everything before the first plan");
    let mut all = BTreeSet::new();
    for day in 1..=7 {
        town.day(TODAY + day.days());
        assert_eq!(town.run().await.exit, Exit::Done);
        let share = town.looked().unwrap();
        assert!(share.len() < 14 && share.iter().all(|it| it.kind == GROUP), "{share:?}");
        assert!(all.is_disjoint(&share));
        all.extend(share);
        town.run().await;
        assert_eq!(town.looked().unwrap(), BTreeSet::new(), "once a day");
    }
    assert_eq!(all.len(), 14);
    // Pupil 2 comes into group 1; pupil 3 is new in group 0.
    let mut register = town.register.lock().unwrap().clone();
    register.pupils[1].3.push(1);
    register.pupils.push(Pupil("3", "c@x", "elev", vec![2]));
    *town.register.lock().unwrap() = register;
    town.run().await;
    assert_eq!(town.looked().unwrap().len(), 2);
    assert_eq!(town.accounts(), ["a@x", "b@x", "c@x"]);
}

/// K127, K137: who cannot be placed is told with a code, keeps the day of it, and is made when
/// the place is there; then nothing is told any more.
#[tokio::test(flavor = "multi_thread")]
async fn k127_k137_an_obstacle_is_kept_until_it_is_gone() {
    let mut town = Town::new(pupils()).await;
    town.run().await;
    town.register.lock().unwrap().pupils.push(Pupil("3", "c@x", "vuxen", vec![0]));
    let ran = town.run().await;
    assert_eq!(ran.planned.draft.operations.len(), 0);
    town.day(TODAY + 1.days());
    town.run().await;
    let stands = town.engine.obstacles("directory").await.unwrap();
    let [(obstacle, since)] = &stands[..] else { panic!("{stands:?}") };
    assert_eq!(obstacle.what.reason(), Reason::NoOrgUnit);
    assert_eq!(since.to_zoned(jiff::tz::TimeZone::UTC).date(), TODAY);
    assert_eq!(town.accounts(), ["a@x", "b@x"]);
    town.directory.lock().unwrap().unit(2, "/Vuxen");
    town.run().await;
    assert_eq!(town.accounts(), ["a@x", "b@x", "c@x"]);
    assert_eq!(town.engine.obstacles("directory").await.unwrap(), []);
}

/// K136: the account that we suspended for another is held, and by policy given on, awake.
#[tokio::test(flavor = "multi_thread")]
async fn k136_a_suspended_account_is_held_or_by_policy_given_on() {
    let mut town = Town::new(pupils()).await;
    town.run().await;
    let old = town.register.lock().unwrap().pupils.remove(1);
    town.run().await;
    assert_eq!(town.accounts(), ["a@x", "b@x z"]);
    // Another person, born another year, gets the same address.
    let new = Pupil("9", old.1, "elev", vec![3]);
    town.register.lock().unwrap().pupils.push(new);
    let held = town.run_held().await;
    assert_eq!(town.accounts(), ["a@x", "b@x z"]);
    assert!(held.exit != Exit::Done);
    town.reuse(OnReusedName::Reuse);
    town.run().await;
    assert_eq!(town.accounts(), ["a@x", "b@x"]);
    assert_eq!(town.engine.obstacles("directory").await.unwrap(), []);
    assert_eq!(town.run().await.exit, Exit::Done);
}

/// Design, K128, K129: a first password stands in no plan and no row. It is kept before the
/// receiver is told, read by the school once, and no trace is left of those of protected persons.
#[tokio::test(flavor = "multi_thread")]
async fn first_passwords_are_handed_over_once() {
    let town = Town::new(pupils()).await;
    town.directory.lock().unwrap().refuses.insert("b@x");
    town.register.lock().unwrap().pupils.push(Pupil("3", "c@x", "elev", vec![]));
    town.run().await;
    assert_eq!(town.engine.store.passwords("directory").await.unwrap().len(), 3);
    // Sealed: nothing of it stands in the store as it is.
    let kept = town.engine.store.passwords("directory").await.unwrap();
    assert!(!kept.iter().any(|it| String::from_utf8_lossy(&it.sealed).contains("hemligt")));

    // Nor does it stand in a plan, or in what was written.
    let holds = |row: &[u8]| String::from_utf8_lossy(row).contains("hemligt");
    let mut written = town.engine.memory().written("directory").await.unwrap();
    while let Some(row) = written.next_row().unwrap() {
        assert!(!holds(row));
    }
    for plan in town.engine.store.plans("directory", 10).await.unwrap() {
        let document = crate::document::load(&town.engine, &plan).await.unwrap();
        assert_ne!(document.operations.len(), 0);
        assert!(document.operations.iter().all(|it| !it.after.as_deref().is_some_and(holds)));
    }

    let school = kept[0].schools[0];
    let envelopes = town.engine.first_passwords("directory", Some(school)).await.unwrap();
    let addresses: Vec<&str> = envelopes.iter().map(|it| it.address.as_str()).collect();
    assert_eq!(addresses, ["a@x", "c@x"], "what was refused is no account");
    assert_eq!(envelopes[0].password, "hemligt=1");
    let other = roster::Key::from_bytes([1; 16]);
    assert!(town.engine.first_passwords("directory", Some(other)).await.unwrap().is_empty());

    town.register.lock().unwrap().protected.insert("3");
    town.run_held().await;
    let left = town.engine.first_passwords("directory", None).await.unwrap();
    assert_eq!(left.len(), 1);
    town.engine.handed_over("directory", left).await.unwrap();
    assert!(town.engine.first_passwords("directory", None).await.unwrap().is_empty());
    assert_eq!(town.engine.store.passwords("directory").await.unwrap().len(), 1);
}

/// Invariant 3, K136: a sleeping account that somebody else made waits for a person.
#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_sleeping_account_waits_for_a_person() {
    let town = Town::new(pupils()).await;
    let text = |text: &str| Value::Text(text.to_owned());
    let values = vec![text("B@X"), text("Bo"), text("/elev"), text("yes")];
    let id = ObjectRef { kind: USER, key: roster::Key::from_bytes([99; 16]) };
    town.directory.lock().unwrap().put(&Row::Object(Object { id, values, schools: vec![] }));
    town.run().await;
    assert_eq!(town.accounts(), ["B@X z", "a@x"]);
    let stands = town.engine.obstacles("directory").await.unwrap();
    assert_eq!(stands[0].0.what.reason(), Reason::AccountOfAnother);
}

/// K070: an account is left alone while its person is protected, also when the person is gone
/// from the register; when the marking was lifted, it ends as anybody's.
#[tokio::test(flavor = "multi_thread")]
async fn k070_who_was_protected_and_is_no_more_leaves_as_anybody() {
    let more = [Pupil("3", "c@x", "elev", vec![0]), Pupil("4", "d@x", "elev", vec![])];
    let town = Town::new(pupils().into_iter().chain(more).collect()).await;
    let marked = |ids: &[&'static str]| {
        town.register.lock().unwrap().protected = ids.iter().copied().collect();
    };
    let leaves = |id: &str| town.register.lock().unwrap().pupils.retain(|it| it.0 != id);
    let waiting = async || protect::waiting(&town.engine, "directory").await.unwrap().len();
    town.run().await;
    marked(&["2", "3", "4"]);
    town.run().await;
    assert_eq!(waiting().await, 3);
    leaves("3");
    town.run().await;
    assert_eq!((town.accounts().len(), waiting().await), (4, 3), "gone is not lifted");
    marked(&["4"]);
    town.run().await;
    assert_eq!((town.accounts().len(), waiting().await), (4, 2));
    leaves("2");
    town.run().await;
    assert_eq!(town.accounts(), ["a@x", "b@x z", "c@x", "d@x"]);
}

/// K070, K074: who was protected, whose id changed meanwhile or the same night, keeps the account
/// when the marking is lifted: it is found by number, and waits for a yes as any changed id.
#[tokio::test(flavor = "multi_thread")]
async fn k070_k074_who_was_protected_is_found_again_under_another_id() {
    for nights in [&["2", "9", ""][..], &["9", ""], &["2", ""]] {
        // Others are marked all along: that every marking is gone would stop the run.
        let others = ["5", "6"].map(|id| Pupil(id, "o@x", "elev", vec![]));
        let town = Town::new(pupils().into_iter().chain(others).collect()).await;
        town.register.lock().unwrap().protected = ["5", "6"].into();
        let waiting = async || protect::waiting(&town.engine, "directory").await.unwrap().len();
        town.register.lock().unwrap().numbers =
            [("2", "20130101-9806"), ("9", "20130101-9806")].into();
        town.run().await;
        for marked in nights {
            let mut register = town.register.lock().unwrap().clone();
            register.protected = ["5", "6", *marked].into();
            if *marked != "2" {
                register.pupils[1].0 = "9";
            }
            *town.register.lock().unwrap() = register;
            town.run().await;
            let still = usize::from(!marked.is_empty());
            assert_eq!(town.accounts(), ["a@x", "b@x"], "{nights:?} {marked}");
            assert_eq!(waiting().await, still, "{nights:?} {marked}");
        }
        assert_eq!(town.engine.obstacles("directory").await.unwrap(), [], "{nights:?}");
        assert_eq!(town.run().await.planned.draft.operations.len(), 0, "{nights:?}");
        assert!(
            protect::numbers(&town.engine, "directory").await.unwrap().is_empty(),
            "{nights:?}"
        );
    }
}

/// K124: what was written of somebody in a group that stays as it is goes with the account.
#[tokio::test(flavor = "multi_thread")]
async fn k124_memberships_leave_memory_with_who_was_deleted() {
    let mut town =
        Town::new(vec![Pupil("1", "a@x", "elev", vec![0]), Pupil("2", "b@x", "elev", vec![0, 13])])
            .await;
    town.run().await;
    let at_once = rules::LifeCycle { delete_after_days: Some(0), ..rules::LifeCycle::default() };
    town.engine.targets[0].policies.life_cycle.insert(USER, at_once);
    // Group 13 ends the same night, and what has ended stays.
    town.register.lock().unwrap().groups = 13;
    town.register.lock().unwrap().pupils.pop();
    let ran = town.run().await;
    assert_eq!(ran.planned.draft.operations.len(), 2, "out of group 0, and the account");
    let mut written = town.engine.memory().written("directory").await.unwrap();
    let mut members = 0;
    while let Some(row) = written.next_row().unwrap() {
        members += u8::from(state::RowRef::new(row).unwrap().membership().is_some());
    }
    assert_eq!(members, 1, "pupil 1 in group 0");
}
