//! From a table to attributes.

use super::{Attribute, Form, Kind, Mutability, Returned};

/// Reads a table; words that it does not know are left out, and a test knows them all.
pub(crate) fn attributes(table: &str) -> Vec<Attribute> {
    let mut all: Vec<Attribute> = Vec::new();
    for line in table.lines().filter(|it| !it.trim().is_empty()) {
        let attribute = attribute(line);
        match all.last_mut() {
            Some(outer) if line.starts_with(' ') => outer.inner.push(attribute),
            Some(_) | None => all.push(attribute),
        }
    }
    all
}

fn attribute(line: &str) -> Attribute {
    let mut words = line.split_whitespace();
    let name = words.next().unwrap_or_default().to_owned();
    let kind = words.next().unwrap_or_default();
    let mut attribute = Attribute {
        name,
        many: kind.ends_with("[]"),
        kind: kind_of(kind.trim_end_matches("[]")).unwrap_or_default(),
        ..Attribute::default()
    };
    for word in words {
        flag(&mut attribute, word);
    }
    attribute
}

fn kind_of(word: &str) -> Option<Kind> {
    Some(match word {
        "string" => Kind::String,
        "boolean" => Kind::Boolean,
        "integer" => Kind::Integer,
        "dateTime" => Kind::DateTime,
        "reference" => Kind::Reference,
        "binary" => Kind::Binary,
        "complex" => Kind::Complex,
        _ => return None,
    })
}

/// False for a word that means nothing.
fn flag(attribute: &mut Attribute, word: &str) -> bool {
    let list = |text: &str| text.split('|').map(str::to_owned).collect();
    match word {
        "required" => attribute.required = true,
        "exact" => attribute.exact = true,
        "unique" => attribute.unique = true,
        "readOnly" => attribute.mutability = Mutability::ReadOnly,
        "immutable" => attribute.mutability = Mutability::Immutable,
        "writeOnly" => attribute.mutability = Mutability::WriteOnly,
        "always" => attribute.returned = Returned::Always,
        "never" => attribute.returned = Returned::Never,
        "uuid" => attribute.form = Some(Form::Uuid),
        "unitCode" => attribute.form = Some(Form::UnitCode),
        _ => match word.split_once(':') {
            Some(("in", values)) => attribute.usual = list(values),
            Some(("to", endpoints)) => attribute.to = list(endpoints),
            Some(_) | None => return false,
        },
    }
    true
}

/// Lines of a table with a word that means nothing.
#[cfg(test)]
pub(crate) fn misspelt(table: &str) -> Vec<&str> {
    let wrong = |line: &&str| {
        let mut words = line.split_whitespace().skip(1);
        let kind = words.next().unwrap_or_default();
        kind_of(kind.trim_end_matches("[]")).is_none()
            || words.any(|it| !flag(&mut Attribute::default(), it))
    };
    table.lines().filter(|it| !it.trim().is_empty()).filter(wrong).collect()
}
