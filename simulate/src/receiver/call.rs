//! A call and its answer, between HTTP and the receiver.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

pub(crate) use axum::http::header;

use super::Inside;

/// What was asked.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) query: String,
    /// The host that was called, with its port.
    pub(crate) host: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What becomes of the first of its operations, where it has many.
    pub(crate) inside: Option<(u16, Inside)>,
}

impl Call {
    /// A header's text; empty when it is not there.
    pub(crate) fn header(&self, name: &HeaderName) -> &str {
        self.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }

    /// `Content-Type` without its parameters, in small letters.
    pub(crate) fn content_type(&self) -> String {
        let whole = self.header(&header::CONTENT_TYPE);
        whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The pairs of the query, decoded.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        let pairs = self.query.split('&').filter(|it| !it.is_empty());
        pairs
            .map(|it| {
                let (name, value) = it.split_once('=').unwrap_or((it, ""));
                (decoded(name), decoded(value))
            })
            .collect()
    }
}

/// Undoes `%XX` and `+`.
pub(crate) fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let hex: Vec<u8> = bytes.by_ref().take(2).collect();
                let hex = std::str::from_utf8(&hex).unwrap_or_default();
                out.push(u8::from_str_radix(hex, 16).unwrap_or(b'%'));
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What a call did to the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Written {
    /// Nothing, or it was no write.
    #[default]
    Nothing,
    /// Accepted, though it said what was there already.
    Needless,
}

/// What is answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// None when there is no body.
    pub(crate) content_type: String,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Bytes,
    pub(crate) written: Written,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let (content_type, body) = (content_type.to_owned(), body.into());
        Self { status, content_type, body, ..Self::default() }
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", format!("{text}\n"))
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Head and body apart; what cannot stand in a header is left out.
    pub(crate) fn into_http(self) -> (Response<()>, Bytes) {
        let mut head = Response::new(());
        *head.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let typed =
            (!self.content_type.is_empty()).then_some((header::CONTENT_TYPE, self.content_type));
        for (name, value) in typed.into_iter().chain(self.headers) {
            if let Ok(value) = HeaderValue::try_from(value) {
                head.headers_mut().insert(name, value);
            }
        }
        (head, self.body)
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let (head, body) = self.into_http();
        head.map(|()| Body::from(body))
    }
}
