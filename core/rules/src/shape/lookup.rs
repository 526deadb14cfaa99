//! A table that is made once and asked for every place of every person.

use roster::Key;

/// Sorted by key, with the beginnings of the keys told in advance, more than there are keys: a
/// look-up touches two lines of memory where a tree of ten thousand groups touches a dozen.
#[derive(Debug)]
pub(super) struct Lookup<T> {
    rows: Vec<(Key, T)>,
    /// Where the keys with each beginning begin; one more than there are.
    starts: Vec<u32>,
    /// Bits of a key that are no part of its beginning.
    shift: u32,
}

impl<T> Default for Lookup<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), starts: Vec::new(), shift: 32 }
    }
}

/// More beginnings than this would take more memory than they save time.
const MOST_BITS: u32 = 20;

impl<T> FromIterator<(Key, T)> for Lookup<T> {
    /// Of rows with one key, the first counts.
    fn from_iter<I: IntoIterator<Item = (Key, T)>>(rows: I) -> Self {
        let mut rows: Vec<(Key, T)> = rows.into_iter().collect();
        rows.sort_by_key(|(key, _)| *key);
        rows.dedup_by_key(|(key, _)| *key);
        rows.shrink_to_fit();
        // More beginnings than keys: most then lead to one key, and nothing must be compared.
        let bits = (rows.len().max(1).ilog2() + 1).min(MOST_BITS);
        let mut lookup = Self { rows, starts: vec![0_u32; (1 << bits) + 1], shift: 32 - bits };
        for place in 0..lookup.rows.len() {
            let beginning = lookup.beginning(lookup.rows[place].0);
            lookup.starts[beginning + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut lookup.starts {
            sum += *start;
            *start = sum;
        }
        lookup
    }
}

impl<T> Lookup<T> {
    fn beginning(&self, key: Key) -> usize {
        let [a, b, c, d, ..] = *key.as_bytes();
        (u32::from_be_bytes([a, b, c, d]) >> self.shift) as usize
    }

    /// Looks at where these keys are looked for: without a decision in between, the memory of all
    /// is asked for at once.
    pub(super) fn ask_for(&self, keys: impl Iterator<Item = Key>) {
        let starts = keys.map(|key| self.starts.get(self.beginning(key)).copied());
        let starts: Vec<u32> = starts.map(Option::unwrap_or_default).collect();
        let keys = starts.iter().map(|start| self.rows.get(*start as usize));
        let bytes = keys.map(|row| row.map_or(0, |(key, _)| key.as_bytes()[0]));
        std::hint::black_box(bytes.fold(0, |all, byte| all ^ byte));
    }

    pub(super) fn get(&self, key: Key) -> Option<&T> {
        let at = self.beginning(key);
        let (&start, &end) = (self.starts.get(at)?, self.starts.get(at + 1)?);
        let near = self.rows.get(start as usize..end as usize)?;
        let found = match near {
            [] => return None,
            [one] => one,
            several => {
                let place = several.binary_search_by_key(&key, |(key, _)| *key).ok()?;
                &several[place]
            }
        };
        (found.0 == key).then_some(&found.1)
    }

    pub(super) fn has(&self, key: Key) -> bool {
        self.get(key).is_some()
    }

    /// All rows, by key.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (Key, &mut T)> {
        self.rows.iter_mut().map(|(key, value)| (*key, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_with_the_first_of_its_values_and_no_other() {
        for count in [0_u32, 1, 2, 3, 1000, 5000] {
            // Half of the keys begin alike.
            let key = |n: u32| Key::from_bytes((u128::from(n) << (60 + n % 2 * 30)).to_be_bytes());
            let twice = (0..count).chain(0..count).zip(0..).map(|(n, nth)| (key(n), nth));
            let lookup: Lookup<u32> = twice.collect();
            assert!((0..count).all(|n| lookup.get(key(n)) == Some(&n)), "{count}");
            assert!((count..count + 99).all(|n| !lookup.has(key(n))), "{count}");
        }
    }
}
