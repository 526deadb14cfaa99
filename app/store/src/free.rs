//! Pages of `SQLite`'s file that blobs leave free.
//!
//! What blobs hold is sealed, so that their pages are not overwritten as others are when they
//! become free: a nation's snapshot has 34,000. Most are taken by the next generation. Who has
//! to forget somebody overwrites the rest.

use std::thread::JoinHandle;

use crate::blob::on_own_thread;
use crate::db::{Arg, Db, args};
use crate::fill::{self, filling};
use crate::open::Freed;
use crate::{Store, StoreError};

/// Pages that are overwritten in one transaction.
const BATCH: i64 = 256;
/// After so many transactions the log is made part of the file.
const SETTLED: i64 = 16;

impl Store {
    /// Carries out a statement that erases blobs.
    pub(crate) async fn free(&self, sql: &'static str, args: &[Arg<'_>]) -> Result<(), StoreError> {
        let store = self.freeing();
        let mut tx = store.db.write().await?;
        tx.execute(sql, args).await?;
        tx.commit().await?;
        store.settle_log().await?;
        store.close().await;
        Ok(())
    }

    /// Makes `SQLite`'s log a part of its file beside other work: who reads a large blob while
    /// another is written holds up half a gigabyte of it, which the next to write would have to
    /// wait for. `None` where there is no such log.
    ///
    /// # Errors
    ///
    /// When no thread can be had. What goes wrong with the log itself, the next to write is told.
    pub fn settle_log_beside(&self) -> Result<Option<JoinHandle<()>>, StoreError> {
        if matches!(self.db, Db::Pg { .. }) {
            return Ok(None);
        }
        let store = self.freeing();
        let settling = on_own_thread(move |runtime| {
            runtime.block_on(async {
                drop(store.settle_log().await);
                store.close().await;
            });
        })?;
        Ok(Some(settling))
    }

    /// Makes what nobody reads of `SQLite`'s log a part of its file, as far as can be without
    /// waiting.
    pub(crate) async fn settle_log(&self) -> Result<(), StoreError> {
        if let Db::Lite { writer, .. } = &self.db {
            sqlx::raw_sql("PRAGMA wal_checkpoint(PASSIVE)").execute(writer).await?;
        }
        Ok(())
    }

    /// This store with connections that leave free pages as they are.
    fn freeing(&self) -> Self {
        match &self.db {
            Db::Lite { .. } => Self::connect(self.place.clone(), Freed::AsTheyAre),
            Db::Pg { .. } => self.clone(),
        }
    }

    /// Overwrites what erased blobs have left in the file. `PostgreSQL` has nothing like it: there
    /// a row that is gone lies where it was until the server itself makes room.
    ///
    /// # Cost
    ///
    /// Writes as many bytes as are free.
    pub async fn overwrite_free(&self) -> Result<(), StoreError> {
        if matches!(self.db, Db::Pg { .. }) {
            return Ok(());
        }
        let store = self.freeing();
        store.fill().await?;
        // Zeros are free again.
        let mut tx = store.db.write().await?;
        tx.execute("DELETE FROM blob WHERE kind = 'free'", &[]).await?;
        tx.commit().await?;
        store.settle_log().await?;
        store.close().await;
        Ok(())
    }

    /// Takes every free page for zeros.
    async fn fill(&self) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let Some(page) = fill::page_size(&mut tx, &self.db).await? else { return Ok(()) };
        tx.execute("DELETE FROM blob WHERE kind = 'free'", &[]).await?;
        let sql = "INSERT INTO blob (kind, name, generation, complete, created, size) \
            VALUES ('free', '', 1, 0, 0, 0)";
        tx.execute(sql, &[]).await?;
        tx.commit().await?;
        for number in 0_i64.. {
            let mut tx = self.db.write().await?;
            let row = tx.row("PRAGMA freelist_count", &[]).await?;
            let free: i64 = row.ok_or_else(|| StoreError::damaged("no pages"))?.get(0)?;
            if free == 0 {
                return tx.commit().await;
            }
            let pages = usize::try_from(free.min(BATCH)).unwrap_or_default();
            let zeros = i64::try_from(filling(pages, page)).unwrap_or_default();
            let sql = "INSERT INTO blob_chunk (kind, name, generation, number, bytes) \
                VALUES ('free', '', 1, $1, zeroblob($2))";
            tx.execute(sql, args![number, zeros]).await?;
            tx.commit().await?;
            if number % SETTLED == 0 {
                self.settle_log().await?;
            }
        }
        Ok(())
    }
}
