//! Receivers as they are: they reject, make wait, lock, or bear everything.
//!
//! 13 132 calls are the first delivery of 10 000 pupils (peers.md §3.3); what the peer's program
//! made of the same receivers stands in §3.4 and §3.6.

use std::time::Duration;

use connect::pacer::{Limits, Outcome};

use crate::simulated::{Counts, Dice, Rejecting, SECOND, calls, calls_by, ms, waiting};
use crate::virtual_time::Time;

const CALLS: u32 = 13_132;
const WAYS: [Counts; 3] = [Counts::Fixed, Counts::Sliding, Counts::SmallBucket];

/// A receiver of 500 a second that answers 429 with `Retry-After: 1` rejects one call in a
/// hundred at most, and the whole takes little longer than it must. Where the first 429 tells
/// of a small burst and nothing of the rate behind it, that has to be found first.
#[test]
fn a_receiver_that_rejects_is_hardly_ever_made_to() {
    for counts in WAYS {
        let factor = match counts {
            Counts::Fixed | Counts::Sliding => 1.25,
            Counts::SmallBucket | Counts::OneByOne => 1.5,
        };
        for latency in [ms(1), ms(20)] {
            let result = calls(CALLS, Limits::default(), Rejecting::new(counts, 500, latency));
            let must = SECOND.mul_f64(f64::from(CALLS) / 500.0);
            let shows = format!("{counts:?} {latency:?} {:?} {:?}", result.took, result.snapshot);
            assert_eq!(result.snapshot.succeeded, u64::from(CALLS), "{shows}");
            assert!(result.snapshot.throttled * 100 <= u64::from(CALLS), "{shows}");
            assert!(result.took < must.mul_f64(factor), "{shows}");
        }
    }
}

/// The same at 20 a second.
#[test]
fn a_slow_receiver_that_rejects_is_not_hammered() {
    for counts in WAYS {
        let receiver = Rejecting::new(counts, 20, ms(20));
        let result = calls(CALLS, Limits::default(), receiver);
        let must = SECOND.mul_f64(f64::from(CALLS) / 20.0);
        let shows = format!("{counts:?} {:?} {:?}", result.took, result.snapshot);
        assert!(result.snapshot.throttled * 100 <= u64::from(CALLS), "{shows}");
        assert!(result.took < must.mul_f64(1.25), "{shows}");
    }
}

/// A receiver without any burst (two calls in one instant are one too many) gets calls evenly
/// spaced, and as many of them as it bears; by a clock that is exact, and by one of whole
/// milliseconds, as timers are, with which 500 a second come out as 333 at the most.
#[test]
fn a_receiver_that_bears_no_two_at_once_gets_them_one_by_one() {
    for (limit, grain, must) in [(500, ms(0), 500), (500, ms(1), 333), (50, ms(1), 50)] {
        for latency in [ms(1), ms(20), ms(100)] {
            let receiver = Rejecting::new(Counts::OneByOne, limit, latency);
            let time = Time::of_whole(grain);
            let result = calls_by(&time, CALLS, Limits::default(), receiver);
            let widest = 16.0 / latency.as_secs_f64();
            let must = SECOND.mul_f64(f64::from(CALLS) / f64::from(must).min(widest));
            let shows = format!(
                "{limit} {grain:?} {latency:?} {:?} {must:?} {:?}",
                result.took, result.snapshot
            );
            assert_eq!(result.snapshot.succeeded, u64::from(CALLS), "{shows}");
            assert!(result.snapshot.throttled * 100 <= u64::from(CALLS), "{shows}");
            assert!(result.took < must.mul_f64(1.75), "{shows}");
        }
    }
}

/// A receiver that says "too many" and not for how long.
#[test]
fn without_retry_after_the_pause_is_our_own() {
    let mut receiver = Rejecting::new(Counts::Sliding, 500, ms(5));
    receiver.retry_after = None;
    let result = calls(CALLS, Limits::default(), receiver);
    let must = SECOND.mul_f64(f64::from(CALLS) / 500.0);
    let shows = format!("{:?} {:?}", result.took, result.snapshot);
    assert!(result.snapshot.throttled * 100 <= u64::from(CALLS), "{shows}");
    assert!(result.took < must.mul_f64(1.25), "{shows}");
}

/// A quota over a longer time than we measure is found too: 3 000 in 150 s (the writes of Graph).
#[test]
fn a_long_window_is_found() {
    let mut receiver = Rejecting::new(Counts::Sliding, 3000, ms(50));
    receiver.per = Duration::from_secs(150);
    receiver.retry_after = Some(Duration::from_secs(10));
    let result = calls(CALLS, Limits::default(), receiver);
    let must = SECOND.mul_f64(f64::from(CALLS) / 20.0);
    let shows = format!("{:?} {:?}", result.took, result.snapshot);
    assert!(result.snapshot.throttled * 50 <= u64::from(CALLS), "{shows}");
    assert!(result.took < must.mul_f64(1.25), "{shows}");
}

/// Windermere's limiter makes calls wait: concurrency buys nothing there, and is not bought.
#[test]
fn a_receiver_that_makes_wait_is_not_taken_for_a_failing_one() {
    for latency in [ms(1), ms(5), ms(20)] {
        let result = calls(CALLS, Limits::default(), waiting(20, 20, latency));
        let must = SECOND.mul_f64(f64::from(CALLS) / 20.0);
        let shows = format!("{latency:?} {:?} {:?}", result.took, result.snapshot);
        assert_eq!(result.snapshot.succeeded, u64::from(CALLS), "{shows}");
        assert!(result.took < must.mul_f64(1.05), "{shows}");
        assert!(result.mean_in_flight(SECOND * 20) < 2.5, "{shows}");
        assert!(result.slowest < SECOND, "{shows}");
        assert_eq!(result.snapshot.rate, None, "{shows}");
    }
}

/// Windermere on its small database answers 500 to some of the calls as soon as there are two.
#[test]
fn a_receiver_that_locks_is_called_one_at_a_time() {
    let mut dice = Dice(1);
    let receiver = move |_: Duration, in_flight: u32| {
        let locked = in_flight > 1 && dice.percent() < 15;
        (ms(7), if locked { Outcome::Busy } else { Outcome::Ok })
    };
    let result = calls(CALLS, Limits::default(), receiver);
    let shows = format!("{:?} {:?}", result.took, result.snapshot);
    assert_eq!(result.snapshot.succeeded, u64::from(CALLS), "{shows}");
    assert_eq!(result.denied, [], "{shows}");
    assert!(result.mean_in_flight(SECOND * 10) < 1.5, "{shows}");
    assert!(result.snapshot.busy * 100 <= u64::from(CALLS), "{shows}");
    assert!(result.took < ms(7) * CALLS, "{shows}");
}

/// One at 20 ms that bears everything is called by sixteen at once within moments: the peer
/// takes 286 s, one call at a time.
#[test]
fn a_receiver_that_bears_everything_is_made_use_of() {
    let receiver = |_: Duration, _: u32| (ms(20), Outcome::Ok);
    let result = calls(CALLS, Limits::default(), receiver);
    let shows = format!("{:?} {:?}", result.took, result.snapshot);
    assert!(result.most_in_flight(SECOND) >= 8, "{shows}");
    assert!(result.took < SECOND * 20, "{shows}");
    assert_eq!(result.snapshot.most_in_flight, 16, "{shows}");
}

/// Answers whose times vary do not make it timid.
#[test]
fn uneven_answers_do_not_hold_it_back() {
    for seed in 1..=5 {
        let mut dice = Dice(seed);
        let receiver = move |_: Duration, _: u32| (ms(5 + dice.percent() / 3), Outcome::Ok);
        let result = calls(CALLS, Limits::default(), receiver);
        let shows = format!("{seed} {:?} {:?}", result.took, result.snapshot);
        assert!(result.took < SECOND * 27, "{shows}");
    }
}

/// The most that may be in flight is the settings', and 64 whatever they say.
#[test]
fn no_more_are_in_flight_than_may_be() {
    for (concurrency, most) in [(0, 1), (1, 1), (5, 5), (64, 64), (1000, 64)] {
        let limits = Limits { concurrency, ..Limits::default() };
        let receiver = |_: Duration, _: u32| (ms(20), Outcome::Ok);
        let result = calls(3000, limits, receiver);
        assert!(result.snapshot.most_in_flight <= most.min(40), "{:?}", result.snapshot);
        assert_eq!(result.snapshot.most_in_flight, most.min(40));
    }
}
