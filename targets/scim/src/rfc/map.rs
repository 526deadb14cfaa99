//! Rows to bodies, patches and back, pure (RFC 7643 §4.1–4.2, RFC 7644 §3.5.2).

use roster::Key;
use serde_json::{Map, Value as Json, json};
use state::{Member, Object, ObjectRef, Row, RowError, RowRef, Value};

use super::card::{GROUP, MEMBER, USER};

const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// An object with its members, taken apart.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) object: Option<Object>,
    pub(super) members: Vec<ObjectRef>,
}

/// Takes rows of one object apart.
pub(super) fn parts(rows: &[Vec<u8>]) -> Result<Parts, RowError> {
    let mut parts = Parts::default();
    for row in rows {
        match RowRef::new(row)?.decode()? {
            Row::Object(it) => parts.object = Some(it),
            Row::Member(it) => parts.members.push(it.member),
            Row::Mark { .. } => {}
        }
    }
    Ok(parts)
}

/// The attributes of a user under the paths of a patch.
const PATHS: [&str; 6] =
    ["userName", "name.givenName", "name.familyName", "displayName", "emails", "userType"];

/// The value of an attribute as it stands under its path.
fn value(at: usize, text: &str) -> Json {
    match PATHS.get(at) {
        Some(&"emails") => json!([{ "value": text, "type": "work", "primary": true }]),
        Some(_) | None => json!(text),
    }
}

/// A whole body.
pub(super) fn body(
    object: &Object,
    external_id: &str,
    members: &[String],
    is_active: bool,
) -> Json {
    let mut body = Map::new();
    let schema = if object.id.kind == USER { USER_SCHEMA } else { GROUP_SCHEMA };
    body.insert("schemas".to_owned(), json!([schema]));
    body.insert("externalId".to_owned(), json!(external_id));
    if object.id.kind == GROUP {
        let name = object.values.first().and_then(Value::text).unwrap_or_default();
        body.insert("displayName".to_owned(), json!(name));
        let members: Vec<Json> = members.iter().map(|id| json!({ "value": id })).collect();
        body.insert("members".to_owned(), Json::Array(members));
        return Json::Object(body);
    }
    body.insert("active".to_owned(), json!(is_active));
    for (at, text) in object.values.iter().enumerate() {
        let (Some(text), Some(path)) = (text.text(), PATHS.get(at)) else { continue };
        match path.split_once('.') {
            Some((outer, inner)) => {
                let outer = body.entry(outer).or_insert_with(|| json!({}));
                outer[inner] = value(at, text);
            }
            None => drop(body.insert((*path).to_owned(), value(at, text))),
        }
    }
    Json::Object(body)
}

/// Changes of an object, as the operations of a patch.
#[derive(Debug, Default)]
pub(super) struct Patch(Vec<Json>);

impl Patch {
    /// Sets what stands at a path.
    pub(super) fn replace(&mut self, path: &str, value: &Json) {
        self.0.push(json!({ "op": "replace", "path": path, "value": value }));
    }

    /// What differs between two lists of values.
    pub(super) fn values(&mut self, before: &Object, after: &Object) {
        for at in 0..before.values.len().max(after.values.len()) {
            let (old, new) = (before.values.get(at), after.values.get(at));
            let path = if after.id.kind == GROUP { Some(&"displayName") } else { PATHS.get(at) };
            let Some(path) = path.filter(|_| old != new) else { continue };
            match new.and_then(Value::text) {
                Some(text) => self.replace(path, &value(at, text)),
                None => self.0.push(json!({ "op": "remove", "path": path })),
            }
        }
    }

    /// Who comes and who goes. One operation a member that goes: not every provider takes a
    /// filter of several, and RFC 7644 §3.5.2.2 has one value in a filter.
    pub(super) fn members(&mut self, added: &[String], removed: &[String]) {
        if !added.is_empty() {
            let added: Vec<Json> = added.iter().map(|id| json!({ "value": id })).collect();
            self.0.push(json!({ "op": "add", "path": "members", "value": added }));
        }
        for id in removed {
            let quoted = Json::from(id.as_str());
            let path = format!("members[value eq {quoted}]");
            self.0.push(json!({ "op": "remove", "path": path }));
        }
    }

    /// The body of the request.
    pub(super) fn body(self) -> Json {
        json!({ "schemas": [PATCH_SCHEMA], "Operations": self.0 })
    }
}

/// The rows of a user as the provider tells it.
pub(super) fn user(id: ObjectRef, body: &Json) -> Row {
    let text = |at: &str| match body.pointer(at).and_then(Json::as_str) {
        Some(text) if !text.trim().is_empty() => Value::Text(text.to_owned()),
        Some(_) | None => Value::None,
    };
    let mails = body.get("emails").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let of = |wanted: &str| {
        mails.iter().find(|it| it.get("type").and_then(Json::as_str) == Some(wanted))
    };
    let mail = of("work").or(mails.first()).and_then(|it| it.get("value")?.as_str());
    let values = vec![
        text("/userName"),
        text("/name/givenName"),
        text("/name/familyName"),
        text("/displayName"),
        mail.map_or(Value::None, |mail| Value::Text(mail.to_owned())),
        text("/userType"),
    ];
    Row::Object(Object { id, values, schools: Vec::new() })
}

/// The rows of a group, with members of whom `known` knows which of our objects they are.
pub(super) fn group(
    id: ObjectRef,
    body: &Json,
    known: &dyn Fn(&str) -> Option<ObjectRef>,
) -> Vec<Row> {
    let name = body.get("displayName").and_then(Json::as_str).unwrap_or_default();
    let values = vec![Value::Text(name.to_owned())];
    let mut rows = vec![Row::Object(Object { id, values, schools: Vec::new() })];
    let members = body.get("members").and_then(Json::as_array).into_iter().flatten();
    for member in members.filter_map(|it| known(it.get("value")?.as_str()?)) {
        let role = "member".to_owned();
        let (values, schools) = (Vec::new(), Vec::new());
        rows.push(Row::Member(Member {
            kind: MEMBER,
            container: id,
            member,
            role,
            values,
            schools,
        }));
    }
    rows
}

/// The key that an object stands under: the external id where that is one of ours, else one
/// made of the provider's id.
pub(super) fn key_of(external_id: Option<&str>, id: &str) -> Key {
    if let Some(key) = external_id.and_then(Key::parse_uuid) {
        return key;
    }
    crate::common::foreign_key("scim/foreign", id)
}
