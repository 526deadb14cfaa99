//! Two runs at one receiver: neither waits for the other's whole backlog.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use connect::pacer::{Bucket, Clock as _, Cost, Lane, Limits, Outcome, Pacer};

use crate::simulated::{SECOND, ms};
use crate::virtual_time::{Task, Time};

/// The lanes in the order in which they were served.
type Served = Rc<RefCell<Vec<&'static str>>>;

struct Stage {
    time: Time,
    pacer: Pacer,
    served: Served,
}

impl Stage {
    fn new(limits: Limits) -> Self {
        let time = Time::default();
        let pacer = Pacer::with_clock(limits, Arc::new(time.clone()));
        Self { time, pacer, served: Served::default() }
    }

    fn call(&self, after: Duration, lane: &'static str, weight: u32, cost: Cost) -> Task {
        let (time, pacer, served) =
            (self.time.clone(), self.pacer.clone(), Rc::clone(&self.served));
        Box::pin(async move {
            time.sleep(after).await;
            let permit = pacer.admit(&Lane::new(lane).weight(weight), &cost).await.unwrap();
            served.borrow_mut().push(lane);
            time.sleep(ms(10)).await;
            permit.done(Outcome::Ok);
        })
    }

    /// Of the calls from the first of "small", how many were of "small" among the next `count`.
    fn share(&self, count: usize) -> usize {
        let served = self.served.borrow();
        let from = served.iter().position(|lane| *lane == "small").unwrap();
        served[from..from + count].iter().filter(|lane| **lane == "small").count()
    }
}

fn one_at_a_time() -> Limits {
    Limits { start: 1, concurrency: 1, ..Limits::default() }
}

/// A run that comes while another has a thousand calls waiting is served every other time.
#[test]
fn two_lanes_are_served_in_turn() {
    let stage = Stage::new(one_at_a_time());
    let mut tasks: Vec<Task> =
        (0..1000).map(|_| stage.call(ms(0), "large", 1, Cost::none())).collect();
    tasks.extend((0..50).map(|_| stage.call(ms(100), "small", 1, Cost::none())));
    stage.time.run(tasks);
    let served = stage.served.borrow();
    let first = served.iter().position(|lane| *lane == "small").unwrap();
    assert!(first <= 12, "waited for {first}");
    drop(served);
    assert_eq!(stage.share(100), 50);
}

/// So it is when a quota is what they wait for.
#[test]
fn a_quota_is_shared_too() {
    let buckets = vec![Bucket::new("writes", 10, SECOND)];
    let stage = Stage::new(Limits { buckets, ..Limits::default() });
    let write = || Cost::none().draw("writes", 1);
    let mut tasks: Vec<Task> = (0..500).map(|_| stage.call(ms(0), "large", 1, write())).collect();
    tasks.extend((0..50).map(|_| stage.call(ms(1500), "small", 1, write())));
    stage.time.run(tasks);
    let share = stage.share(60);
    assert!((28..=32).contains(&share), "{share}");
}

/// One call at a time is a lane like another: who asks again and again gets no more.
#[test]
fn a_lane_that_comes_back_gets_no_more_than_its_turn() {
    let stage = Stage::new(one_at_a_time());
    let mut tasks: Vec<Task> = (0..200).map(|_| stage.call(ms(0), "a", 1, Cost::none())).collect();
    let (time, pacer, served) = (stage.time.clone(), stage.pacer.clone(), Rc::clone(&stage.served));
    tasks.push(Box::pin(async move {
        for _ in 0..50 {
            let permit = pacer.admit(&Lane::new("Z"), &Cost::none()).await.unwrap();
            served.borrow_mut().push("Z");
            time.sleep(ms(10)).await;
            permit.done(Outcome::Ok);
        }
    }));
    stage.time.run(tasks);
    let served = stage.served.borrow();
    let of_a = served[..80].iter().filter(|lane| **lane == "a").count();
    assert!((38..=54).contains(&of_a), "{of_a} of 80");
}

/// A lane of weight 4 has four turns to each of the other.
#[test]
fn a_fast_lane_is_served_more_often() {
    let stage = Stage::new(one_at_a_time());
    let mut tasks: Vec<Task> =
        (0..300).map(|_| stage.call(ms(0), "large", 1, Cost::none())).collect();
    tasks.extend((0..200).map(|_| stage.call(ms(50), "small", 4, Cost::none())));
    stage.time.run(tasks);
    let share = stage.share(100);
    assert!((78..=82).contains(&share), "{share}");
}

/// A queue of twenty thousand is served as fast as a short one.
#[test]
fn a_long_queue_is_served_at_the_full_rate() {
    let stage = Stage::new(Limits::default());
    let tasks = (0..20_000).map(|_| stage.call(ms(0), "large", 1, Cost::none())).collect();
    stage.time.run(tasks);
    assert_eq!(stage.served.borrow().len(), 20_000);
    assert!(stage.time.now() < SECOND * 14, "{:?}", stage.time.now());
}
