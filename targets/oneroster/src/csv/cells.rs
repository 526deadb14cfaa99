//! Cells: made clean and checked against their column.

use std::borrow::Cow;
use std::collections::BTreeMap;

use connect::sets::clean;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use roster::{IdentityNumber, Key};

use super::columns::{Column, Content, File, Need};
use super::settings::Version;

/// What every receiver takes of a text (reference/targets.md §1.1).
const MOST_LETTERS: usize = 255;

/// A row of a file: its id, and its cells after the first three columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) file: File,
    pub(super) id: Key,
    pub(super) cells: Vec<String>,
}

/// Why a row cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It lacks what a row must have, or would tell an identity number: it stays out.
    Withheld,
    /// It breaks a rule of the receiver that the mapping should keep: rule and place, by ids.
    Invalid(String),
}

/// What was mended and left out, with its count.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeMap<String, u64>);

impl Notes {
    pub(super) fn count(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    pub(super) fn told(self) -> Vec<String> {
        self.0.into_iter().map(|(what, count)| format!("{what}: {count}")).collect()
    }
}

/// Makes a line of cells: what an optional column cannot hold is left out and counted.
pub(super) fn line(
    file: File,
    version: Version,
    id: Key,
    cells: &[&str],
    notes: &mut Notes,
) -> Result<Line, Fault> {
    let columns = file.columns(version);
    let mut fitted = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        let cell = clean(cells.get(at).copied().unwrap_or_default());
        let (cell, broken) = match fit(column, cell) {
            Ok((cell, Cut::No)) => (cell, None),
            Ok((cell, Cut::Yes)) => (cell, Some("values cut at 255 letters")),
            Err(rule) => (Cow::Borrowed(""), Some(rule)),
        };
        if let Some(rule) = broken {
            notes.count(format!("{} {}: {rule}", file.name(), column.name));
        }
        if cell.is_empty() && column.need == Need::Always {
            return Err(match broken {
                Some(rule) if rule != IDENTITY_NUMBER => {
                    Fault::Invalid(format!("{} {} of {id}: {rule}", file.name(), column.name))
                }
                Some(_) | None => Fault::Withheld,
            });
        }
        fitted.push(cell.into_owned());
    }
    Ok(Line { file, id, cells: fitted })
}

#[derive(Clone, Copy)]
enum Cut {
    Yes,
    No,
}

const IDENTITY_NUMBER: &str = "values left out that could be identity numbers";

/// The cell as the column has it, or the rule that it breaks.
fn fit<'c>(column: &Column, cell: Cow<'c, str>) -> Result<(Cow<'c, str>, Cut), &'static str> {
    if cell.is_empty() {
        return Ok((cell, Cut::No));
    }
    let known = |list: &[&str]| list.contains(&&*cell);
    let holds = match column.content {
        Content::Text => {
            if tells_a_number(&cell) {
                return Err(IDENTITY_NUMBER);
            }
            return Ok(cut(cell));
        }
        Content::Phone => return Ok(cut(cell)),
        Content::List | Content::UserIds if tells_a_number(&cell) => return Err(IDENTITY_NUMBER),
        Content::List => cell.split(',').all(|part| !part.trim().is_empty()),
        Content::UserIds => cell.split(',').all(is_user_id),
        Content::Ref(_) => is_guid(&cell),
        Content::Refs(_) => cell.split(',').all(is_guid),
        Content::OneOf(list) => known(list),
        Content::Extensible(list) => known(list) || is_extension(&cell),
        Content::Date => is_date(&cell),
        Content::Year => cell.len() == 4 && cell.bytes().all(|byte| byte.is_ascii_digit()),
    };
    if holds { Ok((cell, Cut::No)) } else { Err("values left out that the receiver refuses") }
}

fn cut(cell: Cow<'_, str>) -> (Cow<'_, str>, Cut) {
    match cell.char_indices().nth(MOST_LETTERS) {
        None => (cell, Cut::No),
        Some((at, _)) => (Cow::Owned(cell[..at].trim_end().to_owned()), Cut::Yes),
    }
}

/// Whether a text is, or holds as a word of its own, something that reads as a personnummer
/// or the like. Such a value is never sent (K009, reference/targets.md §1.2).
pub(super) fn tells_a_number(text: &str) -> bool {
    // The day only decides which century a short form means.
    const LATEST: Date = date(2099, 12, 31);
    if text.bytes().filter(u8::is_ascii_digit).count() < 8 {
        return false;
    }
    let reads = |part: &str| IdentityNumber::parse(part, LATEST).is_ok();
    reads(text)
        || text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '+').any(reads)
        || text.split(|c: char| !c.is_ascii_digit()).any(reads)
}

/// `{type:id}` (reference/targets.md §1.1).
fn is_user_id(text: &str) -> bool {
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| {
        let parts = inner.split_once(':').filter(|_| !inner.contains(['{', '}']));
        parts.is_some_and(|(kind, id)| !kind.is_empty() && !id.is_empty())
    })
}

pub(super) fn is_guid(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/@".contains(&byte);
    (1..=255).contains(&text.len()) && text.bytes().all(allowed)
}

fn is_extension(text: &str) -> bool {
    text.strip_prefix("ext:")
        .is_some_and(|own| !own.is_empty() && own.chars().all(char::is_alphanumeric))
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

/// The day after: our last days are inclusive, the receiver's end dates are not. What is no
/// date stays as it is, to be refused with its place.
pub(super) fn day_after(last: &str) -> Cow<'_, str> {
    let next = last.parse::<Date>().ok().and_then(|day| day.checked_add(1.day()).ok());
    next.map_or(Cow::Borrowed(last), |day| Cow::Owned(day.to_string()))
}
