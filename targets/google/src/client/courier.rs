//! Brings calls to one of Google's services on behalf of one subject: many in one request, by
//! the quotas, again where that can help, and honest about what may have been done.

use std::time::Duration;

use connect::http::{Client, Earlier, Error, Fault};
use connect::pacer::{Denied, Lane, Pacer};
use rand::Rng as _;
use state::TargetError;
use tokio::time::Instant;

use super::answer::{Answer, Lock, Next};
use super::chance::Chance;
use super::limits::{NEW_USERS, Service};
use super::part::Part;
use super::queue::{Queue, Room};
use super::ripeness::{Known, Ripeness, Turn};
use super::scopes::{Function, scope_lines};
use crate::locked::Locked;
use crate::settings::Settings;

/// How often a call is made at most, when the service wants time (reference/google.md §1.4: as
/// often as gam does).
const TRIES: u32 = 10;
/// What a service that has had too many calls may ask for at least: its quotas are of a minute
/// (reference/google.md §1.5).
const SHORT: Duration = Duration::from_mins(1);
/// How often a member is added alone when the service says that there is no such thing, though
/// nothing was just made (reference/google.md §2.2: gam does so, too).
const TRIES_WHEN_GONE: u32 = 3;

/// Refusals that mean "not there" of what was just made (reference/google.md §1.3, §2.1).
const NOT_YET: [&str; 3] = ["invalidMember", "IneligibleOwner", "UserCannotOwnCourse"];

/// Why nothing more can be called. Told to each call that waits.
#[derive(Debug, Clone)]
pub(crate) enum Stop {
    Http(Error),
    Pace(Denied),
}

/// What came of a call.
#[derive(Debug)]
pub(crate) enum Said {
    /// The service answered.
    Reply(Answer),
    /// It did not, as often as we tried: what was asked may have been done.
    Nothing,
}

/// What came of reading one thing.
#[derive(Debug)]
pub(crate) enum Found {
    Here(Answer),
    NotThere,
    /// Trouble with it, or it is closed to us: 500 of a course without an owner
    /// (reference/google.md §2.2), 403 of one that Google has suspended (§2.1). Passing trouble
    /// looks the same: whether it is there is not known.
    Unclear(Answer),
}

/// What "not there" means to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// What it says.
    Answer,
    /// Something that was just made is not seen everywhere yet: try for a while.
    NotYet,
    /// A batch may say so wrongly: try alone.
    Doubtful,
}

/// One of Google's services and one subject.
pub(crate) struct Courier {
    target: String,
    pub(crate) service: Service,
    pub(super) client: Client,
    pub(super) pacer: Pacer,
    /// What all subjects share.
    pub(super) project: Option<Pacer>,
    pub(super) lane: Lane,
    pub(super) queue: Queue,
    /// What goes in one request.
    pub(super) room: Room,
    /// What permissions are needed for, by these settings: what to paste where one is missing.
    pub(super) functions: Vec<Function>,
    /// How long a call waits for what was just made.
    patience: Duration,
    /// From what age on it takes accounts, and knows courses in batches.
    accounts: Ripeness,
    courses: Ripeness,
    /// What was refused one after another.
    pub(super) chance: Chance,
}

/// Since when something is tried.
pub(crate) struct Since {
    began: Instant,
    looks: u32,
}

impl Since {
    pub(crate) fn now() -> Self {
        Self { began: Instant::now(), looks: 0 }
    }
}

/// Whether it was waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    Yes,
    /// For long enough.
    Enough,
}

/// How a call goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    WithOthers,
    Alone,
}

/// The tries of one call.
struct Trying {
    began: Instant,
    tries: u32,
    renewed: bool,
    way: Way,
    earlier: Earlier,
}

impl Courier {
    pub(super) fn new(
        target: &str,
        service: Service,
        client: Client,
        project: Option<Pacer>,
        settings: &Settings,
    ) -> Self {
        let pacer = Pacer::new(service.limits(&settings.quotas));
        let room = service.room(&settings.quotas);
        let (target, lane, queue) = (target.to_owned(), Lane::new("run"), Queue::default());
        let patience = Duration::from_secs(settings.wait_seconds.into());
        let (accounts, courses) = (Ripeness::default(), Ripeness::default());
        Self {
            target,
            service,
            client,
            pacer,
            project,
            lane,
            queue,
            room,
            functions: scope_lines(settings),
            patience,
            accounts,
            courses,
            chance: Chance::new(settings.quotas.users(NEW_USERS)),
        }
    }

    /// Makes a call, and again where that can help.
    ///
    /// # Errors
    ///
    /// When nothing more can be called: [`TargetError`].
    pub(crate) async fn ask(&self, part: Part, gone: Gone) -> Result<Said, TargetError> {
        let said = self.try_to(part, gone).await.map_err(|stop| self.failed(stop))?;
        if let Said::Reply(Answer { next: Next::Locked(lock), .. }) = &said {
            return Err(self.denied(Locked::new(self.service, *lock)));
        }
        Ok(said)
    }

    /// Reads: no answer, and any refusal but "not there", is an error.
    pub(crate) async fn read(&self, part: Part) -> Result<Option<Answer>, TargetError> {
        let label = part.label;
        match self.find(part).await? {
            Found::Here(answer) => Ok(Some(answer)),
            Found::NotThere => Ok(None),
            Found::Unclear(answer) => Err(self.unreadable(label, &answer)),
        }
    }

    /// Reads one thing, with which alone there may be trouble.
    pub(crate) async fn find(&self, part: Part) -> Result<Found, TargetError> {
        let label = part.label;
        match self.ask(part, Gone::Answer).await? {
            Said::Reply(answer) => match answer.next {
                Next::Fine => Ok(Found::Here(answer)),
                Next::NotThere => Ok(Found::NotThere),
                Next::Busy if answer.status == 500 => Ok(Found::Unclear(answer)),
                Next::Refused if answer.status == 403 => Ok(Found::Unclear(answer)),
                Next::TooMany { .. }
                | Next::Busy
                | Next::Soon
                | Next::Taken
                | Next::Stale
                | Next::Locked(_)
                | Next::Refused => Err(self.unreadable(label, &answer)),
            },
            Said::Nothing => Err(self.unread(label, "no answer")),
        }
    }

    /// Something that must be read cannot be.
    pub(crate) fn unreadable(&self, label: &str, answer: &Answer) -> TargetError {
        if answer.next == Next::Refused && answer.status == 403 {
            return self.denied(Locked::new(self.service, Lock::Role));
        }
        self.unread(label, &answer.code)
    }

    fn unread(&self, label: &str, code: &str) -> TargetError {
        TargetError::Unavailable {
            target: self.target.clone(),
            detail: format!("{label} could not be read ({code})"),
            source: code.into(),
        }
    }

    /// Waits before something is tried for the next time; not when that would be over `most`
    /// since it began.
    pub(crate) async fn pause(&self, since: &mut Since, most: Duration) -> Waited {
        since.looks += 1;
        let wait = self.backoff(since.looks);
        if since.began.elapsed() + wait >= most.min(self.patience) {
            return Waited::Enough;
        }
        tokio::time::sleep(wait).await;
        Waited::Yes
    }

    /// Makes a call once or as often as helps; what is locked is an answer, too.
    pub(crate) async fn try_to(&self, part: Part, gone: Gone) -> Result<Said, Stop> {
        let (began, way) = (Instant::now(), Way::WithOthers);
        let mut trying = Trying { began, tries: 0, renewed: false, way, earlier: Earlier::NotDone };
        loop {
            let Some(turns) = self.turns(&part, &trying).await else {
                return Ok(Said::Reply(Answer::too_young(trying.earlier)));
            };
            trying.tries += 1;
            let got = match trying.way {
                Way::WithOthers => self.with_others(part.clone()).await,
                Way::Alone => self.alone(&part).await,
            };
            let wait = match got? {
                None => {
                    trying.earlier = Earlier::MaybeDone;
                    if trying.tries >= TRIES {
                        return Ok(Said::Nothing);
                    }
                    self.backoff(trying.tries)
                }
                Some(mut answer) => {
                    answer.earlier = trying.earlier;
                    if turns.heard(&answer) {
                        trying.tries -= 1;
                        continue;
                    }
                    match self.again(&mut trying, &mut answer, gone).await {
                        Some(wait) => wait,
                        None => return Ok(Said::Reply(answer)),
                    }
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Waits until a call about what was just made can do good; `None` when that is too late.
    async fn turns(&self, part: &Part, trying: &Trying) -> Option<Turns<'_>> {
        let until = trying.began + self.patience;
        // The account first: whoever sees for all courses must not wait for an account.
        let account = match part.fresh.account {
            Some(made) => Some(self.accounts.turn(made, until).await?),
            None => None,
        };
        let course = match part.fresh.course {
            Some(made) if trying.way == Way::WithOthers => {
                Some(self.courses.turn(made, until).await?)
            }
            Some(_) | None => None,
        };
        Some(Turns { account, course })
    }

    /// How long to wait before the same call is made again; `None` when it is not.
    async fn again(
        &self,
        trying: &mut Trying,
        answer: &mut Answer,
        gone: Gone,
    ) -> Option<Duration> {
        let is_gone = answer.next == Next::NotThere || NOT_YET.contains(&answer.code.as_str());
        match answer.next {
            Next::NotThere | Next::Refused if is_gone => match gone {
                Gone::Answer => None,
                Gone::NotYet => self.in_a_while(trying),
                Gone::Doubtful => {
                    trying.way = Way::Alone;
                    (trying.tries < TRIES_WHEN_GONE).then(|| self.backoff(trying.tries))
                }
            },
            Next::Soon => self.in_a_while(trying),
            Next::TooMany { after } => {
                let wait = self.backoff(trying.tries);
                // Who is told to come back tomorrow does not wait for it.
                let is_long = after.is_some_and(|after| after > self.patience.max(SHORT));
                (trying.tries < TRIES && !is_long).then(|| after.map_or(wait, |it| it.max(wait)))
            }
            Next::Busy => {
                trying.earlier = Earlier::MaybeDone;
                (trying.tries < TRIES).then(|| self.backoff(trying.tries))
            }
            Next::Stale if !trying.renewed => {
                trying.renewed = true;
                self.client.renew_token().await;
                Some(Duration::ZERO)
            }
            Next::Stale => {
                answer.next = Next::Locked(Lock::Token);
                None
            }
            Next::Fine | Next::Taken | Next::NotThere | Next::Locked(_) | Next::Refused => None,
        }
    }

    /// What was just made is seen everywhere in a while; alone, a call is sure to be new.
    fn in_a_while(&self, trying: &mut Trying) -> Option<Duration> {
        trying.way = Way::Alone;
        let wait = self.backoff(trying.tries.min(TRIES));
        (trying.began.elapsed() + wait < self.patience).then_some(wait)
    }

    /// Twice as long each time, less a random part of up to a half.
    fn backoff(&self, tries: u32) -> Duration {
        let retry = &self.client.settings().retry;
        let doubled = 2_u64.saturating_pow(tries.saturating_sub(1));
        let doubled = Duration::from_millis(retry.first_wait_ms.saturating_mul(doubled));
        let most = doubled.min(Duration::from_secs(retry.max_wait_seconds));
        most.mul_f64(1.0 - rand::rng().random::<f64>() / 2.0)
    }

    pub(crate) fn failed(&self, stop: Stop) -> TargetError {
        let target = self.target.clone();
        match stop {
            Stop::Http(error) if is_locked_out(&error) => self.closed_by(error).denied(&target),
            Stop::Http(error) => {
                let detail = error.to_string();
                TargetError::Unavailable { target, detail, source: Box::new(error) }
            }
            Stop::Pace(denied) => {
                let detail = denied.to_string();
                TargetError::Unavailable { target, detail, source: Box::new(denied) }
            }
        }
    }

    fn denied(&self, locked: Locked) -> TargetError {
        TargetError::Denied { target: self.target.clone(), source: Box::new(locked) }
    }
}

/// The turns to call about what was just made.
struct Turns<'r> {
    account: Option<Turn<'r>>,
    /// Not where the call goes alone.
    course: Option<Turn<'r>>,
}

impl Turns<'_> {
    /// Whether the call is made again when what was made before is known.
    fn heard(self, answer: &Answer) -> bool {
        let Self { account, course } = self;
        let is_gone = answer.next == Next::NotThere;
        let [of_account, of_course] = if answer.is_fine() {
            [Known::Yes; 2]
        } else if answer.is_too_young() {
            // Which of the two is looked at first is Google's own.
            [Known::No, Known::Untold]
        } else if is_gone {
            [Known::Untold, Known::No]
        } else {
            [Known::Untold; 2]
        };
        let waits = [(account, of_account), (course, of_course)];
        let waits = waits.map(|(turn, known)| turn.is_some_and(|turn| turn.heard(known)));
        waits.contains(&true)
    }
}

pub(super) fn is_locked_out(error: &Error) -> bool {
    matches!(*error.fault, Fault::Denied { .. } | Fault::Unauthorized { .. } | Fault::NoGrant(_))
}
