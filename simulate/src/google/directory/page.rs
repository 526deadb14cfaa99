//! Page tokens: where a list goes on, for the same question only.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::{Value, json};

use crate::google::asked::Asked;
use crate::google::base64::{url_decoded, url_encoded};
use crate::google::clock::{DAY, Moment};
use crate::google::refusal::Refusal;

/// How long a token works (google.md §1.1).
const LIFE: Moment = 3 * DAY;

/// The key after which the list goes on; `None` at its beginning.
///
/// # Errors
/// A token that is not ours, of another question, or too old.
pub(in crate::google) fn after(asked: &Asked<'_>) -> Result<Option<String>, Refusal> {
    let Some(token) = asked.wish("pageToken") else { return Ok(None) };
    let wrong = || Refusal::invalid("Invalid Input: pageToken");
    let text = url_decoded(token).ok_or_else(wrong)?;
    let value: Value = serde_json::from_slice(&text).map_err(|_| wrong())?;
    let at = value.get("t").and_then(Value::as_i64).unwrap_or_default();
    let same = value.get("q").and_then(Value::as_u64) == Some(question(asked));
    let key = value.get("k").and_then(Value::as_str);
    key.filter(|_| same && asked.now - at < LIFE).map(|it| Some(it.to_owned())).ok_or_else(wrong)
}

/// The token for what comes after this key.
pub(in crate::google) fn token(asked: &Asked<'_>, last: &str) -> String {
    let value = json!({ "k": last, "q": question(asked), "t": asked.now });
    url_encoded(value.to_string().as_bytes())
}

/// What was asked, sizes and shapes of the answer apart.
fn question(asked: &Asked<'_>) -> u64 {
    const NOT: [&str; 6] = ["pageToken", "maxResults", "pageSize", "fields", "alt", "prettyPrint"];
    let mut hasher = DefaultHasher::new();
    asked.path.hash(&mut hasher);
    let mut pairs: Vec<_> =
        asked.query.iter().filter(|(name, _)| !NOT.contains(&name.as_str())).collect();
    pairs.sort();
    pairs.hash(&mut hasher);
    hasher.finish()
}

/// A list, with its token when it goes on.
pub(in crate::google) fn list(
    kind: &str,
    (name, items): (&str, Vec<Value>),
    next: Option<String>,
) -> Value {
    let mut list = json!({ "kind": kind, "etag": format!("\"{}\"", items.len()) });
    if let Some(map) = list.as_object_mut() {
        // What is empty is left out (google.md §1.1).
        if !items.is_empty() {
            map.insert(name.to_owned(), Value::Array(items));
        }
        if let Some(next) = next {
            map.insert("nextPageToken".to_owned(), next.into());
        }
    }
    list
}
