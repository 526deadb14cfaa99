//! The stage *observe*: what a receiver that can be read holds (design §5).
//!
//! Everything is read before the first plan and when asked for; else each kind of object on
//! its own day of the week, so that what somebody changed by hand is seen within seven days.

use std::collections::{BTreeMap, BTreeSet};

use plan::Coverage;
use roster::{AnySpool, Key, SortSink, SortedRows, SpoolError};
use state::{Ids, Kind, ObjectRef, Observe, RowRef, Seen};
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

/// The days in which every kind is read once.
const ROUND: i64 = 7;

/// What was seen at a receiver.
pub(crate) struct Sight {
    pub(crate) rows: Sorted<SortedRows<AnySpool>>,
    pub(crate) coverage: Coverage,
    kinds: BTreeSet<Kind>,
}

/// Reads what is to be read of the receiver; `None` when that is nothing.
pub(crate) async fn observe(
    engine: &Engine,
    target: &BoundTarget,
    verify: Verify,
    events: &mut dyn Events,
) -> Result<Option<Sight>, RunError> {
    let card = target.target.card();
    match card.observe {
        Observe::Live | Observe::Mirror => {}
        Observe::FileSet | Observe::Served | Observe::DeltaOnly => return Ok(None),
    }
    let all: BTreeSet<Kind> = (0_u8..).map(Kind).take(card.objects.len()).collect();
    let kinds = match verify {
        Verify::All => all.clone(),
        Verify::Due => due(engine, target, &all).await?,
    };
    if kinds.is_empty() {
        return Ok(None);
    }
    events.hear(Event::Began { stage: Stage::Observe, subject: target.name.clone() });
    let links = engine.store.links(&target.name).await?;
    let published = links.published();
    let ids = Ids::new([&published, &published], &links);
    let sink = SortSink::new(FileSpool::boxed(&engine.temp), engine.budget);
    let mut seeing =
        Seeing { keys: ids.keys(), sorting: Sorting::new(sink), objects: 0, memberships: 0 };
    let seen = target.target.observe(&kinds, &ids, &mut seeing).await;
    seen.map_err(|error| RunError::target(&target.name, error))?;
    let Seeing { keys: _, sorting, objects, memberships } = seeing;
    events.hear(Event::Ended {
        stage: Stage::Observe,
        subject: target.name.clone(),
        counts: vec![("objekt", "objects", objects), ("medlemskap", "memberships", memberships)],
    });
    let coverage = if kinds == all { Coverage::Whole } else { Coverage::Kinds(kinds.clone()) };
    Ok(Some(Sight { rows: sorting.finish()?, coverage, kinds }))
}

/// The kinds that are read today: all before the first plan.
async fn due(
    engine: &Engine,
    target: &BoundTarget,
    all: &BTreeSet<Kind>,
) -> Result<BTreeSet<Kind>, RunError> {
    let written = engine.store.blob_generations(BlobKind::Written, &target.name).await?;
    if written.is_empty() {
        return Ok(all.clone());
    }
    let today = engine.today();
    let day = i64::from(jiff::civil::date(1970, 1, 1).until(today).map_or(0, |it| it.get_days()));
    let mut due = BTreeSet::new();
    for kind in all.iter().filter(|kind| (day + i64::from(kind.0)) % ROUND == 0) {
        let last = engine.store.get(&target.name, &name(*kind)).await?;
        if last.as_deref() != Some(today.to_string().as_bytes()) {
            due.insert(*kind);
        }
    }
    Ok(due)
}

/// Remembers that these kinds were read today.
pub(crate) async fn seen(
    engine: &Engine,
    target: &BoundTarget,
    sight: &Sight,
) -> Result<(), RunError> {
    let today = engine.today().to_string();
    for kind in &sight.kinds {
        engine.store.set(&target.name, &[(&name(*kind), today.as_bytes())]).await?;
    }
    Ok(())
}

fn name(kind: Kind) -> String {
    format!("observed/{}", kind.0)
}

struct Seeing {
    keys: BTreeMap<ObjectRef, Key>,
    sorting: Sorting,
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
}
