//! What a source keeps of a register between runs, so that it can read changes alone.
//!
//! A replica is rows of bytes, sorted by the *thing* of the register that they came from (an
//! object of a collection). A read of changes replaces the rows of what changed and drops
//! those of what is gone; a full read begins anew. Either way the source passes over all
//! rows once, so that the two give the same roster. The application keeps the rows, sealed,
//! without those of persons whom the gate stopped in any source.

use crate::assemble::AnySpool;
use crate::codec::{CodecError, Reader, Writer};
use crate::joined::damaged;
use crate::{Gate, Key, Mac, RowSource, RowStream, SortSink, SortedRows, SpoolError};

mod batch;

pub use batch::Batch;

/// An object of a collection of the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    /// The source's own number of the collection, from 1; rows are passed in this order.
    pub collection: u8,
    /// The object.
    pub key: Key,
}

/// Whether a thing belongs to the person whom its row names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongs {
    /// The person is one of many that it names.
    ToNobody,
    /// It goes with the person, and its id tells of the person: a duty.
    ToPerson,
}

/// Whether a row came in this read or was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// In this read.
    New,
    /// In an earlier one.
    Kept,
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// What it came from.
    pub thing: Thing,
    /// What the source says.
    pub payload: &'a [u8],
    /// The first person or thing of a person that it names.
    pub first: Option<Key>,
    /// The second.
    pub second: Option<Key>,
    /// When it came.
    pub origin: Origin,
}

/// What a source starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recall {
    /// What was kept of the last complete read.
    LastRead,
    /// Nothing: everything is read.
    Nothing,
}

const VERSION: u8 = 1;
const HEADER: u8 = 0;
/// The last row, so that a cut replica is noticed.
const END: &[u8] = &[0xff];
/// A thing whose kept rows hold no longer. Sorts before its new rows.
const REPLACED: u8 = 0;
const BELONGS: u8 = 0x10;
const THING: usize = 1 + 16;

/// What was kept of the last complete read.
pub struct Old {
    rows: Box<dyn RowSource + Send + Sync>,
    fingerprint: Mac,
    stops: Vec<u8>,
    head: Vec<u8>,
}

impl Old {
    /// Opens what [`Replica::write`] wrote. `rows` gives the rows from the beginning each
    /// time that it is asked.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when the rows cannot be read, are damaged or of another version.
    pub fn open(rows: Box<dyn RowSource + Send + Sync>) -> Result<Self, SpoolError> {
        let mut stream = rows.stream()?;
        let row = stream.next_row()?.ok_or_else(|| damaged(CodecError))?;
        let header = || -> Result<_, CodecError> {
            let mut r = Reader(row);
            if r.byte()? != HEADER || r.byte()? != VERSION {
                return Err(CodecError);
            }
            let fingerprint = r.take(16)?.try_into().map_err(|_| CodecError)?;
            let length = r.length()?;
            Ok((Mac::from_bytes(fingerprint), r.take(length)?.to_vec(), r.0.to_vec()))
        };
        let (fingerprint, stops, head) = header().map_err(damaged)?;
        drop(stream);
        Ok(Self { rows, fingerprint, stops, head })
    }

    /// What the application said when it was written.
    #[must_use]
    pub fn fingerprint(&self) -> Mac {
        self.fingerprint
    }

    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    pub(crate) fn stops(&self) -> &[u8] {
        &self.stops
    }
}

/// What a source keeps, while it reads.
pub struct Replica {
    old: Option<Old>,
    rows: Rows,
    head: Vec<u8>,
}

type TakeBytes<'a, E> = dyn FnMut(&[u8], Origin) -> Result<(), E> + 'a;

enum Rows {
    Coming(SortSink<AnySpool>),
    Sorted(SortedRows<AnySpool>),
    Broken,
}

impl Replica {
    pub(crate) fn new(rows: SortSink<AnySpool>, old: Option<Old>) -> Self {
        Self { old, rows: Rows::Coming(rows), head: Vec::new() }
    }

    /// Whether rows of an earlier read count.
    #[must_use]
    pub fn recalls(&self) -> Recall {
        if self.old.is_some() { Recall::LastRead } else { Recall::Nothing }
    }

    /// What the source wants to know at the next read.
    pub fn set_head(&mut self, head: Vec<u8>) {
        self.head = head;
    }

    /// Adds rows. In which order batches come means nothing.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows cannot be put aside.
    pub fn take(&mut self, batch: &Batch) -> Result<(), SpoolError> {
        let Rows::Coming(rows) = &mut self.rows else { return Err(damaged(CodecError)) };
        batch.0.each(|row| rows.push(row))
    }

    /// Ends the adding of rows.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when rows cannot be put aside.
    pub fn sort(&mut self) -> Result<(), SpoolError> {
        self.rows = match std::mem::replace(&mut self.rows, Rows::Broken) {
            Rows::Coming(rows) => Rows::Sorted(rows.finish_in_place()?),
            Rows::Sorted(rows) => Rows::Sorted(rows),
            Rows::Broken => return Err(damaged(CodecError)),
        };
        Ok(())
    }

    /// Passes over all rows that hold, in order of their things. Asks for [`Self::sort`]
    /// first.
    ///
    /// # Errors
    ///
    /// What `take` says, or [`SpoolError`] when rows cannot be read back.
    pub fn pass<E: From<SpoolError>>(
        &self,
        take: &mut dyn FnMut(Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.pass_bytes(&mut |bytes, origin| take(decode(bytes, origin).map_err(damaged)?))
    }

    fn pass_bytes<E: From<SpoolError>>(&self, take: &mut TakeBytes<'_, E>) -> Result<(), E> {
        let Rows::Sorted(rows) = &self.rows else { return Err(damaged(CodecError).into()) };
        let mut new = Head::of(rows.stream()?)?;
        let mut old = match &self.old {
            None => None,
            Some(old) => Some(Head::after_header(old.rows.stream()?)?),
        };
        let mut replaced = Vec::new();
        loop {
            match next(&new, old.as_ref()) {
                Next::End => return Ok(()),
                Next::New => {
                    if new.row.get(THING) == Some(&REPLACED) {
                        replaced.clear();
                        replaced.extend_from_slice(&new.row[..THING]);
                    } else {
                        take(&new.row, Origin::New)?;
                    }
                    new.advance()?;
                }
                Next::Kept => {
                    let Some(old) = &mut old else { return Ok(()) };
                    if old.thing().is_some_and(|kept| kept != replaced) {
                        take(&old.row, Origin::Kept)?;
                    }
                    old.advance()?;
                }
            }
        }
    }

    /// Writes what is kept: all rows that hold, without those that name a person whom the
    /// gate stops. To be called when all sources were read. `fingerprint`: what must be the
    /// same for the rows to count at the next read.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] from `put`, or when rows cannot be read back.
    pub fn write(
        &self,
        gate: &mut Gate,
        fingerprint: Mac,
        put: &mut dyn FnMut(&[u8]) -> Result<(), SpoolError>,
    ) -> Result<(), SpoolError> {
        // Things of stopped persons stand before what names them; they are found first, since
        // the header says of them.
        self.pass_bytes::<SpoolError>(&mut |bytes, _| {
            if bytes.get(THING).is_some_and(|tag| tag & BELONGS != 0) {
                let row = decode(bytes, Origin::Kept).map_err(damaged)?;
                if row.first.is_some_and(|person| gate.stops_key(person)) {
                    gate.protect_thing(row.thing.key);
                }
            }
            Ok(())
        })?;
        let mut header = vec![HEADER, VERSION];
        header.extend_from_slice(fingerprint.as_bytes());
        let stops = gate.stops_as_bytes();
        Writer(&mut header).length(stops.len());
        header.extend_from_slice(&stops);
        header.extend_from_slice(&self.head);
        put(&header)?;
        let gate = &*gate;
        self.pass_bytes::<SpoolError>(&mut |bytes, origin| {
            let row = decode(bytes, origin).map_err(damaged)?;
            let stopped = |key: Option<Key>| key.is_some_and(|it| gate.stops_person_or_thing(it));
            if stopped(row.first) || stopped(row.second) { Ok(()) } else { put(bytes) }
        })?;
        put(END)
    }
}

fn decode(bytes: &[u8], origin: Origin) -> Result<Row<'_>, CodecError> {
    let mut r = Reader(bytes);
    let thing = Thing { collection: r.byte()?, key: r.key()? };
    let (first, second) = match r.byte()? & !BELONGS {
        1 => (None, None),
        2 => (Some(r.key()?), None),
        3 => (Some(r.key()?), Some(r.key()?)),
        _ => return Err(CodecError),
    };
    Ok(Row { thing, payload: r.0, first, second, origin })
}

/// Which of two streams has the next row: what is new of a thing stands before what is kept.
enum Next {
    End,
    New,
    Kept,
}

fn next(new: &Head<'_>, old: Option<&Head<'_>>) -> Next {
    match (new.thing(), old.and_then(Head::thing)) {
        (None, None) => Next::End,
        (Some(new), Some(kept)) if new > kept => Next::Kept,
        (Some(_), _) => Next::New,
        (None, Some(_)) => Next::Kept,
    }
}

/// A stream with its next row; an empty row is the end.
struct Head<'a> {
    stream: Box<dyn RowStream + Send + 'a>,
    row: Vec<u8>,
    ends: Ends,
}

#[derive(PartialEq, Eq)]
enum Ends {
    Anyhow,
    WithEnd,
}

impl<'a> Head<'a> {
    fn of(stream: Box<dyn RowStream + Send + 'a>) -> Result<Self, SpoolError> {
        let mut head = Self { stream, row: Vec::new(), ends: Ends::Anyhow };
        head.advance()?;
        Ok(head)
    }

    fn after_header(stream: Box<dyn RowStream + Send + 'a>) -> Result<Self, SpoolError> {
        let mut head = Self { stream, row: Vec::new(), ends: Ends::WithEnd };
        head.advance()?;
        head.advance()?;
        Ok(head)
    }

    fn thing(&self) -> Option<&[u8]> {
        self.row.get(..THING)
    }

    fn advance(&mut self) -> Result<(), SpoolError> {
        self.row.clear();
        match (self.stream.next_row()?, &self.ends) {
            (Some(END), Ends::WithEnd) | (None, Ends::Anyhow) => Ok(()),
            (None, Ends::WithEnd) => Err(damaged(CodecError)),
            (Some(row), _) => {
                self.row.extend_from_slice(row);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;
