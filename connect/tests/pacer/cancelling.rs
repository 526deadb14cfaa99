//! Whoever gives up leaves its place to the others.

use std::cell::Cell;
use std::future::{Future as _, poll_fn};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use connect::pacer::{Bucket, Clock as _, Cost, Lane, Limits, Outcome, Pacer};
use proptest::prelude::*;

use crate::simulated::{SECOND, ms};
use crate::virtual_time::{Task, Time};

fn one_at_a_time() -> Limits {
    Limits { start: 1, concurrency: 1, ..Limits::default() }
}

/// Waits for leave at most that long; `None` when it gave up.
async fn admit_within(
    time: &Time,
    pacer: &Pacer,
    cost: &Cost,
    patience: Duration,
) -> Option<connect::pacer::Permit> {
    let lane = Lane::new("run");
    let mut admit = Box::pin(pacer.admit(&lane, cost));
    let mut limit = time.sleep_until(time.now() + patience);
    poll_fn(|context| {
        if let Poll::Ready(admitted) = admit.as_mut().poll(context) {
            return Poll::Ready(admitted.ok());
        }
        limit.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// A waiter that gives up holds up nobody, and nothing of it is counted.
#[test]
fn a_dropped_waiter_gives_its_place_back() {
    let time = Time::default();
    let pacer = Pacer::with_clock(one_at_a_time(), Arc::new(time.clone()));
    let last = Rc::new(Cell::new(Duration::ZERO));
    let holder = async {
        let permit = pacer.admit(&Lane::new("run"), &Cost::none()).await.unwrap();
        time.sleep(SECOND).await;
        permit.done(Outcome::Ok);
    };
    let quitter = async {
        let given = admit_within(&time, &pacer, &Cost::none(), ms(500)).await;
        assert!(given.is_none());
    };
    let patient = async {
        time.sleep(ms(100)).await;
        let permit = pacer.admit(&Lane::new("run"), &Cost::none()).await.unwrap();
        last.set(time.now());
        permit.done(Outcome::Ok);
    };
    time.run(vec![Box::pin(holder), Box::pin(quitter), Box::pin(patient)]);
    assert_eq!(last.get(), SECOND);
    let snapshot = pacer.snapshot();
    assert_eq!((snapshot.admitted, snapshot.waiting, snapshot.in_flight), (2, 0, 0));
}

/// Leave that was given and never picked up is given back with what it drew.
#[test]
fn leave_that_nobody_picks_up_is_given_back() {
    let time = Time::default();
    let buckets = vec![Bucket::new("writes", 2, SECOND * 100)];
    let limits = Limits { buckets, ..one_at_a_time() };
    let pacer = Pacer::with_clock(limits, Arc::new(time.clone()));
    let cost = Cost::none().draw("writes", 1);
    let task = async {
        let first = pacer.admit(&Lane::new("run"), &cost).await.unwrap();
        let lane = Lane::new("run");
        let mut second = Box::pin(pacer.admit(&lane, &cost));
        poll_fn(|context| {
            assert!(second.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        first.done(Outcome::Ok);
        assert_eq!(pacer.snapshot().admitted, 2, "the second has leave");
        drop(second);
        pacer.admit(&Lane::new("run"), &cost).await.unwrap().done(Outcome::Ok);
    };
    time.run(vec![Box::pin(task)]);
    assert!(time.now() < SECOND, "the quota had room for two: {:?}", time.now());
    assert_eq!(pacer.snapshot().admitted, 2);
}

/// A permit that is dropped is a call of which nobody knows how it went; its place is free.
#[test]
fn a_dropped_permit_frees_its_place() {
    let time = Time::default();
    let pacer = Pacer::with_clock(one_at_a_time(), Arc::new(time.clone()));
    let task = async {
        drop(pacer.admit(&Lane::new("run"), &Cost::none()).await.unwrap());
        pacer.admit(&Lane::new("run"), &Cost::none()).await.unwrap().done(Outcome::Ok);
    };
    time.run(vec![Box::pin(task)]);
    let snapshot = pacer.snapshot();
    assert_eq!((snapshot.unknown, snapshot.succeeded, snapshot.in_flight), (1, 1, 0));
}

/// The waiter that watches the time may be one that nobody polls any more: another watches.
#[test]
fn a_waiter_that_is_not_polled_stops_nobody_for_long() {
    let time = Time::default();
    let buckets = vec![Bucket::new("writes", 1, SECOND * 10)];
    let pacer = Pacer::with_clock(Limits { buckets, ..Limits::default() }, Arc::new(time.clone()));
    let cost = Cost::none().draw("writes", 1);
    let lane = Lane::new("run");
    let stuck = async {
        pacer.admit(&lane, &cost).await.unwrap().done(Outcome::Ok);
        let other = Lane::new("stuck");
        let mut never = Box::pin(pacer.admit(&other, &cost));
        poll_fn(|context| {
            assert!(never.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        time.sleep(SECOND * 1000).await;
    };
    let done = Rc::new(Cell::new(Duration::ZERO));
    let patient = async {
        time.sleep(SECOND).await;
        for _ in 0..5 {
            pacer.admit(&lane, &cost).await.unwrap().done(Outcome::Ok);
        }
        done.set(time.now());
    };
    time.run(vec![Box::pin(stuck), Box::pin(patient)]);
    // Six windows, and one second until it shows that nobody watches.
    assert!(done.get() < SECOND * 63, "{:?}", done.get());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However many give up and whenever: the others are all served, and nothing is left over.
    #[test]
    fn whoever_stays_is_served(
        calls in prop::collection::vec((0_u64..2000, prop::option::of(0_u64..3000), 0_u64..50), 1..80),
    ) {
        let time = Time::default();
        let buckets = vec![Bucket::new("writes", 7, SECOND)];
        let pacer = Pacer::with_clock(Limits { buckets, ..Limits::default() }, Arc::new(time.clone()));
        let tasks = calls.into_iter().map(|(after, patience, takes)| {
            let (time, pacer) = (time.clone(), pacer.clone());
            Box::pin(async move {
                time.sleep(ms(after)).await;
                let cost = Cost::none().draw("writes", 1);
                let stays = patience.is_none();
                let patience = ms(patience.unwrap_or(u64::MAX / 2));
                let permit = admit_within(&time, &pacer, &cost, patience).await;
                assert!(permit.is_some() || !stays);
                time.sleep(ms(takes)).await;
                if let Some(permit) = permit {
                    permit.done(Outcome::Ok);
                }
            }) as Task
        });
        time.run(tasks.collect());
        let snapshot = pacer.snapshot();
        prop_assert_eq!((snapshot.waiting, snapshot.in_flight), (0, 0));
        prop_assert_eq!(snapshot.admitted, snapshot.succeeded);
    }
}
