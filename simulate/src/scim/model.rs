//! A type of resources, ready to be asked.

use serde_json::{Map, Value};

use super::table::COMMON;
use super::trouble::Trouble;
use crate::schema::{Attribute, Kind, Schema, Type, Unknown, attributes, object};

/// A type with what every resource has.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) name: &'static str,
    pub(super) endpoint: &'static str,
    pub(super) urn: &'static str,
    /// Those of its own schema and the common ones.
    pub(super) own: Vec<Attribute>,
    /// Its own schema, and its extensions.
    pub(super) core: Schema,
    pub(super) extensions: Vec<Schema>,
}

impl Model {
    pub(super) fn new(kind: Type) -> Self {
        let mut own = attributes(COMMON);
        own.extend(kind.core.attributes.iter().cloned());
        Self {
            name: kind.name,
            endpoint: kind.endpoint,
            urn: kind.core.urn,
            own,
            core: kind.core,
            extensions: kind.extensions,
        }
    }

    /// The extension of this URN.
    pub(super) fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions.iter().find(|it| it.urn.eq_ignore_ascii_case(urn))
    }

    /// What a body sets, under the names of the schemas.
    ///
    /// # Errors
    /// A value of another type, something required that is missing, two that are primary.
    pub(super) fn read(&self, given: &Map<String, Value>) -> Result<Map<String, Value>, Trouble> {
        let mut own = Map::new();
        let mut parts = Map::new();
        for (key, value) in given {
            match (self.extension(key), value) {
                (Some(schema), Value::Object(part)) => {
                    let part = object(&schema.attributes, part, Unknown::Dropped)?;
                    if !part.is_empty() {
                        parts.insert(schema.urn.to_owned(), Value::Object(part));
                    }
                }
                (Some(_), Value::Null) => {}
                (Some(_), _) => {
                    return Err(Trouble::bad("invalidValue", "an extension is no object"));
                }
                (None, value) => _ = own.insert(key.clone(), value.clone()),
            }
        }
        let mut body = object(&self.own, &own, Unknown::Dropped)?;
        one_primary(&body)?;
        body.extend(parts);
        Ok(body)
    }

    /// `schemas` of a body that is to be kept.
    pub(super) fn schemas(&self, body: &Map<String, Value>) -> Value {
        let extensions = self.extensions.iter().map(|it| it.urn);
        let used = extensions.filter(|it| body.contains_key(*it));
        std::iter::once(self.urn).chain(used).collect()
    }

    /// Each id that a body refers to, with the endpoints where it may be.
    pub(super) fn references<'a>(&'a self, body: &'a Map<String, Value>) -> Vec<Reference<'a>> {
        let mut found = references(&self.own, body);
        for extension in &self.extensions {
            if let Some(Value::Object(part)) = body.get(extension.urn) {
                found.extend(references(&extension.attributes, part));
            }
        }
        found
    }
}

/// A reference that must lead somewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference<'a> {
    pub(super) attribute: &'a str,
    pub(super) endpoints: &'a [String],
    pub(super) id: &'a str,
}

fn references<'a>(attributes: &'a [Attribute], body: &'a Map<String, Value>) -> Vec<Reference<'a>> {
    let mut found = Vec::new();
    for attribute in attributes.iter().filter(|it| it.kind == Kind::Complex) {
        // The ends of a `reference` are names of types, not endpoints.
        let id =
            |it: &&Attribute| it.name == "value" && it.kind == Kind::String && !it.to.is_empty();
        let ends = attribute.inner.iter().find(id);
        let (Some(ends), Some(part)) = (ends, body.get(&attribute.name)) else { continue };
        let items = part.as_array().map_or(std::slice::from_ref(part), Vec::as_slice);
        let ids = items.iter().filter_map(|it| it.get("value")?.as_str());
        found.extend(ids.map(|id| Reference {
            attribute: &attribute.name,
            endpoints: &ends.to,
            id,
        }));
    }
    found
}

/// RFC 7643 §2.4: primary is true no more than once.
fn one_primary(body: &Map<String, Value>) -> Result<(), Trouble> {
    for (name, value) in body {
        let items = value.as_array().into_iter().flatten();
        if items.filter(|it| it.get("primary") == Some(&Value::Bool(true))).count() > 1 {
            return Err(Trouble::bad("invalidValue", format!("{name} has two primary values")));
        }
    }
    Ok(())
}
