//! Keys: what an entity is called inside Skolbro, and the keyed hashes that find it again.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What an entity is called inside Skolbro: a UUID, never a number, a name or an address.
///
/// The register's own UUID where it has one, else version 8, an HMAC with the tenant's key
/// over (source serial, kind, source id).
///
/// # Source
///
/// Design §3, K074, K077.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 16]);

/// Keys and hashes sort as their bytes. Two numbers are compared where they stand, bytes by a
/// call.
macro_rules! sorts_as_bytes {
    ($type:ident) => {
        impl Ord for $type {
            fn cmp(&self, other: &Self) -> Ordering {
                u128::from_be_bytes(self.0).cmp(&u128::from_be_bytes(other.0))
            }
        }

        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
    };
}

sorts_as_bytes!(Key);
sorts_as_bytes!(Mac);

impl Key {
    /// The key with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The key's bytes, in the order in which keys sort.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads a UUID in the hyphenated form, in either case; `None` for anything else.
    #[must_use]
    pub fn parse_uuid(text: &str) -> Option<Self> {
        let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
        if [text[8], text[13], text[18], text[23]] != [b'-'; 4] {
            return None;
        }
        let mut bytes = [0_u8; 16];
        // Several million are read in a run: whether all are digits is asked once, at the end.
        let mut all = 0;
        for (byte, at) in bytes.iter_mut().zip(PAIRS) {
            let (high, low) = (DIGITS[usize::from(text[at])], DIGITS[usize::from(text[at + 1])]);
            all |= high | low;
            *byte = high << 4 | low & 15;
        }
        (all < 16).then_some(Self(bytes))
    }
}

/// Where the pairs of digits begin.
const PAIRS: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// The value of each byte as a hexadecimal digit; `0xff` for what is none.
const DIGITS: [u8; 256] = {
    let mut digits = [0xff; 256];
    let mut value = 0;
    while value < 16 {
        let digit = HEX[value as usize];
        digits[digit as usize] = value;
        digits[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    digits
};

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'-'; 36];
        let mut at = 0;
        for byte in self.0 {
            if matches!(at, 8 | 13 | 18 | 23) {
                at += 1;
            }
            text[at] = HEX[usize::from(byte >> 4)];
            text[at + 1] = HEX[usize::from(byte & 15)];
            at += 2;
        }
        f.pad(std::str::from_utf8(&text).unwrap_or_default())
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a UUID in the form `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")]
pub struct KeyError;

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::parse_uuid(text).ok_or(KeyError)
    }
}

/// The kinds of entity that a register can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// Huvudman, förvaltning, rektorsområde and the like.
    Organisation,
    /// Skolenhet.
    SchoolUnit,
    /// Pupil, member of staff or guardian.
    Person,
    /// Class, teaching group and the like.
    Group,
}

impl EntityKind {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Organisation => b"organisation",
            Self::SchoolUnit => b"school_unit",
            Self::Person => b"person",
            Self::Group => b"group",
        }
    }
}

/// The tenant's secret, 32 bytes, from outside the database. All keyed hashes and all
/// encryption at rest are derived from it. No `Debug`, no `Display`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TenantKey([u8; 32]);

impl TenantKey {
    /// Takes over a secret of 32 bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key of its own for one purpose, named by `label`.
    #[must_use]
    pub fn derive(&self, label: &str) -> [u8; 32] {
        let mut mac = hmac(&self.0);
        mac.update(b"skolbro/derive/");
        mac.update(label.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Keyed hashes for one purpose, named by `label`.
    #[must_use]
    pub fn maccer(&self, label: &str) -> Maccer {
        Maccer(hmac(&self.derive(label)))
    }

    /// A key of something that no register names but that follows from what it says: a
    /// term, a course at a school. Version 8, like those of [`KeyMaker`].
    #[must_use]
    pub fn derived_key(&self, kind: &str, parts: &[&[u8]]) -> Key {
        self.maccer(kind).key(parts)
    }
}

fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    // RFC 2104 §2: a key shorter than the block is padded with zeros.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    Hmac::<Sha256>::new(&block.into())
}

/// A keyed hash of something personal: finds the same thing again, tells nothing without
/// the tenant's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mac([u8; 16]);

impl Mac {
    /// The hash with these bytes, as read back from the store.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The hash's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Makes [`Mac`]s for one purpose.
#[derive(Clone)]
pub struct Maccer(Hmac<Sha256>);

impl Maccer {
    /// The hash of `parts`; where one part ends and the next begins matters.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> Mac {
        let digest = self.digest(parts);
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        Mac(short)
    }

    /// The key of something that no register names, as [`TenantKey::derived_key`] makes it of
    /// this kind: for who makes many.
    #[must_use]
    pub fn key(&self, parts: &[&[u8]]) -> Key {
        version_8(&self.digest(parts))
    }

    fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// Turns a source's own ids into [`Key`]s.
#[derive(Clone)]
pub struct KeyMaker {
    maccer: Maccer,
    serial: u32,
}

impl KeyMaker {
    /// Keys for the source with this serial. The serial is written once, by `init`, so that
    /// renaming a source in the settings re-keys nobody.
    #[must_use]
    pub fn new(tenant: &TenantKey, serial: u32) -> Self {
        Self { maccer: tenant.maccer("key"), serial }
    }

    /// The key of the entity that the source calls `source_id`.
    #[must_use]
    pub fn key(&self, kind: EntityKind, source_id: &str) -> Key {
        if let Some(key) = Key::parse_uuid(source_id) {
            return key;
        }
        version_8(&self.maccer.digest(&[
            &self.serial.to_be_bytes(),
            kind.label(),
            source_id.as_bytes(),
        ]))
    }
}

fn version_8(digest: &[u8; 32]) -> Key {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80; // version 8, RFC 9562 §5.8
    bytes[8] = bytes[8] & 0x3f | 0x80; // variant, RFC 9562 §4.1
    Key(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(byte: u8) -> TenantKey {
        TenantKey::new([byte; 32])
    }

    /// K077: the source's own UUID is kept, in lower case.
    #[test]
    fn a_uuid_of_the_source_is_kept() {
        let maker = KeyMaker::new(&tenant(1), 1);
        let key = maker.key(EntityKind::Person, "0F8FAD5B-D9CB-469F-A165-70867728950E");
        assert_eq!(key.to_string(), "0f8fad5b-d9cb-469f-a165-70867728950e");
        assert_eq!(key.to_string().parse(), Ok(key));
    }

    /// K074, K077: other ids give a version 8 UUID that depends on tenant, serial and kind.
    #[test]
    fn other_ids_give_a_keyed_uuid() {
        let key = |tenant_byte, serial, kind, id| {
            KeyMaker::new(&tenant(tenant_byte), serial).key(kind, id)
        };
        let first = key(1, 1, EntityKind::Person, "4711");
        assert_eq!(first, key(1, 1, EntityKind::Person, "4711"));
        assert_eq!(&first.to_string()[14..15], "8");
        for other in [
            key(2, 1, EntityKind::Person, "4711"),
            key(1, 2, EntityKind::Person, "4711"),
            key(1, 1, EntityKind::Group, "4711"),
            key(1, 1, EntityKind::Person, "4712"),
        ] {
            assert_ne!(first, other);
        }
    }

    /// Tables in memory and rows on disk are in one order.
    #[test]
    fn keys_sort_as_their_bytes() {
        let bytes: Vec<[u8; 16]> = (0..16)
            .flat_map(|at| {
                [0, 1, 127, 128, 255].map(|it| {
                    let mut bytes = [7; 16];
                    bytes[at] = it;
                    bytes
                })
            })
            .collect();
        for one in &bytes {
            for other in &bytes {
                let keys = (Key::from_bytes(*one), Key::from_bytes(*other));
                assert_eq!(keys.0.cmp(&keys.1), one.cmp(other));
            }
        }
    }

    #[test]
    fn what_is_not_a_uuid_is_not_read_as_one() {
        for text in [
            "",
            "0f8fad5b",
            "0f8fad5b-d9cb-469f-a165-70867728950",
            "0f8fad5bxd9cb-469f-a165-70867728950e",
            "0f8fad5b-d9cb-469f-a165-70867728950å",
        ] {
            assert_eq!(Key::parse_uuid(text), None, "{text}");
        }
    }
}
