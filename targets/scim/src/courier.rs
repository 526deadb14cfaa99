//! Brings one body to a receiver: paced, tried again where that can help, and honest about
//! what may have been done.

use std::time::Duration;

use connect::http::{
    Bytes, Client, Earlier, Error, Fault, Method, Pace, Pages, Repeat, Request, Unmade,
};
use connect::pacer::{Bucket, Cost, Denied, Lane, Limits, Outcome, Pacer, Snapshot, Use};
use serde_json::Value as Json;
use state::{QuotaUse, TargetError};
use tokio::sync::OnceCell;

/// The media type of SCIM (RFC 7644 §3.1).
const SCIM: &str = "application/scim+json";

/// The quota that the settings name.
const CALLS: &str = "calls";

/// What came of a call.
pub(crate) enum Said {
    /// The receiver answered.
    Reply(Reply),
    /// It did not, as often as we tried: what was asked may have been done.
    Nothing,
}

/// A receiver's answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    /// Whether a try before this answer may have been carried out.
    pub(crate) earlier: Earlier,
}

/// Calls one account at a receiver.
pub(crate) struct Courier {
    pub(crate) target: String,
    client: Client,
    pacer: Pacer,
    lane: Lane,
    cost: Cost,
    /// A list that only who is let in can read.
    door: &'static str,
    let_in: OnceCell<()>,
}

impl Courier {
    /// One that has at most `concurrency` calls on their way, and makes at most so many in a
    /// second, where the receiver has said how many. `door` is a list that only who is let in
    /// can read.
    pub(crate) fn new(
        target: &str,
        client: Client,
        (concurrency, calls_per_second): (u32, Option<u32>),
        door: &'static str,
    ) -> Self {
        let quota = calls_per_second.map(|count| Bucket::new(CALLS, count, Duration::from_secs(1)));
        let cost = if quota.is_some() { Cost::none().draw(CALLS, 1) } else { Cost::none() };
        let buckets = quota.into_iter().collect();
        let pacer = Pacer::new(Limits { buckets, concurrency, ..Limits::default() });
        let (target, lane, let_in) = (target.to_owned(), Lane::new("run"), OnceCell::new());
        Self { target, client, pacer, lane, cost, door, let_in }
    }

    /// How the account was called, where it was.
    pub(crate) fn paced(&self) -> Option<state::Pace> {
        let Snapshot { admitted, retried, throttled, refused, began, ended, highest, uses, .. } =
            self.pacer.snapshot();
        Some(state::Pace {
            calls: admitted,
            again: retried,
            throttled,
            refused,
            began: began?,
            ended,
            highest,
            quotas: uses.iter().map(quota).collect(),
        })
    }

    /// A read of what stands at `template`.
    pub(crate) fn get(&self, template: &'static str) -> Request {
        self.client.get(template).accept("application/scim+json, application/json, */*;q=0.1")
    }

    /// Watches over the pages of the list at `template`.
    pub(crate) fn pages(&self, template: &'static str) -> Pages {
        self.client.pages(template)
    }

    /// Sends one body, or none, to `template` with the id in it; again where no answer came. For
    /// calls that do the same when they are made twice: a create under our own id that was
    /// carried out is answered with "exists already", and `earlier` tells what that means.
    pub(crate) async fn call(
        &self,
        method: Method,
        template: &'static str,
        id: Option<&str>,
        body: Option<&Json>,
    ) -> Result<Said, TargetError> {
        self.made(method, template, id, body, Repeat::Safe).await
    }

    /// As [`Self::call`], for calls that would do it twice: made again only where the first was
    /// certainly not carried out.
    pub(crate) async fn call_once(
        &self,
        method: Method,
        template: &'static str,
        id: Option<&str>,
        body: Option<&Json>,
    ) -> Result<Said, TargetError> {
        self.made(method, template, id, body, Repeat::Never).await
    }

    async fn made(
        &self,
        method: Method,
        template: &'static str,
        id: Option<&str>,
        body: Option<&Json>,
        repeat: Repeat,
    ) -> Result<Said, TargetError> {
        let mut request = self.client.request(method, template).accept(SCIM).repeat(repeat);
        if let Some(id) = id {
            request = request.with("id", id);
        }
        if let Some(body) = body {
            request = request.header("content-type", SCIM).json_body(body);
        }
        let (reply, refused) = match request.paced(&self.pace()).await {
            Ok(reply) => {
                let _ = self.let_in.set(());
                (reply, None)
            }
            Err(Unmade::Refused { error, reply }) => (*reply, Some(error)),
            Err(Unmade::Failed { error: _, earlier: Earlier::MaybeDone }) => {
                return Ok(Said::Nothing);
            }
            Err(Unmade::Failed { error, earlier: Earlier::NotDone }) => {
                return Err(self.failed(error));
            }
            Err(Unmade::Denied { denied, earlier: _ }) => return Err(self.stopped(denied)),
        };
        match refused.map(|error| *error.fault) {
            Some(Fault::Unauthorized { .. }) => return Err(self.locked_out()),
            // One object that is not ours to change, or nothing at all.
            Some(Fault::Denied { .. }) => self.is_let_in().await?,
            Some(_) | None => {}
        }
        Ok(Said::Reply(Reply { status: reply.status, body: reply.body, earlier: reply.earlier }))
    }

    /// Reads one page of a list, all of it; again where it broke off.
    pub(crate) async fn page(&self, request: Request) -> Result<Bytes, TargetError> {
        match request.paced(&self.pace().of_list()).await {
            Ok(reply) => {
                let _ = self.let_in.set(());
                Ok(reply.body)
            }
            Err(Unmade::Refused { error, .. } | Unmade::Failed { error, .. }) => {
                Err(self.failed(error))
            }
            Err(Unmade::Denied { denied, .. }) => Err(self.stopped(denied)),
        }
    }

    /// Asks for what may not be there; `None` where it is not: 404, or 501 (RFC 7644 §3.12).
    pub(crate) async fn ask(&self, template: &'static str) -> Result<Option<Bytes>, TargetError> {
        match self.get(template).paced(&self.pace()).await {
            Ok(reply) => Ok(Some(reply.body)),
            Err(Unmade::Refused { error: _, reply }) if [404, 501].contains(&reply.status) => {
                Ok(None)
            }
            Err(Unmade::Refused { error, .. } | Unmade::Failed { error, .. }) => {
                Err(self.failed(error))
            }
            Err(Unmade::Denied { denied, .. }) => Err(self.stopped(denied)),
        }
    }

    /// Whether we may do anything at all here: asked at the door, once, where nothing has told.
    async fn is_let_in(&self) -> Result<(), TargetError> {
        let knock = || async {
            let request = self.get(self.door).query("count", "1");
            match request.paced(&self.pace().of_list()).await {
                Ok(_) => Ok(()),
                // Whatever else is wrong there is told by who needs it.
                Err(Unmade::Refused { error, .. }) if !is_locked_out(&error) => Ok(()),
                Err(Unmade::Refused { error, .. } | Unmade::Failed { error, .. }) => {
                    Err(self.failed(error))
                }
                Err(Unmade::Denied { denied, .. }) => Err(self.stopped(denied)),
            }
        };
        self.let_in.get_or_try_init(knock).await.copied()
    }

    /// How often what the receiver would not do now is tried at most.
    pub(crate) fn attempts(&self) -> u32 {
        self.client.settings().retry.attempts
    }

    /// Makes every call wait: the receiver would not do one of many now, and did not say for
    /// how long. The `attempt`, from 1, has just failed.
    pub(crate) async fn hold_back(&self, attempt: u32) -> Result<(), TargetError> {
        let retry = &self.client.settings().retry;
        let doubled = 1 << (attempt.clamp(1, 16) - 1);
        let wait = Duration::from_millis(retry.first_wait_ms.saturating_mul(doubled));
        let after = Some(wait.min(Duration::from_secs(retry.max_wait_seconds)));
        let admitted = self.pacer.admit(&self.lane, &Cost::none()).await;
        let permit = admitted.map_err(|denied| self.stopped(denied))?;
        permit.done(Outcome::Throttled { after });
        Ok(())
    }

    fn pace(&self) -> Pace<'_> {
        Pace::new(&self.pacer, &self.lane, &self.cost, &self.client.settings().retry)
    }

    /// Nobody is let in by our credentials.
    pub(crate) fn locked_out(&self) -> TargetError {
        TargetError::Denied { target: self.target.clone(), source: "not let in".into() }
    }

    /// The receiver would not do it now, as often as was tried.
    pub(crate) fn busy(&self) -> TargetError {
        let after = Duration::from_secs(self.client.settings().retry.max_wait_seconds);
        TargetError::Throttled { target: self.target.clone(), after }
    }

    fn stopped(&self, denied: Denied) -> TargetError {
        let (target, detail) = (self.target.clone(), denied.to_string());
        TargetError::Unavailable { target, detail, source: Box::new(denied) }
    }

    /// It failed, or nothing of its answer may be used.
    pub(crate) fn failed(&self, error: Error) -> TargetError {
        if is_locked_out(&error) {
            return self.locked_out();
        }
        let (target, detail) = (self.target.clone(), error.to_string());
        TargetError::Unavailable { target, detail, source: Box::new(error) }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is between 0 and 1"
)]
fn quota(used: &Use) -> QuotaUse {
    let &Use { bucket: name, count, per, now: _, peak } = used;
    QuotaUse { name, count, per, percent: (peak * 100.0).round() as u32 }
}

fn is_locked_out(error: &Error) -> bool {
    matches!(*error.fault, Fault::Denied { .. } | Fault::Unauthorized { .. })
}
