//! The way of a call to the wire: with others or alone, when the quotas let it through, and what
//! its answer, or none, comes to.

use connect::http::{Bytes, Error, Fault, Method, NoAnswer, Repeat, Request, Url};
use connect::pacer::{Cost, Outcome, Permit};
use futures_util::future::join_all;
use rand::Rng as _;

use super::answer::{Answer, Next};
use super::batch;
use super::chance::Sort;
use super::courier::{Courier, Stop};
use super::limits::{NEW_USERS, QUERIES, Service};
use super::part::{Counts, Part};
use super::queue::{Got, Heard, Room, Waiting};

impl Courier {
    /// Makes a call together with those that are ready, too.
    pub(super) async fn with_others(&self, part: Part) -> Got {
        let mut place = self.queue.enter(part);
        let mut claimed = self.queue.claim();
        loop {
            let lead = match claimed.take() {
                Some(lead) => lead,
                None => match place.hears().await {
                    Heard::Told(got) => return got,
                    Heard::Turn(lead) => lead,
                },
            };
            self.gather().await;
            let room = self.queue.next(self.room);
            // All were sent by others.
            if room.parts == 0 {
                continue;
            }
            let permits = self.admitted(room).await;
            let batch = self.queue.take(room);
            drop(lead);
            match permits {
                Ok(permits) => self.deliver(batch, permits).await,
                Err(stop) => tell_all(batch, &Err(stop)),
            }
        }
    }

    /// Lets the others that are ready come first.
    async fn gather(&self) {
        let mut before = 0;
        loop {
            tokio::task::yield_now().await;
            let now = self.queue.len();
            if now == before || now >= self.room.parts {
                return;
            }
            before = now;
        }
    }

    /// Makes a call alone.
    pub(super) async fn alone(&self, part: &Part) -> Got {
        let new_users = usize::from(part.counts == Counts::NewUser);
        let permits = self.admitted(Room { parts: 1, new_users }).await?;
        let got = self.one(part).await;
        self.done(permits, outcome_of(&got));
        got
    }

    /// Makes a call once and aside: a single call, at the beginning, says nothing of the pace.
    pub(super) async fn aside(&self, part: &Part) -> Got {
        let permits = self.admitted(Room { parts: 1, new_users: 0 }).await?;
        let got = self.one(part).await;
        self.done(permits, Outcome::Ok);
        got
    }

    async fn admitted(&self, room: Room) -> Result<Permits, Stop> {
        // Before its turn: what is sent late comes closer to what is sent next.
        if let Err(error) = self.client.sign_in().await {
            lost(error)?;
        }
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let mut cost = Cost::none();
        if self.service != Service::GroupSettings {
            cost = cost.draw(QUERIES, count(room.parts));
        }
        if room.new_users > 0 {
            cost = cost.draw(NEW_USERS, count(room.new_users));
        }
        let sort = if room.new_users > 0 { Sort::NewUsers } else { Sort::Plain };
        self.chance.passes(sort).await;
        let own = self.pacer.admit(&self.lane, &cost).await.map_err(Stop::Pace)?;
        self.chance.leave(count(room.new_users));
        let project = match &self.project {
            Some(pacer) => {
                let cost = Cost::none().draw(QUERIES, count(room.parts));
                Some(pacer.admit(&self.lane, &cost).await.map_err(Stop::Pace)?)
            }
            None => None,
        };
        Ok(Permits { own, project, sort })
    }

    /// What came of a request.
    fn done(&self, permits: Permits, outcome: Outcome) {
        let Permits { own, project, sort } = permits;
        own.done(self.chance.judge(sort, outcome));
        if let Some(project) = project {
            project.done(Outcome::Ok);
        }
    }

    async fn deliver(&self, mut batch: Vec<Waiting>, permits: Permits) {
        // In a batch of its own, too, a call shows what batches know of a course.
        let sees = |it: &Waiting| it.part.fresh.course.is_some();
        if batch.len() == 1
            && let Some(waiting) = batch.pop_if(|it| !sees(it))
        {
            let got = self.one(&waiting.part).await;
            self.done(permits, outcome_of(&got));
            let _ = waiting.tell.send(got);
            return;
        }
        let Some(request) = self.batched(&batch) else { return tell_all(batch, &Ok(None)) };
        let sent = match whole(request).await {
            Ok(sent) => sent,
            Err(error) => {
                self.done(permits, Outcome::NoAnswer);
                return tell_all(batch, &lost(error));
            }
        };
        if !sent.answer.is_fine() {
            self.done(permits, outcome(std::slice::from_ref(&sent.answer)));
            if is_of_each(&sent.answer) {
                return tell_all(batch, &Ok(Some(sent.answer)));
            }
            return self.one_by_one(batch).await;
        }
        let answers = batch::decode(&sent.content_type, &sent.answer.body).unwrap_or_default();
        let all: Vec<Answer> = answers.iter().map(|(_, answer)| answer.clone()).collect();
        self.done(permits, outcome(&all));
        let mut batch: Vec<Option<Waiting>> = batch.into_iter().map(Some).collect();
        for (at, answer) in answers {
            if let Some(waiting) = batch.get_mut(at).and_then(Option::take) {
                let _ = waiting.tell.send(Ok(Some(answer)));
            }
        }
        tell_all(batch.into_iter().flatten().collect(), &Ok(None));
    }

    /// A batch was refused for what it is: that says nothing of what is in it.
    async fn one_by_one(&self, batch: Vec<Waiting>) {
        let calls = batch.into_iter().map(|waiting| async move {
            let got = self.alone(&waiting.part).await;
            let _ = waiting.tell.send(got);
        });
        join_all(calls).await;
    }

    /// One request for all of them.
    fn batched(&self, batch: &[Waiting]) -> Option<Request> {
        let boundary = format!("skolbro-{:032x}", rand::rng().random::<u128>());
        let body = batch::encode(batch.iter().map(|it| &it.part), &boundary);
        let kind = format!("multipart/mixed; boundary={boundary}");
        let request = self.request(Method::POST, "/batch", self.service.batch_path())?;
        Some(request.accept("multipart/mixed").body(&kind, body))
    }

    async fn one(&self, part: &Part) -> Got {
        let Some(mut request) = self.request(part.method.clone(), part.label, &part.path) else {
            return Ok(None);
        };
        if let Some(body) = &part.body {
            request = request.json_body(body);
        }
        match whole(request).await {
            Ok(sent) => Ok(Some(sent.answer)),
            Err(error) => lost(error),
        }
    }

    /// A call of an address below the service's own; `None` when it is none.
    fn request(&self, method: Method, label: &'static str, path: &str) -> Option<Request> {
        let base = self.client.base().as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}{path}")).ok()?;
        Some(self.client.call(method, label, &url).repeat(Repeat::Never))
    }
}

/// Whether a refusal of a whole batch holds for each call that is in it.
fn is_of_each(answer: &Answer) -> bool {
    match answer.next {
        Next::TooMany { .. } | Next::Busy | Next::Stale | Next::Locked(_) => true,
        Next::Fine | Next::Soon | Next::Taken | Next::NotThere | Next::Refused => false,
    }
}

/// The leave to send one request.
struct Permits {
    own: Permit,
    project: Option<Permit>,
    sort: Sort,
}

/// An answer with its whole body.
struct Sent {
    content_type: String,
    answer: Answer,
}

async fn whole(request: Request) -> Result<Sent, Error> {
    let answer = request.send_any().await?;
    let (status, after) = (answer.status(), answer.retry_after());
    let content_type = answer.header("content-type").unwrap_or_default().to_owned();
    let answer = Answer::new(status, after, answer.bytes().await?);
    Ok(Sent { content_type, answer })
}

/// What is known of a call that has no answer.
fn lost(error: Error) -> Got {
    match &*error.fault {
        // Not sent, or not signed in for now: as if it had been told to wait.
        Fault::NoAnswer(NoAnswer::Connect | NoAnswer::Proxy)
        | Fault::Throttled { .. }
        | Fault::Unavailable { .. } => Ok(Some(Answer::new(
            429,
            error.retry_after().filter(|_| error.is_sign_in()),
            Bytes::new(),
        ))),
        Fault::NoAnswer(_) | Fault::Nonsense(_) => Ok(None),
        Fault::Unauthorized { .. }
        | Fault::Denied { .. }
        | Fault::Gone { .. }
        | Fault::Refused { .. }
        | Fault::Tls(_)
        | Fault::NoGrant(_)
        | Fault::Ours(_) => Err(Stop::Http(error)),
    }
}

fn tell_all(batch: Vec<Waiting>, got: &Got) {
    for waiting in batch {
        let _ = waiting.tell.send(got.clone());
    }
}

fn outcome_of(got: &Got) -> Outcome {
    match got {
        Ok(Some(answer)) => outcome(std::slice::from_ref(answer)),
        Ok(None) | Err(_) => Outcome::NoAnswer,
    }
}

/// What a request tells the pacer. A few calls of many that were too many wait by themselves;
/// when it is most of them, all wait.
fn outcome(answers: &[Answer]) -> Outcome {
    let (mut many, mut busy, mut longest) = (0, 0, None);
    for answer in answers {
        match answer.next {
            Next::TooMany { after } => {
                many += 1;
                longest = longest.max(after);
            }
            Next::Busy => busy += 1,
            Next::Fine
            | Next::Soon
            | Next::Taken
            | Next::NotThere
            | Next::Stale
            | Next::Locked(_)
            | Next::Refused => {}
        }
    }
    if many * 2 > answers.len() {
        Outcome::Throttled { after: longest }
    } else if busy * 2 > answers.len() {
        Outcome::Busy
    } else {
        Outcome::Ok
    }
}
