//! From a query or a page token to a page.

use std::sync::Arc;

use super::page::{self, Content, Cursor, Token};
use super::params::Query;
use super::reply::{Refusal, Reply};
use super::state::{Live, Shared};
use super::{Dialect, Fault};

/// A page of something, from its beginning or from a token.
pub(super) fn pages(
    shared: &Shared,
    query: &Query,
    faults: &[Fault],
    begin: impl FnOnce(&Live) -> Content,
) -> Result<Reply, Refusal> {
    let numbered = shared.switches.dialect == Dialect::DemoSis;
    let given = query.one("pageToken");
    let beside = |it: &'static str| !matches!(it, "limit" | "pageToken");
    if given.is_some() && !numbered && query.names().any(beside) {
        return Err(Refusal::filter("pageToken can be combined with limit alone"));
    }
    let limit = query.one("limit").and_then(|it| it.parse::<usize>().ok());
    let mut live = shared.live();
    let (cursor, token) = match given {
        Some(text) if !numbered => goes_on(&live, text)?,
        Some(_) | None => {
            let size = limit.unwrap_or(if numbered { 50 } else { shared.switches.page });
            let from = of_number(given, size)?;
            let cursor = Arc::new(Cursor { content: begin(&live), size });
            (cursor, Token { cursor: 0, from, salt: 0 })
        }
    };
    let all = cursor.content.len();
    let from = token.from.min(all);
    let size = limit.unwrap_or(cursor.size).min(shared.switches.largest_page);
    let to = from.saturating_add(size).min(all);
    let mut next = next(&mut live, (given, token), (to, all), faults);
    if let Some(it) = next.as_mut().filter(|it| it.cursor == 0 && !numbered) {
        it.cursor = live.draw();
        live.cursors.keep(it.cursor, Arc::clone(&cursor));
    }
    drop(live);
    let number = |it: Token| (it.from / size.max(1) + 1).to_string();
    let text = next.map(|it| if numbered { number(it) } else { it.text() });
    Ok(Reply::json(200, page::write(&cursor.content, (from, to), text.as_deref(), faults)))
}

fn unknown_token() -> Refusal {
    Refusal::filter("unknown pageToken")
}

fn goes_on(live: &Live, text: &str) -> Result<(Arc<Cursor>, Token), Refusal> {
    let token = Token::parse(text).ok_or_else(unknown_token)?;
    let cursor = live.cursors.find(token.cursor).ok_or_else(unknown_token)?;
    Ok((cursor, token))
}

/// Where a page begins whose token is its number, from 1.
fn of_number(given: Option<&str>, size: usize) -> Result<usize, Refusal> {
    let page: usize = given.map_or(Ok(1), str::parse).map_err(|_| unknown_token())?;
    Ok(page.checked_sub(1).ok_or_else(unknown_token)?.saturating_mul(size))
}

/// The token of the page that follows, if one does, or if a fault says so.
fn next(
    live: &mut Live,
    (given, token): (Option<&str>, Token),
    (to, all): (usize, usize),
    faults: &[Fault],
) -> Option<Token> {
    if faults.contains(&Fault::RepeatedToken) {
        return Some(if given.is_none() {
            Token { from: to % all.max(1), ..token }
        } else {
            token
        });
    }
    if faults.contains(&Fault::EndlessPaging) {
        let from = if to < all { to } else { 0 };
        return Some(Token { from, salt: live.draw(), ..token });
    }
    (to < all).then_some(Token { from: to, ..token })
}
