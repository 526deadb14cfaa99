//! Subscriptions: made, listed, renewed, ended. Nothing is sent to their targets.

use serde_json::{Value, json};

use super::kind::{Empty, Kind};
use super::params::Query;
use super::reply::{Refusal, Reply};
use super::state::{Live, Shared};
use super::world::{Id, derived, id_of, id_text};
use super::{Dialect, time};

/// Skolverket's reference API gives 90 days (reference/sources.md §1.7).
const LASTS: i64 = 90 * 86_400;

/// Somebody who wants to be told.
#[derive(Debug, Clone)]
pub(super) struct Subscription {
    id: Id,
    name: String,
    target: String,
    kinds: Vec<Kind>,
    expires: i64,
}

impl Subscription {
    fn json(&self) -> Value {
        let kinds: Vec<Value> =
            self.kinds.iter().map(|it| json!({ "resource": it.name() })).collect();
        json!({
            "id": id_text(self.id),
            "name": self.name,
            "target": self.target,
            "resourceTypes": kinds,
            "expires": time::rfc3339(self.expires),
        })
    }
}

/// Makes one.
pub(super) fn create(shared: &Shared, body: &[u8]) -> Result<Reply, Refusal> {
    let wrong = |what: &str| Refusal::new(400, "invalid_body", what);
    let value: Value = serde_json::from_slice(body).map_err(|_| wrong("the body is not JSON"))?;
    let text = |name: &str| {
        let text = value.get(name).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| wrong(&format!("{name} must be a string")))
    };
    let (name, target) = (text("name")?, text("target")?);
    let list = value.get("resourceTypes").and_then(Value::as_array);
    let list = list.ok_or_else(|| wrong("resourceTypes must be a list"))?;
    let mut kinds = Vec::new();
    for it in list {
        // The schema says objects, whose only field is optional, the standard's own example
        // strings.
        if it.as_object().is_some_and(serde_json::Map::is_empty) {
            continue;
        }
        let name = it.get("resource").unwrap_or(it).as_str();
        let kind = name.and_then(Kind::of_name).ok_or_else(|| wrong("unknown resource"))?;
        let told = [Kind::Organisation, Kind::Empty(Empty::Placement), Kind::Duty];
        if shared.switches.dialect == Dialect::Edlevo && !told.contains(&kind) {
            return Err(wrong("only Organisation, Placement and Duty can be subscribed to"));
        }
        kinds.push(kind);
    }
    let mut live = shared.live();
    let owner = id_of(&live.world.town.owner()).unwrap_or(0);
    let id = derived(owner, 1_000 + u128::from(live.draw()));
    let made = Subscription { id, name, target, kinds, expires: live.now() + LASTS };
    let reply = Reply::json(201, made.json().to_string().into_bytes());
    live.subscriptions.push(made);
    Ok(reply)
}

/// Lists them; a page token is the number of the next.
pub(super) fn list(live: &Live, query: &Query) -> Result<Reply, Refusal> {
    let from: usize = match query.one("pageToken") {
        Some(text) => text.parse().map_err(|_| Refusal::filter("unknown pageToken"))?,
        None => 0,
    };
    let size = query.one("limit").and_then(|it| it.parse().ok()).unwrap_or(usize::MAX);
    let all = &live.subscriptions;
    let page: Vec<Value> = all.iter().skip(from).take(size).map(Subscription::json).collect();
    let to = from.saturating_add(page.len());
    let token = (to < all.len()).then(|| to.to_string());
    let body = json!({ "data": page, "pageToken": token });
    Ok(Reply::json(200, body.to_string().into_bytes()))
}

/// Shows, renews or ends one.
pub(super) fn one(live: &mut Live, method: &str, id: Id) -> Result<Reply, Refusal> {
    let now = live.now();
    let at = live.subscriptions.iter().position(|it| it.id == id);
    let at = at.ok_or_else(Refusal::missing)?;
    if method == "DELETE" {
        live.subscriptions.remove(at);
        return Ok(Reply::empty(204));
    }
    let it = live.subscriptions.get_mut(at).ok_or_else(Refusal::missing)?;
    if method == "PATCH" {
        it.expires = now + LASTS;
    }
    Ok(Reply::json(200, it.json().to_string().into_bytes()))
}
