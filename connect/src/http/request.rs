//! One call: put together, sent, sent again where that can help.

use std::borrow::Cow;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answer::{Answer, Record};
use super::classify::{self, Certificate};
use super::client::{Client, Shared, form};
use super::error::{Error, Fault, Nonsense, Place};
use super::retry::Retry;

/// Whether a call may be made more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Twice does the same as once: GET, HEAD, PUT, DELETE, and what the caller knows of.
    Safe,
    /// Once only.
    Never,
}

/// More redirects than any working server needs.
const MAX_REDIRECTS: usize = 5;

/// A call being put together.
#[must_use = "a request does nothing until it is sent"]
#[derive(Clone)]
pub struct Request {
    client: Client,
    method: Method,
    template: &'static str,
    label: &'static str,
    link: Option<Url>,
    parts: Vec<(&'static str, String)>,
    query: Vec<(Cow<'static, str>, String)>,
    headers: HeaderMap,
    body: Option<Bytes>,
    repeat: Repeat,
    /// What of ours cannot be sent; told when it is sent.
    unfit: Option<&'static str>,
}

impl Request {
    pub(super) fn new(client: Client, method: Method, template: &'static str) -> Self {
        let repeat = if method.is_idempotent() { Repeat::Safe } else { Repeat::Never };
        Self {
            client,
            method,
            template,
            label: template,
            link: None,
            parts: Vec::new(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
            repeat,
            unfit: None,
        }
    }

    pub(super) fn to(client: Client, template: &'static str, link: Url) -> Self {
        Self { link: Some(link), ..Self::new(client, Method::GET, template) }
    }

    pub(super) fn by(mut self, method: Method) -> Self {
        self.repeat = if method.is_idempotent() { Repeat::Safe } else { Repeat::Never };
        self.method = method;
        self
    }

    /// Names the place otherwise in traces and errors.
    pub(super) fn named(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// Fills `{name}` of the template; the value is encoded.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        // These three would make another path.
        if ["", ".", ".."].contains(&value) {
            self.unfit = Some("a part of the path is empty");
        }
        self.parts.push((name, value.to_owned()));
        self
    }

    /// Adds a field to the query; the value is encoded.
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: &str) -> Self {
        self.query.push((name.into(), value.to_owned()));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            (Err(_), _) | (_, Err(_)) => self.unfit = Some("a header cannot be sent"),
        }
        self
    }

    /// Says which kind of content we want; `application/json` when left out.
    pub fn accept(self, media_type: &str) -> Self {
        self.header("accept", media_type)
    }

    /// Sends this as a body.
    pub fn body(mut self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", media_type)
    }

    /// Sends this as JSON, with `application/json` unless [`Request::header`] said otherwise
    /// before (SCIM has a media type of its own).
    pub fn json_body(mut self, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) if self.headers.contains_key(CONTENT_TYPE) => {
                self.body = Some(body.into());
                self
            }
            Ok(body) => self.body("application/json", body),
            Err(_) => {
                self.unfit = Some("the body cannot be written as JSON");
                self
            }
        }
    }

    /// Sends these fields as a form.
    pub fn form_body(self, fields: &[(&str, &str)]) -> Self {
        self.body("application/x-www-form-urlencoded", form(fields))
    }

    /// Says whether the call may be made again: for a POST that only asks, or carries an
    /// idempotency key of the server's.
    pub fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// Sends it. Only a success (2xx) is an answer; its body is then read in pieces.
    ///
    /// # Errors
    ///
    /// By what to do next: [`Fault`]. Retries are behind us then.
    pub async fn send(self) -> Result<Answer, Error> {
        let mut retry = self.retrying();
        loop {
            let outcome = self.success(retry.attempt()).await;
            match outcome {
                Ok(answer) => return Ok(answer),
                Err(error) => self.again(&mut retry, error).await?,
            }
        }
    }

    /// Sends it and takes any status for an answer, except those that mean "later" while they
    /// are worth another attempt. For receivers whose refusals have a body that matters.
    pub async fn send_any(self) -> Result<Answer, Error> {
        let mut retry = self.retrying();
        loop {
            match self.exchange(retry.attempt()).await {
                Ok(answer) => {
                    let Some(fault) = classify::status(&answer, None) else { return Ok(answer) };
                    let error = answer.error(fault);
                    if self.again(&mut retry, error).await.is_err() {
                        return Ok(answer);
                    }
                }
                Err(error) => self.again(&mut retry, error).await?,
            }
        }
    }

    /// Sends it and reads the whole body; a body that breaks off is asked for again.
    pub async fn bytes(self) -> Result<Bytes, Error> {
        let mut retry = self.retrying();
        loop {
            let outcome = match self.success(retry.attempt()).await {
                Ok(answer) => answer.bytes().await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(body) => return Ok(body),
                Err(error) => self.again(&mut retry, error).await?,
            }
        }
    }

    /// Sends it and reads the whole body as JSON; a body that breaks off is asked for again.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        let mut retry = self.retrying();
        loop {
            let outcome = match self.success(retry.attempt()).await {
                Ok(answer) => answer.json().await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(value) => return Ok(value),
                Err(error) => self.again(&mut retry, error).await?,
            }
        }
    }

    pub(super) fn repeats(&self) -> Repeat {
        self.repeat
    }

    /// Waits for the next attempt, and tells of it.
    async fn again(&self, retry: &mut Retry, error: Error) -> Result<(), Error> {
        let Shared { told, host, .. } = &*self.client.shared;
        told.patient(host, retry.again(error)).await
    }

    fn retrying(&self) -> Retry {
        Retry::new(self.client.shared.settings.retry.clone(), self.repeat)
    }

    async fn success(&self, attempt: u32) -> Result<Answer, Error> {
        let answer = self.exchange(attempt).await?;
        if StatusCode::from_u16(answer.status()).is_ok_and(|status| status.is_success()) {
            return Ok(answer);
        }
        Err(answer.into_error().await)
    }

    /// One call with its sign-in and its redirects.
    pub(super) async fn exchange(&self, attempt: u32) -> Result<Answer, Error> {
        let mut url = self.url()?;
        let mut method = self.method.clone();
        let mut body = self.body.clone();
        let mut stale = None;
        let mut hops = 0;
        loop {
            let (answer, ticket) = self.once(&method, &url, body.clone(), stale, attempt).await?;
            if answer.status() == 401 && ticket.is_some() && stale.is_none() {
                stale = ticket;
                continue;
            }
            let Some(target) = self.redirect(&answer, &url, &method)? else { return Ok(answer) };
            hops += 1;
            if hops > MAX_REDIRECTS || target == url {
                return Err(self.error(Fault::Nonsense(Nonsense::RedirectLoop)));
            }
            if answer.status() == 303 && method != Method::HEAD {
                method = Method::GET;
                body = None;
            }
            url = target;
        }
    }

    async fn once(
        &self,
        method: &Method,
        url: &Url,
        body: Option<Bytes>,
        stale: Option<u64>,
        attempt: u32,
    ) -> Result<(Answer, Option<u64>), Error> {
        let shared = &self.client.shared;
        let mut request = shared.http.request(method.clone(), url.clone());
        request = request.headers(self.headers.clone());
        if !self.headers.contains_key(ACCEPT) {
            request = request.header(ACCEPT, "application/json");
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let applied = shared.sign_in.apply(request, stale);
        let (request, ticket) = shared.told.patient(&shared.host, applied).await?;
        let mut record = Record::new(self.place(), method, attempt);
        let request = request.header("x-request-id", record.request_id());
        match shared.told.patient(&shared.host, request.send()).await {
            Ok(response) => Ok((Answer::new(response, record, self.client.clone()), ticket)),
            Err(error) => {
                let own = Certificate::of(&shared.settings);
                let fault = classify::transport(&error.without_url(), url, own);
                record.failed(&fault);
                Err(self.error(fault))
            }
        }
    }

    /// Where an answer sends us on, if it does and we may go there.
    fn redirect(&self, answer: &Answer, from: &Url, method: &Method) -> Result<Option<Url>, Error> {
        let follows = match answer.status() {
            301 | 302 => method.is_safe(),
            303 | 307 | 308 => true,
            _ => false,
        };
        if !follows {
            return Ok(None);
        }
        let target = answer.header(LOCATION.as_str()).and_then(|to| from.join(to).ok());
        let Some(mut target) = target else {
            return Err(self.error(Fault::Nonsense(Nonsense::RedirectLoop)));
        };
        target.set_fragment(None);
        if same_origin(&target, &self.client.shared.base) {
            Ok(Some(target))
        } else {
            Err(self.error(Fault::Nonsense(Nonsense::RedirectElsewhere)))
        }
    }

    fn url(&self) -> Result<Url, Error> {
        if let Some(unfit) = self.unfit {
            return Err(self.error(Fault::Ours(unfit)));
        }
        let mut url = match &self.link {
            Some(link) if same_origin(link, &self.client.shared.base) => link.clone(),
            Some(_) => return Err(self.error(Fault::Nonsense(Nonsense::LinkElsewhere))),
            None => self.filled()?,
        };
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    /// The base address with the template below it.
    fn filled(&self) -> Result<Url, Error> {
        let mut url = self.client.shared.base.clone();
        let template = self.template.trim_start_matches('/');
        if template.is_empty() {
            return Ok(url);
        }
        let Ok(mut segments) = url.path_segments_mut() else {
            return Err(self.error(Fault::Ours("the address cannot be extended")));
        };
        segments.pop_if_empty();
        for segment in template.split('/') {
            let mut filled = segment.to_owned();
            for (name, value) in &self.parts {
                filled = filled.replace(&format!("{{{name}}}"), value);
            }
            segments.push(&filled);
        }
        drop(segments);
        let missing = template
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
            .any(|name| !self.parts.iter().any(|(filled, _)| *filled == name));
        if missing {
            Err(self.error(Fault::Ours("a part of the path is missing")))
        } else {
            Ok(url)
        }
    }

    pub(super) fn place(&self) -> Place {
        self.client.place(self.label)
    }

    fn error(&self, fault: Fault) -> Error {
        Error::new(self.place(), fault)
    }
}

/// Same scheme, host and port.
pub(super) fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}
