//! Keyed hashes that are looked for far more often than they are found.

use std::collections::BTreeSet;

/// Keyed hashes in order. By the first bits of a hash a table tells of nearly every other one that
/// it is not among them.
#[derive(Clone, Default)]
pub(super) struct Hashes {
    all: BTreeSet<u128>,
    /// A bit for each beginning that any has; empty while there is none.
    beginnings: Vec<u64>,
}

/// Bits of a beginning: of a thousand times as many keys as a thousand protected persons have, one
/// is looked for in vain.
const BEGINNING: u32 = 20;

impl Hashes {
    pub(super) fn insert(&mut self, hash: u128) {
        if self.beginnings.is_empty() {
            self.beginnings = vec![0; 1 << (BEGINNING - 6)];
        }
        let (word, bit) = beginning(hash);
        if let Some(word) = self.beginnings.get_mut(word) {
            *word |= bit;
        }
        self.all.insert(hash);
    }

    pub(super) fn contains(&self, hash: u128) -> bool {
        let (word, bit) = beginning(hash);
        self.beginnings.get(word).is_some_and(|word| word & bit != 0) && self.all.contains(&hash)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u128> + '_ {
        self.all.iter().copied()
    }
}

impl Extend<u128> for Hashes {
    fn extend<I: IntoIterator<Item = u128>>(&mut self, hashes: I) {
        hashes.into_iter().for_each(|hash| self.insert(hash));
    }
}

/// The word and the bit of a hash.
fn beginning(hash: u128) -> (usize, u64) {
    let first = (hash >> (128 - BEGINNING)) as usize;
    (first >> 6, 1 << (first & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_found_and_nothing_that_begins_alike() {
        let hash = |number: u32| u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) << 61;
        let mut hashes = Hashes::default();
        assert!(hashes.is_empty() && !hashes.contains(hash(1)));
        hashes.extend((0..500).map(hash));
        assert!((0..500).all(|number| hashes.contains(hash(number))));
        assert!((500..5_000).all(|number| !hashes.contains(hash(number))));
        assert!((0..500).all(|number| !hashes.contains(hash(number) ^ 1)));
        assert_eq!(hashes.len(), 500);
        assert!(hashes.iter().is_sorted());
    }
}
