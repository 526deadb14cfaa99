//! HTTP: from a request to an answer, with the faults between.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{Request, Response};

use super::call::{Call, Reply, Written, header};
use super::planted::{Caller, Fate, Stopped};
use super::running::Shared;
use super::wire::{End, Wire};
use super::{Limited, now};
use crate::ss12000::time;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(serve).with_state(shared)
}

/// Reads the whole body; `None` when it is too large or was not sent.
pub(super) async fn read(request: Request<Body>, largest: usize) -> Option<Call> {
    let (parts, body) = request.into_parts();
    // HTTP/2 has it in the address, HTTP/1.1 in a header.
    let header = parts.headers.get(header::HOST).and_then(|it| it.to_str().ok());
    let host = parts.uri.authority().map(axum::http::uri::Authority::as_str).or(header);
    Some(Call {
        host: host.unwrap_or_default().to_owned(),
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: to_bytes(body, largest).await.ok()?,
        inside: None,
    })
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request<Body>,
) -> Response<Body> {
    wire.dribble(None);
    let (flight, in_flight) = shared.counting.enter();
    let method = request.method().as_str().to_owned();
    let kind = shared.service.kind(request.uri().path());
    let Some(mut call) = read(request, shared.service.largest_body()).await else {
        let reply = shared.service.refusal(413, "the body is too large");
        shared.counting.count(&method, kind, 413, false);
        return reply.into_response();
    };
    let tenant = shared.sign_in.who(&shared.tenants, &call, wire.pin.as_deref());
    let last = call.path.rsplit('/').next().unwrap_or_default();
    let tenant_or_none = tenant.unwrap_or(usize::MAX);
    let caller = Caller { method: &method, kind, last, tenant: tenant_or_none, in_flight };
    let fate = shared.garden.fate(caller);
    call.inside = fate.inside;
    if fate.wait > Duration::ZERO {
        tokio::time::sleep(fate.wait).await;
    }
    let reply = match (fate.stopped, tenant) {
        (Some(stopped), _) => not_done(&shared, stopped, &wire),
        (None, None) => shared.service.stranger(),
        (None, Some(tenant)) => shared.service.answer(tenant, &call),
    };
    let reply = befallen(reply, &fate, &wire);
    let needless = reply.written == Written::Needless;
    shared.counting.count(&method, kind, reply.status, needless);
    drop(flight);
    reply.into_response()
}

/// The answer to a call that is not carried out.
fn not_done(shared: &Shared, stopped: Stopped, wire: &Wire) -> Reply {
    let refusal = |status, text| shared.service.refusal(status, text);
    match stopped {
        Stopped::Error => refusal(500, "internal error"),
        Stopped::Forbidden => refusal(403, "not yours to change"),
        Stopped::Page => Reply::new(200, "text/html", "<html><body>Sign in, please.</body></html>"),
        Stopped::Locked => refusal(500, "database is locked"),
        Stopped::Limit(left, how) => {
            refusal(429, "too many requests").with(header::RETRY_AFTER, retry_after(left, how))
        }
        Stopped::Closed(left) => refusal(503, "closed for a while")
            .with(header::RETRY_AFTER, retry_after(left, Limited::Seconds))
            .with(header::CONNECTION, "close"),
        Stopped::Reset => {
            wire.end(End::Reset);
            Reply::default()
        }
    }
}

/// RFC 9110 §10.2.3: seconds or a date; decimals are against it, and are seen.
fn retry_after(left: Duration, how: Limited) -> String {
    let whole = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    match how {
        Limited::Decimal => format!("{:.3}", left.as_secs_f64().max(0.001)),
        Limited::Seconds | Limited::Waits => whole.max(1).to_string(),
        Limited::Date => {
            let then = (now() + left).as_secs() + 1;
            time::http_date(i64::try_from(then).unwrap_or(i64::MAX))
        }
    }
}

/// What becomes of the answer on its way.
fn befallen(mut reply: Reply, fate: &Fate, wire: &Wire) -> Reply {
    if let Some(content_type) = &fate.content_type {
        reply.content_type.clone_from(content_type);
    }
    if fate.lost {
        wire.end(End::Close);
        reply.status = 0;
    } else {
        wire.dribble(fate.dribble);
        wire.cut(fate.cut.then_some(reply.body.len() / 2));
    }
    reply
}
