//! Three sorted streams side by side.

use roster::RowStream;
use state::RowRef;

use crate::PlanError;

/// A stream with its next row at hand. The buffer is reused: a row costs a copy, never an
/// allocation.
pub(crate) struct Cursor<'a> {
    stream: Option<&'a mut dyn RowStream>,
    buffer: Vec<u8>,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(stream: Option<&'a mut dyn RowStream>) -> Result<Self, PlanError> {
        let mut cursor = Self { stream, buffer: Vec::new() };
        cursor.advance()?;
        Ok(cursor)
    }

    pub(crate) fn advance(&mut self) -> Result<(), PlanError> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        match stream.next_row()? {
            Some(row) => {
                self.buffer.clear();
                self.buffer.extend_from_slice(row);
            }
            None => self.stream = None,
        }
        Ok(())
    }

    pub(crate) fn seen(&self) -> Result<Option<Seen<'_>>, PlanError> {
        if self.stream.is_none() {
            return Ok(None);
        }
        Seen::new(&self.buffer).map(Some)
    }
}

/// A row and what it says.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) row: RowRef<'a>,
}

impl<'a> Seen<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, PlanError> {
        Ok(Self { bytes, row: RowRef::new(bytes)? })
    }

    pub(crate) fn boxed(&self) -> Box<[u8]> {
        self.bytes.into()
    }
}

/// What the three states say of one id.
#[derive(Clone, Copy)]
pub(crate) struct Three<'a> {
    pub(crate) wanted: Option<Seen<'a>>,
    pub(crate) written: Option<Seen<'a>>,
    pub(crate) observed: Option<Seen<'a>>,
}

impl<'a> Three<'a> {
    /// Keeps of what the streams hold next what has the smallest id.
    pub(crate) fn first(
        wanted: Option<Seen<'a>>,
        written: Option<Seen<'a>>,
        observed: Option<Seen<'a>>,
    ) -> Option<(&'a [u8], Self)> {
        let id = [&wanted, &written, &observed].into_iter().flatten().map(|it| it.row.id).min()?;
        let at = |seen: Option<Seen<'a>>| seen.filter(|it| it.row.id == id);
        Some((id, Self { wanted: at(wanted), written: at(written), observed: at(observed) }))
    }
}
