//! Whether "too many" is news, or chance: a request that is late on its way comes close to the
//! next, and then that one is refused, though none left too early. The pacer is told when it goes
//! on: it slows down for minutes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use connect::pacer::Outcome;
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

/// Requests that were refused one after another.
#[derive(Debug)]
pub(super) struct Chance {
    plain: AtomicU32,
    new_users: AtomicU32,
    /// For how long new accounts are counted.
    window: Duration,
    /// Until then Google's window is full of what came late.
    full_until: Mutex<Option<Instant>>,
}

impl Chance {
    pub(super) fn new(window: Duration) -> Self {
        let (plain, new_users) = (AtomicU32::new(0), AtomicU32::new(0));
        Self { plain, new_users, window, full_until: Mutex::new(None) }
    }

    /// Waits until what came late is out of the window: else the next is refused for it, too.
    pub(super) async fn passes(&self, sort: Sort) {
        if sort == Sort::NewUsers {
            let until = *self.full_until.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(until) = until {
                tokio::time::sleep_until(until).await;
            }
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
                    let until = Some(Instant::now() + self.window);
                    *self.full_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
                }
                if before < BY_CHANCE { Outcome::Ok } else { outcome }
            }
            // It says how long to wait: that is no chance.
            Outcome::Throttled { after: Some(_) } => outcome,
            Outcome::Ok | Outcome::Refused | Outcome::Busy => {
                in_a_row.store(0, Ordering::Relaxed);
                outcome
            }
            Outcome::NoAnswer | Outcome::Unknown => outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: Outcome = Outcome::Throttled { after: None };

    #[test]
    fn too_many_is_news_when_it_goes_on() {
        let chance = Chance::new(Duration::from_secs(1));
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
    async fn what_came_late_leaves_the_window_first() {
        let window = Duration::from_secs(2);
        let chance = Chance::new(window);
        let began = Instant::now();
        chance.passes(Sort::NewUsers).await;
        chance.judge(Sort::Plain, MANY);
        chance.passes(Sort::NewUsers).await;
        chance.judge(Sort::NewUsers, MANY);
        chance.passes(Sort::Plain).await;
        assert!(began.elapsed() < window, "nobody has waited");
        chance.passes(Sort::NewUsers).await;
        assert!(began.elapsed() >= window);
    }
}
