//! Looks at the receiver for what may have been done there: each kind is read once.

use std::collections::{BTreeMap, BTreeSet};

use roster::{Key, SpoolError};
use state::{
    Card, Ids, Kind, Look, Member, Object, ObjectRef, Operation, Row, RowError, RowRef, Seen,
    Target, TargetError, Value, Verb,
};

/// What was seen of objects at the receiver.
pub(super) struct Sight {
    rows: BTreeMap<ObjectRef, Vec<Vec<u8>>>,
    ids: BTreeMap<ObjectRef, String>,
    /// What could not be looked into.
    shut: BTreeSet<ObjectRef>,
}

impl Sight {
    /// Reads the kinds of these objects, and keeps what stands in them.
    pub(super) async fn of(
        target: &dyn Target,
        objects: BTreeSet<ObjectRef>,
        ids: &Ids<'_>,
    ) -> Result<Self, TargetError> {
        let kinds: BTreeSet<Kind> = objects.iter().map(|it| it.kind).collect();
        let mut looking = Looking {
            card: target.card(),
            keys: ids.keys(),
            objects,
            sight: Self { rows: BTreeMap::new(), ids: BTreeMap::new(), shut: BTreeSet::new() },
        };
        let only = looking.objects.clone();
        target.observe(Look { kinds: &kinds, only: Some(&only) }, ids, &mut looking).await?;
        for rows in looking.sight.rows.values_mut() {
            rows.sort_by(|one, two| id(one).cmp(id(two)));
        }
        Ok(looking.sight)
    }

    /// The rows of the object, in their order; none where it is not there.
    pub(super) fn rows(&mut self, object: ObjectRef) -> Vec<Vec<u8>> {
        self.rows.remove(&object).unwrap_or_default()
    }

    /// Whether nothing can be said of the object: that no row of it was seen means nothing.
    pub(super) fn is_shut(&self, object: ObjectRef) -> bool {
        self.shut.contains(&object)
    }

    /// The receiver's id of the object.
    pub(super) fn receiver_id(&self, object: ObjectRef) -> Option<String> {
        self.ids.get(&object).cloned()
    }
}

struct Looking<'a> {
    card: &'a Card,
    keys: BTreeMap<ObjectRef, Key>,
    objects: BTreeSet<ObjectRef>,
    sight: Sight,
}

impl Looking<'_> {
    fn own(&self, id: ObjectRef) -> ObjectRef {
        let key = self.keys.get(&id).copied().unwrap_or(id.key);
        ObjectRef { kind: id.kind, key }
    }
}

impl Seen for Looking<'_> {
    fn row(&mut self, row: &[u8], receiver_id: Option<&str>) -> Result<(), SpoolError> {
        let own = |id: ObjectRef| self.own(id);
        let seen = RowRef::new(row).map_err(damaged)?;
        if !self.objects.contains(&own(self.card.home(&seen))) {
            return Ok(());
        }
        let row = seen.decode().map_err(damaged)?.with_ids(own).encoded();
        let seen = RowRef::new(&row).map_err(damaged)?;
        if let (Some(id), None) = (receiver_id, seen.membership()) {
            self.sight.ids.insert(seen.owner(), id.to_owned());
        }
        self.sight.rows.entry(self.card.home(&seen)).or_default().push(row);
        Ok(())
    }

    fn shut(&mut self, object: ObjectRef) {
        self.sight.shut.insert(self.own(object));
    }
}

fn id(row: &[u8]) -> &[u8] {
    RowRef::new(row).map_or(&[], |row| row.id)
}

pub(super) fn damaged(error: RowError) -> SpoolError {
    SpoolError(Box::new(error))
}

/// Whether what was seen of an object is as these operations make it. That an account sleeps or
/// wakes is in no row: such a call is made again.
pub(super) fn is_done(operations: &[Operation], seen: &[Vec<u8>]) -> Result<bool, SpoolError> {
    let is_hidden = |it: &Operation| {
        matches!(it.verb, Verb::Suspend | Verb::Reactivate | Verb::Archive | Verb::Unarchive)
    };
    if operations.iter().any(is_hidden) {
        return Ok(false);
    }
    Ok(says_the_same(&laid_over(seen, operations).map_err(damaged)?, seen))
}

/// What was seen with the operations laid over it, in the order of rows: what they do not change
/// stays as somebody at the receiver has made it.
pub(super) fn laid_over(
    seen: &[Vec<u8>],
    operations: &[Operation],
) -> Result<Vec<Vec<u8>>, RowError> {
    let mut rows = BTreeMap::new();
    for row in seen {
        rows.insert(RowRef::new(row)?.id.to_vec(), row.clone());
    }
    for operation in operations {
        let before = operation.before.as_deref().map(RowRef::new).transpose()?;
        let Some(after) = operation.after.as_deref() else {
            before.map(|row| rows.remove(row.id));
            continue;
        };
        let id = RowRef::new(after)?.id;
        if let Some(before) = before.filter(|row| row.id != id) {
            rows.remove(before.id);
        }
        let there = rows.get(id).filter(|_| operation.before.is_some());
        let row = match there {
            Some(there) => changed(there, operation)?,
            None => after.to_vec(),
        };
        rows.insert(id.to_vec(), row);
    }
    Ok(rows.into_values().collect())
}

/// A row with the values that the operation changes.
fn changed(row: &[u8], operation: &Operation) -> Result<Vec<u8>, RowError> {
    let mut row = RowRef::new(row)?.decode()?;
    if let Row::Object(Object { values, .. }) | Row::Member(Member { values, .. }) = &mut row {
        for change in operation.changes()? {
            if values.len() <= change.attribute {
                values.resize(change.attribute + 1, Value::None);
            }
            values[change.attribute] = change.to;
        }
    }
    Ok(row.encoded())
}

/// Whether two lists of rows say the same; schools are ours alone.
fn says_the_same(one: &[Vec<u8>], two: &[Vec<u8>]) -> bool {
    let said = |row: &Vec<u8>| RowRef::new(row).map(|row| (row.id.to_vec(), row.body.to_vec()));
    one.len() == two.len() && one.iter().zip(two).all(|(one, two)| said(one) == said(two))
}
