//! An answer: its head, and its body in pieces under a limit.

use std::time::Duration;

use bytes::Bytes;
use rand::Rng as _;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::classify;
use super::client::Client;
use super::error::{Error, Fault, Nonsense, Place};
use super::retry_after;

/// How much of a refusal's body is read to find the server's error code.
const MAX_REFUSAL: u64 = 64 * 1024;

/// So much memory is set aside for a body by its declared length alone.
const BELIEVED: usize = 16 << 20;

/// The head of an answer, with its body still to be read.
///
/// Dropped before its end, the rest of the body is not read.
pub struct Answer {
    response: Response,
    client: Client,
    record: Record,
    limit: u64,
    kind: Kind,
}

/// What the body was said or asked to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Any,
    Json,
}

impl Answer {
    pub(super) fn new(response: Response, mut record: Record, client: Client) -> Self {
        record.status = response.status().as_u16();
        let limit = client.shared.settings.limits.body();
        Self { response, client, record, limit, kind: Kind::Any }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.record.status
    }

    /// A header's value, where it is there and readable.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// How long the server asks us to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let written = self.header(RETRY_AFTER.as_str())?;
        retry_after::parse(written, self.header(DATE.as_str()))
    }

    /// Bytes of the body that were read until now, unpacked.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.record.bytes
    }

    /// Refuses a body that is not JSON: by its declared type here, and a web page by its
    /// first letter when it is read. No type at all and `text/plain` are let through, since
    /// careless servers send both.
    pub fn expect_json(mut self) -> Result<Self, Error> {
        self.kind = Kind::Json;
        let media = self.media_type();
        let is_json = media.is_empty()
            || ["text/plain", "text/json"].contains(&media.as_str())
            || (media.starts_with("application/") && media.ends_with("json"));
        if is_json { Ok(self) } else { Err(self.wrong_type(&media)) }
    }

    /// Refuses a body of another declared media type than one of these.
    pub fn expect_type(self, media_types: &[&str]) -> Result<Self, Error> {
        let media = self.media_type();
        if media_types.contains(&media.as_str()) { Ok(self) } else { Err(self.wrong_type(&media)) }
    }

    fn media_type(&self) -> String {
        let written = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        written.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    fn wrong_type(&self, media: &str) -> Error {
        let is_token = media.len() <= 64
            && media.chars().all(|c| c.is_ascii_alphanumeric() || "/+.-".contains(c));
        let found = if is_token { media } else { "?" };
        self.nonsense(match media {
            "text/html" | "application/xhtml+xml" => Nonsense::Html,
            _ => Nonsense::ContentType { found: found.to_owned() },
        })
    }

    /// Allows at most this many bytes, if that is less than the settings allow.
    #[must_use]
    pub fn at_most(mut self, bytes: u64) -> Self {
        self.limit = self.limit.min(bytes);
        self
    }

    /// The next piece of the body, unpacked; `None` at its proper end.
    ///
    /// # Errors
    ///
    /// When the body breaks off, takes too long, or is over the limit: then nothing of it may
    /// be used.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if self.record.bytes == 0
            && self.response.content_length().is_some_and(|length| length > self.limit)
        {
            return Err(self.too_large());
        }
        let chunk = match self.response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => {
                self.record.end();
                return Ok(None);
            }
            Err(error) => {
                let fault = classify::body(&error.without_url());
                self.record.failed(&fault);
                return Err(self.error(fault));
            }
        };
        let is_first = self.record.bytes == 0;
        self.record.bytes += chunk.len() as u64;
        if self.record.bytes > self.limit {
            return Err(self.too_large());
        }
        if is_first && self.kind == Kind::Json && begins_page(&chunk) {
            return Err(self.nonsense(Nonsense::Html));
        }
        Ok(Some(chunk))
    }

    fn too_large(&self) -> Error {
        self.nonsense(Nonsense::TooLarge { limit: self.limit })
    }

    /// The whole body, at most `max_whole_mb` of it.
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        self.limit = self.limit.min(self.client.shared.settings.limits.whole());
        self.gathered().await
    }

    /// The whole body, as much of it as may be read in pieces.
    pub(super) async fn gathered(mut self) -> Result<Bytes, Error> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk().await? else { return Ok(first) };
        let mut whole = Vec::with_capacity(first.len() + second.len());
        whole.extend_from_slice(&first);
        whole.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.into())
    }

    /// As [`Self::bytes`], into memory that was used before; what is in it is dropped.
    pub async fn bytes_into(mut self, whole: &mut Vec<u8>) -> Result<(), Error> {
        self.limit = self.limit.min(self.client.shared.settings.limits.whole());
        whole.clear();
        // What the server says of the length is believed as far as the limit goes.
        let told = self.response.content_length().unwrap_or_default().min(self.limit);
        // Not more: memory that is used for one page after the other would grow to twice a page.
        whole.reserve_exact(usize::try_from(told).unwrap_or_default().min(BELIEVED));
        while let Some(chunk) = self.chunk().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(())
    }

    /// The whole body, read as JSON.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        let answer = self.expect_json()?;
        let place = answer.record.place.clone();
        let body = answer.bytes().await?;
        serde_json::from_slice(&body).map_err(|error| json_error(place, &error))
    }

    /// The refusal that this answer is: classified by its status, with the server's own short
    /// error code. For an answer of [`send_any`](super::Request::send_any).
    pub async fn into_error(mut self) -> Error {
        self.limit = MAX_REFUSAL;
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = self.chunk().await {
            body.extend_from_slice(&chunk);
        }
        let fault = classify::status(&self, classify::code(&body));
        let fault = fault.unwrap_or(Fault::Nonsense(Nonsense::Status(self.status())));
        self.error(fault)
    }

    fn nonsense(&self, nonsense: Nonsense) -> Error {
        self.error(Fault::Nonsense(nonsense))
    }

    pub(super) fn error(&self, fault: Fault) -> Error {
        let attempts = self.record.attempt;
        Error { attempts, ..Error::new(self.record.place.clone(), fault) }
    }
}

/// Where JSON breaks, without the words of the parser: they may repeat a value.
pub(super) fn json_error(place: Place, error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    Error::new(place, Fault::Nonsense(Nonsense::Json { line, column }))
}

fn begins_page(chunk: &[u8]) -> bool {
    let text = chunk.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(chunk);
    text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// What the log says of one call, once: when its body has ended, broken, or been left.
pub(super) struct Record {
    place: Place,
    method: Method,
    attempt: u32,
    request_id: String,
    started: Instant,
    status: u16,
    bytes: u64,
    outcome: &'static str,
}

impl Record {
    pub(super) fn new(place: Place, method: &Method, attempt: u32) -> Self {
        let request_id = format!("{:032x}", rand::rng().random::<u128>());
        let method = method.clone();
        let started = Instant::now();
        Self { place, method, attempt, request_id, started, status: 0, bytes: 0, outcome: "left" }
    }

    /// Ours, sent as `X-Request-Id`: by it the receiver's support finds the call.
    pub(super) fn request_id(&self) -> &str {
        &self.request_id
    }

    fn end(&mut self) {
        self.outcome = "read";
    }

    pub(super) fn failed(&mut self, fault: &Fault) {
        self.outcome = classify::word(fault);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(
            http.method = self.method.as_str(),
            http.host = &*self.place.host,
            http.path = self.place.label,
            http.status = self.status,
            http.bytes = self.bytes,
            http.attempt = self.attempt,
            http.request_id = self.request_id,
            http.outcome = self.outcome,
            duration_ms,
            "called over HTTP"
        );
    }
}
