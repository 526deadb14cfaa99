//! `/Bulk` (RFC 7644 §3.7).

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::receiver::Inside;

use super::trouble::Trouble;
use super::wire::{Place, Scim};
use super::write::Write;

/// Ids by the `bulkId` that stood for them.
type Made = HashMap<String, String>;

impl Scim {
    /// Carries out the operations in order, those that refer to a later one after it.
    ///
    /// # Errors
    /// The request itself is wrong or has too many operations.
    pub(super) fn bulk(
        &self,
        (tenant, base): (usize, &str),
        body: &Value,
        inside: Option<(u16, Inside)>,
    ) -> Result<Value, Trouble> {
        let syntax = |text: &str| Trouble::bad("invalidSyntax", text);
        let schemas = body.get("schemas").and_then(Value::as_array);
        let name = Value::from("urn:ietf:params:scim:api:messages:2.0:BulkRequest");
        if !schemas.is_some_and(|it| it.contains(&name)) {
            return Err(syntax("schemas must name BulkRequest"));
        }
        let operations = body.get("Operations").and_then(Value::as_array);
        let operations = operations.ok_or_else(|| syntax("Operations is missing"))?;
        if operations.len() > self.largest_bulk {
            let most = self.largest_bulk;
            return Err(Trouble::new(413, format!("more operations than maxOperations ({most})")));
        }
        let most_errors = body.get("failOnErrors").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let (befallen, rest) = match (inside, operations.split_first()) {
            (Some((status, done)), Some((first, rest))) => {
                if done == Inside::Done {
                    self.in_turn((tenant, base), std::slice::from_ref(first), 1);
                }
                (Some(failed(first, &Trouble::new(status, "befallen"))), rest)
            }
            (_, _) => (None, operations.as_slice()),
        };
        let mut answers: Vec<Value> = befallen.into_iter().collect();
        answers.extend(self.in_turn((tenant, base), rest, most_errors));
        Ok(json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
            "Operations": answers,
        }))
    }

    fn in_turn(
        &self,
        (tenant, base): (usize, &str),
        operations: &[Value],
        most_errors: u64,
    ) -> Vec<Value> {
        let mut made = Made::new();
        let mut errors = 0;
        let mut waiting: Vec<&Value> = operations.iter().collect();
        let mut answers = Vec::new();
        while !waiting.is_empty() && errors < most_errors {
            let before = waiting.len();
            let mut later = Vec::new();
            for operation in waiting {
                if errors >= most_errors {
                    break;
                }
                // What refers to one that is still to come waits for it.
                if waits(operation, operations, &made) {
                    later.push(operation);
                    continue;
                }
                let answer = self.operation((tenant, base), operation, &mut made);
                errors += u64::from(answer.get("response").is_some());
                answers.push(answer);
            }
            if later.len() == before {
                // They wait for each other, or for one that failed.
                let trouble = Trouble::new(409, "a bulkId leads nowhere");
                answers.extend(later.into_iter().map(|it| failed(it, &trouble)));
                break;
            }
            waiting = later;
        }
        answers
    }

    fn operation(
        &self,
        (tenant, base): (usize, &str),
        operation: &Value,
        made: &mut Made,
    ) -> Value {
        let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or_default();
        let method = text("method").to_ascii_uppercase();
        let path = resolved_text(text("path"), made);
        let data = resolved(operation.get("data").unwrap_or(&Value::Null), made);
        let (kind, id) = match self.place(&path) {
            Place::Kind(kind) => (kind, None),
            Place::One(kind, id) => (kind, Some(id)),
            Place::Other => return failed(operation, &Trouble::missing()),
        };
        if method == "POST" && text("bulkId").is_empty() {
            let trouble = Trouble::bad("invalidSyntax", "bulkId is missing");
            return failed(operation, &trouble);
        }
        let if_match = operation.get("version").and_then(Value::as_str);
        let write = Write { method: &method, kind, id, data: &data, if_match };
        match self.write(tenant, write) {
            Err(trouble) => failed(operation, &trouble),
            Ok(done) => {
                let mut answer = head(operation);
                let location = self.location(base, kind, &done.id);
                answer.insert("location".to_owned(), location.into());
                let meta = done.whole.as_ref().and_then(|it| it.get("meta"));
                if let Some(version) = meta.and_then(|it| it.get("version")) {
                    answer.insert("version".to_owned(), version.clone());
                }
                answer.insert("status".to_owned(), done.status.to_string().into());
                made.insert(text("bulkId").to_owned(), done.id);
                Value::Object(answer)
            }
        }
    }
}

fn head(operation: &Value) -> Map<String, Value> {
    let names = ["method", "bulkId"];
    let pairs = names.iter().filter_map(|name| Some((name, operation.get(name)?)));
    pairs.map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn failed(operation: &Value, trouble: &Trouble) -> Value {
    let mut answer = head(operation);
    answer.insert("status".to_owned(), trouble.status.to_string().into());
    answer.insert("response".to_owned(), trouble.json());
    Value::Object(answer)
}

const MARK: &str = "bulkId:";

/// Every bulkId that a value refers to.
fn referred<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.extend(text.split_once(MARK).map(|(_, id)| id)),
        Value::Array(items) => items.iter().for_each(|it| referred(it, found)),
        Value::Object(map) => map.values().for_each(|it| referred(it, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn waits(operation: &Value, all: &[Value], made: &Made) -> bool {
    let mut names = Vec::new();
    for part in ["data", "path"] {
        operation.get(part).into_iter().for_each(|it| referred(it, &mut names));
    }
    let own =
        |name: &str| all.iter().any(|it| it.get("bulkId").and_then(Value::as_str) == Some(name));
    names.into_iter().any(|name| own(name) && !made.contains_key(name))
}

fn resolved_text(text: &str, made: &Made) -> String {
    match text.split_once(MARK) {
        Some((before, name)) => {
            made.get(name).map_or_else(|| text.to_owned(), |id| format!("{before}{id}"))
        }
        None => text.to_owned(),
    }
}

fn resolved(value: &Value, made: &Made) -> Value {
    match value {
        Value::String(text) => resolved_text(text, made).into(),
        Value::Array(items) => items.iter().map(|it| resolved(it, made)).collect(),
        Value::Object(map) => {
            map.iter().map(|(name, it)| (name.clone(), resolved(it, made))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
