//! Filters, read from text (RFC 7644 §3.4.2.2, figure 1).

use serde_json::Value;

use super::filter::{Filter, Operator};
use super::model::Model;
use super::path::Path;
use super::trouble::Trouble;
use crate::schema::{Attribute, Kind};

/// What names in a filter may mean.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope<'a> {
    /// Those of a type; a name that it lacks is refused, or holds for nothing.
    Type(&'a Model, Lacking),
    /// Those of the items of a list.
    Items(&'a [Attribute]),
}

/// What becomes of a name that a type lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lacking {
    Refused,
    /// When several types are searched.
    Never,
}

/// Reads a filter.
///
/// # Errors
/// `invalidFilter`: it is misspelt, or names what the type does not have.
pub(super) fn filter(text: &str, scope: Scope<'_>) -> Result<Filter, Trouble> {
    let mut parser = Parser { rest: text, depth: 0 };
    let filter = parser.or(scope)?;
    if parser.rest.trim().is_empty() { Ok(filter) } else { Err(wrong("something follows it")) }
}

fn wrong(detail: &str) -> Trouble {
    Trouble::bad("invalidFilter", format!("the filter is wrong: {detail}"))
}

/// Deeper filters are refused.
const DEEPEST: u32 = 32;

struct Parser<'t> {
    rest: &'t str,
    depth: u32,
}

impl<'t> Parser<'t> {
    fn or(&mut self, scope: Scope<'_>) -> Result<Filter, Trouble> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(wrong("it is too deep"));
        }
        let mut left = self.and(scope)?;
        while self.takes_word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and(scope)?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self, scope: Scope<'_>) -> Result<Filter, Trouble> {
        let mut left = self.one(scope)?;
        while self.takes_word("and") {
            left = Filter::And(Box::new(left), Box::new(self.one(scope)?));
        }
        Ok(left)
    }

    fn one(&mut self, scope: Scope<'_>) -> Result<Filter, Trouble> {
        let before = self.rest;
        if self.takes_word("not") {
            if self.takes('(') {
                let inner = self.or(scope)?;
                self.needs(')')?;
                return Ok(Filter::Not(Box::new(inner)));
            }
            self.rest = before;
        }
        if self.takes('(') {
            let inner = self.or(scope)?;
            self.needs(')')?;
            return Ok(inner);
        }
        self.comparison(scope)
    }

    fn comparison(&mut self, scope: Scope<'_>) -> Result<Filter, Trouble> {
        let name = self.word();
        let resolved = match scope {
            Scope::Type(model, _) => {
                Path::of(name, model).and_then(|(path, found)| Some((path, found?)))
            }
            Scope::Items(attributes) => Path::within(name, attributes),
        };
        if self.takes('[') {
            let inner_of = resolved.as_ref().map(|(_, found)| found.leaf);
            let complex = inner_of.filter(|it| it.kind == Kind::Complex);
            let inner = self.or(Scope::Items(complex.map_or(&[], |it| &it.inner)))?;
            self.needs(']')?;
            return match resolved {
                Some((path, _)) => Ok(Filter::Item(path, Box::new(inner))),
                None => lacking(scope),
            };
        }
        let operator = self.word().to_ascii_lowercase();
        if operator == "pr" {
            return resolved.map_or_else(|| lacking(scope), |(path, _)| Ok(Filter::Present(path)));
        }
        let operator = operator_of(&operator).ok_or_else(|| wrong("no such operator"))?;
        let value = self.value()?;
        let Some((path, found)) = resolved else { return lacking(scope) };
        let (path, exact) = path.down_to_value(found);
        Ok(Filter::Compare { path, operator, value, exact })
    }

    fn value(&mut self) -> Result<Value, Trouble> {
        let text = self.rest.trim_start();
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let value = match stream.next() {
            Some(Ok(value)) if !value.is_array() && !value.is_object() => value,
            Some(_) | None => return Err(wrong("a value is missing or no JSON")),
        };
        self.rest = text.get(stream.byte_offset()..).unwrap_or_default();
        Ok(value)
    }

    /// Up to a space or a bracket.
    fn word(&mut self) -> &'t str {
        let text = self.rest.trim_start();
        let end = text.find(|it: char| it.is_whitespace() || "()[]\"".contains(it));
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        self.rest = rest;
        word
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let before = self.rest;
        if self.word().eq_ignore_ascii_case(word) {
            return true;
        }
        self.rest = before;
        false
    }

    fn takes(&mut self, mark: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn needs(&mut self, mark: char) -> Result<(), Trouble> {
        if self.takes(mark) { Ok(()) } else { Err(wrong("a bracket is missing")) }
    }
}

fn lacking(scope: Scope<'_>) -> Result<Filter, Trouble> {
    match scope {
        Scope::Type(_, Lacking::Never) => Ok(Filter::Never),
        Scope::Type(_, Lacking::Refused) | Scope::Items(_) => Err(wrong("no such attribute")),
    }
}

fn operator_of(word: &str) -> Option<Operator> {
    Some(match word {
        "eq" => Operator::Eq,
        "ne" => Operator::Ne,
        "co" => Operator::Co,
        "sw" => Operator::Sw,
        "ew" => Operator::Ew,
        "gt" => Operator::Gt,
        "ge" => Operator::Ge,
        "lt" => Operator::Lt,
        "le" => Operator::Le,
        _ => return None,
    })
}
