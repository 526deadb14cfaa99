//! The roster's rows, put in order by a thread of their own while more are made. Rows are a sorted
//! set, so that this changes time and nothing else.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use roster::codec::CodecError;
use roster::{Intake, RowBatch, RowSink, SpoolError};

/// So many batches are on the way: a thread that is woken for each is slower.
const QUEUE: usize = 8;

/// The way to the other thread.
pub(super) struct Put {
    full: SyncSender<RowBatch>,
    empty: Receiver<RowBatch>,
}

impl Put {
    /// Hands on the rows that wait, when they are a batch.
    pub(super) fn full(&self, intake: &mut Intake<'_>) -> Result<(), SpoolError> {
        let spare = || self.empty.try_recv().unwrap_or_default();
        let Some(batch) = intake.full_batch(spare) else { return Ok(()) };
        self.full.send(batch).map_err(|_| stopped())
    }
}

/// Lets `rows` make rows, and `sink` take them meanwhile.
pub(super) fn put(
    mut sink: RowSink,
    rows: impl FnOnce(&Put) -> Result<(), SpoolError>,
) -> Result<RowSink, SpoolError> {
    std::thread::scope(|scope| {
        let (full, batches) = sync_channel::<RowBatch>(QUEUE);
        let (back, empty) = sync_channel::<RowBatch>(QUEUE + 2);
        let taking = scope.spawn(move || {
            for mut batch in batches {
                sink.take(&batch)?;
                batch.clear();
                drop(back.try_send(batch));
            }
            Ok::<_, SpoolError>(sink)
        });
        let put = Put { full, empty };
        let ended = rows(&put);
        drop(put);
        // What went wrong there is why nothing more could be made here.
        let sink = taking.join().map_err(|_| stopped())??;
        ended.map(|()| sink)
    })
}

fn stopped() -> SpoolError {
    SpoolError(Box::new(CodecError))
}
