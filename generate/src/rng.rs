//! Numbers that look random and are the same for ever.

/// `SplitMix64` of two numbers.
///
/// Source: Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014).
pub(crate) const fn mix(seed: u64, n: u64) -> u64 {
    let mut z = seed ^ n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A UUID, version 4 in form, for the `n`th thing of a kind.
pub(crate) fn uuid(seed: u64, kind: u64, n: u64) -> String {
    let high = mix(mix(seed, kind), n);
    let low = mix(high, kind);
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

/// A source of numbers.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64, u64);

impl Rng {
    /// The source for these parts, e.g. seed, day, kind.
    pub(crate) fn of(parts: &[u64]) -> Self {
        Self(parts.iter().fold(0x5eed, |seed, part| mix(seed, *part)), 0)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.1 += 1;
        mix(self.0, self.1)
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// One of several; `None` of nothing.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        of.get(usize::try_from(self.below(of.len() as u64)).unwrap_or(0)).copied()
    }

    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// How many of `total` an event with this rate per ten million hits; the rest that is
    /// less than one happens now and then.
    pub(crate) fn hits(&mut self, total: usize, rate: u64) -> usize {
        let exact = total as u64 * rate;
        let more = u64::from(self.below(10_000_000) < exact % 10_000_000);
        usize::try_from(exact / 10_000_000 + more).unwrap_or(0)
    }
}
