//! One statement text on two engines: arguments, rows and transactions.

use std::borrow::Cow;

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Decode, Postgres, Row as _, SqlSafeStr, Sqlite, Transaction, Type};

use crate::StoreError;

/// The two engines, and for `SQLite` the one writer apart from the readers: a transaction
/// that reads first and writes later fails at once when somebody else wrote in between
/// (`SQLITE_BUSY_SNAPSHOT`, which no waiting time helps against).
#[derive(Clone)]
pub(crate) enum Db {
    Lite { writer: SqlitePool, reader: SqlitePool },
    Pg { pool: PgPool, schema: String },
}

/// An argument of a statement. `NULL` has a type too, because `PostgreSQL` asks for one.
pub(crate) enum Arg<'a> {
    Int(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bytes(Option<Cow<'a, [u8]>>),
}

impl From<i64> for Arg<'_> {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Arg<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Some(value.into()))
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(Some(value.as_str().into()))
    }
}

impl From<String> for Arg<'_> {
    fn from(value: String) -> Self {
        Self::Text(Some(value.into()))
    }
}

impl From<Option<String>> for Arg<'_> {
    fn from(value: Option<String>) -> Self {
        Self::Text(value.map(Into::into))
    }
}

impl<'a> From<&'a Option<String>> for Arg<'a> {
    fn from(value: &'a Option<String>) -> Self {
        Self::Text(value.as_deref().map(Into::into))
    }
}

impl<'a> From<&'a [u8]> for Arg<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(Some(value.into()))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Arg<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Bytes(Some(value.as_slice().into()))
    }
}

impl From<Vec<u8>> for Arg<'_> {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value.into()))
    }
}

/// The arguments of a statement, each made by `Arg::from`.
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Arg::from($value)),*] };
}
pub(crate) use args;

/// A row of an answer.
pub(crate) enum Row {
    Lite(SqliteRow),
    Pg(PgRow),
}

impl Row {
    pub(crate) fn get<'r, T>(&'r self, column: usize) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(match self {
            Self::Lite(row) => row.try_get(column)?,
            Self::Pg(row) => row.try_get(column)?,
        })
    }

    /// A column of exactly `N` bytes.
    pub(crate) fn bytes<const N: usize>(&self, column: usize) -> Result<[u8; N], StoreError> {
        self.get::<&[u8]>(column)?
            .try_into()
            .map_err(|_| StoreError::damaged("a key of another length"))
    }
}

/// A transaction of one tenant. Dropped without `commit`, it leaves no trace.
pub(crate) enum Tx {
    Lite(Transaction<'static, Sqlite>),
    Pg(Transaction<'static, Postgres>),
}

macro_rules! bound {
    ($engine:ty, $sql:expr, $args:expr) => {{
        let mut query = sqlx::query::<$engine>($sql);
        for arg in $args {
            query = match arg {
                Arg::Int(value) => query.bind(*value),
                Arg::Text(value) => query.bind(value.as_deref()),
                Arg::Bytes(value) => query.bind(value.as_deref()),
            };
        }
        query
    }};
}

impl Db {
    /// A transaction that reads one state of the tenant.
    pub(crate) async fn read(&self) -> Result<Tx, StoreError> {
        match self {
            Self::Lite { reader, .. } => Ok(Tx::Lite(reader.begin().await?)),
            // Under the default level, each statement would see a state of its own.
            Self::Pg { pool, schema } => {
                tenant_tx(pool, schema, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
            }
        }
    }

    /// A transaction that writes.
    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        match self {
            Self::Lite { writer, .. } => Ok(Tx::Lite(writer.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Pg { pool, schema } => tenant_tx(pool, schema, "BEGIN").await,
        }
    }
}

/// Opens a transaction that sees the schema of one tenant and nothing else. The pool's
/// connections have an empty path, so that a statement outside such a transaction finds
/// no table.
async fn tenant_tx(pool: &PgPool, schema: &str, begin: &'static str) -> Result<Tx, StoreError> {
    let mut tx = pool.begin_with(begin).await?;
    // The same as SET LOCAL, which takes no parameters.
    sqlx::query("SELECT set_config('search_path', $1, true)")
        .bind(format!("\"{schema}\""))
        .execute(&mut *tx)
        .await?;
    Ok(Tx::Pg(tx))
}

impl Tx {
    /// Carries out one statement; returns how many rows it touched.
    pub(crate) async fn execute(
        &mut self,
        sql: impl SqlSafeStr,
        args: &[Arg<'_>],
    ) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Lite(tx) => bound!(Sqlite, sql, args).execute(&mut **tx).await?.rows_affected(),
            Self::Pg(tx) => bound!(Postgres, sql, args).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// All rows of an answer.
    pub(crate) async fn rows(
        &mut self,
        sql: impl SqlSafeStr,
        args: &[Arg<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        Ok(match self {
            Self::Lite(tx) => bound!(Sqlite, sql, args)
                .fetch_all(&mut **tx)
                .await?
                .into_iter()
                .map(Row::Lite)
                .collect(),
            Self::Pg(tx) => bound!(Postgres, sql, args)
                .fetch_all(&mut **tx)
                .await?
                .into_iter()
                .map(Row::Pg)
                .collect(),
        })
    }

    /// Hands out the rows of an answer one by one: a row is ten times as large as what it says,
    /// so that those of a long answer are not held side by side.
    pub(crate) async fn each(
        &mut self,
        sql: impl SqlSafeStr,
        args: &[Arg<'_>],
        mut take: impl FnMut(Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match self {
            Self::Lite(tx) => {
                let mut rows = bound!(Sqlite, sql, args).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await? {
                    take(Row::Lite(row))?;
                }
            }
            Self::Pg(tx) => {
                let mut rows = bound!(Postgres, sql, args).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await? {
                    take(Row::Pg(row))?;
                }
            }
        }
        Ok(())
    }

    /// The first row of an answer, if it has one.
    pub(crate) async fn row(
        &mut self,
        sql: impl SqlSafeStr,
        args: &[Arg<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// `head VALUES (…), (…) tail` for all rows, many at a time, `width` arguments a
    /// row; returns how many rows were touched.
    ///
    /// `head` and `tail` are constants: no data becomes part of a statement.
    pub(crate) async fn insert(
        &mut self,
        head: &'static str,
        width: usize,
        tail: &'static str,
        args: &[Arg<'_>],
    ) -> Result<u64, StoreError> {
        let mut touched = 0;
        let rows = match self {
            // Binding asks for every argument's name, and SQLite looks for it from the first on:
            // the time for a statement grows with the square of its arguments.
            Self::Lite(_) => (256 / width).max(1),
            Self::Pg(_) => ROWS,
        };
        for batch in args.chunks(width * rows) {
            let sql = format!("{head} VALUES {} {tail}", tuples(width, batch.len() / width));
            touched += self.execute(AssertSqlSafe(sql), batch).await?;
        }
        Ok(touched)
    }

    /// Several statements without arguments, for migrations.
    pub(crate) async fn script(&mut self, sql: String) -> Result<(), StoreError> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Lite(tx) => {
                sql.execute(&mut **tx).await?;
            }
            Self::Pg(tx) => {
                sql.execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Lite(tx) => tx.commit().await?,
            Self::Pg(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Rows that are turned into arguments at a time.
pub(crate) const ROWS: usize = 500;

/// `($1, $2), ($3, $4)`.
pub(crate) fn tuples(width: usize, rows: usize) -> String {
    let row = |row: usize| format!("({})", placeholders(row * width + 1, width));
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// `$first, $first+1, …`
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}
