//! The admin port. Its paths are in the documentation of [`super`].

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response};
use serde_json::{Value, json};

use super::Planted;
use super::call::{Call, Reply};
use super::running::{Chosen, Shared};
use super::serve::read;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(serve).with_state(shared)
}

const LARGEST_BODY: usize = 1 << 20;

async fn serve(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response<Body> {
    let Some(call) = read(request, LARGEST_BODY).await else {
        return Reply::text(413, "the body is too large").into_response();
    };
    answer(&shared, &call).unwrap_or_else(|text| Reply::text(400, text)).into_response()
}

fn answer(shared: &Shared, call: &Call) -> Result<Reply, &'static str> {
    if let Some(reply) = shared.service.admin(call) {
        return Ok(reply);
    }
    let pairs = call.pairs();
    let value =
        |name: &str| pairs.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
    match (call.method.as_str(), call.path.as_str()) {
        ("GET", "/status") => {}
        ("DELETE", "/status") => shared.counting.reset(),
        ("GET", "/dump") => {
            return Ok(Reply::new(200, "application/json", shared.dump(value("tenant"))));
        }
        ("POST", "/fault") => {
            let planted = String::from_utf8_lossy(&call.body).trim().parse::<Planted>();
            shared.garden.plant(planted.map_err(|_| "no such fault")?);
        }
        ("DELETE", "/fault") => shared.garden.mend(),
        ("POST", "/remove") => {
            let (tenant, kind, chosen) = meant(shared, &pairs)?;
            return Ok(hit(shared.service.remove(tenant, kind, &chosen)));
        }
        ("POST", "/change") => {
            let (tenant, kind, chosen) = meant(shared, &pairs)?;
            let path = value("path").ok_or("path is missing")?;
            let new: Value = serde_json::from_slice(&call.body).map_err(|_| "no JSON value")?;
            return Ok(hit(shared.service.change(tenant, kind, &chosen, (path, &new))));
        }
        ("POST", "/reset") => {
            shared.service.reset();
            shared.counting.reset();
        }
        ("POST", "/save") => shared.save().map_err(|_| "the state file could not be written")?,
        (_, _) => return Ok(Reply::text(404, "there is no such thing")),
    }
    let status = shared.counting.sums().json();
    Ok(Reply::new(200, "application/json", status.to_string()))
}

fn hit(many: usize) -> Reply {
    Reply::new(200, "application/json", json!({ "objects": many }).to_string())
}

/// Whose objects, of which type, and which of them.
fn meant<'a>(
    shared: &Shared,
    pairs: &'a [(String, String)],
) -> Result<(usize, &'a str, Chosen), &'static str> {
    let all = |name: &'static str| {
        pairs.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_str())
    };
    let tenant = match all("tenant").next() {
        Some(name) => shared.tenants.iter().position(|it| it == name).ok_or("no such tenant")?,
        None => 0,
    };
    let kind = all("type").next().ok_or("type is missing")?;
    let named: Vec<String> = all("id").map(str::to_owned).collect();
    let chosen = match all("n").next() {
        Some(many) => Chosen::First(many.parse().map_err(|_| "n must be a number")?),
        None if named.is_empty() => return Err("n or id is missing"),
        None => Chosen::Named(named),
    };
    Ok((tenant, kind, chosen))
}
