//! What the provider says of itself: RFC 7644 §4.

use serde_json::{Value, json};

use super::super::{Kinds, table};
use super::{ENTERPRISE, GROUP, Provider, Switches, USER, refused};
use crate::schema::misspelt;

#[test]
fn what_it_can_do_is_said() {
    let mut provider = Provider::start();
    let told = provider.get("/ServiceProviderConfig");
    for (name, supported) in
        [("patch", true), ("bulk", true), ("filter", true), ("etag", true), ("sort", false)]
    {
        assert_eq!(told[name]["supported"], supported, "{name}");
    }
    assert_eq!(told["bulk"]["maxOperations"], 1_000);
    assert_eq!(told["filter"]["maxResults"], 1_000);
}

#[test]
fn types_and_schemas() {
    let mut provider = Provider::start();
    let types = provider.get("/ResourceTypes");
    assert_eq!(types["totalResults"], 2);
    let user = &types["Resources"][0];
    assert_eq!((&user["endpoint"], &user["schema"]), (&json!("/Users"), &json!(USER)));
    assert_eq!(user["schemaExtensions"], json!([{ "schema": ENTERPRISE, "required": false }]));
    assert_eq!(provider.get("/ResourceTypes/User"), *user);

    let schema = provider.get(&format!("/Schemas/{USER}"));
    let attributes = schema["attributes"].as_array().unwrap();
    let of = |name: &str| attributes.iter().find(|it| it["name"] == name).unwrap();
    assert_eq!(
        (&of("userName")["required"], &of("userName")["uniqueness"]),
        (&json!(true), &json!("server"))
    );
    assert_eq!(of("password")["returned"], "never");
    assert_eq!(of("emails")["multiValued"], true);
    assert!(!attributes.iter().any(|it| it["name"] == "externalId"), "common ones are not listed");
    assert_eq!(provider.get(&format!("/Schemas/{GROUP}"))["name"], "Group");

    for path in ["/Schemas/nothing", "/ResourceTypes/nothing", "/nothing"] {
        assert_eq!(refused(&provider.ask("GET", path, &Value::Null)).0, 404, "{path}");
    }
    for path in ["/Schemas?filter=id%20pr", "/ResourceTypes?filter=id%20pr"] {
        assert_eq!(refused(&provider.ask("GET", path, &Value::Null)).0, 403, "{path}");
    }
}

#[test]
fn the_types_of_egil_instead() {
    let mut provider = Provider::with(Switches { kinds: Kinds::Egil, ..Switches::default() });
    assert_eq!(provider.get("/ResourceTypes")["totalResults"], 7);
    let unit = json!({
        "schemas": ["urn:scim:schemas:extension:sis:school:1.0:SchoolUnit"],
        "externalId": "u-1", "displayName": "Exempelskolan", "schoolUnitCode": "99999901",
    });
    let id = provider.create("SchoolUnits", &unit);
    let group = |to: &str| {
        json!({
            "schemas": ["urn:scim:schemas:extension:sis:school:1.0:StudentGroup"],
            "displayName": "7A", "owner": { "value": to },
        })
    };
    provider.create("StudentGroups", &group(&id));
    let nowhere = group("00000000-0000-4000-8000-000000000009");
    let answer = provider.ask("POST", "/StudentGroups", &nowhere);
    assert_eq!(refused(&answer), (400, "invalidValue".to_owned()));
    let found = provider.get("/SchoolUnits?filter=externalId%20eq%20%22u-1%22");
    assert_eq!(found["totalResults"], 1);
}

#[test]
fn every_word_of_the_tables_means_something() {
    for table in [
        table::COMMON,
        table::USER,
        table::ENTERPRISE,
        table::GROUP,
        table::PROVIDER,
        table::RESOURCE_TYPE,
        table::SCHEMA,
    ] {
        assert_eq!(misspelt(table), [""; 0]);
    }
}
