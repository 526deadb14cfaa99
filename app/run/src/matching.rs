//! Delivered rows beside wanted ones: which are the same, and what counts as written.

use std::collections::{BTreeMap, BTreeSet};

use roster::{Key, Roster, RowStream};
use rules::shape::{Wanted, compile};
use state::{Card, Entity, Kind, Mark, Member, Object, ObjectRef, Row, RowRef, Untold, Value};

use crate::adopting::Delivered;
use crate::sorted::{Group, OwnerGroups};
use crate::{BoundTarget, Engine, RunError, bind, planning};

/// How texts are delivered.
type Form<'a> = &'a dyn Fn(&str) -> String;

/// What the delivered rows are held against.
pub(crate) struct Sides<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) target: &'a BoundTarget,
    pub(crate) roster: &'a Roster,
    pub(crate) untold: &'a Untold,
}

/// An owner's rows: as delivered, and as wanted if it is wanted.
pub(crate) struct Found {
    delivered: Group,
    wanted: Option<Group>,
}

impl Sides<'_> {
    /// Hands the groups of both sides to `take`, pair by pair in the order of owners.
    fn both(
        &self,
        delivered: &mut OwnerGroups<impl RowStream>,
        take: &mut dyn FnMut(Option<Group>, Option<Group>) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let [tenant, target] = &self.target.schools;
        let mut rules = self.target.rules.clone();
        rules.schools = bind::chosen_schools([tenant, target], self.roster)?;
        let compiled = compile(rules).map_err(|errors| planning::expressions(&errors))?;
        let wanted = Wanted::new(&compiled, self.roster, self.engine.today(), &self.engine.tenant)?;
        let mut wanted = OwnerGroups::new(wanted);
        let (mut left, mut right) = (delivered.next()?, wanted.next()?);
        loop {
            match (&left, &right) {
                (None, None) => return Ok(()),
                (Some(a), Some(b)) if a.owner == b.owner => {
                    take(left, right)?;
                    (left, right) = (delivered.next()?, wanted.next()?);
                }
                (Some(a), Some(b)) if a.owner > b.owner => {
                    take(None, right)?;
                    right = wanted.next()?;
                }
                (Some(_), _) => {
                    take(left, None)?;
                    left = delivered.next()?;
                }
                (None, Some(_)) => {
                    take(None, right)?;
                    right = wanted.next()?;
                }
            }
        }
    }

    /// Hands every delivered owner to `take`.
    pub(crate) fn each_pair(
        &self,
        delivered: &mut OwnerGroups<impl RowStream>,
        take: &mut dyn FnMut(Found) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        self.both(delivered, &mut |delivered, wanted| match delivered {
            Some(delivered) => take(Found { delivered, wanted }),
            None => Ok(()),
        })
    }

    /// Delivered objects that nobody wants by their id, but that say the same as one single
    /// wanted object that was not delivered by its own: that object's key. `keys` are those
    /// that are known already.
    pub(crate) fn same(
        &self,
        delivered: &Delivered,
        keys: &BTreeMap<ObjectRef, Key>,
    ) -> Result<BTreeMap<ObjectRef, Key>, RunError> {
        let known: BTreeSet<ObjectRef> =
            keys.iter().map(|(id, key)| ObjectRef { kind: id.kind, key: *key }).collect();
        let (mut lost, mut new) = (Vec::new(), Vec::new());
        self.both(&mut OwnerGroups::new(delivered.rows()?), &mut |delivered, wanted| {
            match (delivered, wanted) {
                (Some(group), None) if !keys.contains_key(&group.owner) => {
                    lost.extend(object(&group)?);
                }
                (None, Some(group)) if !known.contains(&group.owner) => {
                    new.extend(object(&group)?);
                }
                (_, _) => {}
            }
            Ok(())
        })?;
        let mut all = keys.clone();
        // What refers to others is known by what those are: as often as something is found.
        loop {
            let form = |text: &str| self.target.target.as_delivered(text);
            let found = one_to_one(&lost, &new, &all, self.untold, &form);
            if found.is_empty() {
                break;
            }
            all.extend(found);
        }
        all.retain(|id, _| !keys.contains_key(id));
        Ok(all)
    }
}

fn object(group: &Group) -> Result<Option<Object>, RunError> {
    let Some(first) = group.rows.first() else { return Ok(None) };
    Ok(match RowRef::new(first)?.decode()? {
        Row::Object(object) => Some(object),
        Row::Member(_) | Row::Mark { .. } => None,
    })
}

/// What an object says: all that a delivery tells of it.
type Said = (Kind, Vec<Value>);

/// Pairs where one lost and one new object say the same, and no other does.
fn one_to_one(
    lost: &[Object],
    new: &[Object],
    keys: &BTreeMap<ObjectRef, Key>,
    untold: &Untold,
    form: Form<'_>,
) -> BTreeMap<ObjectRef, Key> {
    let taken: BTreeSet<ObjectRef> =
        keys.iter().map(|(id, key)| ObjectRef { kind: id.kind, key: *key }).collect();
    let mut by_word: BTreeMap<Said, (Vec<ObjectRef>, Vec<ObjectRef>)> = BTreeMap::new();
    for object in lost.iter().filter(|it| !keys.contains_key(&it.id)) {
        let values = object.values.iter().map(|value| with_keys(value, keys)).collect();
        by_word.entry(said(object.id.kind, values, untold, form)).or_default().0.push(object.id);
    }
    for object in new.iter().filter(|it| !taken.contains(&it.id)) {
        let values = object.values.clone();
        by_word.entry(said(object.id.kind, values, untold, form)).or_default().1.push(object.id);
    }
    let pair = |(lost, new): (Vec<ObjectRef>, Vec<ObjectRef>)| match (&lost[..], &new[..]) {
        ([lost], [new]) => Some((*lost, new.key)),
        (_, _) => None,
    };
    by_word.into_values().filter_map(pair).collect()
}

fn said(kind: Kind, values: Vec<Value>, untold: &Untold, form: Form<'_>) -> Said {
    let mut values: Vec<Value> = values.into_iter().map(|value| formed(value, form)).collect();
    for (_, at) in untold.attributes.iter().filter(|(of, _)| *of == kind) {
        if let Some(value) = values.get_mut(*at) {
            *value = Value::None;
        }
    }
    (kind, values)
}

/// The value as it is delivered.
fn formed(value: Value, form: Form<'_>) -> Value {
    match value {
        Value::Text(text) => {
            let text = form(&text);
            if text.is_empty() { Value::None } else { Value::Text(text) }
        }
        Value::None | Value::Ref(_) | Value::Refs(_) => value,
    }
}

/// The key of an object that a receiver knows by this id.
pub(crate) fn key_of(id: ObjectRef, keys: &BTreeMap<ObjectRef, Key>) -> ObjectRef {
    ObjectRef { kind: id.kind, key: keys.get(&id).copied().unwrap_or(id.key) }
}

fn with_keys(value: &Value, keys: &BTreeMap<ObjectRef, Key>) -> Value {
    match value {
        Value::None | Value::Text(_) => value.clone(),
        Value::Ref(id) => Value::Ref(key_of(*id, keys)),
        Value::Refs(ids) => {
            let mut ids: Vec<ObjectRef> = ids.iter().map(|id| key_of(*id, keys)).collect();
            ids.sort_unstable();
            Value::Refs(ids)
        }
    }
}

/// A row with our keys instead of published ids.
pub(crate) fn rekeyed(
    row: &[u8],
    keys: &BTreeMap<ObjectRef, Key>,
    card: &Card,
) -> Result<Vec<u8>, RunError> {
    let place = card.objects.iter().position(|kind| kind.from.contains(&Entity::SchoolUnit));
    let school = Kind(place.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX));
    let of_schools = |schools: &mut Vec<Key>| {
        for key in &mut *schools {
            *key = key_of(ObjectRef { kind: school, key: *key }, keys).key;
        }
        schools.sort_unstable();
    };
    let mut now = RowRef::new(row)?.decode()?.with_ids(|id| key_of(id, keys));
    match &mut now {
        Row::Object(Object { schools, .. }) | Row::Member(Member { schools, .. }) => {
            of_schools(schools);
        }
        Row::Mark { .. } => {}
    }
    Ok(now.encoded())
}

impl Found {
    /// Whether the register or the rules want it no more.
    pub(crate) fn is_unknown(&self) -> Result<bool, RunError> {
        let Some(first) = self.wanted.as_ref().and_then(|group| group.rows.first()) else {
            return Ok(true);
        };
        Ok(matches!(RowRef::new(first)?.mark()?, Some(Mark::Left { .. })))
    }

    /// The rows that count as written: what was delivered, with what a delivery does not tell
    /// taken from what is wanted.
    pub(crate) fn written(&self, untold: &Untold, form: Form<'_>) -> Result<Vec<Row>, RunError> {
        let mut wanted: BTreeMap<&[u8], &[u8]> = BTreeMap::new();
        for row in self.wanted.iter().flat_map(|group| &group.rows) {
            let seen = RowRef::new(row)?;
            if seen.mark()?.is_none() {
                wanted.insert(seen.id, row);
            }
        }
        let mut rows: BTreeMap<Vec<u8>, Row> = BTreeMap::new();
        let owner = self.delivered.owner;
        let is_partly = |row: &RowRef<'_>| {
            let is_not_told =
                |kind| untold.partly.contains(&kind) || untold.unsure.contains(&(kind, owner));
            !wanted.is_empty() && row.membership().is_some_and(|(kind, _)| is_not_told(kind))
        };
        for row in &self.delivered.rows {
            let seen = RowRef::new(row)?;
            if is_partly(&seen) {
                continue;
            }
            let beside = wanted.get(seen.id).map(|row| RowRef::new(row)?.decode()).transpose()?;
            rows.insert(seen.id.to_vec(), completed(seen.decode()?, beside, untold, form));
        }
        for (id, row) in &wanted {
            let seen = RowRef::new(row)?;
            if is_partly(&seen) {
                rows.insert(id.to_vec(), seen.decode()?);
            }
        }
        let mut rows: Vec<Row> = rows.into_values().collect();
        at_schools_of_memberships(&mut rows);
        Ok(rows)
    }
}

/// The delivered row with the schools of the wanted one, and what is not told.
fn completed(delivered: Row, wanted: Option<Row>, untold: &Untold, form: Form<'_>) -> Row {
    match (delivered, wanted) {
        (Row::Object(mut object), Some(Row::Object(wanted))) => {
            take_untold(&mut object.values, &wanted.values, object.id.kind, &untold.attributes);
            take_equal(&mut object.values, &wanted.values, form);
            object.schools = wanted.schools;
            Row::Object(object)
        }
        (Row::Member(mut member), Some(Row::Member(wanted))) => {
            let of_memberships = &untold.of_memberships;
            take_untold(&mut member.values, &wanted.values, member.kind, of_memberships);
            take_equal(&mut member.values, &wanted.values, form);
            member.schools = wanted.schools;
            Row::Member(member)
        }
        (delivered, _) => delivered,
    }
}

/// What a delivery does not tell is as it is wanted.
fn take_untold(delivered: &mut [Value], wanted: &[Value], kind: Kind, untold: &[(Kind, usize)]) {
    for (_, at) in untold.iter().filter(|(of, _)| *of == kind) {
        if let (Some(value @ Value::None), Some(said)) = (delivered.get_mut(*at), wanted.get(*at)) {
            value.clone_from(said);
        }
    }
}

/// What looks the same when delivered is the same.
fn take_equal(delivered: &mut Vec<Value>, wanted: &[Value], form: Form<'_>) {
    if delivered.len() < wanted.len() {
        delivered.resize(wanted.len(), Value::None);
    }
    for (value, wanted) in delivered.iter_mut().zip(wanted) {
        if *value != *wanted && formed(value.clone(), form) == formed(wanted.clone(), form) {
            value.clone_from(wanted);
        }
    }
}

/// An object of which no school is known is at those of its memberships, so that guards count
/// it there.
fn at_schools_of_memberships(rows: &mut [Row]) {
    let Some((Row::Object(object), memberships)) = rows.split_first_mut() else { return };
    if !object.schools.is_empty() {
        return;
    }
    let schools = memberships.iter().flat_map(|row| match row {
        Row::Member(member) => &member.schools[..],
        Row::Object(_) | Row::Mark { .. } => &[],
    });
    object.schools = schools.copied().collect::<BTreeSet<Key>>().into_iter().collect();
}
