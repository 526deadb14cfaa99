//! Rows that are made by one thread while another uses those before them.
//!
//! Batches go through bounded queues, first in, first out: how many threads there are changes
//! time and nothing else (invariant 5).

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use roster::{RowStream, SpoolError};

/// Rows side by side.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// Bytes of a batch: large beside the price of handing it over, small beside the processor's
/// own memory.
const BATCH: usize = 128 * 1024;
/// Batches on the way between two threads: enough that neither waits while the other has no core.
pub(crate) const QUEUE: usize = 12;

impl Rows {
    pub(crate) fn push(&mut self, row: &[u8]) {
        self.bytes.extend_from_slice(row);
        self.ends.push(self.bytes.len());
    }

    pub(crate) fn row(&self, place: usize) -> Option<&[u8]> {
        let end = *self.ends.get(place)?;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.bytes.get(start..end)
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= BATCH
    }
}

/// A batch, or why there is none.
pub(crate) type Filled = Result<Arc<Rows>, SpoolError>;

/// Rows of a stream that another thread reads ahead.
pub(crate) struct Ahead {
    batches: Receiver<Filled>,
    /// Batches that were used up, for their memory.
    back: Option<SyncSender<Arc<Rows>>>,
    rows: Arc<Rows>,
    next: usize,
}

impl Ahead {
    /// The rows of these batches.
    pub(crate) fn new(batches: Receiver<Filled>) -> Self {
        Self { batches, back: None, rows: Arc::default(), next: 0 }
    }
}

impl RowStream for Ahead {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        while self.next >= self.rows.ends.len() {
            let Ok(batch) = self.batches.recv() else { return Ok(None) };
            let used = std::mem::replace(&mut self.rows, batch?);
            self.next = 0;
            if let Some(back) = &self.back {
                // A full queue has memory enough.
                drop(back.try_send(used));
            }
        }
        self.next += 1;
        Ok(self.rows.row(self.next - 1))
    }
}

/// Reads `stream` ahead on a thread that ends when there is no more to read, or nobody who
/// reads.
pub(crate) fn ahead(mut stream: Box<dyn RowStream + Send>) -> Ahead {
    let (full, batches) = sync_channel(QUEUE);
    let (back, empty) = sync_channel::<Arc<Rows>>(QUEUE);
    std::thread::spawn(move || {
        loop {
            let spare = empty.try_recv().ok().and_then(Arc::into_inner);
            let mut rows = spare.unwrap_or_default();
            rows.clear();
            let more = fill(stream.as_mut(), &mut rows);
            let is_last = !matches!(more, Ok(true));
            let batch = more.map(|_| Arc::new(rows));
            // Who reads may have stopped.
            if full.send(batch).is_err() || is_last {
                return;
            }
        }
    });
    Ahead { back: Some(back), ..Ahead::new(batches) }
}

/// False at the end of the stream.
fn fill(stream: &mut dyn RowStream, rows: &mut Rows) -> Result<bool, SpoolError> {
    while !rows.is_full() {
        let Some(row) = stream.next_row()? else { return Ok(false) };
        rows.push(row);
    }
    Ok(true)
}

/// Reads rows that begin with a person's key and hands them out in batches that keep a
/// person's rows together, until `give` wants no more.
pub(crate) fn by_person(stream: &mut dyn RowStream, give: &mut dyn FnMut(Filled) -> Given) {
    let mut rows = Rows::default();
    let mut last = [0; 16];
    loop {
        let row = match stream.next_row() {
            Ok(Some(row)) => row,
            Ok(None) => {
                give(Ok(Arc::new(rows)));
                return;
            }
            Err(error) => {
                give(Err(error));
                return;
            }
        };
        let person = row.first_chunk::<16>().copied().unwrap_or_default();
        if rows.is_full() && person != last {
            let size = rows.ends.len();
            let full = std::mem::take(&mut rows);
            rows.bytes.reserve(BATCH + BATCH / 8);
            rows.ends.reserve(size + size / 8);
            if give(Ok(Arc::new(full))) == Given::Enough {
                return;
            }
        }
        last = person;
        rows.push(row);
    }
}

/// Deals batches that keep a person's rows together to each of `to` in turn, until one wants no
/// more.
pub(crate) fn deal_in_turn(stream: &mut dyn RowStream, to: &[SyncSender<Filled>]) {
    let mut turns = (0..to.len()).cycle();
    by_person(stream, &mut |batch| {
        let taken = turns.next().is_some_and(|turn| to[turn].send(batch).is_ok());
        if taken { Given::Taken } else { Given::Enough }
    });
}

/// Whether a batch found a taker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// It did.
    Taken,
    /// Nobody wants more.
    Enough,
}

/// One batch, as a stream of its own.
pub(crate) struct Batch {
    rows: Arc<Rows>,
    next: usize,
}

impl Batch {
    pub(crate) fn new(rows: Arc<Rows>) -> Self {
        Self { rows, next: 0 }
    }
}

impl RowStream for Batch {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        self.next += 1;
        Ok(self.rows.row(self.next - 1))
    }
}
