//! What tests of carrying have in common.

use super::{Duration, Progress, Timer};

/// Waits for nothing, and tells nobody.
pub(super) struct Still;

#[async_trait::async_trait]
impl Timer for Still {
    async fn wait(&self, _: Duration) {}
}

impl Progress for Still {
    fn settled(&mut self, _: u64, _: u64) {}
}
