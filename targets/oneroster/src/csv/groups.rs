//! Rows of state, an object with its memberships at a time.

use roster::RowStream;
use state::{Held, Member, Object, ObjectRef, Row, RowError, RowRef};

use super::Failed;

/// An object's row and those of its memberships, encoded.
#[derive(Debug, Default)]
pub(super) struct Group {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Group {
    fn rows(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end])
    }

    /// Whether both hold the same rows.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }

    /// Whose rows they are.
    pub(super) fn owner(&self) -> Result<ObjectRef, Failed> {
        let first = self.rows().next().ok_or(RowError)?;
        Ok(RowRef::new(first)?.owner())
    }

    /// What the memberships are in.
    pub(super) fn containers(&self) -> Result<Vec<ObjectRef>, Failed> {
        let mut found = Vec::new();
        for row in self.rows() {
            found.extend(RowRef::new(row)?.membership().map(|(_, container)| container));
        }
        Ok(found)
    }

    /// Kind and role of each membership, without decoding more.
    pub(super) fn has_member(
        &self,
        fits: impl Fn(state::Kind, &[u8]) -> bool,
    ) -> Result<bool, Failed> {
        for row in self.rows() {
            let row = RowRef::new(row)?;
            let role = row.id.get(36..).unwrap_or_default();
            if row.membership().is_some_and(|(kind, _)| fits(kind, role)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The rows as values; memberships without their object are refused.
    pub(super) fn decode(&self) -> Result<(Object, Vec<Member>), Failed> {
        let (mut object, mut members) = (None, Vec::new());
        for row in self.rows() {
            match RowRef::new(row)?.decode()? {
                Row::Object(it) => object = Some(it),
                Row::Member(it) => members.push(it),
                // A mark speaks of what is wanted; a delivery holds what is written.
                Row::Mark { .. } => {}
            }
        }
        let Some(object) = object else {
            let key = self.owner()?.key;
            return Err(Failed::Invalid(format!("user {key} is not in the set")));
        };
        Ok((object, members))
    }
}

/// Groups, one after another.
pub(super) struct Groups<'a> {
    rows: Box<dyn RowStream + Send + 'a>,
    ahead: Option<Vec<u8>>,
    group: Group,
}

impl<'a> Groups<'a> {
    pub(super) fn of(held: Held<'a>) -> Result<Self, Failed> {
        let mut groups = Self { rows: held.rows.stream()?, ahead: None, group: Group::default() };
        groups.read()?;
        Ok(groups)
    }

    fn read(&mut self) -> Result<(), Failed> {
        let mut buffer = self.ahead.take().unwrap_or_default();
        self.ahead = self.rows.next_row()?.map(|row| {
            buffer.clear();
            buffer.extend_from_slice(row);
            buffer
        });
        Ok(())
    }

    /// Whose rows come next.
    pub(super) fn ahead(&self) -> Result<Option<ObjectRef>, Failed> {
        Ok(self.ahead.as_deref().map(RowRef::new).transpose()?.map(|row| row.owner()))
    }

    /// The next group.
    pub(super) fn next(&mut self) -> Result<Option<&Group>, Failed> {
        let Some(owner) = self.ahead()? else { return Ok(None) };
        self.group.bytes.clear();
        self.group.ends.clear();
        while self.ahead()? == Some(owner) {
            self.group.bytes.extend_from_slice(self.ahead.as_deref().unwrap_or_default());
            self.group.ends.push(self.group.bytes.len());
            self.read()?;
        }
        Ok(Some(&self.group))
    }

    /// The group that [`Self::next`] gave last.
    pub(super) fn current(&self) -> &Group {
        &self.group
    }
}
