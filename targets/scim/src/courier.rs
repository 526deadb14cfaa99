//! Brings one body to a receiver: paced, tried again where that can help, and honest about
//! what may have been done.

use std::time::Duration;

use connect::http::{Bytes, Client, Earlier, Error, Fault, Method, Pace, Repeat, Request, Unmade};
use connect::pacer::{Bucket, Cost, Lane, Limits, Pacer};
use serde_json::Value as Json;
use state::TargetError;

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
    target: String,
    client: Client,
    pacer: Pacer,
    lane: Lane,
    cost: Cost,
}

impl Courier {
    /// One that has at most `concurrency` calls on their way, and makes at most so many in a
    /// second, where the receiver has said how many.
    pub(crate) fn new(
        target: &str,
        client: Client,
        concurrency: u32,
        calls_per_second: Option<u32>,
    ) -> Self {
        let quota = calls_per_second.map(|count| Bucket::new(CALLS, count, Duration::from_secs(1)));
        let cost = if quota.is_some() { Cost::none().draw(CALLS, 1) } else { Cost::none() };
        let buckets = quota.into_iter().collect();
        let pacer = Pacer::new(Limits { buckets, concurrency, ..Limits::default() });
        Self { target: target.to_owned(), client, pacer, lane: Lane::new("run"), cost }
    }

    /// A read of what stands at `template`.
    pub(crate) fn get(&self, template: &'static str) -> Request {
        self.client.get(template).accept("application/scim+json, application/json, */*;q=0.1")
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
        let budget = &self.client.settings().retry;
        let pace = Pace::new(&self.pacer, &self.lane, &self.cost, budget);
        let (reply, refused) = match request.paced(&pace).await {
            Ok(reply) => (reply, None),
            Err(Unmade::Refused { error, reply }) => (*reply, Some(error)),
            Err(Unmade::Failed { error: _, earlier: Earlier::MaybeDone }) => {
                return Ok(Said::Nothing);
            }
            Err(Unmade::Failed { error, earlier: Earlier::NotDone }) => {
                return Err(self.failed(error));
            }
            Err(Unmade::Denied { denied, earlier: _ }) => {
                let target = self.target.clone();
                let detail = denied.to_string();
                return Err(TargetError::Unavailable { target, detail, source: Box::new(denied) });
            }
        };
        if let Some(error) = refused.filter(is_locked_out) {
            return Err(self.failed(error));
        }
        Ok(Said::Reply(Reply { status: reply.status, body: reply.body, earlier: reply.earlier }))
    }

    /// Reads a whole answer, within the limit of what is read in pieces.
    pub(crate) async fn whole(&self, request: Request) -> Result<Vec<u8>, TargetError> {
        let mut answer = request.send().await.map_err(|error| self.failed(error))?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.failed(error))? {
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn failed(&self, error: Error) -> TargetError {
        let target = self.target.clone();
        if is_locked_out(&error) {
            return TargetError::Denied { target, source: Box::new(error) };
        }
        let detail = error.to_string();
        TargetError::Unavailable { target, detail, source: Box::new(error) }
    }
}

fn is_locked_out(error: &Error) -> bool {
    matches!(*error.fault, Fault::Denied { .. } | Fault::Unauthorized { .. })
}
