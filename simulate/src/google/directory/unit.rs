//! Organisational units as a tree.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

/// The tree; the root has the path `/`.
#[derive(Debug)]
pub(in crate::google) struct Units {
    next: u64,
    all: HashMap<u64, Unit>,
    /// By the unit above and the name in small letters.
    children: BTreeMap<(u64, String), u64>,
}

/// One unit.
#[derive(Debug, Clone, Default)]
pub(in crate::google) struct Unit {
    pub(in crate::google) id: u64,
    pub(in crate::google) parent: Option<u64>,
    pub(in crate::google) name: String,
    pub(in crate::google) description: String,
    pub(in crate::google) version: u32,
    /// How many users stand in it, those beneath not counted.
    pub(in crate::google) users: usize,
}

const ROOT: u64 = 1;
/// google.md §1.2.
const DEEPEST: usize = 35;
/// google.md §1.2.
const MOST: usize = 40_000;

/// Why a unit cannot be put somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::google) enum Misplaced {
    Taken,
    Cycle,
    TooDeep,
    TooMany,
    Missing,
}

impl Units {
    pub(in crate::google) fn new() -> Self {
        let root = Unit { id: ROOT, name: "/".to_owned(), version: 1, ..Unit::default() };
        let all = HashMap::from([(ROOT, root)]);
        Self { next: ROOT, all, children: BTreeMap::new() }
    }

    /// The unit that everything is beneath.
    pub(in crate::google) const ROOT: u64 = ROOT;

    pub(in crate::google) fn get(&self, id: u64) -> Option<&Unit> {
        self.all.get(&id)
    }

    pub(in crate::google) fn get_mut(&mut self, id: u64) -> Option<&mut Unit> {
        self.all.get_mut(&id)
    }

    /// Makes a path's units, those that are not there.
    pub(in crate::google) fn ensure(&mut self, path: &str) -> u64 {
        let mut at = ROOT;
        for name in path.split('/').filter(|it| !it.is_empty()) {
            let known = self.child(at, name);
            at = known.or_else(|| self.insert(at, name, "").ok()).unwrap_or(at);
        }
        at
    }

    fn child(&self, parent: u64, name: &str) -> Option<u64> {
        self.children.get(&(parent, name.to_lowercase())).copied()
    }

    /// The unit with this path, the first slash or not, or with this `id:…`.
    pub(in crate::google) fn find(&self, key: &str) -> Option<u64> {
        if let Some(id) = key.strip_prefix("id:") {
            let id = u64::from_str_radix(id.strip_prefix("03ph8a2z")?, 16).ok()?;
            return self.all.contains_key(&id).then_some(id);
        }
        let names = key.split('/').filter(|it| !it.is_empty());
        names.into_iter().try_fold(ROOT, |at, name| self.child(at, name))
    }

    pub(in crate::google) fn path(&self, id: u64) -> String {
        let mut names = Vec::new();
        let mut at = self.all.get(&id);
        while let Some(unit) = at {
            let Some(parent) = unit.parent else { break };
            names.push(unit.name.as_str());
            at = self.all.get(&parent);
        }
        names.reverse();
        format!("/{}", names.join("/"))
    }

    fn depth(&self, id: u64) -> usize {
        self.path(id).split('/').filter(|it| !it.is_empty()).count()
    }

    /// Whether `id` is `above` or lies beneath it.
    pub(in crate::google) fn beneath(&self, id: u64, above: u64) -> bool {
        let mut at = Some(id);
        while let Some(unit) = at.and_then(|it| self.all.get(&it)) {
            if unit.id == above {
                return true;
            }
            at = unit.parent;
        }
        false
    }

    pub(in crate::google) fn insert(
        &mut self,
        parent: u64,
        name: &str,
        description: &str,
    ) -> Result<u64, Misplaced> {
        if self.child(parent, name).is_some() {
            return Err(Misplaced::Taken);
        }
        if self.all.len() > MOST {
            return Err(Misplaced::TooMany);
        }
        if self.depth(parent) >= DEEPEST {
            return Err(Misplaced::TooDeep);
        }
        self.next += 1;
        let id = self.next;
        self.children.insert((parent, name.to_lowercase()), id);
        let unit = Unit {
            id,
            parent: Some(parent),
            name: name.to_owned(),
            description: description.to_owned(),
            version: 1,
            users: 0,
        };
        self.all.insert(id, unit);
        Ok(id)
    }

    /// Gives a unit another name or place.
    pub(in crate::google) fn place(
        &mut self,
        id: u64,
        parent: u64,
        name: &str,
    ) -> Result<(), Misplaced> {
        let old = self.all.get(&id).ok_or(Misplaced::Missing)?;
        let before = (old.parent.ok_or(Misplaced::Missing)?, old.name.to_lowercase());
        if self.beneath(parent, id) {
            return Err(Misplaced::Cycle);
        }
        if self.child(parent, name).is_some_and(|it| it != id) {
            return Err(Misplaced::Taken);
        }
        self.children.remove(&before);
        self.children.insert((parent, name.to_lowercase()), id);
        if let Some(unit) = self.all.get_mut(&id) {
            (unit.parent, unit.version) = (Some(parent), unit.version + 1);
            name.clone_into(&mut unit.name);
        }
        Ok(())
    }

    pub(in crate::google) fn remove(&mut self, id: u64) {
        let Some(unit) = self.all.remove(&id) else { return };
        if let Some(parent) = unit.parent {
            self.children.remove(&(parent, unit.name.to_lowercase()));
        }
    }

    pub(in crate::google) fn came(&mut self, id: u64) {
        if let Some(unit) = self.all.get_mut(&id) {
            unit.users += 1;
        }
    }

    pub(in crate::google) fn went(&mut self, id: u64) {
        if let Some(unit) = self.all.get_mut(&id) {
            unit.users -= 1;
        }
    }

    /// Those directly beneath, in order of name.
    pub(in crate::google) fn below(&self, id: u64) -> impl Iterator<Item = u64> {
        let range = self.children.range((id, String::new())..(id + 1, String::new()));
        range.map(|(_, it)| *it)
    }

    /// Those beneath at any depth, each before those beneath it.
    pub(in crate::google) fn all_below(&self, id: u64) -> Vec<u64> {
        let mut found = Vec::new();
        let mut waiting: Vec<u64> = self.below(id).collect();
        waiting.reverse();
        while let Some(next) = waiting.pop() {
            found.push(next);
            let below: Vec<u64> = self.below(next).collect();
            waiting.extend(below.into_iter().rev());
        }
        found
    }

    pub(in crate::google) fn json(&self, id: u64) -> Value {
        let Some(unit) = self.all.get(&id) else { return Value::Null };
        let mut json = json!({
            "kind": "admin#directory#orgUnit",
            "etag": format!("\"{}.{}\"", unit.id, unit.version),
            "name": unit.name,
            "description": unit.description,
            "orgUnitPath": self.path(id),
            "orgUnitId": unit_text(id),
        });
        if let (Some(parent), Some(map)) = (unit.parent, json.as_object_mut()) {
            map.insert("parentOrgUnitPath".to_owned(), self.path(parent).into());
            map.insert("parentOrgUnitId".to_owned(), unit_text(parent).into());
        }
        json
    }
}

/// The id of a unit as a text.
pub(in crate::google) fn unit_text(id: u64) -> String {
    format!("id:03ph8a2z{id:07x}")
}
