//! A receiver that does not answer is left alone: pauses that grow, then nobody calls.

use std::time::Duration;

/// The pause after the second failure on end; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(125);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_OPEN: Duration = Duration::from_mins(5);

pub(super) struct Circuit {
    failures: u32,
    open_for: Duration,
    state: State,
    /// Failures on end, each of a call made after the one before had failed: sixteen calls
    /// that one broken line took with it are one failure.
    streak: u32,
    counted_at: Duration,
    next_open: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open {
        until: Duration,
    },
    /// One call is on its way to see whether the receiver is back.
    Probing,
}

/// Whether calls go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitState {
    /// Yes.
    Closed,
    /// No: the receiver does not answer.
    Open,
    /// One is tried.
    HalfOpen,
}

/// What a caller meets.
pub(super) enum Gate {
    Through,
    /// Shut for so long.
    Shut(Duration),
}

impl Circuit {
    pub(super) fn new(failures: u32, open_for: Duration) -> Self {
        let state = State::Closed;
        let counted_at = Duration::ZERO;
        Self { failures, open_for, state, streak: 0, counted_at, next_open: open_for }
    }

    pub(super) fn gate(&self, now: Duration) -> Gate {
        match self.state {
            State::Closed => Gate::Through,
            State::Open { until } if until <= now => Gate::Through,
            State::Open { until } => Gate::Shut(until.saturating_sub(now)),
            State::Probing => Gate::Shut(Duration::ZERO),
        }
    }

    /// A call is made.
    pub(super) fn take(&mut self) {
        if matches!(self.state, State::Open { .. }) {
            self.state = State::Probing;
        }
    }

    /// The receiver answered, be it with a refusal.
    pub(super) fn answered(&mut self) {
        self.streak = 0;
        self.state = State::Closed;
        self.next_open = self.open_for;
    }

    /// No answer, or the receiver is in trouble. Tells for how long everybody should wait.
    pub(super) fn failed(&mut self, now: Duration, made: Duration) -> Duration {
        if self.streak > 0 && made <= self.counted_at {
            return Duration::ZERO;
        }
        self.streak += 1;
        self.counted_at = now;
        if self.state == State::Probing || self.streak >= self.failures {
            self.state = State::Open { until: now + self.next_open };
            self.next_open = (self.next_open * 2).min(LONGEST_OPEN);
            return Duration::ZERO;
        }
        let doublings = self.streak.saturating_sub(2).min(16);
        let pause = (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE);
        if self.streak < 2 { Duration::ZERO } else { pause }
    }

    /// Nobody knows how a call went. If it was the one to see, another is.
    pub(super) fn unknown(&mut self, now: Duration) {
        if self.state == State::Probing {
            self.state = State::Open { until: now };
        }
    }

    pub(super) fn state(&self) -> CircuitState {
        match self.state {
            State::Closed => CircuitState::Closed,
            State::Open { .. } => CircuitState::Open,
            State::Probing => CircuitState::HalfOpen,
        }
    }
}
