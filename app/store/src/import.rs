//! The way back: a copy of the memory into an empty one, all of it or nothing.

use std::io::Read;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use crate::db::{Arg, Db, Tx, tuples};
use crate::export::{self, Frame, Sums};
use crate::tables::{self, Cell, Table, quoted};
use crate::{AuditVerdict, Refusal, Store, StoreError, schema};

/// When the copy was made that this memory was restored from.
pub(crate) const RESTORED: &str = "restored";

/// Bytes of rows that go into one statement.
const BATCH_BYTES: usize = 4 << 20;

/// A restore under way. Dropped without [`Self::commit`], it leaves the memory as it was,
/// also when the process is killed: it is one transaction.
pub struct Import {
    tx: Tx,
    db: Db,
    /// The schema of the copy.
    found: i64,
}

impl Store {
    /// Whether nothing is remembered: no table has a row but the one that says what schema
    /// it is.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        is_empty(&mut self.db.read().await?, self).await
    }

    /// When the copy was made that this memory was restored from; `None` where it was not.
    pub async fn restored(&self) -> Result<Option<Timestamp>, StoreError> {
        let made = self.get("", RESTORED).await?;
        Ok(made.and_then(|made| std::str::from_utf8(&made).ok()?.parse().ok()))
    }

    /// Begins a restore of a copy with this schema.
    ///
    /// # Errors
    ///
    /// [`StoreError::Newer`] for a copy of a newer program; [`Refusal::NotEmpty`] where
    /// something is remembered.
    pub async fn begin_import(&self, found: i64) -> Result<Import, StoreError> {
        if found > schema::VERSION {
            return Err(StoreError::Newer { found, known: schema::VERSION });
        }
        let mut tx = self.db.write().await?;
        if !is_empty(&mut tx, self).await? {
            return Err(Refusal::NotEmpty.into());
        }
        // The tables as they were when the copy was made; they are brought up to date after.
        let mut old = tables::all(&mut tx, &self.db).await?;
        old.reverse();
        for table in old {
            tx.script(format!("DROP TABLE {}", quoted(&table.name))).await?;
        }
        schema::migrate(&mut tx, &self.db, 0, found).await?;
        Ok(Import { tx, db: self.db.clone(), found })
    }
}

async fn is_empty(tx: &mut Tx, store: &Store) -> Result<bool, StoreError> {
    for table in export::kept(tx, store).await? {
        if table.name == "meta" {
            continue;
        }
        let sql = format!(
            "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1 FROM {} LIMIT 1) AS one",
            quoted(&table.name)
        );
        let row = tx.row(AssertSqlSafe(sql), &[]).await?;
        if row.map_or(Ok(0), |row| row.get::<i64>(0))? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Import {
    /// Reads tables and rows up to the first frame that is neither, and gives that back.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] when the stream fails; [`StoreError::Damaged`] for rows that no
    /// table of that schema has.
    pub async fn read_from(&mut self, input: &mut (dyn Read + Send)) -> Result<Frame, StoreError> {
        let tables = tables::all(&mut self.tx, &self.db).await?;
        for table in tables.iter().rev() {
            // What the migrations themselves put there.
            let sql = format!("DELETE FROM {}", quoted(&table.name));
            self.tx.execute(AssertSqlSafe(sql), &[]).await?;
        }
        let mut filling: Option<Filling<'_>> = None;
        loop {
            let frame = Frame::read(input).map_err(StoreError::io)?;
            match (frame.tag, &mut filling) {
                (Frame::TABLE, _) => {
                    if let Some(filling) = &mut filling {
                        filling.flush(&mut self.tx).await?;
                    }
                    filling = Some(Filling::of(&frame.bytes, &tables)?);
                }
                (Frame::ROW, Some(filling)) => filling.add(&frame.bytes, &mut self.tx).await?,
                (Frame::ROW, None) => return Err(StoreError::damaged("a row of no table")),
                (_, _) => {
                    if let Some(filling) = &mut filling {
                        filling.flush(&mut self.tx).await?;
                    }
                    return Ok(frame);
                }
            }
        }
    }

    /// Sums of what stands in the tables now, to be held against those of the copy.
    pub async fn sums(&mut self) -> Result<Sums, StoreError> {
        let mut all = tables::all(&mut self.tx, &self.db).await?;
        all.retain(|table| !tables::NOT_KEPT.contains(&table.name.as_str()));
        export::copy(&mut self.tx, &all, &mut std::io::sink()).await
    }

    /// Whether the audit chain of the copy is whole.
    pub async fn verify_audit(&mut self) -> Result<AuditVerdict, StoreError> {
        crate::audit::verify(&mut self.tx, None).await
    }

    /// Brings the tables up to date, notes that this is a copy made at `made`, and makes it
    /// the memory. Plans of that time can be started no more: what has been delivered since
    /// is not known.
    pub async fn commit(mut self, made: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE plan SET status = 'stale' WHERE status IN ('ready', 'started')";
        self.tx.execute(sql, &[]).await?;
        let sql = "UPDATE run SET state = 'stale' WHERE state IN ('awaiting_approval', 'stopped_by_guard', 'applying')";
        self.tx.execute(sql, &[]).await?;
        let made = made.to_string();
        let args = [Arg::from(""), RESTORED.into(), Arg::from(made.as_bytes())];
        let tail = "ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value";
        self.tx.insert("INSERT INTO kv (scope, name, value)", 3, tail, &args).await?;
        self.commit_as_it_is().await
    }

    /// The same, but without a note and with plans as they are: to be copied again.
    pub async fn commit_as_it_is(mut self) -> Result<(), StoreError> {
        schema::migrate(&mut self.tx, &self.db, self.found, schema::VERSION).await?;
        self.tx.commit().await
    }
}

/// A table being filled.
struct Filling<'a> {
    table: &'a Table,
    /// For each column of the copy, its place in the table.
    places: Vec<usize>,
    rows: Vec<Vec<Cell>>,
    bytes: usize,
}

impl<'a> Filling<'a> {
    fn of(begun: &[u8], tables: &'a [Table]) -> Result<Self, StoreError> {
        let unknown = || StoreError::damaged("a table or column that the schema does not have");
        let cells = export::decoded(begun).ok_or_else(unknown)?;
        let mut names = cells.iter().map(|cell| match cell {
            Cell::Text(Some(name)) => Ok(name),
            Cell::Int(_) | Cell::Text(None) | Cell::Bytes(_) => Err(unknown()),
        });
        let name = names.next().ok_or_else(unknown)??;
        let table = tables.iter().find(|table| table.name == *name).ok_or_else(unknown)?;
        let place = |name: Result<&String, StoreError>| {
            let name = name?;
            table.columns.iter().position(|(column, _)| column == name).ok_or_else(unknown)
        };
        let places = names.map(place).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { table, places, rows: Vec::new(), bytes: 0 })
    }

    async fn add(&mut self, row: &[u8], tx: &mut Tx) -> Result<(), StoreError> {
        let cells = export::decoded(row)
            .filter(|cells| cells.len() == self.places.len())
            .ok_or_else(|| StoreError::damaged("a row of another shape than its table"))?;
        self.rows.push(cells);
        self.bytes += row.len();
        let most = match tx {
            // As in `Tx::insert`: binding takes the square of the arguments.
            Tx::Lite(_) => (256 / self.places.len().max(1)).max(1),
            Tx::Pg(_) => crate::db::ROWS,
        };
        if self.rows.len() >= most || self.bytes >= BATCH_BYTES {
            self.flush(tx).await?;
        }
        Ok(())
    }

    async fn flush(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        if rows.is_empty() {
            return Ok(());
        }
        // Names were looked up in the engine's catalogue: no data becomes part of a statement.
        let columns: Vec<String> =
            self.places.iter().map(|at| quoted(&self.table.columns[*at].0)).collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES {}",
            quoted(&self.table.name),
            columns.join(", "),
            tuples(self.places.len(), rows.len())
        );
        let args: Vec<Arg<'_>> = rows.iter().flatten().map(Cell::arg).collect();
        tx.execute(AssertSqlSafe(sql), &args).await?;
        Ok(())
    }
}
