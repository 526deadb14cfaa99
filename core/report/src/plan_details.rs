//! A plan operation by operation.

use std::collections::BTreeMap;

use plan::{Names, Verdicts};
use roster::Key;
use state::{Attribute, Change, Kind, ObjectRef, Operation, Row, RowError, RowRef, Value, Verb};

use crate::plan_summary::verb_word;
use crate::text::Text;
use crate::{Lang, Line, Style, number, words};

/// Which operations are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only at this school. Removals of persons who became protected are at none.
    pub school: Option<Key>,
    /// Only these.
    pub verb: Option<Verb>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// One line an operation: sign, verb, kind, short id, name, what changes, school, reason;
/// and why it is held, with the number to approve it by.
///
/// # Shapes
///
/// * The removal of a person who became protected shows kind and id and nothing else.
/// * Persons are named by their own rows of this plan; groups and schools by `names`.
///
/// # Errors
///
/// [`RowError`] when a row is damaged.
pub fn plan_details(
    operations: &[Operation],
    verdicts: &Verdicts,
    names: &Names<'_>,
    filter: Filter,
    lang: Lang,
) -> Result<Vec<Line>, RowError> {
    let shown = chosen(operations, filter)?;
    let details = Details { names, lang, known: known(operations, names)? };
    let limit = filter.limit.unwrap_or(usize::MAX);
    let mut lines = Vec::new();
    for operation in shown.iter().take(limit) {
        let mut line = details.line(operation)?;
        if let Some(held) = verdicts.held.get(&operation.number) {
            let reason = words_of(held.reason, lang);
            let number = words::NUMBER.with(lang, &[&operation.number.to_string()]);
            let held = format!("  ⛔ {reason} ({}), {number}", held.reason.code());
            line = line.and(Style::Warn, &held);
        }
        lines.push(line);
    }
    let more = shown.len().saturating_sub(limit);
    if more > 0 {
        let more = words::MORE.with(lang, &[&number(more as u64)]);
        lines.push(Line::new().and(Style::Dim, &more));
    }
    Ok(lines)
}

fn chosen(operations: &[Operation], filter: Filter) -> Result<Vec<&Operation>, RowError> {
    let mut chosen = Vec::new();
    for operation in operations {
        let is_at = match filter.school {
            None => true,
            Some(_) if is_protected(operation) => false,
            Some(school) => operation.schools()?.contains(&school),
        };
        if is_at && filter.verb.is_none_or(|verb| operation.verb == verb) {
            chosen.push(operation);
        }
    }
    Ok(chosen)
}

/// Whether the operation removes a person who became protected (design §3).
fn is_protected(operation: &Operation) -> bool {
    operation.reason.is_none() && operation.verb.is_removing()
}

/// Names from the plan's own rows.
fn known(
    operations: &[Operation],
    names: &Names<'_>,
) -> Result<BTreeMap<ObjectRef, String>, RowError> {
    let mut known = BTreeMap::new();
    for operation in operations.iter().filter(|it| !is_protected(it)) {
        let row = operation.after.as_deref().or(operation.before.as_deref());
        if let Row::Object(object) = RowRef::new(row.ok_or(RowError)?)?.decode()?
            && let Some(kind) = names.card.object(object.id.kind)
            && let Some(name) = display_name(kind.attributes, &object.values)
        {
            known.insert(object.id, name);
        }
    }
    Ok(known)
}

/// What people call an object, by the names that receivers give such attributes.
fn display_name(attributes: &[Attribute], values: &[Value]) -> Option<String> {
    let value = |wanted: &str| {
        let is = |name: &str| name.rsplit('.').next().unwrap_or(name).eq_ignore_ascii_case(wanted);
        let at = attributes.iter().position(|attribute| is(attribute.name))?;
        values.get(at)?.text().filter(|text| !text.is_empty())
    };
    let whole = ["displayName", "fullName", "name", "title"].iter().find_map(|it| value(it));
    if let Some(name) = whole {
        return Some(name.to_owned());
    }
    let parts: Vec<&str> =
        ["givenName", "familyName"].iter().filter_map(|part| value(part)).collect();
    match parts.as_slice() {
        [] => ["username", "userName", "email"].iter().find_map(|it| value(it)).map(str::to_owned),
        parts => Some(parts.join(" ")),
    }
}

/// A reason in words.
pub(crate) fn words_of(reason: state::Reason, lang: Lang) -> &'static str {
    Text { sv: reason.sv(), en: reason.en() }.of(lang)
}

/// The first part of a key: enough to tell rows of a plan apart.
pub(crate) fn short(key: Key) -> String {
    let mut id = key.to_string();
    id.truncate(8);
    id
}

struct Details<'a> {
    names: &'a Names<'a>,
    lang: Lang,
    known: BTreeMap<ObjectRef, String>,
}

impl Details<'_> {
    fn line(&self, operation: &Operation) -> Result<Line, RowError> {
        let row = operation.after.as_deref().or(operation.before.as_deref()).ok_or(RowError)?;
        let row = RowRef::new(row)?;
        let id = row.owner();
        let kind = match row.membership() {
            Some((kind, _)) => self.names.card.membership(kind).map(|it| it.words),
            None => self.names.card.object(id.kind).map(|it| it.words),
        };
        let kind = kind.map_or("", |words| Text { sv: words.sv, en: words.en }.of(self.lang));
        let verb = verb_word(operation.verb, self.lang);
        let style = if operation.verb.is_removing() { Style::Warn } else { Style::Plain };
        let mut line = Line::new()
            .and(style, &format!("{} {verb:<12}", operation.verb.sign()))
            .plain(&format!("  {kind:<11}"))
            .and(Style::Dim, &format!("  {}", short(id.key)));
        if is_protected(operation) {
            return Ok(line);
        }
        if let Some(name) = self.known.get(&id) {
            line = line.and(Style::Strong, &format!("  {name}"));
        }
        let change = self.what(operation, &row)?;
        if !change.is_empty() {
            line = line.plain(&format!("  {change}"));
        }
        let schools = operation.schools()?;
        let schools: Vec<String> = schools.iter().map(|key| (self.names.school)(*key)).collect();
        if !schools.is_empty() {
            line = line.plain(&format!("  {}", schools.join(", ")));
        }
        Ok(match operation.reason {
            None => line,
            Some(reason) => {
                let why = words_of(reason, self.lang);
                let why = words::REASON.with(self.lang, &[why, reason.code()]);
                line.and(Style::Dim, &format!("  {why}"))
            }
        })
    }

    /// What changes from what to what.
    fn what(&self, operation: &Operation, row: &RowRef<'_>) -> Result<String, RowError> {
        let mut parts = Vec::new();
        let (attributes, is_member) = match row.membership() {
            Some((kind, container)) => {
                parts.push(format!(
                    "{} · {}",
                    (self.names.container)(container),
                    roles(operation)?
                ));
                (self.names.card.membership(kind).map(|it| it.attributes), true)
            }
            None => (self.object_attributes(row.owner().kind), false),
        };
        if let Some(was) = operation.was {
            parts.push(format!("id: {} → {}", short(was), short(row.owner().key)));
        }
        let is_changed = operation.before.is_some() && operation.after.is_some();
        if operation.verb == Verb::Create {
            // Where somebody is put is looked at before it is done (K134).
            let named = attributes.into_iter().flatten().zip(row.values()?);
            let places = named.filter(|(attribute, _)| attribute.names.is_some());
            parts.extend(places.filter_map(|(_, value)| value.text().map(str::to_owned)));
        }
        if is_changed && !(is_member && operation.verb == Verb::Add) {
            for change in operation.changes()? {
                let name = attributes.and_then(|it| it.get(change.attribute));
                parts.push(self.change(name.map_or("", |it| it.name), &change));
            }
        }
        Ok(parts.join(", "))
    }

    fn object_attributes(&self, kind: Kind) -> Option<&'static [Attribute]> {
        self.names.card.object(kind).map(|kind| kind.attributes)
    }

    fn change(&self, name: &str, change: &Change) -> String {
        format!("{name}: {} → {}", self.value(&change.from), self.value(&change.to))
    }

    fn value(&self, value: &Value) -> String {
        match value {
            Value::None => "–".to_owned(),
            Value::Text(text) => text.clone(),
            Value::Ref(id) => self.name(*id),
            Value::Refs(ids) => ids.iter().map(|id| self.name(*id)).collect::<Vec<_>>().join(" + "),
        }
    }

    fn name(&self, id: ObjectRef) -> String {
        self.known.get(&id).cloned().unwrap_or_else(|| {
            let is_school = self
                .names
                .card
                .object(id.kind)
                .is_some_and(|kind| kind.from.contains(&state::Entity::SchoolUnit));
            if is_school { (self.names.school)(id.key) } else { short(id.key) }
        })
    }
}

/// The role, or what it was and becomes.
fn roles(operation: &Operation) -> Result<String, RowError> {
    let mut roles = Vec::new();
    for row in [&operation.before, &operation.after].into_iter().flatten() {
        if let Row::Member(member) = RowRef::new(row)?.decode()? {
            roles.push(member.role);
        }
    }
    roles.dedup();
    Ok(roles.join(" → "))
}
