//! Bodies as they go over the wire (reference/targets.md §4.1), and the table that says which
//! attribute stands where.

use serde_json::{Map, Value as Json, json};
use state::Kind;

use super::card;

/// Where an attribute of ours stands in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Under its own name.
    Plain(&'static str),
    /// In the complex attribute `name` (RFC 7643 §4.1.1).
    Name(&'static str),
    /// The first of `emails`.
    Email,
    /// A reference to one object.
    Ref(&'static str),
    /// A list of references, of which we give one.
    Refs(&'static str),
}

/// A type at the receiver.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub(super) kind: Kind,
    /// The endpoint, also in references.
    pub(super) endpoint: &'static str,
    /// The address of one resource.
    pub(super) one: &'static str,
    /// Its schema.
    pub(super) schema: &'static str,
    /// Where each attribute of the card stands, in the card's order.
    pub(super) places: &'static [Place],
}

/// The schema of what EGIL adds to a user: its enrolments.
pub(super) const USER_EXTENSION: &str = "urn:scim:schemas:extension:sis:school:1.0:User";

use Place::{Email, Name, Plain, Ref, Refs};

/// Every type, by kind.
pub(super) const TYPES: [Type; 7] = [
    Type {
        kind: card::ORGANISATION,
        endpoint: "Organisations",
        one: "Organisations/{id}",
        schema: "urn:scim:schemas:extension:sis:school:1.0:Organisation",
        places: &[Plain("displayName")],
    },
    Type {
        kind: card::SCHOOL_UNIT_GROUP,
        endpoint: "SchoolUnitGroups",
        one: "SchoolUnitGroups/{id}",
        schema: "urn:scim:schemas:extension:sis:school:1.0:SchoolUnitGroup",
        places: &[Plain("displayName")],
    },
    Type {
        kind: card::SCHOOL_UNIT,
        endpoint: "SchoolUnits",
        one: "SchoolUnits/{id}",
        schema: "urn:scim:schemas:extension:sis:school:1.0:SchoolUnit",
        places: &[
            Plain("displayName"),
            Plain("schoolUnitCode"),
            Ref("organisation"),
            Ref("schoolUnitGroup"),
            Plain("municipalityCode"),
        ],
    },
    Type {
        kind: card::USER,
        endpoint: "Users",
        one: "Users/{id}",
        schema: "urn:ietf:params:scim:schemas:core:2.0:User",
        places: &[
            Plain("userName"),
            Name("givenName"),
            Name("familyName"),
            Plain("displayName"),
            Email,
        ],
    },
    Type {
        kind: card::EMPLOYMENT,
        endpoint: "Employments",
        one: "Employments/{id}",
        schema: "urn:scim:schemas:extension:sis:school:1.0:Employment",
        places: &[Ref("employedAt"), Ref("user"), Plain("employmentRole"), Plain("signature")],
    },
    Type {
        kind: card::STUDENT_GROUP,
        endpoint: "StudentGroups",
        one: "StudentGroups/{id}",
        schema: "urn:scim:schemas:extension:sis:school:1.0:StudentGroup",
        places: &[
            Plain("displayName"),
            Ref("owner"),
            Plain("studentGroupType"),
            Plain("schoolType"),
        ],
    },
    Type {
        kind: card::ACTIVITY,
        endpoint: "Activities",
        one: "Activities/{id}",
        schema: "urn:scim:schemas:extension:sis:school:1.0:Activity",
        places: &[Plain("displayName"), Ref("owner"), Refs("groups")],
    },
];

/// The type of a kind of the card.
pub(super) fn of(kind: Kind) -> Option<&'static Type> {
    TYPES.iter().find(|it| it.kind == kind)
}

/// A reference: `{"value": ID, "$ref": "SchoolUnits/ID"}`.
pub(super) fn reference(endpoint: &str, id: &str) -> Json {
    json!({ "value": id, "$ref": format!("{endpoint}/{id}") })
}

/// A body that begins with its schemas and its id.
pub(super) fn begun(schemas: &[&str], external_id: &str) -> Map<String, Json> {
    let mut body = Map::new();
    body.insert("schemas".to_owned(), json!(schemas));
    body.insert("externalId".to_owned(), json!(external_id));
    body
}
