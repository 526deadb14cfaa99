//! The tables, as one text for both engines, and the check of their version.
//!
//! Portable types only: TEXT, BIGINT (times in microseconds UTC), and `{BLOB}`, the one word
//! that the engines call differently. Days are TEXT in the form `2026-11-24`.
//!
//! No table has a column for an identity number, a name or an address (K065, K077): what
//! must hold one (snapshots, plans, written state) comes sealed, as bytes.

use crate::StoreError;
use crate::db::{Db, Tx, args};

/// The texts that make each version, never changed after a release.
const MIGRATIONS: [(i64, &str); 3] = [
    (1, include_str!("../migrations/0001.sql")),
    (2, include_str!("../migrations/0002.sql")),
    (3, include_str!("../migrations/0003.sql")),
];

/// The newest schema that this program knows.
pub const VERSION: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// The version found, 0 in an empty database. One statement on `SQLite`, two on `PostgreSQL`.
async fn version(tx: &mut Tx, db: &Db) -> Result<i64, StoreError> {
    match db {
        Db::Lite { .. } => {
            tx.row("PRAGMA user_version", &[]).await?.map_or(Ok(0), |row| row.get(0))
        }
        Db::Pg { schema, .. } => {
            let sql = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = $1 AND table_name = 'meta'";
            let found = tx.row(sql, args![schema]).await?.map_or(Ok(0), |row| row.get::<i64>(0))?;
            if found == 0 {
                return Ok(0);
            }
            tx.row("SELECT version FROM meta", &[]).await?.map_or(Ok(0), |row| row.get(0))
        }
    }
}

/// Brings the tables up to [`VERSION`]; only looks when they are there already.
pub(crate) async fn ensure(db: &Db) -> Result<(), StoreError> {
    let found = version(&mut db.read().await?, db).await?;
    if found > VERSION {
        return Err(StoreError::Newer { found, known: VERSION });
    }
    if found == VERSION {
        return Ok(());
    }
    let mut tx = db.write().await?;
    if let Db::Pg { schema, .. } = db {
        // Two processes may start at once; on SQLite the writer's lock is enough.
        let lock = "SELECT CAST(1 AS BIGINT) FROM pg_advisory_xact_lock(hashtextextended($1, 0))";
        tx.row(lock, args![schema]).await?;
    }
    let found = version(&mut tx, db).await?;
    migrate(&mut tx, db, found, VERSION).await?;
    tx.commit().await
}

/// Carries out the migrations after `from` up to `to`.
pub(crate) async fn migrate(tx: &mut Tx, db: &Db, from: i64, to: i64) -> Result<(), StoreError> {
    for (number, text) in MIGRATIONS {
        if number > from && number <= to {
            tx.script(text.replace("{BLOB}", blob_word(db))).await?;
        }
    }
    tx.execute("UPDATE meta SET version = $1", args![to]).await?;
    if let Db::Lite { .. } = db {
        tx.script(format!("PRAGMA user_version = {to}")).await?;
    }
    Ok(())
}

/// The tables in the order in which the migrations make them.
pub(crate) fn table_names() -> Vec<&'static str> {
    let lines = MIGRATIONS.iter().flat_map(|(_, text)| text.lines());
    let name = |line: &'static str| line.strip_prefix("CREATE TABLE ")?.split([' ', '(']).next();
    lines.filter_map(name).collect()
}

fn blob_word(db: &Db) -> &'static str {
    match db {
        Db::Lite { .. } => "BLOB",
        Db::Pg { .. } => "BYTEA",
    }
}
