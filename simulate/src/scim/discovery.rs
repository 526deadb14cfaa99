//! What the provider says of itself (RFC 7644 §4; RFC 7643 §5–7).

use serde_json::{Map, Value, json};

use super::model::Model;
use super::table;
use super::trouble::Trouble;
use super::wire::{Offers, Scim};
use crate::schema::{Attribute, Kind, Mutability, Returned, Schema};

impl Scim {
    pub(super) fn provider(&self, base: &str) -> Value {
        let supported = json!({ "supported": true });
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": supported,
            "bulk": {
                "supported": self.offers == Offers::All,
                "maxOperations": self.largest_bulk,
                "maxPayloadSize": self.largest_payload,
            },
            "filter": { "supported": true, "maxResults": self.largest_page },
            "changePassword": { "supported": false },
            "sort": { "supported": false },
            "etag": supported,
            "authenticationSchemes": [{
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": "A bearer token in the header Authorization (RFC 6750)",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": true,
            }],
            "meta": {
                "resourceType": "ServiceProviderConfig",
                "location": format!("{base}/ServiceProviderConfig"),
            },
        })
    }

    /// All types, or the one of this name.
    pub(super) fn resource_types(&self, base: &str, name: Option<&str>) -> Result<Value, Trouble> {
        let all = self.models.iter();
        chosen(all.map(|it| (it.name, resource_type(base, it))).collect(), name)
    }

    /// All schemas, or the one of this URN.
    pub(super) fn schemas(&self, base: &str, urn: Option<&str>) -> Result<Value, Trouble> {
        let discovery = table::of_discovery();
        let own = self.models.iter().flat_map(|it| std::iter::once(&it.core).chain(&it.extensions));
        let all = own.chain(&discovery);
        chosen(all.map(|it| (it.urn, schema(base, it))).collect(), urn)
    }
}

fn chosen(all: Vec<(&str, Value)>, name: Option<&str>) -> Result<Value, Trouble> {
    if let Some(name) = name {
        let mut all = all.into_iter();
        return all.find(|(it, _)| *it == name).map(|(_, it)| it).ok_or_else(Trouble::missing);
    }
    let resources: Vec<Value> = all.into_iter().map(|(_, it)| it).collect();
    Ok(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    }))
}

fn resource_type(base: &str, model: &Model) -> Value {
    let extensions: Vec<Value> =
        model.extensions.iter().map(|it| json!({ "schema": it.urn, "required": false })).collect();
    let mut value = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": model.name,
        "name": model.name,
        "endpoint": format!("/{}", model.endpoint),
        "schema": model.urn,
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{base}/ResourceTypes/{}", model.name),
        },
    });
    if let (false, Some(map)) = (extensions.is_empty(), value.as_object_mut()) {
        map.insert("schemaExtensions".to_owned(), Value::Array(extensions));
    }
    value
}

fn schema(base: &str, schema: &Schema) -> Value {
    let attributes: Vec<Value> = schema.attributes.iter().map(attribute).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": schema.urn,
        "name": schema.name,
        "attributes": attributes,
        "meta": {
            "resourceType": "Schema",
            "location": format!("{base}/Schemas/{}", schema.urn),
        },
    })
}

fn attribute(attribute: &Attribute) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| _ = map.insert(name.to_owned(), value);
    put("name", attribute.name.as_str().into());
    put("type", kind(attribute.kind).into());
    put("multiValued", attribute.many.into());
    put("required", attribute.required.into());
    put("caseExact", attribute.exact.into());
    put("mutability", mutability(attribute.mutability).into());
    put("returned", returned(attribute.returned).into());
    put("uniqueness", if attribute.unique { "server" } else { "none" }.into());
    if !attribute.usual.is_empty() {
        put("canonicalValues", attribute.usual.clone().into());
    }
    if attribute.kind == Kind::Reference {
        let anywhere = || vec!["uri".to_owned()];
        let to = if attribute.to.is_empty() { anywhere() } else { attribute.to.clone() };
        put("referenceTypes", to.into());
    }
    if attribute.kind == Kind::Complex {
        put("subAttributes", attribute.inner.iter().map(self::attribute).collect());
    }
    Value::Object(map)
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "string",
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::DateTime => "dateTime",
        Kind::Reference => "reference",
        Kind::Binary => "binary",
        Kind::Complex => "complex",
    }
}

const fn mutability(mutability: Mutability) -> &'static str {
    match mutability {
        Mutability::ReadWrite => "readWrite",
        Mutability::ReadOnly => "readOnly",
        Mutability::Immutable => "immutable",
        Mutability::WriteOnly => "writeOnly",
    }
}

const fn returned(returned: Returned) -> &'static str {
    match returned {
        Returned::Default => "default",
        Returned::Always => "always",
        Returned::Never => "never",
    }
}
