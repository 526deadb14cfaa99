//! A limit on calls, as a bucket that fills with time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Limited;

/// The buckets of one limit, one for each tenant.
#[derive(Debug, Default)]
pub(super) struct Buckets(Mutex<HashMap<usize, Bucket>>);

#[derive(Debug)]
struct Bucket {
    /// Below nothing when calls are waiting.
    left: f64,
    since: Instant,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It may go on after so long.
    After(Duration),
    /// It is refused, and would have been let in after so long.
    Refused(Duration),
}

impl Buckets {
    /// Takes one call's worth out of a tenant's bucket.
    pub(super) fn take(&self, tenant: usize, rate: (f64, f64), kind: Limited) -> Turn {
        let (per_second, burst) = rate;
        let now = Instant::now();
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(tenant).or_insert(Bucket { left: burst, since: now });
        let passed = now.duration_since(bucket.since).as_secs_f64();
        bucket.left = passed.mul_add(per_second, bucket.left).min(burst);
        bucket.since = now;
        let missing = Duration::from_secs_f64((1.0 - bucket.left).max(0.0) / per_second);
        if missing > Duration::ZERO && kind != Limited::Waits {
            return Turn::Refused(missing);
        }
        bucket.left -= 1.0;
        Turn::After(missing)
    }
}
