//! Remembers what was written to a receiver of objects, as a tenant's memory does, and carries
//! operations out: again after they were cut off, as a run does that is taken up.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use apply::{
    Carrier, CarryError, Entry, Journal, JournalError, Known, Materials, Progress, Standing, Timer,
    carry_out,
};
use roster::{Date, Key, SpoolError};
use state::{
    Call, Card, Expected, Ids, Kind, Link, Links, Material, ObjectRef, Operation, Outcome, Reason,
    Resource, Row, RowRef, Seen, Target, TargetError, Verb,
};

use crate::Failure;

/// How often work that ended before its time is taken up.
const TAKEN_UP: u32 = 3;

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// What is remembered of one receiver.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    written: Rows,
    links: Links,
}

impl Desk {
    /// The row as it was written last.
    #[must_use]
    pub fn written(&self, row: &Row) -> Option<Box<[u8]>> {
        self.written.get(id(&row.encoded())).map(|row| row.clone().into())
    }

    /// Forgets the receiver's ids, as rows that were read back or taken over have none.
    pub fn forgets_ids(&mut self) {
        for link in self.links.0.values_mut() {
            link.receiver_id = None;
        }
    }

    /// Carries operations out, and remembers what was done.
    ///
    /// # Errors
    ///
    /// When the receiver does not get there, or something is refused.
    pub async fn does(
        &mut self,
        open: &dyn Fn() -> Box<dyn Target>,
        operations: Vec<Operation>,
    ) -> Result<(), Failure> {
        let standings = self.tries(open, &operations).await?;
        for operation in &operations {
            match standings.get(&operation.number) {
                Some(Standing::Done { receiver_id }) => {
                    self.done(operation, receiver_id.clone())?;
                }
                other => return fails(format!("{}: {other:?}", operation.verb.word())),
            }
        }
        Ok(())
    }

    /// Carries operations out, and tells what became of each.
    ///
    /// # Errors
    ///
    /// When the receiver does not get there.
    pub async fn tries(
        &self,
        open: &dyn Fn() -> Box<dyn Target>,
        operations: &[Operation],
    ) -> Result<BTreeMap<u32, Standing>, Failure> {
        let after = self.links_after(operations)?;
        let ids = [self.links.published(), after.published()];
        let mut journal = Diary::default();
        let mut last = None;
        for _ in 0..TAKEN_UP {
            let target = open();
            let ids = Ids::new([&ids[0], &ids[1]], &self.links);
            let stock = Stock { card: target.card(), written: &self.written, ids };
            let mut carrier =
                Carrier { journal: &mut journal, timer: &AtOnce, progress: &mut Quiet };
            match carry_out(target.as_ref(), operations, &stock, &mut carrier).await {
                Ok(standings) => return Ok(standings),
                Err(CarryError::Target(
                    error @ (TargetError::Unavailable { .. } | TargetError::Throttled { .. }),
                )) => last = Some(error),
                Err(error) => return fails(error),
            }
        }
        fails(format!("it is never done: {last:?}"))
    }

    /// That the receiver holds what was written, each once, and nothing else but `foreign`.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub async fn holds(&self, target: &dyn Target, foreign: &[Row]) -> Result<(), Failure> {
        let mut seen = self.sees(target).await?;
        for row in foreign {
            seen.retain(|it| id(it) != id(&row.encoded()));
        }
        let said = |row: &Vec<u8>| RowRef::new(row).and_then(|row| row.decode());
        let seen: Vec<_> = seen.iter().map(said).collect();
        let written: Vec<_> = self.written.values().map(said).collect();
        let more = seen.iter().find(|row| !written.contains(row));
        let less = written.iter().find(|row| !seen.contains(row));
        if more.is_none() && less.is_none() && seen.len() == written.len() {
            return Ok(());
        }
        fails(format!("there but not written: {more:?}; written but not there: {less:?}"))
    }

    /// Every row that is seen at the receiver, in order, with our keys.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn sees(&self, target: &dyn Target) -> Result<Vec<Vec<u8>>, Failure> {
        let published = self.links.published();
        let ids = Ids::new([&published, &published], &self.links);
        let kinds: BTreeSet<Kind> = (0_u8..).map(Kind).take(target.card().objects.len()).collect();
        let mut seeing = Seeing { keys: ids.keys(), rows: Vec::new() };
        target
            .observe(state::Look { kinds: &kinds, only: None }, &ids, &mut seeing)
            .await
            .or_else(fails)?;
        seeing.rows.sort_by(|one, two| id(one).cmp(id(two)));
        Ok(seeing.rows)
    }

    fn done(&mut self, operation: &Operation, made: Option<String>) -> Result<(), Failure> {
        let links = self.links_after(std::slice::from_ref(operation))?;
        if let Some(before) = operation.before.as_deref() {
            self.written.remove(id(before));
        }
        if let Some(after) = operation.after.as_deref() {
            self.written.insert(id(after).to_vec(), after.to_vec());
        }
        self.links = links;
        if let (Some(now), Some(made)) = (object(operation), made) {
            let mut link = self.links.get(now);
            link.receiver_id = Some(made);
            self.links.0.insert(now, link);
        }
        Ok(())
    }

    fn links_after(&self, operations: &[Operation]) -> Result<Links, Failure> {
        let mut after = self.links.clone();
        for operation in operations {
            let Some(now) = object(operation) else { continue };
            let was = ObjectRef { key: operation.was.unwrap_or(now.key), ..now };
            let link = self.links.get(was);
            after.0.remove(&was);
            let day = Date::new(2026, 9, 1).or_else(fails)?;
            match plan::link_after(operation, &link, day) {
                Some(link) if link == Links::default().get(now) => drop(after.0.remove(&now)),
                Some(link) => drop::<Option<Link>>(after.0.insert(now, link)),
                None => drop(after.0.remove(&now)),
            }
        }
        Ok(after)
    }
}

/// What makes the first rows the second, in an order that a plan could have.
#[must_use]
pub fn difference(before: &[Row], after: &[Row]) -> Vec<Operation> {
    let of = |rows: &[Row]| -> Rows {
        rows.iter().map(Row::encoded).map(|row| (id(&row).to_vec(), row)).collect()
    };
    let (before, after) = (of(before), of(after));
    let mut operations = Vec::new();
    for id in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let (old, new) = (before.get(id), after.get(id));
        let is_member = id.get(17) == Some(&1);
        let verb = match (old, new, is_member) {
            (Some(old), Some(new), _) if old == new => continue,
            (None, _, false) => Verb::Create,
            (None, _, true) => Verb::Add,
            (Some(_), Some(_), _) => Verb::Update,
            (Some(_), None, false) => Verb::Delete,
            (Some(_), None, true) => Verb::Remove,
        };
        operations.push(operation(verb, old.cloned(), new.cloned()));
    }
    operations.sort_by_key(|it| (it.verb.is_removing(), it.verb == Verb::Delete));
    numbered(operations)
}

/// An operation.
#[must_use]
pub fn operation(verb: Verb, before: Option<Vec<u8>>, after: Option<Vec<u8>>) -> Operation {
    Operation {
        number: 0,
        verb,
        before: before.map(Vec::into_boxed_slice),
        after: after.map(Vec::into_boxed_slice),
        was: None,
        reason: Some(Reason::InRegister),
        is_expected: Expected::No,
        needs: Vec::new(),
    }
}

/// Numbers them, and says what each needs first: what it refers to, and of a deletion what
/// refers to that.
#[must_use]
pub fn numbered(mut operations: Vec<Operation>) -> Vec<Operation> {
    let objects: Vec<Option<ObjectRef>> = operations.iter().map(object).collect();
    let refs: Vec<Vec<ObjectRef>> = operations.iter().map(referred).collect();
    for (at, operation) in operations.iter_mut().enumerate() {
        operation.number = u32::try_from(at).unwrap_or(u32::MAX);
        let needs = (0..at).filter(|it| {
            if operation.verb == Verb::Delete {
                objects[at].is_some_and(|object| refs[*it].contains(&object))
            } else {
                objects[*it].is_some_and(|object| refs[at].contains(&object))
            }
        });
        operation.needs = needs.filter_map(|it| u32::try_from(it).ok()).collect();
    }
    operations
}

fn row(operation: &Operation) -> Option<RowRef<'_>> {
    RowRef::new(operation.after.as_deref().or(operation.before.as_deref())?).ok()
}

fn object(operation: &Operation) -> Option<ObjectRef> {
    row(operation).filter(|row| row.membership().is_none()).map(|row| row.owner())
}

fn referred(operation: &Operation) -> Vec<ObjectRef> {
    let Some(row) = row(operation) else { return Vec::new() };
    let values = row.values().unwrap_or_default();
    let mut found: Vec<ObjectRef> = values.iter().flat_map(|it| it.refs().to_vec()).collect();
    found.extend(row.membership().into_iter().flat_map(|(_, it)| [it, row.owner()]));
    found
}

fn id(row: &[u8]) -> &[u8] {
    RowRef::new(row).map_or(&[], |row| row.id)
}

pub(super) fn fails<T>(why: impl std::fmt::Display) -> Result<T, Failure> {
    Err(Failure(why.to_string()))
}

/// The objects of a plan, as they were written last and as they will be.
struct Stock<'a> {
    card: &'static Card,
    written: &'a Rows,
    ids: Ids<'a>,
}

impl Materials for Stock<'_> {
    fn of(&self, call: &Call, operations: &[Operation]) -> Result<Material<'_>, SpoolError> {
        let Some(about) = call.about else { return Ok(Material::Nothing) };
        let damaged = |error| SpoolError(Box::new(error));
        let home = |row: &[u8]| RowRef::new(row).map(|row| self.card.home(&row)).map_err(damaged);
        let mut homes = BTreeSet::from([about]);
        let mut moved = BTreeMap::new();
        for operation in operations {
            homes.extend(operation.before.as_deref().map(home).transpose()?);
            if let (Some(was), Some(now)) = (operation.was, object(operation)) {
                moved.insert(ObjectRef { key: was, ..now }, now);
            }
        }
        let mut before = Rows::new();
        for (id, row) in self.written {
            if homes.contains(&home(row)?) {
                before.insert(id.clone(), row.clone());
            }
        }
        let mut after = before.clone();
        for operation in operations {
            match (operation.before.as_deref(), operation.after.as_deref()) {
                (Some(row), _) => {
                    before.insert(id(row).to_vec(), row.to_vec());
                    after.remove(id(row));
                }
                (None, Some(row)) => drop(before.remove(id(row))),
                (None, None) => {}
            }
        }
        let new = operations.iter().filter_map(|it| it.after.as_deref());
        after.extend(new.map(|row| (id(row).to_vec(), row.to_vec())));
        let now = |id: ObjectRef| moved.get(&id).copied().unwrap_or(id);
        let follow = |row: Vec<u8>| {
            let row = RowRef::new(&row).and_then(|row| row.decode()).map_err(damaged)?;
            Ok(row.with_ids(now).encoded())
        };
        let after = after.into_values().map(follow).collect::<Result<_, SpoolError>>()?;
        let before = before.into_values().collect();
        Ok(Material::Object(Resource {
            before,
            after,
            ids: &self.ids,
            handover: &state::NoHandover,
        }))
    }

    fn ids(&self) -> &Ids<'_> {
        &self.ids
    }
}

struct Seeing {
    keys: BTreeMap<ObjectRef, Key>,
    rows: Vec<Vec<u8>>,
}

impl Seen for Seeing {
    fn row(&mut self, row: &[u8], _: Option<&str>) -> Result<(), SpoolError> {
        let damaged = |error| SpoolError(Box::new(error));
        let own = |it: ObjectRef| ObjectRef { key: *self.keys.get(&it).unwrap_or(&it.key), ..it };
        let row = RowRef::new(row).and_then(|row| row.decode()).map_err(damaged)?;
        let row = row.with_ids(own).encoded();
        self.rows.push(row);
        Ok(())
    }
}

/// A journal that outlives what was cut off.
#[derive(Default)]
struct Diary(BTreeMap<u32, Known>);

#[async_trait::async_trait]
impl Journal for Diary {
    fn known(&self, number: u32) -> Option<Known> {
        self.0.get(&number).cloned()
    }

    async fn write(&mut self, entries: &[Entry<'_>]) -> Result<(), JournalError> {
        for entry in entries {
            let (number, known) = match entry {
                Entry::Sent { number, .. } | Entry::Settled { number, receipt: None, .. } => {
                    (*number, Known::Unknown)
                }
                Entry::Settled { number, receipt: Some(receipt), .. } => {
                    let known = match receipt.outcomes.first() {
                        Some(Outcome::Done { receiver_id }) => {
                            Known::Done { receiver_id: receiver_id.clone() }
                        }
                        Some(Outcome::AlreadySo) => Known::Done { receiver_id: None },
                        Some(Outcome::Refused { code }) => Known::Refused { code: code.clone() },
                        Some(Outcome::Unsure) | None => Known::Unknown,
                    };
                    (*number, known)
                }
            };
            self.0.insert(number, known);
        }
        Ok(())
    }
}

struct AtOnce;

#[async_trait::async_trait]
impl Timer for AtOnce {
    async fn wait(&self, _: Duration) {}
}

struct Quiet;

impl Progress for Quiet {
    fn settled(&mut self, _: u64, _: u64) {}
}
