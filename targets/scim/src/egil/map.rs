//! Rows to bodies and back, pure.
//!
//! A body is all of an object: an object of EGIL has no PATCH.

use std::collections::BTreeSet;

use roster::Key;
use serde_json::{Map, Value as Json, json};
use state::{Kind, Member, Object, ObjectRef, Row, RowError, RowRef, Value};

use super::card::{self, ENROLMENT, STUDENT, TEACHER};
use super::wire::{self, Place, Type};

/// The id that the receiver is told for an object.
pub(super) type Named<'a> = &'a dyn Fn(ObjectRef) -> String;

/// The body of an object with all that stands in it; `None` where the rows have no object. Its
/// own id is always ours: `own`.
pub(super) fn body(
    rows: &[Vec<u8>],
    own: Named<'_>,
    named: Named<'_>,
) -> Result<Option<Json>, RowError> {
    let (mut object, mut members) = (None, Vec::new());
    for row in rows {
        match RowRef::new(row)?.decode()? {
            Row::Object(it) => object = Some(it),
            Row::Member(it) => members.push(it),
            Row::Mark { .. } => {}
        }
    }
    let Some(object) = object else { return Ok(None) };
    let kind = wire::of(object.id.kind).ok_or(RowError)?;
    let enrols = members.iter().any(|it| it.kind == ENROLMENT);
    let schemas: &[&str] =
        if enrols { &[kind.schema, wire::USER_EXTENSION] } else { &[kind.schema] };
    let mut body = wire::begun(schemas, &own(object.id));
    for (place, value) in kind.places.iter().zip(&object.values) {
        put(&mut body, *place, value, named);
    }
    let of = |kind: Kind| members.iter().filter(move |it| it.kind == kind);
    if enrols {
        let all = in_order(of(ENROLMENT).map(|it| enrolment(it, named)));
        body.insert(wire::USER_EXTENSION.to_owned(), json!({ "enrolments": all }));
    }
    for (kind, name) in [(STUDENT, "studentMemberships"), (TEACHER, "teachers")] {
        let all = in_order(of(kind).map(|it| referred(it.member, named)));
        if !all.is_empty() {
            body.insert(name.to_owned(), Json::Array(all));
        }
    }
    Ok(Some(Json::Object(body)))
}

/// Every object that the rows of one object refer to.
pub(super) fn referred_to(rows: &[Vec<u8>]) -> Result<BTreeSet<ObjectRef>, RowError> {
    let (mut found, mut own) = (BTreeSet::new(), None);
    for row in rows {
        match RowRef::new(row)?.decode()? {
            Row::Object(it) => {
                own = Some(it.id);
                found.extend(it.values.iter().flat_map(Value::refs).copied());
            }
            Row::Member(it) => found.extend([it.container, it.member]),
            Row::Mark { .. } => {}
        }
    }
    found.retain(|it| Some(*it) != own);
    Ok(found)
}

/// References in the order of what the receiver is told: our own keys may change, and what it
/// holds is the same then.
fn in_order(all: impl Iterator<Item = Json>) -> Vec<Json> {
    let mut all: Vec<Json> = all.collect();
    all.sort_by(|one, two| one["value"].as_str().cmp(&two["value"].as_str()));
    all
}

fn put(body: &mut Map<String, Json>, place: Place, value: &Value, named: Named<'_>) {
    let text = value.text();
    match (place, text, value.refs()) {
        (Place::Plain(name), Some(text), _) => {
            body.insert(name.to_owned(), json!(text));
        }
        (Place::Name(part), Some(text), _) => {
            let name = body.entry("name").or_insert_with(|| json!({}));
            if let Json::Object(name) = name {
                name.insert(part.to_owned(), json!(text));
            }
        }
        (Place::Email, Some(text), _) => {
            body.insert("emails".to_owned(), json!([{ "value": text, "type": "work" }]));
        }
        (Place::Ref(name), _, [one, ..]) => {
            body.insert(name.to_owned(), referred(*one, named));
        }
        (Place::Refs(name), _, all @ [_, ..]) => {
            let all = in_order(all.iter().map(|it| referred(*it, named)));
            body.insert(name.to_owned(), Json::Array(all));
        }
        (Place::Plain(_) | Place::Name(_) | Place::Email, None, _)
        | (Place::Ref(_) | Place::Refs(_), _, []) => {}
    }
}

fn referred(object: ObjectRef, named: Named<'_>) -> Json {
    let endpoint = wire::of(object.kind).map_or("", |it| it.endpoint);
    wire::reference(endpoint, &named(object))
}

fn enrolment(it: &Member, named: Named<'_>) -> Json {
    let mut body = referred(it.container, named);
    let Json::Object(fields) = &mut body else { return body };
    let text = |at: usize| it.values.get(at).and_then(Value::text);
    if let Some(year) = text(0).and_then(|year| year.parse::<u8>().ok()) {
        fields.insert("schoolYear".to_owned(), json!(year));
    }
    for (at, name) in [(1, "schoolType"), (2, "programCode")] {
        if let Some(text) = text(at) {
            fields.insert(name.to_owned(), json!(text));
        }
    }
    body
}

/// The object that a receiver's id stands for.
pub(super) type Known<'a> = &'a dyn Fn(Kind, &str) -> ObjectRef;

/// The rows of a body as the receiver tells it. Of what it does not tell nothing is known, and
/// what is not ours to send is left out.
pub(super) fn rows(kind: &Type, id: ObjectRef, body: &Json, known: Known<'_>) -> Vec<Row> {
    let values = kind.places.iter().zip(attributes(kind.kind)).map(|(place, refers_to)| {
        let one = |json: &Json| Some(known(refers_to?, json.get("value")?.as_str()?));
        match *place {
            Place::Plain(name) => text(body.get(name)),
            Place::Name(part) => text(body.get("name").and_then(|name| name.get(part))),
            Place::Email => text(body.pointer("/emails/0/value")),
            Place::Ref(name) => body.get(name).and_then(one).map_or(Value::None, Value::Ref),
            // Of several, of which we give one, the first.
            Place::Refs(name) => {
                let first = body.get(name).and_then(|all| all.get(0));
                first.and_then(one).map_or(Value::None, Value::Ref)
            }
        }
    });
    let mut rows = vec![Row::Object(Object { id, values: values.collect(), schools: Vec::new() })];
    let list = |at: &str| body.get(at).and_then(Json::as_array).cloned().unwrap_or_default();
    let member = |kind, container, member, role: &str, values| {
        let role = role.to_owned();
        Row::Member(Member { kind, container, member, role, values, schools: Vec::new() })
    };
    if kind.kind == card::USER {
        let extension = body.get(wire::USER_EXTENSION).and_then(|it| it.get("enrolments"));
        for it in extension.and_then(Json::as_array).into_iter().flatten() {
            let Some(school) = it.get("value").and_then(Json::as_str) else { continue };
            let year = it.get("schoolYear").and_then(Json::as_u64);
            let year = year.map_or(Value::None, |year| Value::Text(year.to_string()));
            let values = vec![year, text(it.get("schoolType")), text(it.get("programCode"))];
            rows.push(member(ENROLMENT, known(card::SCHOOL_UNIT, school), id, "student", values));
        }
    }
    let held = [
        (card::STUDENT_GROUP, "studentMemberships", STUDENT, card::USER, "student"),
        (card::ACTIVITY, "teachers", TEACHER, card::EMPLOYMENT, "teacher"),
    ];
    for (_, name, membership, held, role) in held.into_iter().filter(|it| it.0 == kind.kind) {
        for it in list(name) {
            let Some(value) = it.get("value").and_then(Json::as_str) else { continue };
            rows.push(member(membership, id, known(held, value), role, Vec::new()));
        }
    }
    rows
}

/// What each attribute of a kind refers to.
fn attributes(kind: Kind) -> impl Iterator<Item = Option<Kind>> {
    let attributes = card::CARD.object(kind).map_or(&[][..], |kind| kind.attributes);
    attributes.iter().map(|attribute| attribute.refers_to)
}

fn text(json: Option<&Json>) -> Value {
    match json.and_then(Json::as_str) {
        Some(text) if !text.trim().is_empty() => Value::Text(text.to_owned()),
        Some(_) | None => Value::None,
    }
}

/// The key for an id of the receiver's: the id itself where it is one of ours, else made of
/// it, so that what is foreign stands beside what is ours and is never it.
pub(super) fn key_of(id: &str) -> Key {
    if let Some(key) = Key::parse_uuid(id) {
        return key;
    }
    crate::common::foreign_key("egil/foreign", id)
}
