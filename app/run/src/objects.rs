//! The objects that a plan's calls are about, with all that stands in them: as they were
//! written last, and as they will be.

use std::collections::{BTreeMap, BTreeSet};

use roster::{RowStream as _, SpoolError};
use state::{Call, Card, Ids, Material, ObjectRef, Operation, Resource, RowError, RowRef};

use crate::handing::Envelopes;
use crate::{BoundTarget, Engine, RunError};

/// Rows by their id, in the order of rows.
type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// The written rows of every object that a plan touches. Memory follows the plan, not the
/// receiver.
pub(crate) struct ObjectStock<'a> {
    card: &'static Card,
    held: BTreeMap<ObjectRef, Vec<Vec<u8>>>,
    ids: Ids<'a>,
    handover: Envelopes<'a>,
}

impl<'a> ObjectStock<'a> {
    pub(crate) async fn gather(
        engine: &'a Engine,
        target: &'a BoundTarget,
        operations: &[Operation],
        ids: Ids<'a>,
    ) -> Result<Self, RunError> {
        let card = target.target.card();
        let mut touched = BTreeSet::new();
        for operation in operations {
            for row in [&operation.before, &operation.after].into_iter().flatten() {
                touched.insert(card.home(&RowRef::new(row)?));
            }
        }
        let mut held: BTreeMap<ObjectRef, Vec<Vec<u8>>> = BTreeMap::new();
        if !touched.is_empty() {
            let mut written = engine.memory().written(&target.name).await?;
            while let Some(row) = written.next_row()? {
                let home = card.home(&RowRef::new(row)?);
                if touched.contains(&home) {
                    held.entry(home).or_default().push(row.to_vec());
                }
            }
        }
        let handover = Envelopes::of(engine, &target.name, operations)?;
        Ok(Self { card, held, ids, handover })
    }

    pub(crate) fn ids(&self) -> &Ids<'_> {
        &self.ids
    }

    pub(crate) fn of(
        &self,
        call: &Call,
        operations: &[Operation],
    ) -> Result<Material<'_>, SpoolError> {
        let Some(object) = call.about else { return Ok(Material::Nothing) };
        self.resource(object, operations)
            .map(Material::Object)
            .map_err(|error| SpoolError(Box::new(error)))
    }

    fn resource(
        &self,
        object: ObjectRef,
        operations: &[Operation],
    ) -> Result<Resource<'_>, RowError> {
        let mut before = Rows::new();
        let mut homes = BTreeSet::from([object]);
        for row in operations.iter().filter_map(|it| it.before.as_deref()) {
            homes.insert(self.card.home(&RowRef::new(row)?));
        }
        for row in homes.iter().filter_map(|home| self.held.get(home)).flatten() {
            before.insert(RowRef::new(row)?.id.to_vec(), row.clone());
        }
        let mut after = before.clone();
        // What was seen at the receiver counts, not what we wrote there.
        for operation in operations {
            match (operation.before.as_deref(), operation.after.as_deref()) {
                (Some(row), _) => {
                    let id = RowRef::new(row)?.id;
                    before.insert(id.to_vec(), row.to_vec());
                    after.remove(id);
                }
                (None, Some(row)) => drop(before.remove(RowRef::new(row)?.id)),
                (None, None) => {}
            }
        }
        for row in operations.iter().filter_map(|it| it.after.as_deref()) {
            after.insert(RowRef::new(row)?.id.to_vec(), row.to_vec());
        }
        let now = moved(operations)?;
        let after = after.into_values().map(|row| rekeyed(row, &now)).collect::<Result<_, _>>()?;
        Ok(Resource {
            before: before.into_values().collect(),
            after,
            ids: &self.ids,
            handover: &self.handover,
        })
    }
}

/// Objects whose key changes, old to new.
fn moved(operations: &[Operation]) -> Result<BTreeMap<ObjectRef, ObjectRef>, RowError> {
    let mut moved = BTreeMap::new();
    for operation in operations {
        let (Some(was), Some(after)) = (operation.was, operation.after.as_deref()) else {
            continue;
        };
        let now = RowRef::new(after)?.owner();
        moved.insert(ObjectRef { kind: now.kind, key: was }, now);
    }
    Ok(moved)
}

/// Rows that stay follow an object that has a new key.
fn rekeyed(row: Vec<u8>, moved: &BTreeMap<ObjectRef, ObjectRef>) -> Result<Vec<u8>, RowError> {
    if moved.is_empty() {
        return Ok(row);
    }
    let now = |id: ObjectRef| moved.get(&id).copied().unwrap_or(id);
    Ok(RowRef::new(&row)?.decode()?.with_ids(now).encoded())
}
