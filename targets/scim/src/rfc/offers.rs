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

/// The schema of the description (RFC 7643 §8.7.2).
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

impl Offers {
    /// RFC 7644 §4: what has no description offers nothing beside what everybody must.
    pub(super) const NONE: Self = Self { changes: Changes::Put, bulk: None };

    /// From `ServiceProviderConfig`: what is not in it is not offered. `None` where it is
    /// something else: whole bodies for want of it would wipe out what others have written.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        let config: Json = serde_json::from_slice(body).ok()?;
        let schemas = config.get("schemas").and_then(Json::as_array).into_iter().flatten();
        let mut schemas = schemas.filter_map(Json::as_str);
        let is_one = config.get("patch").is_some_and(Json::is_object)
            || schemas.any(|it| it.eq_ignore_ascii_case(SCHEMA));
        let patch = config.pointer("/patch/supported").and_then(Json::as_bool);
        let changes = if patch == Some(true) { Changes::Patch } else { Changes::Put };
        is_one.then(|| Self { changes, bulk: bulk::Offer::of(&config) })
    }
}
