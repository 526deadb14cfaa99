//! PATCH (RFC 7644 §3.5.2).

use serde_json::{Map, Value};

use super::filter::{Filter, Operator};
use super::model::Model;
use super::parse::{self, Scope};
use super::path::{Found, Path};
use super::trouble::Trouble;
use crate::schema::{Attribute, Kind, Mutability, named};

type Object = Map<String, Value>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Remove,
    Replace,
}

/// Applies every operation of a body, or none.
///
/// # Errors
/// `invalidSyntax`, `invalidPath`, `noTarget`, `mutability`, `invalidValue`, `invalidFilter`.
pub(super) fn apply(model: &Model, body: &mut Object, asked: &Value) -> Result<(), Trouble> {
    let syntax = |text: &str| Trouble::bad("invalidSyntax", text);
    let schemas = asked.get("schemas").and_then(Value::as_array);
    let name = Value::from("urn:ietf:params:scim:api:messages:2.0:PatchOp");
    if !schemas.is_some_and(|it| it.contains(&name)) {
        return Err(syntax("schemas must name PatchOp"));
    }
    let operations = asked.get("Operations").and_then(Value::as_array);
    for operation in operations.ok_or_else(|| syntax("Operations is missing"))? {
        let text = |name: &str| operation.get(name).and_then(Value::as_str);
        let verb = match text("op").unwrap_or_default().to_ascii_lowercase().as_str() {
            "add" => Verb::Add,
            "remove" => Verb::Remove,
            "replace" => Verb::Replace,
            _ => return Err(syntax("op must be add, remove or replace")),
        };
        let value = operation.get("value").unwrap_or(&Value::Null);
        if verb != Verb::Remove && operation.get("value").is_none() {
            return Err(syntax("value is missing"));
        }
        match (text("path"), verb) {
            (Some(path), _) => one(model, body, verb, path, value)?,
            (None, Verb::Remove) => return Err(Trouble::bad("noTarget", "path is missing")),
            (None, Verb::Add | Verb::Replace) => every(model, body, verb, value)?,
        }
    }
    Ok(())
}

/// Without a path the value is a part of the resource.
fn every(model: &Model, body: &mut Object, verb: Verb, value: &Value) -> Result<(), Trouble> {
    let Value::Object(parts) = value else {
        return Err(Trouble::bad("invalidSyntax", "without a path the value must be an object"));
    };
    let common = |name: &str| ["schemas", "id", "meta"].contains(&name);
    for (name, value) in parts.iter().filter(|(name, _)| !common(name)) {
        one(model, body, verb, name, value)?;
    }
    Ok(())
}

fn one(
    model: &Model,
    body: &mut Object,
    verb: Verb,
    text: &str,
    value: &Value,
) -> Result<(), Trouble> {
    let unknown = || Trouble::bad("invalidPath", "the path leads to no attribute");
    let (head, inner, tail) = pieces(text).ok_or_else(unknown)?;
    let (path, found) = Path::of(head, model).ok_or_else(unknown)?;
    let Some(found) = found else { return whole_extension(model, body, verb, (&path, value)) };
    may_change(found)?;
    let base = match path.extension {
        Some(urn) => body.entry(urn).or_insert_with(|| Value::Object(Object::new())),
        None => return at(body, verb, &path, found, (inner, tail), value),
    };
    match base {
        Value::Object(base) => at(base, verb, &path, found, (inner, tail), value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(unknown())
        }
    }
}

/// `emails[type eq "work"].value` in three: name, filter, name of a sub-attribute.
fn pieces(text: &str) -> Option<(&str, Option<&str>, Option<&str>)> {
    let Some((head, rest)) = text.split_once('[') else { return Some((text, None, None)) };
    let (inner, tail) = rest.rsplit_once(']')?;
    match tail {
        "" => Some((head, Some(inner), None)),
        tail => Some((head, Some(inner), Some(tail.strip_prefix('.')?))),
    }
}

fn may_change(found: Found<'_>) -> Result<(), Trouble> {
    let read_only = |it: &Attribute| it.mutability == Mutability::ReadOnly;
    if read_only(found.outer) || read_only(found.leaf) {
        return Err(Trouble::bad("mutability", "the attribute is read only"));
    }
    Ok(())
}

fn whole_extension(
    model: &Model,
    body: &mut Object,
    verb: Verb,
    (path, value): (&Path, &Value),
) -> Result<(), Trouble> {
    let urn = path.extension.unwrap_or_default();
    match (verb, value) {
        (Verb::Remove, _) => {
            body.remove(urn);
            Ok(())
        }
        (Verb::Add | Verb::Replace, Value::Object(parts)) => {
            // Some clients name the extension once more within it.
            for (name, value) in parts.iter().filter(|(name, _)| *name != "schemas") {
                one(model, body, verb, &format!("{urn}:{name}"), value)?;
            }
            Ok(())
        }
        (Verb::Add | Verb::Replace, _) => {
            Err(Trouble::bad("invalidValue", "an extension is no object"))
        }
    }
}

/// An operation on an attribute of this object.
fn at(
    base: &mut Object,
    verb: Verb,
    path: &Path,
    found: Found<'_>,
    (inner, tail): (Option<&str>, Option<&str>),
    value: &Value,
) -> Result<(), Trouble> {
    let attribute = found.outer;
    if let Some(inner) = inner {
        let filter = parse::filter(inner, Scope::Items(&attribute.inner))?;
        let sub = match tail {
            Some(tail) => {
                let sub = named(&attribute.inner, tail);
                let sub = sub.ok_or_else(|| Trouble::bad("invalidPath", "no sub-attribute"))?;
                may_change(Found { outer: attribute, leaf: sub })?;
                Some(sub.name.as_str())
            }
            None => None,
        };
        return items(base, verb, attribute, (&filter, sub), value);
    }
    match &path.sub {
        Some(sub) => within(base, verb, attribute, sub, value),
        None => return plain(base, verb, attribute, value),
    }
    Ok(())
}

/// A sub-attribute, of every item when there are several.
fn within(base: &mut Object, verb: Verb, attribute: &Attribute, sub: &str, value: &Value) {
    match base.get_mut(&attribute.name) {
        Some(Value::Array(list)) => {
            for item in list {
                set(item, verb, Some(sub), value);
            }
        }
        Some(old) => set(old, verb, Some(sub), value),
        None if verb == Verb::Remove => {}
        None => {
            let new = Value::Object(Object::from_iter([(sub.to_owned(), value.clone())]));
            let new = if attribute.many { Value::Array(vec![new]) } else { new };
            base.insert(attribute.name.clone(), new);
        }
    }
}

/// A whole attribute.
fn plain(
    base: &mut Object,
    verb: Verb,
    attribute: &Attribute,
    value: &Value,
) -> Result<(), Trouble> {
    let name = &attribute.name;
    if verb == Verb::Remove || value.is_null() {
        base.remove(name);
        return Ok(());
    }
    match (base.get_mut(name), verb) {
        (Some(Value::Array(list)), Verb::Add) if attribute.many => add(attribute, list, value),
        (Some(old), _) if attribute.kind == Kind::Complex && !attribute.many => {
            if !value.is_object() {
                return Err(Trouble::bad("invalidValue", format!("{name} must be an object")));
            }
            set(old, verb, None, value);
        }
        (_, _) => {
            // One value for a list of one, as many clients send it.
            let alone = attribute.many && !value.is_array();
            let new = if alone { Value::Array(vec![value.clone()]) } else { value.clone() };
            base.insert(name.clone(), new);
        }
    }
    Ok(())
}

/// Adds what is not there yet; a new primary value takes that from the old.
fn add(attribute: &Attribute, list: &mut Vec<Value>, value: &Value) {
    let new = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    // Two references to the same are one, whatever is told beside them.
    let refers = named(&attribute.inner, "$ref").is_some();
    let same = |old: &Value, new: &Value| match (refers, new.get("value")) {
        (true, Some(id)) => old.get("value") == Some(id),
        (_, _) => old == new,
    };
    for item in new {
        if list.iter().any(|it| same(it, item)) {
            continue;
        }
        if crowns(None, item) {
            dethrone(list);
        }
        list.push(item.clone());
    }
}

/// True when an item becomes primary by this.
fn crowns(sub: Option<&str>, value: &Value) -> bool {
    match sub {
        Some(sub) => sub == "primary" && value == &Value::Bool(true),
        None => value.get("primary") == Some(&Value::Bool(true)),
    }
}

fn dethrone(list: &mut [Value]) {
    for old in list.iter_mut().filter_map(Value::as_object_mut) {
        if let Some(primary) = old.get_mut("primary") {
            *primary = Value::Bool(false);
        }
    }
}

/// Those items of a list that meet a condition.
fn items(
    base: &mut Object,
    verb: Verb,
    attribute: &Attribute,
    (filter, sub): (&Filter, Option<&str>),
    value: &Value,
) -> Result<(), Trouble> {
    let none = || Trouble::bad("noTarget", "no value meets the filter");
    let list = base.entry(&attribute.name).or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(list) = list else { return Err(none()) };
    let meets = |it: &Value| it.as_object().is_some_and(|it| filter.matches(it));
    if verb == Verb::Remove && sub.is_none() {
        list.retain(|it| !meets(it));
        return Ok(());
    }
    let mut hit: Vec<usize> =
        (0..list.len()).filter(|at| list.get(*at).is_some_and(meets)).collect();
    match verb {
        Verb::Remove => {}
        Verb::Replace if hit.is_empty() => return Err(none()),
        Verb::Add if hit.is_empty() => {
            list.push(Value::Object(described(filter).ok_or_else(none)?));
            hit.push(list.len() - 1);
        }
        Verb::Add | Verb::Replace => {
            if crowns(sub, value) {
                dethrone(list);
            }
        }
    }
    for at in hit {
        if let Some(item) = list.get_mut(at) {
            set(item, verb, sub, value);
        }
    }
    Ok(())
}

/// What a condition of nothing but `eq` describes, to be made when nothing meets it.
fn described(filter: &Filter) -> Option<Object> {
    match filter {
        Filter::Compare { path, operator: Operator::Eq, value, .. } => {
            Some(Object::from_iter([(path.name.clone(), value.clone())]))
        }
        Filter::And(left, right) => {
            let mut object = described(left)?;
            object.extend(described(right)?);
            Some(object)
        }
        Filter::Compare { .. }
        | Filter::Or(..)
        | Filter::Not(_)
        | Filter::Present(_)
        | Filter::Item(..)
        | Filter::Never => None,
    }
}

/// Sets or removes one sub-attribute, or lays a value over the item.
fn set(item: &mut Value, verb: Verb, sub: Option<&str>, value: &Value) {
    let Value::Object(map) = item else { return };
    match (sub, verb, value) {
        (Some(sub), Verb::Remove, _) => _ = map.remove(sub),
        (Some(sub), Verb::Add | Verb::Replace, value) => {
            _ = map.insert(sub.to_owned(), value.clone());
        }
        (None, _, Value::Object(parts)) => {
            for (name, value) in parts {
                // Names of sub-attributes in other capitals mean the same.
                let known = map.keys().find(|it| it.eq_ignore_ascii_case(name)).cloned();
                map.insert(known.unwrap_or_else(|| name.clone()), value.clone());
            }
        }
        (None, _, _) => *item = value.clone(),
    }
}

/// A body that replaces one attribute.
pub(super) fn replacing(path: &str, value: &Value) -> Value {
    serde_json::json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": path, "value": value }],
    })
}
