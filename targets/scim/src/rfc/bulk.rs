//! Many changes in one request, where the provider offers it (RFC 7644 §3.7).
//!
//! Calls that are on their way at one moment are gathered: the first of them waits until no
//! more come, sends all, and tells each what came of it. So nobody above knows of it: what may
//! have been done is not known, and what the provider has no time for is sent again later.

use std::sync::{Mutex, PoisonError};

use connect::http::{Bytes, Earlier, Method};
use serde_json::{Value as Json, json};
use state::TargetError;
use tokio::sync::oneshot;

use crate::courier::{Courier, Reply, Said};

const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// What a provider says of its bulk requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offer {
    /// The most operations of one request.
    pub(super) operations: usize,
    /// The most bytes of one.
    pub(super) bytes: usize,
}

impl Offer {
    /// What `ServiceProviderConfig` says; `None` where nothing is offered.
    pub(super) fn of(config: &Json) -> Option<Self> {
        let bulk = config.get("bulk")?;
        let number = |name: &str| usize::try_from(bulk.get(name)?.as_u64()?).ok();
        let offer = Self { operations: number("maxOperations")?, bytes: number("maxPayloadSize")? };
        let is_offered = bulk.get("supported").and_then(Json::as_bool) == Some(true);
        (is_offered && offer.operations > 1 && offer.bytes > ROOM).then_some(offer)
    }
}

/// Bytes of a request beside its operations, and some to spare.
const ROOM: usize = 512;

/// One change that waits to be sent, and who hears of it.
struct Waiting {
    operation: Json,
    size: usize,
    /// Which attempt it is, from 1.
    attempt: u32,
    tell: oneshot::Sender<Said>,
}

/// Gathers changes.
#[derive(Default)]
pub(super) struct Bulk {
    waiting: Mutex<Vec<Waiting>>,
}

impl Bulk {
    /// Sends a change together with others.
    pub(super) async fn send(
        &self,
        courier: &Courier,
        offer: Offer,
        method: &Method,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Said, TargetError> {
        let mut operation = json!({ "method": method.as_str(), "path": path });
        if let Some(body) = body {
            operation["data"] = body.clone();
        }
        let mut attempt = 1;
        loop {
            let said = self.once(courier, offer, (&operation, attempt)).await?;
            let Said::Reply(reply) = said else { return Ok(Said::Nothing) };
            match Means::of(reply.status) {
                Means::Answer => return Ok(Said::Reply(reply)),
                Means::MaybeDone => return Ok(Said::Nothing),
                Means::LockedOut => return Err(courier.locked_out()),
                Means::Later if attempt >= courier.attempts() => return Err(courier.busy()),
                Means::Later => attempt += 1,
            }
        }
    }

    /// Sends it once, with what others have to send.
    async fn once(
        &self,
        courier: &Courier,
        offer: Offer,
        (operation, attempt): (&Json, u32),
    ) -> Result<Said, TargetError> {
        let size = operation.to_string().len() + ROOM / 8;
        let (tell, told) = oneshot::channel();
        let is_first = {
            let mut waiting = self.all();
            waiting.push(Waiting { operation: operation.clone(), size, attempt, tell });
            waiting.len() == 1
        };
        if is_first {
            self.gather(offer).await;
            while let Some(batch) = self.batch(offer) {
                if let Err(error) = deliver(courier, batch).await {
                    // Nobody would send those that came meanwhile.
                    self.all().clear();
                    return Err(error);
                }
            }
        }
        // Whoever was to send it has gone away in the middle: it may have been done.
        Ok(told.await.unwrap_or(Said::Nothing))
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the others that are ready come first.
    async fn gather(&self, offer: Offer) {
        let mut before = 0;
        loop {
            tokio::task::yield_now().await;
            let now = self.all().len();
            if now == before || now >= offer.operations {
                return;
            }
            before = now;
        }
    }

    /// As many as one request takes.
    fn batch(&self, offer: Offer) -> Option<Vec<Waiting>> {
        let mut waiting = self.all();
        let (mut bytes, mut count) = (ROOM, 0);
        for it in waiting.iter().take(offer.operations) {
            bytes += it.size;
            // One that is too large alone is sent alone: the provider says what it thinks.
            if bytes > offer.bytes && count > 0 {
                break;
            }
            count += 1;
        }
        let batch: Vec<Waiting> = waiting.drain(..count).collect();
        (!batch.is_empty()).then_some(batch)
    }
}

/// What the status of one operation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    /// It is the answer.
    Answer,
    /// The provider fell over it: it may have been done.
    MaybeDone,
    /// It was not done for want of time: send it again.
    Later,
    /// Our credentials were refused.
    LockedOut,
}

impl Means {
    /// As for a call of its own (`connect::http`); none says here for how long to wait.
    fn of(status: u16) -> Self {
        match status {
            401 => Self::LockedOut,
            429 | 503 => Self::Later,
            // Not implemented, version, loop: no later attempt changes them.
            501 | 505 | 506 | 508 | 510 => Self::Answer,
            408 | 425 | 500..600 => Self::MaybeDone,
            _ => Self::Answer,
        }
    }
}

async fn deliver(courier: &Courier, batch: Vec<Waiting>) -> Result<(), TargetError> {
    let (mut operations, mut tell) = (Vec::new(), Vec::new());
    let attempt = batch.iter().map(|it| it.attempt).max().unwrap_or(1);
    for (at, it) in batch.into_iter().enumerate() {
        let Waiting { mut operation, size: _, attempt: _, tell: who } = it;
        operation["bulkId"] = json!(at.to_string());
        operations.push(operation);
        tell.push(Some(who));
    }
    let body = json!({ "schemas": [SCHEMA], "Operations": operations });
    let said = courier.call_once(Method::POST, "Bulk", None, Some(&body)).await?;
    let Said::Reply(reply) = said else { return Ok(()) };
    let answer: Json = serde_json::from_slice(&reply.body).unwrap_or_default();
    let mut later = Vec::new();
    for it in answer.get("Operations").and_then(Json::as_array).into_iter().flatten() {
        let at = it.get("bulkId").and_then(Json::as_str).and_then(|id| id.parse::<usize>().ok());
        let Some(who) = at.and_then(|at| tell.get_mut(at)).and_then(Option::take) else { continue };
        match reply_of(it) {
            Some(own) if Means::of(own.status) == Means::Later => later.push((who, own)),
            Some(own) => drop(who.send(Said::Reply(own))),
            None => {}
        }
    }
    if !later.is_empty() {
        courier.hold_back(attempt).await?;
    }
    for (who, own) in later {
        let _ = who.send(Said::Reply(own));
    }
    // A request that was refused as a whole was not carried out: each hears the same.
    if reply.status >= 400 {
        for who in tell.into_iter().flatten() {
            let Reply { status, body, earlier } = &reply;
            let own = Reply { status: *status, body: body.clone(), earlier: *earlier };
            let _ = who.send(Said::Reply(own));
        }
    }
    Ok(())
}

/// The answer to one operation (RFC 7644 §3.7.3): its status is a text, or stands in `code`.
fn reply_of(it: &Json) -> Option<Reply> {
    let status = it.get("status")?;
    let status = status.as_str().or_else(|| status.get("code")?.as_str());
    let status = status.and_then(|text| text.parse().ok());
    let status = status.or_else(|| u16::try_from(it.get("status")?.as_u64()?).ok())?;
    let id = it.get("location").and_then(Json::as_str);
    let id = id.and_then(|location| location.trim_end_matches('/').rsplit('/').next());
    let body = match (it.get("response"), id) {
        (Some(response), _) if response.get("id").is_some() => response.clone(),
        (_, Some(id)) => json!({ "id": id }),
        (response, None) => response.cloned().unwrap_or_default(),
    };
    Some(Reply { status, body: Bytes::from(body.to_string()), earlier: Earlier::NotDone })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_must_be_one() {
        let config = |supported: bool, operations: u64, bytes: u64| json!({ "bulk": { "supported": supported, "maxOperations": operations, "maxPayloadSize": bytes } });
        assert_eq!(
            Offer::of(&config(true, 1000, 1 << 20)),
            Some(Offer { operations: 1000, bytes: 1 << 20 })
        );
        for wrong in
            [config(false, 1000, 1 << 20), config(true, 0, 1 << 20), config(true, 9, 0), json!({})]
        {
            assert_eq!(Offer::of(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_batch_is_no_larger_than_the_provider_takes() {
        let bulk = Bulk::default();
        for at in 0..10 {
            let operation = json!({ "path": at });
            bulk.all().push(Waiting {
                operation,
                size: 100,
                attempt: 1,
                tell: oneshot::channel().0,
            });
        }
        let sizes = |offer| -> Vec<usize> {
            std::iter::from_fn(|| bulk.batch(offer)).map(|batch| batch.len()).collect()
        };
        assert_eq!(sizes(Offer { operations: 4, bytes: 1 << 20 }), [4, 4, 2]);
        for _ in 0..3 {
            let operation = json!({});
            bulk.all().push(Waiting {
                operation,
                size: 5000,
                attempt: 1,
                tell: oneshot::channel().0,
            });
        }
        assert_eq!(sizes(Offer { operations: 4, bytes: 6000 }), [1, 1, 1]);
    }

    /// RFC 7644 §3.7.3: the status is a text or a complex value.
    #[test]
    fn each_answer_is_its_operations_own() {
        for (answer, status, id) in [
            (json!({ "status": "201", "location": "https://x/v2/Users/92b7" }), 201, Some("92b7")),
            (json!({ "status": { "code": "204" } }), 204, None),
            (json!({ "status": 409, "response": { "scimType": "uniqueness" } }), 409, None),
            (
                json!({ "status": "200", "response": { "id": "a" }, "location": "https://x/Users/b" }),
                200,
                Some("a"),
            ),
        ] {
            let reply = reply_of(&answer).unwrap();
            let body: Json = serde_json::from_slice(&reply.body).unwrap_or_default();
            assert_eq!((reply.status, body.get("id").and_then(Json::as_str)), (status, id));
        }
        assert!(reply_of(&json!({ "status": "many" })).is_none());
    }
}
