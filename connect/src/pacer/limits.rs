//! What a receiver allows, and what one call takes of it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

/// One published quota: at most `count` in every stretch of time as long as `per`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name, by which a [`Cost`] draws from it: `"writes"`.
    pub name: &'static str,
    /// How much.
    pub count: u32,
    /// In how long.
    pub per: Duration,
    /// For what it holds.
    pub each: Each,
}

/// For what a quota holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Each {
    /// The account, taken together.
    Account,
    /// Each object by itself, e.g. each team.
    Object,
}

impl Bucket {
    /// A quota of the whole account.
    #[must_use]
    pub const fn new(name: &'static str, count: u32, per: Duration) -> Self {
        Self { name, count, per, each: Each::Account }
    }

    /// A quota of each object.
    #[must_use]
    pub const fn of_each(name: &'static str, count: u32, per: Duration) -> Self {
        Self { name, count, per, each: Each::Object }
    }
}

/// What a pacer keeps to. The defaults suit a receiver that publishes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Published quotas. All of those that a call draws from must have room for it.
    pub buckets: Vec<Bucket>,
    /// How many calls may be in flight at first. Default: 2.
    pub start: u32,
    /// How many calls may ever be in flight, at most [`MOST_AT_ONCE`]. Default: 16.
    pub concurrency: u32,
    /// The longest pause that a receiver can ask for; over it everybody is told
    /// [`Denied::TooLong`](super::Denied::TooLong). Default: an hour.
    pub longest_pause: Duration,
    /// After so many failures on end the receiver is taken for dead. Default: 8, which with
    /// the pauses between takes 7 s at least.
    pub failures: u32,
    /// How long nobody calls a receiver that is taken for dead. Default: 30 s; twice as long
    /// each time that it has not come back, up to 5 min.
    pub open_for: Duration,
}

/// More in flight than this brings nothing at any receiver that we know of.
pub const MOST_AT_ONCE: u32 = 64;

impl Default for Limits {
    fn default() -> Self {
        Self {
            buckets: Vec::new(),
            start: 2,
            concurrency: 16,
            longest_pause: Duration::from_hours(1),
            failures: 8,
            open_for: Duration::from_secs(30),
        }
    }
}

impl Limits {
    pub(super) fn most_at_once(&self) -> u32 {
        self.concurrency.clamp(1, MOST_AT_ONCE)
    }

    /// The place of a bucket in the list.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.buckets.iter().position(|bucket| bucket.name == name)
    }
}

/// What one call draws from the buckets. Cheap to clone; made once for each kind of call.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    draws: Arc<Vec<Draw>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Draw {
    pub(super) bucket: &'static str,
    pub(super) amount: u32,
    /// Of which object, as a hash: the pacer keeps no ids. Two objects with one hash share a
    /// bucket, which is slower and never too much.
    pub(super) object: Option<u64>,
}

impl Cost {
    /// Draws from no bucket: only concurrency, rate and pauses count.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Draws `amount` from a bucket of the account.
    #[must_use]
    pub fn draw(self, bucket: &'static str, amount: u32) -> Self {
        self.and(Draw { bucket, amount, object: None })
    }

    /// Draws `amount` from an object's own bucket.
    #[must_use]
    pub fn draw_on(self, bucket: &'static str, object: &str, amount: u32) -> Self {
        let mut hasher = DefaultHasher::new();
        object.hash(&mut hasher);
        self.and(Draw { bucket, amount, object: Some(hasher.finish()) })
    }

    fn and(mut self, draw: Draw) -> Self {
        Arc::make_mut(&mut self.draws).push(draw);
        self
    }

    pub(super) fn draws(&self) -> &[Draw] {
        &self.draws
    }
}

/// Who calls, e.g. one run: lanes are served in turn, so that a long queue in one does not
/// hold up another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    pub(super) name: Arc<str>,
    pub(super) weight: u32,
}

impl Lane {
    /// A lane with one turn at a time. Lanes of the same name are the same lane.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), weight: 1 }
    }

    /// Is served this many times as often as a lane of weight 1, from 1 to 100.
    #[must_use]
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = weight.clamp(1, 100);
        self
    }
}
