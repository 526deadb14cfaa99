//! Rows as a stream of bytes: a length, then the row. What snapshots and written state are
//! before they are compressed and sealed.

use std::io::{self, BufRead, BufReader, Read, Write};

use roster::{RowStream, SpoolError};

use crate::memory::boxed;

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
pub(crate) struct RowReader<B> {
    input: B,
    /// Bytes of the buffer that the row given last takes.
    given: usize,
    /// A row that goes past the end of the buffer.
    row: Vec<u8>,
}

/// Where the next row is.
enum Next {
    /// In the buffer, from here to there.
    Here(usize, usize),
    /// Copied.
    Copied,
    /// Nowhere: it was the last.
    End,
}

impl<R: Read> RowReader<BufReader<R>> {
    /// Reads from `input`.
    pub(crate) fn new(input: R) -> Self {
        Self::of(BufReader::with_capacity(1 << 16, input))
    }
}

impl<B: BufRead> RowReader<B> {
    /// Reads from what has a buffer of its own.
    pub(crate) fn of(input: B) -> Self {
        Self { input, given: 0, row: Vec::new() }
    }

    /// Nearly every row lies whole in the buffer and is given from there.
    fn find_row(&mut self) -> io::Result<Next> {
        self.input.consume(std::mem::take(&mut self.given));
        let Some((length, rest)) = self.input.fill_buf()?.split_first_chunk::<4>() else {
            return self.read_row();
        };
        let length = u32::from_le_bytes(*length) as usize;
        if length > rest.len() {
            return self.read_row();
        }
        self.given = 4 + length;
        Ok(Next::Here(4, 4 + length))
    }

    fn read_row(&mut self) -> io::Result<Next> {
        let mut length = [0; 4];
        if read_fully_or_nothing(&mut self.input, &mut length)? == Filled::Nothing {
            return Ok(Next::End);
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > LONGEST_ROW {
            return Err(io::Error::new(io::ErrorKind::InvalidData, TOO_LONG));
        }
        self.row.resize(length, 0);
        self.input.read_exact(&mut self.row)?;
        Ok(Next::Copied)
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

impl<B: BufRead> RowStream for RowReader<B> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        match self.find_row().map_err(boxed)? {
            Next::Here(from, to) => Ok(self.input.fill_buf().map_err(boxed)?.get(from..to)),
            Next::Copied => Ok(Some(&self.row)),
            Next::End => Ok(None),
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

    /// Rows that lie in the reader's buffer and rows that go past its end are the same.
    #[test]
    fn rows_around_the_end_of_the_buffer_are_read() {
        let rows: Vec<Vec<u8>> =
            (0..4000_u32).map(|nth| vec![nth.to_le_bytes()[0]; (nth % 97) as usize]).collect();
        let mut writer = RowWriter::new(Vec::new());
        for row in &rows {
            writer.row(row).unwrap();
        }
        assert_eq!(read(&writer.into_inner()).unwrap(), rows);
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
