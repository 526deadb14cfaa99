//! Opening a tenant's memory.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::db::{Db, args};
use crate::{Refusal, StoreError, micros, schema, time};

/// One tenant's memory. Clones share the connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) db: Db,
    pub(crate) place: Place,
}

/// Where a store is, so that another thread can open it for itself.
#[derive(Clone)]
pub(crate) enum Place {
    File(PathBuf),
    Schema { options: Box<PgConnectOptions>, name: String },
}

/// What becomes of the pages of `SQLite`'s file that what is erased leaves free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freed {
    /// They are overwritten with zeros, so that none names anybody.
    Overwritten,
    /// They stay as they are until something else takes them: for blobs, which are sealed. To
    /// overwrite those of a nation's snapshot takes ten seconds.
    AsTheyAre,
}

/// A `PostgreSQL` server: one pool for all tenants, and nothing that reads a tenant's tables.
#[derive(Clone)]
pub struct Server {
    options: PgConnectOptions,
    pool: PgPool,
}

/// Bytes of a page of a new file. Nearly all that a large one holds are blobs' chunks of a quarter
/// of a megabyte: with `SQLite`'s 4 KiB, writing and reading them takes a nation's run a second of
/// processor time more (decision 0035). A file that is there keeps its own
/// (<https://sqlite.org/pragma.html#pragma_page_size>).
const PAGE: u32 = 16 << 10;

/// How long a writer waits for another.
const BUSY: Duration = Duration::from_secs(10);

/// How often a file that is busy is tried, and how long between: as long as [`BUSY`] in all.
const OPENING_TRIES: u32 = 200;
const OPENING_PAUSE: Duration = Duration::from_millis(50);

impl Store {
    /// Opens the `SQLite` file, or makes it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Newer`] for a file of a newer program, [`StoreError::Damaged`] for
    /// something that is no database.
    ///
    /// # Cost
    ///
    /// One connection and one statement where the tables are up to date; the writer connects
    /// when something is first written.
    pub async fn open_file(path: &Path) -> Result<Self, StoreError> {
        let store = Self::connect(Place::File(path.to_owned()), Freed::Overwritten);
        let mut tries = 1;
        loop {
            match store.make_ready(path).await {
                // While another process turns a new file to WAL, SQLite does not wait.
                Err(StoreError::Busy { .. }) if tries < OPENING_TRIES => tries += 1,
                outcome => return outcome.map(|()| store),
            }
            tokio::time::sleep(OPENING_PAUSE).await;
        }
    }

    async fn make_ready(&self, path: &Path) -> Result<(), StoreError> {
        if !path.exists() {
            // WAL is a property of the file that only the writer sets.
            self.db.write().await?.commit().await?;
        }
        schema::ensure(&self.db).await
    }

    /// The same store with connections of its own, for a thread with its own runtime.
    pub(crate) fn connect(place: Place, freed: Freed) -> Self {
        let db = match &place {
            Place::File(path) => lite(path, freed),
            Place::Schema { options, name } => {
                Db::Pg { pool: pool(options, 1), schema: name.clone() }
            }
        };
        Self { db, place }
    }

    /// Says whose memory this is; a second call with another name is refused.
    pub async fn claim(&self, tenant: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let sql = "UPDATE meta SET tenant = $1, created = $2 WHERE tenant = ''";
        tx.execute(sql, args![tenant, micros(at)]).await?;
        tx.commit().await?;
        match self.tenant().await? {
            Some((owner, _)) if owner == tenant => Ok(()),
            Some(_) | None => Err(Refusal::OtherTenant { tenant: tenant.to_owned() }.into()),
        }
    }

    /// Whose memory this is, and since when; `None` before [`Self::claim`].
    pub async fn tenant(&self) -> Result<Option<(String, Timestamp)>, StoreError> {
        let row = self.db.read().await?.row("SELECT tenant, created FROM meta", &[]).await?;
        let Some(row) = row else { return Err(StoreError::damaged("no row in meta")) };
        let tenant: String = row.get(0)?;
        if tenant.is_empty() {
            return Ok(None);
        }
        Ok(Some((tenant, time(row.get(1)?)?)))
    }

    /// Waits for what is under way and closes the connections. `SQLite`'s log becomes part of
    /// its file, so that one file is all there is to copy.
    pub async fn close(self) {
        match self.db {
            Db::Lite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
            // The pool belongs to the server.
            Db::Pg { .. } => {}
        }
    }

    /// Erases the tenant: the file with its log, or the schema with all in it (K170).
    pub async fn purge_tenant(self) -> Result<(), StoreError> {
        match (&self.db, &self.place) {
            (Db::Pg { pool, schema }, _) => {
                let sql = format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE");
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await?;
                Ok(())
            }
            (Db::Lite { .. }, Place::File(path)) => {
                let path = path.clone();
                self.close().await;
                remove_file_and_log(&path)
            }
            (Db::Lite { .. }, Place::Schema { .. }) => {
                Err(StoreError::damaged("a schema in a file"))
            }
        }
    }
}

fn remove_file_and_log(path: &Path) -> Result<(), StoreError> {
    for tail in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(tail);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// FULL, not NORMAL: with NORMAL a committed journal row may be gone after a power loss, and
/// a call would be sent twice (<https://sqlite.org/pragma.html#pragma_synchronous>). Measured on
/// ext4, with pages of 4 KiB: 0.45 ms a commit instead of 0.13 ms, which groups of calls share.
fn lite(path: &Path, freed: Freed) -> Db {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY).foreign_keys(true);
    let writer = options
        .clone()
        .create_if_missing(true)
        .page_size(PAGE)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", if freed == Freed::Overwritten { "ON" } else { "FAST" });
    // Who writes much says when the log becomes part of the file: while somebody reads, it cannot,
    // and to try after every few megabytes means to sort all of a log that grows.
    let writer = match freed {
        Freed::Overwritten => writer,
        Freed::AsTheyAre => writer.pragma("wal_autocheckpoint", "0"),
    };
    let reader = options.pragma("query_only", "ON");
    let pool = || SqlitePoolOptions::new().acquire_timeout(BUSY).test_before_acquire(false);
    Db::Lite {
        writer: pool().max_connections(1).connect_lazy_with(writer),
        reader: pool().max_connections(2).connect_lazy_with(reader),
    }
}

fn pool(options: &PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(BUSY)
        .connect_lazy_with(options.clone())
}

impl Server {
    /// A pool for the server that `url` names (`postgres://user@host:port/database`). Nothing
    /// is connected yet.
    pub fn new(url: &str, connections: u32) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)?
            // Empty: a statement outside a tenant's transaction finds no table.
            .options([("search_path", ""), ("synchronous_commit", "on")]);
        Ok(Self { pool: pool(&options, connections), options })
    }

    /// Opens the tenant's schema, or makes it.
    ///
    /// # Errors
    ///
    /// As [`Store::open_file`]; [`Refusal::SchemaName`] for a name that is none of ours.
    pub async fn open_tenant(&self, name: &str) -> Result<Store, StoreError> {
        if !is_tenant_name(name) {
            return Err(Refusal::SchemaName { name: name.to_owned() }.into());
        }
        let sql = format!("CREATE SCHEMA IF NOT EXISTS \"{name}\"");
        if !self.has_schema(name).await? {
            let made = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.pool).await;
            // Where two make it at once, one of them fails in spite of IF NOT EXISTS.
            if let Err(error) = made
                && !self.has_schema(name).await?
            {
                return Err(error.into());
            }
        }
        let db = Db::Pg { pool: self.pool.clone(), schema: name.to_owned() };
        schema::ensure(&db).await?;
        let place =
            Place::Schema { options: Box::new(self.options.clone()), name: name.to_owned() };
        Ok(Store { db, place })
    }

    /// `CREATE SCHEMA` asks for a right that an everyday account need not have.
    async fn has_schema(&self, name: &str) -> Result<bool, StoreError> {
        let sql = "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = $1";
        Ok(sqlx::query_scalar::<_, i64>(sql).bind(name).fetch_one(&self.pool).await? > 0)
    }

    /// Closes the connections.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

/// Names that need no quoting and are none of `PostgreSQL`'s own.
fn is_tenant_name(name: &str) -> bool {
    let own = name.starts_with("pg_") || matches!(name, "public" | "information_schema");
    let letters = name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    !own && letters
        && name.len() <= 63
        && name.starts_with(|first: char| first.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_can_be_schemas() {
        for name in ["tenant_a", "exempelkoping", "t1"] {
            assert!(is_tenant_name(name), "{name}");
        }
        for name in [
            "",
            "1a",
            "public",
            "pg_catalog",
            "information_schema",
            "a\"b",
            "a, public",
            "Å",
            "A",
            "$user",
        ] {
            assert!(!is_tenant_name(name), "{name}");
        }
    }

    /// Trap: work outside a tenant's transaction is an error, not a leak.
    #[tokio::test]
    async fn a_statement_outside_a_tenant_transaction_finds_no_table() -> Result<(), StoreError> {
        #[expect(clippy::disallowed_methods, reason = "where the test server is")]
        let Ok(url) = std::env::var("SKOLBRO_TEST_POSTGRES") else {
            println!("skipped: SKOLBRO_TEST_POSTGRES is not set");
            return Ok(());
        };
        let server = Server::new(&url, 1)?;
        let name = format!("path_{}", std::process::id());
        let store = server.open_tenant(&name).await?;
        let inside = store.tenant().await;
        assert!(inside.is_ok(), "{inside:?}");

        // The same connection, straight after a tenant's transaction on it.
        let outside = sqlx::query("SELECT version FROM meta").fetch_all(&server.pool).await;
        let code = outside.err().and_then(|e| {
            e.as_database_error().and_then(|e| e.code().map(std::borrow::Cow::into_owned))
        });
        assert_eq!(code.as_deref(), Some("42P01"), "undefined table");
        store.purge_tenant().await
    }
}
