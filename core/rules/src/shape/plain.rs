//! The commonest templates without the engine. It takes microseconds for each, and a nation
//! has millions of rows.

use std::borrow::Cow;

use state::Entity;

use super::field::{Path, root};
use super::view::View;

/// What a template says, where it says no more than this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Plain {
    /// `{{ person.username or person.email }}`: the first that there is, all of one thing.
    FirstOf(Vec<Path>),
    /// `{{ 'x' if group.type in ['a', 'b'] else 'y' if group.name == 'c' else 'z' }}`.
    Choice { cases: Vec<Case>, otherwise: Box<str> },
}

/// The text for a field that is one of several texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Case {
    field: Path,
    among: Vec<Box<str>>,
    text: Box<str>,
}

/// What a template gives without the engine.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told<'a> {
    /// What the engine would give.
    Text(Option<Cow<'a, str>>),
    /// The engine must be asked: what it makes of a missing field is its own business.
    AskTheEngine,
}

impl Plain {
    /// Reads a template; `None` for one that says more.
    pub(super) fn parse(template: &str, entity: Option<Entity>) -> Option<Self> {
        let inner = template.strip_prefix("{{")?.strip_suffix("}}")?;
        let tokens = tokens(inner)?;
        match tokens.first()? {
            Token::Text(_) => choice(&tokens, entity),
            Token::Word(_) => first_of(&tokens, entity?),
            Token::Sign(_) => None,
        }
    }

    /// The text that the template gives.
    pub(super) fn text<'a>(&'a self, view: &View<'a>) -> Told<'a> {
        match self {
            Self::FirstOf(fields) => Told::Text(fields.iter().find_map(|field| view.text(field))),
            Self::Choice { cases, otherwise } => {
                let mut chosen = otherwise;
                for Case { field, among, text } in cases {
                    let Some(found) = view.text(field) else { return Told::AskTheEngine };
                    if among.iter().any(|it| **it == *found) {
                        chosen = text;
                        break;
                    }
                }
                let chosen = Some(&**chosen).filter(|text| !text.trim().is_empty());
                Told::Text(chosen.map(Cow::Borrowed))
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// Between quotes, without signs that the engine might see something in.
    Text(&'a str),
    Word(&'a str),
    Sign(&'a str),
}

fn tokens(mut rest: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    loop {
        rest = rest.trim_start_matches(' ');
        let Some(first) = rest.chars().next() else { return Some(tokens) };
        let (token, length) = if matches!(first, '\'' | '"') {
            let (text, _) = rest[1..].split_once(first)?;
            if text.contains(['\\', '{', '}', '%', '#', '\n', '\r']) {
                return None;
            }
            (Token::Text(text), text.len() + 2)
        } else if let Some(sign) = ["==", "[", "]", ","].iter().find(|it| rest.starts_with(**it)) {
            (Token::Sign(sign), sign.len())
        } else {
            let in_word = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_');
            let length = rest.find(|it| !in_word(it)).unwrap_or(rest.len());
            (Token::Word(&rest[..length]), length)
        };
        if length == 0 {
            return None;
        }
        tokens.push(token);
        rest = &rest[length..];
    }
}

/// Fields of one thing alone: of a thing that is not there at all, nothing can be asked.
fn first_of(tokens: &[Token<'_>], entity: Entity) -> Option<Plain> {
    let mut fields = Vec::new();
    for pair in tokens.chunks(2) {
        let Token::Word(path) = *pair.first()? else { return None };
        let (thing, _) = path.split_once('.')?;
        if thing != "self" && thing != root(entity) {
            return None;
        }
        fields.push(field(path, Some(entity))?);
        if pair.get(1).is_some_and(|it| *it != Token::Word("or")) {
            return None;
        }
    }
    (tokens.len() % 2 == 1).then_some(Plain::FirstOf(fields))
}

fn choice(tokens: &[Token<'_>], entity: Option<Entity>) -> Option<Plain> {
    let (mut cases, mut rest) = (Vec::new(), tokens);
    loop {
        rest = match rest {
            [Token::Text(text)] if !cases.is_empty() => {
                return Some(Plain::Choice { cases, otherwise: (*text).into() });
            }
            [Token::Text(text), Token::Word("if"), Token::Word(path), after @ ..] => {
                let (among, after) = among(after)?;
                cases.push(Case { field: field(path, entity)?, among, text: (*text).into() });
                let [Token::Word("else"), after @ ..] = after else { return None };
                after
            }
            _ => return None,
        };
    }
}

/// `== 'a'` or `in ['a', 'b']`, and what comes after it.
fn among<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(Vec<Box<str>>, &'t [Token<'a>])> {
    match tokens {
        [Token::Sign("=="), Token::Text(text), rest @ ..] => Some((vec![(*text).into()], rest)),
        [Token::Word("in"), Token::Sign("["), rest @ ..] => {
            let end = rest.iter().position(|it| *it == Token::Sign("]"))?;
            let mut among = Vec::new();
            for pair in rest[..end].chunks(2) {
                let Token::Text(text) = *pair.first()? else { return None };
                among.push(text.into());
                if pair.get(1).is_some_and(|it| *it != Token::Sign(",")) {
                    return None;
                }
            }
            Some((among, &rest[end + 1..]))
        }
        _ => None,
    }
}

fn field(path: &str, entity: Option<Entity>) -> Option<Path> {
    match Path::parse(path, entity)? {
        field @ Path::Field(_) => Some(field),
        // What a further field that is missing does to the engine depends on the others.
        Path::Extra(_) => None,
    }
}
