//! What was asked, as numbers.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What was counted, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Requests over HTTP: a batch is one. Those to the token endpoint are among them.
    pub requests: u64,
    /// Batches among them.
    pub batches: u64,
    /// Calls by method (`directory.users.insert`, `token`) and status: each part of a batch is
    /// one.
    pub calls: BTreeMap<(String, u16), u64>,
    /// Calls that a quota counted, by the quota's name.
    pub used: BTreeMap<&'static str, u64>,
    /// Calls that a quota refused, by the quota's name.
    pub throttled: BTreeMap<&'static str, u64>,
    /// Calls that a planted trouble refused.
    pub troubled: u64,
}

impl Counts {
    /// How many calls of a method had this status.
    #[must_use]
    pub fn of(&self, method: &str, status: u16) -> u64 {
        self.calls.get(&(method.to_owned(), status)).copied().unwrap_or(0)
    }

    /// How many calls in all: units of quota.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.calls.iter().filter(|((it, _), _)| it != "token").map(|(_, many)| many).sum()
    }

    /// How many calls any quota refused.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.throttled.values().sum()
    }

    pub(super) fn call(&mut self, method: &str, status: u16) {
        *self.calls.entry((method.to_owned(), status)).or_insert(0) += 1;
    }

    pub(super) fn used(&mut self, bucket: &'static str) {
        *self.used.entry(bucket).or_insert(0) += 1;
    }

    pub(super) fn throttled(&mut self, bucket: &'static str) {
        *self.throttled.entry(bucket).or_insert(0) += 1;
    }

    pub(super) fn json(&self) -> Value {
        let calls: Vec<Value> = self
            .calls
            .iter()
            .map(|((method, status), many)| {
                json!({ "method": method, "status": status, "count": many })
            })
            .collect();
        json!({
            "requests": self.requests,
            "batches": self.batches,
            "calls": calls,
            "units": self.all(),
            "used": self.used,
            "throttled": self.throttled,
            "troubled": self.troubled,
        })
    }
}
