//! What a provider says that it can do (RFC 7643 §5).

use serde_json::Value as Json;

use super::bulk;

/// What the provider says that it can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offers {
    pub(super) changes: Changes,
    pub(super) bulk: Option<bulk::Offer>,
}

/// How an object is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changes {
    Patch,
    /// Whole bodies only.
    Put,
}

impl Offers {
    /// From `ServiceProviderConfig`; what is not there is not offered.
    pub(super) fn of(config: &Json) -> Self {
        let patch = config.pointer("/patch/supported").and_then(Json::as_bool);
        let changes = if patch == Some(true) { Changes::Patch } else { Changes::Put };
        Self { changes, bulk: bulk::Offer::of(config) }
    }
}
