//! What the source wants to know at its next read, kept with its rows.

use jiff::Timestamp;
use roster::Date;
use roster::codec::{CodecError, Reader, Writer};

/// What is kept of the last read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Print of the settings, the profile included.
    pub(crate) settings: u64,
    /// The register's time when the read began.
    pub(crate) server: Timestamp,
    /// The day on which everything was read.
    pub(crate) full_on: Date,
    /// Whether persons had the field of the marking.
    pub(crate) is_marked: bool,
}

const VERSION: u8 = 1;

impl Head {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut w = Writer(&mut bytes);
        w.byte(VERSION);
        w.0.extend_from_slice(&self.settings.to_be_bytes());
        w.0.extend_from_slice(&self.server.as_second().to_be_bytes());
        w.date(Some(self.full_on));
        w.byte(u8::from(self.is_marked));
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut r = Reader(bytes);
        if r.byte()? != VERSION {
            return Err(CodecError);
        }
        let settings = u64::from_be_bytes(r.take(8)?.try_into().map_err(|_| CodecError)?);
        let second = i64::from_be_bytes(r.take(8)?.try_into().map_err(|_| CodecError)?);
        Ok(Self {
            settings,
            server: Timestamp::from_second(second).map_err(|_| CodecError)?,
            full_on: r.date()?.ok_or(CodecError)?,
            is_marked: r.byte()? == 1,
        })
    }
}
