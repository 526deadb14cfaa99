//! Time, so that tests need not wait for it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

/// A wait.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells time since a beginning of its own, and waits.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Duration;
    /// Ends at that time, or soon after.
    fn sleep_until(&self, at: Duration) -> Sleep;
}

/// The runtime's time.
pub(super) struct Running(Instant);

impl Running {
    pub(super) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Running {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep_until(&self, at: Duration) -> Sleep {
        Box::pin(tokio::time::sleep_until(self.0 + at))
    }
}
