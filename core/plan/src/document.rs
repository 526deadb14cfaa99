//! The plan as a document: a header and one operation a line.
//!
//! JSON Lines, schema [`SCHEMA`]. The plan's id is the SHA-256 of its content, so a plan
//! that was changed is another plan.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use roster::Piece;
use sha2::{Digest, Sha256};
use state::{Card, Operation, RowError};

use crate::{PlanError, Verdicts};

mod rows;
mod wire;

pub use wire::{CountWire, Header, KindWire, Purpose, SchoolWire, VerdictWire};

/// The version of the document's shape.
pub const SCHEMA: u32 = 1;

/// How long a plan may be started.
const MAY_START: SignedDuration = SignedDuration::from_hours(24);

/// What the header says beside what follows from the operations.
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// The target's name in the settings.
    pub target: &'a str,
    /// What the target is.
    pub card: &'a Card,
    /// Hash of the source's snapshot.
    pub snapshot: &'a str,
    /// Hash of the rules.
    pub rules: &'a str,
    /// Generation of the written state.
    pub written_generation: u64,
    /// Hash of the written state.
    pub written_hash: &'a str,
    /// When the plan was made.
    pub created: Timestamp,
    /// What it was made for.
    pub purpose: Purpose,
    /// Calls that it costs.
    pub calls: u64,
    /// Seconds at the receiver's quota.
    pub seconds: u64,
}

/// Why a document could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is damaged, or was made by another version: make a new plan.
    #[error("the plan is damaged or of another version (line {line})")]
    Damaged {
        /// Which line, from 1.
        line: u64,
    },
    /// Its content is not what its id says: make a new plan.
    #[error("the plan's content is not what its id says")]
    OtherContent,
}

/// A document's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlanId(String);

impl PlanId {
    /// All 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first four, as people see it.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..4).unwrap_or_default()
    }
}

struct Hasher(Sha256);

impl Hasher {
    /// Lines with their ends.
    fn text(&mut self, lines: &str) {
        self.0.update(lines.as_bytes());
    }

    fn line(&mut self, line: &str) {
        self.text(line);
        self.text("\n");
    }

    fn id(self) -> PlanId {
        use std::fmt::Write;
        let mut id = String::new();
        for byte in self.0.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(id, "{byte:02x}");
        }
        PlanId(id)
    }
}

/// Operations whose lines are made by one thread, and how many threads may do so at once.
const PIECE: usize = 2_048;
const PIECES: usize = 8;

/// Writes a plan and returns its id. `text` takes lines with their ends: the header alone, then
/// many at a time. Lines are made in pieces by `work`, which may do several at once: which does
/// not matter to what comes of it.
///
/// The row of a person who became protected is written as its id alone.
///
/// # Errors
///
/// [`PlanError`] when rows are damaged; whatever `text` returns.
pub fn write<E: From<PlanError>>(
    about: &About<'_>,
    operations: &[Operation],
    verdicts: &Verdicts,
    work: impl Fn(Vec<Piece<'_>>),
    mut text: impl FnMut(&str) -> Result<(), E>,
) -> Result<PlanId, E> {
    let mut hasher = Hasher(Sha256::new());
    let mut header = json(&header(about, operations, verdicts)?)?;
    header.push('\n');
    hasher.text(&header);
    text(&header)?;
    for many in operations.chunks(PIECE * PIECES) {
        let mut made = Vec::new();
        made.resize_with(many.len().div_ceil(PIECE), || Ok(String::new()));
        let pieces = many.chunks(PIECE).zip(&mut made).map(|(operations, made)| -> Piece<'_> {
            Box::new(|| *made = lines(operations, verdicts, about.card))
        });
        work(pieces.collect());
        for lines in made {
            let lines = lines?;
            hasher.text(&lines);
            text(&lines)?;
        }
    }
    Ok(hasher.id())
}

fn lines(operations: &[Operation], verdicts: &Verdicts, card: &Card) -> Result<String, PlanError> {
    let mut lines = String::new();
    for operation in operations {
        let held = verdicts.held.get(&operation.number);
        lines.push_str(&json(&wire::OperationWire::of(operation, held, card)?)?);
        lines.push('\n');
    }
    Ok(lines)
}

fn json(value: &impl serde::Serialize) -> Result<String, PlanError> {
    serde_json::to_string(value).map_err(|_| damaged_row())
}

fn damaged_row() -> PlanError {
    PlanError::Damaged(RowError)
}

fn header(
    about: &About<'_>,
    operations: &[Operation],
    verdicts: &Verdicts,
) -> Result<Header, PlanError> {
    let mut kinds: BTreeMap<(String, &'static str), u64> = BTreeMap::new();
    let mut schools: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for operation in operations {
        let kind = wire::kind_name(operation, about.card)?;
        *kinds.entry((kind, operation.verb.word())).or_default() += 1;
        for school in operation.schools()? {
            let counts = schools.entry(school.to_string()).or_default();
            *counts.entry(operation.verb.word().to_owned()).or_default() += 1;
        }
    }
    let counts = kinds
        .into_iter()
        .map(|((kind, verb), count)| CountWire { kind, verb: verb.to_owned(), count })
        .collect();
    let schools = schools.into_iter().map(|(school, verbs)| SchoolWire { school, verbs }).collect();
    let expires = about.created.checked_add(MAY_START).unwrap_or(about.created);
    Ok(Header {
        schema: SCHEMA,
        target: about.target.to_owned(),
        connector: about.card.id.to_owned(),
        objects: wire::object_kinds(about.card),
        memberships: wire::membership_kinds(about.card),
        snapshot: about.snapshot.to_owned(),
        rules: about.rules.to_owned(),
        written_generation: about.written_generation,
        written_hash: about.written_hash.to_owned(),
        created: about.created.to_string(),
        expires: expires.to_string(),
        operations: operations.len() as u64,
        counts,
        schools,
        verdicts: verdicts.verdicts.iter().map(VerdictWire::of).collect(),
        calls: about.calls,
        seconds: about.seconds,
        purpose: about.purpose,
    })
}

/// A plan as it was read back.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its header.
    pub header: Header,
    /// Its operations, in order.
    pub operations: Vec<Operation>,
    /// What the guards said.
    pub verdicts: Verdicts,
    /// Its id, from its content.
    pub id: PlanId,
}

/// Reads a plan that was written for this card.
///
/// # Errors
///
/// [`DocumentError::Damaged`] when a line cannot be read or the card has other kinds.
pub fn read<L: AsRef<str>>(
    lines: impl IntoIterator<Item = L>,
    card: &Card,
) -> Result<Document, DocumentError> {
    let mut hasher = Hasher(Sha256::new());
    let mut lines = lines.into_iter();
    let damaged = |line| DocumentError::Damaged { line };
    let first = lines.next().ok_or(damaged(1))?;
    let first = first.as_ref();
    hasher.line(first);
    let header: Header = serde_json::from_str(first).map_err(|_| damaged(1))?;
    let same_kinds = header.objects == wire::object_kinds(card)
        && header.memberships == wire::membership_kinds(card);
    if header.schema != SCHEMA || !same_kinds {
        return Err(damaged(1));
    }
    let verdicts = header.verdicts.iter().map(VerdictWire::read).collect::<Option<_>>();
    let mut verdicts = Verdicts { verdicts: verdicts.ok_or(damaged(1))?, held: BTreeMap::new() };
    let mut operations = Vec::new();
    for (number, line) in (2..).zip(lines) {
        let line = line.as_ref();
        hasher.line(line);
        let wire: wire::OperationWire = serde_json::from_str(line).map_err(|_| damaged(number))?;
        let (operation, held) = wire.read(card).ok_or(damaged(number))?;
        if let Some(held) = held {
            verdicts.held.insert(operation.number, held);
        }
        operations.push(operation);
    }
    if operations.len() as u64 != header.operations {
        return Err(damaged(operations.len() as u64 + 2));
    }
    Ok(Document { header, operations, verdicts, id: hasher.id() })
}

/// [`read`], and sees to it that the content is what the id says.
///
/// # Errors
///
/// [`DocumentError`].
pub fn read_checked<L: AsRef<str>>(
    id: &str,
    lines: impl IntoIterator<Item = L>,
    card: &Card,
) -> Result<Document, DocumentError> {
    let document = read(lines, card)?;
    if document.id.as_str() == id { Ok(document) } else { Err(DocumentError::OtherContent) }
}
