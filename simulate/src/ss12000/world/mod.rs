//! What the register holds on one day: every object as it is sent, with indexes.

mod expand;
mod history;
mod json;
mod links;
mod people;
mod render;

use std::collections::HashMap;
use std::sync::Arc;

use generate::Town;

pub(super) use expand::{Enrolments, Extras};
use history::Known;
pub(super) use history::{Gone, History, When};
pub(super) use json::quoted;
pub(super) use links::{Links, list};
pub(super) use render::{Names, Org, forms};

use super::kind::Kind;
use super::{Dialect, Fault};

/// An id: a UUID as a number.
pub(super) type Id = u128;

/// Reads a UUID with hyphens.
pub(super) fn id_of(text: &str) -> Option<Id> {
    let bytes = text.as_bytes();
    let hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    if bytes.len() != 36 {
        return None;
    }
    let mut id = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if hyphen(at) != (byte == b'-') {
            return None;
        }
        if byte != b'-' {
            id = id << 4 | u128::from(char::from(byte).to_digit(16)?);
        }
    }
    Some(id)
}

/// Writes a UUID.
pub(super) fn id_text(id: Id) -> String {
    let hex = format!("{id:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// The id of something that the town has no id for.
pub(super) fn derived(id: Id, kind: u128) -> Id {
    // Version and variant stay as they are.
    const FREE: u128 = 0xffff_ffff_ffff_0fff_0fff_ffff_ffff_ffff;
    id ^ (kind.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835) & FREE)
}

/// How a world is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) dialect: Dialect,
    /// The faults of the data.
    pub(super) flaws: Vec<Fault>,
}

impl Style {
    pub(super) fn has(&self, flaw: &Fault) -> bool {
        self.flaws.contains(flaw)
    }
}

/// What the register holds on one day.
#[derive(Debug)]
pub(super) struct World {
    pub(super) town: Arc<Town>,
    pub(super) style: Style,
    pub(super) links: Links,
    shelves: [Shelf; 6],
}

/// All objects of one type, in the order of the town.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// Every object as it is sent, a comma after each.
    bytes: Vec<u8>,
    /// Where each ends, the comma included.
    ends: Vec<usize>,
    /// The row of the town that each is made of.
    pub(super) rows: Vec<u32>,
    /// The place of each row here; `u32::MAX` for those that are not shown.
    places: Vec<u32>,
    pub(super) ids: Vec<Id>,
    by_id: HashMap<Id, u32>,
    pub(super) created: Vec<i64>,
    pub(super) modified: Vec<i64>,
}

impl Shelf {
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// An object by its id.
    pub(super) fn find(&self, id: Id) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    /// The object made of this row.
    pub(super) fn of_row(&self, row: u32) -> Option<u32> {
        self.places.get(row as usize).copied().filter(|it| *it != u32::MAX)
    }

    /// One object, without a comma.
    pub(super) fn one(&self, at: u32) -> &[u8] {
        let bytes = self.some(at as usize, at as usize + 1);
        bytes.strip_suffix(b",").unwrap_or(bytes)
    }

    /// Objects that follow each other, a comma after each.
    pub(super) fn some(&self, from: usize, to: usize) -> &[u8] {
        let end = |at: usize| match at.checked_sub(1) {
            None => 0,
            Some(last) => self.ends.get(last).copied().unwrap_or(self.bytes.len()),
        };
        self.bytes.get(end(from)..end(to)).unwrap_or_default()
    }

    fn put(&mut self, row: u32, id: Id, known: Known, write: impl FnOnce(&mut Vec<u8>)) {
        let at = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        write(&mut self.bytes);
        self.bytes.push(b',');
        self.ends.push(self.bytes.len());
        self.rows.push(row);
        if self.places.len() <= row as usize {
            self.places.resize(row as usize + 1, u32::MAX);
        }
        if let Some(place) = self.places.get_mut(row as usize) {
            *place = at;
        }
        self.ids.push(id);
        self.by_id.insert(id, at);
        self.created.push(known.created);
        self.modified.push(known.modified);
    }
}

impl World {
    /// The first day, or the next: what is new, changed or gone goes into the history.
    pub(super) fn on_a_day(
        (town, when): (Arc<Town>, When),
        style: Style,
        history: &mut History,
    ) -> Self {
        let plain = Style { flaws: Vec::new(), ..style.clone() };
        let mut world = Self::bare(town, plain);
        history.begin(&world.town, when);
        world.fill(|kind, id, body| history.met(kind, id, body));
        history.end();
        world.restyled(style, history)
    }

    /// The same day with other flaws.
    pub(super) fn restyled(self, style: Style, history: &History) -> Self {
        if self.style == style {
            return self;
        }
        Self::another(Arc::clone(&self.town), style, history)
    }

    /// The same day again.
    pub(super) fn another(town: Arc<Town>, style: Style, history: &History) -> Self {
        let mut world = Self::bare(town, style);
        world.fill(|kind, id, _| history.known(kind, id));
        world
    }

    fn bare(town: Arc<Town>, style: Style) -> Self {
        let links = Links::of(&town, &style);
        Self { town, style, links, shelves: Default::default() }
    }

    /// Writes every object; `meet` says when it was created and changed.
    fn fill(&mut self, mut meet: impl FnMut(Kind, Id, &[u8]) -> Known) {
        let mut body = Vec::new();
        for (at, kind) in Kind::FILLED.into_iter().enumerate() {
            let mut objects = Shelf::default();
            for row in self.rows(kind) {
                let Some(id) = self.id(kind, row) else { continue };
                body.clear();
                self.body(&mut body, kind, row, Names::Without);
                let known = meet(kind, id, &body);
                objects.put(row, id, known, |out| self.wrap(out, id, known, &body));
            }
            if let Some(place) = self.shelves.get_mut(at) {
                *place = objects;
            }
        }
    }

    /// The objects of a type; `None` for one that a town does not fill.
    pub(super) fn shelf(&self, kind: Kind) -> Option<&Shelf> {
        self.shelves.get(kind.shelf()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_and_written() {
        let text = "17084b40-08f5-4bcd-8739-c0d08c176bad";
        assert_eq!(id_text(id_of(text).unwrap()), text);
        for wrong in
            ["", "17084b4008f54bcd8739c0d08c176bad", "17084b40-08f5-4bcd-8739-c0d08c176baz"]
        {
            assert_eq!(id_of(wrong), None, "{wrong}");
        }
        let other = id_text(derived(id_of(text).unwrap(), 3));
        assert_ne!(other, text);
        assert_eq!(&other[14..15], "4", "the version stays: {other}");
    }
}
