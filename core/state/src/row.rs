//! Objects and memberships as values and as sorted bytes.
//!
//! Wanted, written and observed state are streams of encoded rows in one order: objects by
//! kind and key, each followed by the memberships in which it is the member. So a person's
//! account and places stand together, and one pass over two streams finds every difference
//! without either in memory.
//!
//! An encoded row is `[id length, 2][id][body length, 4][body][schools]`. Ids sort as bytes:
//! object `[kind][key][0]`; membership `[member kind][member key][1][kind][container
//! kind][container key][role]`. Schools are for the planner alone and are never compared.

use roster::codec::{CodecError, Reader, Writer};
use roster::{Date, Key};

use crate::{Kind, Reason, RowBuilder};

/// A stored row is damaged or of another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored row of state is damaged or of another version")]
pub struct RowError;

impl From<CodecError> for RowError {
    fn from(_: CodecError) -> Self {
        Self
    }
}

/// One object at a receiver, by our own name of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// The kind of object.
    pub kind: Kind,
    /// Our key.
    pub key: Key,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    None,
    /// A text.
    Text(String),
    /// Another object.
    Ref(ObjectRef),
    /// Several other objects, sorted.
    Refs(Vec<ObjectRef>),
}

impl Value {
    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::None | Self::Ref(_) | Self::Refs(_) => None,
        }
    }

    /// The objects it refers to.
    #[must_use]
    pub fn refs(&self) -> &[ObjectRef] {
        match self {
            Self::Ref(one) => std::slice::from_ref(one),
            Self::Refs(several) => several,
            Self::None | Self::Text(_) => &[],
        }
    }
}

/// An object: kind, key, attributes in the order of the target's card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Kind and key.
    pub id: ObjectRef,
    /// One value per attribute that the card declares.
    pub values: Vec<Value>,
    /// The schools it belongs to, sorted. Never sent, never compared.
    pub schools: Vec<Key>,
}

/// A membership: who is in what, as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The kind of membership.
    pub kind: Kind,
    /// What holds.
    pub container: ObjectRef,
    /// What is held.
    pub member: ObjectRef,
    /// As what, in the receiver's words.
    pub role: String,
    /// One value per attribute that the card declares (decision 0002).
    pub values: Vec<Value>,
    /// The schools it belongs to, sorted. Never sent, never compared.
    pub schools: Vec<Key>,
}

/// One row of state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// An object.
    Object(Object),
    /// A membership.
    Member(Member),
    /// In a stream of wanted rows: what the roster knows but the rules do not want as an
    /// object, and why. Stands where the object would.
    Mark {
        /// The object that is meant.
        id: ObjectRef,
        /// What to do about it.
        mark: Mark,
    },
}

/// Why an object that the roster knows is not in the wanted state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Something is wrong with it (a required value missing, a user name that two persons
    /// share): it is not created, and if it exists it and its memberships stay as they were
    /// written last.
    Withheld(Reason),
    /// It is no longer wanted, for this reason.
    Left {
        /// Why.
        reason: Reason,
        /// The day that the register gives as its last, where that is the reason.
        end: Option<Date>,
    },
}

impl Row {
    /// Appends the encoded row to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let (mut row, values, schools): (_, &[Value], &[Key]) = match self {
            Self::Mark { id, mark } => {
                let mut row = RowBuilder::object(out, *id);
                encode_mark(*mark, row.raw());
                return row.finish(&[]);
            }
            Self::Object(Object { id, values, schools }) => {
                (RowBuilder::object(out, *id), values, schools)
            }
            Self::Member(Member { kind, container, member, role, values, schools }) => {
                (RowBuilder::member(out, *kind, *container, *member, role), values, schools)
            }
        };
        for value in values {
            encode_value(value, row.raw());
        }
        row.finish(schools);
    }

    /// The same row with other ids: its own, and those that it refers to.
    #[must_use]
    pub fn with_ids(self, now: impl Fn(ObjectRef) -> ObjectRef) -> Self {
        let value = |value: Value| match value {
            Value::Ref(id) => Value::Ref(now(id)),
            Value::Refs(ids) => {
                let mut ids: Vec<_> = ids.into_iter().map(&now).collect();
                ids.sort_unstable();
                Value::Refs(ids)
            }
            other @ (Value::None | Value::Text(_)) => other,
        };
        match self {
            Self::Object(Object { id, values, schools }) => {
                let values = values.into_iter().map(value).collect();
                Self::Object(Object { id: now(id), values, schools })
            }
            Self::Member(Member { kind, container, member, role, values, schools }) => {
                let (container, member) = (now(container), now(member));
                let values = values.into_iter().map(value).collect();
                Self::Member(Member { kind, container, member, role, values, schools })
            }
            Self::Mark { id, mark } => Self::Mark { id: now(id), mark },
        }
    }

    /// The encoded row.
    #[must_use]
    pub fn encoded(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }
}

/// First byte of a body that is a mark; no value begins with it.
const WITHHELD: u8 = 0xff;
const LEFT: u8 = 0xfe;

fn encode_mark(mark: Mark, out: &mut Vec<u8>) {
    match mark {
        Mark::Withheld(reason) => out.extend_from_slice(&[WITHHELD, reason.index()]),
        Mark::Left { reason, end } => {
            out.extend_from_slice(&[LEFT, reason.index()]);
            Writer(out).date(end);
        }
    }
}

pub(crate) fn encode_ref(id: ObjectRef, out: &mut Vec<u8>) {
    out.push(id.kind.0);
    out.extend_from_slice(id.key.as_bytes());
}

/// Appends an encoded value, as [`Row::encode`] does for each attribute.
pub(crate) fn encode_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::None => out.push(0),
        Value::Text(text) => {
            out.push(1);
            Writer(out).text(text);
        }
        Value::Ref(id) => {
            out.push(2);
            encode_ref(*id, out);
        }
        Value::Refs(ids) => {
            out.push(3);
            Writer(out).length(ids.len());
            for id in ids {
                encode_ref(*id, out);
            }
        }
    }
}

/// An encoded row, looked at without decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRef<'a> {
    /// What orders rows and tells which two rows speak of the same thing.
    pub id: &'a [u8],
    /// What is compared.
    pub body: &'a [u8],
    schools: &'a [u8],
}

impl<'a> RowRef<'a> {
    /// Looks at an encoded row.
    ///
    /// # Errors
    ///
    /// [`RowError`] when it is cut.
    pub fn new(row: &'a [u8]) -> Result<Self, RowError> {
        let mut r = Reader(row);
        let [a, b] = *r.take(2)?.first_chunk().ok_or(RowError)?;
        let id = r.take(usize::from(u16::from_be_bytes([a, b])))?;
        let length = u32::from_be_bytes(*r.take(4)?.first_chunk().ok_or(RowError)?);
        let body = r.take(usize::try_from(length).map_err(|_| RowError)?)?;
        if id.len() < 18 || r.0.len() % 16 != 0 {
            return Err(RowError);
        }
        Ok(Self { id, body, schools: r.0 })
    }

    /// The object, or the member of the membership.
    #[must_use]
    pub fn owner(&self) -> ObjectRef {
        let mut key = [0; 16];
        key.copy_from_slice(&self.id[1..17]);
        ObjectRef { kind: Kind(self.id[0]), key: Key::from_bytes(key) }
    }

    /// The role of a membership, or `None` for an object.
    #[must_use]
    pub fn role(&self) -> Option<&'a [u8]> {
        if self.id[17] == 1 { self.id.get(36..) } else { None }
    }

    /// The kind of membership and its container, or `None` for an object.
    #[must_use]
    pub fn membership(&self) -> Option<(Kind, ObjectRef)> {
        if self.id[17] != 1 {
            return None;
        }
        let key = self.id.get(20..36)?.first_chunk()?;
        let container = ObjectRef { kind: Kind(*self.id.get(19)?), key: Key::from_bytes(*key) };
        Some((Kind(*self.id.get(18)?), container))
    }

    /// The schools that the row belongs to.
    pub fn schools(&self) -> impl Iterator<Item = Key> + use<'a> {
        self.schools
            .chunks_exact(16)
            .filter_map(|key| key.first_chunk().copied().map(Key::from_bytes))
    }

    /// The mark, if the row is one.
    ///
    /// # Errors
    ///
    /// [`RowError`] when the row is damaged.
    pub fn mark(&self) -> Result<Option<Mark>, RowError> {
        let Some((&first @ (WITHHELD | LEFT), rest)) = self.body.split_first() else {
            return Ok(None);
        };
        let mut r = Reader(rest);
        let reason = Reason::from_index(r.byte()?).ok_or(RowError)?;
        Ok(Some(if first == WITHHELD {
            Mark::Withheld(reason)
        } else {
            Mark::Left { reason, end: r.date()? }
        }))
    }

    /// The values of the body.
    ///
    /// # Errors
    ///
    /// [`RowError`] when the row is damaged.
    pub fn values(&self) -> Result<Vec<Value>, RowError> {
        let mut r = Reader(self.body);
        let mut values = Vec::new();
        while !r.0.is_empty() {
            values.push(decode_value(&mut r)?);
        }
        Ok(values)
    }

    /// The row as a value.
    ///
    /// # Errors
    ///
    /// [`RowError`] when the row is damaged.
    pub fn decode(&self) -> Result<Row, RowError> {
        if let Some(mark) = self.mark()? {
            return Ok(Row::Mark { id: self.owner(), mark });
        }
        let (id, values, schools) = (self.owner(), self.values()?, self.schools().collect());
        Ok(match self.membership() {
            None => Row::Object(Object { id, values, schools }),
            Some((kind, container)) => Row::Member(Member {
                kind,
                container,
                member: id,
                role: std::str::from_utf8(self.id.get(36..).ok_or(RowError)?)
                    .map_err(|_| RowError)?
                    .to_owned(),
                values,
                schools,
            }),
        })
    }
}

fn decode_ref(r: &mut Reader<'_>) -> Result<ObjectRef, RowError> {
    Ok(ObjectRef { kind: Kind(r.byte()?), key: r.key()? })
}

fn decode_value(r: &mut Reader<'_>) -> Result<Value, RowError> {
    Ok(match r.byte()? {
        0 => Value::None,
        1 => Value::Text(r.text()?.to_owned()),
        2 => Value::Ref(decode_ref(r)?),
        3 => {
            let count = r.length()?;
            let mut refs = Vec::new();
            for _ in 0..count {
                refs.push(decode_ref(r)?);
            }
            Value::Refs(refs)
        }
        _ => return Err(RowError),
    })
}

#[cfg(test)]
mod tests;
