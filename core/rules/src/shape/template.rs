//! Templates: the engine, its filters, and the check of an expression as it is typed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use minijinja::{Environment, UndefinedBehavior};

pub use super::field::PATHS;

/// Steps that one evaluation may take.
const FUEL: u64 = 10_000;

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// No such field.
    UnknownField,
    /// No such filter.
    UnknownFilter,
    /// The template cannot be read; the engine's own words.
    Syntax(String),
}

/// Where and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the expression.
    pub range: Range<usize>,
    /// What is wrong.
    pub kind: ProblemKind,
    /// The nearest name that exists.
    pub suggestion: Option<String>,
}

/// Names of the filters of ours, beside the engine's own.
const FILTERS: &[&str] = &[
    "ascii",
    "slug",
    "truncate",
    "lower",
    "upper",
    "trim",
    "first",
    "last",
    "default",
    "d",
    "replace",
    "title",
    "capitalize",
    "length",
    "join",
    "split",
    "int",
    "string",
    "round",
];

/// What is written for a letter, where that is not the usual.
pub(super) type Letters = BTreeMap<char, String>;

/// An engine with our filters, without includes and with a limit on work.
pub(super) fn environment(letters: &Letters) -> Environment<'static> {
    let mut environment = Environment::new();
    // `if school` must tell whether there is one; every other use of nothing is an error.
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    let letters = Arc::new(letters.clone());
    let same = Arc::clone(&letters);
    environment.add_filter("ascii", move |text: &str| ascii(text, &same));
    environment.add_filter("slug", move |text: &str| slug(text, &letters));
    environment.add_filter("truncate", |text: &str, length: usize| {
        text.chars().take(length).collect::<String>()
    });
    environment
}

/// Letters without marks: `ö` becomes `o`, unless the tenant says otherwise.
fn ascii(text: &str, letters: &Letters) -> String {
    if letters.is_empty() {
        return deunicode::deunicode(text);
    }
    let mut out = String::new();
    for letter in text.chars() {
        match written_for(letter, letters) {
            Some(own) => out.push_str(&own),
            None => out.push_str(deunicode::deunicode_char(letter).unwrap_or_default()),
        }
    }
    out
}

/// The tenant's own letters; a capital that is not named begins with a capital.
fn written_for(letter: char, letters: &Letters) -> Option<Cow<'_, str>> {
    if let Some(own) = letters.get(&letter) {
        return Some(Cow::Borrowed(own));
    }
    let mut small = letter.to_lowercase();
    let small = small.next().filter(|&small| small != letter)?;
    let mut own = letters.get(&small)?.chars();
    Some(own.next()?.to_uppercase().chain(own).collect())
}

/// Lower-case letters and digits, with `-` for what lies between.
fn slug(text: &str, letters: &Letters) -> String {
    let mut out = String::new();
    for letter in ascii(text, letters).to_lowercase().chars() {
        if letter.is_ascii_alphanumeric() {
            out.push(letter);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

/// Checks an expression against the fields in `available`.
///
/// # Errors
///
/// Every problem, in the order of the text.
pub fn check(expression: &str, available: &[&str]) -> Result<(), Vec<Problem>> {
    let engine = environment(&Letters::new());
    if let Err(error) = engine.template_from_str(expression) {
        let range = error.range().unwrap_or(0..expression.len());
        let words = error.detail().unwrap_or("the template cannot be read").to_owned();
        let unknown = error.kind() == minijinja::ErrorKind::UnknownFilter;
        let kind = if unknown { ProblemKind::UnknownFilter } else { ProblemKind::Syntax(words) };
        return Err(vec![Problem { range, kind, suggestion: None }]);
    }
    let fields = paths(expression).into_iter().filter_map(|(range, path)| {
        let known = available.contains(&path)
            || path.starts_with("person.extra.")
            || (path.starts_with("self.") && is_of_self(path, available));
        let suggestion = nearest(path, available);
        (!known).then_some(Problem { range, kind: ProblemKind::UnknownField, suggestion })
    });
    let filters = filters(expression).into_iter().filter_map(|(range, name)| {
        let probe = format!("{{{{ 'a'|{name}(1) }}}}");
        let known = FILTERS.contains(&name) || !is_unknown_filter(&engine, &probe);
        let suggestion = nearest(name, FILTERS);
        (!known).then_some(Problem { range, kind: ProblemKind::UnknownFilter, suggestion })
    });
    let mut problems: Vec<Problem> = fields.chain(filters).collect();
    problems.sort_by_key(|problem| problem.range.start);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn is_unknown_filter(engine: &Environment<'_>, probe: &str) -> bool {
    let outcome = engine.render_str(probe, ());
    outcome.is_err_and(|error| error.kind() == minijinja::ErrorKind::UnknownFilter)
}

/// Whether `self.NAME` is a field of anything.
fn is_of_self(path: &str, available: &[&str]) -> bool {
    let name = path.strip_prefix("self.").unwrap_or(path);
    available.iter().any(|known| known.split_once('.').is_some_and(|(_, field)| field == name))
}

fn nearest(word: &str, known: &[&str]) -> Option<String> {
    let near = known.iter().map(|name| (strsim::jaro_winkler(word, name), *name));
    let best = near.max_by(|one, two| one.0.total_cmp(&two.0))?;
    (best.0 > 0.8).then(|| best.1.to_owned())
}

/// Whether the text is nothing but names with dots between.
pub(super) fn is_path(text: &str) -> bool {
    text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '_'))
}

/// Dotted paths that the expression uses. A word without a dot is the engine's business.
pub(super) fn paths(expression: &str) -> Vec<(Range<usize>, &str)> {
    let own = own_names(expression);
    words(expression)
        .into_iter()
        .filter(|word| word.before != Some('|') && word.text.contains('.'))
        .filter(|word| !word.text.starts_with(|first: char| first.is_ascii_digit()))
        .filter(|word| word.text.split('.').next().is_none_or(|root| !own.contains(&root)))
        .map(|word| (word.range, word.text))
        .collect()
}

fn filters(expression: &str) -> Vec<(Range<usize>, &str)> {
    let after_bar = words(expression).into_iter().filter(|word| word.before == Some('|'));
    after_bar.map(|word| (word.range, word.text)).collect()
}

/// Names that the template makes itself, with `set` or `for`; and the loop's own.
fn own_names(expression: &str) -> Vec<&str> {
    let words = words(expression);
    let made = words.windows(2).filter(|two| matches!(two[0].text, "set" | "for"));
    made.map(|two| two[1].text).chain(["loop"]).collect()
}

struct Word<'a> {
    range: Range<usize>,
    text: &'a str,
    /// The last sign before it that is not space.
    before: Option<char>,
}

/// Names inside `{{ }}` and `{% %}`, outside quotes.
fn words(expression: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = next_block(expression, at) {
        let close = if expression[open..].starts_with("{{") { "}}" } else { "%}" };
        let end = expression[open + 2..].find(close).map_or(expression.len(), |it| open + 2 + it);
        words_of_block(expression, open + 2..end, &mut found);
        at = end;
    }
    found
}

fn next_block(expression: &str, at: usize) -> Option<usize> {
    let rest = expression.get(at..)?;
    let found = [rest.find("{{"), rest.find("{%")].into_iter().flatten().min()?;
    Some(at + found)
}

fn words_of_block<'a>(expression: &'a str, block: Range<usize>, found: &mut Vec<Word<'a>>) {
    let mut quote = None;
    let mut start = None;
    let mut before = None;
    let signs = expression[block.clone()].char_indices().map(|(at, it)| (block.start + at, it));
    for (at, sign) in signs.chain([(block.end, ' ')]) {
        let in_word = quote.is_none() && (sign.is_alphanumeric() || matches!(sign, '_' | '.'));
        if in_word {
            start.get_or_insert(at);
            continue;
        }
        if let Some(start) = start.take() {
            found.push(Word { range: start..at, text: &expression[start..at], before });
            before = Some('a');
        }
        match quote {
            Some(open) if open == sign => quote = None,
            None if matches!(sign, '\'' | '"') => quote = Some(sign),
            Some(_) | None => {}
        }
        if !sign.is_whitespace() {
            before = Some(sign);
        }
    }
}
