//! One call through a pacer: admitted, made, told how it went, made again where that can help.
//!
//! For receivers whose answers are small, and for their lists, page by page. A create that failed in the middle may have been
//! carried out: [`Earlier`] says so, since "exists already" then means something else.

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::answer::{Answer, json_error};
use super::classify;
use super::error::{Error, Fault, Nonsense, Place};
use super::request::Request;
use super::retry::{self, Retry};
use super::settings::RetrySettings;
use crate::pacer::{Cost, Denied, Lane, Outcome, Pacer};

/// What a connector knows of its receiver's refusals and no status tells, e.g. that a 403 with
/// `rateLimitExceeded` means "too many". Asked about each answer that is no success.
pub type Judge = fn(&Reply) -> Option<Fault>;

/// By whom a call is paced, for whom, at what cost, and how often it may be made.
///
/// The client's time limits must be over the time for which the receiver makes calls wait.
#[derive(Clone, Copy)]
pub struct Pace<'a> {
    pacer: &'a Pacer,
    lane: &'a Lane,
    cost: &'a Cost,
    budget: &'a RetrySettings,
    judge: Judge,
    body: Body,
}

/// How large the body of an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    /// `max_whole_mb`.
    Whole,
    /// `max_body_mb`.
    List,
}

impl<'a> Pace<'a> {
    /// The time in `budget` counts while the call is made and while it waits after a failure,
    /// not while the pacer makes it wait.
    #[must_use]
    pub fn new(
        pacer: &'a Pacer,
        lane: &'a Lane,
        cost: &'a Cost,
        budget: &'a RetrySettings,
    ) -> Self {
        Self { pacer, lane, cost, budget, judge: |_| None, body: Body::Whole }
    }

    /// Asks the connector about refusals first.
    #[must_use]
    pub fn judged_by(self, judge: Judge) -> Self {
        Self { judge, ..self }
    }

    /// Takes an answer as large as what is read in pieces: a list that comes at once.
    #[must_use]
    pub fn of_list(self) -> Self {
        Self { body: Body::List, ..self }
    }
}

/// Whether an attempt that failed may have been carried out all the same: its answer was lost,
/// or the receiver fell over in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// No: nothing was sent before, or it was turned away.
    NotDone,
    /// Perhaps. Look before you believe "exists already" or "not there".
    MaybeDone,
}

/// An answer with its whole body.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body, unpacked.
    pub body: Bytes,
    /// Of the attempts before this one.
    pub earlier: Earlier,
    headers: HeaderMap,
    place: Place,
}

impl Reply {
    /// A header's value, where it is there and readable.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| json_error(self.place.clone(), &error))
    }

    fn is_success(&self) -> bool {
        StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success())
    }
}

/// Why a paced call has no success, by what the caller does next.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unmade {
    /// The receiver refused what was asked. Look at the answer, report, go on.
    #[error("{error}")]
    Refused {
        /// Classified.
        error: Error,
        /// What it answered; knows of the attempts before.
        reply: Box<Reply>,
    },
    /// It failed as often as the budget allows, or in a way that no attempt helps.
    #[error("{error}")]
    Failed {
        /// The last failure.
        error: Error,
        /// Of all attempts, the last one included.
        earlier: Earlier,
    },
    /// The pacer lets nobody through. Stop calling this receiver.
    #[error("{denied}")]
    Denied {
        /// Why.
        denied: Denied,
        /// Of the attempts before.
        earlier: Earlier,
    },
}

impl Unmade {
    /// Whether what was asked may have been carried out all the same.
    #[must_use]
    pub fn earlier(&self) -> Earlier {
        match self {
            Self::Refused { error: _, reply } => reply.earlier,
            Self::Failed { error: _, earlier } | Self::Denied { denied: _, earlier } => *earlier,
        }
    }
}

/// How one attempt went.
enum Attempt {
    Done(Reply),
    Refused(Error, Reply),
    /// Another attempt may help.
    Failed(Error),
}

impl Request {
    /// Makes the call by a pacer, and again where that can help.
    ///
    /// A call that is [`Repeat::Never`](super::Repeat::Never) is made again only after a failure
    /// that shows that it was not carried out ("too many", no connection). For a create whose
    /// "exists already" the caller can check, say [`Repeat::Safe`](super::Repeat::Safe).
    pub async fn paced(self, pace: &Pace<'_>) -> Result<Reply, Unmade> {
        let mut retry = Retry::new(pace.budget.clone(), self.repeats());
        let mut earlier = Earlier::NotDone;
        loop {
            let asked = Instant::now();
            let admitted = pace.pacer.admit(pace.lane, pace.cost).await;
            let permit = admitted.map_err(|denied| Unmade::Denied { denied, earlier })?;
            retry.excuse(asked.elapsed());
            if retry.attempt() > 1 {
                pace.pacer.note_retry();
            }
            let attempt = self.attempt(pace, retry.attempt(), earlier).await;
            permit.done(outcome(&attempt));
            let error = match attempt {
                Attempt::Done(reply) => return Ok(reply),
                Attempt::Refused(error, reply) => {
                    return Err(Unmade::Refused { error, reply: Box::new(reply) });
                }
                Attempt::Failed(error) => error,
            };
            if retry::may_be_done(&error.fault) {
                earlier = Earlier::MaybeDone;
            }
            let again = retry.again_paced(error).await;
            again.map_err(|error| Unmade::Failed { error, earlier })?;
        }
    }

    async fn attempt(&self, pace: &Pace<'_>, attempt: u32, earlier: Earlier) -> Attempt {
        let answer = match self.exchange(attempt).await {
            Ok(answer) => answer,
            Err(error) => return Attempt::Failed(error),
        };
        let (status, after) = (answer.status(), answer.retry_after());
        let reply = match whole(answer, pace.body, self.place(), earlier).await {
            Ok(reply) => reply,
            // What was cut off was a refusal all the same.
            Err(cut_off) => {
                let known = classify::number(status, after, None);
                return Attempt::Failed(known.map_or(cut_off, |fault| self.failed(fault, attempt)));
            }
        };
        if reply.is_success() {
            return Attempt::Done(reply);
        }
        let known = classify::number(status, after, classify::code(&reply.body));
        let fault = (pace.judge)(&reply).or(known);
        let fault = fault.unwrap_or(Fault::Nonsense(Nonsense::Status(status)));
        let error = self.failed(fault, attempt);
        if retry::can_help(&error.fault) {
            Attempt::Failed(error)
        } else {
            Attempt::Refused(error, reply)
        }
    }

    fn failed(&self, fault: Fault, attempts: u32) -> Error {
        Error { attempts, ..Error::new(self.place(), fault) }
    }
}

async fn whole(answer: Answer, size: Body, place: Place, earlier: Earlier) -> Result<Reply, Error> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = match size {
        Body::Whole => answer.bytes().await?,
        Body::List => answer.gathered().await?,
    };
    Ok(Reply { status, body, earlier, headers, place })
}

/// What an attempt tells the pacer.
fn outcome(attempt: &Attempt) -> Outcome {
    let error = match attempt {
        Attempt::Done(_) => return Outcome::Ok,
        Attempt::Refused(..) => return Outcome::Refused,
        Attempt::Failed(error) => error,
    };
    match &*error.fault {
        Fault::Throttled { after, .. } => Outcome::Throttled { after: *after },
        Fault::Unavailable { .. } => Outcome::Busy,
        Fault::NoAnswer(_) | Fault::Tls(_) => Outcome::NoAnswer,
        Fault::Unauthorized { .. }
        | Fault::Denied { .. }
        | Fault::Gone { .. }
        | Fault::Refused { .. }
        | Fault::NoGrant(_)
        | Fault::Nonsense(_) => Outcome::Refused,
        // Nothing was sent.
        Fault::Ours(_) => Outcome::Unknown,
    }
}
