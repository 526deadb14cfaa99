//! What is refused in a body (reference/targets.md §4.1, §4.2; reference/peers.md §2.2).

use serde_json::{Map, Value};

use super::table::COMMON;
use super::wire::Strictness;
use crate::schema::{Attribute, Kind, Schema, Type, Unknown, attributes, object};

/// The attributes under each key of a body, with what every object has.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) endpoint: &'static str,
    urn: &'static str,
    core: Vec<Attribute>,
    extensions: Vec<Schema>,
}

/// A body that was let through.
#[derive(Debug)]
pub(super) struct Passed {
    pub(super) id: String,
    pub(super) value: Value,
}

impl Rules {
    pub(super) fn new(kind: Type) -> Self {
        let mut core = attributes(COMMON);
        core.extend(kind.core.attributes);
        Self { endpoint: kind.endpoint, urn: kind.core.urn, core, extensions: kind.extensions }
    }

    pub(super) fn check(&self, body: &[u8], strictness: Strictness) -> Result<Passed, String> {
        let value: Value =
            serde_json::from_slice(body).map_err(|_| "the body is not JSON".to_owned())?;
        let Value::Object(mut map) = value else { return Err("the body is no object".to_owned()) };
        self.schemas(&map, strictness)?;
        let unknown = match strictness {
            Strictness::Lenient => Unknown::Dropped,
            Strictness::Strict => Unknown::Refused,
        };
        let mut own = map.clone();
        // Of what every resource of SCIM has; the receiver makes its own.
        for name in ["schemas", "id", "meta"] {
            own.remove(name);
        }
        for extension in &self.extensions {
            if let Some(value) = own.remove(extension.urn) {
                let Value::Object(part) = value else {
                    return Err("an extension is no object".to_owned());
                };
                object(&extension.attributes, &part, unknown).map_err(|it| it.0)?;
            }
        }
        let passed = object(&self.core, &own, unknown).map_err(|it| it.0)?;
        let id = passed.get("externalId").and_then(Value::as_str).unwrap_or_default();
        map.remove("id");
        map.remove("meta");
        Ok(Passed { id: id.to_ascii_lowercase(), value: Value::Object(map) })
    }

    /// `schemas` is mandatory; whether it must name the type is not known.
    fn schemas(&self, map: &Map<String, Value>, strictness: Strictness) -> Result<(), String> {
        let list = map.get("schemas").and_then(Value::as_array);
        let names: Vec<&str> = list.into_iter().flatten().filter_map(Value::as_str).collect();
        if names.is_empty() {
            return Err("schemas is missing".to_owned());
        }
        let has = |urn: &str| names.contains(&urn);
        let all = has(self.urn)
            && self.extensions.iter().all(|it| !map.contains_key(it.urn) || has(it.urn));
        if strictness == Strictness::Strict && !all {
            return Err("schemas does not name the type".to_owned());
        }
        Ok(())
    }

    /// Every object that a body refers to: endpoint and id.
    pub(super) fn references<'a>(&'a self, value: &'a Value) -> Vec<(&'a str, &'a str)> {
        let mut found = Vec::new();
        collect(&self.core, value, &mut found);
        for extension in &self.extensions {
            if let Some(part) = value.get(extension.urn) {
                collect(&extension.attributes, part, &mut found);
            }
        }
        found
    }
}

fn collect<'a>(attributes: &'a [Attribute], value: &'a Value, found: &mut Vec<(&'a str, &'a str)>) {
    for attribute in attributes.iter().filter(|it| it.kind == Kind::Complex) {
        let ends = attribute.inner.iter().find(|it| it.name == "value");
        let Some(endpoint) = ends.and_then(|it| it.to.first()) else { continue };
        let Some(part) = value.get(&attribute.name) else { continue };
        let items = part.as_array().map_or(std::slice::from_ref(part), Vec::as_slice);
        let ids = items.iter().filter_map(|it| it.get("value")?.as_str());
        found.extend(ids.map(|id| (endpoint.as_str(), id)));
    }
}
