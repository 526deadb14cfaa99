//! Pauses that the receiver asks for, and a receiver that does not answer.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use connect::pacer::{CircuitState, Clock as _, Cost, Denied, Lane, Limits, Outcome, Pacer};

use crate::simulated::{SECOND, calls, ms};
use crate::virtual_time::Time;

fn pacer(time: &Time) -> Pacer {
    Pacer::with_clock(Limits::default(), Arc::new(time.clone()))
}

async fn admit(pacer: &Pacer) -> Result<connect::pacer::Permit, Denied> {
    pacer.admit(&Lane::new("run"), &Cost::none()).await
}

/// `Retry-After: 2.128` to one call pauses all, those that wait already too.
#[test]
fn retry_after_pauses_everybody() {
    let time = Time::default();
    let pacer = pacer(&time);
    let wait = Duration::from_millis(2128);
    let served = RefCell::new(Vec::new());
    let throttled = async {
        let permit = admit(&pacer).await.unwrap();
        time.sleep(ms(10)).await;
        permit.done(Outcome::Throttled { after: Some(wait) });
    };
    let other = async {
        let permit = admit(&pacer).await.unwrap();
        time.sleep(ms(500)).await;
        permit.done(Outcome::Ok);
    };
    let waits = async {
        time.sleep(ms(1)).await;
        admit(&pacer).await.unwrap().done(Outcome::Ok);
        served.borrow_mut().push(time.now());
    };
    let comes_later = async {
        time.sleep(SECOND).await;
        assert!(pacer.snapshot().pause > SECOND);
        admit(&pacer).await.unwrap().done(Outcome::Ok);
        served.borrow_mut().push(time.now());
    };
    time.run(vec![Box::pin(throttled), Box::pin(other), Box::pin(waits), Box::pin(comes_later)]);
    let served = served.take();
    assert_eq!(served.len(), 2);
    assert!(served.iter().all(|at| *at >= ms(10) + wait), "{served:?}");
}

/// A pause of more than an hour is nobody's to wait for: all are told, and for how long.
#[test]
fn an_absurd_pause_is_told_and_not_waited_for() {
    let time = Time::default();
    let pacer = pacer(&time);
    let day = Duration::from_hours(24);
    let told = Cell::new(0);
    let first = async {
        let permit = admit(&pacer).await.unwrap();
        time.sleep(ms(10)).await;
        permit.done(Outcome::Throttled { after: Some(day) });
        let denied = admit(&pacer).await.err().unwrap();
        assert_eq!(denied, Denied::TooLong { pause: day });
        assert_eq!(denied.to_string(), "the receiver asks us to wait for 86400 s");
    };
    let waits = || async {
        time.sleep(ms(1)).await;
        match admit(&pacer).await {
            Ok(permit) => {
                time.sleep(ms(20)).await;
                permit.done(Outcome::Ok);
            }
            Err(denied) => {
                assert_eq!(denied, Denied::TooLong { pause: day });
                told.set(told.get() + 1);
            }
        }
    };
    time.run(vec![Box::pin(first), Box::pin(waits()), Box::pin(waits())]);
    assert_eq!((told.get(), pacer.snapshot().denied), (1, 2));
    let next_day = async {
        time.sleep(day).await;
        assert!(admit(&pacer).await.is_ok());
    };
    time.run(vec![Box::pin(next_day)]);
}

/// A receiver that is away: after eight failures on end, with growing pauses between, all who
/// wait and all who come are told at once.
#[test]
fn a_dead_receiver_is_left_alone() {
    for outcome in [Outcome::NoAnswer, Outcome::Busy] {
        let result = calls(2000, Limits::default(), move |_: Duration, _: u32| (ms(5), outcome));
        let shows = format!("{:?} {:?}", result.took, result.snapshot);
        assert!(result.snapshot.admitted <= 10, "{shows}");
        assert!(result.took > SECOND * 7 && result.took < SECOND * 10, "{shows}");
        assert_eq!(result.snapshot.circuit, CircuitState::Open, "{shows}");
        assert!(result.denied.len() >= 1990, "{shows}");
        assert_eq!(result.denied[0].to_string(), "the receiver does not answer");
    }
}

/// A receiver that is away for a few seconds, such as one that starts again, is waited for.
#[test]
fn a_short_absence_is_waited_for() {
    let receiver = |now: Duration, _: u32| {
        let away = now > SECOND && now < SECOND * 6;
        (ms(20), if away { Outcome::NoAnswer } else { Outcome::Ok })
    };
    let result = calls(5000, Limits::default(), receiver);
    assert_eq!(result.denied, []);
    assert_eq!(result.snapshot.succeeded, 5000);
    // 5 s away, 4 s at the most until we see that it is back, and 6.3 s of work.
    assert!(result.took < SECOND * 18, "{:?} {:?}", result.took, result.snapshot);
}

/// One broken line that takes sixteen calls with it is one failure.
#[test]
fn calls_that_fail_together_count_once() {
    let receiver = |now: Duration, _: u32| {
        let broken = now > SECOND && now < SECOND + ms(25);
        (ms(20), if broken { Outcome::NoAnswer } else { Outcome::Ok })
    };
    let limits = Limits { failures: 3, ..Limits::default() };
    let result = calls(5000, limits, receiver);
    assert!(result.snapshot.unanswered >= 16, "{:?}", result.snapshot);
    assert_eq!(result.denied, []);
}

/// After a while one call goes through to see; the others are told until it has succeeded.
#[test]
fn an_open_circuit_lets_one_call_try() {
    let time = Time::default();
    let pacer = pacer(&time);
    let until = |wait| {
        let time = time.clone();
        async move { time.sleep(wait).await }
    };
    let story = async {
        while pacer.snapshot().circuit == CircuitState::Closed {
            admit(&pacer).await.unwrap().done(Outcome::NoAnswer);
            // Time goes on between a failure and the next call.
            until(ms(1)).await;
        }
        let Err(Denied::NoAnswer { again_in }) = admit(&pacer).await else { panic!("closed") };
        assert!(again_in <= SECOND * 30 && again_in > SECOND * 29);
        until(again_in).await;
        let probe = admit(&pacer).await.unwrap();
        assert_eq!(pacer.snapshot().circuit, CircuitState::HalfOpen);
        assert!(admit(&pacer).await.is_err(), "one at a time");
        probe.done(Outcome::NoAnswer);
        let Err(Denied::NoAnswer { again_in }) = admit(&pacer).await else { panic!("closed") };
        assert_eq!(again_in, SECOND * 60, "twice as long");
        until(again_in).await;
        drop(admit(&pacer).await.unwrap());
        let probe = admit(&pacer).await.unwrap();
        probe.done(Outcome::Refused);
        assert_eq!(pacer.snapshot().circuit, CircuitState::Closed, "a refusal is an answer");
        admit(&pacer).await.unwrap().done(Outcome::Ok);
    };
    time.run(vec![Box::pin(story)]);
}

/// "Too many" without a time is answered with pauses of our own, each twice as long, and one
/// wave of refusals with one of them.
#[test]
fn own_pauses_grow_by_the_wave() {
    let time = Time::default();
    let pacer = pacer(&time);
    let story = async {
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            let first = admit(&pacer).await.unwrap();
            let second = if seconds == 1 { admit(&pacer).await.ok() } else { None };
            time.sleep(ms(10)).await;
            first.done(Outcome::Throttled { after: None });
            if let Some(second) = second {
                second.done(Outcome::Throttled { after: None });
            }
            assert_eq!(pacer.snapshot().pause, SECOND * seconds);
        }
        admit(&pacer).await.unwrap().done(Outcome::Ok);
        admit(&pacer).await.unwrap().done(Outcome::Throttled { after: None });
        assert_eq!(pacer.snapshot().pause, SECOND, "a success ends them");
    };
    time.run(vec![Box::pin(story)]);
}
