//! Small values: versions, fingerprints, the figures of the last good read.

use crate::db::args;
use crate::{Store, StoreError};

impl Store {
    /// The value under this name. `scope` is a target's name, or empty for the whole tenant.
    pub async fn get(&self, scope: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT value FROM kv WHERE scope = $1 AND name = $2";
        self.db.read().await?.row(sql, args![scope, name]).await?.map(|row| row.get(0)).transpose()
    }

    /// Puts values under their names, all or none.
    pub async fn set(&self, scope: &str, values: &[(&str, &[u8])]) -> Result<(), StoreError> {
        let args: Vec<_> = values
            .iter()
            .flat_map(|&(name, value)| [scope.into(), name.into(), value.into()])
            .collect();
        let mut tx = self.db.write().await?;
        let tail = "ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value";
        tx.insert("INSERT INTO kv (scope, name, value)", 3, tail, &args).await?;
        tx.commit().await
    }

    /// Forgets the value under this name.
    pub async fn unset(&self, scope: &str, name: &str) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        tx.execute("DELETE FROM kv WHERE scope = $1 AND name = $2", args![scope, name]).await?;
        tx.commit().await
    }
}
