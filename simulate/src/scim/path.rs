//! Names of attributes (RFC 7644 §3.10).

use super::model::Model;
use crate::schema::{Attribute, Kind, named};

/// Where a value is, in the spelling of the schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    /// The key of an extension.
    pub(super) extension: Option<&'static str>,
    /// Empty for the whole extension.
    pub(super) name: String,
    pub(super) sub: Option<String>,
}

/// An attribute that a path leads to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) outer: &'a Attribute,
    pub(super) leaf: &'a Attribute,
}

impl Path {
    /// The path that a text means, and its attribute; no attribute for a whole extension.
    ///
    /// `None` when the type has nothing of that name.
    pub(super) fn of<'a>(text: &str, model: &'a Model) -> Option<(Self, Option<Found<'a>>)> {
        for schema in &model.extensions {
            let Some(rest) = after(text, schema.urn) else { continue };
            if rest.is_empty() {
                let whole = Self { extension: Some(schema.urn), name: String::new(), sub: None };
                return Some((whole, None));
            }
            let (path, found) = Self::within(rest, &schema.attributes)?;
            return Some((Self { extension: Some(schema.urn), ..path }, Some(found)));
        }
        let rest = after(text, model.urn).filter(|it| !it.is_empty()).unwrap_or(text);
        let (path, found) = Self::within(rest, &model.own)?;
        Some((path, Some(found)))
    }

    /// The same among these attributes alone.
    pub(super) fn within<'a>(text: &str, all: &'a [Attribute]) -> Option<(Self, Found<'a>)> {
        let (name, sub) = match text.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (text, None),
        };
        let outer = named(all, name)?;
        let leaf = match sub {
            Some(sub) => named(&outer.inner, sub)?,
            None => outer,
        };
        let sub = sub.map(|_| leaf.name.clone());
        Some((Self { extension: None, name: outer.name.clone(), sub }, Found { outer, leaf }))
    }

    /// The same path down to what a filter compares: `emails` means its `value`.
    pub(super) fn down_to_value(mut self, found: Found<'_>) -> (Self, bool) {
        if found.leaf.kind == Kind::Complex
            && let Some(value) = named(&found.leaf.inner, "value")
        {
            self.sub = Some(value.name.clone());
            return (self, value.exact);
        }
        (self, found.leaf.exact)
    }
}

/// What follows a URN and its colon; empty when the text is the URN itself.
fn after<'a>(text: &'a str, urn: &str) -> Option<&'a str> {
    let head = text.get(..urn.len())?;
    if !head.eq_ignore_ascii_case(urn) {
        return None;
    }
    let rest = text.get(urn.len()..)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(':') }
}
