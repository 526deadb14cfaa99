//! Keyed hashes that find a person again: the index of identity continuity, and the marks
//! of protected persons. Nothing here can be read back without the tenant's key.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use roster::{Key, Mac};
use sha2::{Digest as _, Sha256};

use crate::db::{Arg, ROWS, Tx, args, placeholders};
use crate::{Store, StoreError, micros};

/// One hash of one entity. Rows sort by kind, hash, key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityRow {
    /// What was hashed: number, e-mail, name and birth … as the caller counts them.
    pub kind: u8,
    /// The keyed hash.
    pub mac: Mac,
    /// Whose it is.
    pub key: Key,
}

/// What a new set of protected persons changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MarkChange {
    /// Marks that were not there: snapshots, plans and deliveries must be rewritten.
    pub new: BTreeSet<Mac>,
    /// Marks that no source gives any more.
    pub gone: BTreeSet<Mac>,
}

const HASH: &str = "identity_index";

impl Store {
    /// Makes the index hold exactly `rows`; returns whether anything changed.
    ///
    /// # Shapes
    ///
    /// `rows`: no two equal; any order.
    ///
    /// # Cost
    ///
    /// Sorts and hashes `rows`; where that is the hash of last time, reads one small value.
    /// Otherwise reads the index once and writes the rows that differ, in one transaction.
    pub async fn replace_identities(&self, mut rows: Vec<IdentityRow>) -> Result<u64, StoreError> {
        rows.sort_unstable();
        rows.dedup();
        let hash = content_hash(&rows);
        if self.get("", HASH).await?.as_deref() == Some(&hash) {
            return Ok(0);
        }
        let mut tx = self.db.write().await?;
        let changed = merge(&mut tx, &rows).await?;
        let tail = "ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value";
        tx.insert("INSERT INTO kv (scope, name, value)", 3, tail, args!["", HASH, &hash]).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Whose these hashes are. A hash may have several owners.
    pub async fn find_identities(
        &self,
        kind: u8,
        macs: &[Mac],
    ) -> Result<BTreeMap<Mac, Vec<Key>>, StoreError> {
        let mut tx = self.db.read().await?;
        let mut found: BTreeMap<Mac, Vec<Key>> = BTreeMap::new();
        for batch in macs.chunks(ROWS) {
            let list = placeholders(2, batch.len());
            let sql = format!(
                "SELECT mac, key FROM identity_index WHERE kind = $1 AND mac IN ({list}) ORDER BY mac, key"
            );
            let mut args: Vec<Arg<'_>> = vec![i64::from(kind).into()];
            args.extend(batch.iter().map(|mac| Arg::from(mac.as_bytes())));
            for row in tx.rows(sqlx::AssertSqlSafe(sql), &args).await? {
                found
                    .entry(Mac::from_bytes(row.bytes(0)?))
                    .or_default()
                    .push(Key::from_bytes(row.bytes(1)?));
            }
        }
        Ok(found)
    }

    /// What stands in the index under these keys, by key: how one that vanished is known.
    pub async fn identities_of(
        &self,
        keys: &BTreeSet<Key>,
    ) -> Result<BTreeMap<Key, Vec<IdentityRow>>, StoreError> {
        let mut tx = self.db.read().await?;
        let keys: Vec<Key> = keys.iter().copied().collect();
        let mut found: BTreeMap<Key, Vec<IdentityRow>> = BTreeMap::new();
        for batch in keys.chunks(ROWS) {
            let list = placeholders(1, batch.len());
            let sql = format!(
                "SELECT kind, mac, key FROM identity_index WHERE key IN ({list}) ORDER BY kind, mac"
            );
            let args: Vec<Arg<'_>> = batch.iter().map(|key| Arg::from(key.as_bytes())).collect();
            for row in tx.rows(sqlx::AssertSqlSafe(sql), &args).await? {
                let row = identity_row(&row)?;
                found.entry(row.key).or_default().push(row);
            }
        }
        Ok(found)
    }

    /// The marks of protected persons.
    pub async fn protected_marks(&self) -> Result<BTreeSet<Mac>, StoreError> {
        let rows = self.db.read().await?.rows("SELECT mac FROM protected_mark", &[]).await?;
        rows.iter().map(|row| Ok(Mac::from_bytes(row.bytes(0)?))).collect()
    }

    /// Makes `marks` the marks of protected persons, and says what that changed.
    pub async fn set_protected_marks(
        &self,
        marks: &BTreeSet<Mac>,
        at: Timestamp,
    ) -> Result<MarkChange, StoreError> {
        let known = self.protected_marks().await?;
        let change = MarkChange {
            new: marks.difference(&known).copied().collect(),
            gone: known.difference(marks).copied().collect(),
        };
        if change == MarkChange::default() {
            return Ok(change);
        }
        let mut tx = self.db.write().await?;
        let args: Vec<Arg<'_>> =
            change.new.iter().flat_map(|m| [m.as_bytes().into(), micros(at).into()]).collect();
        tx.insert(
            "INSERT INTO protected_mark (mac, first_seen)",
            2,
            "ON CONFLICT (mac) DO NOTHING",
            &args,
        )
        .await?;
        for mac in &change.gone {
            tx.execute("DELETE FROM protected_mark WHERE mac = $1", args![mac.as_bytes()]).await?;
        }
        tx.commit().await?;
        Ok(change)
    }
}

fn content_hash(rows: &[IdentityRow]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for IdentityRow { kind, mac, key } in rows {
        hash.update([*kind]);
        hash.update(mac.as_bytes());
        hash.update(key.as_bytes());
    }
    hash.finalize().into()
}

/// Rows of the index read at a time.
const PAGE: i64 = 10_000;

/// A sorted merge of the index and `rows`: writes only what differs.
async fn merge(tx: &mut Tx, rows: &[IdentityRow]) -> Result<u64, StoreError> {
    let mut wanted = rows.iter().copied().peekable();
    let mut new = Vec::new();
    let mut gone = Vec::new();
    let mut last: Option<IdentityRow> = None;
    loop {
        let page = page_after(tx, last).await?;
        for &row in &page {
            while let Some(before) = wanted.next_if(|wanted| *wanted < row) {
                new.push(before);
            }
            if wanted.next_if_eq(&row).is_none() {
                gone.push(row);
            }
        }
        match page.last() {
            Some(&row) => last = Some(row),
            None => break,
        }
    }
    new.extend(wanted);
    let sql = "DELETE FROM identity_index WHERE kind = $1 AND mac = $2 AND key = $3";
    for IdentityRow { kind, mac, key } in &gone {
        tx.execute(sql, args![i64::from(*kind), mac.as_bytes(), key.as_bytes()]).await?;
    }
    for batch in new.chunks(ROWS) {
        let row = |row: &IdentityRow| {
            [
                i64::from(row.kind).into(),
                row.mac.as_bytes().to_vec().into(),
                row.key.as_bytes().to_vec().into(),
            ]
        };
        let args: Vec<Arg<'_>> = batch.iter().flat_map(row).collect();
        tx.insert("INSERT INTO identity_index (kind, mac, key)", 3, "", &args).await?;
    }
    Ok((new.len() + gone.len()) as u64)
}

async fn page_after(
    tx: &mut Tx,
    last: Option<IdentityRow>,
) -> Result<Vec<IdentityRow>, StoreError> {
    let sql = "SELECT kind, mac, key FROM identity_index WHERE (kind, mac, key) > ($1, $2, $3) \
        ORDER BY kind, mac, key LIMIT $4";
    let (kind, mac, key) = match &last {
        Some(row) => (i64::from(row.kind), row.mac.as_bytes(), row.key.as_bytes()),
        None => (-1, &[0; 16], &[0; 16]),
    };
    tx.rows(sql, args![kind, mac, key, PAGE]).await?.iter().map(identity_row).collect()
}

fn identity_row(row: &crate::db::Row) -> Result<IdentityRow, StoreError> {
    let kind =
        u8::try_from(row.get::<i64>(0)?).map_err(|_| StoreError::damaged("a kind out of range"))?;
    Ok(IdentityRow {
        kind,
        mac: Mac::from_bytes(row.bytes(1)?),
        key: Key::from_bytes(row.bytes(2)?),
    })
}
