//! What the ports share, and what is done by hand.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::asked::{Asked, Came, Done};
use super::counts::Counts;
use super::fault::Trouble;
use super::methods::{Api, find};
use super::refusal::Refusal;
use super::service::Google;
use super::token::Who;
use super::world::{World, group_text, user_text};
use super::{clock, dump, fill};
use crate::receiver::{Call, Chosen, Reply, Service};

/// A simulated Google as a receiver among others.
#[derive(Debug)]
pub(super) struct Front(Arc<Google>);

impl Front {
    pub(super) fn new(google: Arc<Google>) -> Self {
        Self(google)
    }

    /// Carries out, as an administrator would, what only the product may see as done by hand.
    fn by_hand(&self, verb: &str, path: &str, query: &str, body: &Map<String, Value>) -> bool {
        let held = &mut *self.0.held();
        let Some((method, path)) = find(verb, path) else { return false };
        let who = Who { id: 0, subject: String::new(), scopes: Vec::new() };
        let asked = Asked {
            who: &who,
            now: self.0.clock.now(),
            switches: &self.0.switches,
            came: Came::Alone,
            path: path.into_iter().map(|(name, text)| (name, text.to_owned())).collect(),
            query: vec![("updateMask".to_owned(), query.to_owned())],
            body: body.clone(),
        };
        let done: Result<Done, Refusal> = (method.run)(&mut held.world, &asked);
        done.is_ok()
    }

    fn filled(&self, call: &Call) -> Reply {
        let Ok(state) = serde_json::from_slice::<Map<String, Value>>(&call.body) else {
            return Reply::text(400, "no JSON object");
        };
        match fill::whole(&mut self.0.held().world, &state, self.0.clock.now()) {
            Ok(()) => json_of(&json!({})),
            Err(text) => Reply::text(400, &text),
        }
    }

    fn passed(&self, call: &Call) -> Reply {
        let pairs = call.pairs();
        let seconds = pairs.iter().find(|(name, _)| name == "seconds");
        let Some(seconds) = seconds.and_then(|(_, it)| it.parse().ok()) else {
            return Reply::text(400, "seconds is missing");
        };
        self.0.clock.pass(Duration::from_secs(seconds));
        json_of(&json!({ "now": clock::text(self.0.clock.now()) }))
    }

    fn ids(&self, kind: &str, chosen: &Chosen) -> Vec<String> {
        let held = self.0.held();
        match chosen {
            Chosen::Named(names) => names.clone(),
            Chosen::First(many) => in_order(&held.world, kind).into_iter().take(*many).collect(),
        }
    }
}

fn json_of(value: &Value) -> Reply {
    Reply::new(200, "application/json", value.to_string())
}

/// The path of a thing's own methods.
fn path(kind: &str, id: &str) -> String {
    match kind {
        "courses" => format!("v1/courses/{id}"),
        kind => format!("admin/directory/v1/{kind}/{id}"),
    }
}

/// Ids in order, administrators apart.
fn in_order(world: &World, kind: &str) -> Vec<String> {
    let admin = |id: &u64| world.users.get(id).is_some_and(|it| it.admin);
    match kind {
        "users" => {
            world.by_email.values().filter(|it| !admin(it)).map(|it| user_text(*it)).collect()
        }
        "groups" => world.groups_by_email.values().map(|it| group_text(*it)).collect(),
        "courses" => world.courses.keys().map(u64::to_string).collect(),
        _ => Vec::new(),
    }
}

impl Service for Front {
    fn kind(&self, path: &str) -> &str {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["token"] => "token",
            ["batch", ..] => "batch",
            ["admin", "directory", "v1", "groups", _, "members" | "hasMember", ..] => "members",
            ["admin", "directory", "v1", "users", ..] => "users",
            ["admin", "directory", "v1", "groups", ..] => "groups",
            ["admin", "directory", "v1", "customer", _, "orgunits", ..] => "orgunits",
            ["groups", "v1", ..] => "settings",
            ["v1", "courses", _, "students", ..] => "students",
            ["v1", "courses", _, "teachers", ..] => "teachers",
            ["v1", "courses", ..] => "courses",
            ["v1", "invitations", ..] => "invitations",
            ["v1", "userProfiles", ..] => "userProfiles",
            _ => "-",
        }
    }

    fn largest_body(&self) -> usize {
        16 << 20
    }

    fn answer(&self, _tenant: usize, call: &Call) -> Reply {
        self.0.answer(call)
    }

    fn refusal(&self, status: u16, text: &str) -> Reply {
        let reason = if status == 429 { "rateLimitExceeded" } else { "backendError" };
        Refusal::new(status, reason, text).reply(Api::Directory)
    }

    fn stranger(&self) -> Reply {
        super::refusal::stranger().reply(Api::Directory)
    }

    fn dump(&self, _tenant: usize) -> Vec<u8> {
        dump::whole(&self.0.held().world).to_string().into_bytes()
    }

    fn load(&self, _tenant: usize, state: &Map<String, Value>) {
        // A file of our own, written by `dump`; what is not is left out.
        _ = fill::whole(&mut self.0.held().world, state, self.0.clock.now());
    }

    fn remove(&self, _tenant: usize, kind: &str, chosen: &Chosen) -> usize {
        let ids = self.ids(kind, chosen);
        let gone = |id: &&String| self.by_hand("DELETE", &path(kind, id), "", &Map::new());
        ids.iter().filter(gone).count()
    }

    fn change(
        &self,
        _tenant: usize,
        kind: &str,
        chosen: &Chosen,
        (name, value): (&str, &Value),
    ) -> usize {
        // `name.givenName` is a field within a field.
        let value = name.rsplit('.').fold(value.clone(), |it, part| json!({ part: it }));
        let Value::Object(body) = value else { return 0 };
        let ids = self.ids(kind, chosen);
        let done = |id: &&String| self.by_hand("PATCH", &path(kind, id), name, &body);
        ids.iter().filter(done).count()
    }

    fn reset(&self) {
        self.0.reset();
    }

    fn admin(&self, call: &Call) -> Option<Reply> {
        match (call.method.as_str(), call.path.as_str()) {
            ("GET", "/counts") => Some(json_of(&self.0.held().counts.json())),
            ("DELETE", "/counts") => {
                self.0.held().counts = Counts::default();
                Some(json_of(&self.0.held().counts.json()))
            }
            ("POST", "/fault") => {
                let text = String::from_utf8_lossy(&call.body);
                let trouble = text.trim().parse::<Trouble>().ok()?;
                self.0.held().troubles.plant(trouble);
                Some(json_of(&json!({})))
            }
            ("DELETE", "/fault") => {
                self.0.held().troubles.mend();
                // The faults of the wire go too.
                None
            }
            ("POST", "/fill") => Some(self.filled(call)),
            ("POST", "/pass") => Some(self.passed(call)),
            ("POST", "/expire") => {
                self.0.held().tokens.forget();
                Some(json_of(&json!({})))
            }
            (_, _) => None,
        }
    }
}
