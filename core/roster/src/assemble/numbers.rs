//! What identity numbers tell: who is stopped, and who is the same person in several sources.

use super::AnySpool;
use crate::codec::{self, CodecError};
use crate::joined::damaged;
use crate::{
    Aliases, Gate, Key, MatchTable, RowStream as _, SortSink, SortedRows, Spool as _, SpoolError,
};

/// Stops whom numbers tell of, and says which keys mean the same person.
pub(super) fn aliases(matches: MatchTable, gate: &mut Gate) -> Result<Aliases, SpoolError> {
    matches.finish()?.settle(gate)
}

/// With one source nothing that numbers tell changes its rows: they are put in order meanwhile,
/// and so are its groups.
pub(super) fn side_by_side<G: Send>(
    spool: &AnySpool,
    matches: MatchTable,
    gate: &mut Gate,
    rows: SortSink<AnySpool>,
    join: impl FnOnce() -> G + Send,
) -> Result<(Aliases, SortedRows<AnySpool>, G), SpoolError> {
    let (mut found, mut sorted, mut joined) = (None, None, None);
    spool.work(vec![
        Box::new(|| joined = Some(join())),
        Box::new(|| found = Some(aliases(matches, gate))),
        Box::new(|| sorted = Some(rows.finish())),
    ]);
    // Every piece is done, or has stopped the program.
    let undone = || damaged(CodecError);
    Ok((found.ok_or_else(undone)??, sorted.ok_or_else(undone)??, joined.ok_or_else(undone)?))
}

pub(super) fn resolve(
    aliases: &Aliases,
    later: &SortedRows<AnySpool>,
    rows: &mut SortSink<AnySpool>,
) -> Result<(), SpoolError> {
    let mut stream = later.stream()?;
    let mut renamed = Vec::new();
    while let Some(row) = stream.next_row()? {
        renamed.clear();
        renamed.extend_from_slice(row);
        if let Some(head) = row.first_chunk::<16>() {
            let key = aliases.resolve(Key::from_bytes(*head));
            renamed[..16].copy_from_slice(key.as_bytes());
        }
        if let Some(adult) = codec::adult_of(row) {
            renamed[18..34].copy_from_slice(aliases.resolve(adult).as_bytes());
        }
        rows.push(&renamed)?;
    }
    Ok(())
}
