//! What is answered, before it is HTTP.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::Dialect;
use super::world::quoted;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    /// Besides `Content-Type` and `Date`.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) const fn json(status: u16, body: Vec<u8>) -> Self {
        Self { status, content_type: "application/json", headers: Vec::new(), body }
    }

    pub(super) const fn empty(status: u16) -> Self {
        Self { status, content_type: "", headers: Vec::new(), body: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// As HTTP; what cannot be sent in a header is left out.
    pub(super) fn into_http(self, date: &str) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if !self.content_type.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        for (name, value) in &self.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(*name, value);
            }
        }
        if let Ok(date) = HeaderValue::from_str(date) {
            headers.insert(header::DATE, date);
        }
        response
    }

    /// As the bytes of HTTP 1.1, the body cut where `part` of a hundred ends.
    pub(super) fn cut(self, framing: Framing, part: usize) -> Vec<u8> {
        let mut out =
            format!("HTTP/1.1 {} OK\r\nContent-Type: {}\r\n", self.status, self.content_type)
                .into_bytes();
        let many = self.body.len();
        let kept = self.body.get(..many * part / 100).unwrap_or_default();
        match framing {
            Framing::Length => out.extend(format!("Content-Length: {many}\r\n\r\n").bytes()),
            Framing::Chunks => {
                out.extend(
                    format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", kept.len()).bytes(),
                );
            }
        }
        out.extend(kept);
        if framing == Framing::Chunks {
            out.extend(b"\r\n");
        }
        out
    }
}

/// How a body says where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length,
    Chunks,
}

/// Why something was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// A filter that the standard does not have, or a value of the wrong type.
    pub(super) fn filter(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_filter", message)
    }

    pub(super) fn missing() -> Self {
        Self::new(404, "not_found", "there is no such thing")
    }

    /// As an answer: `{code, message}`, but for the register that wraps it.
    pub(super) fn reply(self, dialect: Dialect) -> Reply {
        let mut body = b"{\"code\":".to_vec();
        quoted(&mut body, self.code);
        body.extend(b",\"message\":");
        quoted(&mut body, &self.message);
        body.push(b'}');
        let (status, body) = match (dialect, self.status) {
            (Dialect::DemoSis, 400) => (422, [b"{\"detail\":", body.as_slice(), b"}"].concat()),
            (Dialect::DemoSis, status) => {
                (status, [b"{\"detail\":", body.as_slice(), b"}"].concat())
            }
            (_, status) => (status, body),
        };
        let reply = Reply::json(status, body);
        if status == 401 { reply.with("www-authenticate", "Bearer".to_owned()) } else { reply }
    }
}
