//! `fields`: which parts of an answer are wanted.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// A tree of wanted names; one without branches means everything beneath.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Mask(Vec<(String, Mask)>);

impl Mask {
    /// Reads `a,b(c,d),e/f`.
    ///
    /// # Errors
    /// Something that is no mask.
    pub(super) fn read(text: &str) -> Result<Self, Refusal> {
        let mut rest = text;
        let mask = Self::level(&mut rest, 0);
        let wrong =
            || Refusal::new(400, "invalidParameter", format!("Invalid field selection {text}"));
        mask.filter(|_| rest.is_empty()).ok_or_else(wrong)
    }

    fn level(rest: &mut &str, depth: usize) -> Option<Self> {
        let mut wanted = Vec::new();
        loop {
            let end = rest.find([',', '(', ')', '/']).unwrap_or(rest.len());
            let (name, more) = rest.split_at(end);
            let name = name.trim();
            if name.is_empty() || depth > 20 {
                return None;
            }
            *rest = more;
            let inner = Self::branch(rest, depth)?;
            wanted.push((name.to_owned(), inner));
            match rest.strip_prefix(',') {
                Some(more) => *rest = more,
                None => return Some(Self(wanted)),
            }
        }
    }

    fn branch(rest: &mut &str, depth: usize) -> Option<Self> {
        if let Some(more) = rest.strip_prefix('(') {
            *rest = more;
            let inner = Self::level(rest, depth + 1)?;
            *rest = rest.strip_prefix(')')?;
            return Some(inner);
        }
        let Some(more) = rest.strip_prefix('/') else { return Some(Self::default()) };
        let end = more.find([',', '(', ')', '/']).unwrap_or(more.len());
        let (name, after) = more.split_at(end);
        if name.is_empty() || depth > 20 {
            return None;
        }
        *rest = after;
        let inner = Self::branch(rest, depth + 1)?;
        Some(Self(vec![(name.to_owned(), inner)]))
    }

    /// What of a value is wanted.
    pub(super) fn of(&self, value: Value) -> Value {
        if self.0.is_empty() {
            return value;
        }
        match value {
            Value::Object(map) => {
                let mut kept = Map::new();
                for (name, value) in map {
                    let own = self.0.iter().find(|(it, _)| *it == name || it == "*");
                    if let Some((_, mask)) = own {
                        kept.insert(name, mask.of(value));
                    }
                }
                Value::Object(kept)
            }
            Value::Array(items) => items.into_iter().map(|it| self.of(it)).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Mask;

    #[test]
    fn what_is_wanted_is_left() {
        let whole = json!({
            "kind": "k",
            "users": [{ "id": "1", "name": { "givenName": "A", "familyName": "B" } }],
        });
        #[rustfmt::skip]
        let table = [
            ("kind",                       json!({ "kind": "k" })),
            ("users(id)",                  json!({ "users": [{ "id": "1" }] })),
            ("users/id,kind",              json!({ "kind": "k", "users": [{ "id": "1" }] })),
            ("users(id,name/givenName)",   json!({ "users": [{ "id": "1", "name": { "givenName": "A" } }] })),
            ("users(name(familyName))",    json!({ "users": [{ "name": { "familyName": "B" } }] })),
            ("*",                          whole.clone()),
            ("nothing",                    json!({})),
        ];
        for (mask, left) in table {
            assert_eq!(Mask::read(mask).unwrap().of(whole.clone()), left, "{mask}");
        }
        for wrong in ["", "a,", "a(b", "a)", "a//b"] {
            assert!(Mask::read(wrong).is_err(), "{wrong}");
        }
    }
}
