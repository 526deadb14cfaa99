//! Rows from what Google tells, and the marks by which ours are known; pure.

use roster::Key;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use state::{Kind, Member, Object, ObjectRef, Row, RowError, RowRef, Value};

use crate::card::{COURSE, COURSE_STUDENT, COURSE_TEACHER, GROUP, GROUP_MEMBER, ORG_UNIT, USER};
use crate::settings::Alias;
use crate::wire::Roster;

/// Our name in what we mark.
const OURS: &str = "skolbro";
/// What a group's description ends with, where Google keeps no external ids of groups.
const LINE: &str = "skolbro: ";

/// An object with all that stands in it.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) object: Option<Object>,
    pub(crate) members: Vec<Member>,
}

/// Takes rows of one object apart.
pub(crate) fn parts(rows: &[Vec<u8>]) -> Result<Parts, RowError> {
    let mut parts = Parts::default();
    for row in rows {
        match RowRef::new(row)?.decode()? {
            Row::Object(it) => parts.object = Some(it),
            Row::Member(it) => parts.members.push(it),
            Row::Mark { .. } => {}
        }
    }
    Ok(parts)
}

/// The texts of an object, in the order of the card.
pub(crate) fn texts(object: &Object) -> Vec<Option<String>> {
    object.values.iter().map(|value| value.text().map(str::to_owned)).collect()
}

/// The text of an attribute.
pub(crate) fn text(object: &Object, at: usize) -> Option<&str> {
    object.values.get(at).and_then(Value::text)
}

/// The alias of a course: the key by which a create that is made twice makes one (§2.1).
pub(crate) fn alias(alias: Alias, published: &str) -> String {
    let scope = match alias {
        Alias::Domain => "d",
        Alias::Project => "p",
    };
    format!("{scope}:{OURS}-{published}")
}

/// Our entry among the external ids of a user.
pub(crate) fn user_marker(published: &str) -> Json {
    json!({ "type": "custom", "customType": OURS, "value": published })
}

/// The external ids of a user with ours in its place: arrays are replaced whole, and what
/// others put there stays (reference/google.md §1.1).
pub(crate) fn user_ids(seen: &Json, published: &str) -> Json {
    with_ours(seen, user_marker(published), |it| {
        it.get("customType").and_then(Json::as_str) == Some(OURS)
    })
}

/// Our entry among the external ids of a group.
pub(crate) fn group_marker(published: &str) -> Json {
    json!({ "namespace": OURS, "id": published })
}

/// The external ids of a group with ours in its place.
pub(crate) fn group_ids(seen: &Json, published: &str) -> Json {
    with_ours(seen, group_marker(published), |it| {
        it.get("namespace").and_then(Json::as_str) == Some(OURS)
    })
}

fn with_ours(seen: &Json, ours: Json, is_ours: impl Fn(&Json) -> bool) -> Json {
    let all = seen.get("externalIds").and_then(Json::as_array);
    let mut ids: Vec<Json> = all.into_iter().flatten().filter(|it| !is_ours(it)).cloned().collect();
    ids.push(ours);
    Json::Array(ids)
}

/// The published id that a user bears.
pub(crate) fn marked_user(seen: &Json) -> Option<Key> {
    let all = seen.get("externalIds")?.as_array()?;
    let ours = |it: &&Json| it.get("customType").and_then(Json::as_str) == Some(OURS);
    Key::parse_uuid(all.iter().find(ours)?.get("value")?.as_str()?)
}

/// The published id that a group bears.
pub(crate) fn marked_group(seen: &Json) -> Option<Key> {
    let all = seen.get("externalIds").and_then(Json::as_array);
    let ours = |it: &&Json| it.get("namespace").and_then(Json::as_str) == Some(OURS);
    let by_id = all.and_then(|all| all.iter().find(ours)?.get("id")?.as_str());
    let description = seen.get("description").and_then(Json::as_str).unwrap_or_default();
    let by_line = description.lines().last().and_then(|line| line.strip_prefix(LINE));
    Key::parse_uuid(by_id.or(by_line)?)
}

/// A description with our line at its end.
pub(crate) fn with_line(description: &str, published: &str) -> String {
    let text = without_line(description);
    let between = if text.is_empty() { "" } else { "\n" };
    format!("{text}{between}{LINE}{published}")
}

/// Whether our line ends it.
pub(crate) fn has_line(description: &str) -> bool {
    description.lines().last().is_some_and(|line| line.starts_with(LINE))
}

/// A description without our line.
pub(crate) fn without_line(description: &str) -> &str {
    if !has_line(description) {
        return description;
    }
    description.rfind(LINE).map_or("", |at| description[..at].trim_end_matches(['\n', '\r']))
}

/// A key made of Google's own id: what is foreign stands beside what is ours and is never it.
pub(crate) fn foreign_key(kind: Kind, id: &str) -> Key {
    let hash = Sha256::new()
        .chain_update("google/foreign")
        .chain_update([kind.0])
        .chain_update(id)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    // Version 8 and the variant of RFC 9562 §5.8.
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Key::from_bytes(bytes)
}

fn said(seen: &Json, at: &str) -> Value {
    match seen.pointer(at).and_then(Json::as_str) {
        Some(text) if !text.trim().is_empty() => Value::Text(text.to_owned()),
        Some(_) | None => Value::None,
    }
}

fn object(kind: Kind, key: Key, values: Vec<Value>) -> Row {
    Row::Object(Object { id: ObjectRef { kind, key }, values, schools: Vec::new() })
}

/// The row of an organisational unit.
pub(crate) fn unit(path: &str) -> Row {
    object(ORG_UNIT, foreign_key(ORG_UNIT, path), vec![Value::Text(path.to_owned())])
}

/// The row of a user.
pub(crate) fn user(key: Key, seen: &Json) -> Row {
    let is = |name: &str| seen.get(name).and_then(Json::as_bool) == Some(true);
    let tells = |word: &str, holds: bool| {
        if holds { Value::Text(word.to_owned()) } else { Value::None }
    };
    let (given, family) = (said(seen, "/name/givenName"), said(seen, "/name/familyName"));
    let mut display = said(seen, "/name/displayName");
    // Google makes one of the names where none is set: that is no value of anybody's.
    let made = [&given, &family].map(|it| it.text().unwrap_or_default()).join(" ");
    if display.text() == Some(made.as_str()) {
        display = Value::None;
    }
    let values = vec![
        said(seen, "/primaryEmail"),
        given,
        family,
        display,
        said(seen, "/orgUnitPath"),
        tells("suspended", is("suspended")),
        tells("admin", is("isAdmin") || is("isDelegatedAdmin")),
    ];
    object(USER, key, values)
}

/// The row of a group; its address without the domain, where that is how the tenant writes it.
pub(crate) fn group(key: Key, seen: &Json, domain: Option<&str>) -> Row {
    let address = said(seen, "/email");
    let local = address.text().and_then(|text| local(text, domain?)).map(str::to_owned);
    let description = seen.get("description").and_then(Json::as_str).unwrap_or_default();
    let description = match without_line(description) {
        "" => Value::None,
        text => Value::Text(text.to_owned()),
    };
    let values = vec![local.map_or(address, Value::Text), said(seen, "/name"), description];
    object(GROUP, key, values)
}

fn local<'a>(address: &'a str, domain: &str) -> Option<&'a str> {
    let (local, of) = address.rsplit_once('@')?;
    of.eq_ignore_ascii_case(domain).then_some(local)
}

/// The whole address of a group; `None` when no domain is known for a short one.
pub(crate) fn address(text: &str, domain: Option<&str>) -> Option<String> {
    if text.contains('@') {
        return Some(text.to_owned());
    }
    domain.map(|domain| format!("{text}@{domain}"))
}

/// The row of a course.
pub(crate) fn course(key: Key, seen: &Json, owner: Option<ObjectRef>) -> Row {
    let owner = owner.map_or(Value::None, Value::Ref);
    object(COURSE, key, vec![said(seen, "/name"), said(seen, "/section"), owner])
}

/// The row of a member of a group.
pub(crate) fn group_member(container: ObjectRef, member: ObjectRef, role: &str) -> Row {
    membership(GROUP_MEMBER, container, member, role)
}

/// The row of a teacher or a student of a course.
pub(crate) fn of_roster(container: ObjectRef, member: ObjectRef, roster: Roster) -> Row {
    match roster {
        Roster::Teachers => membership(COURSE_TEACHER, container, member, "teacher"),
        Roster::Students => membership(COURSE_STUDENT, container, member, "student"),
    }
}

fn membership(kind: Kind, container: ObjectRef, member: ObjectRef, role: &str) -> Row {
    let (role, values, schools) = (role.to_owned(), Vec::new(), Vec::new());
    Row::Member(Member { kind, container, member, role, values, schools })
}

#[cfg(test)]
mod tests;
