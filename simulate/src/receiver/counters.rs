//! What a receiver has been asked, in numbers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

/// What was counted, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counters {
    /// Answered calls by method, type and status; status 0 for those whose connection ended
    /// instead.
    pub calls: BTreeMap<(String, String, u16), u64>,
    /// Accepted writes that said what was there already.
    pub needless: u64,
    /// Answers 409 and 412.
    pub conflicts: u64,
    /// The most calls that were under way at once.
    pub most_in_flight: usize,
}

impl Counters {
    /// How many calls in all.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.calls.values().sum()
    }

    /// How many calls had this method, type and status.
    #[must_use]
    pub fn of(&self, method: &str, kind: &str, status: u16) -> u64 {
        self.calls.get(&(method.to_owned(), kind.to_owned(), status)).copied().unwrap_or(0)
    }

    /// How many answers had this status.
    #[must_use]
    pub fn status(&self, status: u16) -> u64 {
        self.calls.iter().filter(|((.., it), _)| *it == status).map(|(_, many)| many).sum()
    }

    pub(super) fn json(&self) -> Value {
        let calls: Vec<Value> = self
            .calls
            .iter()
            .map(|((method, kind, status), many)| {
                json!({ "method": method, "type": kind, "status": status, "count": many })
            })
            .collect();
        json!({
            "requests": self.all(),
            "needless": self.needless,
            "conflicts": self.conflicts,
            "most_in_flight": self.most_in_flight,
            "calls": calls,
        })
    }
}

/// Counts, while calls come.
#[derive(Debug, Default)]
pub(super) struct Counting {
    sums: Mutex<Counters>,
    in_flight: AtomicUsize,
}

impl Counting {
    /// One more call is under way, until what is given is dropped.
    pub(super) fn enter(&self) -> (Flight<'_>, usize) {
        let many = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.most_in_flight = sums.most_in_flight.max(many);
        (Flight(self), many)
    }

    pub(super) fn count(&self, method: &str, kind: &str, status: u16, needless: bool) {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        *sums.calls.entry((method.to_owned(), kind.to_owned(), status)).or_insert(0) += 1;
        sums.needless += u64::from(needless);
        sums.conflicts += u64::from(status == 409 || status == 412);
    }

    pub(super) fn sums(&self) -> Counters {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn reset(&self) {
        *self.sums.lock().unwrap_or_else(PoisonError::into_inner) = Counters::default();
    }
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Flight<'a>(&'a Counting);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
