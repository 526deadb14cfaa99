//! Holds a body against its table.

use serde_json::{Map, Value};

use super::{Attribute, Form, Kind, Mutability, named};

/// What becomes of an attribute that no table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// It is left out.
    Dropped,
    /// The body is refused.
    Refused,
}

/// Why a body is refused; names attributes, never their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong(pub(crate) String);

/// The attributes of a body that a writer may set, under the names of the table.
pub(crate) fn object(
    attributes: &[Attribute],
    given: &Map<String, Value>,
    unknown: Unknown,
) -> Result<Map<String, Value>, Wrong> {
    let mut out = Map::new();
    for (key, value) in given {
        match named(attributes, key) {
            // RFC 7644 §3.3: readOnly attributes are ignored.
            Some(attribute) if attribute.mutability == Mutability::ReadOnly => {}
            Some(attribute) => {
                if let Some(value) = assigned(attribute, value, unknown)? {
                    out.insert(attribute.name.clone(), value);
                }
            }
            None if unknown == Unknown::Refused => {
                return Err(Wrong(format!("unknown attribute {key}")));
            }
            None => {}
        }
    }
    let missing = attributes.iter().find(|it| it.required && !out.contains_key(&it.name));
    match missing {
        Some(attribute) => Err(Wrong(format!("{} is missing", attribute.name))),
        None => Ok(out),
    }
}

/// `None` for null and the empty list, which are no value (RFC 7643 §2.5).
fn assigned(
    attribute: &Attribute,
    value: &Value,
    unknown: Unknown,
) -> Result<Option<Value>, Wrong> {
    match value {
        Value::Null => Ok(None),
        Value::Array(items) if attribute.many => {
            let items: Result<Vec<Value>, Wrong> =
                items.iter().map(|it| single(attribute, it, unknown)).collect();
            let items = items?;
            Ok((!items.is_empty()).then_some(Value::Array(items)))
        }
        _ if attribute.many => Err(Wrong(format!("{} must be a list", attribute.name))),
        Value::Array(_)
        | Value::Object(_)
        | Value::String(_)
        | Value::Bool(_)
        | Value::Number(_) => single(attribute, value, unknown).map(Some),
    }
}

fn single(attribute: &Attribute, value: &Value, unknown: Unknown) -> Result<Value, Wrong> {
    let is = match (attribute.kind, value) {
        (Kind::Complex, Value::Object(given)) => {
            return object(&attribute.inner, given, unknown)
                .map(Value::Object)
                .map_err(|Wrong(text)| Wrong(format!("{}.{text}", attribute.name)));
        }
        (Kind::Boolean, value) => value.is_boolean(),
        (Kind::Integer, value) => value.is_i64(),
        (Kind::Complex, _) => false,
        (Kind::String | Kind::DateTime | Kind::Reference | Kind::Binary, value) => {
            value.is_string()
        }
    };
    if !is {
        return Err(Wrong(format!("{} has a value of another type", attribute.name)));
    }
    let text = value.as_str().unwrap_or_default();
    match attribute.form {
        Some(Form::Uuid) if !is_uuid(text) => {
            Err(Wrong(format!("{} must be a UUID", attribute.name)))
        }
        Some(Form::UnitCode) if !is_unit_code(text) => {
            Err(Wrong(format!("{} must be eight digits", attribute.name)))
        }
        Some(_) | None => Ok(value.clone()),
    }
}

/// RFC 9562 §4.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// reference/peers.md §2.2: `[0-9]{8}`.
fn is_unit_code(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|it| it.is_ascii_digit())
}
