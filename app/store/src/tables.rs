//! The tables as the engine itself lists them: what copies or counts all of the memory asks
//! here, so that a table of tomorrow is in it by itself.

use sqlx::AssertSqlSafe;

use crate::db::{Arg, Db, Row, Tx, args};
use crate::{StoreError, schema};

/// Tables that say nothing of the tenant: who works in the store just now.
pub(crate) const NOT_KEPT: [&str; 1] = ["lease"];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Int,
    Text,
    Bytes,
}

/// A value of any column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl Cell {
    pub(crate) fn arg(&self) -> Arg<'_> {
        match self {
            Self::Int(value) => Arg::Int(*value),
            Self::Text(value) => Arg::Text(value.as_deref().map(Into::into)),
            Self::Bytes(value) => Arg::Bytes(value.as_deref().map(Into::into)),
        }
    }

    pub(crate) fn of(row: &Row, column: usize, holds: Type) -> Result<Self, StoreError> {
        Ok(match holds {
            Type::Int => Self::Int(row.get(column)?),
            Type::Text => Self::Text(row.get(column)?),
            Type::Bytes => Self::Bytes(row.get(column)?),
        })
    }
}

/// A table with its columns; those of its primary key by their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<(String, Type)>,
    pub(crate) key: Vec<usize>,
}

/// Every table of the memory in an order in which none refers to a later one: that of the
/// texts that made them.
pub(crate) async fn all(tx: &mut Tx, db: &Db) -> Result<Vec<Table>, StoreError> {
    let mut found = names(tx, db).await?;
    let order = schema::table_names();
    found.sort_by_key(|name| order.iter().position(|known| known == name));
    let mut tables = Vec::new();
    for name in found {
        tables.push(table(tx, db, name).await?);
    }
    Ok(tables)
}

async fn names(tx: &mut Tx, db: &Db) -> Result<Vec<String>, StoreError> {
    let rows = match db {
        Db::Lite { .. } => {
            let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
            tx.rows(sql, &[]).await?
        }
        Db::Pg { schema, .. } => {
            let sql = "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = $1 ORDER BY 1";
            tx.rows(sql, args![schema]).await?
        }
    };
    rows.iter().map(|row| row.get(0)).collect()
}

async fn table(tx: &mut Tx, db: &Db, name: String) -> Result<Table, StoreError> {
    let rows = match db {
        Db::Lite { .. } => {
            let sql =
                "SELECT name, type, CAST(pk AS BIGINT) FROM pragma_table_info($1) ORDER BY cid";
            tx.rows(sql, args![&name]).await?
        }
        Db::Pg { schema, .. } => {
            // The place in the primary key; 0 outside it, as SQLite says it.
            let sql = "SELECT CAST(c.column_name AS TEXT), CAST(c.data_type AS TEXT), CAST(COALESCE(( \
                SELECT k.ordinal_position FROM information_schema.key_column_usage k \
                JOIN information_schema.table_constraints t ON t.constraint_schema = k.constraint_schema \
                AND t.constraint_name = k.constraint_name AND t.table_name = k.table_name \
                WHERE t.constraint_type = 'PRIMARY KEY' AND k.table_schema = c.table_schema \
                AND k.table_name = c.table_name AND k.column_name = c.column_name), 0) AS BIGINT) \
                FROM information_schema.columns c WHERE c.table_schema = $1 AND c.table_name = $2 \
                ORDER BY c.ordinal_position";
            tx.rows(sql, args![schema, &name]).await?
        }
    };
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    for (at, row) in rows.iter().enumerate() {
        let (column, word, place): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        columns.push((column, holds(&word)?));
        if place > 0 {
            key.push((place, at));
        }
    }
    key.sort_unstable();
    Ok(Table { name, columns, key: key.into_iter().map(|(_, at)| at).collect() })
}

fn holds(word: &str) -> Result<Type, StoreError> {
    match word.to_ascii_lowercase().as_str() {
        "bigint" => Ok(Type::Int),
        "text" => Ok(Type::Text),
        "blob" | "bytea" => Ok(Type::Bytes),
        _ => Err(StoreError::damaged("a column of a type that no table of ours has")),
    }
}

/// Rows of a page before it is known how large they are.
const FIRST_PAGE: i64 = 16;
/// Bytes that a page should come to.
const PAGE_BYTES: i64 = 2 << 20;
/// Rows of a page at most.
const LARGEST_PAGE: i64 = 4_000;

/// Reads a table in the order of its key, a page at a time: memory does not grow with it.
pub(crate) struct Pages<'a> {
    table: &'a Table,
    after: Option<Vec<Cell>>,
    rows: i64,
    is_done: bool,
}

impl<'a> Pages<'a> {
    pub(crate) fn of(table: &'a Table) -> Self {
        Self { table, after: None, rows: FIRST_PAGE, is_done: false }
    }

    /// The next rows; none at the end.
    pub(crate) async fn next(&mut self, tx: &mut Tx) -> Result<Vec<Vec<Cell>>, StoreError> {
        if self.is_done {
            return Ok(Vec::new());
        }
        let sql = AssertSqlSafe(self.sql());
        let after = self.after.take();
        let mut args: Vec<Arg<'_>> = after.iter().flatten().map(Cell::arg).collect();
        args.push(self.rows.into());
        let rows = tx.rows(sql, &args).await?;
        // A table without a key has one row.
        self.is_done = self.table.key.is_empty() || count(rows.len()) < self.rows;
        let mut page = Vec::with_capacity(rows.len());
        for row in &rows {
            let cells = self.table.columns.iter().enumerate();
            page.push(
                cells
                    .map(|(at, (_, holds))| Cell::of(row, at, *holds))
                    .collect::<Result<Vec<_>, _>>()?,
            );
        }
        let bytes: i64 = page.iter().flatten().map(size).sum();
        if !page.is_empty() {
            self.rows = (PAGE_BYTES / (bytes / count(page.len()) + 1)).clamp(1, LARGEST_PAGE);
        }
        self.after =
            page.last().map(|last| self.table.key.iter().map(|&at| last[at].clone()).collect());
        Ok(page)
    }

    /// Names come from the engine's own catalogue: no data becomes part of a statement.
    fn sql(&self) -> String {
        let name = |at: &usize| quoted(&self.table.columns[*at].0);
        let columns: Vec<String> = (0..self.table.columns.len()).map(|at| name(&at)).collect();
        let key: Vec<String> = self.table.key.iter().map(name).collect();
        let mut sql = format!("SELECT {} FROM {}", columns.join(", "), quoted(&self.table.name));
        let mut limit = 1;
        if self.after.is_some() {
            let values = crate::db::placeholders(1, key.len());
            sql = format!("{sql} WHERE ({}) > ({values})", key.join(", "));
            limit += key.len();
        }
        if !key.is_empty() {
            sql = format!("{sql} ORDER BY {}", key.join(", "));
        }
        format!("{sql} LIMIT ${limit}")
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn size(cell: &Cell) -> i64 {
    count(match cell {
        Cell::Int(_) | Cell::Text(None) | Cell::Bytes(None) => 8,
        Cell::Text(Some(text)) => text.len(),
        Cell::Bytes(Some(bytes)) => bytes.len(),
    })
}

/// A name of ours in quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
