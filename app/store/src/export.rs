//! All of the memory as one stream of bytes, the same for both engines: what a backup holds.
//!
//! Frames: tag (1 byte), length (4 bytes, big endian), content. `T` begins a table (its name
//! and columns), `R` is a row of it. Whoever writes the stream puts frames of its own before
//! and after. Nothing here seals anything.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

use crate::db::Tx;
use crate::tables::{self, Cell, NOT_KEPT, Pages, Table};
use crate::{Store, StoreError, schema};

/// The largest frame that is believed.
const LARGEST: usize = 64 << 20;

/// A part of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub tag: u8,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Frame {
    /// Begins a table.
    pub(crate) const TABLE: u8 = b'T';
    /// A row of the table that was begun last.
    pub(crate) const ROW: u8 = b'R';

    /// Writes a frame.
    pub fn write(out: &mut dyn Write, tag: u8, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len())
            .ok()
            .filter(|_| bytes.len() <= LARGEST)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a row is too large"))?;
        out.write_all(&[tag])?;
        out.write_all(&length.to_be_bytes())?;
        out.write_all(bytes)
    }

    /// Reads the next frame; an end where one should begin is an error.
    pub fn read(input: &mut dyn Read) -> io::Result<Self> {
        let mut head = [0; 5];
        input.read_exact(&mut head)?;
        let [tag, length @ ..] = head;
        let length = u32::from_be_bytes(length) as usize;
        if length > LARGEST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a length that none can be"));
        }
        let mut bytes = vec![0; length];
        input.read_exact(&mut bytes)?;
        Ok(Self { tag, bytes })
    }
}

/// How much a table holds, and a sum over it that does not depend on the order of its rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableSum {
    /// Rows.
    pub rows: u64,
    /// SHA-256 of each row, added up.
    pub sum: [u8; 32],
}

impl TableSum {
    fn add(&mut self, row: &[u8]) {
        self.rows += 1;
        let mut carry = 0_u16;
        for (sum, byte) in self.sum.iter_mut().zip(Sha256::digest(row)) {
            let added = u16::from(*sum) + u16::from(byte) + carry;
            let [low, high] = added.to_le_bytes();
            (*sum, carry) = (low, u16::from(high));
        }
    }
}

/// What a copy of the memory came to, table by table and blob by blob.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    /// By the table's name.
    pub tables: BTreeMap<String, TableSum>,
    /// By kind, name and generation: bytes as stored, with what fills the last page, and their
    /// SHA-256.
    pub blobs: BTreeMap<String, (u64, [u8; 32])>,
}

/// Sums that are being made: rows come in the order of the tables' keys.
#[derive(Default)]
pub(crate) struct Summing {
    sums: Sums,
    blob: Option<(String, u64, Sha256)>,
}

impl Summing {
    pub(crate) fn begin(&mut self, table: &str) {
        self.end_blob();
        self.sums.tables.entry(table.to_owned()).or_default();
    }

    pub(crate) fn row(&mut self, table: &Table, cells: &[Cell], bytes: &[u8]) {
        if let Some(sum) = self.sums.tables.get_mut(&table.name) {
            sum.add(bytes);
        }
        if table.name != "blob_chunk" {
            return;
        }
        let [
            Cell::Text(Some(kind)),
            Cell::Text(Some(name)),
            Cell::Int(Some(generation)),
            _,
            Cell::Bytes(Some(chunk)),
        ] = cells
        else {
            return;
        };
        let id = format!("{kind}/{name}/{generation}");
        if self.blob.as_ref().is_none_or(|(open, _, _)| *open != id) {
            self.end_blob();
            self.blob = Some((id, 0, Sha256::new()));
        }
        if let Some((_, length, hash)) = &mut self.blob {
            *length += chunk.len() as u64;
            hash.update(chunk);
        }
    }

    fn end_blob(&mut self) {
        if let Some((id, length, hash)) = self.blob.take() {
            self.sums.blobs.insert(id, (length, hash.finalize().into()));
        }
    }

    pub(crate) fn finish(mut self) -> Sums {
        self.end_blob();
        self.sums
    }
}

/// One state of the memory, fixed when [`Store::begin_export`] returned: what is written
/// later is not in it.
pub struct Export {
    tx: Tx,
    tables: Vec<Table>,
}

impl Store {
    /// Fixes the state that is to be copied.
    pub async fn begin_export(&self) -> Result<Export, StoreError> {
        let mut tx = self.db.read().await?;
        // The first statement that reads a table is what fixes the state.
        tx.row("SELECT version FROM meta", &[]).await?;
        let tables = kept(&mut tx, self).await?;
        Ok(Export { tx, tables })
    }

    /// The tables that a copy leaves out, since they say nothing of the tenant.
    #[must_use]
    pub fn not_exported() -> &'static [&'static str] {
        &NOT_KEPT
    }

    /// Every table that there is.
    pub async fn table_names(&self) -> Result<Vec<String>, StoreError> {
        let mut tx = self.db.read().await?;
        Ok(tables::all(&mut tx, &self.db).await?.into_iter().map(|table| table.name).collect())
    }
}

pub(crate) async fn kept(tx: &mut Tx, store: &Store) -> Result<Vec<Table>, StoreError> {
    let mut all = tables::all(tx, &store.db).await?;
    all.retain(|table| !NOT_KEPT.contains(&table.name.as_str()));
    Ok(all)
}

impl Export {
    /// The schema that the copy has.
    #[must_use]
    pub fn schema(&self) -> i64 {
        schema::VERSION
    }

    /// Writes everything; memory does not grow with the tenant.
    pub async fn write_to(mut self, out: &mut (dyn Write + Send)) -> Result<Sums, StoreError> {
        copy(&mut self.tx, &self.tables, out).await
    }
}

/// Writes these tables and sums them up.
pub(crate) async fn copy(
    tx: &mut Tx,
    tables: &[Table],
    out: &mut (dyn Write + Send),
) -> Result<Sums, StoreError> {
    let mut summing = Summing::default();
    for table in tables {
        let columns = table.columns.iter().map(|(name, _)| Cell::Text(Some(name.clone())));
        let begun: Vec<Cell> =
            std::iter::once(Cell::Text(Some(table.name.clone()))).chain(columns).collect();
        Frame::write(out, Frame::TABLE, &encoded(&begun)).map_err(StoreError::io)?;
        summing.begin(&table.name);
        let mut pages = Pages::of(table);
        loop {
            let page = pages.next(tx).await?;
            if page.is_empty() {
                break;
            }
            for cells in &page {
                let bytes = encoded(cells);
                summing.row(table, cells, &bytes);
                Frame::write(out, Frame::ROW, &bytes).map_err(StoreError::io)?;
            }
        }
    }
    Ok(summing.finish())
}

const INT: u8 = 1;
const TEXT: u8 = 2;
const BYTES: u8 = 3;
const NULL: u8 = 0x80;

/// Cells as bytes: the same for the same cells, on either engine.
pub(crate) fn encoded(cells: &[Cell]) -> Vec<u8> {
    let mut out = Vec::new();
    for cell in cells {
        let (tag, bytes): (u8, Option<&[u8]>) = match cell {
            Cell::Int(Some(value)) => {
                out.push(INT);
                out.extend_from_slice(&value.to_be_bytes());
                continue;
            }
            Cell::Int(None) => (INT, None),
            Cell::Text(text) => (TEXT, text.as_deref().map(str::as_bytes)),
            Cell::Bytes(bytes) => (BYTES, bytes.as_deref()),
        };
        let Some(bytes) = bytes else {
            out.push(tag | NULL);
            continue;
        };
        out.push(tag);
        out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(bytes);
    }
    out
}

/// Reads what [`encoded`] wrote; `None` for anything else.
pub(crate) fn decoded(mut bytes: &[u8]) -> Option<Vec<Cell>> {
    let mut cells = Vec::new();
    while let Some((&tag, rest)) = bytes.split_first() {
        bytes = rest;
        if tag & NULL != 0 {
            cells.push(match tag & !NULL {
                INT => Cell::Int(None),
                TEXT => Cell::Text(None),
                BYTES => Cell::Bytes(None),
                _ => return None,
            });
            continue;
        }
        if tag == INT {
            let (value, rest) = bytes.split_first_chunk::<8>()?;
            cells.push(Cell::Int(Some(i64::from_be_bytes(*value))));
            bytes = rest;
            continue;
        }
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (value, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        cells.push(match tag {
            TEXT => Cell::Text(Some(std::str::from_utf8(value).ok()?.to_owned())),
            BYTES => Cell::Bytes(Some(value.to_owned())),
            _ => return None,
        });
        bytes = rest;
    }
    Some(cells)
}
