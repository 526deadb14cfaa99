//! What the gate carries from one read to the next, so that changes can be read alone.

use super::{Gate, Protected};
use crate::codec::{CodecError, Reader, Writer};
use crate::{IdentityNumber, Key, Mac, Maccer};

/// Whether somebody who was stopped at the last complete read seems to be let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Released {
    /// Nobody.
    #[default]
    Nobody,
    /// Somebody: what was dropped of the person is known to the register alone.
    Somebody,
}

/// An identity number as its keyed hash, made by [`crate::Keyer::hashed`]: what a source may keep of
/// a number between runs (K066).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashedNumber {
    pub(super) mac: Mac,
    pub(super) is_persistent: bool,
}

impl HashedNumber {
    pub(crate) fn of(maccer: &Maccer, number: &IdentityNumber) -> Self {
        let mac = maccer.mac(&[number.canonical()]);
        Self { mac, is_persistent: number.kind().is_persistent() }
    }

    /// The hash of a number that is the person's for good, and that of one that is not.
    pub(crate) fn parts(self) -> (Option<Mac>, Option<Mac>) {
        if self.is_persistent { (Some(self.mac), None) } else { (None, Some(self.mac)) }
    }

    /// Writes it.
    pub fn encode(self, w: &mut Writer<'_>) {
        w.byte(u8::from(self.is_persistent));
        w.0.extend_from_slice(self.mac.as_bytes());
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for other bytes.
    pub fn decode(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        let is_persistent = match r.byte()? {
            0 => false,
            1 => true,
            _ => return Err(CodecError),
        };
        let mac = Mac::from_bytes(r.take(16)?.try_into().map_err(|_| CodecError)?);
        Ok(Self { mac, is_persistent })
    }
}

impl Gate {
    /// The keyed hash of a number.
    #[must_use]
    pub(crate) fn hashed(&self, number: &IdentityNumber) -> HashedNumber {
        HashedNumber::of(&self.numbers, number)
    }

    /// What hashes numbers.
    pub(crate) fn numbers(&self) -> &Maccer {
        &self.numbers
    }

    /// Stops a person that is protected.
    pub(crate) fn stop(&mut self, person: Key, number: Option<HashedNumber>) {
        self.protect(person, number.and_then(|number| number.parts().0));
    }

    /// Who is stopped, as keyed hashes, for a later read of changes alone.
    #[must_use]
    pub fn stops_as_bytes(&self) -> Vec<u8> {
        let Protected { fast_keys, marks, numbers, things } = &self.protected;
        let mut bytes = Vec::new();
        let mut w = Writer(&mut bytes);
        w.length(marks.len());
        for mark in marks {
            w.0.extend_from_slice(mark.as_bytes());
        }
        for hashes in [numbers, fast_keys, things] {
            w.length(hashes.len());
            for hash in hashes.iter() {
                w.0.extend_from_slice(&hash.to_be_bytes());
            }
        }
        bytes
    }

    /// Stops whom an earlier gate of this tenant stopped: a read of changes does not hear of
    /// them again.
    ///
    /// # Errors
    ///
    /// [`CodecError`] when the bytes are not of [`Self::stops_as_bytes`].
    pub fn carry(&mut self, stops: &[u8]) -> Result<(), CodecError> {
        let mut r = Reader(stops);
        let mut list = || -> Result<Vec<[u8; 16]>, CodecError> {
            let count = r.length()?;
            (0..count).map(|_| r.take(16)?.try_into().map_err(|_| CodecError)).collect()
        };
        let [marks, numbers, keys, things] = [list()?, list()?, list()?, list()?];
        let keys: Vec<u128> = keys.into_iter().map(u128::from_be_bytes).collect();
        self.protected.marks.extend(marks.into_iter().map(Mac::from_bytes));
        self.protected.numbers.extend(numbers.into_iter().map(u128::from_be_bytes));
        self.protected.things.extend(things.into_iter().map(u128::from_be_bytes));
        self.carried.extend(self.protected.things.iter().chain(keys.iter().copied()));
        self.protected.fast_keys.extend(keys);
        Ok(())
    }

    /// Notes that this person, or what belongs to a person, is open or gone now. Whoever was
    /// stopped at the last complete read cannot be let through by a read of changes, since
    /// what points to the person was forgotten.
    pub(crate) fn let_go(&mut self, key: Key) {
        if !self.carried.is_empty() && self.carried.contains(&self.fast(key)) {
            self.released = Released::Somebody;
        }
    }

    /// Whether somebody who was carried seems to be let through: then everything has to be
    /// read anew.
    #[must_use]
    pub fn released(&self) -> Released {
        self.released
    }

    /// Stops what belongs to a stopped person and has an id of its own.
    pub(crate) fn protect_thing(&mut self, key: Key) {
        let fast = self.fast(key);
        self.protected.things.insert(fast);
    }

    /// Whether a key is that of a stopped person or of what belongs to one.
    pub(crate) fn stops_person_or_thing(&self, key: Key) -> bool {
        let Protected { fast_keys, things, .. } = &self.protected;
        if fast_keys.is_empty() && things.is_empty() {
            return false;
        }
        let fast = self.fast(key);
        fast_keys.contains(fast) || things.contains(fast)
    }
}
