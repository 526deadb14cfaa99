//! Which call may go next: what it needs is settled, and so are all earlier stages. Kinds of
//! objects take turns (decision 0029).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use state::{Call, Kind};

use super::ByNumber;
use super::order::Needs;

/// A call and how it stands.
pub(super) struct Job {
    /// Its number in the journal.
    pub(super) number: u32,
    pub(super) call: Call,
    /// What was seen of its object at the receiver, where that was read.
    pub(super) seen: Option<Vec<Vec<u8>>>,
    pub(super) journal: InJournal,
    /// How often it was sent in vain.
    pub(super) doubts: u8,
    /// Its place among the calls that others wait for.
    rank: u32,
    /// How many calls of the same stage must be settled first.
    missing: u32,
    state: State,
}

/// Whether the journal has been told that the call is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum InJournal {
    Yes,
    No,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Taken,
    Settled,
}

/// All calls of a plan, in the order of stages and then of the plan.
pub(super) struct Jobs {
    pub(super) all: Vec<Job>,
    needs: Needs,
    /// Calls that lack nothing, by the kind of the objects that they are about.
    kinds: BTreeMap<Option<Kind>, Turns>,
    /// How many calls of each stage are not settled.
    open: BTreeMap<u16, u32>,
    /// All before it are taken.
    first_waiting: usize,
}

/// The calls about objects of one kind.
#[derive(Default)]
struct Turns {
    /// What lacks nothing: stage, rank and place.
    ready: BinaryHeap<Reverse<(u16, u32, u32)>>,
    on_the_way: usize,
}

impl Turns {
    fn put(&mut self, job: &Job, at: u32) {
        self.ready.push(Reverse((job.call.stage, job.rank, at)));
    }
}

impl Jobs {
    pub(super) fn new(calls: Vec<Call>, operations: ByNumber<'_>) -> Self {
        let mut all: Vec<Job> = (0..).zip(calls).map(|(at, call)| job(at, call)).collect();
        all.sort_by_key(|job| (job.call.stage, job.call.operations.first().copied()));
        let needs = needs(&all, operations);
        let size = |job: &Job| u32::try_from(job.call.operations.len()).unwrap_or(u32::MAX);
        let sizes: Vec<u32> = all.iter().map(size).collect();
        let each = needs.counts(all.len()).into_iter().zip(needs.ranks(&sizes));
        let mut open = BTreeMap::new();
        for (job, (missing, rank)) in all.iter_mut().zip(each) {
            (job.missing, job.rank) = (missing, rank);
            *open.entry(job.call.stage).or_default() += 1;
        }
        let mut kinds: BTreeMap<_, Turns> = BTreeMap::new();
        for (at, job) in (0_u32..).zip(&all).filter(|(_, job)| job.missing == 0) {
            kinds.entry(kind(job)).or_default().put(job, at);
        }
        Self { all, needs, kinds, open, first_waiting: 0 }
    }

    /// The next call that may be sent: of the kind of which the fewest are on their way.
    pub(super) fn next(&mut self) -> Option<u32> {
        let stage = self.stage()?;
        let Self { all, kinds, .. } = self;
        let first = |turns: &mut Turns| {
            while let Some(&Reverse((of, _, at))) = turns.ready.peek() {
                if all[at as usize].state == State::Waiting {
                    return (of <= stage).then_some(at);
                }
                turns.ready.pop();
            }
            None
        };
        let firsts =
            kinds.values_mut().filter_map(|turns| first(turns).map(|at| (turns.on_the_way, at)));
        let (_, at) = firsts.min()?;
        all[at as usize].state = State::Taken;
        Some(at)
    }

    /// The call is sent now.
    pub(super) fn goes(&mut self, at: u32) {
        self.kinds.entry(kind(&self.all[at as usize])).or_default().on_the_way += 1;
    }

    /// An answer came, whatever it says, or it is known that none will.
    pub(super) fn came_back(&mut self, at: u32) {
        if let Some(turns) = self.kinds.get_mut(&kind(&self.all[at as usize])) {
            turns.on_the_way = turns.on_the_way.saturating_sub(1);
        }
    }

    /// Where calls need each other in a circle, the first of them goes without what it needs.
    pub(super) fn next_of_circle(&mut self) -> Option<u32> {
        let stage = self.stage()?;
        while let Some(job) = self.all.get_mut(self.first_waiting) {
            if job.state == State::Waiting {
                if job.call.stage > stage {
                    return None;
                }
                job.state = State::Taken;
                return u32::try_from(self.first_waiting).ok();
            }
            self.first_waiting += 1;
        }
        None
    }

    /// Takes the first waiting call from this place on that is of this sort.
    pub(super) fn next_waiting(
        &mut self,
        place: &mut usize,
        is_such: impl Fn(&Job) -> bool,
    ) -> Option<u32> {
        while let Some(job) = self.all.get_mut(*place) {
            let at = *place;
            *place += 1;
            if job.state == State::Waiting && is_such(job) {
                job.state = State::Taken;
                return u32::try_from(at).ok();
            }
        }
        None
    }

    /// Puts back a call that is to be sent once more.
    pub(super) fn again(&mut self, at: u32) {
        self.all[at as usize].state = State::Waiting;
        self.first_waiting = self.first_waiting.min(at as usize);
        let job = &self.all[at as usize];
        self.kinds.entry(kind(job)).or_default().put(job, at);
    }

    /// What needs the call may go, as far as the call is concerned.
    pub(super) fn settle(&mut self, at: u32) {
        let job = &mut self.all[at as usize];
        if job.state == State::Settled {
            return;
        }
        job.state = State::Settled;
        if let Some(open) = self.open.get_mut(&job.call.stage) {
            *open -= 1;
        }
        let Self { all, needs, kinds, .. } = self;
        for next in needs.followers(at) {
            let job = &mut all[next as usize];
            job.missing = job.missing.saturating_sub(1);
            if job.missing == 0 {
                kinds.entry(kind(job)).or_default().put(job, next);
            }
        }
    }

    /// The stage that is going on.
    fn stage(&mut self) -> Option<u16> {
        self.open.retain(|_, open| *open > 0);
        self.open.keys().next().copied()
    }
}

fn job(at: u32, call: Call) -> Job {
    let first = call.operations.first().copied();
    // A call about one object is known again by its first operation.
    let number = if call.about.is_some() { first.unwrap_or(at) } else { at };
    let (journal, state) = (InJournal::No, State::Waiting);
    Job { number, call, seen: None, journal, doubts: 0, rank: u32::MAX, missing: 0, state }
}

fn kind(job: &Job) -> Option<Kind> {
    job.call.about.map(|object| object.kind)
}

/// Which call needs which of the same stage: an earlier stage is settled anyway, and a later one
/// cannot be waited for.
fn needs(all: &[Job], operations: ByNumber<'_>) -> Needs {
    let mut job_of = vec![None; operations.0.len()];
    for (at, job) in (0_u32..).zip(all) {
        for place in job.call.operations.iter().filter_map(|it| operations.place(*it)) {
            job_of[place] = Some(at);
        }
    }
    let mut pairs = Vec::new();
    for (at, job) in (0_u32..).zip(all) {
        let numbers = job.call.operations.iter().filter_map(|it| operations.get(*it));
        let needed = numbers.flat_map(|it| &it.needs).filter_map(|it| operations.place(*it));
        for need in needed.filter_map(|place| job_of[place]).filter(|need| *need != at) {
            if all.get(need as usize).is_some_and(|it| it.call.stage == job.call.stage) {
                pairs.push((need, at));
            }
        }
    }
    Needs::new(pairs)
}
