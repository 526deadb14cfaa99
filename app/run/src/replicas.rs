//! What sources keep of their registers between runs (design §3: a read of changes gives the
//! last complete read, the changes and the named deletions).

use std::collections::BTreeMap;

use roster::replica::{Old, Recall, Replica};
use roster::{Assembly, Gate, Mac, SourceIndex};
use store::BlobKind;

use crate::memory::finish_rows;
use crate::{BoundSource, Engine, RunError};

/// What must be the same for what was kept to count: the source's keys, and whom the gate is
/// told to leave out. What the source itself depends on stands in its own head.
fn fingerprint(engine: &Engine, source: &BoundSource) -> Mac {
    let mut excluded: Vec<&[u8]> = engine.exclusions.iter().map(String::as_bytes).collect();
    excluded.sort_unstable();
    let serial = source.serial.to_be_bytes();
    let mut parts: Vec<&[u8]> = vec![&serial, source.kind.as_bytes()];
    parts.extend(excluded);
    engine.tenant.maccer("replica").mac(&parts)
}

/// Gives the source what it kept of the last complete read, where that still counts.
pub(crate) async fn recall(
    engine: &Engine,
    source: &BoundSource,
    index: SourceIndex,
    assembly: &mut Assembly,
) -> Result<(), RunError> {
    let kept = engine.store.blob_generations(BlobKind::Replica, &source.name).await?;
    let Some(newest) = kept.first() else { return Ok(()) };
    let memory = engine.memory();
    let rows = memory.stored_as(BlobKind::Replica, &source.name, newest.generation);
    // What cannot be opened is no loss: everything is read instead.
    if let Ok(old) = Old::open(Box::new(rows))
        && old.fingerprint() == fingerprint(engine, source)
    {
        assembly.recall(index, old);
    }
    Ok(())
}

/// What became of what earlier runs kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgotten {
    /// It is as it was.
    Nothing,
    /// It was erased, since somebody became protected.
    All,
}

/// Keeps what the sources want to keep of a good read, without whom the gate stopped.
pub(crate) fn keep(
    engine: &Engine,
    kept: BTreeMap<SourceIndex, Replica>,
    gate: &mut Gate,
    forgotten: Forgotten,
) -> Result<(), RunError> {
    for (index, replica) in kept {
        if forgotten == Forgotten::All && replica.recalls() == Recall::LastRead {
            // Its rows were erased with the rest; the next read is of everything.
            continue;
        }
        let Some(source) = engine.sources.get(usize::from(index.0)) else { continue };
        let kind = BlobKind::Replica;
        let mut rows = engine.memory().write_rows(kind, &source.name, engine.now())?;
        replica.write(gate, fingerprint(engine, source), &mut |row| {
            rows.row(row).map_err(|error| roster::SpoolError(Box::new(error)))
        })?;
        finish_rows(rows)?;
    }
    Ok(())
}
