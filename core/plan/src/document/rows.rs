//! Rows with attributes by name.

use roster::Key;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use state::{Attribute, Card, Kind, Member, Object, ObjectRef, Row, RowRef, Value};

use crate::PlanError;

/// An object or a membership.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowWire {
    kind: String,
    /// The object, or the member.
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    pub(super) values: Map<String, Json>,
    pub(super) schools: Vec<String>,
}

/// How much of a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// The id alone: of a person who became protected.
    Id,
}

impl RowWire {
    pub(super) fn of(row: &[u8], part: Part, card: &Card) -> Result<Self, PlanError> {
        let damaged = || PlanError::Damaged(state::RowError);
        let (kind, attributes, key, container, role, values, schools) =
            match RowRef::new(row)?.decode()? {
                Row::Object(Object { id, values, schools }) => {
                    let kind = card.object(id.kind).ok_or_else(damaged)?;
                    (kind.name, kind.attributes, id.key, None, None, values, schools)
                }
                Row::Member(Member { kind, container, member, role, values, schools }) => {
                    let kind = card.membership(kind).ok_or_else(damaged)?;
                    let container = Some(container.key.to_string());
                    (kind.name, kind.attributes, member.key, container, Some(role), values, schools)
                }
                Row::Mark { .. } => return Err(damaged()),
            };
        let mut wire = Self {
            kind: kind.to_owned(),
            key: key.to_string(),
            container,
            role,
            values: Map::new(),
            schools: Vec::new(),
        };
        if part == Part::Whole {
            for (at, value) in values.iter().enumerate() {
                let attribute = attributes.get(at).ok_or_else(damaged)?;
                wire.values.insert(attribute.name.to_owned(), value_to_json(value, card));
            }
            wire.schools = schools.iter().map(Key::to_string).collect();
        }
        Ok(wire)
    }

    pub(super) fn read(&self, card: &Card) -> Option<Box<[u8]>> {
        let Self { kind, key, container, role, values, schools } = self;
        let key: Key = key.parse().ok()?;
        let schools = schools.iter().map(|it| it.parse().ok()).collect::<Option<_>>()?;
        let row = if let (Some(container), Some(role)) = (container, role) {
            let kind = card.membership_named(kind)?;
            let declared = card.membership(kind)?;
            Row::Member(Member {
                kind,
                container: ObjectRef { kind: declared.container, key: container.parse().ok()? },
                member: ObjectRef { kind: declared.member, key },
                role: role.clone(),
                values: read_values(values, declared.attributes, card)?,
                schools,
            })
        } else {
            let kind = card.object_named(kind)?;
            let values = read_values(values, card.object(kind)?.attributes, card)?;
            Row::Object(Object { id: ObjectRef { kind, key }, values, schools })
        };
        Some(row.encoded().into_boxed_slice())
    }

    /// What `after` has that `self` has not: only values that change, and the rest of the
    /// row where it is another.
    pub(super) fn changes_to(&self, after: &Self) -> ChangeWire {
        let other = |new: &Option<String>, old: &Option<String>| new.clone().filter(|_| new != old);
        let same_names = self.values.keys().eq(after.values.keys());
        let values = after.values.iter();
        let values = values
            .filter(|(name, value)| !same_names || self.values.get(*name) != Some(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        ChangeWire {
            key: Some(after.key.clone()).filter(|key| *key != self.key),
            container: other(&after.container, &self.container),
            role: other(&after.role, &self.role),
            values,
            only: (!same_names).then_some(true),
            schools: Some(after.schools.clone()).filter(|schools| *schools != self.schools),
        }
    }

    pub(super) fn changed(&self, change: &ChangeWire) -> Self {
        let mut after = self.clone();
        if let Some(key) = &change.key {
            after.key.clone_from(key);
        }
        after.container = change.container.clone().or(after.container);
        after.role = change.role.clone().or(after.role);
        if change.only == Some(true) {
            after.values.clone_from(&change.values);
        } else {
            for (name, value) in &change.values {
                after.values.insert(name.clone(), value.clone());
            }
        }
        if let Some(schools) = &change.schools {
            after.schools.clone_from(schools);
        }
        after
    }
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeWire {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    container: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    role: Option<String>,
    values: Map<String, Json>,
    /// Whether `values` are all that the row has afterwards.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    schools: Option<Vec<String>>,
}

fn value_to_json(value: &Value, card: &Card) -> Json {
    match value {
        Value::None => Json::Null,
        Value::Text(text) => Json::String(text.clone()),
        Value::Ref(id) => Json::from_iter([("ref".to_owned(), ref_to_json(*id, card))]),
        Value::Refs(ids) => {
            let ids: Json = ids.iter().map(|id| ref_to_json(*id, card)).collect();
            Json::from_iter([("refs".to_owned(), ids)])
        }
    }
}

fn ref_to_json(id: ObjectRef, card: &Card) -> Json {
    let kind = card.object(id.kind).map_or("", |kind| kind.name);
    Json::String(format!("{kind}/{}", id.key))
}

fn read_values(
    values: &Map<String, Json>,
    attributes: &[Attribute],
    card: &Card,
) -> Option<Vec<Value>> {
    // Names are written in the card's order; a row may stop before the card does.
    values
        .iter()
        .enumerate()
        .map(|(at, (name, value))| {
            attributes.get(at).filter(|attribute| attribute.name == name)?;
            read_value(value, card)
        })
        .collect()
}

fn read_value(value: &Json, card: &Card) -> Option<Value> {
    let reference = |value: &Json| {
        let (kind, key) = value.as_str()?.split_once('/')?;
        let kind: Kind = card.object_named(kind)?;
        Some(ObjectRef { kind, key: key.parse().ok()? })
    };
    match value {
        Json::Null => Some(Value::None),
        Json::String(text) => Some(Value::Text(text.clone())),
        Json::Object(object) => match (object.get("ref"), object.get("refs")) {
            (Some(id), None) => reference(id).map(Value::Ref),
            (None, Some(Json::Array(ids))) => {
                ids.iter().map(reference).collect::<Option<_>>().map(Value::Refs)
            }
            _ => None,
        },
        Json::Bool(_) | Json::Number(_) | Json::Array(_) => None,
    }
}
