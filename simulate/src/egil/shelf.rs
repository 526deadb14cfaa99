//! The objects of one type and tenant.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::body::Bytes;
use serde_json::Value;

use crate::receiver::{Chosen, canonical};

/// Objects by their id in small letters, each as canonical JSON.
#[derive(Debug, Default)]
pub(super) struct Shelf(RwLock<BTreeMap<String, Bytes>>);

/// What a write came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    Done,
    /// The same was there.
    Same,
    /// A new object's id is taken, or there is none to replace.
    Refused,
}

impl Shelf {
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Bytes>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Bytes>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.read().contains_key(&id.to_ascii_lowercase())
    }

    pub(super) fn add(&self, id: &str, object: Bytes) -> Put {
        let mut held = self.write();
        if held.contains_key(id) {
            return Put::Refused;
        }
        held.insert(id.to_owned(), object);
        Put::Done
    }

    pub(super) fn replace(&self, id: &str, object: Bytes) -> Put {
        match self.write().get_mut(id) {
            None => Put::Refused,
            Some(old) if *old == object => Put::Same,
            Some(old) => {
                *old = object;
                Put::Done
            }
        }
    }

    pub(super) fn delete(&self, id: &str) -> Put {
        match self.write().remove(&id.to_ascii_lowercase()) {
            Some(_) => Put::Done,
            None => Put::Refused,
        }
    }

    pub(super) fn clear(&self) {
        self.write().clear();
    }

    /// Objects as a JSON list, some of them left out; and how many there are in all.
    pub(super) fn list(&self, out: &mut Vec<u8>, skip: usize, take: usize) -> usize {
        let held = self.read();
        out.push(b'[');
        for (index, object) in held.values().skip(skip).take(take).enumerate() {
            out.extend(if index > 0 { b",".as_slice() } else { b"" });
            out.extend_from_slice(object);
        }
        out.push(b']');
        held.len()
    }

    pub(super) fn load(&self, objects: &[Value]) {
        let mut held = self.write();
        for object in objects {
            if let Some(id) = object.get("externalId").and_then(Value::as_str) {
                held.insert(id.to_ascii_lowercase(), bytes(object));
            }
        }
    }

    fn chosen(held: &BTreeMap<String, Bytes>, chosen: &Chosen) -> Vec<String> {
        match chosen {
            Chosen::First(many) => held.keys().take(*many).cloned().collect(),
            Chosen::Named(ids) => ids.iter().map(|it| it.to_ascii_lowercase()).collect(),
        }
    }

    pub(super) fn remove(&self, chosen: &Chosen) -> usize {
        let mut held = self.write();
        let ids = Self::chosen(&held, chosen);
        ids.iter().filter(|it| held.remove(*it).is_some()).count()
    }

    /// Sets the attribute at a path with dots.
    pub(super) fn change(&self, chosen: &Chosen, (path, new): (&str, &Value)) -> usize {
        let mut held = self.write();
        let mut many = 0;
        for id in Self::chosen(&held, chosen) {
            let Some(object) = held.get_mut(&id) else { continue };
            let Ok(mut value) = serde_json::from_slice::<Value>(object) else { continue };
            let mut at = &mut value;
            for part in path.split('.') {
                if !at.is_object() {
                    *at = Value::Object(serde_json::Map::new());
                }
                let Value::Object(map) = at else { break };
                at = map.entry(part).or_insert(Value::Null);
            }
            *at = new.clone();
            *object = bytes(&value);
            many += 1;
        }
        many
    }
}

/// An object's canonical bytes.
pub(super) fn bytes(value: &Value) -> Bytes {
    let mut out = Vec::new();
    canonical(&mut out, value);
    Bytes::from(out)
}
