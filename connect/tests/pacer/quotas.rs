//! Published quotas: several at once, none exceeded in any window, large draws not starved.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use connect::pacer::{Bucket, Cost, Denied, Lane, Limits, Outcome, Pacer};
use proptest::prelude::*;

use crate::simulated::{SECOND, ms};
use crate::virtual_time::{Task, Time};

const PER_SECOND: Bucket = Bucket::new("second", 10, SECOND);
const WRITES: Bucket = Bucket::new("writes", 60, Duration::from_secs(15));
/// Teams takes 4 a second on one team (peers.md §4.1).
const TEAM: Bucket = Bucket::of_each("team", 4, SECOND);

fn limits() -> Limits {
    Limits { buckets: vec![PER_SECOND, WRITES, TEAM], ..Limits::default() }
}

/// One call: when it comes, how long it takes, what it draws.
#[derive(Debug, Clone)]
struct Call {
    after: Duration,
    takes: Duration,
    writes: u32,
    team: Option<usize>,
    ends: Outcome,
}

const TEAMS: [&str; 3] = ["9A", "9B", "9C"];

impl Call {
    fn cost(&self) -> Cost {
        let cost = Cost::none().draw("second", 1);
        let cost = if self.writes > 0 { cost.draw("writes", self.writes) } else { cost };
        self.team.map_or(cost.clone(), |team| cost.draw_on("team", TEAMS[team], 1))
    }
}

fn call() -> impl Strategy<Value = Call> {
    let ends = prop_oneof![
        8 => Just(Outcome::Ok),
        1 => Just(Outcome::Busy),
        1 => Just(Outcome::Unknown),
        1 => Just(Outcome::Throttled { after: Some(ms(300)) }),
    ];
    (0_u64..6000, 0_u64..400, 0_u32..20, prop::option::of(0..3_usize), ends).prop_map(
        |(after, takes, writes, team, ends)| Call {
            after: ms(after),
            takes: ms(takes),
            writes,
            team,
            ends,
        },
    )
}

/// Makes the calls and gives the times at which each was let through.
fn run(calls: Vec<Call>) -> Vec<(Duration, Call)> {
    let time = Time::default();
    let pacer = Pacer::with_clock(limits(), Arc::new(time.clone()));
    let made = Rc::new(RefCell::new(Vec::new()));
    let tasks = calls.into_iter().map(|call| {
        let (time, pacer, made) = (time.clone(), pacer.clone(), Rc::clone(&made));
        Box::pin(async move {
            time.sleep(call.after).await;
            let Ok(permit) = pacer.admit(&Lane::new("run"), &call.cost()).await else { return };
            made.borrow_mut().push((connect::pacer::Clock::now(&time), call.clone()));
            time.sleep(call.takes).await;
            permit.done(call.ends);
        }) as Task
    });
    time.run(tasks.collect());
    made.take()
}

fn never_more(drawn: &[(Duration, u32)], bucket: &Bucket) -> bool {
    drawn.iter().enumerate().all(|(index, (from, _))| {
        let within = drawn[index..].iter().take_while(|(at, _)| *at < *from + bucket.per);
        within.map(|(_, amount)| amount).sum::<u32>() <= bucket.count
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever comes when, and however it ends: no quota is exceeded in any window, and
    /// nobody waits for ever.
    #[test]
    fn no_quota_is_exceeded_in_any_window(calls in prop::collection::vec(call(), 1..120)) {
        let made = run(calls);
        let draws = |amount: &dyn Fn(&Call) -> u32| -> Vec<(Duration, u32)> {
            made.iter().map(|(at, call)| (*at, amount(call))).collect()
        };
        prop_assert!(never_more(&draws(&|_| 1), &PER_SECOND));
        prop_assert!(never_more(&draws(&|call| call.writes), &WRITES));
        for team in 0..TEAMS.len() {
            let on_it = |call: &Call| u32::from(call.team == Some(team));
            prop_assert!(never_more(&draws(&on_it), &TEAM));
        }
    }
}

fn read() -> Call {
    Call { after: ms(0), takes: ms(1), writes: 0, team: None, ends: Outcome::Ok }
}

/// A quota is made use of, not only kept: 95 calls at 10 a second take nine windows.
#[test]
fn a_quota_is_used_to_the_full() {
    let made = run(vec![read(); 95]);
    let (last, _) = made.last().unwrap();
    assert_eq!(made.len(), 95);
    assert!(*last < SECOND.mul_f64(9.3), "{last:?}");
}

/// A full bucket holds up those that draw from it, not those behind them.
#[test]
fn a_full_bucket_holds_up_its_own() {
    let mut calls = vec![Call { team: Some(0), ..read() }; 9];
    calls.push(read());
    let made = run(calls);
    let plain = made.iter().find(|(_, call)| call.team.is_none()).unwrap();
    assert!(plain.0 < SECOND, "{made:?}");
    assert!(made.last().unwrap().0 > SECOND * 2, "{made:?}");
}

/// A batch of twenty comes through though single calls use up every place that gets free.
#[test]
fn a_large_draw_is_not_starved_by_small_ones() {
    let mut calls: Vec<Call> =
        (0..400_u64).map(|number| Call { after: ms(number * 50), writes: 1, ..read() }).collect();
    calls.push(Call { after: SECOND * 8, writes: 50, ..read() });
    let made = run(calls);
    let batch = made.iter().find(|(_, call)| call.writes == 50).unwrap();
    assert!(batch.0 < SECOND * 21, "{:?}", batch.0);
}

/// What no quota could ever let through is told at once.
#[test]
fn what_can_never_pass_is_refused() {
    let time = Time::default();
    let pacer = Pacer::with_clock(limits(), Arc::new(time.clone()));
    let table = [
        (Cost::none().draw("second", 11), Denied::OverQuota("second")),
        (Cost::none().draw("reads", 1), Denied::NoSuchBucket("reads")),
        (Cost::none().draw("team", 1), Denied::NoSuchBucket("team")),
        (Cost::none().draw_on("writes", "9A", 1), Denied::NoSuchBucket("writes")),
    ];
    for (cost, expected) in table {
        let pacer = pacer.clone();
        time.run(vec![Box::pin(async move {
            assert_eq!(pacer.admit(&Lane::new("run"), &cost).await.err(), Some(expected));
        })]);
    }
}

/// "About 9 min 47 s": 11 740 writes at Graph, 3 000 in 150 s.
#[test]
fn a_plan_can_say_how_long_it_takes() {
    let graph = Bucket::new("writes", 3000, Duration::from_secs(150));
    let teams = Bucket::new("teams", 10, SECOND);
    let pacer = Pacer::with_clock(
        Limits { buckets: vec![graph, teams, TEAM], ..Limits::default() },
        Arc::new(Time::default()),
    );
    let write = Cost::none().draw("writes", 1);
    let seconds = |calls: &[(Cost, u64)]| pacer.estimate(calls).as_secs();
    assert_eq!(seconds(&[(write.clone(), 11_740)]), 587);
    assert_eq!(seconds(&[(write.clone(), 11_000), (write.clone(), 740)]), 587);
    assert_eq!(seconds(&[(write.clone().draw("teams", 1), 300), (write, 100)]), 30);
    assert_eq!(seconds(&[(Cost::none().draw_on("team", "9A", 1), 40)]), 10);
    assert_eq!(seconds(&[(Cost::none(), 1000)]), 0);
}

/// Use is shown as a part of each quota.
#[test]
fn use_is_told_against_the_quota() {
    let time = Time::default();
    let pacer = Pacer::with_clock(limits(), Arc::new(time.clone()));
    let spend = |writes, team: &'static str| {
        let (pacer, time) = (pacer.clone(), time.clone());
        let cost = Cost::none().draw("writes", writes).draw_on("team", team, 1);
        Box::pin(async move {
            let permit = pacer.admit(&Lane::new("run"), &cost).await.unwrap();
            time.sleep(ms(10)).await;
            permit.done(Outcome::Ok);
        }) as Task
    };
    time.run(vec![spend(15, "9A"), spend(15, "9B"), spend(15, "9A")]);
    let shares = |pacer: &Pacer| -> Vec<(&'static str, f64, f64)> {
        pacer.snapshot().uses.iter().map(|used| (used.bucket, used.now, used.peak)).collect()
    };
    assert_eq!(shares(&pacer), [("second", 0.0, 0.0), ("writes", 0.75, 0.75), ("team", 0.5, 0.5)]);
    time.run(vec![Box::pin(async { time.sleep(SECOND * 20).await })]);
    assert_eq!(shares(&pacer), [("second", 0.0, 0.0), ("writes", 0.0, 0.75), ("team", 0.0, 0.5)]);
    let snapshot = pacer.snapshot();
    assert_eq!((snapshot.admitted, snapshot.succeeded, snapshot.most_in_flight), (3, 3, 2));
    assert_eq!((snapshot.began, snapshot.ended, snapshot.highest), (Some(ms(0)), ms(20), 3));
    assert_eq!((snapshot.waited, snapshot.slowest), (ms(10), ms(10)));
}
