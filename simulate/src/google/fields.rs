//! What a body may hold, as tables, and the refusals of what it may not.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// A field of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) many: bool,
    /// Only Google writes it: what others send is left out without a word.
    pub(super) output: bool,
    /// The values that there are.
    pub(super) among: Vec<&'static str>,
    pub(super) inner: Vec<Field>,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Boolean,
    Integer,
    /// An object with the fields given.
    Object,
    /// Anything at all, as the description has it for lists within users.
    Any,
}

/// Reads a table: a field a line, what is in an object indented beneath it.
///
/// ```text
/// name          object
///   givenName   text
/// aliases       text[]  out
/// courseState   text    ACTIVE|ARCHIVED
/// ```
pub(super) fn table(text: &'static str) -> Vec<Field> {
    let lines: Vec<&'static str> = text.lines().filter(|it| !it.trim().is_empty()).collect();
    level(&lines, 0).0
}

fn level(lines: &[&'static str], depth: usize) -> (Vec<Field>, usize) {
    let mut fields: Vec<Field> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let indent = (line.len() - line.trim_start().len()) / 2;
        if indent < depth {
            break;
        }
        if indent > depth {
            let (inner, many) = level(lines.get(at..).unwrap_or_default(), depth + 1);
            if let Some(outer) = fields.last_mut() {
                outer.inner = inner;
            }
            at += many;
            continue;
        }
        fields.push(field(line));
        at += 1;
    }
    (fields, at)
}

fn field(line: &'static str) -> Field {
    let mut words = line.split_whitespace();
    let name = words.next().unwrap_or_default();
    let kind = words.next().unwrap_or_default();
    let mut field = Field {
        name,
        kind: match kind.trim_end_matches("[]") {
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "object" => Kind::Object,
            "any" => Kind::Any,
            _ => Kind::Text,
        },
        many: kind.ends_with("[]"),
        output: false,
        among: Vec::new(),
        inner: Vec::new(),
    };
    for word in words {
        match word {
            "out" => field.output = true,
            values => field.among = values.split('|').collect(),
        }
    }
    field
}

/// The body as it is taken in: without what only Google writes.
///
/// # Errors
/// A field that is not known, or a value of another kind, as the description of protocol
/// buffers' JSON has it.
pub(super) fn checked(
    fields: &[Field],
    body: Map<String, Value>,
    at: &str,
) -> Result<Map<String, Value>, Refusal> {
    let mut taken = Map::new();
    for (name, value) in body {
        let Some(field) = fields.iter().find(|it| it.name == name) else {
            let place = if at.is_empty() { String::new() } else { format!(" at '{at}'") };
            return Err(Refusal::invalid(format!(
                "Invalid JSON payload received. Unknown name \"{name}\"{place}: Cannot find field."
            )));
        };
        let here = if at.is_empty() { snake(&name) } else { format!("{at}.{}", snake(&name)) };
        let value = value_of(field, value, &here)?;
        if !field.output {
            taken.insert(name, value);
        }
    }
    Ok(taken)
}

fn value_of(field: &Field, value: Value, at: &str) -> Result<Value, Refusal> {
    if value.is_null() {
        return Ok(value);
    }
    if !field.many {
        return single(field, value, at);
    }
    let Value::Array(items) = value else { return Err(wrong(at, "a list", &value)) };
    let all = items.into_iter().enumerate();
    all.map(|(index, it)| single(field, it, &format!("{at}[{index}]"))).collect()
}

fn single(field: &Field, value: Value, at: &str) -> Result<Value, Refusal> {
    match (field.kind, value) {
        (Kind::Any, value) | (Kind::Boolean, value @ Value::Bool(_)) => Ok(value),
        (Kind::Boolean, value) => Err(wrong(at, "TYPE_BOOL", &value)),
        (Kind::Integer, value) if value.is_i64() => Ok(value),
        (Kind::Integer, value) => Err(wrong(at, "TYPE_INT32", &value)),
        (Kind::Object, Value::Object(map)) => checked(&field.inner, map, at).map(Value::Object),
        (Kind::Object, value) => Err(wrong(at, "an object", &value)),
        (Kind::Text, Value::String(text)) => {
            let known = field.among.is_empty() || field.among.contains(&text.as_str());
            if known { Ok(text.into()) } else { Err(wrong(at, "TYPE_ENUM", &text.into())) }
        }
        (Kind::Text, value) => Err(wrong(at, "TYPE_STRING", &value)),
    }
}

fn wrong(at: &str, kind: &str, value: &Value) -> Refusal {
    Refusal::invalid(format!("Invalid value at '{at}' ({kind}), {value}"))
}

/// `courseState` as `course_state`, as the refusals write it.
pub(super) fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}
