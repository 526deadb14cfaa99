//! The settings file described to editors, as JSON Schema (draft 2020-12).

use serde_json::{Map, Value, json};

use super::connector::{Connectors, Role};
use super::file::File;

/// The schema of the whole file, with the connectors' own parts.
#[must_use]
pub fn schema(connectors: &Connectors) -> Value {
    let mut root = Value::from(schemars::schema_for!(File));
    let parts =
        [(Role::Source, "Source"), (Role::Supplement, "Supplement"), (Role::Target, "Target")];
    for (role, definition) in parts {
        let mut own = Map::new();
        for connector in connectors.of(role) {
            let name = format!("{definition}_{}", connector.id);
            let part = lifted(&mut root, Value::from((connector.schema)()), &name);
            own.insert(connector.id.to_owned(), part);
        }
        let ids: Vec<Value> = own.keys().map(|id| json!({ "required": [id] })).collect();
        let place = root.pointer_mut(&format!("/$defs/{definition}"));
        if let Some(Value::Object(place)) = place {
            let properties = place.entry("properties").or_insert_with(|| json!({}));
            if let Value::Object(properties) = properties {
                properties.extend(own);
            }
            place.insert("oneOf".to_owned(), Value::Array(ids));
        }
    }
    for facility in &connectors.facilities {
        let part = lifted(&mut root, Value::from((facility.schema)()), facility.id);
        if let Some(Value::Object(properties)) = root.get_mut("properties") {
            properties.insert(facility.id.to_owned(), part);
        }
    }
    root
}

/// A connector's schema under a name of its own: its definitions move to the root, so that
/// two connectors may use the same names.
fn lifted(root: &mut Value, mut part: Value, name: &str) -> Value {
    if let Value::Object(object) = &mut part {
        object.remove("$schema");
        let definitions = object.remove("$defs");
        if let (Some(Value::Object(definitions)), Some(Value::Object(all))) =
            (definitions, root.get_mut("$defs"))
        {
            for (key, mut definition) in definitions {
                rename(&mut definition, name);
                all.insert(format!("{name}_{key}"), definition);
            }
        }
    }
    rename(&mut part, name);
    part
}

fn rename(value: &mut Value, name: &str) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                match (key.as_str(), &mut *inner) {
                    ("$ref", Value::String(path)) => {
                        *path = path.replace("#/$defs/", &format!("#/$defs/{name}_"));
                    }
                    _ => rename(inner, name),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
