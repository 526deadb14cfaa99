//! Which call may go next: what it needs is settled, and so are all earlier stages.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use state::Call;

use super::ByNumber;

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
    needed_by: Vec<Vec<u32>>,
    ready: BinaryHeap<Reverse<u32>>,
    /// How many calls of each stage are not settled.
    open: BTreeMap<u16, u32>,
    /// All before it are taken.
    first_waiting: usize,
}

impl Jobs {
    pub(super) fn new(calls: Vec<Call>, operations: ByNumber<'_>) -> Self {
        let mut all: Vec<Job> = (0..).zip(calls).map(|(at, call)| job(at, call)).collect();
        all.sort_by_key(|job| (job.call.stage, job.call.operations.first().copied()));
        let mut job_of = vec![None; operations.0.len()];
        for (at, job) in (0_u32..).zip(&all) {
            for place in job.call.operations.iter().filter_map(|it| operations.place(*it)) {
                job_of[place] = Some(at);
            }
        }
        let (mut pairs, mut open) = (Vec::new(), BTreeMap::new());
        for (at, job) in (0_u32..).zip(&all) {
            *open.entry(job.call.stage).or_default() += 1;
            let numbers = job.call.operations.iter().filter_map(|it| operations.get(*it));
            let needs = numbers.flat_map(|it| &it.needs).filter_map(|it| operations.place(*it));
            for need in needs.filter_map(|place| job_of[place]).filter(|need| *need != at) {
                // An earlier stage is settled anyway; a later one cannot be waited for.
                if all.get(need as usize).is_some_and(|it| it.call.stage == job.call.stage) {
                    pairs.push((need, at));
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut needed_by = vec![Vec::new(); all.len()];
        for (need, at) in pairs {
            needed_by[need as usize].push(at);
            all[at as usize].missing += 1;
        }
        let ready = (0_u32..).zip(&all).filter(|(_, job)| job.missing == 0);
        let ready = ready.map(|(at, _)| Reverse(at)).collect();
        Self { all, needed_by, ready, open, first_waiting: 0 }
    }

    /// The next call that may be sent.
    pub(super) fn next(&mut self) -> Option<u32> {
        let stage = self.stage()?;
        while let Some(&Reverse(at)) = self.ready.peek() {
            let job = &mut self.all[at as usize];
            if job.call.stage > stage {
                return None;
            }
            self.ready.pop();
            if job.state == State::Waiting {
                job.state = State::Taken;
                return Some(at);
            }
        }
        None
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
        self.ready.push(Reverse(at));
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
        for next in std::mem::take(&mut self.needed_by[at as usize]) {
            let job = &mut self.all[next as usize];
            job.missing = job.missing.saturating_sub(1);
            if job.missing == 0 {
                self.ready.push(Reverse(next));
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
    Job { number, call, seen: None, journal, doubts: 0, missing: 0, state }
}
