//! Numbers that look drawn: the same row every time from the same seed.

use std::sync::atomic::{AtomicU64, Ordering};

/// A row of numbers (splitmix64), drawn from without a lock.
#[derive(Debug)]
pub(crate) struct Chance(AtomicU64);

impl Chance {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

    pub(crate) const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub(crate) fn draw(&self) -> u64 {
        let mut it = self.0.fetch_add(Self::STEP, Ordering::Relaxed).wrapping_add(Self::STEP);
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        it ^ (it >> 31)
    }

    /// A UUID of version 4.
    pub(crate) fn uuid(&self) -> String {
        let (high, low) = (self.draw(), self.draw());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFF,
            0x8000 | ((low >> 48) & 0x3FFF),
            low & 0xFFFF_FFFF_FFFF
        )
    }
}
