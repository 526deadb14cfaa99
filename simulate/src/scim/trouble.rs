//! Refusals in the form of RFC 7644 §3.12.

use serde_json::{Value, json};

use crate::receiver::Reply;
use crate::schema::Wrong;

/// Why something was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) status: u16,
    /// A word of table 9.
    pub(super) scim_type: Option<&'static str>,
    pub(super) detail: String,
}

pub(super) const CONTENT_TYPE: &str = "application/scim+json";

impl Trouble {
    pub(super) fn new(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// 400 with a word of table 9.
    pub(super) fn bad(scim_type: &'static str, detail: impl Into<String>) -> Self {
        Self { status: 400, scim_type: Some(scim_type), detail: detail.into() }
    }

    pub(super) fn missing() -> Self {
        Self::new(404, "there is no such resource")
    }

    pub(super) fn json(&self) -> Value {
        let mut error = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.to_string(),
            "detail": self.detail,
        });
        if let (Some(name), Some(map)) = (self.scim_type, error.as_object_mut()) {
            map.insert("scimType".to_owned(), name.into());
        }
        error
    }

    pub(super) fn reply(&self) -> Reply {
        Reply::new(self.status, CONTENT_TYPE, self.json().to_string())
    }
}

impl From<Wrong> for Trouble {
    fn from(wrong: Wrong) -> Self {
        Self::bad("invalidValue", wrong.0)
    }
}
