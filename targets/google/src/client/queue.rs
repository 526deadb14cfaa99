//! Calls that wait to be sent together, and whose turn it is to send them.
//!
//! Calls that are on their way at one moment go together. The first of them leads: it asks the
//! pacer, takes as many as go in one request, and hands the lead on before it sends. So the next
//! request fills up while this one waits for its answer.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::answer::Answer;
use super::courier::Stop;
use super::part::{Counts, Part};

/// What came of one call; `None` when nobody knows.
pub(super) type Got = Result<Option<Answer>, Stop>;

/// One call that waits, and who hears of it.
pub(super) struct Waiting {
    pub(super) part: Part,
    pub(super) tell: oneshot::Sender<Got>,
    lead: Option<oneshot::Sender<Lead>>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    has_leader: bool,
}

/// Calls that wait.
#[derive(Clone, Default)]
pub(super) struct Queue {
    state: Arc<Mutex<State>>,
}

/// How many of what go in one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) parts: usize,
    pub(super) new_users: usize,
}

/// The turn to send; dropped, it goes to the next who waits.
pub(super) struct Lead {
    /// `None` when it was handed on.
    queue: Option<Queue>,
}

/// A call's place in the queue.
pub(super) struct Place {
    told: oneshot::Receiver<Got>,
    turn: Option<oneshot::Receiver<Lead>>,
}

/// What a call hears while it waits.
pub(super) enum Heard {
    /// What came of it. Whoever was to send it may have gone away in the middle: then it may
    /// have been done.
    Told(Got),
    /// It is to send the next request: it is the first of those.
    Turn(Lead),
}

impl Place {
    /// Waits for either.
    pub(super) async fn hears(&mut self) -> Heard {
        let Self { told, turn } = self;
        tokio::select! {
            biased;
            told = told => Heard::Told(told.unwrap_or(Ok(None))),
            lead = next_turn(turn) => Heard::Turn(lead),
        }
    }
}

/// The turn, once; never where it comes no more.
async fn next_turn(turn: &mut Option<oneshot::Receiver<Lead>>) -> Lead {
    if let Some(waits) = turn {
        let lead = waits.await;
        *turn = None;
        if let Ok(lead) = lead {
            return lead;
        }
    }
    std::future::pending().await
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place.
    pub(super) fn enter(&self, part: Part) -> Place {
        let ((tell, told), (lead, leads)) = (oneshot::channel(), oneshot::channel());
        self.lock().waiting.push_back(Waiting { part, tell, lead: Some(lead) });
        Place { told, turn: Some(leads) }
    }

    /// The lead, if nobody has it.
    pub(super) fn claim(&self) -> Option<Lead> {
        let mut state = self.lock();
        if state.has_leader {
            return None;
        }
        state.has_leader = true;
        drop(state);
        Some(Lead { queue: Some(self.clone()) })
    }

    pub(super) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    /// How many of what are first in the queue and go in one request.
    pub(super) fn next(&self, room: Room) -> Room {
        let state = self.lock();
        let mut next = Room { parts: 0, new_users: 0 };
        for waiting in &state.waiting {
            if next.parts == room.parts {
                break;
            }
            next.takes(waiting, room);
        }
        next
    }

    /// Takes them.
    pub(super) fn take(&self, room: Room) -> Vec<Waiting> {
        let mut state = self.lock();
        let mut next = Room { parts: 0, new_users: 0 };
        let (mut taken, mut left) = (Vec::new(), VecDeque::new());
        while let Some(waiting) = state.waiting.pop_front() {
            if next.parts < room.parts && next.takes(&waiting, room) {
                taken.push(waiting);
            } else {
                left.push_back(waiting);
            }
        }
        state.waiting = left;
        taken
    }
}

impl Room {
    fn takes(&mut self, waiting: &Waiting, room: Self) -> bool {
        let is_new_user = waiting.part.counts == Counts::NewUser;
        if is_new_user && self.new_users == room.new_users {
            return false;
        }
        self.new_users += usize::from(is_new_user);
        self.parts += 1;
        true
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let Some(queue) = self.queue.take() else { return };
        let mut state = queue.lock();
        state.waiting.retain(|waiting| !waiting.tell.is_closed());
        for waiting in &mut state.waiting {
            let Some(lead) = waiting.lead.take() else { continue };
            match lead.send(Self { queue: Some(queue.clone()) }) {
                Ok(()) => return,
                // It has gone away: the turn is still ours to hand on.
                Err(mut back) => drop(back.queue.take()),
            }
        }
        state.has_leader = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(counts: Counts) -> Part {
        Part::get("/x", &[]).counts(counts)
    }

    #[test]
    fn a_request_takes_no_more_than_it_has_room_for() {
        let queue = Queue::default();
        let places: Vec<_> = (0..9)
            .map(|at| queue.enter(part(if at < 6 { Counts::NewUser } else { Counts::Plain })))
            .collect();
        let room = Room { parts: 4, new_users: 2 };
        for expected in [(4, 2), (3, 2), (2, 2)] {
            let next = queue.next(room);
            assert_eq!((next.parts, next.new_users), expected);
            assert_eq!(queue.take(next).len(), expected.0);
        }
        assert_eq!(queue.next(room).parts, 0);
        drop(places);
    }

    /// Nobody waits for ever because somebody went away.
    #[test]
    fn the_lead_goes_on_to_who_is_still_there() {
        let queue = Queue::default();
        let first = queue.claim().unwrap();
        let (gone, mut stays) =
            (queue.enter(part(Counts::Plain)), queue.enter(part(Counts::Plain)));
        assert!(queue.claim().is_none());
        drop(gone);
        drop(first);
        let lead = stays.turn.as_mut().unwrap().try_recv().unwrap();
        assert!(queue.claim().is_none());
        drop(lead);
        // Handed to nobody: whoever comes next takes it.
        let lead = queue.claim().unwrap();
        let unread = queue.enter(part(Counts::Plain));
        drop(lead);
        assert!(queue.claim().is_none());
        drop(unread);
        assert!(queue.claim().is_some());
    }
}
