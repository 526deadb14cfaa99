//! The audit log: a chain in which each row's hash covers the row before (K208).

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::db::{Row, Tx, args};
use crate::{Store, StoreError, micros, time};

/// Something to be remembered. Names nobody: people by opaque ids.
#[derive(Debug, Clone)]
pub struct NewAudit<'a> {
    /// When.
    pub at: Timestamp,
    /// Who did it, by an opaque id, or `system`.
    pub who: &'a str,
    /// What was done: a word with dots, `plan.approved`.
    pub what: &'a str,
    /// To what, by its id.
    pub subject: &'a str,
    /// The rest, as JSON.
    pub detail: &'a str,
}

/// A row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, without holes.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What.
    pub what: String,
    /// To what.
    pub subject: String,
    /// The rest, as JSON.
    pub detail: String,
    /// Over this row and, through the one before, over all before it.
    pub hash: [u8; 32],
}

/// The end of the chain. Kept outside the store, it shows later that nothing was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// The last row's number, 0 in an empty log.
    pub seq: i64,
    /// The last row's hash, empty in an empty log.
    pub hash: Vec<u8>,
}

/// What verifying the chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditVerdict {
    /// Whole: so many rows.
    Whole(u64),
    /// The first row that is missing or was changed.
    BrokenAt(i64),
}

impl Store {
    /// Adds a row at the end of the chain; returns the new end.
    pub async fn audit(&self, entry: &NewAudit<'_>) -> Result<AuditHead, StoreError> {
        let mut tx = self.db.write().await?;
        // Taking the number first locks the row: no two rows get the same predecessor.
        let row = tx
            .row("UPDATE meta SET audit_seq = audit_seq + 1 RETURNING audit_seq, audit_head", &[])
            .await?;
        let row = row.ok_or_else(|| StoreError::damaged("no row in meta"))?;
        let (seq, previous): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let hash = link(&previous, seq, entry);
        let NewAudit { at, who, what, subject, detail } = *entry;
        let sql = "INSERT INTO audit (seq, at, who, what, subject, detail, prev_hash, hash) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        tx.execute(sql, args![seq, micros(at), who, what, subject, detail, previous, &hash])
            .await?;
        tx.execute("UPDATE meta SET audit_head = $1", args![&hash]).await?;
        tx.commit().await?;
        Ok(AuditHead { seq, hash: hash.to_vec() })
    }

    /// The end of the chain, to be kept elsewhere.
    pub async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        let row = self.db.read().await?.row("SELECT audit_seq, audit_head FROM meta", &[]).await?;
        let row = row.ok_or_else(|| StoreError::damaged("no row in meta"))?;
        Ok(AuditHead { seq: row.get(0)?, hash: row.get(1)? })
    }

    /// Rows after `seq`, in order.
    pub async fn audit_after(&self, seq: i64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = self.db.read().await?.rows(PAGE, args![seq, i64::from(limit)]).await?;
        rows.iter().map(AuditEntry::from_row).collect()
    }

    /// Walks the chain from its beginning, or from where retention cut it.
    ///
    /// # Shapes
    ///
    /// * `kept`: an end exported earlier; the chain must go through it. It is what shows that
    ///   the newest rows were cut off together with our own note of the end. One from before
    ///   the retention's cut proves nothing and is passed over.
    pub async fn verify_audit(&self, kept: Option<&AuditHead>) -> Result<AuditVerdict, StoreError> {
        verify(&mut self.db.read().await?, kept).await
    }
}

/// As [`Store::verify_audit`], in a transaction that is open.
pub(crate) async fn verify(
    tx: &mut Tx,
    kept: Option<&AuditHead>,
) -> Result<AuditVerdict, StoreError> {
    let meta =
        tx.row("SELECT audit_base_seq, audit_base, audit_seq, audit_head FROM meta", &[]).await?;
    let meta = meta.ok_or_else(|| StoreError::damaged("no row in meta"))?;
    let base: i64 = meta.get(0)?;
    let (mut seq, mut hash): (i64, Vec<u8>) = (base, meta.get(1)?);
    loop {
        let rows = tx.rows(PAGE, args![seq, 1_000_i64]).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let Some(next) = verified(&row, seq + 1, &hash)? else {
                return Ok(AuditVerdict::BrokenAt(seq + 1));
            };
            (seq, hash) = (seq + 1, next);
            if kept.is_some_and(|kept| kept.seq == seq && kept.hash != hash) {
                return Ok(AuditVerdict::BrokenAt(seq));
            }
        }
    }
    let noted: i64 = meta.get(2)?;
    let cut = kept.is_some_and(|kept| kept.seq > seq) || noted > seq;
    if cut {
        return Ok(AuditVerdict::BrokenAt(seq + 1));
    }
    if noted != seq || meta.get::<Vec<u8>>(3)? != hash {
        return Ok(AuditVerdict::BrokenAt(seq));
    }
    Ok(AuditVerdict::Whole((seq - base).unsigned_abs()))
}

const PAGE: &str = "SELECT seq, at, who, what, subject, detail, prev_hash, hash FROM audit WHERE seq > $1 \
    ORDER BY seq LIMIT $2";

/// The row's hash where the row is the expected one and fits the one before.
fn verified(row: &Row, seq: i64, previous: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let entry = AuditEntry::from_row(row)?;
    let AuditEntry { seq: found, at, who, what, subject, detail, hash } = &entry;
    let new = NewAudit { at: *at, who, what, subject, detail };
    let fits =
        *found == seq && row.get::<Vec<u8>>(6)? == previous && *hash == link(previous, seq, &new);
    Ok(fits.then(|| hash.to_vec()))
}

/// SHA-256 over the hash before and the row; every part with its length before it.
fn link(previous: &[u8], seq: i64, entry: &NewAudit<'_>) -> [u8; 32] {
    let NewAudit { at, who, what, subject, detail } = entry;
    let mut hash = Sha256::new();
    let (seq, at) = (seq.to_be_bytes(), micros(*at).to_be_bytes());
    let parts: [&[u8]; 7] = [
        previous,
        &seq,
        &at,
        who.as_bytes(),
        what.as_bytes(),
        subject.as_bytes(),
        detail.as_bytes(),
    ];
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

impl AuditEntry {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            seq: row.get(0)?,
            at: time(row.get(1)?)?,
            who: row.get(2)?,
            what: row.get(3)?,
            subject: row.get(4)?,
            detail: row.get(5)?,
            hash: row.bytes(7)?,
        })
    }
}
