//! Values as bytes.

use super::CodecError;
use crate::{Date, Interval, Key, Mac, SourceIndex};

/// Writes values as bytes: lengths as LEB128, dates as days, texts as UTF-8 behind a length.
#[derive(Debug)]
pub struct Writer<'a>(pub &'a mut Vec<u8>);

impl Writer<'_> {
    /// One byte.
    pub fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// A length or count.
    pub fn length(&mut self, mut length: usize) {
        while length >= 0x80 {
            #[expect(clippy::cast_possible_truncation, reason = "the low seven bits are meant")]
            self.0.push(length as u8 | 0x80);
            length >>= 7;
        }
        #[expect(clippy::cast_possible_truncation, reason = "less than 0x80 by the loop")]
        self.0.push(length as u8);
    }

    /// A text behind its length.
    pub fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A text or none: none is length 0, else length + 1.
    pub fn optional_text(&mut self, text: Option<&str>) {
        match text {
            None => self.length(0),
            Some(text) => {
                self.length(text.len() + 1);
                self.0.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// A key.
    pub fn key(&mut self, key: Key) {
        self.0.extend_from_slice(key.as_bytes());
    }

    /// A key or none.
    pub fn optional_key(&mut self, key: Option<Key>) {
        self.byte(u8::from(key.is_some()));
        if let Some(key) = key {
            self.key(key);
        }
    }

    /// A keyed hash or none.
    pub fn optional_mac(&mut self, mac: Option<Mac>) {
        self.byte(u8::from(mac.is_some()));
        if let Some(mac) = mac {
            self.0.extend_from_slice(mac.as_bytes());
        }
    }

    /// A date or none: 4 bytes that sort as the dates do, none first.
    pub fn date(&mut self, date: Option<Date>) {
        let packed = date.map_or(0, |date| {
            // jiff's years reach from -9999 to 9999; the offset keeps them positive.
            (i32::from(date.year()) + 10_000) << 9
                | i32::from(date.month()) << 5
                | i32::from(date.day())
        });
        self.0.extend_from_slice(&packed.to_be_bytes());
    }

    /// An interval.
    pub fn interval(&mut self, interval: &Interval) {
        self.date(interval.start);
        self.date(interval.end);
    }
}

/// Reads what [`Writer`] wrote. Never panics; cut input is an error.
#[derive(Debug)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let (head, tail) = self.0.split_at_checked(count).ok_or(CodecError)?;
        self.0 = tail;
        Ok(head)
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, CodecError> {
        Ok(self.take(1)?[0])
    }

    /// A length or count.
    pub fn length(&mut self) -> Result<usize, CodecError> {
        let mut length = 0_usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(length);
            }
        }
        Err(CodecError)
    }

    /// A text.
    pub fn text(&mut self) -> Result<&'a str, CodecError> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| CodecError)
    }

    /// A text or none.
    pub fn optional_text(&mut self) -> Result<Option<&'a str>, CodecError> {
        let Some(length) = self.length()?.checked_sub(1) else { return Ok(None) };
        std::str::from_utf8(self.take(length)?).map(Some).map_err(|_| CodecError)
    }

    /// A key.
    pub fn key(&mut self) -> Result<Key, CodecError> {
        self.array().map(Key::from_bytes)
    }

    /// A key or none.
    pub fn optional_key(&mut self) -> Result<Option<Key>, CodecError> {
        match self.byte()? {
            0 => Ok(None),
            1 => self.key().map(Some),
            _ => Err(CodecError),
        }
    }

    /// A keyed hash or none.
    pub fn optional_mac(&mut self) -> Result<Option<Mac>, CodecError> {
        match self.byte()? {
            0 => Ok(None),
            1 => Ok(Some(Mac::from_bytes(self.array()?))),
            _ => Err(CodecError),
        }
    }

    /// A date or none.
    pub fn date(&mut self) -> Result<Option<Date>, CodecError> {
        let packed = i32::from_be_bytes(self.array()?);
        if packed == 0 {
            return Ok(None);
        }
        let year = i16::try_from((packed >> 9) - 10_000).map_err(|_| CodecError)?;
        let month = i8::try_from(packed >> 5 & 15).map_err(|_| CodecError)?;
        let day = i8::try_from(packed & 31).map_err(|_| CodecError)?;
        Date::new(year, month, day).map(Some).map_err(|_| CodecError)
    }

    /// An interval.
    pub fn interval(&mut self) -> Result<Interval, CodecError> {
        Ok(Interval { start: self.date()?, end: self.date()? })
    }

    pub(super) fn source(&mut self) -> Result<SourceIndex, CodecError> {
        self.byte().map(SourceIndex)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        self.take(N)?.try_into().map_err(|_| CodecError)
    }
}
