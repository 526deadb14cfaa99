//! Prints: of the ids of a page, by which one that comes again is known, and of an object's
//! rows, by which two objects with the same id are told apart.

use roster::Key;

/// Of keys in their order. Nothing is kept by it: who makes two pages with the same print has
/// made a list that is refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Print(u64);

/// Odd, and without a pattern in its bits: the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Print {
    /// Adds a key.
    pub(crate) fn add(&mut self, key: Key) {
        let number = u128::from_be_bytes(*key.as_bytes());
        #[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
        for half in [number as u64, (number >> 64) as u64] {
            self.0 = (self.0.rotate_left(5) ^ half).wrapping_mul(FACTOR);
        }
    }
}

/// Which ids a list has handed out, as far as half a megabyte can tell: an id that is new may be
/// taken for one that was seen, never the other way round. With 16 million ids of a list that
/// happens to 98 of 100, so that pages of hundreds are still told from those without any.
pub(crate) struct Ids(Vec<u64>);

const ID_BITS: u32 = 22;

impl Default for Ids {
    fn default() -> Self {
        Self(vec![0; 1 << (ID_BITS - 6)])
    }
}

impl Ids {
    /// The place of an id.
    pub(crate) fn place(key: Key) -> u32 {
        let mut print = Print::default();
        print.add(key);
        (print.0 >> (64 - ID_BITS)) as u32
    }

    /// Notes ids by their places; whether any was new.
    pub(crate) fn note(&mut self, places: &[u32]) -> bool {
        let mut any = false;
        for place in places {
            let (word, bit) = (place >> 6, 1 << (place & 63));
            if let Some(word) = self.0.get_mut(word as usize) {
                any |= *word & bit == 0;
                *word |= bit;
            }
        }
        any
    }
}

/// A print of bytes: two that differ have the same one in 2⁶⁴ cases, as chance has it. It is
/// added to those of an object's other rows, so that their order means nothing.
pub(crate) fn of(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let length = (bytes.len() as u64).to_le_bytes();
    let all = words.iter().chain([&last, &length]);
    // Both halves of each product count, else high bits would never reach the low ones.
    let mixed = all.fold(FACTOR, |sum, word| {
        let product = u128::from(sum ^ u64::from_le_bytes(*word)) * u128::from(FACTOR);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
        let folded = product as u64 ^ (product >> 64) as u64;
        folded.rotate_left(23) ^ sum
    });
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn bytes_that_differ_have_other_prints() {
        let mut seen = BTreeSet::new();
        for length in 0..80_usize {
            assert!(seen.insert(of(&vec![0; length])), "{length}");
            for at in 0..length {
                for bit in 0..8 {
                    let mut bytes = vec![0; length];
                    bytes[at] ^= 1 << bit;
                    assert!(seen.insert(of(&bytes)), "{length} {at} {bit}");
                }
            }
        }
    }

    #[test]
    fn a_page_of_the_same_ids_in_the_same_order_has_the_same_print() {
        let print = |keys: &[u8]| {
            let mut print = Print::default();
            for key in keys {
                print.add(Key::from_bytes([*key; 16]));
            }
            print
        };
        assert_eq!(print(&[1, 2, 3]), print(&[1, 2, 3]));
        assert_ne!(print(&[1, 2, 3]), print(&[1, 3, 2]));
        assert_ne!(print(&[1, 2]), print(&[1, 2, 2]));
    }
}
