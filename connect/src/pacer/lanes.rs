//! Whose turn it is. Lanes take turns by their weights (stride scheduling); in a lane, kinds of
//! calls that draw from different buckets take turns, so that a full bucket holds up its own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::limits::{Cost, Lane};

/// What a turn costs a lane of weight 1; divisible by most weights.
const TURN: u64 = 1 << 20;

#[derive(Default)]
pub(super) struct Lanes {
    queues: BTreeMap<Arc<str>, Queue>,
    /// Lanes with something to try, the one that had least first.
    turns: BTreeSet<(u64, Arc<str>)>,
    /// Kinds of calls that have no room in a bucket until then.
    asleep: BTreeSet<(Duration, Arc<str>, Cost)>,
    /// Where a lane begins that was not here.
    begin: u64,
}

struct Queue {
    had: u64,
    weight: u32,
    waiting: BTreeMap<Cost, VecDeque<u64>>,
    /// Kinds that are awake, in turn.
    kinds: VecDeque<Cost>,
}

/// The call whose turn it is.
pub(super) struct Next {
    pub(super) lane: Arc<str>,
    pub(super) cost: Cost,
    pub(super) id: u64,
}

impl Lanes {
    pub(super) fn push(&mut self, lane: &Lane, cost: &Cost, id: u64) {
        let had = self.begin;
        let new = || Queue { had, weight: 1, waiting: BTreeMap::new(), kinds: VecDeque::new() };
        let queue = self.queues.entry(Arc::clone(&lane.name)).or_insert_with(new);
        queue.weight = lane.weight;
        if let Some(waiting) = queue.waiting.get_mut(cost) {
            waiting.push_back(id);
            return;
        }
        queue.waiting.insert(cost.clone(), VecDeque::from([id]));
        queue.kinds.push_back(cost.clone());
        self.turns.insert((queue.had, Arc::clone(&lane.name)));
    }

    pub(super) fn next(&self) -> Option<Next> {
        let (_, lane) = self.turns.first()?;
        let queue = self.queues.get(lane)?;
        let cost = queue.kinds.front()?;
        let id = *queue.waiting.get(cost)?.front()?;
        Some(Next { lane: Arc::clone(lane), cost: cost.clone(), id })
    }

    /// The one whose turn it is was served.
    pub(super) fn served(&mut self) {
        let begin = self.end_turn(|queue| {
            queue.had += TURN / u64::from(queue.weight);
            queue.pop();
        });
        self.begin = self.begin.max(begin.unwrap_or(0));
    }

    /// The one whose turn it is has gone.
    pub(super) fn gone(&mut self) {
        self.end_turn(Queue::pop);
    }

    /// Its kind has no room until then.
    pub(super) fn sleep(&mut self, until: Duration) {
        let Some(next) = self.next() else { return };
        self.end_turn(|queue| {
            queue.kinds.pop_front();
        });
        self.asleep.insert((until, next.lane, next.cost));
    }

    pub(super) fn wake(&mut self, now: Duration) {
        while let Some((until, _, _)) = self.asleep.first()
            && *until <= now
        {
            let Some((_, lane, kind)) = self.asleep.pop_first() else { return };
            let Some(queue) = self.queues.get_mut(&lane) else { continue };
            queue.kinds.push_back(kind);
            self.turns.insert((queue.had, lane));
        }
    }

    /// When the next kind wakes.
    pub(super) fn wakes_at(&self) -> Option<Duration> {
        self.asleep.first().map(|(until, _, _)| *until)
    }

    /// Everybody is sent away.
    pub(super) fn clear(&mut self) {
        *self = Self { begin: self.begin, ..Self::default() };
    }

    /// Changes the queue whose turn it is, and gives back what it had then.
    fn end_turn(&mut self, change: impl FnOnce(&mut Queue)) -> Option<u64> {
        let (_, lane) = self.turns.pop_first()?;
        let queue = self.queues.get_mut(&lane)?;
        change(queue);
        let had = queue.had;
        if queue.waiting.is_empty() {
            self.queues.remove(&lane);
        } else if !queue.kinds.is_empty() {
            self.turns.insert((had, lane));
        }
        Some(had)
    }
}

impl Queue {
    /// Takes the first of the kind whose turn it is; the next kind is in turn then.
    fn pop(&mut self) {
        let Some(kind) = self.kinds.pop_front() else { return };
        let Some(waiting) = self.waiting.get_mut(&kind) else { return };
        waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&kind);
        } else {
            self.kinds.push_back(kind);
        }
    }
}
