//! Reads a part of the file into its type and finds every mistake on the way: what could not
//! be read is noted, taken out, and the rest is read again.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::connector::PartProblem;
use super::message;
use super::problem::{Code, Text};
use super::values::EMPTY_LIMIT;

/// No file is so wrong that more would help.
const MOST: usize = 100;

/// A mistake by its bytes in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What kind.
    pub code: Code,
    /// Bytes of the file.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Option<Text>,
}

/// A part of the file as it was written, with places.
#[derive(Debug, Clone)]
pub struct Written<'i> {
    /// The name of the part: what a missing key is shown at.
    pub(crate) name: Range<usize>,
    pub(crate) value: Spanned<DeValue<'i>>,
}

impl<'i> Written<'i> {
    /// A table under its name.
    pub(crate) fn table(name: Range<usize>, table: Spanned<DeTable<'i>>) -> Self {
        let span = table.span();
        Self { name, value: Spanned::new(span, DeValue::Table(table.into_inner())) }
    }

    /// The bytes of the name of the key at `path`, else of the last key on the way to it.
    pub(crate) fn key_at(&self, path: &[&str]) -> Range<usize> {
        self.walk(path).0
    }

    /// The bytes of the value at `path`, else of the last key on the way to it.
    pub(crate) fn value_at(&self, path: &[&str]) -> Range<usize> {
        let (key, value) = self.walk(path);
        value.unwrap_or(key)
    }

    fn walk(&self, path: &[&str]) -> (Range<usize>, Option<Range<usize>>) {
        let mut key = self.name.clone();
        let mut value = &self.value;
        for step in path {
            let next = match value.get_ref() {
                DeValue::Table(table) => entry(table, step).map(|(k, v)| (k.span(), v)),
                DeValue::Array(array) => {
                    let item = step.parse::<usize>().ok().and_then(|at| array.get(at));
                    item.map(|v| (v.span(), v))
                }
                DeValue::String(_)
                | DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_) => None,
            };
            let Some((next_key, next_value)) = next else { return (key, None) };
            (key, value) = (next_key, next_value);
        }
        (key, Some(value.span()))
    }

    /// Whether something stands at `path`.
    pub(crate) fn has(&self, path: &[&str]) -> bool {
        self.walk(path).1.is_some()
    }

    /// A connector's mistake at its place.
    pub(crate) fn place(&self, problem: PartProblem) -> Found {
        let path: Vec<&str> = problem.path.iter().map(String::as_str).collect();
        Found {
            code: Code::Connector,
            span: self.value_at(&path),
            message: problem.message,
            hint: problem.hint,
        }
    }
}

/// The entry of a table by the name of its key.
pub(crate) fn entry<'t, 'i>(
    table: &'t DeTable<'i>,
    name: &str,
) -> Option<(&'t Spanned<Cow<'i, str>>, &'t Spanned<DeValue<'i>>)> {
    table.iter().find(|(key, _)| key.get_ref() == name)
}

/// Reads a part as `T`. The value is there when nothing that must be there was missing, and
/// then lacks what was found wrong.
pub(crate) fn decode<T: DeserializeOwned>(written: &Written<'_>) -> (Option<T>, Vec<Found>) {
    let mut reader = Reader { value: written.value.clone(), found: Vec::new(), filled: None };
    let mut whole = true;
    for _ in 0..MOST {
        match T::deserialize(ValueDeserializer::from(reader.value.clone())) {
            Ok(value) => return (whole.then_some(value), reader.found),
            Err(error) => match reader.step(written, &error) {
                Step::Removed => {}
                Step::Filled => whole = false,
                Step::Stuck => break,
            },
        }
    }
    (None, reader.found)
}

enum Step {
    /// The mistake was taken out.
    Removed,
    /// A missing key was given a value, so that the reading can go on.
    Filled,
    /// Nothing more can be found.
    Stuck,
}

/// Stands for a missing key: where, its name, and which of [`FILLERS`] is tried.
struct Filler {
    table: Range<usize>,
    key: String,
    tried: usize,
}

/// Values for missing keys, tried in this order until the type is right.
const FILLERS: &[&str] = &["\"env:X\"", "0", "false", "[]", "{}", "2000-01-01"];
const FILLED: Range<usize> = usize::MAX..usize::MAX;

struct Reader<'i> {
    value: Spanned<DeValue<'i>>,
    found: Vec<Found>,
    filled: Option<Filler>,
}

impl<'i> Reader<'i> {
    fn step(&mut self, written: &Written<'i>, error: &toml::de::Error) -> Step {
        let Some(span) = error.span() else {
            self.found.push(message::of(error.message(), written.name.clone(), None));
            return Step::Stuck;
        };
        if span == FILLED {
            return self.next_filler();
        }
        if let Some(field) = message::missing_field(error.message()) {
            return self.missing(written, span, field);
        }
        let Some((place, got)) = locate(&self.value, &span) else {
            self.found.push(message::of(error.message(), span, None));
            return Step::Stuck;
        };
        // A limit is empty only because what was wrong in it was taken out.
        let emptied = error.message() == EMPTY_LIMIT
            && find_table(&written.value, &span).is_some_and(|table| !table.is_empty());
        if !emptied {
            self.found.push(message::of(error.message(), span, Some(got)));
        }
        remove(&mut self.value, &place);
        Step::Removed
    }

    fn missing(&mut self, written: &Written<'i>, table: Range<usize>, field: &str) -> Step {
        // What was taken out because it was wrong is not missing.
        let was_there =
            find_table(&written.value, &table).is_some_and(|t| entry(t, field).is_some());
        if !was_there {
            let name = name_of(&written.value, &table).unwrap_or_else(|| written.name.clone());
            self.found.push(message::missing(field, name));
        }
        self.filled = Some(Filler { table, key: field.to_owned(), tried: 0 });
        self.fill()
    }

    fn next_filler(&mut self) -> Step {
        match &mut self.filled {
            Some(filler) => filler.tried += 1,
            None => return Step::Stuck,
        }
        self.fill()
    }

    fn fill(&mut self) -> Step {
        let Some(filler) = &self.filled else { return Step::Stuck };
        let value = FILLERS.get(filler.tried).and_then(|text| DeValue::parse(text).ok());
        let table = find_table_mut(&mut self.value, &filler.table);
        let (Some(value), Some(table)) = (value, table) else { return Step::Stuck };
        let key = Spanned::new(FILLED, Cow::Owned(filler.key.clone()));
        table.insert(key, Spanned::new(FILLED, value.into_inner()));
        Step::Filled
    }
}

/// One step from a table or an array to what it holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Hop {
    Key(String),
    Item(usize),
}

type Child<'t, 'i> = (Hop, Range<usize>, &'t Spanned<DeValue<'i>>);

fn children<'t, 'i>(value: &'t DeValue<'i>) -> Vec<Child<'t, 'i>> {
    match value {
        DeValue::Table(table) => {
            table.iter().map(|(k, v)| (Hop::Key(k.get_ref().to_string()), k.span(), v)).collect()
        }
        DeValue::Array(array) => {
            array.iter().enumerate().map(|(at, v)| (Hop::Item(at), v.span(), v)).collect()
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => Vec::new(),
    }
}

/// The way to the innermost entry whose key or value has these bytes, else that holds them;
/// and the type of what stands there.
fn locate(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<(Vec<Hop>, &'static str)> {
    let mut holds: Option<(Vec<Hop>, &'static str)> = None;
    let mut open = vec![(Vec::new(), value)];
    while let Some((way, value)) = open.pop() {
        for (hop, key, child) in children(value.get_ref()) {
            let mut way: Vec<Hop> = way.clone();
            way.push(hop);
            let kind = child.get_ref().type_str();
            if key == *span || child.span() == *span {
                return Some((way, kind));
            }
            let around = child.span();
            let deeper = holds.as_ref().is_none_or(|(other, _)| other.len() < way.len());
            if around.start <= span.start && span.end <= around.end && deeper {
                holds = Some((way.clone(), kind));
            }
            open.push((way, child));
        }
    }
    holds
}

fn remove(value: &mut Spanned<DeValue<'_>>, way: &[Hop]) {
    let Some((hop, rest)) = way.split_first() else { return };
    match (value.get_mut(), hop) {
        (DeValue::Table(table), Hop::Key(name)) => {
            if rest.is_empty() {
                table.remove(name.as_str());
            } else if let Some(next) = table.get_mut(name.as_str()) {
                remove(next, rest);
            }
        }
        (DeValue::Array(array), Hop::Item(at)) => {
            if rest.is_empty() {
                *array = array
                    .iter()
                    .enumerate()
                    .filter(|(n, _)| n != at)
                    .map(|(_, v)| v.clone())
                    .collect();
            } else if let Some(next) = array.get_mut(*at) {
                remove(next, rest);
            }
        }
        _ => {}
    }
}

fn find_table<'t, 'i>(
    value: &'t Spanned<DeValue<'i>>,
    span: &Range<usize>,
) -> Option<&'t DeTable<'i>> {
    if value.span() == *span
        && let DeValue::Table(table) = value.get_ref()
    {
        return Some(table);
    }
    children(value.get_ref()).into_iter().find_map(|(_, _, child)| find_table(child, span))
}

fn find_table_mut<'t, 'i>(
    value: &'t mut Spanned<DeValue<'i>>,
    span: &Range<usize>,
) -> Option<&'t mut DeTable<'i>> {
    let here = value.span() == *span;
    match value.get_mut() {
        DeValue::Table(table) => {
            if here {
                return Some(table);
            }
            table.iter_mut().find_map(|(_, child)| find_table_mut(child, span))
        }
        DeValue::Array(array) => array.iter_mut().find_map(|child| find_table_mut(child, span)),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => None,
    }
}

/// The bytes of the name of the table with these bytes.
fn name_of(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<Range<usize>> {
    children(value.get_ref()).into_iter().find_map(|(_, key, child)| {
        if child.span() == *span { Some(key) } else { name_of(child, span) }
    })
}
