//! Brings one body to a receiver: paced, tried again where that can help, and honest about
//! what may have been done.

use connect::http::{Bytes, Client, Error, Fault, Method, Request};
use serde_json::Value as Json;
use state::TargetError;

/// The media type of SCIM (RFC 7644 §3.1).
const SCIM: &str = "application/scim+json";

/// A receiver's answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    /// Whether a try before this answer may have been carried out.
    pub(crate) uncertain: Uncertain,
}

/// Whether something may have been done without our knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uncertain {
    No,
    Yes,
}

/// Calls one account at a receiver.
pub(crate) struct Courier {
    target: String,
    client: Client,
}

impl Courier {
    pub(crate) fn new(target: &str, client: Client) -> Self {
        Self { target: target.to_owned(), client }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Sends one body, or none, to `template` with the id in it.
    pub(crate) async fn call(
        &self,
        method: Method,
        template: &'static str,
        id: Option<&str>,
        body: Option<&Json>,
    ) -> Result<Reply, TargetError> {
        let mut request = self.client.request(method, template).accept(SCIM);
        if let Some(id) = id {
            request = request.with("id", id);
        }
        if let Some(body) = body {
            request = request.header("content-type", SCIM).json_body(body);
        }
        let answer = request.send_any().await.map_err(|error| self.failed(error))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| self.failed(error))?;
        Ok(Reply { status, body, uncertain: Uncertain::No })
    }

    /// Reads a whole answer, within the limit of what is read in pieces.
    pub(crate) async fn whole(&self, request: Request) -> Result<Vec<u8>, TargetError> {
        let mut answer = request.send().await.map_err(|error| self.failed(error))?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.failed(error))? {
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    pub(crate) fn failed(&self, error: Error) -> TargetError {
        let target = self.target.clone();
        if matches!(*error.fault, Fault::Denied { .. } | Fault::Unauthorized { .. }) {
            return TargetError::Denied { target };
        }
        let detail = error.to_string();
        TargetError::Unavailable { target, detail, source: Box::new(error) }
    }
}
