//! Large things: snapshots, written state, deliveries, the bodies of plans.
//!
//! Stored as given, but for zeros after the last chunk (see `fill`): the caller compresses and
//! seals. A new generation is written beside the old one, a few megabytes in a transaction, and
//! becomes visible as a whole by the last of them; a process that dies before that leaves the old
//! generation as it was.
//!
//! Reading and writing as streams goes through a thread with a connection of its own, so
//! that the pure stages can use them as `Read` and `Write` on any runtime or none. Memory,
//! whatever the size: about 1 MB to read (four chunks), about 5 MB to write (a transaction).

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use jiff::Timestamp;

use crate::db::args;
use crate::fill::{self, Filling};
use crate::open::Freed;
use crate::{Store, StoreError, micros, time};

/// Bytes of a chunk, at most.
const CHUNK: usize = 256 * 1024;
/// Chunks in one transaction: each costs a wait for the disk, and others wait meanwhile.
const BATCH: usize = 16;
/// After so many chunks `SQLite`'s log is made part of its file: 64 MB, a multiple of [`BATCH`].
const SETTLED: i64 = 256;
/// A blob of fewer chunks leaves that to who writes next: 4 MB.
const SMALL: i64 = 16;
/// Chunks on the way between two threads.
const AHEAD: usize = 2;
/// Generations kept.
const KEPT: i64 = 2;

/// What a blob is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlobKind {
    /// What a source said; named by the source.
    Snapshot,
    /// What we last confirmed at a receiver; named by the target.
    Written,
    /// The set delivered last; named by the target.
    Delivery,
    /// The body of a plan; named by the plan's id.
    Plan,
    /// What a source keeps of its register, so that it can read changes alone; named by the
    /// source.
    Replica,
}

impl BlobKind {
    const fn word(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Written => "written",
            Self::Delivery => "delivery",
            Self::Plan => "plan",
            Self::Replica => "replica",
        }
    }

    /// Generations that are kept. A replica is the register's as it is now: what is gone
    /// there is gone here.
    const fn kept(self) -> i64 {
        match self {
            Self::Snapshot | Self::Written | Self::Delivery | Self::Plan => KEPT,
            Self::Replica => 1,
        }
    }
}

/// A whole generation of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobInfo {
    /// Counted from 1 for each name.
    pub generation: i64,
    /// When it was written.
    pub created: Timestamp,
    /// In bytes, without what fills the last page.
    pub size: u64,
}

impl Store {
    /// Writes a new generation and keeps one more. `bytes` is read to its end between the
    /// statements, on this thread.
    ///
    /// # Errors
    ///
    /// When `bytes` fails, or anything else, the older generations are as before.
    pub async fn put_blob(
        &self,
        kind: BlobKind,
        name: &str,
        at: Timestamp,
        bytes: &mut (dyn Read + Send),
    ) -> Result<BlobInfo, StoreError> {
        let (generation, filling) = self.begin_blob(kind, name, at).await?;
        let mut number = 0;
        let mut size = 0_u64;
        loop {
            let mut batch = read_batch(bytes, filling.full(CHUNK)).map_err(StoreError::io)?;
            let mut tx = self.db.write().await?;
            for chunk in &mut batch {
                size += chunk.len() as u64;
                chunk.resize(filling.filled(chunk.len()), 0);
                let sql = "INSERT INTO blob_chunk (kind, name, generation, number, bytes) VALUES ($1, $2, $3, $4, $5)";
                tx.execute(sql, args![kind.word(), name, generation, number, chunk.as_slice()])
                    .await?;
                number += 1;
            }
            if batch.len() == BATCH {
                tx.commit().await?;
                if number % SETTLED == 0 {
                    self.settle_log().await?;
                }
                continue;
            }
            let stored = i64::try_from(size).unwrap_or(i64::MAX);
            let sql = "UPDATE blob SET complete = 1, size = $1 WHERE kind = $2 AND name = $3 AND generation = $4";
            tx.execute(sql, args![stored, kind.word(), name, generation]).await?;
            let sql = "DELETE FROM blob WHERE kind = $1 AND name = $2 AND generation <= $3";
            tx.execute(sql, args![kind.word(), name, generation - kind.kept()]).await?;
            tx.commit().await?;
            if number > SMALL {
                self.settle_log().await?;
            }
            return Ok(BlobInfo { generation, created: at, size });
        }
    }

    /// Clears what a died process left, and begins a generation nobody can see yet.
    async fn begin_blob(
        &self,
        kind: BlobKind,
        name: &str,
        at: Timestamp,
    ) -> Result<(i64, Filling), StoreError> {
        let mut tx = self.db.write().await?;
        let filling = Filling::of(fill::page_size(&mut tx, &self.db).await?);
        let sql = "DELETE FROM blob WHERE kind = $1 AND name = $2 AND complete = 0";
        tx.execute(sql, args![kind.word(), name]).await?;
        let sql = "INSERT INTO blob (kind, name, generation, complete, created, size) \
            SELECT $1, $2, COALESCE(MAX(generation), 0) + 1, 0, $3, 0 FROM blob WHERE kind = $1 AND name = $2 \
            RETURNING generation";
        let row = tx.row(sql, args![kind.word(), name, micros(at)]).await?;
        let generation = row.ok_or_else(|| StoreError::damaged("no generation"))?.get(0)?;
        tx.commit().await?;
        Ok((generation, filling))
    }

    /// The whole generations of a blob, newest first.
    pub async fn blob_generations(
        &self,
        kind: BlobKind,
        name: &str,
    ) -> Result<Vec<BlobInfo>, StoreError> {
        let sql = "SELECT generation, created, size FROM blob WHERE kind = $1 AND name = $2 AND complete = 1 \
            ORDER BY generation DESC";
        let rows = self.db.read().await?.rows(sql, args![kind.word(), name]).await?;
        let info = |row: &crate::db::Row| {
            let size = row.get::<i64>(2)?.unsigned_abs();
            Ok(BlobInfo { generation: row.get(0)?, created: time(row.get(1)?)?, size })
        };
        rows.iter().map(info).collect()
    }

    /// The newest generation as a stream; `None` when there is none.
    pub async fn open_blob(
        &self,
        kind: BlobKind,
        name: &str,
    ) -> Result<Option<BlobReader>, StoreError> {
        let Some(newest) = self.blob_generations(kind, name).await?.into_iter().next() else {
            return Ok(None);
        };
        self.open_generation(kind, name, newest.generation).map(Some)
    }

    /// One generation as a stream. A generation that was erased gives an error when read.
    pub fn open_generation(
        &self,
        kind: BlobKind,
        name: &str,
        generation: i64,
    ) -> Result<BlobReader, StoreError> {
        let (sender, chunks) = sync_channel(AHEAD);
        let place = self.place.clone();
        let name = name.to_owned();
        on_own_thread(move |runtime| {
            runtime.block_on(async {
                let store = Self::connect(place, Freed::AsTheyAre);
                let sent = store.send_chunks(kind, &name, generation, &sender).await;
                if let Err(error) = sent {
                    // A reader that went away wants no error either.
                    drop(sender.send(Err(io::Error::other(error))));
                }
            });
        })?;
        Ok(BlobReader { chunks, chunk: Vec::new(), at: 0 })
    }

    async fn send_chunks(
        &self,
        kind: BlobKind,
        name: &str,
        generation: i64,
        to: &SyncSender<io::Result<Vec<u8>>>,
    ) -> Result<(), StoreError> {
        // One transaction: what is being read stays, whatever others erase meanwhile.
        let mut tx = self.db.read().await?;
        let sql = "SELECT size FROM blob WHERE kind = $1 AND name = $2 AND generation = $3 AND complete = 1";
        let row = tx.row(sql, args![kind.word(), name, generation]).await?;
        let mut left: i64 =
            row.ok_or_else(|| StoreError::damaged("a blob that is gone"))?.get(0)?;
        let sql = "SELECT bytes FROM blob_chunk WHERE kind = $1 AND name = $2 AND generation = $3 AND number = $4";
        let mut number = 0;
        while left > 0 {
            let row = tx.row(sql, args![kind.word(), name, generation, number]).await?;
            let mut chunk: Vec<u8> =
                row.ok_or_else(|| StoreError::damaged("a blob with a hole"))?.get(0)?;
            // The last may be longer than what was written.
            chunk.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            left -= i64::try_from(chunk.len()).unwrap_or(i64::MAX);
            number += 1;
            if to.send(Ok(chunk)).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Removes all generations of a blob.
    pub async fn erase_blob(&self, kind: BlobKind, name: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM blob WHERE kind = $1 AND name = $2";
        self.free(sql, args![kind.word(), name]).await
    }

    /// Removes all blobs of a kind.
    pub async fn erase_blobs(&self, kind: BlobKind) -> Result<(), StoreError> {
        self.free("DELETE FROM blob WHERE kind = $1", args![kind.word()]).await
    }

    /// A new generation to be written from code that knows no runtime.
    pub fn blob_writer(
        &self,
        kind: BlobKind,
        name: &str,
        at: Timestamp,
    ) -> Result<BlobWriter, StoreError> {
        let (sender, chunks) = sync_channel(AHEAD);
        let place = self.place.clone();
        let name = name.to_owned();
        let thread = on_own_thread(move |runtime| {
            let mut bytes = BlobReader { chunks, chunk: Vec::new(), at: 0 };
            runtime.block_on(async {
                let store = Self::connect(place, Freed::AsTheyAre);
                let written = store.put_blob(kind, &name, at, &mut bytes).await;
                store.close().await;
                written
            })
        })?;
        Ok(BlobWriter {
            sender: Some(sender),
            chunk: Vec::with_capacity(CHUNK),
            thread: Some(thread),
        })
    }
}

/// Up to [`BATCH`] chunks of `most` bytes; fewer at the end.
fn read_batch(bytes: &mut (dyn Read + Send), most: usize) -> io::Result<Vec<Vec<u8>>> {
    let mut batch = Vec::new();
    while batch.len() < BATCH {
        // Room for what fills its last page.
        let mut chunk = Vec::with_capacity(CHUNK);
        bytes.take(most as u64).read_to_end(&mut chunk)?;
        let is_last = chunk.len() < most;
        if !chunk.is_empty() {
            batch.push(chunk);
        }
        if is_last {
            break;
        }
    }
    Ok(batch)
}

/// Runs `work` on a thread with a runtime of its own: the caller may be blocked in code that
/// knows no runtime, on the only thread that the caller's runtime has.
pub(crate) fn on_own_thread<T: Send + 'static>(
    work: impl FnOnce(tokio::runtime::Runtime) -> T + Send + 'static,
) -> Result<JoinHandle<T>, StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(StoreError::io)?;
    std::thread::Builder::new()
        .name("blob".to_owned())
        .spawn(move || work(runtime))
        .map_err(StoreError::io)
}

/// A blob being read.
#[derive(Debug)]
pub struct BlobReader {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
}

impl Read for BlobReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            match self.chunks.recv() {
                Ok(chunk) => self.chunk = chunk?,
                // The other side is done.
                Err(_) => return Ok(0),
            }
            self.at = 0;
        }
        let read = (&self.chunk[self.at..]).read(out)?;
        self.at += read;
        Ok(read)
    }
}

/// A blob being written. Dropped without [`Self::finish`], it leaves nothing.
#[derive(Debug)]
pub struct BlobWriter {
    sender: Option<SyncSender<io::Result<Vec<u8>>>>,
    chunk: Vec<u8>,
    thread: Option<JoinHandle<Result<BlobInfo, StoreError>>>,
}

impl BlobWriter {
    /// Makes the new generation the one that is read from now on.
    pub fn finish(mut self) -> Result<BlobInfo, StoreError> {
        // Where the other side is gone, its own error says more than ours.
        drop(self.send());
        drop(self.sender.take());
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(written)) => written,
            Some(Err(_)) | None => Err(StoreError::io(io::Error::other("the writing thread died"))),
        }
    }

    fn send(&mut self) -> io::Result<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
        let sent = self.sender.as_ref().map(|sender| sender.send(Ok(chunk)));
        if !matches!(sent, Some(Ok(()))) {
            return Err(io::Error::other("the store stopped taking the blob"));
        }
        Ok(())
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        if self.chunk.len() == CHUNK {
            self.send()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        let Some(sender) = self.sender.take() else { return };
        // An error instead of an end: the generation stays unseen, and the next writer clears it.
        drop(sender.send(Err(io::Error::other("given up"))));
        drop(sender);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
