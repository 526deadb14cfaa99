//! Filters, held against resources (RFC 7644 §3.4.2.2).

use serde_json::{Map, Value};

use super::path::Path;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    /// `pr`
    Present(Path),
    Compare {
        path: Path,
        operator: Operator,
        value: Value,
        /// Capitals count.
        exact: bool,
    },
    /// `emails[type eq "work"]`: one item meets the whole condition.
    Item(Path, Box<Filter>),
    /// About an attribute that this type does not have.
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Filter {
    pub(super) fn matches(&self, object: &Map<String, Value>) -> bool {
        match self {
            Self::And(left, right) => left.matches(object) && right.matches(object),
            Self::Or(left, right) => left.matches(object) || right.matches(object),
            Self::Not(inner) => !inner.matches(object),
            Self::Present(path) => values(path, object).into_iter().any(is_there),
            Self::Item(path, inner) => {
                let mut items = values(path, object).into_iter().filter_map(Value::as_object);
                items.any(|it| inner.matches(it))
            }
            Self::Compare { path, operator, value, exact } => {
                let found = values(path, object);
                match (operator, value) {
                    (Operator::Eq, Value::Null) => found.is_empty(),
                    (Operator::Ne, Value::Null) => !found.is_empty(),
                    (Operator::Ne, want) => {
                        !found.into_iter().any(|it| compare(it, Operator::Eq, want, *exact))
                    }
                    (_, want) => found.into_iter().any(|it| compare(it, *operator, want, *exact)),
                }
            }
            Self::Never => false,
        }
    }

    /// A comparison that this filter cannot hold without: `(path, value)` of an `eq` with text.
    pub(super) fn needs(&self) -> Option<(&Path, &str)> {
        match self {
            Self::Compare { path, operator: Operator::Eq, value: Value::String(text), .. } => {
                Some((path, text))
            }
            Self::And(left, right) => left.needs().or_else(|| right.needs()),
            Self::Or(..)
            | Self::Not(_)
            | Self::Present(_)
            | Self::Compare { .. }
            | Self::Item(..)
            | Self::Never => None,
        }
    }
}

/// The values at a path, those of every item of a list.
pub(super) fn values<'a>(path: &Path, object: &'a Map<String, Value>) -> Vec<&'a Value> {
    let part = match path.extension {
        Some(urn) => object.get(urn).and_then(Value::as_object),
        None => Some(object),
    };
    let Some(value) = part.and_then(|it| it.get(&path.name)) else { return Vec::new() };
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    match &path.sub {
        Some(sub) => items.iter().filter_map(|it| it.get(sub)).collect(),
        None => items.iter().collect(),
    }
}

/// Neither empty text nor an object or list without anything in it.
fn is_there(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compare(value: &Value, operator: Operator, want: &Value, exact: bool) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = match (value, want) {
        (Value::String(value), Value::String(want)) => {
            let small = |it: &str| if exact { it.to_owned() } else { it.to_lowercase() };
            let (value, want) = (small(value), small(want));
            match operator {
                Operator::Co => return value.contains(&want),
                Operator::Sw => return value.starts_with(&want),
                Operator::Ew => return value.ends_with(&want),
                Operator::Eq
                | Operator::Ne
                | Operator::Gt
                | Operator::Ge
                | Operator::Lt
                | Operator::Le => value.cmp(&want),
            }
        }
        (Value::Number(value), Value::Number(want)) => {
            let order = value.as_f64().partial_cmp(&want.as_f64());
            order.unwrap_or(Less)
        }
        (Value::Bool(value), Value::Bool(want)) => value.cmp(want),
        (_, _) => return false,
    };
    match operator {
        Operator::Eq => order == Equal,
        Operator::Ne => order != Equal,
        Operator::Gt => order == Greater,
        Operator::Ge => order != Less,
        Operator::Lt => order == Less,
        Operator::Le => order != Greater,
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}
