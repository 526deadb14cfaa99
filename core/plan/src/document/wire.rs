//! What stands in the document.

use std::collections::BTreeMap;

use roster::{Count, TripKind};
use serde::{Deserialize, Serialize};
use state::{Card, Expected, Kind, ObjectRef, Operation, Owner, Reason, RowRef, Verb};

use super::rows::{ChangeWire, Part, RowWire};
use crate::{GuardName, Held, PlanError, Scope, Verdict};

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Version of the document's shape.
    pub schema: u32,
    /// The target's name in the settings.
    pub target: String,
    /// The connector.
    pub connector: String,
    /// Kinds of object with their attributes.
    pub objects: Vec<KindWire>,
    /// Kinds of membership with their attributes.
    pub memberships: Vec<KindWire>,
    /// Hash of the source's snapshot.
    pub snapshot: String,
    /// Hash of the rules.
    pub rules: String,
    /// Generation of the written state.
    pub written_generation: u64,
    /// Hash of the written state.
    pub written_hash: String,
    /// When it was made, UTC.
    pub created: String,
    /// Until when it may be started, UTC.
    pub expires: String,
    /// How many operations follow.
    pub operations: u64,
    /// Operations by kind and verb.
    pub counts: Vec<CountWire>,
    /// Operations by school.
    pub schools: Vec<SchoolWire>,
    /// What the guards said.
    pub verdicts: Vec<VerdictWire>,
    /// Calls that it costs.
    pub calls: u64,
    /// Seconds at the receiver's quota.
    pub seconds: u64,
    /// What it was made for.
    #[serde(default, skip_serializing_if = "Purpose::is_real")]
    pub purpose: Purpose,
}

/// What a plan was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To be carried out.
    #[default]
    Real,
    /// To see what a day that has not come will bring.
    Rehearsal,
}

impl Purpose {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
    fn is_real(&self) -> bool {
        *self == Self::Real
    }
}

/// A kind and its attributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindWire {
    /// Its name.
    pub name: String,
    /// Its attributes, in order.
    pub attributes: Vec<String>,
}

/// Operations of one kind and verb.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountWire {
    /// The kind's name.
    pub kind: String,
    /// The verb's word.
    pub verb: String,
    /// How many.
    pub count: u64,
}

/// Operations at one school.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchoolWire {
    /// Its key.
    pub school: String,
    /// How many by the verb's word.
    pub verbs: BTreeMap<String, u64>,
}

/// A guard that tripped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictWire {
    /// Its name.
    pub guard: String,
    /// At a source: what tripped.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trip: Option<(String, u8)>,
    /// `target`, `kind`, `attribute`, `school` or `container`.
    pub scope: String,
    /// Kind and attribute, by their place on the card.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub place: Vec<usize>,
    /// The school or container.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
    /// How many there are, or were.
    pub total: u64,
    /// How many would change, or are there now.
    pub count: u64,
    /// How many of them went earlier the same day.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub earlier: u64,
    /// How many may.
    pub allowed: u64,
    /// How many operations are held.
    pub held: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl VerdictWire {
    pub(super) fn of(verdict: &Verdict) -> Self {
        let Verdict { guard, scope, total, count, earlier, allowed, held } = *verdict;
        let (name, place, key) = match scope {
            Scope::Target => ("target", vec![], None),
            Scope::Kind(kind) => ("kind", vec![usize::from(kind.0)], None),
            Scope::Attribute(kind, at) => ("attribute", vec![usize::from(kind.0), at], None),
            Scope::School(key) => ("school", vec![], Some(key)),
            Scope::Container(id) => ("container", vec![usize::from(id.kind.0)], Some(id.key)),
        };
        let trip =
            if let GuardName::Source(kind) = guard { Some(trip_to_wire(kind)) } else { None };
        Self {
            guard: guard.word().to_owned(),
            trip,
            scope: name.to_owned(),
            place,
            key: key.map(|key| key.to_string()),
            total,
            count,
            earlier,
            allowed,
            held,
        }
    }

    pub(super) fn read(&self) -> Option<Verdict> {
        let Self { guard, trip, scope, place, key, total, count, earlier, allowed, held } = self;
        let (total, count, allowed, held) = (*total, *count, *allowed, *held);
        let earlier = *earlier;
        let guard = match trip {
            Some((word, of)) if guard == "source" => GuardName::Source(read_trip(word, *of)?),
            Some(_) => return None,
            None => GuardName::from_word(guard)?,
        };
        let key = key.as_deref().map(str::parse).transpose().ok()?;
        let kind = place.first().and_then(|at| u8::try_from(*at).ok()).map(Kind);
        let scope = match (scope.as_str(), kind, place.get(1), key) {
            ("target", None, None, None) => Scope::Target,
            ("kind", Some(kind), None, None) => Scope::Kind(kind),
            ("attribute", Some(kind), Some(&at), None) => Scope::Attribute(kind, at),
            ("school", None, None, Some(key)) => Scope::School(key),
            ("container", Some(kind), None, Some(key)) => Scope::Container(ObjectRef { kind, key }),
            _ => return None,
        };
        Some(Verdict { guard, scope, total, count, earlier, allowed, held })
    }
}

fn trip_to_wire(kind: TripKind) -> (String, u8) {
    let (word, of) = match kind {
        TripKind::Empty(count) => ("empty", count as u8),
        TripKind::Lost(count) => ("lost", count as u8),
        TripKind::SchoolLost => ("school_lost", 0),
        TripKind::YearLost(year) => ("year_lost", year),
        TripKind::Dangling => ("dangling", 0),
        TripKind::Repeated => ("repeated", 0),
    };
    (word.to_owned(), of)
}

fn read_trip(word: &str, of: u8) -> Option<TripKind> {
    let count = || Count::ALL.get(usize::from(of)).copied();
    match word {
        "empty" => count().map(TripKind::Empty),
        "lost" => count().map(TripKind::Lost),
        "school_lost" => Some(TripKind::SchoolLost),
        "year_lost" => Some(TripKind::YearLost(of)),
        "dangling" => Some(TripKind::Dangling),
        "repeated" => Some(TripKind::Repeated),
        _ => None,
    }
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OperationWire {
    number: u32,
    verb: String,
    /// What is there, or what will be where nothing is.
    row: RowWire,
    /// What it becomes; left out where `row` is new or leaves.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    to: Option<ChangeWire>,
    /// What `row` is.
    is: Is,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    was: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
    owner: String,
    expected: bool,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    needs: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    held: Option<HeldWire>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Is {
    New,
    Leaves,
    Changes,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldWire {
    by: Vec<u32>,
    reason: String,
}

impl OperationWire {
    pub(super) fn of(
        operation: &Operation,
        held: Option<&Held>,
        card: &Card,
    ) -> Result<Self, PlanError> {
        let Operation { number, verb, before, after, was, reason, is_expected, needs } = operation;
        let part = if reason.is_none() && verb.is_removing() { Part::Id } else { Part::Whole };
        let wire = |row: &[u8]| RowWire::of(row, part, card);
        let (row, to, is) = match (before.as_deref(), after.as_deref()) {
            (None, Some(after)) => (wire(after)?, None, Is::New),
            (Some(before), None) => (wire(before)?, None, Is::Leaves),
            (Some(before), Some(after)) => {
                let (before, after) = (wire(before)?, wire(after)?);
                let to = before.changes_to(&after);
                (before, Some(to), Is::Changes)
            }
            (None, None) => return Err(PlanError::Damaged(state::RowError)),
        };
        let owner = owner_word(operation.owner()).to_owned();
        Ok(Self {
            number: *number,
            verb: verb.word().to_owned(),
            row,
            to,
            is,
            was: was.map(|key| key.to_string()),
            reason: reason.map(|reason| reason.code().to_owned()),
            owner,
            expected: *is_expected == Expected::Yes,
            needs: needs.clone(),
            held: held.map(|held| HeldWire {
                by: held.by.clone(),
                reason: held.reason.code().to_owned(),
            }),
        })
    }

    pub(super) fn read(self, card: &Card) -> Option<(Operation, Option<Held>)> {
        let row = self.row.read(card)?;
        let (before, after) = match (self.is, &self.to) {
            (Is::New, None) => (None, Some(row)),
            (Is::Leaves, None) => (Some(row), None),
            (Is::Changes, Some(to)) => (Some(row), Some(self.row.changed(to).read(card)?)),
            (Is::New | Is::Leaves, Some(_)) | (Is::Changes, None) => return None,
        };
        let code = |code: String| Reason::from_code(&code);
        let held = match self.held {
            Some(HeldWire { by, reason }) => Some(Held { by, reason: code(reason)? }),
            None => None,
        };
        let reason = match self.reason {
            Some(reason) => Some(code(reason)?),
            None => None,
        };
        let operation = Operation {
            number: self.number,
            verb: Verb::from_word(&self.verb)?,
            before,
            after,
            was: self.was.map(|key| key.parse()).transpose().ok()?,
            reason,
            is_expected: if self.expected { Expected::Yes } else { Expected::No },
            needs: self.needs,
        };
        Some((operation, held))
    }
}

fn owner_word(owner: Owner) -> &'static str {
    match owner {
        Owner::Source => "source",
        Owner::Settings => "settings",
        Owner::Receiver => "receiver",
        Owner::Us => "us",
    }
}

/// The name of the kind that an operation is about.
pub(super) fn kind_name(operation: &Operation, card: &Card) -> Result<String, PlanError> {
    let row = operation.after.as_deref().or(operation.before.as_deref());
    let row = RowRef::new(row.unwrap_or_default())?;
    let name = match row.membership() {
        Some((kind, _)) => card.membership(kind).map(|kind| kind.name),
        None => card.object(row.owner().kind).map(|kind| kind.name),
    };
    Ok(name.unwrap_or_default().to_owned())
}

fn names(attributes: &[state::Attribute]) -> Vec<String> {
    attributes.iter().map(|attribute| attribute.name.to_owned()).collect()
}

pub(super) fn object_kinds(card: &Card) -> Vec<KindWire> {
    let kinds = card.objects.iter();
    kinds
        .map(|kind| KindWire { name: kind.name.to_owned(), attributes: names(kind.attributes) })
        .collect()
}

pub(super) fn membership_kinds(card: &Card) -> Vec<KindWire> {
    let kinds = card.memberships.iter();
    kinds
        .map(|kind| KindWire { name: kind.name.to_owned(), attributes: names(kind.attributes) })
        .collect()
}
