//! Pages, and the tokens by which a reader goes on.

use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::Arc;

use super::kind::Kind;
use super::query::Found;
use super::world::{Extras, Gone, World, id_text, quoted};
use super::{Dialect, Fault, time};

/// What a reader is paging through.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) content: Content,
    /// How many a page has when nobody says.
    pub(super) size: usize,
}

/// What there is to page through, as it was when the reader began.
#[derive(Debug)]
pub(super) enum Content {
    Objects { world: Arc<World>, kind: Kind, found: Found, extras: Extras },
    Deleted { dialect: Dialect, gone: Vec<Gone> },
}

impl Content {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Objects { found, .. } => found.len(),
            Self::Deleted { gone, .. } => gone.len(),
        }
    }
}

/// So many readers can be in the middle of something; then the oldest token stops working.
const KEPT: usize = 64;

/// Where every reader is.
#[derive(Debug, Default)]
pub(super) struct Cursors {
    kept: VecDeque<(u64, Arc<Cursor>)>,
}

impl Cursors {
    pub(super) fn keep(&mut self, number: u64, cursor: Arc<Cursor>) {
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((number, cursor));
    }

    pub(super) fn find(&self, number: u64) -> Option<Arc<Cursor>> {
        self.kept.iter().find(|it| it.0 == number).map(|it| Arc::clone(&it.1))
    }
}

/// A page token: which cursor, and from where. The third part makes two tokens differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) cursor: u64,
    pub(super) from: usize,
    pub(super) salt: u64,
}

impl Token {
    pub(super) fn text(self) -> String {
        format!("{:x}.{:x}.{:x}", self.cursor, self.from, self.salt)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut next = || u64::from_str_radix(parts.next()?, 16).ok();
        let (cursor, from, salt) = (next()?, usize::try_from(next()?).ok()?, next()?);
        parts.next().is_none().then_some(Self { cursor, from, salt })
    }
}

/// Writes a page.
pub(super) fn write(
    content: &Content,
    (from, to): (usize, usize),
    token: Option<&str>,
    faults: &[Fault],
) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 << 16);
    out.extend(b"{\"data\":");
    match content {
        Content::Objects { world, kind, found, extras } => {
            out.push(b'[');
            if *kind == Kind::Person && from > 0 {
                repeat(&mut out, (world, found), from - 1, extras, faults);
            }
            objects(&mut out, (world, *kind, found), (from, to), extras);
            out.push(b']');
        }
        Content::Deleted { dialect, gone } => {
            deleted(&mut out, *dialect, gone.get(from..to).unwrap_or_default());
        }
    }
    out.extend(b",\"pageToken\":");
    match token {
        Some(token) => quoted(&mut out, token),
        None => out.extend(b"null"),
    }
    out.push(b'}');
    out
}

fn objects(
    out: &mut Vec<u8>,
    (world, kind, found): (&World, Kind, &Found),
    (from, to): (usize, usize),
    extras: &Extras,
) {
    let start = out.len();
    match (found, world.shelf(kind)) {
        (Found::All(_), Some(shelf)) if extras.none() => out.extend(shelf.some(from, to)),
        (Found::All(_) | Found::Some(_), _) => {
            for at in (from..to).filter_map(|it| found.at(it)) {
                world.write(out, kind, at, extras);
                out.push(b',');
            }
        }
    }
    if out.len() > start {
        out.pop();
    }
}

/// A person of the page before, again.
fn repeat(
    out: &mut Vec<u8>,
    (world, found): (&World, &Found),
    at: usize,
    extras: &Extras,
    faults: &[Fault],
) {
    let changed = faults.contains(&Fault::ChangedDuplicates);
    if !changed && !faults.contains(&Fault::DuplicatePersons) {
        return;
    }
    let Some(at) = found.at(at) else { return };
    let mut person = Vec::new();
    world.write(&mut person, Kind::Person, at, extras);
    let name = b"\"familyName\":\"";
    if changed && let Some(found) = person.windows(name.len()).position(|it| it == name) {
        let after = found + name.len();
        person.splice(after..after, *b"Ny");
    }
    out.extend(person);
    out.push(b',');
}

fn deleted(out: &mut Vec<u8>, dialect: Dialect, gone: &[Gone]) {
    if dialect == Dialect::DemoSis {
        // A list, where the standard has an object.
        out.push(b'[');
        for (n, it) in gone.iter().enumerate() {
            let comma = if n == 0 { "" } else { "," };
            // Writing to memory does not fail.
            _ = write!(
                out,
                "{comma}{{\"entity\":\"{}\",\"id\":\"{}\",\"deleted\":\"{}\"}}",
                it.kind.name(),
                id_text(it.id),
                time::without_offset(it.when)
            );
        }
        out.push(b']');
        return;
    }
    out.push(b'{');
    let mut first = true;
    for kind in Kind::ALL {
        let mut ids = gone.iter().filter(|it| it.kind == kind).peekable();
        if ids.peek().is_none() {
            continue;
        }
        let comma = if std::mem::take(&mut first) { "" } else { "," };
        _ = write!(out, "{comma}\"{}\":[", kind.deleted_key());
        for (n, it) in ids.enumerate() {
            let comma = if n == 0 { "" } else { "," };
            _ = write!(out, "{comma}\"{}\"", id_text(it.id));
        }
        out.push(b']');
    }
    out.push(b'}');
}
