//! Kept rows, read ahead by a thread of their own: while some are mapped, the next are merged
//! and opened. Batches come in order, so that this changes time and nothing else.

use std::ops::Range;
use std::sync::mpsc::sync_channel;

use roster::replica::{Origin, Replica, Row, Thing};
use roster::{Key, SpoolError};

/// So many batches are on their way at once, at most.
const QUEUE: usize = 3;

/// Rows side by side.
#[derive(Default)]
struct Rows {
    bytes: Vec<u8>,
    rows: Vec<Place>,
}

/// A row, its payload by its place.
struct Place {
    thing: Thing,
    payload: Range<usize>,
    first: Option<Key>,
    second: Option<Key>,
    origin: Origin,
}

impl Rows {
    fn push(&mut self, row: Row<'_>) {
        let Row { thing, payload, first, second, origin } = row;
        let start = self.bytes.len();
        self.bytes.extend_from_slice(payload);
        self.rows.push(Place { thing, payload: start..self.bytes.len(), first, second, origin });
    }

    fn each(
        &self,
        take: &mut dyn FnMut(Row<'_>) -> Result<(), SpoolError>,
    ) -> Result<(), SpoolError> {
        self.rows.iter().try_for_each(|place| {
            let Place { thing, payload, first, second, origin } = place;
            let payload = self.bytes.get(payload.clone()).unwrap_or_default();
            let (thing, first, second, origin) = (*thing, *first, *second, *origin);
            take(Row { thing, payload, first, second, origin })
        })
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.rows.clear();
    }
}

/// Why the reading ends early.
enum Ended {
    /// Nobody wants more.
    Enough,
    Failed(SpoolError),
}

impl From<SpoolError> for Ended {
    fn from(error: SpoolError) -> Self {
        Self::Failed(error)
    }
}

/// Hands all rows that hold to `take`, in order; `batch`: bytes that are handed over at once.
pub(super) fn pass(
    replica: &Replica,
    batch: usize,
    take: &mut dyn FnMut(Row<'_>) -> Result<(), SpoolError>,
) -> Result<(), SpoolError> {
    std::thread::scope(|scope| {
        let (full, batches) = sync_channel::<Result<Rows, SpoolError>>(QUEUE);
        let (back, empty) = sync_channel::<Rows>(QUEUE + 2);
        scope.spawn(move || {
            let mut rows = Rows::default();
            let read = replica.pass::<Ended>(&mut |row| {
                rows.push(row);
                if rows.bytes.len() >= batch {
                    let next = empty.try_recv().unwrap_or_default();
                    let rows = std::mem::replace(&mut rows, next);
                    full.send(Ok(rows)).map_err(|_| Ended::Enough)?;
                }
                Ok(())
            });
            // Who takes the rows may have stopped.
            drop(match read {
                Ok(()) => full.send(Ok(rows)),
                Err(Ended::Failed(error)) => full.send(Err(error)),
                Err(Ended::Enough) => Ok(()),
            });
        });
        for batch in batches {
            let mut batch = batch?;
            batch.each(take)?;
            batch.clear();
            drop(back.try_send(batch));
        }
        Ok(())
    })
}
