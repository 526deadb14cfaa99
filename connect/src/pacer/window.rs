//! One quota as a window that slides: what was drawn in the last `per`.
//!
//! A token bucket that starts full allows twice its size in one window (all at once, and what
//! flows in meanwhile). This allows `count` in every window, wherever it begins.

use std::collections::VecDeque;
use std::time::Duration;

/// Draws closer than this part of the window are remembered as one, at the time of the last:
/// 4 000 000 a day need no more memory than 500 a second, and never become too many.
const GRAINS: u32 = 512;

/// Calls on a slow way come closer together at the receiver than they were when they left, so
/// the window is taken longer by this part of it.
const SLACK: u32 = 64;

pub(super) struct Window {
    count: u32,
    per: Duration,
    grain: Duration,
    slots: VecDeque<Slot>,
    used: u32,
    peak: u32,
}

struct Slot {
    first: Duration,
    last: Duration,
    amount: u32,
}

impl Window {
    pub(super) fn new(count: u32, per: Duration) -> Self {
        let grain = per / GRAINS;
        Self { count, per: per + per / SLACK, grain, slots: VecDeque::new(), used: 0, peak: 0 }
    }

    /// When there is room for `amount`; `None` when there is now.
    pub(super) fn ready_at(&mut self, now: Duration, amount: u32) -> Option<Duration> {
        self.forget(now);
        let room = self.count.saturating_sub(amount);
        let mut left = self.used;
        if left <= room {
            return None;
        }
        for slot in &self.slots {
            left -= slot.amount;
            if left <= room {
                return Some(slot.last + self.per);
            }
        }
        None
    }

    pub(super) fn take(&mut self, now: Duration, amount: u32) {
        self.forget(now);
        self.used += amount;
        self.peak = self.peak.max(self.used);
        match self.slots.back_mut() {
            Some(slot) if now.saturating_sub(slot.first) <= self.grain => {
                slot.amount += amount;
                slot.last = now;
            }
            Some(_) | None => self.slots.push_back(Slot { first: now, last: now, amount }),
        }
    }

    /// Takes a draw back that no call was made for.
    pub(super) fn give_back(&mut self, taken: Duration, amount: u32) {
        let found = self.slots.iter_mut().rev().find(|slot| slot.first <= taken);
        if let Some(slot) = found
            && slot.last >= taken
        {
            let back = slot.amount.min(amount);
            slot.amount -= back;
            self.used -= back;
        }
    }

    /// Drawn now and at the most, as parts of the quota.
    pub(super) fn shares(&mut self, now: Duration) -> (f64, f64) {
        self.forget(now);
        let share = |used| f64::from(used) / f64::from(self.count.max(1));
        (share(self.used), share(self.peak))
    }

    pub(super) fn is_empty(&mut self, now: Duration) -> bool {
        self.forget(now);
        self.used == 0
    }

    fn forget(&mut self, now: Duration) {
        while let Some(slot) = self.slots.front()
            && slot.last + self.per <= now
        {
            self.used -= slot.amount;
            self.slots.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::Window;

    const PER: Duration = Duration::from_secs(1);

    proptest! {
        /// However calls come, no window of the quota's length holds more than the quota.
        #[test]
        fn no_window_holds_more_than_the_quota(
            count in 1_u32..40,
            asked in prop::collection::vec((0_u64..300, 1_u32..4), 1..300),
        ) {
            let mut window = Window::new(count, PER);
            let mut drawn: Vec<(Duration, u32)> = Vec::new();
            let mut now = Duration::ZERO;
            for (gap, amount) in asked {
                now += Duration::from_millis(gap);
                let amount = amount.min(count);
                if let Some(ready) = window.ready_at(now, amount) {
                    prop_assert!(ready > now);
                    now = ready;
                }
                prop_assert_eq!(window.ready_at(now, amount), None);
                window.take(now, amount);
                drawn.push((now, amount));
            }
            for (index, (from, _)) in drawn.iter().enumerate() {
                let within = drawn[index..].iter().take_while(|(at, _)| *at < *from + PER);
                prop_assert!(within.map(|(_, amount)| amount).sum::<u32>() <= count);
            }
        }
    }

    #[test]
    fn what_is_given_back_can_be_drawn_again() {
        let mut window = Window::new(2, PER);
        window.take(Duration::ZERO, 2);
        assert!(window.ready_at(Duration::ZERO, 1).is_some());
        window.give_back(Duration::ZERO, 1);
        assert_eq!(window.ready_at(Duration::ZERO, 1), None);
    }
}
