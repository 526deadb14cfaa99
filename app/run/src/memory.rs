//! Sealed things: what of a tenant's memory names persons goes through here.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, BufWriter};

use connect::seal::{Opening, SealReader, SealWriter, Unpacking};
use jiff::Timestamp;
use roster::{Key, Roster, RowSource, RowStream, SchoolUnit, SpoolError, TenantKey, snapshot};
use store::{BlobKind, BlobReader, BlobWriter, Store};

use crate::RunError;
use crate::Work;
use crate::bytes_ahead::{BytesAhead, bytes_ahead};
use crate::rows::{NoRows, RowReader, RowWriter};

/// The name of the snapshot of the joined roster.
pub(crate) const ROSTER: &str = "roster";

/// Rows that are read from a sealed blob.
pub(crate) type SealedRows = RowReader<BufReader<SealReader<BlobReader>>>;
/// Rows that are written to a sealed blob.
pub(crate) type SealedRowWriter = RowWriter<BufWriter<SealWriter<BlobWriter>>>;

/// The tenant's store with the key that seals what names persons.
pub(crate) struct Memory<'a> {
    pub(crate) store: &'a Store,
    pub(crate) tenant: &'a TenantKey,
}

/// What stands for "these bytes belong here": a blob moved elsewhere does not open.
fn label(kind: BlobKind, name: &str) -> String {
    let kind = match kind {
        BlobKind::Snapshot => "snapshot",
        BlobKind::Written => "written",
        BlobKind::Delivery => "delivery",
        BlobKind::Plan => "plan",
        BlobKind::Replica => "replica",
    };
    format!("{kind}/{name}")
}

impl Memory<'_> {
    fn key(&self) -> [u8; 32] {
        self.tenant.derive("seal")
    }

    /// Begins a new generation of rows.
    pub(crate) fn write_rows(
        &self,
        kind: BlobKind,
        name: &str,
        at: Timestamp,
    ) -> Result<SealedRowWriter, RunError> {
        let blob = self.store.blob_writer(kind, name, at)?;
        let sealed =
            SealWriter::new(blob, &self.key(), label(kind, name).as_bytes()).map_err(sealing)?;
        Ok(RowWriter::new(BufWriter::with_capacity(1 << 16, sealed)))
    }

    /// The newest generation of rows; `None` when there is none.
    pub(crate) async fn read_rows(
        &self,
        kind: BlobKind,
        name: &str,
    ) -> Result<Option<SealedRows>, RunError> {
        let Some(blob) = self.store.open_blob(kind, name).await? else { return Ok(None) };
        let sealed = SealReader::new(blob, &self.key(), label(kind, name).as_bytes());
        sealed.map(|sealed| Some(RowReader::new(sealed))).map_err(sealing)
    }

    /// The rows written last to the target.
    pub(crate) async fn written(
        &self,
        target: &str,
    ) -> Result<Box<dyn RowStream + Send>, RunError> {
        Ok(match self.read_rows(BlobKind::Written, target).await? {
            Some(rows) => Box::new(rows),
            None => Box::new(NoRows),
        })
    }

    /// As [`Self::written`], opened and unpacked ahead.
    pub(crate) async fn written_ahead(
        &self,
        target: &str,
    ) -> Result<Box<dyn RowStream + Send>, RunError> {
        let kind = BlobKind::Written;
        let Some(blob) = self.store.open_blob(kind, target).await? else {
            return Ok(Box::new(NoRows));
        };
        let label = label(kind, target);
        Ok(Box::new(rows_ahead(blob, &self.key(), &label).map_err(sealing)?))
    }

    /// The rows of one generation; no rows where there is none.
    pub(crate) fn written_at(
        &self,
        target: &str,
        generation: Option<i64>,
    ) -> Result<Box<dyn RowStream + Send>, SpoolError> {
        let Some(generation) = generation else { return Ok(Box::new(NoRows)) };
        let kind = BlobKind::Written;
        let blob = self.store.open_generation(kind, target, generation).map_err(boxed)?;
        let sealed =
            SealReader::new(blob, &self.key(), label(kind, target).as_bytes()).map_err(boxed)?;
        Ok(Box::new(RowReader::new(sealed)))
    }

    /// The roster as it was read last, where one is kept.
    pub(crate) async fn last_roster(&self) -> Result<Option<Roster>, RunError> {
        let kept = self.store.blob_generations(BlobKind::Snapshot, ROSTER).await?;
        let newest = kept.first().map(|newest| self.stored(newest.generation));
        Ok(newest.map(|stored| snapshot::open(Box::new(stored))).transpose()?)
    }

    /// The schools of the roster as it was read last.
    pub(crate) async fn last_schools(&self) -> Result<BTreeMap<Key, SchoolUnit>, RunError> {
        let kept = self.store.blob_generations(BlobKind::Snapshot, ROSTER).await?;
        let Some(newest) = kept.first() else { return Ok(BTreeMap::new()) };
        Ok(snapshot::schools(&self.stored(newest.generation))?)
    }

    /// The rosters that are kept, the newest first, for who looks at persons alone: without
    /// groups, their rows read ahead.
    pub(crate) async fn rosters(&self) -> Result<Vec<Roster>, RunError> {
        let kept = self.store.blob_generations(BlobKind::Snapshot, ROSTER).await?;
        kept.iter().map(|kept| self.roster_at(kept.generation, &BTreeSet::new())).collect()
    }

    /// The roster of one generation with these groups alone, its rows read ahead.
    pub(crate) fn roster_at(
        &self,
        generation: i64,
        groups: &BTreeSet<Key>,
    ) -> Result<Roster, RunError> {
        let stored = Stored { reads: Reads::Ahead, ..self.stored(generation) };
        Ok(snapshot::open_with_groups(Box::new(stored), groups)?)
    }

    /// Of the roster of one generation the groups and persons with these keys, in memory.
    pub(crate) fn roster_among(
        &self,
        generation: i64,
        keys: &BTreeSet<Key>,
    ) -> Result<Roster, RunError> {
        let stored = Stored { reads: Reads::Ahead, ..self.stored(generation) };
        Ok(snapshot::open_among(&stored, keys)?)
    }

    fn stored(&self, generation: i64) -> Stored {
        self.stored_as(BlobKind::Snapshot, ROSTER, generation)
    }

    /// Rows of one generation of a blob, opened anew for each pass.
    pub(crate) fn stored_as(&self, kind: BlobKind, name: &str, generation: i64) -> Stored {
        let name = name.to_owned();
        let (store, key, reads) = (self.store.clone(), self.key(), Reads::WhenAsked);
        Stored { store, key, kind, name, generation, reads }
    }

    /// Writes the newest snapshot without these persons and without what points to them, as
    /// often as generations are kept.
    pub(crate) async fn forget_in_snapshots(
        &self,
        keys: &BTreeSet<Key>,
        at: Timestamp,
    ) -> Result<(), RunError> {
        let kept = self.store.blob_generations(BlobKind::Snapshot, ROSTER).await?;
        let Some(newest) = kept.first() else { return Ok(()) };
        for _ in 0..GENERATIONS {
            let stored = self.stored(newest.generation);
            let mut rows = stored.stream()?;
            let mut out = self.write_rows(BlobKind::Snapshot, ROSTER, at)?;
            while let Some(row) = rows.next_row()? {
                if !names_any(row, keys) {
                    out.row(row).map_err(sealing)?;
                }
            }
            drop(rows);
            finish_rows(out)?;
            if self
                .store
                .blob_generations(BlobKind::Snapshot, ROSTER)
                .await?
                .iter()
                .all(|it| it.generation != newest.generation)
            {
                break;
            }
        }
        Ok(())
    }

    /// Seals a short text or document.
    pub(crate) fn seal_small(&self, what: &str, bytes: &[u8]) -> Result<Vec<u8>, RunError> {
        connect::seal::seal_small(&self.key(), what.as_bytes(), bytes).map_err(sealing)
    }

    /// Opens what [`Self::seal_small`] sealed.
    pub(crate) fn open_small(&self, what: &str, sealed: &[u8]) -> Result<Vec<u8>, RunError> {
        connect::seal::open_small(&self.key(), what.as_bytes(), sealed)
            .map_err(|error| sealing(std::io::Error::other(error)))
    }
}

/// Generations of a blob that the store keeps.
const GENERATIONS: usize = 2;

/// Whether a row of a snapshot is one of these persons, or points to one: a person's key
/// stands first; an adult's behind the tag and the source of a row that names one.
fn names_any(row: &[u8], keys: &BTreeSet<Key>) -> bool {
    let key_at = |at: usize| row.get(at..)?.first_chunk::<16>().copied().map(Key::from_bytes);
    let is_one = |key: Option<Key>| key.is_some_and(|key| keys.contains(&key));
    is_one(key_at(0)) || (row.len() == ADULT_ROW && is_one(key_at(18)))
}

/// Bytes of a row that names an adult: key, tag, source, adult, relation.
const ADULT_ROW: usize = 16 + 1 + 1 + 16 + 1;

/// Ends a generation of rows: from now on it is the one that is read.
pub(crate) fn finish_rows(writer: SealedRowWriter) -> Result<(), RunError> {
    let sealed = writer.into_inner().into_inner().map_err(|error| sealing(error.into_error()))?;
    sealed.finish().map_err(sealing)?.finish()?;
    Ok(())
}

fn sealing(source: std::io::Error) -> RunError {
    RunError::Io { what: Work::Memory, source }
}

/// Stored rows, opened anew for each pass.
pub(crate) struct Stored {
    store: Store,
    key: [u8; 32],
    kind: BlobKind,
    name: String,
    generation: i64,
    reads: Reads,
}

/// Whether threads of their own open and unpack what is stored.
#[derive(Clone, Copy)]
enum Reads {
    Ahead,
    WhenAsked,
}

impl RowSource for Stored {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        let Self { store, key, kind, name, generation, reads } = self;
        let blob = store.open_generation(*kind, name, *generation).map_err(boxed)?;
        let label = label(*kind, name);
        Ok(match reads {
            Reads::Ahead => Box::new(rows_ahead(blob, key, &label).map_err(boxed)?),
            Reads::WhenAsked => {
                let sealed = SealReader::new(blob, key, label.as_bytes()).map_err(boxed)?;
                Box::new(RowReader::new(sealed))
            }
        })
    }
}

/// Rows that one thread reads and opens, a second unpacks, and whoever has this takes.
fn rows_ahead(
    blob: BlobReader,
    key: &[u8; 32],
    label: &str,
) -> std::io::Result<RowReader<BytesAhead>> {
    let opened = bytes_ahead(Opening::new(blob, key, label.as_bytes())?);
    Ok(RowReader::of(bytes_ahead(Unpacking::new(opened)?)))
}

pub(crate) fn boxed(error: impl std::error::Error + Send + Sync + 'static) -> SpoolError {
    SpoolError(Box::new(error))
}

/// Writes the roster's snapshot.
pub(crate) fn write_snapshot(roster: &Roster, mut out: SealedRowWriter) -> Result<(), RunError> {
    snapshot::write(roster, &mut |row| {
        out.row(row).map_err(|error| roster::SpoolError(Box::new(error)))
    })?;
    finish_rows(out)
}
