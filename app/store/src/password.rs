//! First passwords of accounts that were made: sealed, until a school has fetched them.

use jiff::Timestamp;
use roster::Key;
use state::ObjectRef;

use crate::db::{Arg, Row, args};
use crate::obstacle::object;
use crate::{Store, StoreError, micros, pack, time, unpack};

/// The first password of one account.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordRow {
    /// The account, by our own key.
    pub account: ObjectRef,
    /// Its schools.
    pub schools: Vec<Key>,
    /// When it was drawn.
    pub made: Timestamp,
    /// Name, address and password, sealed.
    pub sealed: Vec<u8>,
}

impl Store {
    /// Keeps a password, durably; a later one of the same account takes its place.
    pub async fn put_password(&self, target: &str, row: &PasswordRow) -> Result<(), StoreError> {
        let PasswordRow { account, schools, made, sealed } = row;
        let args: [Arg<'_>; 6] = [
            target.into(),
            i64::from(account.kind.0).into(),
            account.key.as_bytes().into(),
            pack(schools).into(),
            micros(*made).into(),
            sealed.as_slice().into(),
        ];
        let mut tx = self.db.write().await?;
        let head = "INSERT INTO handover (target, kind, key, schools, made, sealed)";
        let tail = "ON CONFLICT (target, kind, key) DO UPDATE SET schools = excluded.schools, \
            made = excluded.made, sealed = excluded.sealed";
        tx.insert(head, args.len(), tail, &args).await?;
        tx.commit().await
    }

    /// The passwords that are kept of a target, by account.
    pub async fn passwords(&self, target: &str) -> Result<Vec<PasswordRow>, StoreError> {
        let sql = "SELECT kind, key, schools, made, sealed FROM handover \
            WHERE target = $1 ORDER BY kind, key";
        let rows = self.db.read().await?.rows(sql, args![target]).await?;
        rows.iter().map(PasswordRow::from_row).collect()
    }

    /// The password that is kept of one account.
    pub async fn password(
        &self,
        target: &str,
        account: ObjectRef,
    ) -> Result<Option<PasswordRow>, StoreError> {
        let sql = "SELECT kind, key, schools, made, sealed FROM handover \
            WHERE target = $1 AND kind = $2 AND key = $3";
        let (kind, key) = (i64::from(account.kind.0), account.key.as_bytes());
        let rows = self.db.read().await?.rows(sql, args![target, kind, key]).await?;
        rows.first().map(PasswordRow::from_row).transpose()
    }

    /// Forgets passwords of a target that were handed over, unless a later one has taken the
    /// place of the one that was.
    pub async fn forget_passwords(
        &self,
        target: &str,
        rows: &[PasswordRow],
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        for PasswordRow { account, schools: _, made: _, sealed } in rows {
            let (kind, key) = (i64::from(account.kind.0), account.key.as_bytes());
            let sql =
                "DELETE FROM handover WHERE target = $1 AND kind = $2 AND key = $3 AND sealed = $4";
            tx.execute(sql, args![target, kind, key, sealed.as_slice()]).await?;
        }
        tx.commit().await?;
        self.overwrite_free().await?;
        self.empty_log().await
    }

    /// Forgets the passwords of these persons at every target: newly protected ones.
    pub async fn forget_passwords_of(&self, keys: &[Key]) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        for key in keys {
            tx.execute("DELETE FROM handover WHERE key = $1", args![key.as_bytes()]).await?;
        }
        tx.commit().await
    }
}

impl PasswordRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            account: object(row)?,
            schools: unpack(row.get(2)?)?,
            made: time(row.get(3)?)?,
            sealed: row.get(4)?,
        })
    }
}
