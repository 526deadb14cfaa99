//! Lists, page by page.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use state::TargetError;

use crate::Google;
use crate::client::{Courier, Part};

/// More pages than any list has: a list that goes on for ever is no list.
const MOST: usize = 100_000;

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
        mut take: impl FnMut(Json) -> Result<(), TargetError>,
    ) -> Result<Option<()>, TargetError> {
        let (mut token, mut seen) = (None::<String>, BTreeSet::new());
        loop {
            let Some(answer) = courier.read(call(token.as_deref())).await? else {
                return Ok(None);
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
            let Some(next) = next.filter(|next| !next.is_empty()) else { return Ok(Some(())) };
            if !seen.insert(next.to_owned()) || seen.len() > MOST {
                return Err(self.invalid(&format!("the list {name} goes in a ring")));
            }
            token = Some(next.to_owned());
        }
    }
}
