//! Tells whoever waits that an answer is waited for, and from whom.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// After so long without an answer somebody at a screen wonders whether anything happens.
const PATIENCE: Duration = Duration::from_secs(3);

/// Is told the host that is waited for.
type Tell = Box<dyn Fn(&str) + Send + Sync>;

static TELL: OnceLock<Tell> = OnceLock::new();

/// Names whom to tell when an answer is waited for: once a client, with its host. Only the
/// first who asks is told: the program itself.
pub fn tell_of_waits(tell: impl Fn(&str) + Send + Sync + 'static) {
    let _ = TELL.set(Box::new(tell));
}

/// Whether a client's wait was told of.
#[derive(Debug, Default)]
pub(super) struct Told(AtomicBool);

impl Told {
    /// Waits for `answer`; tells of it when that takes long.
    pub(super) async fn patient<T>(&self, host: &str, answer: impl Future<Output = T>) -> T {
        let mut answer = std::pin::pin!(answer);
        if let Ok(answer) = tokio::time::timeout(PATIENCE, &mut answer).await {
            return answer;
        }
        self.tell(host);
        answer.await
    }

    /// Tells that `host` is waited for, unless that was told.
    fn tell(&self, host: &str) {
        if !self.0.swap(true, Ordering::Relaxed)
            && let Some(tell) = TELL.get()
        {
            tell(host);
        }
    }
}
