//! Rows side by side.

/// Rows one behind the other in one piece of memory, on their way from one thread to another.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    /// Makes room for so many bytes, of so many rows.
    pub(crate) fn reserve(&mut self, bytes: usize, rows: usize) {
        self.bytes.reserve_exact(bytes);
        self.ends.reserve_exact(rows);
    }

    /// Adds a row, which `encode` writes behind the others; gives its bytes.
    pub(crate) fn push(&mut self, encode: impl FnOnce(&mut Vec<u8>)) -> &[u8] {
        let start = self.bytes.len();
        encode(&mut self.bytes);
        self.ends.push(self.bytes.len());
        self.bytes.get(start..).unwrap_or_default()
    }

    /// Hands out the rows as they came.
    pub(crate) fn each<E>(&self, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut start = 0;
        self.ends.iter().try_for_each(|&end| {
            let row = self.bytes.get(start..end).unwrap_or_default();
            start = end;
            take(row)
        })
    }

    /// Forgets the rows; their memory is used again.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of all rows.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes that there is memory for.
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}
