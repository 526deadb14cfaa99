//! Whether a failed call is made again, and after how long.

use std::time::Duration;

use rand::Rng as _;
use tokio::time::Instant;

use super::classify;
use super::error::{Error, Fault, NoAnswer};
use super::request::Repeat;
use super::settings::RetrySettings;

/// The attempts of one call.
pub(super) struct Retry {
    settings: RetrySettings,
    repeat: Repeat,
    attempt: u32,
    began: Instant,
}

impl Retry {
    pub(super) fn new(settings: RetrySettings, repeat: Repeat) -> Self {
        Self { settings, repeat, attempt: 1, began: Instant::now() }
    }

    /// The attempt under way, from 1.
    pub(super) fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Does not count a time for which something else made the call wait.
    pub(super) fn excuse(&mut self, waited: Duration) {
        self.began += waited;
    }

    /// Waits until another attempt is due, or gives the error back when none is.
    pub(super) async fn again(&mut self, error: Error) -> Result<(), Error> {
        self.next(error, self.repeat).await
    }

    /// The same where a pacer keeps the pauses that the server asks for, and for a call that
    /// may not be made twice but was not made at all.
    pub(super) async fn again_paced(&mut self, mut error: Error) -> Result<(), Error> {
        let repeat = if may_be_done(&error.fault) { self.repeat } else { Repeat::Safe };
        let Fault::Throttled { after, .. } = &mut *error.fault else {
            return self.next(error, repeat).await;
        };
        let asked = after.replace(Duration::ZERO);
        let next = self.next(error, repeat).await;
        next.map_err(|mut error| {
            if let Fault::Throttled { after, .. } = &mut *error.fault {
                *after = asked;
            }
            error
        })
    }

    async fn next(&mut self, mut error: Error, repeat: Repeat) -> Result<(), Error> {
        error.attempts = self.attempt;
        let spent = self.began.elapsed();
        let chance = rand::rng().random::<f64>();
        let Some(wait) = wait(&self.settings, repeat, &error.fault, self.attempt, spent, chance)
        else {
            return Err(error);
        };
        tracing::debug!(
            http.host = &*error.place.host,
            http.path = error.place.label,
            http.attempt = self.attempt,
            http.outcome = classify::word(&error.fault),
            wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            "waiting before the next attempt"
        );
        tokio::time::sleep(wait).await;
        self.attempt += 1;
        Ok(())
    }
}

/// Whether a later attempt can help.
pub(super) fn can_help(fault: &Fault) -> bool {
    match fault {
        Fault::Throttled { .. } | Fault::Unavailable { .. } | Fault::NoAnswer(_) => true,
        Fault::Unauthorized { .. }
        | Fault::Denied { .. }
        | Fault::Gone { .. }
        | Fault::Refused { .. }
        | Fault::Tls(_)
        | Fault::NoGrant(_)
        | Fault::Nonsense(_)
        | Fault::Ours(_) => false,
    }
}

/// Whether a call that failed so may have been carried out all the same.
pub(super) fn may_be_done(fault: &Fault) -> bool {
    match fault {
        Fault::Unavailable { .. } | Fault::Nonsense(_) => true,
        Fault::NoAnswer(why) => match why {
            NoAnswer::Connect | NoAnswer::Proxy => false,
            NoAnswer::Timeout
            | NoAnswer::Closed
            | NoAnswer::ClosedWithoutCertificate
            | NoAnswer::ClosedWithCertificate
            | NoAnswer::CutOff => true,
        },
        Fault::Throttled { .. }
        | Fault::Unauthorized { .. }
        | Fault::Denied { .. }
        | Fault::Gone { .. }
        | Fault::Refused { .. }
        | Fault::Tls(_)
        | Fault::NoGrant(_)
        | Fault::Ours(_) => false,
    }
}

/// How long to wait before the next attempt; `None` when there is to be none. `attempt` has
/// just failed, `spent` since the first began; `chance` is from 0 up to 1.
pub(super) fn wait(
    settings: &RetrySettings,
    repeat: Repeat,
    fault: &Fault,
    attempt: u32,
    spent: Duration,
    chance: f64,
) -> Option<Duration> {
    if repeat == Repeat::Never || attempt >= settings.attempts || !can_help(fault) {
        return None;
    }
    let asked = if let Fault::Throttled { after, .. } = fault { *after } else { None };
    let wait = asked.unwrap_or_else(|| backoff(settings, attempt, chance));
    let total = Duration::from_secs(settings.total_seconds);
    (spent.saturating_add(wait) <= total).then_some(wait)
}

/// Twice as long each time, less a random part of up to a half: many clients that failed at
/// once do not come back at once.
fn backoff(settings: &RetrySettings, attempt: u32, chance: f64) -> Duration {
    let doubled = 2_u64.saturating_pow(attempt - 1).saturating_mul(settings.first_wait_ms);
    let most = Duration::from_millis(doubled).min(Duration::from_secs(settings.max_wait_seconds));
    most.mul_f64(1.0 - chance / 2.0)
}
