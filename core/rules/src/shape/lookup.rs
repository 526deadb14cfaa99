//! A table that is made once and asked for every place of every person.

use roster::Key;

/// Sorted by key, with the beginnings of the keys told in advance: a look-up touches one or
/// two lines of memory where a tree of ten thousand groups touches a dozen.
#[derive(Debug)]
pub(super) struct Lookup<T> {
    rows: Vec<(Key, T)>,
    /// Where the keys with each first 12 bits begin; one more than there are.
    starts: Vec<u32>,
}

const BEGINNINGS: usize = 1 << 12;

fn beginning(key: Key) -> usize {
    let [first, second, ..] = *key.as_bytes();
    usize::from(u16::from_be_bytes([first, second]) >> 4)
}

impl<T> Default for Lookup<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), starts: Vec::new() }
    }
}

impl<T> FromIterator<(Key, T)> for Lookup<T> {
    /// Of rows with one key, the first counts.
    fn from_iter<I: IntoIterator<Item = (Key, T)>>(rows: I) -> Self {
        let mut rows: Vec<(Key, T)> = rows.into_iter().collect();
        rows.sort_by_key(|(key, _)| *key);
        rows.dedup_by_key(|(key, _)| *key);
        let mut starts = vec![0_u32; BEGINNINGS + 1];
        for (key, _) in &rows {
            starts[beginning(*key) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { rows, starts }
    }
}

impl<T> Lookup<T> {
    pub(super) fn get(&self, key: Key) -> Option<&T> {
        let at = beginning(key);
        let (&start, &end) = (self.starts.get(at)?, self.starts.get(at + 1)?);
        let near = self.rows.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)?;
        let place = near.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        near.get(place).map(|(_, value)| value)
    }

    pub(super) fn has(&self, key: Key) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (Key, &mut T)> {
        self.rows.iter_mut().map(|(key, value)| (*key, value))
    }
}
