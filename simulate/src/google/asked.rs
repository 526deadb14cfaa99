//! A call as the methods see it, and what they answer.

use axum::http::HeaderName;
use serde_json::{Map, Value};

use super::clock::Moment;
use super::fields::snake;
use super::methods::Method;
use super::refusal::Refusal;
use super::switches::Switches;
use super::token::Who;

/// Whether a call came alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    Alone,
    InBatch,
}

/// A call that may be carried out.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) who: &'a Who,
    pub(super) now: Moment,
    pub(super) switches: &'a Switches,
    pub(super) came: Came,
    /// What stands in the path, decoded.
    pub(super) path: Vec<(&'static str, String)>,
    /// The query's pairs, decoded and known.
    pub(super) query: Vec<(String, String)>,
    /// What was sent, without what only Google writes.
    pub(super) body: Map<String, Value>,
}

impl Asked<'_> {
    /// What stands in the path under this name.
    pub(super) fn part(&self, name: &str) -> &str {
        self.path.iter().find(|(it, _)| *it == name).map_or("", |(_, value)| value.as_str())
    }

    /// A parameter of the query; an empty one counts as none.
    pub(super) fn wish(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str()).filter(|it| !it.is_empty())
    }

    /// A number of the query.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.wish(name).and_then(|it| it.parse().ok())
    }

    /// A text of the body.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }
}

/// What a method answers when it does as asked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Done {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
}

impl Done {
    pub(super) fn of(body: Value) -> Self {
        Self { status: 200, body: Some(body) }
    }

    /// 204, as Directory answers to deletions (google.md §1.1).
    pub(super) fn nothing() -> Self {
        Self { status: 204, body: None }
    }

    /// `{}`, as Classroom answers to them.
    pub(super) fn empty() -> Self {
        Self::of(Value::Object(Map::new()))
    }
}

/// Parameters that every method of an API has (`parameters` of the discovery documents).
const COMMON: [&str; 11] = [
    "$.xgafv",
    "access_token",
    "alt",
    "callback",
    "fields",
    "key",
    "oauth_token",
    "prettyPrint",
    "quotaUser",
    "uploadType",
    "upload_protocol",
];

/// Refuses parameters that the method does not have, and values of another kind.
pub(super) fn known(method: &Method, query: &[(String, String)]) -> Result<(), Refusal> {
    let settings = method.id.starts_with("groupsSettings.");
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in query {
        let common = if settings {
            ["alt", "fields", "key", "oauth_token", "prettyPrint", "quotaUser", "userIp"]
                .contains(&name.as_str())
        } else {
            COMMON.contains(&name.as_str())
        };
        if common {
            of_common(name, value, settings)?;
            continue;
        }
        let own = method.query.split(' ').filter_map(|it| it.split_once(':'));
        let Some((_, kind)) = own.clone().find(|(it, _)| it == name) else {
            return Err(Refusal::invalid(format!(
                "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query \
                 parameter. Field '{name}' could not be found in request message."
            )));
        };
        if seen.contains(&name.as_str()) && !kind.ends_with('*') {
            return Err(Refusal::invalid(format!(
                "Invalid value at '{}', repeated non-repeatable parameter",
                snake(name)
            )));
        }
        seen.push(name);
        value_of(name, value, kind.trim_end_matches('*'))?;
    }
    Ok(())
}

fn of_common(name: &str, value: &str, settings: bool) -> Result<(), Refusal> {
    match name {
        "alt" if settings => value_of(name, value, "atom|json"),
        "alt" => value_of(name, value, "json|media|proto"),
        "prettyPrint" => value_of(name, value, "boolean"),
        _ => Ok(()),
    }
}

fn value_of(name: &str, value: &str, kind: &str) -> Result<(), Refusal> {
    let wrong = |kind: &str| {
        Err(Refusal::invalid(format!("Invalid value at '{}' ({kind}), \"{value}\"", snake(name))))
    };
    match kind.split_once('=') {
        Some(("number", range)) => {
            let (least, most) = range.split_once("..").unwrap_or((range, ""));
            let Ok(number) = value.parse::<i64>() else { return wrong("TYPE_INT32") };
            let too_small = least.parse().is_ok_and(|it: i64| number < it);
            let too_large = most.parse().is_ok_and(|it: i64| number > it);
            if too_small || too_large {
                let text = format!(
                    "Invalid value '{value}'. Values must be within the range: [{least}, {most}]"
                );
                return Err(Refusal::new(400, "invalidParameter", text));
            }
            Ok(())
        }
        Some(_) | None => match kind {
            "text" => Ok(()),
            "boolean" if ["true", "false"].contains(&value) => Ok(()),
            "boolean" => wrong("TYPE_BOOL"),
            "number" if value.parse::<i64>().is_ok_and(|it| it >= 0) => Ok(()),
            "number" => wrong("TYPE_INT32"),
            values if values.split('|').any(|it| it == value) => Ok(()),
            _ => wrong("TYPE_ENUM"),
        },
    }
}

/// Refuses tokens that lack every scope of a method (google.md §1.4).
pub(super) fn scoped(method: &Method, who: &Who, header: HeaderName) -> Result<(), Refusal> {
    if method.scopes.split(' ').any(|it| who.scopes.iter().any(|own| own == it)) {
        return Ok(());
    }
    let urls: Vec<String> = method
        .scopes
        .split(' ')
        .map(|it| format!("https://www.googleapis.com/auth/{it}"))
        .collect();
    let text = "Request had insufficient authentication scopes.";
    Err(Refusal::new(403, "insufficientPermissions", text).with(
        header,
        format!(
            "Bearer realm=\"https://accounts.google.com/\", error=\"insufficient_scope\", \
             scope=\"{}\"",
            urls.join(" ")
        ),
    ))
}
