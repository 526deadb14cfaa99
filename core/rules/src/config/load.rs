//! From text to settings, or to everything that is wrong with it.

use std::ops::Range;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::check::Check;
use super::connector::{Connector, Connectors, Role};
use super::decode::{Found, Written, decode};
use super::file::File;
use super::hash::SettingsHash;
use super::message;
use super::problem::{Code, Problem, Problems, Text, position, suggestion};
use super::settings::{Section, Settings};

/// Settings that can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What the tenant decides.
    pub settings: Settings,
    /// What ought to be known, but stops nothing.
    pub warnings: Vec<Problem>,
    /// Tells this version of the settings from others: a plan made with others is stale.
    pub hash: SettingsHash,
}

/// A source, supplement or target as its table stands in the file.
pub(crate) struct Entry<'a> {
    pub(crate) name: String,
    pub(crate) connector: &'a Connector,
    pub(crate) section: Section,
}

/// Sources, supplements and targets, each in the order of the file.
pub(crate) struct Entries<'a> {
    pub(crate) sources: Vec<Entry<'a>>,
    pub(crate) supplements: Vec<Entry<'a>>,
    pub(crate) targets: Vec<Entry<'a>>,
    pub(crate) facilities: Vec<Section>,
}

/// Reads a settings file. `file_name` is shown in messages; the default database is named
/// after it.
///
/// # Errors
///
/// [`Problems`] with everything that was found; never empty.
pub fn load(text: &str, file_name: &str, connectors: &Connectors) -> Result<Loaded, Problems> {
    let (mut found, mut warnings) = (Vec::new(), Vec::new());
    let loaded = read(text, file_name, connectors, &mut found, &mut warnings);
    let place = |found: Vec<Found>| {
        let mut list: Vec<Problem> = found.into_iter().map(|one| placed(one, text)).collect();
        list.sort_by_key(|problem| (problem.line, problem.column, problem.code));
        list.dedup();
        list
    };
    match loaded {
        Some((settings, hash)) if found.is_empty() => {
            Ok(Loaded { settings, warnings: place(warnings), hash })
        }
        loaded @ (Some(_) | None) => {
            if found.is_empty() {
                found.push(message::syntax("", 0..0, None));
            }
            let readable = loaded.map(|(settings, _)| Box::new(settings));
            Err(Problems { file: file_name.to_owned(), list: place(found), readable })
        }
    }
}

/// A mistake that only the caller can find (a folder, a place in time), at the value that
/// stands at `path` in a settings file that [`load`] took.
#[must_use]
pub fn problem_at(
    text: &str,
    path: &[&str],
    code: Code,
    message: Text,
    hint: Option<Text>,
) -> Problem {
    let (root, _) = DeTable::parse_recoverable(text);
    let span = Written::table(0..0, root).value_at(path);
    placed(Found { code, span, message, hint }, text)
}

fn placed(found: Found, text: &str) -> Problem {
    let Found { code, span, message, hint } = found;
    let start = span.start.min(text.len());
    let span = start..span.end.clamp(start, text.len());
    let (line, column) = position(text, start);
    Problem { code, span, line, column, message, hint }
}

fn read(
    text: &str,
    file_name: &str,
    connectors: &Connectors,
    found: &mut Vec<Found>,
    warnings: &mut Vec<Found>,
) -> Option<(Settings, SettingsHash)> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        found.extend(errors.iter().map(|error| {
            let span = error.span().unwrap_or_default();
            let is_letter = text.get(span.start..).and_then(|rest| rest.chars().next());
            let is_letter = is_letter.is_some_and(|it| it.is_alphabetic() && !it.is_ascii());
            message::syntax(error.message(), span, is_letter.then_some(message::Odd::Letter))
        }));
        return None;
    }
    if root.get_ref().is_empty() {
        found.push(message::empty());
        return None;
    }
    let mut rest = root.clone();
    let root = Written::table(0..0, root);
    let entries = Entries {
        sources: split(&mut rest, Role::Source, connectors, found),
        supplements: split(&mut rest, Role::Supplement, connectors, found),
        targets: split(&mut rest, Role::Target, connectors, found),
        facilities: facilities(&mut rest, connectors, found),
    };
    let (file, mut wrong) = decode::<File>(&Written::table(0..0, rest.clone()));
    for (key, _) in rest.get_ref() {
        let is_it = |it: &&mut Found| it.code == Code::UnknownKey && it.span == key.span();
        if let Some(unknown) = wrong.iter_mut().find(is_it) {
            with_facilities(unknown, key.get_ref(), connectors);
        }
    }
    found.extend(wrong);
    let mut check = Check { text, root: &root, connectors, found, warnings };
    let settings = check.settings(&file?, &entries, file_name);
    let table = toml::Table::deserialize(toml::Deserializer::parse(text).ok()?).ok()?;
    let named = |kind, entries: &[Entry<'_>]| -> Vec<(&'static str, String)> {
        entries.iter().map(|entry| (kind, entry.name.clone())).collect()
    };
    let mut ordered = named("source", &entries.sources);
    ordered.extend(named("supplement", &entries.supplements));
    let hash = SettingsHash::of(&table, &ordered);
    Some((settings, hash))
}

/// The engine's own keys beside which the connector's table stands.
pub(crate) fn engine_keys(role: Role) -> &'static [&'static str] {
    match role {
        Role::Source => &["serial"],
        Role::Supplement => &[],
        Role::Target => &[
            "mode",
            "schools",
            "life_cycle",
            "drift",
            "guards",
            "schedule",
            "mapping",
            "filter",
            "require_pupils",
            "require_teacher",
            "domains",
            "on_reused_name",
            "on_found",
        ],
    }
}

fn top_key(role: Role) -> &'static str {
    match role {
        Role::Source => "source",
        Role::Supplement => "supplement",
        Role::Target => "target",
    }
}

/// Names the tables of the program's other parts among those that may have been meant.
fn with_facilities(unknown: &mut Found, word: &str, connectors: &Connectors) {
    let ids = || connectors.facilities.iter().map(|it| it.id);
    if let Some(near) = super::problem::nearest(word, ids()) {
        unknown.hint = suggestion(word, &[near]);
    } else if let Some(hint) = &mut unknown.hint
        && hint.sv.starts_with("Välj bland")
    {
        let more = ids().fold(String::new(), |more, id| more + ", `" + id + "`");
        for text in [&mut hint.sv, &mut hint.en] {
            *text = format!("{}{more}.", text.trim_end_matches('.'));
        }
    }
}

/// Takes the tables of the program's other parts out of the file and lets each check its own.
fn facilities(
    root: &mut Spanned<DeTable<'_>>,
    connectors: &Connectors,
    found: &mut Vec<Found>,
) -> Vec<Section> {
    let mut sections = Vec::new();
    for (key, value) in std::mem::take(root.get_mut()) {
        let id = key.get_ref().as_ref();
        let Some(facility) = connectors.facilities.iter().find(|it| it.id == id) else {
            root.get_mut().insert(key, value);
            continue;
        };
        let section = toml::Table::deserialize(toml::de::ValueDeserializer::from(value.clone()));
        found.extend((facility.check)(&Written { name: key.span(), value }));
        sections.push(Section { kind: facility.id, table: section.unwrap_or_default() });
    }
    sections
}

/// Takes the connectors' tables out of the file and lets each connector check its own.
fn split<'a>(
    root: &mut Spanned<DeTable<'_>>,
    role: Role,
    connectors: &'a Connectors,
    found: &mut Vec<Found>,
) -> Vec<Entry<'a>> {
    let Some(group) = root.get_mut().get_mut(top_key(role)) else { return Vec::new() };
    let DeValue::Table(group) = group.get_mut() else { return Vec::new() };
    let mut entries: Vec<(usize, Entry<'a>)> = Vec::new();
    for (name, value) in std::mem::take(group) {
        let (at, name_text) = (name.span(), name.get_ref().to_string());
        let mut value = value;
        if let DeValue::Table(table) = value.get_mut() {
            let parts = take_parts(table, role, connectors, found);
            if let Some((connector, section)) = only_one(&parts, &at, role, connectors, found) {
                let entry = Entry { name: name_text, connector, section };
                entries.push((at.start, entry));
            }
        }
        group.insert(name, value);
    }
    entries.sort_by_key(|(start, _)| *start);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// One connector's part; `None` where the connector is not known.
struct Part<'a> {
    name: Range<usize>,
    known: Option<(&'a Connector, Section)>,
}

fn take_parts<'a>(
    table: &mut DeTable<'_>,
    role: Role,
    connectors: &'a Connectors,
    found: &mut Vec<Found>,
) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    for (key, value) in std::mem::take(table) {
        let id = key.get_ref().to_string();
        let connector = connectors.find(role, &id);
        let is_part = connector.is_some()
            || (value.get_ref().is_table() && !engine_keys(role).contains(&id.as_str()));
        if !is_part {
            table.insert(key, value);
            continue;
        }
        let Some(connector) = connector else {
            found.push(unknown_connector(&id, key.span(), role, connectors));
            parts.push(Part { name: key.span(), known: None });
            continue;
        };
        let section = toml::Table::deserialize(toml::de::ValueDeserializer::from(value.clone()));
        let written = Written { name: key.span(), value };
        found.extend((connector.check)(&written));
        let table = section.unwrap_or_default();
        let known = Some((connector, Section { kind: connector.id, table }));
        parts.push(Part { name: written.name, known });
    }
    parts.sort_by_key(|part| part.name.start);
    parts
}

fn unknown_connector(id: &str, span: Range<usize>, role: Role, connectors: &Connectors) -> Found {
    let ids: Vec<&str> = connectors.of(role).map(|connector| connector.id).collect();
    // A slip of the pen in a connector's name comes before a key that looks like it.
    let slip = super::problem::nearest(id, ids.iter().copied());
    let key = || super::problem::nearest(id, engine_keys(role).iter().copied());
    let near = slip.or_else(key);
    // A name that customers know leads to the connector that reads it.
    let by_name = connectors.search(id).into_iter().find(|found| found.role == role);
    let hint = match (near, by_name) {
        (Some(key), _) => suggestion(id, &[key]),
        (None, Some(connector)) => Some(Text::new(
            format!("Menade du `{}`?", connector.id),
            format!("Did you mean `{}`?", connector.id),
        )),
        (None, None) => suggestion(id, &ids),
    };
    let message = match role {
        Role::Source => Text::new(
            format!("Okänt slag av källa `{id}`."),
            format!("Unknown kind of source `{id}`."),
        ),
        Role::Supplement => Text::new(
            format!("Okänt slag av komplettering `{id}`."),
            format!("Unknown kind of supplement `{id}`."),
        ),
        Role::Target => Text::new(
            format!("Okänt slag av mål `{id}`."),
            format!("Unknown kind of target `{id}`."),
        ),
    };
    Found { code: Code::UnknownConnector, span, message, hint }
}

fn only_one<'a>(
    parts: &[Part<'a>],
    name: &Range<usize>,
    role: Role,
    connectors: &Connectors,
    found: &mut Vec<Found>,
) -> Option<(&'a Connector, Section)> {
    if parts.is_empty() {
        let ids: Vec<_> = connectors.of(role).map(|c| format!("`{}`", c.id)).collect();
        let ids = ids.join(", ");
        found.push(Found {
            code: Code::NoConnector,
            span: name.clone(),
            message: Text::new(
                "Det saknas en tabell som säger vilket system det är.",
                "A table that says which system it is is missing.",
            ),
            hint: Some(Text::new(
                format!("Lägg till en av {ids} som undertabell."),
                format!("Add one of {ids} as a sub-table."),
            )),
        });
    }
    for extra in parts.iter().skip(1) {
        found.push(Found {
            code: Code::SeveralConnectors,
            span: extra.name.clone(),
            message: Text::new(
                "Här står redan ett annat system.",
                "Another system stands here already.",
            ),
            hint: Some(Text::new(
                "Ge vart och ett ett eget namn.",
                "Give each of them a name of its own.",
            )),
        });
    }
    parts.iter().find_map(|part| part.known.clone())
}
