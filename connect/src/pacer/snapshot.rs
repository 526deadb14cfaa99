//! What a pacer can tell of itself. Counts and limits, nothing of anybody.

use std::time::Duration;

use super::circuit::CircuitState;

/// A pacer at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Calls that were let through.
    pub admitted: u64,
    /// Of these, calls made again.
    pub retried: u64,
    /// Answered well.
    pub succeeded: u64,
    /// "Too many".
    pub throttled: u64,
    /// Trouble at the receiver.
    pub busy: u64,
    /// No answer.
    pub unanswered: u64,
    /// Refused for what they ask.
    pub refused: u64,
    /// Let through and dropped: nobody knows how they went.
    pub unknown: u64,
    /// Turned away here, since the receiver is not to be called.
    pub denied: u64,
    /// How long calls have waited, taken together.
    pub waited: Duration,
    /// The longest time from a call to its answer. The client's own limit must be over it.
    pub slowest: Duration,
    /// Calls waiting now.
    pub waiting: usize,
    /// Calls in flight now.
    pub in_flight: u32,
    /// The most that were in flight.
    pub most_in_flight: u32,
    /// How many may be in flight.
    pub concurrency: u32,
    /// Calls per second that the receiver bears, where it has said "too many".
    pub rate: Option<f64>,
    /// How long the account is paused still.
    pub pause: Duration,
    /// Whether calls go through.
    pub circuit: CircuitState,
    /// When the first was let through, by the pacer's clock.
    pub began: Option<Duration>,
    /// When the last was answered.
    pub ended: Duration,
    /// The most that were let through in one second of that clock.
    pub highest: u32,
    /// Use of the quotas, in the order of the limits.
    pub uses: Vec<Use>,
}

/// Use of one quota, as parts of it from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// The bucket's name.
    pub bucket: &'static str,
    /// How much it allows.
    pub count: u32,
    /// In how long.
    pub per: Duration,
    /// In the window that ends now; of a bucket of objects, the fullest.
    pub now: f64,
    /// The most that it has been.
    pub peak: f64,
}

impl Snapshot {
    pub(super) fn empty() -> Self {
        Self {
            admitted: 0,
            retried: 0,
            succeeded: 0,
            throttled: 0,
            busy: 0,
            unanswered: 0,
            refused: 0,
            unknown: 0,
            denied: 0,
            waited: Duration::ZERO,
            slowest: Duration::ZERO,
            waiting: 0,
            in_flight: 0,
            most_in_flight: 0,
            concurrency: 0,
            rate: None,
            pause: Duration::ZERO,
            circuit: CircuitState::Closed,
            began: None,
            ended: Duration::ZERO,
            highest: 0,
            uses: Vec::new(),
        }
    }
}
