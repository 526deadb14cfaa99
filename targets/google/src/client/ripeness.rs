//! From what age on Classroom knows what was just made: an account after up to a quarter of an
//! hour, a course in batches after seconds (reference/google.md §2.2). It is learnt from what is
//! refused, by one call at a time: what is younger than what was refused is not tried.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// After a refusal an account is tried that is older by this part, and by that: a day that is all
/// new is told within minutes, and a few dozen calls.
const PART: u32 = 8;
const OLDER: Duration = Duration::from_millis(100);

/// So often one is refused as too young, and then by itself: it may be that it is never taken, and
/// others must not wait for it.
const STUBBORN: u8 = 24;

/// What is known of it.
#[derive(Default)]
pub(super) struct Ripeness {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// An account of this age was refused, and none that was younger was taken.
    refused: Option<Duration>,
    /// An account of this age was taken.
    taken: Option<Duration>,
    /// Whether one is on its way to see.
    probes: bool,
    /// How often those were refused that went to see, by when they were made.
    refusals: BTreeMap<Instant, u8>,
    /// Those that go by themselves from now on.
    stubborn: BTreeSet<Instant>,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Go,
    Probe,
    /// It is too young for so long yet.
    Wait(Duration),
    /// Another is on its way to see.
    Hear,
}

/// The turn to call about an account.
pub(super) struct Turn<'r> {
    ripeness: &'r Ripeness,
    made: Instant,
    probes: bool,
}

/// What a refusal of one account tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tells {
    /// It is too young, and so are others.
    OfAll,
    /// Younger ones were taken: it alone is refused.
    OfOne,
}

impl State {
    fn step(&self, age: Duration) -> Step {
        if self.taken.is_some_and(|taken| age >= taken) {
            return Step::Go;
        }
        let least = self.refused.map_or(Duration::ZERO, |it| it + it / PART + OLDER);
        // What is known to be enough is waited for, and no more.
        let least = self.taken.map_or(least, |taken| taken.min(least));
        let early = least.saturating_sub(age);
        if early > Duration::ZERO {
            Step::Wait(early)
        } else if self.probes {
            Step::Hear
        } else {
            Step::Probe
        }
    }

    fn was_taken(&mut self, age: Duration) {
        self.taken = Some(self.taken.map_or(age, |it| it.min(age)));
        self.refused = self.refused.filter(|it| *it < age);
    }

    fn was_refused(&mut self, age: Duration) -> Tells {
        if self.taken.is_some_and(|taken| taken <= age) {
            return Tells::OfOne;
        }
        self.refused = self.refused.max(Some(age));
        Tells::OfAll
    }

    /// The same of one that was made then: what it says counts so often and no more.
    fn was_refused_of(&mut self, made: Instant, age: Duration) -> Tells {
        if self.stubborn.contains(&made) {
            return Tells::OfOne;
        }
        let tells = self.was_refused(age);
        let times = self.refusals.entry(made).or_default();
        *times += 1;
        if *times < STUBBORN {
            return tells;
        }
        self.refusals.remove(&made);
        self.stubborn.insert(made);
        Tells::OfOne
    }
}

impl Ripeness {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a call about an account can do good; `None` when that is after `until`.
    pub(super) async fn turn(&self, made: Instant, until: Instant) -> Option<Turn<'_>> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let step = {
                let mut state = self.lock();
                let is_alone = state.stubborn.contains(&made);
                let step = if is_alone { Step::Go } else { state.step(made.elapsed()) };
                state.probes |= step == Step::Probe;
                step
            };
            let turn = |probes| Some(Turn { ripeness: self, made, probes });
            match step {
                Step::Go => return turn(false),
                Step::Probe => return turn(true),
                Step::Wait(wait) if Instant::now() + wait >= until => return None,
                Step::Wait(wait) => {
                    let _ = tokio::time::timeout(wait, changed).await;
                }
                Step::Hear => changed.await,
            }
        }
    }
}

impl Turn<'_> {
    fn was_taken(self) {
        self.ripeness.lock().was_taken(self.made.elapsed());
    }

    fn was_refused(self) -> Tells {
        self.ripeness.lock().was_refused_of(self.made, self.made.elapsed())
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.probes {
            self.ripeness.lock().probes = false;
            self.ripeness.changed.notify_waiters();
        }
    }
}

/// What an answer says of something that was just made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Yes,
    /// Not yet.
    No,
    /// It says nothing of that.
    Untold,
}

impl Turn<'_> {
    /// Whether to wait for others that were made before it.
    pub(super) fn heard(self, known: Known) -> bool {
        match known {
            Known::Yes => {
                self.was_taken();
                false
            }
            Known::No => self.was_refused() == Tells::OfAll,
            Known::Untold => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn one_is_tried_and_the_others_wait_for_what_it_hears() {
        let mut state = State::default();
        assert_eq!(state.step(seconds(0)), Step::Probe);
        state.probes = true;
        assert_eq!(state.step(seconds(0)), Step::Hear);
        state.probes = false;
        assert_eq!(state.was_refused(seconds(8)), Tells::OfAll);
        assert_eq!(state.step(seconds(8)), Step::Wait(seconds(1) + OLDER));
        assert_eq!(state.step(seconds(10)), Step::Probe);
        state.was_taken(seconds(10));
        assert_eq!(state.step(seconds(10)), Step::Go);
        assert_eq!(state.step(seconds(8)), Step::Wait(seconds(1) + OLDER));
        state.was_refused(seconds(9));
        assert_eq!(state.step(seconds(9)), Step::Wait(seconds(1)), "ten are known to do");
    }

    #[test]
    fn one_that_is_refused_for_itself_holds_up_no_other() {
        let mut state = State::default();
        state.was_taken(seconds(3));
        assert_eq!(state.was_refused(seconds(60)), Tells::OfOne);
        assert_eq!(state.step(seconds(3)), Step::Go);
        assert_eq!(state.step(seconds(1)), Step::Probe, "it may do with less");
    }

    /// One that Classroom never takes goes to see a few times, and then another does.
    #[tokio::test]
    async fn one_that_is_never_taken_holds_up_others_for_a_while_only() {
        let ripeness = Ripeness::default();
        let (never, other) = (Instant::now(), Instant::now() + OLDER);
        let mut state = State::default();
        for time in 1..=STUBBORN {
            let last = time == STUBBORN;
            let tells = state.was_refused_of(never, seconds(time.into()));
            assert_eq!(tells == Tells::OfOne, last, "{time}");
        }
        assert_eq!(state.was_refused_of(never, seconds(200)), Tells::OfOne);
        assert_eq!(state.step(seconds(60)), Step::Probe, "it is not waited for");
        *ripeness.lock() = state;
        let until = Instant::now();
        assert!(ripeness.turn(never, until).await.is_some_and(|turn| !turn.probes));
        assert!(ripeness.turn(other, until).await.is_none(), "too young, as far as is known");
    }

    #[tokio::test]
    async fn whoever_goes_away_lets_the_next_one_see() {
        let ripeness = Ripeness::default();
        let (made, until) = (Instant::now(), Instant::now() + seconds(300));
        let first = ripeness.turn(made, until).await.unwrap();
        let waits = ripeness.turn(made, until);
        let (second, ()) = tokio::join!(waits, async { drop(first) });
        assert_eq!(second.unwrap().was_refused(), Tells::OfAll);
        let now = Instant::now();
        assert!(ripeness.turn(now, now).await.is_none(), "it would be in vain");
    }
}
