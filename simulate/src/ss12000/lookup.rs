//! Lookups: many objects by id or code, in one request and without pages.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::answer::{asked, bad_id};
use super::kind::Kind;
use super::params::{self, Operation};
use super::reply::{Refusal, Reply};
use super::serve::Call;
use super::state::Shared;
use super::world::{World, id_of, list};

/// Answers with a plain list.
pub(super) fn answer(shared: &Shared, call: &Call, kind: Kind) -> Result<Reply, Refusal> {
    let (_, extras) = asked(shared.switches.dialect, call, kind, Operation::Lookup)?;
    let wrong = |what: String| Refusal::new(400, "invalid_body", what);
    if !call.content_type.starts_with("application/json") {
        return Err(Refusal::new(415, "unsupported_media_type", "the body must be JSON"));
    }
    let value: Value =
        serde_json::from_slice(&call.body).map_err(|_| wrong("the body is not JSON".to_owned()))?;
    let fields = value.as_object().ok_or_else(|| wrong("the body must be an object".to_owned()))?;
    let world = Arc::clone(&shared.live().world);
    let mut found = BTreeSet::new();
    for (name, values) in fields {
        if !params::lookup_keys(kind).contains(&name.as_str()) {
            return Err(wrong(format!("unknown field {name}")));
        }
        let strings = values.as_array().and_then(|it| it.iter().map(Value::as_str).collect());
        let strings: Vec<&str> =
            strings.ok_or_else(|| wrong(format!("{name} must be a list of strings")))?;
        found.extend(looked_up(&world, kind, name, &strings)?);
    }
    let mut body = vec![b'['];
    for (n, at) in found.into_iter().enumerate() {
        if n > 0 {
            body.push(b',');
        }
        world.write(&mut body, kind, at, &extras);
    }
    body.push(b']');
    Ok(Reply::json(200, body))
}

/// The objects that a field of a lookup names.
fn looked_up(world: &World, kind: Kind, name: &str, values: &[&str]) -> Result<Vec<u32>, Refusal> {
    let coded = matches!(name, "civicNos" | "schoolUnitCodes" | "organisationCodes");
    if coded {
        let Some(shelf) = world.shelf(kind) else { return Ok(Vec::new()) };
        let wanted: BTreeSet<&str> = values.iter().copied().collect();
        let places = 0_u32..;
        let code = |row: u32| world.code(kind, row, name);
        let fits = |row: u32| code(row).is_some_and(|it| wanted.contains(it.as_str()));
        return Ok(places.zip(&shelf.rows).filter(|it| fits(*it.1)).map(|it| it.0).collect());
    }
    let ids: Option<Vec<_>> = values.iter().map(|it| id_of(it)).collect();
    let ids = ids.ok_or_else(bad_id)?;
    let Some(shelf) = world.shelf(kind) else { return Ok(Vec::new()) };
    if name == "ids" {
        return Ok(ids.into_iter().filter_map(|it| shelf.find(it)).collect());
    }
    // Activities by teachers or members.
    let (of, links) = match name {
        "teachers" => (Kind::Duty, &world.links.taught),
        _ => (Kind::Person, &world.links.groups),
    };
    let Some(owners) = world.shelf(of) else { return Ok(Vec::new()) };
    let rows = ids.into_iter().filter_map(|it| owners.rows.get(owners.find(it)? as usize));
    let groups = rows.flat_map(|row| list(links, *row)).filter_map(|at| match of {
        Kind::Duty => world.town.teachers.get(*at as usize).map(|it| it.group),
        Kind::Organisation
        | Kind::Person
        | Kind::Group
        | Kind::Activity
        | Kind::Syllabus
        | Kind::Empty(_) => world.town.memberships.get(*at as usize).map(|it| it.group),
    });
    Ok(groups.filter_map(|it| shelf.of_row(it)).collect())
}
