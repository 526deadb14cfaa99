//! The stage *observe*: what a receiver that can be read holds (design §5).
//!
//! Everything is read before the first plan and when asked for. Else, of a mirror, each kind of
//! object on its own day of the week; where people work beside us, what the card says is always
//! read, and with all that stands in them the objects that the plan is about to touch and a
//! seventh of the others a day. So what somebody changed by hand is seen within seven days.

use std::collections::{BTreeMap, BTreeSet};

use plan::{Coverage, Off};
use roster::{AnySpool, Date, Key, RowStream as _, SortSink, SortedRows, SpoolError};
use state::{
    Card, Home, Ids, Kind, Links, Look, MembershipKind, ObjectRef, Observe, Operation, RowRef, Seen,
};
use store::BlobKind;

use crate::sorted::{Sorted, Sorting};
use crate::spool::FileSpool;
use crate::{BoundTarget, Engine, Event, Events, RunError, Stage};

/// How much of the receivers a run reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verify {
    /// What is due today.
    #[default]
    Due,
    /// Everything.
    All,
}

/// What was seen has this part of the memory for rows: the roster has the rest, and stays.
const SHARE_OF_MEMORY: usize = 8;

/// The days in which everything is read once.
const ROUND: i64 = 7;

/// What was seen at a receiver.
pub(crate) struct Sight {
    pub(crate) rows: Sorted<SortedRows<AnySpool>>,
    pub(crate) coverage: Coverage,
    /// What the receiver lets nobody into.
    pub(crate) shut: BTreeSet<ObjectRef>,
    /// What is not to be read again today, by the names under which that is remembered.
    pub(crate) read: Vec<String>,
}

/// What a run reads of a receiver.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Nothing: it cannot be read, or nothing is due.
    Nothing,
    /// These kinds of object, with all that stands in them.
    Kinds(BTreeSet<Kind>),
    /// Of these kinds those that are always read; of the rest what the plan is about to touch
    /// and the day's share.
    Parts(BTreeSet<Kind>),
}

/// What is to be read of the receiver: all of it before the first plan, but for what is off:
/// what was not read is not gone.
pub(crate) async fn scope(
    engine: &Engine,
    target: &BoundTarget,
    verify: Verify,
    off: &BTreeMap<Kind, Off>,
) -> Result<Scope, RunError> {
    let card = target.target.card();
    let all: BTreeSet<Kind> = kinds_of(card).filter(|kind| !off.contains_key(kind)).collect();
    match card.observe {
        Observe::Live | Observe::Mirror => {}
        Observe::FileSet | Observe::Served | Observe::DeltaOnly => return Ok(Scope::Nothing),
    }
    let written = engine.store.blob_generations(BlobKind::Written, &target.name).await?;
    if verify == Verify::All || written.is_empty() {
        return Ok(Scope::Kinds(all));
    }
    if card.observe == Observe::Live {
        return Ok(Scope::Parts(all));
    }
    let kinds = due(engine, target, &all).await?;
    Ok(if kinds.is_empty() { Scope::Nothing } else { Scope::Kinds(kinds) })
}

fn kinds_of(card: &Card) -> impl Iterator<Item = Kind> + use<> {
    (0_u8..).map(Kind).take(card.objects.len())
}

/// Reads what is to be read of the receiver; `None` when that is nothing. `touched` are the
/// objects that the plan is about to change, or what stands in them.
pub(crate) async fn observe(
    engine: &Engine,
    target: &BoundTarget,
    scope: Scope,
    touched: &BTreeSet<ObjectRef>,
    links: &Links,
    events: &mut dyn Events,
) -> Result<Option<Sight>, RunError> {
    let card = target.target.card();
    let all: BTreeSet<Kind> = kinds_of(card).collect();
    let (kinds, coverage, read) = match scope {
        Scope::Nothing => return Ok(None),
        Scope::Kinds(kinds) => {
            let mut read: Vec<String> = kinds.iter().map(|kind| name(*kind)).collect();
            if kinds == all || card.observe == Observe::Live {
                read.push(SHARE.to_owned());
            }
            let coverage =
                if kinds == all { Coverage::Whole } else { Coverage::Kinds(kinds.clone()) };
            (kinds, coverage, read)
        }
        Scope::Parts(on) => {
            let with = parts(engine, target, touched, &on).await?;
            let kinds = card.read_always.iter().filter(|kind| on.contains(kind)).copied();
            let kinds = kinds.collect();
            (on, Coverage::Objects { kinds, with }, vec![SHARE.to_owned()])
        }
    };
    events.hear(Event::Began { stage: Stage::Observe, subject: target.name.clone() });
    let published = links.published();
    let ids = Ids::new([&published, &published], links);
    let sink = SortSink::new(FileSpool::boxed(&engine.temp), engine.budget / SHARE_OF_MEMORY);
    let mut seeing = Seeing {
        keys: ids.keys(),
        sorting: Sorting::new(sink),
        shut: BTreeSet::new(),
        objects: 0,
        memberships: 0,
    };
    let only = match &coverage {
        Coverage::Objects { kinds: _, with } => Some(with),
        Coverage::Whole | Coverage::Kinds(_) | Coverage::Part => None,
    };
    let seen = target.target.observe(Look { kinds: &kinds, only }, &ids, &mut seeing).await;
    seen.map_err(|error| RunError::target(&target.name, error))?;
    let Seeing { keys: _, sorting, shut, objects, memberships } = seeing;
    events.hear(Event::Ended {
        stage: Stage::Observe,
        subject: target.name.clone(),
        counts: vec![("objekt", "objects", objects), ("medlemskap", "memberships", memberships)],
    });
    Ok(Some(Sight { rows: sorting.finish()?, coverage, shut, read }))
}

/// The objects that were written and are read with all that stands in them: what the plan is
/// about to touch, and the day's share of the others.
async fn parts(
    engine: &Engine,
    target: &BoundTarget,
    touched: &BTreeSet<ObjectRef>,
    on: &BTreeSet<Kind>,
) -> Result<BTreeSet<ObjectRef>, RunError> {
    let card = target.target.card();
    let today = engine.today();
    let last = engine.store.get(&target.name, SHARE).await?;
    let is_share_due = last.as_deref() != Some(today.to_string().as_bytes());
    let day = day_number(today);
    let mut parts = BTreeSet::new();
    let mut written = engine.memory().written(&target.name).await?;
    while let Some(row) = written.next_row()? {
        let row = RowRef::new(row)?;
        let object = row.owner();
        let is_apart = on.contains(&object.kind) && is_read_apart(card, object.kind);
        if row.membership().is_some() || !is_apart {
            continue;
        }
        if touched.contains(&object) || (is_share_due && is_of_day(object.key, day)) {
            parts.insert(object);
        }
    }
    Ok(parts)
}

/// Whether there is more to read of an object than its kind's list tells.
fn is_read_apart(card: &Card, kind: Kind) -> bool {
    let holds = |it: &MembershipKind| match it.home {
        Home::Container => it.container == kind,
        Home::Member => it.member == kind,
        Home::Own => false,
    };
    !card.read_always.contains(&kind) || card.memberships.iter().any(holds)
}

fn is_of_day(key: Key, day: i64) -> bool {
    let [.., a, b] = *key.as_bytes();
    (i64::from(u16::from_be_bytes([a, b])) + day) % ROUND == 0
}

/// The objects at the receiver that operations change, or what stands in them.
pub(crate) fn touched(
    card: &Card,
    operations: &[Operation],
) -> Result<BTreeSet<ObjectRef>, RunError> {
    let mut touched = BTreeSet::new();
    for operation in operations {
        for row in [&operation.before, &operation.after].into_iter().flatten() {
            touched.insert(card.home(&RowRef::new(row)?));
        }
    }
    Ok(touched)
}

/// The kinds that are read today.
async fn due(
    engine: &Engine,
    target: &BoundTarget,
    all: &BTreeSet<Kind>,
) -> Result<BTreeSet<Kind>, RunError> {
    let today = engine.today();
    let day = day_number(today);
    let mut due = BTreeSet::new();
    for kind in all.iter().filter(|kind| (day + i64::from(kind.0)) % ROUND == 0) {
        let last = engine.store.get(&target.name, &name(*kind)).await?;
        if last.as_deref() != Some(today.to_string().as_bytes()) {
            due.insert(*kind);
        }
    }
    Ok(due)
}

fn day_number(today: Date) -> i64 {
    i64::from(jiff::civil::date(1970, 1, 1).until(today).map_or(0, |it| it.get_days()))
}

/// Remembers what was read today, once nothing that was seen there is left to put right: until
/// then it is read again, so that a plan that waits for a person is the same an hour later.
pub(crate) async fn seen(engine: &Engine, target: &str, read: &[String]) -> Result<(), RunError> {
    let today = engine.today().to_string();
    for name in read {
        engine.store.set(target, &[(name, today.as_bytes())]).await?;
    }
    Ok(())
}

/// The day on which the day's share of objects was read.
const SHARE: &str = "observed/share";

fn name(kind: Kind) -> String {
    format!("observed/{}", kind.0)
}

struct Seeing {
    keys: BTreeMap<ObjectRef, Key>,
    sorting: Sorting,
    shut: BTreeSet<ObjectRef>,
    objects: u64,
    memberships: u64,
}

impl Seen for Seeing {
    fn row(&mut self, row: &[u8], _: Option<&str>) -> Result<(), SpoolError> {
        let damaged = |error: state::RowError| SpoolError(Box::new(error));
        let seen = RowRef::new(row).map_err(damaged)?;
        if seen.membership().is_some() {
            self.memberships += 1;
        } else {
            self.objects += 1;
        }
        if self.keys.is_empty() {
            return self.sorting.push(row);
        }
        let own = |id: ObjectRef| {
            let key = self.keys.get(&id).copied().unwrap_or(id.key);
            ObjectRef { kind: id.kind, key }
        };
        self.sorting.push(&seen.decode().map_err(damaged)?.with_ids(own).encoded())
    }

    fn shut(&mut self, object: ObjectRef) {
        let key = self.keys.get(&object).copied().unwrap_or(object.key);
        self.shut.insert(ObjectRef { key, ..object });
    }
}
