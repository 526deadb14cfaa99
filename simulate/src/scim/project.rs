//! `attributes` and `excludedAttributes` (RFC 7644 §3.4.2.5).

use serde_json::{Map, Value};

use super::model::Model;
use super::path::Path;
use crate::schema::{Returned, named};

/// What of a resource is to be in the answer, as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Wish {
    only: Vec<String>,
    without: Vec<String>,
}

impl Wish {
    pub(super) fn of_pairs(pairs: &[(String, String)]) -> Self {
        let list = |name: &str| {
            let value = pairs.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
            let names = value.into_iter().flat_map(|(_, value)| value.split(','));
            names.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
        };
        Self { only: list("attributes"), without: list("excludedAttributes") }
    }

    pub(super) fn of_body(body: &Value) -> Self {
        let list = |name: &str| {
            let items = body.get(name).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Self { only: list("attributes"), without: list("excludedAttributes") }
    }

    /// The part of a resource that is wished for. Names that the type lacks mean nothing.
    pub(super) fn part(&self, model: &Model, whole: &Map<String, Value>) -> Map<String, Value> {
        let returned = |name: &str| named(&model.own, name).map(|it| it.returned);
        let paths = |names: &[String]| -> Vec<Path> {
            names.iter().filter_map(|it| Path::of(it, model)).map(|(path, _)| path).collect()
        };
        let mut part = if self.only.is_empty() {
            let mut part = whole.clone();
            for path in paths(&self.without) {
                if returned(&path.name) != Some(Returned::Always) {
                    take_out(&mut part, &path);
                }
            }
            part
        } else {
            let always = |name: &str| returned(name) == Some(Returned::Always);
            let kept = whole.iter().filter(|(name, _)| always(name));
            let mut part: Map<_, _> =
                kept.map(|(name, value)| (name.clone(), value.clone())).collect();
            for path in paths(&self.only) {
                put_in(&mut part, whole, &path);
            }
            part
        };
        part.retain(|name, _| returned(name) != Some(Returned::Never));
        part
    }
}

fn take_out(part: &mut Map<String, Value>, path: &Path) {
    if let Some(urn) = path.extension {
        if path.name.is_empty() {
            part.remove(urn);
        } else if let Some(Value::Object(inner)) = part.get_mut(urn) {
            take_out(inner, &Path { extension: None, ..path.clone() });
        }
        return;
    }
    match (&path.sub, part.get_mut(&path.name)) {
        (None, _) => _ = part.remove(&path.name),
        (Some(sub), Some(Value::Object(inner))) => _ = inner.remove(sub),
        (Some(sub), Some(Value::Array(items))) => {
            for item in items.iter_mut().filter_map(Value::as_object_mut) {
                item.remove(sub);
            }
        }
        (Some(_), _) => {}
    }
}

fn put_in(part: &mut Map<String, Value>, whole: &Map<String, Value>, path: &Path) {
    match path.extension {
        Some(urn) => put_in_extension(part, whole, (urn, path)),
        None => put_in_own(part, whole, path),
    }
}

fn put_in_extension(
    part: &mut Map<String, Value>,
    whole: &Map<String, Value>,
    (urn, path): (&str, &Path),
) {
    let Some(Value::Object(inner)) = whole.get(urn) else { return };
    if path.name.is_empty() {
        part.insert(urn.to_owned(), Value::Object(inner.clone()));
        return;
    }
    let kept = part.entry(urn).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(kept) = kept {
        put_in_own(kept, inner, path);
    }
}

fn put_in_own(part: &mut Map<String, Value>, whole: &Map<String, Value>, path: &Path) {
    let Some(value) = whole.get(&path.name) else { return };
    let Some(sub) = &path.sub else {
        part.insert(path.name.clone(), value.clone());
        return;
    };
    let only = |item: &Value| match item.get(sub) {
        Some(value) => Value::Object(Map::from_iter([(sub.clone(), value.clone())])),
        None => Value::Object(Map::new()),
    };
    match (value, part.get_mut(&path.name)) {
        (Value::Object(_), Some(Value::Object(kept))) => {
            if let Some(value) = value.get(sub) {
                kept.insert(sub.clone(), value.clone());
            }
        }
        (Value::Array(items), Some(Value::Array(kept))) => {
            for (item, kept) in items.iter().zip(kept.iter_mut().filter_map(Value::as_object_mut)) {
                if let Some(value) = item.get(sub) {
                    kept.insert(sub.clone(), value.clone());
                }
            }
        }
        (Value::Array(items), _) => {
            part.insert(path.name.clone(), items.iter().map(only).collect());
        }
        (value, _) => _ = part.insert(path.name.clone(), only(value)),
    }
}
