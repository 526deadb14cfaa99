//! Expressions of the mapping: nothing, a constant, a field, or a template.

use std::borrow::Cow;
use std::collections::BTreeMap;

use minijinja::Environment;
use state::Entity;

use super::field::{Path, root};
use super::plain::{Plain, Told};
use super::template;
use super::view::View;

/// A compiled expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    /// Nothing is sent.
    Nothing,
    /// Always the same.
    Constant(Box<str>),
    /// A field copied: no template is run.
    Copy(Path),
    /// A template with the name it has in the environment, and the paths it uses.
    Template {
        name: Box<str>,
        entity: Option<Entity>,
        uses: Vec<(Box<str>, Path)>,
        /// What it says, where no engine is needed.
        plain: Option<Plain>,
    },
}

impl Expression {
    /// Compiles `text`; templates go to `environment`.
    pub(super) fn compile(
        text: &str,
        entity: Option<Entity>,
        environment: &mut Environment<'static>,
    ) -> Result<Self, minijinja::Error> {
        if text.is_empty() {
            return Ok(Self::Nothing);
        }
        if !text.contains("{{") && !text.contains("{%") {
            return Ok(Self::Constant(text.into()));
        }
        let inner = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
        let inner = inner.map(str::trim).filter(|inner| template::is_path(inner));
        if let Some(path) = inner.and_then(|inner| Path::parse(inner, entity)) {
            return Ok(Self::Copy(path));
        }
        let uses = template::paths(text)
            .into_iter()
            .filter_map(|(_, path)| Some((path.into(), Path::parse(path, entity)?)))
            .collect();
        let name = format!("{}/{text}", entity.map_or("", root));
        environment.add_template_owned(name.clone(), text.to_owned())?;
        let plain = Plain::parse(text, entity);
        Ok(Self::Template { name: name.into(), entity, uses, plain })
    }

    /// The text that the expression gives; `None` when a field that it needs is missing.
    pub(super) fn text<'a>(
        &'a self,
        view: &View<'a>,
        environment: &Environment<'static>,
    ) -> Option<Cow<'a, str>> {
        match self {
            Self::Nothing => None,
            Self::Constant(text) => Some(Cow::Borrowed(text)),
            Self::Copy(path) => view.text(path),
            Self::Template { name, entity, uses, plain } => {
                if let Some(Told::Text(text)) = plain.as_ref().map(|it| it.text(view)) {
                    return text;
                }
                rendered(environment, name, context(view, *entity, uses)).map(Cow::from)
            }
        }
    }
}

fn rendered(
    environment: &Environment<'static>,
    name: &str,
    context: BTreeMap<String, minijinja::Value>,
) -> Option<String> {
    let text = environment.get_template(name).ok()?.render(minijinja::Value::from(context)).ok()?;
    Some(text).filter(|text| !text.trim().is_empty())
}

/// Only the fields that the template names, so that the others cost nothing.
fn context(
    view: &View<'_>,
    entity: Option<Entity>,
    uses: &[(Box<str>, Path)],
) -> BTreeMap<String, minijinja::Value> {
    let mut roots: BTreeMap<&str, BTreeMap<String, minijinja::Value>> = BTreeMap::new();
    for name in present(view) {
        // Not empty, since nothing in it would count as false.
        roots.entry(name).or_default().insert(String::new(), minijinja::Value::from(true));
    }
    if entity.is_some() {
        roots.entry("self").or_default();
    }
    for (path, field) in uses {
        let (Some((root, name)), Some(text)) = (path.split_once('.'), view.text(field)) else {
            continue;
        };
        let fields = roots.entry(root).or_default();
        if let Some(name) = name.strip_prefix("extra.") {
            let extra = [(name.to_owned(), text.into_owned())];
            let known = fields
                .entry("extra".to_owned())
                .or_insert_with(|| std::iter::empty::<(String, String)>().collect());
            let all =
                known.try_iter().into_iter().flatten().filter_map(|key| {
                    Some((key.to_string(), known.get_item(&key).ok()?.to_string()))
                });
            *known = all.chain(extra).collect();
        } else {
            fields.insert(name.to_owned(), minijinja::Value::from(text.into_owned()));
        }
    }
    let filled = |fields: BTreeMap<String, minijinja::Value>| minijinja::Value::from(fields);
    roots.into_iter().map(|(root, fields)| (root.to_owned(), filled(fields))).collect()
}

/// The roots that the view has something for, so that `if school` tells a school from an
/// organisation.
fn present(view: &View<'_>) -> impl Iterator<Item = &'static str> {
    [
        ("organisation", view.organisation.is_some()),
        ("school", view.school.is_some()),
        ("term", view.term.is_some()),
        ("course", view.course.is_some()),
        ("group", view.group.is_some()),
        ("person", view.person.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, there)| there.then_some(name))
}
