//! The customer and its domains.

use serde_json::{Value, json};

use super::user::CUSTOMER;
use crate::google::asked::{Asked, Done};
use crate::google::refusal::Refusal;
use crate::google::world::World;

/// Refuses other customers' keys.
pub(super) fn own(key: &str) -> Result<(), Refusal> {
    if ["my_customer", CUSTOMER].contains(&key) {
        return Ok(());
    }
    Err(Refusal::invalid("Invalid Customer Id"))
}

pub(in crate::google) fn get(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    own(asked.part("customerKey"))?;
    let primary = world.domains.first().cloned().unwrap_or_default();
    Ok(Done::of(json!({
        "kind": "admin#directory#customer",
        "etag": "\"1\"",
        "id": CUSTOMER,
        "customerDomain": primary,
        "language": "sv",
    })))
}

pub(in crate::google) fn domains(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    own(asked.part("customer"))?;
    let all: Vec<Value> = world
        .domains
        .iter()
        .enumerate()
        .map(|(at, name)| {
            json!({
                "kind": "admin#directory#domain",
                "domainName": name,
                "isPrimary": at == 0,
                "verified": true,
            })
        })
        .collect();
    Ok(Done::of(json!({ "kind": "admin#directory#domains", "domains": all })))
}
