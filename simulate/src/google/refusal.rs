//! Refusals, in the four shapes that Google's servers use (google.md §1.4, §2.2).

use axum::http::HeaderName;
use serde_json::{Value, json};

use super::methods::Api;
use crate::receiver::{Reply, header};

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// The word of the older form.
    pub(super) reason: &'static str,
    pub(super) message: String,
    pub(super) form: Form,
    pub(super) headers: Vec<(HeaderName, String)>,
}

/// How a refusal is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// As the API in question does: the older form in Directory and Groups Settings, the newer
    /// in Classroom.
    #[default]
    Own,
    /// The older form, with `status` beside `errors`.
    Both,
    /// The newer form alone: `status`, and `details` where there are any.
    Newer,
    /// Plain text.
    Text,
    /// A page of HTML, as from a server in between.
    Html,
}

impl Refusal {
    pub(super) fn new(status: u16, reason: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, reason, message, form: Form::Own, headers: Vec::new() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid", message)
    }

    pub(super) fn missing(what: &str) -> Self {
        Self::new(404, "notFound", format!("Resource Not Found: {what}"))
    }

    pub(super) fn duplicate() -> Self {
        Self::new(409, "duplicate", "Entity already exists.")
    }

    pub(super) fn forbidden() -> Self {
        Self::new(403, "forbidden", "Not Authorized to access this resource/api")
    }

    /// 400 with a name that Classroom's documentation lists; the blank after it is Google's.
    pub(super) fn precondition(name: &str, text: &str) -> Self {
        Self::new(400, "failedPrecondition", format!("@{name} {text}"))
    }

    #[must_use]
    pub(super) fn in_form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    #[must_use]
    pub(super) fn with(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// As this API writes it.
    pub(super) fn reply(&self, api: Api) -> Reply {
        let form = match (self.form, api) {
            (Form::Own, Api::Classroom) => Form::Newer,
            (Form::Own, Api::Directory | Api::Settings) => Form::Own,
            (other, _) => other,
        };
        let json = "application/json; charset=UTF-8";
        let reply = match form {
            Form::Own => Reply::new(self.status, json, self.older(None).to_string()),
            Form::Both => Reply::new(self.status, json, self.older(self.name()).to_string()),
            Form::Newer => Reply::new(self.status, json, self.newer().to_string()),
            Form::Text => {
                Reply::new(self.status, "text/plain; charset=UTF-8", self.message.clone())
            }
            Form::Html => Reply::new(self.status, "text/html; charset=UTF-8", self.html()),
        };
        self.headers
            .iter()
            .fold(reply, |reply, (name, value)| reply.with(name.clone(), value.clone()))
    }

    fn older(&self, name: Option<&str>) -> Value {
        let domain = match self.reason {
            "rateLimitExceeded" | "userRateLimitExceeded" | "quotaExceeded" => "usageLimits",
            _ => "global",
        };
        let mut error = json!({
            "code": self.status,
            "message": self.message,
            "errors": [{ "message": self.message, "domain": domain, "reason": self.reason }],
        });
        if let (Some(name), Some(map)) = (name, error.as_object_mut()) {
            map.insert("status".to_owned(), name.into());
        }
        json!({ "error": error })
    }

    fn newer(&self) -> Value {
        let mut error = json!({ "code": self.status, "message": self.message });
        if let (Some(name), Some(map)) = (self.name(), error.as_object_mut()) {
            map.insert("status".to_owned(), name.into());
            if self.status == 429 {
                let details = json!([{
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "RATE_LIMIT_EXCEEDED",
                    "domain": "googleapis.com",
                }]);
                map.insert("details".to_owned(), details);
            }
        }
        json!({ "error": error })
    }

    /// The canonical code of google.rpc.Code.
    fn name(&self) -> Option<&'static str> {
        Some(match (self.status, self.reason) {
            (_, "failedPrecondition") | (412, _) => "FAILED_PRECONDITION",
            (400, _) => "INVALID_ARGUMENT",
            (401, _) => "UNAUTHENTICATED",
            (403, _) => "PERMISSION_DENIED",
            (404, _) => "NOT_FOUND",
            (409, "aborted") => "ABORTED",
            (409, _) => "ALREADY_EXISTS",
            (429, _) => "RESOURCE_EXHAUSTED",
            (500, _) => "INTERNAL",
            (501, _) => "UNIMPLEMENTED",
            (502 | 503, _) => "UNAVAILABLE",
            (504, _) => "DEADLINE_EXCEEDED",
            (_, _) => return None,
        })
    }

    fn html(&self) -> String {
        let (status, message) = (self.status, &self.message);
        format!(
            "<!DOCTYPE html>\n<html lang=en>\n<title>Error {status}</title>\n\
             <p><b>{status}.</b> <ins>That\u{2019}s an error.</ins>\n<p>{message}\n"
        )
    }
}

/// 401 to whom no valid token names.
pub(super) fn stranger() -> Refusal {
    Refusal::new(401, "authError", "Invalid Credentials").with(
        header::WWW_AUTHENTICATE,
        "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"".to_owned(),
    )
}
