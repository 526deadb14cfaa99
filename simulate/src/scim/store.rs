//! The resources of one tenant, with what finds them fast.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::model::Model;
use super::path::Path;

/// A resource as it is shown, but for `meta.location`.
pub(super) type Whole = Arc<Map<String, Value>>;

/// Everything of a tenant.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    shelves: Vec<Shelf>,
    /// Who refers to an id: type and id.
    referrers: HashMap<String, BTreeSet<(usize, String)>>,
}

#[derive(Debug, Default)]
struct Shelf {
    resources: BTreeMap<String, Whole>,
    /// Ids by the value that no two may share.
    unique: HashMap<String, String>,
    external: HashMap<String, BTreeSet<String>>,
}

/// The value that no two resources of the type may share, capitals aside.
pub(super) fn unique_value(model: &Model, whole: &Map<String, Value>) -> Option<String> {
    let attribute = model.own.iter().find(|it| it.unique)?;
    whole.get(&attribute.name)?.as_str().map(str::to_lowercase)
}

fn external(whole: &Map<String, Value>) -> Option<&str> {
    whole.get("externalId").and_then(Value::as_str)
}

impl Holdings {
    pub(super) fn new(kinds: usize) -> Self {
        Self { shelves: (0..kinds).map(|_| Shelf::default()).collect(), ..Self::default() }
    }

    pub(super) fn get(&self, kind: usize, id: &str) -> Option<&Whole> {
        self.shelves.get(kind)?.resources.get(id)
    }

    /// All of a type, in order of id.
    pub(super) fn all(&self, kind: usize) -> impl Iterator<Item = &Whole> {
        self.shelves.get(kind).into_iter().flat_map(|it| it.resources.values())
    }

    /// The id of another resource that has this value already.
    pub(super) fn holder(&self, kind: usize, unique: &str) -> Option<&str> {
        self.shelves.get(kind)?.unique.get(unique).map(String::as_str)
    }

    /// Those that refer to an id.
    pub(super) fn referrers(&self, id: &str) -> Vec<(usize, String)> {
        self.referrers.get(id).into_iter().flatten().cloned().collect()
    }

    /// Those that can have this text at this path; `None` when all must be looked at.
    pub(super) fn likely(&self, kind: usize, path: &Path, text: &str) -> Option<Vec<&Whole>> {
        if path.extension.is_some() {
            return None;
        }
        let own = self.shelves.get(kind)?;
        let ids: Vec<&str> = match (path.name.as_str(), path.sub.as_deref()) {
            ("id", None) => vec![text],
            ("userName", None) => {
                own.unique.get(&text.to_lowercase()).map(String::as_str).into_iter().collect()
            }
            ("externalId", None) => {
                own.external.get(text).into_iter().flatten().map(String::as_str).collect()
            }
            ("members", Some("value")) => {
                let all = self.referrers.get(text).into_iter().flatten();
                all.filter(|(it, _)| *it == kind).map(|(_, id)| id.as_str()).collect()
            }
            (_, _) => return None,
        };
        Some(ids.into_iter().filter_map(|id| own.resources.get(id)).collect())
    }

    /// Puts a resource in the place of what had its id.
    pub(super) fn put(&mut self, kind: usize, model: &Model, id: &str, whole: Whole) {
        self.forget(kind, model, id);
        for reference in model.references(&whole) {
            let referrers = self.referrers.entry(reference.id.to_owned()).or_default();
            referrers.insert((kind, id.to_owned()));
        }
        let Some(own) = self.shelves.get_mut(kind) else { return };
        if let Some(value) = unique_value(model, &whole) {
            own.unique.insert(value, id.to_owned());
        }
        if let Some(value) = external(&whole) {
            own.external.entry(value.to_owned()).or_default().insert(id.to_owned());
        }
        own.resources.insert(id.to_owned(), whole);
    }

    /// Takes a resource away.
    pub(super) fn forget(&mut self, kind: usize, model: &Model, id: &str) -> Option<Whole> {
        let own = self.shelves.get_mut(kind)?;
        let whole = own.resources.remove(id)?;
        if let Some(value) = unique_value(model, &whole) {
            own.unique.remove(&value);
        }
        if let Some(ids) = external(&whole).and_then(|it| own.external.get_mut(it)) {
            ids.remove(id);
        }
        for reference in model.references(&whole) {
            if let Some(referrers) = self.referrers.get_mut(reference.id) {
                referrers.remove(&(kind, id.to_owned()));
            }
        }
        Some(whole)
    }
}
