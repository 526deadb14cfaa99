//! What stands in the way of objects at a receiver, since when (K137).

use std::collections::BTreeSet;

use jiff::Timestamp;
use roster::Key;
use state::{Kind, ObjectRef};

use crate::db::{Arg, ROWS, Row, args};
use crate::{Store, StoreError, micros, pack, time, unpack};

/// What stands in one object's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObstacleRow {
    /// The object, by our own key.
    pub object: ObjectRef,
    /// The code that people see.
    pub code: String,
    /// Its schools.
    pub schools: Vec<Key>,
    /// What it is, sealed.
    pub detail: Vec<u8>,
    /// When it was first seen.
    pub first_seen: Timestamp,
}

/// Whether all obstacles are told, so that the others are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// All of them.
    All,
    /// Some: the others may stand.
    Some,
}

const WIDTH: usize = 7;

impl Store {
    /// Remembers what stands in the way at a target; what stood there before keeps its age.
    pub async fn put_obstacles(
        &self,
        target: &str,
        rows: &[ObstacleRow],
        told: Told,
    ) -> Result<(), StoreError> {
        let known = self.obstacles(target).await?;
        let mut tx = self.db.write().await?;
        if told == Told::All {
            let stands: BTreeSet<_> = rows.iter().map(|it| (it.object, it.code.as_str())).collect();
            let gone = known.iter().filter(|it| !stands.contains(&(it.object, it.code.as_str())));
            for ObstacleRow { object, code, .. } in gone {
                let sql = "DELETE FROM obstacle WHERE target = $1 AND kind = $2 AND key = $3 AND code = $4";
                let args = args![target, i64::from(object.kind.0), object.key.as_bytes(), code];
                tx.execute(sql, args).await?;
            }
        }
        let head = "INSERT INTO obstacle (target, kind, key, code, schools, detail, first_seen)";
        let tail = "ON CONFLICT (target, kind, key, code) DO UPDATE SET \
            schools = excluded.schools, detail = excluded.detail";
        for batch in rows.chunks(ROWS) {
            let args: Vec<Arg<'_>> = batch.iter().flat_map(|row| row.args(target)).collect();
            tx.insert(head, WIDTH, tail, &args).await?;
        }
        tx.commit().await
    }

    /// What stands in the way at a target, the oldest first.
    pub async fn obstacles(&self, target: &str) -> Result<Vec<ObstacleRow>, StoreError> {
        let sql = "SELECT kind, key, code, schools, detail, first_seen FROM obstacle \
            WHERE target = $1 ORDER BY first_seen, code, kind, key";
        let rows = self.db.read().await?.rows(sql, args![target]).await?;
        rows.iter().map(ObstacleRow::from_row).collect()
    }

    /// Forgets what stands in the way of these persons: newly protected ones.
    pub async fn forget_obstacles(&self, keys: &[Key]) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        for key in keys {
            tx.execute("DELETE FROM obstacle WHERE key = $1", args![key.as_bytes()]).await?;
        }
        tx.commit().await
    }
}

impl ObstacleRow {
    fn args<'a>(&'a self, target: &'a str) -> [Arg<'a>; WIDTH] {
        let Self { object, code, schools, detail, first_seen } = self;
        [
            target.into(),
            i64::from(object.kind.0).into(),
            object.key.as_bytes().into(),
            code.into(),
            pack(schools).into(),
            detail.as_slice().into(),
            micros(*first_seen).into(),
        ]
    }

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            object: object(row)?,
            code: row.get(2)?,
            schools: unpack(row.get(3)?)?,
            detail: row.get(4)?,
            first_seen: time(row.get(5)?)?,
        })
    }
}

/// The object of which kind and key stand first in a row.
pub(crate) fn object(row: &Row) -> Result<ObjectRef, StoreError> {
    let kind = u8::try_from(row.get::<i64>(0)?);
    let kind = kind.map_err(|_| StoreError::damaged("a kind out of range"))?;
    Ok(ObjectRef { kind: Kind(kind), key: Key::from_bytes(row.bytes(1)?) })
}
