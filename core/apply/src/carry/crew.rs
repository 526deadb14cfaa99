//! Calls on their way: as many at once as the target takes. The journal is written while
//! others go on, all that is to be written at one time.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::{Pin, pin};
use std::task::Poll;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use state::{Call, Material, Outcome, Receipt, Target};

use super::jobs::{InJournal, Jobs};
use super::look::{Sight, damaged, is_done, laid_over};
use super::{
    ByNumber, Carrier, CarryError, Entry, JournalError, Known, Materials, Standing, deliver,
    without_skipped,
};

/// How often a call is sent again when reading the receiver has told that it was not done.
const AGAIN: u8 = 2;

/// Code of a call that was sent and never confirmed, though the receiver could be read.
const UNCONFIRMED: &str = "unconfirmed";

type Sent = (u32, Result<Receipt, CarryError>);
type OnTheWay<'a> = FuturesUnordered<Pin<Box<dyn Future<Output = Sent> + Send + 'a>>>;

pub(super) struct Crew<'a, 'c, 'j> {
    target: &'a dyn Target,
    operations: ByNumber<'a>,
    materials: &'a dyn Materials,
    carrier: &'c mut Carrier<'j>,
    jobs: Jobs,
    standings: BTreeMap<u32, Standing>,
    /// Calls that may have been done: looked for before the next stage.
    doubts: BTreeSet<u32>,
    /// Why nothing more is sent.
    failure: Option<CarryError>,
}

impl<'a, 'c, 'j> Crew<'a, 'c, 'j> {
    pub(super) fn new(
        target: &'a dyn Target,
        operations: ByNumber<'a>,
        materials: &'a dyn Materials,
        carrier: &'c mut Carrier<'j>,
    ) -> Self {
        let jobs = Jobs::new(target.bundle(operations.0), operations);
        let (standings, doubts) = (BTreeMap::new(), BTreeSet::new());
        Self { target, operations, materials, carrier, jobs, standings, doubts, failure: None }
    }

    pub(super) async fn work(mut self) -> Result<BTreeMap<u32, Standing>, CarryError>
    where
        'j: 'a,
    {
        self.take_up();
        self.look().await?;
        let timer = self.carrier.timer;
        let (mut on_the_way, mut back) = (OnTheWay::new(), Vec::new());
        loop {
            // After a failure nothing more is sent.
            let has_failed = back.iter().any(|(_, sent): &Sent| sent.is_err());
            let starting =
                if has_failed { Vec::new() } else { self.choose(on_the_way.len(), back.len()) };
            if starting.is_empty() && back.is_empty() {
                if let Some(sent) = on_the_way.next().await {
                    back.push(sent);
                    gather(&mut on_the_way, &mut back).await;
                    continue;
                }
                if let Some(failure) = self.failure.take() {
                    return Err(failure);
                }
                if self.doubts.is_empty() {
                    return Ok(self.standings);
                }
                self.look().await?;
                continue;
            }
            let arrived = std::mem::take(&mut back);
            let entries = entries(&self.jobs, &starting, &arrived);
            let written = self.carrier.journal.write(&entries);
            while_sending(written, &mut on_the_way, &mut back).await?;
            for (at, sent) in arrived {
                self.jobs.came_back(at);
                self.arrived(at, sent);
            }
            let (target, materials) = (self.target, self.materials);
            for at in starting {
                let job = &mut self.jobs.all[at as usize];
                job.journal = InJournal::Yes;
                let (call, seen) = (job.call.clone(), job.seen.clone());
                let operations = self.operations.of(&call);
                on_the_way.push(Box::pin(async move {
                    let sent = match seen {
                        None => deliver(target, &call, &operations, materials, timer).await,
                        Some(seen) => correct(target, &call, &operations, materials, seen).await,
                    };
                    (at, sent)
                }));
            }
        }
    }

    /// What has become of the calls that were sent before.
    pub(super) async fn look_back(mut self) -> Result<BTreeMap<u32, Standing>, CarryError> {
        self.take_up();
        self.look().await?;
        Ok(self.standings)
    }

    /// What the journal knows of a run that was cut off, call by call in the order in which they
    /// could go: so what a call went without is left out of it again.
    fn take_up(&mut self) {
        let (mut unknown, mut place) = (Vec::new(), 0);
        loop {
            while let Some(at) = self.jobs.next() {
                if !self.take_up_one(at) {
                    unknown.push(at);
                }
            }
            // It went without what it needs, since calls needed each other in a circle.
            let journal = &self.carrier.journal;
            let known = |job: &super::jobs::Job| journal.known(job.number).is_some();
            let Some(at) = self.jobs.next_waiting(&mut place, known) else { break };
            if !self.take_up_one(at) {
                unknown.push(at);
            }
        }
        for at in unknown {
            self.jobs.again(at);
        }
    }

    /// False for a call that is to be sent.
    fn take_up_one(&mut self, at: u32) -> bool {
        let job = &mut self.jobs.all[at as usize];
        let Some(known) = self.carrier.journal.known(job.number) else { return false };
        job.journal = InJournal::Yes;
        // A set is delivered again, whole: that is the same as once.
        let Some(object) = job.call.about else { return false };
        without_skipped(&mut job.call, self.operations, &mut self.standings);
        let is_one = job.call.operations.len() == 1;
        let standing = match known {
            // Which of several operations were refused is not in the journal: it is looked for.
            Known::Refused { code } if is_one => Standing::Refused { code },
            // Which of several operations were refused is not in the journal: it is looked for.
            Known::Refused { .. } | Known::Unknown => {
                self.doubts.insert(at);
                return true;
            }
            Known::Done { receiver_id } => Standing::Done { receiver_id },
        };
        if let Standing::Done { receiver_id: Some(id) } = &standing {
            self.materials.ids().made(object, id);
        }
        let numbers = job.call.operations.iter();
        self.standings.extend(numbers.map(|number| (*number, standing.clone())));
        self.jobs.settle(at);
        true
    }

    /// Takes the calls that may go now. What has come `back` and is not in the journal yet is
    /// not settled.
    fn choose(&mut self, on_the_way: usize, back: usize) -> Vec<u32> {
        let mut starting = Vec::new();
        if self.failure.is_some() {
            return starting;
        }
        let width = self.target.width().max(1);
        while on_the_way + starting.len() < width {
            let under_way = on_the_way + back + starting.len();
            let is_idle = under_way == 0 && self.doubts.is_empty();
            let next = self.jobs.next();
            let next = if is_idle { next.or_else(|| self.jobs.next_of_circle()) } else { next };
            let Some(at) = next else { break };
            let call = &mut self.jobs.all[at as usize].call;
            without_skipped(call, self.operations, &mut self.standings);
            if call.operations.is_empty() {
                self.jobs.settle(at);
            } else {
                self.jobs.goes(at);
                starting.push(at);
            }
        }
        starting
    }

    /// What came back is in the journal now.
    fn arrived(&mut self, at: u32, sent: Result<Receipt, CarryError>) {
        let receipt = match sent {
            Ok(receipt) => receipt,
            Err(error) => {
                self.failure.get_or_insert(error);
                return;
            }
        };
        let job = &mut self.jobs.all[at as usize];
        if is_unsure(&receipt) {
            job.doubts += 1;
            self.doubts.insert(at);
            return;
        }
        for (number, outcome) in job.call.operations.iter().zip(receipt.outcomes) {
            let standing = match outcome {
                Outcome::Done { receiver_id } => Standing::Done { receiver_id },
                Outcome::AlreadySo | Outcome::Unsure => Standing::Done { receiver_id: None },
                Outcome::Refused { code } => Standing::Refused { code },
            };
            if let (Standing::Done { receiver_id: Some(id) }, Some(object)) =
                (&standing, job.call.about)
            {
                self.materials.ids().made(object, id);
            }
            self.standings.insert(*number, standing);
        }
        self.jobs.settle(at);
        let (done, all) = (self.standings.len() as u64, self.operations.0.len() as u64);
        self.carrier.progress.settled(done, all);
    }

    /// Looks for what may have been done, and puts back what was not.
    async fn look(&mut self) -> Result<(), CarryError> {
        if self.doubts.is_empty() {
            return Ok(());
        }
        let doubts = std::mem::take(&mut self.doubts);
        let objects = doubts.iter().filter_map(|at| self.jobs.all[*at as usize].call.about);
        let ids = self.materials.ids();
        let mut sight = Sight::of(self.target, objects.collect(), ids).await?;
        let mut settled = Vec::new();
        for at in doubts {
            let job = &mut self.jobs.all[at as usize];
            let Some(object) = job.call.about else { continue };
            let (is_shut, rows) = (sight.is_shut(object), sight.rows(object));
            let operations = self.operations.of(&job.call);
            let outcome = if is_shut {
                // Not known, and not to be had: the next plan sees to it again.
                Outcome::Refused { code: UNCONFIRMED.to_owned() }
            } else if is_done(&operations, &rows)? {
                Outcome::Done { receiver_id: sight.receiver_id(object) }
            } else if job.doubts > AGAIN {
                Outcome::Refused { code: UNCONFIRMED.to_owned() }
            } else {
                job.seen = Some(rows);
                if let Some(id) = sight.receiver_id(object) {
                    ids.made(object, &id);
                }
                self.jobs.again(at);
                continue;
            };
            let outcomes = vec![outcome; job.call.operations.len()];
            settled.push((at, Ok(Receipt { outcomes, notes: Vec::new() })));
        }
        let entries = entries(&self.jobs, &[], &settled);
        self.carrier.journal.write(&entries).await?;
        for (at, sent) in settled {
            self.arrived(at, sent);
        }
        Ok(())
    }
}

/// What became of calls that came back, and those that are about to be sent.
fn entries<'e>(jobs: &'e Jobs, starting: &[u32], arrived: &'e [Sent]) -> Vec<Entry<'e>> {
    let job = |at: u32| &jobs.all[at as usize];
    let settled = arrived.iter().map(|(at, sent)| {
        let receipt = sent.as_ref().ok().filter(|receipt| !is_unsure(receipt));
        Entry::Settled { number: job(*at).number, call: &job(*at).call, receipt }
    });
    let new = starting.iter().map(|at| job(*at)).filter(|job| job.journal == InJournal::No);
    let new = new.map(|job| Entry::Sent { number: job.number, call: &job.call });
    settled.chain(new).collect()
}

/// Sends a call again with what was seen at the receiver in place of what was remembered.
async fn correct(
    target: &dyn Target,
    call: &Call,
    operations: &[state::Operation],
    materials: &dyn Materials,
    seen: Vec<Vec<u8>>,
) -> Result<Receipt, CarryError> {
    let mut material = materials.of(call, operations)?;
    if let Material::Object(resource) = &mut material {
        resource.after = laid_over(&seen, operations).map_err(damaged)?;
        resource.before = seen;
    }
    Ok(target.send(call, operations, material).await?)
}

fn is_unsure(receipt: &Receipt) -> bool {
    receipt.outcomes.contains(&Outcome::Unsure)
}

/// Takes in what has come back already, without waiting.
async fn gather(on_the_way: &mut OnTheWay<'_>, back: &mut Vec<Sent>) {
    std::future::poll_fn(|context| {
        while let Poll::Ready(Some(sent)) = on_the_way.poll_next_unpin(context) {
            back.push(sent);
        }
        Poll::Ready(())
    })
    .await;
}

/// Writes the journal while calls on their way go on.
async fn while_sending(
    written: impl Future<Output = Result<(), JournalError>>,
    on_the_way: &mut OnTheWay<'_>,
    back: &mut Vec<Sent>,
) -> Result<(), JournalError> {
    let mut written = pin!(written);
    std::future::poll_fn(|context| {
        while let Poll::Ready(Some(sent)) = on_the_way.poll_next_unpin(context) {
            back.push(sent);
        }
        written.as_mut().poll(context)
    })
    .await
}
