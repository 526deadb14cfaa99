//! Organisational units: google.md §1.2.

use serde_json::{Value, json};

use super::customer::own;
use super::unit::{Misplaced, Units};
use crate::google::asked::{Asked, Done};
use crate::google::refusal::Refusal;
use crate::google::world::World;

fn missing() -> Refusal {
    Refusal::new(404, "notFound", "Org unit not found")
}

fn misplaced(why: Misplaced) -> Refusal {
    match why {
        Misplaced::Taken => Refusal::invalid("Invalid Ou Id"),
        Misplaced::Cycle => Refusal::new(412, "conditionNotMet", "OrgUnit hierarchy has cycle"),
        Misplaced::TooDeep => Refusal::new(412, "conditionNotMet", "OrgUnit hierarchy too deep"),
        Misplaced::TooMany => Refusal::new(412, "limitExceeded", "Too many org units"),
        Misplaced::Missing => missing(),
    }
}

/// The unit in the path. A `+` is a blank here, as Google reads it (google.md §1.2).
fn meant(units: &Units, asked: &Asked<'_>) -> Result<u64, Refusal> {
    own(asked.part("customerId"))?;
    units.find(asked.part("orgUnitPath")).ok_or_else(missing)
}

pub(in crate::google) fn get(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = meant(&world.units, asked)?;
    Ok(Done::of(world.units.json(id)))
}

pub(in crate::google) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    own(asked.part("customerId"))?;
    let units = &world.units;
    let top = units.find(asked.wish("orgUnitPath").unwrap_or("/")).ok_or_else(missing)?;
    let ids: Vec<u64> = match asked.wish("type") {
        Some("all") => units.all_below(top),
        Some("allIncludingParent") => std::iter::once(top).chain(units.all_below(top)).collect(),
        Some(_) | None => units.below(top).collect(),
    };
    let all: Vec<Value> = ids.into_iter().map(|it| units.json(it)).collect();
    let mut json =
        json!({ "kind": "admin#directory#orgUnits", "etag": format!("\"{}\"", all.len()) });
    if let (false, Some(map)) = (all.is_empty(), json.as_object_mut()) {
        map.insert("organizationUnits".to_owned(), all.into());
    }
    Ok(Done::of(json))
}

/// The parent that is asked for, by id or path; both must mean the same.
fn parent(units: &Units, asked: &Asked<'_>) -> Result<Option<u64>, Refusal> {
    let wrong = || Refusal::invalid("Invalid Parent Orgunit Id");
    let find = |field: &str, start: &str| {
        let Some(key) = asked.text(field) else { return Ok(None) };
        let found = units.find(key).filter(|_| key.starts_with(start));
        found.map(Some).ok_or_else(wrong)
    };
    let (path, id) = (find("parentOrgUnitPath", "/")?, find("parentOrgUnitId", "id:")?);
    match (path, id) {
        (Some(path), Some(id)) if path != id => {
            Err(Refusal::invalid("Invalid Input: Inconsistent Orgunit id and path in request"))
        }
        (path, id) => Ok(path.or(id)),
    }
}

/// A name without slashes or surrounding blanks.
fn name<'a>(asked: &'a Asked<'_>) -> Result<Option<&'a str>, Refusal> {
    let Some(name) = asked.text("name") else { return Ok(None) };
    let odd = name.trim() != name || name.is_empty() || name.contains(['/', '"', '\n']);
    if odd || name.chars().count() > 128 {
        return Err(Refusal::invalid("Invalid Ou Name"));
    }
    Ok(Some(name))
}

pub(in crate::google) fn insert(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    own(asked.part("customerId"))?;
    let name = name(asked)?.ok_or_else(|| Refusal::invalid("Invalid Ou Name"))?;
    let parent = parent(&world.units, asked)?;
    let parent = parent.ok_or_else(|| Refusal::invalid("Invalid Parent Orgunit Id"))?;
    let description = asked.text("description").unwrap_or_default();
    let id = world.units.insert(parent, name, description).map_err(misplaced)?;
    Ok(Done::of(world.units.json(id)))
}

pub(in crate::google) fn update(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = meant(&world.units, asked)?;
    let (name, parent) = (name(asked)?, parent(&world.units, asked)?);
    let Some(unit) = world.units.get(id).cloned() else { return Err(missing()) };
    if name.is_some() || parent.is_some() {
        let above = unit.parent.ok_or_else(|| Refusal::invalid("Invalid Ou Id"))?;
        let name = name.unwrap_or(&unit.name);
        world.units.place(id, parent.unwrap_or(above), name).map_err(misplaced)?;
    }
    if let (Some(text), Some(unit)) = (asked.text("description"), world.units.get_mut(id)) {
        text.clone_into(&mut unit.description);
        unit.version += 1;
    }
    Ok(Done::of(world.units.json(id)))
}

/// Only an empty one (google.md §1.2).
pub(in crate::google) fn delete(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = meant(&world.units, asked)?;
    let unit = world.units.get(id).ok_or_else(missing)?;
    if unit.parent.is_none() || unit.users > 0 || world.units.below(id).next().is_some() {
        return Err(Refusal::new(412, "conditionNotMet", "Precondition is not met."));
    }
    world.units.remove(id);
    Ok(Done::nothing())
}
