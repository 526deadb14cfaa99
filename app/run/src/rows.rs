//! Rows as a stream of bytes: a length, then the row. What snapshots and written state are
//! before they are compressed and sealed.

use std::io::{self, BufReader, Read, Write};

use roster::{RowStream, SpoolError};

/// No row is longer: a name is a line of a file, not a book. Guards against damaged lengths.
const LONGEST_ROW: usize = 1 << 24;
const TOO_LONG: &str = "a row is longer than any row can be";

/// Writes rows one after the other.
#[derive(Debug)]
pub(crate) struct RowWriter<W>(W);

impl<W: Write> RowWriter<W> {
    /// Writes to `out`, which should be buffered.
    pub(crate) fn new(out: W) -> Self {
        Self(out)
    }

    /// Writes one row.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a row that [`RowReader`] would refuse, so that nothing is stored
    /// that cannot be read; else what `out` says.
    pub(crate) fn row(&mut self, row: &[u8]) -> io::Result<()> {
        let length = u32::try_from(row.len())
            .ok()
            .filter(|_| row.len() <= LONGEST_ROW)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, TOO_LONG))?;
        self.0.write_all(&length.to_le_bytes())?;
        self.0.write_all(row)
    }

    /// Gives `out` back.
    pub(crate) fn into_inner(self) -> W {
        self.0
    }
}

/// Reads rows that [`RowWriter`] wrote.
#[derive(Debug)]
pub(crate) struct RowReader<R> {
    input: BufReader<R>,
    row: Vec<u8>,
}

impl<R: Read> RowReader<R> {
    /// Reads from `input`.
    pub(crate) fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(1 << 16, input), row: Vec::new() }
    }

    fn read_row(&mut self) -> io::Result<bool> {
        let mut length = [0; 4];
        if read_fully_or_nothing(&mut self.input, &mut length)? == Filled::Nothing {
            return Ok(false);
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > LONGEST_ROW {
            return Err(io::Error::new(io::ErrorKind::InvalidData, TOO_LONG));
        }
        self.row.resize(length, 0);
        self.input.read_exact(&mut self.row)?;
        Ok(true)
    }
}

#[derive(PartialEq, Eq)]
enum Filled {
    Whole,
    Nothing,
}

/// Tells a stream that ended between two rows from one that was cut inside a row.
fn read_fully_or_nothing(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<Filled> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..])? {
            0 if filled == 0 => return Ok(Filled::Nothing),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            more => filled += more,
        }
    }
    Ok(Filled::Whole)
}

impl<R: Read> RowStream for RowReader<R> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        match self.read_row() {
            Ok(true) => Ok(Some(&self.row)),
            Ok(false) => Ok(None),
            Err(error) => Err(SpoolError(Box::new(error))),
        }
    }
}

/// No rows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NoRows;

impl RowStream for NoRows {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<Vec<u8>>, SpoolError> {
        let mut reader = RowReader::new(bytes);
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row()? {
            rows.push(row.to_vec());
        }
        Ok(rows)
    }

    proptest! {
        #[test]
        fn rows_are_read_back_and_a_cut_inside_a_row_is_an_error(
            rows in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..8),
            cut in 1_usize..20,
        ) {
            let mut writer = RowWriter::new(Vec::new());
            for row in &rows {
                writer.row(row).unwrap();
            }
            let bytes = writer.into_inner();
            prop_assert_eq!(&read(&bytes).unwrap(), &rows);
            let last = rows.last().map_or(0, Vec::len) + 4;
            if cut < last {
                prop_assert!(read(&bytes[..bytes.len() - cut]).is_err());
            }
        }
    }

    #[test]
    fn a_row_that_could_not_be_read_back_is_not_written() {
        let mut writer = RowWriter::new(Vec::new());
        let longest = vec![7; LONGEST_ROW];
        writer.row(&longest).unwrap();
        let error = writer.row(&vec![7; LONGEST_ROW + 1]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(read(&writer.into_inner()).unwrap(), [longest]);
    }

    #[test]
    fn a_damaged_length_is_an_error_and_takes_no_memory() {
        assert!(read(&[0xff, 0xff, 0xff, 0xff, 1]).is_err());
    }
}
