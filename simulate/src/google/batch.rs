//! Batches: several calls in one request, as `multipart/mixed` (google.md §1.7).

use std::fmt::Write as _;

use super::asked::Came;
use super::methods::{Api, find};
use super::refusal::Refusal;
use super::service::{Google, Single};
use crate::receiver::{Call, Reply, header};

/// A call within a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Part {
    id: Option<String>,
    verb: String,
    path: String,
    query: String,
    authorization: Option<String>,
    body: String,
}

/// What a batch path takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Whatever the first part is of.
    First,
    Only(Api),
}

/// What a batch path takes; `None` for other paths.
pub(super) fn path(path: &str) -> Option<Takes> {
    match path.trim_start_matches('/') {
        "batch" => Some(Takes::First),
        "batch/admin/directory_v1" => Some(Takes::Only(Api::Directory)),
        "batch/classroom/v1" => Some(Takes::Only(Api::Classroom)),
        "batch/groupssettings/v1" => Some(Takes::Only(Api::Settings)),
        _ => None,
    }
}

/// Carries the parts out in an order that chance chooses, and answers in theirs.
pub(super) fn answer(google: &Google, call: &Call, takes: Takes) -> Reply {
    let api = match takes {
        Takes::First => None,
        Takes::Only(api) => Some(api),
    };
    let refused = |text: &str| {
        let api = api.unwrap_or(Api::Directory);
        Refusal::new(400, "badRequest", text).reply(api)
    };
    let Some(parts) = parts(call) else {
        return refused("Failed to parse batch request, error: Failed in parsing parts");
    };
    let of_part = |it: &Part| find(&it.verb, &it.path).map(|(method, _)| method.api());
    let Some(own) = api.or_else(|| parts.iter().find_map(of_part)) else {
        return refused("The batch request could not be processed: no known method");
    };
    if parts.iter().filter_map(of_part).any(|it| it != own) {
        return refused("The batch request could not be processed: calls to several APIs");
    }
    let most = match own {
        Api::Classroom => google.switches.limits.classroom_batch,
        Api::Directory | Api::Settings => google.switches.limits.batch,
    };
    if parts.len() > most {
        return refused(&format!("The batch request has more than {most} calls"));
    }
    let answers = carried_out(google, call, &parts);
    written(google, &parts, &answers)
}

fn carried_out(google: &Google, call: &Call, parts: &[Part]) -> Vec<Reply> {
    let mut answers: Vec<Reply> = vec![Reply::default(); parts.len()];
    for at in shuffled(google, parts.len()) {
        let (Some(part), Some(answer)) = (parts.get(at), answers.get_mut(at)) else { continue };
        let outer = call.header(&header::AUTHORIZATION);
        *answer = google.single(&Single {
            verb: &part.verb,
            path: &part.path,
            query: &part.query,
            authorization: part.authorization.as_deref().unwrap_or(outer),
            body: part.body.as_bytes(),
            came: Came::InBatch,
        });
    }
    answers
}

fn shuffled(google: &Google, many: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..many).collect();
    for at in (1..many).rev() {
        let until = u64::try_from(at + 1).unwrap_or(1);
        order.swap(at, usize::try_from(google.chance.draw() % until).unwrap_or_default());
    }
    order
}

fn written(google: &Google, parts: &[Part], answers: &[Reply]) -> Reply {
    let boundary = format!("batch_{:016x}", google.chance.draw());
    let mut out = String::new();
    for (part, answer) in parts.iter().zip(answers) {
        let Reply { status, content_type, headers, body, written: _ } = answer;
        _ = write!(out, "--{boundary}\r\nContent-Type: application/http\r\n");
        if let Some(id) = &part.id {
            _ = write!(out, "Content-ID: <response-{id}>\r\n");
        }
        let reason = axum::http::StatusCode::from_u16(*status).ok();
        let reason = reason.and_then(|it| it.canonical_reason()).unwrap_or("Unknown");
        _ = write!(out, "\r\nHTTP/1.1 {status} {reason}\r\n");
        if !content_type.is_empty() {
            _ = write!(out, "Content-Type: {content_type}\r\n");
        }
        for (name, value) in headers {
            _ = write!(out, "{name}: {value}\r\n");
        }
        _ = write!(out, "Content-Length: {}\r\n\r\n", body.len());
        out.push_str(&String::from_utf8_lossy(body));
        out.push_str("\r\n");
    }
    _ = write!(out, "--{boundary}--\r\n");
    Reply::new(200, &format!("multipart/mixed; boundary={boundary}"), out)
}

/// The parts of a body; `None` when it is none.
fn parts(call: &Call) -> Option<Vec<Part>> {
    let kind = call.header(&header::CONTENT_TYPE);
    let (kind, parameters) = kind.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|it| {
        let (name, value) = it.trim().split_once('=')?;
        name.eq_ignore_ascii_case("boundary").then(|| value.trim_matches('"'))
    })?;
    let body = std::str::from_utf8(&call.body).ok()?;
    let line = format!("--{boundary}");
    let mut pieces = body.split(line.as_str());
    pieces.next()?;
    let mut parts = Vec::new();
    let mut ended = false;
    for piece in pieces {
        if piece.starts_with("--") {
            ended = true;
            break;
        }
        parts.push(part(piece)?);
    }
    (ended && !parts.is_empty()).then_some(parts)
}

fn part(piece: &str) -> Option<Part> {
    let (head, inner) = head_and_rest(piece.trim_start_matches(['\r', '\n']))?;
    let mut part = Part::default();
    let mut http = false;
    for (name, value) in fields(head) {
        match name.to_ascii_lowercase().as_str() {
            "content-id" => {
                let id = value.strip_prefix('<').and_then(|it| it.strip_suffix('>'));
                part.id = Some(id.unwrap_or(value).to_owned());
            }
            "content-type" => http = value.eq_ignore_ascii_case("application/http"),
            _ => {}
        }
    }
    let inner = inner.trim_start_matches(['\r', '\n']);
    let (request, rest) = inner.split_once('\n').unwrap_or((inner, ""));
    let mut words = request.split_whitespace();
    words.next()?.clone_into(&mut part.verb);
    let target = words.next()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    // A whole address is no path, and means nothing here.
    (part.path, part.query) = (path.to_owned(), query.to_owned());
    let (head, body) = head_and_rest(rest).unwrap_or((rest, ""));
    for (name, value) in fields(head) {
        if name.eq_ignore_ascii_case("authorization") {
            part.authorization = Some(value.to_owned());
        }
    }
    body.trim().clone_into(&mut part.body);
    http.then_some(part)
}

/// Until the first empty line, and after it.
fn head_and_rest(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')) {
        return Some(("", rest));
    }
    let ends = [text.find("\r\n\r\n").map(|it| (it, 4)), text.find("\n\n").map(|it| (it, 2))];
    let (at, many) = ends.into_iter().flatten().min()?;
    Some((text.get(..at)?, text.get(at + many..)?))
}

fn fields(head: &str) -> impl Iterator<Item = (&str, &str)> {
    head.lines()
        .filter_map(|it| it.split_once(':'))
        .map(|(name, value)| (name.trim(), value.trim()))
}
