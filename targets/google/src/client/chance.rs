//! Whether "too many" is news, or chance: a request that is late on its way comes close to the
//! next, and then that one is refused, though none left too early. The pacer is told when it goes
//! on: it slows down for minutes. For a while new accounts, which are counted by the second, come
//! further apart.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use connect::pacer::{Bucket, Outcome};
use tokio::time::Instant;

/// As many requests of one sort, one after another, are refused by chance: a window's worth that
/// is late meets the next one or two.
const BY_CHANCE: u32 = 3;

/// Of what sort a request is, by the quotas that it draws from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Plain,
    NewUsers,
}

/// After a refusal new accounts come further apart by this part of the window,
const STEP: u32 = 16;
/// at most by this one,
const MOST: u32 = 2;
/// and closer again by this with each request that is fine: one in a hundred is refused, then.
const BACK: u32 = 2_048;

/// Requests that were refused one after another, and how far apart new accounts come.
#[derive(Debug)]
pub(super) struct Chance {
    plain: AtomicU32,
    new_users: AtomicU32,
    window: Bucket,
    gap: Mutex<Gap>,
}

#[derive(Debug, Default)]
struct Gap {
    /// When the last new accounts left, and how many they were.
    last: Option<(Instant, u32)>,
    /// How much longer than the window.
    more: Duration,
}

impl Chance {
    /// `window` is the quota of new accounts.
    pub(super) fn new(window: Bucket) -> Self {
        let (plain, new_users) = (AtomicU32::new(0), AtomicU32::new(0));
        Self { plain, new_users, window, gap: Mutex::default() }
    }

    fn gap(&self) -> MutexGuard<'_, Gap> {
        self.gap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until new accounts are as far from the last as has shown to be needed.
    pub(super) async fn passes(&self, sort: Sort) {
        let due = match (sort, &*self.gap()) {
            (Sort::Plain, _) | (_, Gap { last: None, .. }) => return,
            (Sort::NewUsers, Gap { last: Some((left, count)), more }) => {
                *left + (self.window.per + *more) * *count / self.window.count.max(1)
            }
        };
        tokio::time::sleep_until(due).await;
    }

    /// So many new accounts leave now.
    pub(super) fn leave(&self, count: u32) {
        if count > 0 {
            self.gap().last = Some((Instant::now(), count));
        }
    }

    /// What the pacer is told: what is refused by chance waits by itself and is tried again.
    pub(super) fn judge(&self, sort: Sort, outcome: Outcome) -> Outcome {
        let in_a_row = match sort {
            Sort::Plain => &self.plain,
            Sort::NewUsers => &self.new_users,
        };
        match outcome {
            Outcome::Throttled { after: None } => {
                let before = in_a_row.fetch_add(1, Ordering::Relaxed);
                if sort == Sort::NewUsers {
                    let mut gap = self.gap();
                    gap.more = (gap.more + self.window.per / STEP).min(self.window.per / MOST);
                }
                if before < BY_CHANCE { Outcome::Ok } else { outcome }
            }
            Outcome::Ok | Outcome::Refused | Outcome::Busy => {
                in_a_row.store(0, Ordering::Relaxed);
                if sort == Sort::NewUsers {
                    let mut gap = self.gap();
                    gap.more = gap.more.saturating_sub(self.window.per / BACK);
                }
                outcome
            }
            // One that says how long to wait is no chance.
            Outcome::Throttled { after: Some(_) } | Outcome::NoAnswer | Outcome::Unknown => outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: Outcome = Outcome::Throttled { after: None };

    fn of_second() -> Chance {
        Chance::new(Bucket::new("users", 10, Duration::from_secs(1)))
    }

    #[test]
    fn too_many_is_news_when_it_goes_on() {
        let chance = of_second();
        for _ in 0..BY_CHANCE {
            assert_eq!(chance.judge(Sort::NewUsers, MANY), Outcome::Ok);
            assert_eq!(chance.judge(Sort::Plain, Outcome::Ok), Outcome::Ok, "others go on");
        }
        assert_eq!(chance.judge(Sort::NewUsers, Outcome::NoAnswer), Outcome::NoAnswer);
        assert_eq!(chance.judge(Sort::NewUsers, MANY), MANY);
        assert_eq!(chance.judge(Sort::NewUsers, MANY), MANY);
        assert_eq!(chance.judge(Sort::NewUsers, Outcome::Ok), Outcome::Ok);
        assert_eq!(chance.judge(Sort::NewUsers, MANY), Outcome::Ok, "chance again");
        let told = Outcome::Throttled { after: Some(Duration::from_secs(9)) };
        assert_eq!(chance.judge(Sort::Plain, told), told);
    }
    #[tokio::test]
    async fn new_accounts_come_further_apart_after_a_refusal() {
        for (refusals, count, least) in [(0, 5, 500), (2, 5, 562), (9, 1, 150), (99, 1, 150)] {
            let chance = of_second();
            chance.passes(Sort::NewUsers).await;
            for _ in 0..refusals {
                chance.judge(Sort::NewUsers, MANY);
            }
            let began = Instant::now();
            chance.leave(count);
            chance.passes(Sort::Plain).await;
            assert!(began.elapsed() < Duration::from_millis(least), "others do not wait");
            chance.passes(Sort::NewUsers).await;
            assert!(began.elapsed() >= Duration::from_millis(least), "{refusals} {count}");
        }
    }

    #[test]
    fn what_goes_well_brings_them_closer_again() {
        let chance = of_second();
        chance.judge(Sort::NewUsers, MANY);
        for _ in 0..BACK / STEP {
            assert!(chance.gap().more > Duration::ZERO);
            chance.judge(Sort::NewUsers, Outcome::Ok);
        }
        assert!(chance.gap().more < Duration::from_millis(1));
    }
}
