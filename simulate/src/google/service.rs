//! From a request to an answer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use super::asked::{Asked, Came, Done, known, scoped};
use super::clock::Clock;
use super::counts::Counts;
use super::fault::{Fate, Troubles};
use super::fields::checked;
use super::key::Account;
use super::mask::Mask;
use super::methods::{Api, Method, find};
use super::quota::Used;
use super::refusal::{Form, Refusal, stranger};
use super::switches::{Power, Switches};
use super::token::{Tokens, Who};
use super::world::World;
use super::{batch, classroom};
use crate::receiver::{Call, Chance, Reply, decoded, header};

/// A simulated Google.
#[derive(Debug)]
pub(super) struct Google {
    pub(super) switches: Switches,
    pub(super) clock: Clock,
    pub(super) chance: Chance,
    pub(super) account: Account,
    held: Mutex<Held>,
}

/// What calls change.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) world: World,
    pub(super) tokens: Tokens,
    pub(super) counts: Counts,
    pub(super) troubles: Troubles,
    used: Used,
}

/// One call, alone or out of a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Single<'a> {
    pub(super) verb: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) authorization: &'a str,
    pub(super) body: &'a [u8],
    pub(super) came: Came,
}

impl Google {
    pub(super) fn new(switches: Switches) -> std::io::Result<Self> {
        let clock = Clock::new(switches.speed);
        let chance = Chance::new(switches.seed);
        let mut troubles = Troubles::default();
        switches.troubles.iter().cloned().for_each(|it| troubles.plant(it));
        let held = Held {
            world: World::new(&switches, clock.now()),
            tokens: Tokens::default(),
            counts: Counts::default(),
            troubles,
            used: Used::default(),
        };
        // The key is not drawn from the seed: nothing that opens a door may be foreseen.
        let account = Account::new(&chance)?;
        Ok(Self { switches, clock, chance, account, held: Mutex::new(held) })
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As at the start; tokens live on.
    pub(super) fn reset(&self) {
        let mut held = self.held();
        held.world = World::new(&self.switches, self.clock.now());
        (held.counts, held.used) = (Counts::default(), Used::default());
    }

    pub(super) fn answer(&self, call: &Call) -> Reply {
        self.held().counts.requests += 1;
        if call.path == "/token" {
            return self.token(call);
        }
        if let Some(takes) = batch::path(&call.path).filter(|_| call.method == "POST") {
            self.held().counts.batches += 1;
            return batch::answer(self, call, takes);
        }
        self.single(&Single {
            verb: &call.method,
            path: &call.path,
            query: &call.query,
            authorization: call.header(&header::AUTHORIZATION),
            body: &call.body,
            came: Came::Alone,
        })
    }

    fn token(&self, call: &Call) -> Reply {
        let now = self.clock.now();
        let held = &mut *self.held();
        let reply = if call.method == "POST" {
            let knows = (&self.account, &held.world, &self.switches);
            held.tokens.answer(knows, (now, &self.chance), call)
        } else {
            nothing_here()
        };
        held.counts.call("token", reply.status);
        reply
    }

    /// Carries one call out.
    pub(super) fn single(&self, single: &Single<'_>) -> Reply {
        let held = &mut *self.held();
        let Some((method, path)) = find(single.verb, single.path) else {
            held.counts.call("-", 404);
            return nothing_here();
        };
        let fate = held.troubles.fate(method, &self.chance);
        let done = match &fate {
            Fate::Refused(refusal) => Err(refusal.clone()),
            Fate::Well | Fate::DoneBut(_) => self.carried_out(held, method, &path, single),
        };
        let done = match fate {
            Fate::Well => done,
            Fate::Refused(_) => {
                held.counts.troubled += 1;
                done
            }
            Fate::DoneBut(refusal) => {
                held.counts.troubled += 1;
                Err(refusal)
            }
        };
        let reply = match done {
            Ok(reply) => reply,
            Err(refusal) => refusal.reply(method.api()),
        };
        held.counts.call(method.id, reply.status);
        reply
    }

    fn carried_out(
        &self,
        held: &mut Held,
        method: &Method,
        path: &[(&'static str, &str)],
        single: &Single<'_>,
    ) -> Result<Reply, Refusal> {
        let now = self.clock.now();
        let who = held.tokens.who(single.authorization, now).ok_or_else(stranger)?;
        held.used.take((&self.switches.quotas, now), method, &who.subject, &mut held.counts)?;
        scoped(method, &who, header::WWW_AUTHENTICATE)?;
        permitted(&self.switches, &held.world, method, &who)?;
        let query = pairs(single.query);
        known(method, &query)?;
        let body = body(method, single.body)?;
        let read = |(name, text): &(&'static str, &str)| (*name, in_path(name, text));
        let path = path.iter().map(read).collect();
        let (switches, came) = (&self.switches, single.came);
        let asked = Asked { who: &who, now, switches, came, path, query, body };
        let mask = asked.query.iter().find(|(name, _)| name == "fields");
        let mask = mask.filter(|(_, text)| !text.is_empty());
        let mask = mask.map(|(_, text)| Mask::read(text)).transpose()?;
        let Done { status, body } = (method.run)(&mut held.world, &asked)?;
        let body = match (body, mask) {
            (Some(body), Some(mask)) => Some(mask.of(body)),
            (body, _) => body,
        };
        Ok(told(method, &asked, status, body))
    }
}

/// As it is sent.
fn told(method: &Method, asked: &Asked<'_>, status: u16, body: Option<Value>) -> Reply {
    let Some(body) = body else { return Reply::empty(status) };
    let json = "application/json; charset=UTF-8";
    // An empty mask leaves nothing (google.md §1.5).
    if asked.query.iter().any(|(name, value)| name == "fields" && value.is_empty()) {
        return Reply::new(status, json, "{}");
    }
    // What is not asked for as JSON comes as Atom (google.md §1.3; `alt` in the description).
    if method.api() == Api::Settings && asked.wish("alt") != Some("json") {
        let email = body.get("email").and_then(Value::as_str).unwrap_or_default();
        let atom = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<entry xmlns=\"http://www.w3.org/2005/Atom\"><title>Groups Resource Entry</title><id>{email}</id></entry>\n"
        );
        return Reply::new(status, "application/atom+xml; charset=UTF-8", atom);
    }
    Reply::new(status, json, body.to_string())
}

/// Whether somebody may call a method at all.
fn permitted(
    switches: &Switches,
    world: &World,
    method: &Method,
    who: &Who,
) -> Result<(), Refusal> {
    let admin = world.users.get(&who.id).is_some_and(|it| it.admin && !it.suspended);
    match method.api() {
        Api::Classroom if switches.classroom == Power::Off => {
            let text = "@ClassroomDisabled The user is not permitted to access Classroom.";
            Err(Refusal::new(403, "forbidden", text))
        }
        // What one does oneself is looked at by the methods.
        Api::Classroom
            if ["classroom.invitations.accept", "classroom.courses.students.create"]
                .contains(&method.id) =>
        {
            Ok(())
        }
        Api::Classroom if !admin => Err(classroom::denied()),
        Api::Directory | Api::Settings if !admin => Err(Refusal::forbidden()),
        Api::Directory | Api::Classroom | Api::Settings => Ok(()),
    }
}

/// The body's fields, checked; none for a method without.
fn body(method: &Method, bytes: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let Some(own) = method.body else { return Ok(Map::new()) };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    let Ok(Value::Object(body)) = serde_json::from_slice(bytes) else {
        return Err(Refusal::new(400, "parseError", "Parse Error"));
    };
    checked(own.fields(), body, "")
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|it| !it.is_empty());
    let pair = |it: &str| {
        let (name, value) = it.split_once('=').unwrap_or((it, ""));
        (decoded(name), decoded(value))
    };
    pairs.map(pair).collect()
}

/// Undoes `%XX`; a `+` is a blank in paths of units alone (google.md §1.2).
fn in_path(name: &str, text: &str) -> String {
    if name == "orgUnitPath" { decoded(text) } else { decoded(&text.replace('+', "%2B")) }
}

/// What Google's front end answers to a path that it does not know.
fn nothing_here() -> Reply {
    let text = "The requested URL was not found on this server.";
    Refusal::new(404, "notFound", text).in_form(Form::Html).reply(Api::Directory)
}
