//! Lists, page by page.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use state::TargetError;

use crate::Google;
use crate::client::{Answer, Courier, Found, Part};

/// More pages than any list has: a list that goes on for ever is no list.
const MOST: usize = 100_000;

/// What came of a list.
pub(super) enum Listed {
    Whole,
    NotThere,
    /// As [`Found::Unclear`].
    Unclear(Answer),
}

impl Google {
    /// Reads a list whole. `None` when there is nothing at its address.
    ///
    /// # Errors
    ///
    /// When not all could be read, or the list goes in a ring.
    pub(super) async fn list(
        &self,
        courier: &Courier,
        name: &str,
        call: impl Fn(Option<&str>) -> Part,
        take: impl FnMut(Json) -> Result<(), TargetError>,
    ) -> Result<Option<()>, TargetError> {
        self.list_after(courier, name, None, call, take).await
    }

    /// The same, where the first page may be at hand.
    pub(super) async fn list_after(
        &self,
        courier: &Courier,
        name: &str,
        first: Option<Answer>,
        call: impl Fn(Option<&str>) -> Part,
        take: impl FnMut(Json) -> Result<(), TargetError>,
    ) -> Result<Option<()>, TargetError> {
        match self.pages(courier, name, first, call, take).await? {
            Listed::Whole => Ok(Some(())),
            Listed::NotThere => Ok(None),
            Listed::Unclear(answer) => Err(courier.unreadable(name, &answer)),
        }
    }

    /// Reads the list of one thing, with which alone there may be trouble.
    pub(super) async fn list_of_one(
        &self,
        courier: &Courier,
        name: &str,
        call: impl Fn(Option<&str>) -> Part,
        take: impl FnMut(Json) -> Result<(), TargetError>,
    ) -> Result<Listed, TargetError> {
        self.pages(courier, name, None, call, take).await
    }

    async fn pages(
        &self,
        courier: &Courier,
        name: &str,
        mut first: Option<Answer>,
        call: impl Fn(Option<&str>) -> Part,
        mut take: impl FnMut(Json) -> Result<(), TargetError>,
    ) -> Result<Listed, TargetError> {
        let (mut token, mut seen) = (None::<String>, BTreeSet::new());
        loop {
            let found = match first.take() {
                Some(first) => Found::Here(first),
                None => courier.find(call(token.as_deref())).await?,
            };
            let answer = match found {
                Found::Here(answer) => answer,
                Found::NotThere => return Ok(Listed::NotThere),
                Found::Unclear(answer) => return Ok(Listed::Unclear(answer)),
            };
            let Ok(mut page) = serde_json::from_slice::<Json>(&answer.body) else {
                return Err(self.invalid(&format!("a page of {name} makes no sense")));
            };
            // A list that is empty has no such field (reference/google.md §1.1).
            let all = page.get_mut(name).and_then(Json::as_array_mut).map(std::mem::take);
            for one in all.into_iter().flatten() {
                take(one)?;
            }
            let next = page.get("nextPageToken").and_then(Json::as_str);
            let Some(next) = next.filter(|next| !next.is_empty()) else { return Ok(Listed::Whole) };
            if !seen.insert(next.to_owned()) || seen.len() > MOST {
                return Err(self.invalid(&format!("the list {name} goes in a ring")));
            }
            token = Some(next.to_owned());
        }
    }
}
