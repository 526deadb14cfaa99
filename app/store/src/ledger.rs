//! The ledger: of every object at a receiver, what was told of it last, when, and what came
//! of it (K150). Only our own ids.

use jiff::Timestamp;
use roster::Key;
use state::{Kind, ObjectRef};

use crate::db::{Arg, Row, Tx, args};
use crate::journal::CallState;
use crate::{Store, StoreError, micros, time};

/// What was told of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// Which object, by our own key.
    pub object: ObjectRef,
    /// What was told: the word of a verb.
    pub what: String,
    /// When.
    pub at: Timestamp,
    /// How the receiver took it.
    pub state: CallState,
    /// The receiver's code, where it refused.
    pub code: Option<String>,
}

const WIDTH: usize = 7;

/// Writes rows over what stood there of the same objects.
pub(crate) async fn put(tx: &mut Tx, target: &str, rows: &[LedgerRow]) -> Result<(), StoreError> {
    let head = "INSERT INTO ledger (target, kind, key, what, at, state, code)";
    let tail = "ON CONFLICT (target, kind, key) DO UPDATE SET what = excluded.what, \
        at = excluded.at, state = excluded.state, code = excluded.code";
    for batch in rows.chunks(crate::db::ROWS) {
        let row = |row: &'_ LedgerRow| -> [Arg<'_>; WIDTH] {
            let LedgerRow { object, what, at, state, code } = row;
            let key = Arg::Bytes(Some(object.key.as_bytes().to_vec().into()));
            let kind = i64::from(object.kind.0);
            let (what, code) = (Arg::from(what.clone()), Arg::from(code.clone()));
            [
                target.to_owned().into(),
                kind.into(),
                key,
                what,
                micros(*at).into(),
                state.word().into(),
                code,
            ]
        };
        let args: Vec<Arg<'_>> = batch.iter().flat_map(row).collect();
        tx.insert(head, WIDTH, tail, &args).await?;
    }
    Ok(())
}

impl Store {
    /// Forgets what was told of these objects: of a person who became protected nothing stays.
    pub async fn forget_ledger(
        &self,
        target: &str,
        objects: &[ObjectRef],
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        for object in objects {
            let args = args![target, i64::from(object.kind.0), object.key.as_bytes()];
            let sql = "DELETE FROM ledger WHERE target = $1 AND kind = $2 AND key = $3";
            tx.execute(sql, args).await?;
        }
        tx.commit().await
    }

    /// What was told of the objects of a target, in their order, from the one after `after`.
    pub async fn ledger(
        &self,
        target: &str,
        after: Option<ObjectRef>,
        limit: u32,
    ) -> Result<Vec<LedgerRow>, StoreError> {
        let (kind, key) =
            after.map_or((-1, [0; 16]), |it| (i64::from(it.kind.0), *it.key.as_bytes()));
        let sql = "SELECT kind, key, what, at, state, code FROM ledger WHERE target = $1 \
            AND (kind > $2 OR (kind = $2 AND key > $3)) ORDER BY kind, key LIMIT $4";
        let args = args![target, kind, &key[..], i64::from(limit)];
        self.db.read().await?.rows(sql, args).await?.iter().map(LedgerRow::from_row).collect()
    }
}

impl LedgerRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let kind = u8::try_from(row.get::<i64>(0)?);
        let kind = kind.map_err(|_| StoreError::damaged("a kind out of range"))?;
        Ok(Self {
            object: ObjectRef { kind: Kind(kind), key: Key::from_bytes(row.bytes(1)?) },
            what: row.get(2)?,
            at: time(row.get(3)?)?,
            state: CallState::from_word(row.get(4)?)?,
            code: row.get(5)?,
        })
    }
}
