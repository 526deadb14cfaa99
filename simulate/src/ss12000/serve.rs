//! HTTP: from a request to an answer, with the faults between.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{Request, Response, header};

use super::reply::{Framing, Refusal, Reply};
use super::state::Shared;
use super::wire::{End, Raw, Wire};
use super::{Fault, Spoilt, answer, control, time, token};

/// A request.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: String,
    /// Without the query.
    pub(super) path: String,
    pub(super) query: String,
    pub(super) authorization: Option<String>,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// Bodies are lists of ids at most.
const LARGEST_BODY: usize = 16 << 20;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(serve).with_state(shared)
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let text = |name| {
        let value = parts.headers.get(name).and_then(|it| it.to_str().ok());
        value.map(str::to_owned)
    };
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return Reply::empty(413).into_http("");
    };
    let call = Call {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        authorization: text(header::AUTHORIZATION),
        content_type: text(header::CONTENT_TYPE).unwrap_or_default(),
        body: body.to_vec(),
    };
    if let Some(rest) = call.path.strip_prefix("/_control/") {
        let reply = control::answer(&shared, rest, &call)
            .unwrap_or_else(|it| it.reply(super::Dialect::Standard));
        return reply.into_http(&date(&shared));
    }
    let (reply, faults) = answered(&shared, &call);
    for fault in &faults {
        if let Fault::Slow { millis } = fault {
            tokio::time::sleep(Duration::from_millis(*millis)).await;
        }
    }
    let reply = faults.iter().fold(reply, |reply, fault| damaged(reply, fault, &wire));
    reply.into_http(&date(&shared))
}

fn date(shared: &Shared) -> String {
    time::http_date(shared.live().now())
}

/// The right answer, and the faults that are to befall it.
fn answered(shared: &Shared, call: &Call) -> (Reply, Vec<Fault>) {
    let dialect = shared.switches.dialect;
    let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
    let endpoint = answer::endpoint(shared, &call.path);
    let faults = {
        let mut live = shared.live();
        live.note(format!("{} {}{query}", call.method, call.path));
        live.hits(&endpoint)
    };
    if call.path == dialect.token_path() {
        return (token::answer(shared, call), faults);
    }
    let reply = answer::answer(shared, call, &faults).unwrap_or_else(|it| it.reply(dialect));
    (reply, faults)
}

const PAGE: &str = "<!doctype html><html lang=\"sv\"><title>Driftstopp</title>\
                    <p>Tjänsten är tillfälligt stängd för underhåll.</p></html>";

/// What becomes of an answer.
fn damaged(mut reply: Reply, fault: &Fault, wire: &Wire) -> Reply {
    match fault {
        Fault::Html => Reply {
            content_type: "text/html; charset=utf-8",
            ..Reply::json(200, PAGE.as_bytes().to_vec())
        },
        Fault::Status { code, retry_after } => {
            let refusal = Refusal::new(*code, status_code(*code), "planted");
            let reply = refusal.reply(super::Dialect::Standard);
            match retry_after {
                Some(after) => reply.with("retry-after", after.clone()),
                None => reply,
            }
        }
        Fault::InvalidUtf8 => {
            spoil(&mut reply.body);
            reply
        }
        Fault::CutLength => {
            taken(wire, Raw { head: reply.cut(Framing::Length, 60), ..Raw::default() })
        }
        Fault::CutChunked => {
            taken(wire, Raw { head: reply.cut(Framing::Chunks, 60), ..Raw::default() })
        }
        Fault::Reset => taken(wire, Raw { end: End::Reset, ..Raw::default() }),
        Fault::HugeString { bytes } => taken(wire, huge(*bytes)),
        Fault::EndlessPaging
        | Fault::RepeatedToken
        | Fault::Slow { .. }
        | Fault::DeletedEverything
        | Fault::TokensExpire
        | Fault::ClockJump { .. }
        | Fault::EmptyRegister
        | Fault::SchoolLost
        | Fault::HalfOfPersons
        | Fault::NoSecurityMarking
        | Fault::MentorNumbers
        | Fault::UnknownValues
        | Fault::DuplicatePersons
        | Fault::ChangedDuplicates => reply,
        Fault::FieldLost(spoilt) => field(reply, spoilt, None),
        Fault::FieldWrong(spoilt) => field(reply, spoilt, Some("?")),
    }
}

/// Takes a field away from some objects of a page, or puts something else there.
fn field(mut reply: Reply, Spoilt { field, every }: &Spoilt, instead: Option<&str>) -> Reply {
    let Ok(mut page) = serde_json::from_slice::<serde_json::Value>(&reply.body) else {
        return reply;
    };
    let objects = page.get_mut("data").and_then(serde_json::Value::as_array_mut);
    for object in objects.into_iter().flatten().step_by(*every) {
        let Some(object) = object.as_object_mut() else { continue };
        match instead {
            None => drop(object.remove(field)),
            Some(text) => drop(object.insert(field.clone(), text.into())),
        }
    }
    reply.body = page.to_string().into_bytes();
    reply
}

/// A byte that is not UTF-8 in the first string value that is a name.
fn spoil(body: &mut Vec<u8>) {
    let name = b"Name\":\"";
    let found = body.windows(name.len()).position(|it| it == name);
    let at = found.map_or(body.len() / 2, |it| it + name.len());
    body.insert(at, 0xff);
}

/// An object whose id is one long string.
fn huge(bytes: u64) -> Raw {
    let before = "{\"data\":[{\"id\":\"";
    let after = "\"}],\"pageToken\":null}";
    let many = bytes + before.len() as u64 + after.len() as u64;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {many}\r\n\r\n{before}"
    );
    let tail = after.as_bytes().to_vec();
    Raw { head: head.into_bytes(), filler: bytes, tail, end: End::Close }
}

/// The connection answers by itself; what HTTP would have said is lost.
fn taken(wire: &Wire, raw: Raw) -> Reply {
    wire.take_over(raw);
    Reply::empty(500)
}

const fn status_code(status: u16) -> &'static str {
    match status {
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        410 => "gone",
        429 => "too_many_requests",
        503 => "overloaded",
        _ => "error",
    }
}
