//! How closely calls may follow one another. A receiver that refuses two calls in one instant says
//! nothing of its rate by that: calls must come evenly there, and no fewer of them.

use std::time::Duration;

/// When a call was let through, and how long after the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) at: Duration,
    pub(super) gap: Duration,
}

/// Gaps below this are of the first kind; each other kind is up to twice as wide as that before.
/// Wider ones than the last are no closeness.
const NARROWEST: Duration = Duration::from_micros(250);
const KINDS: usize = 8;
/// Calls of a kind, or closer, of which one in so many is refused come too closely.
const FEW: u32 = 20;
/// And of which one in so many or fewer is refused, where the receiver minds closeness, are refused
/// by chance: a call that is late on its way is close to the next.
const MANY_BORNE: u32 = 200;
/// After an answer nothing is sent for so long at the most.
const AFTER: Duration = Duration::from_millis(2);
/// What is counted counts half when it is so many: receivers change.
const MANY: u32 = 1_000;

/// What a refusal tells of the gap before the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Calls as close as that are hardly borne.
    Close,
    /// Most of them are, at a receiver that minds closeness.
    Seldom,
    /// Nearly all of them are there.
    Chance,
    /// Nothing.
    Other,
}

#[derive(Default)]
pub(super) struct Gaps {
    last: Option<Duration>,
    answered: Duration,
    borne: [u32; KINDS],
    refused: [u32; KINDS],
    apart: Duration,
}

impl Gaps {
    /// A call is let through now.
    pub(super) fn take(&mut self, now: Duration) -> Made {
        let gap = self.last.map_or(Duration::MAX, |last| now.saturating_sub(last));
        self.last = Some(now);
        Made { at: now, gap }
    }

    /// A call has ended, and none is on its way.
    pub(super) fn ended(&mut self, now: Duration) {
        self.answered = now;
    }

    /// When the next call is far enough from the last, calls being due this far apart at most. A
    /// call may have been late on its way, and was no later there than its answer here.
    pub(super) fn ready_at(&self, interval: Duration) -> Duration {
        let apart = self.apart.min(interval);
        (self.last.unwrap_or_default() + apart).max(self.answered + (apart / 2).min(AFTER))
    }

    /// Where the receiver minds how closely calls come: the rate that this gap is of. What came in
    /// the second before tells less there.
    pub(super) fn per_second(&self, gap: Duration) -> Option<f64> {
        (self.matter() && !gap.is_zero()).then(|| 1.0 / gap.as_secs_f64())
    }

    /// Whether the receiver minds closeness.
    pub(super) fn matter(&self) -> bool {
        !self.apart.is_zero()
    }

    pub(super) fn borne(&mut self, gap: Duration) {
        let Some(count) = kind(gap).and_then(|kind| self.borne.get_mut(kind)) else { return };
        *count += 1;
        if *count >= MANY {
            self.borne.iter_mut().chain(&mut self.refused).for_each(|count| *count /= 2);
        }
    }

    /// A call was refused. Where calls as close as that are refused too often, they are further
    /// apart from now on, as far as the rate lets.
    pub(super) fn refused(&mut self, gap: Duration) -> Refusal {
        let Some(kind) = kind(gap) else { return Refusal::Other };
        self.refused[kind] += 1;
        let up_to = |counts: &[u32; KINDS]| counts.iter().take(kind + 1).sum::<u32>();
        let (borne, refused) = (up_to(&self.borne), up_to(&self.refused));
        if borne < FEW * refused {
            self.apart = self.apart.max(widest(kind));
            Refusal::Close
        } else if !self.matter() {
            Refusal::Other
        } else if borne < MANY_BORNE * refused {
            Refusal::Seldom
        } else {
            Refusal::Chance
        }
    }
}

fn kind(gap: Duration) -> Option<usize> {
    (0..KINDS).find(|&kind| gap < widest(kind))
}

fn widest(kind: usize) -> Duration {
    NARROWEST * (1 << kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_too_closely_is_set_apart() {
        let mut gaps = Gaps::default();
        assert_eq!(gaps.take(Duration::from_secs(1)).gap, Duration::MAX, "none before");
        let ms = Duration::from_millis;
        assert_eq!(gaps.take(ms(1_003)).gap, ms(3));
        assert_eq!(gaps.ready_at(ms(20)), ms(1_003));
        assert_eq!(gaps.per_second(ms(2)), None, "it minds no closeness, that we know of");
        assert_eq!(gaps.refused(ms(3)), Refusal::Close, "none of these was ever borne");
        assert_eq!(gaps.ready_at(ms(20)), ms(1_007));
        assert_eq!(gaps.ready_at(ms(2)), ms(1_005), "no further than they are due");
        gaps.ended(ms(1_009));
        assert_eq!(gaps.ready_at(ms(20)), ms(1_011), "it may have come there just before");
        assert_eq!(gaps.per_second(ms(2)), Some(500.0));
        assert_eq!([ms(32), Duration::MAX].map(|gap| gaps.refused(gap)), [Refusal::Other; 2]);
        for _ in 0..FEW * 2 {
            gaps.borne(ms(1));
        }
        assert_eq!(gaps.refused(ms(3)), Refusal::Seldom, "a few of many");
        assert_eq!(gaps.refused(Duration::ZERO), Refusal::Close, "closer than any that was borne");
        for _ in 0..MANY_BORNE * 4 {
            gaps.borne(ms(9));
        }
        assert_eq!(gaps.refused(ms(9)), Refusal::Chance, "of very many");
    }
}
