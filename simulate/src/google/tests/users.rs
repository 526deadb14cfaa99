use std::time::Duration;

use serde_json::{Value, json};

use super::{ADMIN, Tenant, USERS, user};
use crate::google::{Limits, Switches};

fn with(name: &str, field: &str, value: Value) -> Value {
    let mut user = user(name);
    user[field] = value;
    user
}

fn named(given: &str, family: &str) -> Value {
    with("elev009", "name", json!({ "givenName": given, "familyName": family }))
}

/// google.md §1.1, §1.4: what a new user needs and may be.
#[test]
fn a_user_that_google_would_refuse_is_refused() {
    let fields = vec!["Skola.klass".to_owned()];
    let mut tenant = Tenant::with(Switches { fields, ..Switches::default() });
    tenant.user("elev001");
    let crypt = |text: &str| {
        let mut user = with("elev009", "hashFunction", json!("crypt"));
        user["password"] = json!(text);
        user
    };
    #[rustfmt::skip]
    let table: &[(&str, Value, u16, &str)] = &[
        // what it shows          body                                            status message
        ("no address",            with("a", "primaryEmail", Value::Null),          400, "Missing required field: primaryEmail"),
        ("å in the address",      user("åsa"),                                     400, "Invalid Input: primary_user_email"),
        ("two dots in a row",     user("a..b"),                                    400, "Invalid Input: primary_user_email"),
        ("another's domain",      with("a", "primaryEmail", json!("a@annan.se")),  400, "Invalid Input: primary_user_email"),
        ("taken",                 user("elev001"),                                 409, "Entity already exists."),
        ("taken, by capitals",    user("ELEV001"),                                 409, "Entity already exists."),
        ("no password",           with("elev009", "password", Value::Null),        400, "Invalid Password"),
        ("a short password",      with("elev009", "password", json!("sjutton")),   400, "Invalid Password"),
        ("a password with å",     with("elev009", "password", json!("lösenord-å")), 400, "Invalid Password"),
        ("a long password",       with("elev009", "password", json!("x".repeat(101))), 400, "Invalid Password"),
        ("too many rounds",       crypt("$6$rounds=20000$salt$hash"),              400, "Invalid Password"),
        ("an unknown hash",       with("elev009", "hashFunction", json!("SHA-256")), 400, "Invalid Input: hashFunction"),
        ("no hash at all",        with("elev009", "hashFunction", json!("SHA-1")), 400, "Invalid Password"),
        ("no family name",        with("elev009", "name", json!({ "givenName": "A" })), 400, "Invalid Given/Family Name"),
        ("a long name",           named(&"x".repeat(61), "B"),                     400, "Invalid Given/Family Name"),
        ("an odd name",           named("<A>", "B"),                               400, "Invalid Given/Family Name"),
        ("no such unit",          with("elev009", "orgUnitPath", json!("/Nej")),   400, "Invalid Input: INVALID_OU_ID"),
        ("no such field",         with("elev009", "shoeSize", json!(42)),          400, "Invalid JSON payload received. Unknown name \"shoeSize\": Cannot find field."),
        ("nor within",            with("elev009", "name", json!({ "nick": "A" })), 400, "Invalid JSON payload received. Unknown name \"nick\" at 'name': Cannot find field."),
        ("a text for a truth",    with("elev009", "suspended", json!("true")),     400, "Invalid value at 'suspended' (TYPE_BOOL), \"true\""),
        ("an id without a type",  with("elev009", "externalIds", json!([{ "value": "1" }])), 400, "Invalid Input: external_ids"),
        ("its own type unnamed",  with("elev009", "externalIds", json!([{ "value": "1", "type": "custom" }])), 400, "Invalid Input: external_ids"),
        ("too many ids",          with("elev009", "externalIds", json!([{ "value": "x".repeat(2_100), "type": "account" }])), 400, "Invalid Input: external_ids"),
        ("no such schema",        with("elev009", "customSchemas", json!({ "X": { "y": "z" } })), 400, "Invalid Input: custom_schema"),
        ("no such custom field",  with("elev009", "customSchemas", json!({ "Skola": { "y": "z" } })), 400, "Invalid Input: custom_schema"),
        ("no phone",              with("elev009", "recoveryPhone", json!("070")),  400, "Invalid Input: recovery_phone"),
    ];
    for (shows, body, status, message) in table {
        let said = tenant.refused("POST", USERS, body);
        assert_eq!((said.0, said.1.as_str()), (*status, *message), "{shows}");
    }
    assert_eq!(tenant.google.counts().of("directory.users.insert", 400), 24);
    #[rustfmt::skip]
    let fine = [
        with("elev010", "name", json!({ "givenName": "x".repeat(60), "familyName": "B" })),
        with("elev011", "isAdmin", json!(true)),
        with("elev012", "customSchemas", json!({ "Skola": { "klass": "7A" } })),
        crypt("$6$salt$hash"),
    ];
    for body in fine {
        let made = tenant.done("POST", USERS, &body);
        assert_eq!(made["isAdmin"], false, "ignored without a word (google.md §1.1)");
        assert!(made.get("password").is_none() && made.get("customSchemas").is_none(), "{made}");
    }
    let path = format!("{USERS}/elev012@exempel.se");
    let full = tenant.get(&format!("{path}?projection=full"));
    assert_eq!(full["customSchemas"]["Skola"]["klass"], "7A");
    let part = tenant.get(&format!("{path}?projection=custom&customFieldMask=Skola"));
    assert_eq!(part["customSchemas"], full["customSchemas"]);
}

/// google.md §1.1: absent stays, null clears, lists are replaced whole; PATCH and PUT alike.
#[test]
fn an_update_lays_over_what_is_there() {
    let mut tenant = Tenant::new();
    let mut body = with("elev001", "orgUnitPath", json!("/Elever/7A"));
    body["externalIds"] = json!([{ "type": "account", "value": "a" }]);
    body["recoveryEmail"] = json!("hem@annan.se");
    let made = tenant.done("POST", USERS, &body);
    for method in ["PUT", "PATCH"] {
        let path = format!("{USERS}/{}", made["id"].as_str().unwrap());
        let kept = tenant.done(method, &path, &json!({ "name": { "givenName": "Bo" } }));
        assert_eq!(kept["name"]["fullName"], "Bo Exempel", "{method}");
        assert_eq!(kept["orgUnitPath"], "/Elever/7A");
        assert_ne!(kept["etag"], made["etag"]);
        let ids = json!([{ "type": "network", "value": "b" }]);
        let replaced = tenant.done(method, &path, &json!({ "externalIds": ids }));
        assert_eq!(replaced["externalIds"], ids);
        let query = format!("{USERS}?customer=my_customer&query=externalId=");
        assert!(tenant.get(&format!("{query}a")).get("users").is_none(), "no longer found");
        assert_eq!(tenant.get(&format!("{query}b"))["users"][0]["id"], made["id"]);
        let cleared = tenant.done(method, &path, &json!({ "recoveryEmail": null }));
        assert!(cleared.get("recoveryEmail").is_none(), "{cleared}");
    }
    let path = format!("{USERS}/{ADMIN}");
    for put_away in [json!({ "suspended": true }), json!({ "archived": true })] {
        assert_eq!(tenant.refused("PUT", &path, &put_away).0, 403, "an administrator");
    }
    assert_eq!(tenant.refused("DELETE", &path, &Value::Null).0, 403);
}

/// google.md §1.1: the old address becomes an alias and stays taken.
#[test]
fn who_is_renamed_keeps_the_old_address() {
    let mut tenant = Tenant::new();
    let id = tenant.user("elev001");
    let path = format!("{USERS}/{id}");
    let renamed = tenant.done("PUT", &path, &json!({ "primaryEmail": "ny@exempel.se" }));
    assert_eq!(renamed["aliases"], json!(["elev001@exempel.se"]));
    assert_eq!(tenant.get(&format!("{USERS}/elev001@exempel.se"))["id"], id);
    assert_eq!(tenant.refused("POST", USERS, &user("elev001")).0, 409);
    // Back again: the two change places.
    let back = tenant.done("PUT", &path, &json!({ "primaryEmail": "elev001@exempel.se" }));
    assert_eq!(back["aliases"], json!(["ny@exempel.se"]));
    tenant.done("DELETE", &format!("{path}/aliases/ny@exempel.se"), &Value::Null);
    tenant.user("ny");
    let other = tenant.refused("PUT", &path, &json!({ "primaryEmail": "ny@exempel.se" }));
    assert_eq!(other, (409, "Entity already exists.".to_owned()));
}

#[test]
fn a_user_has_thirty_aliases_at_most() {
    let mut tenant = Tenant::new();
    let id = tenant.user("elev001");
    let path = format!("{USERS}/{id}/aliases");
    for number in 0..30 {
        let alias = format!("a{number}@exempel.se");
        let made = tenant.done("POST", &path, &json!({ "alias": alias }));
        assert_eq!(made["primaryEmail"], "elev001@exempel.se");
    }
    assert_eq!(tenant.refused("POST", &path, &json!({ "alias": "b@exempel.se" })).0, 412);
    assert_eq!(tenant.refused("POST", &path, &json!({ "alias": "a1@exempel.se" })).0, 409);
    assert_eq!(tenant.get(&path)["aliases"].as_array().unwrap().len(), 30);
    tenant.done("DELETE", &format!("{path}/a1@exempel.se"), &Value::Null);
    assert_eq!(tenant.refused("DELETE", &format!("{path}/a1@exempel.se"), &Value::Null).0, 404);
    tenant.done("POST", &path, &json!({ "alias": "a1@exempel.se" }));
}

/// google.md §1.1: twenty days, by id alone, while nobody else has the address.
#[test]
fn the_deleted_come_back_within_twenty_days() {
    let mut tenant = Tenant::new();
    let ids = ["elev001", "elev002"].map(|it| tenant.user(it));
    for id in &ids {
        assert_eq!(tenant.ask("DELETE", &format!("{USERS}/{id}"), &Value::Null).status, 204);
    }
    let undelete = |id: &str| format!("{USERS}/{id}/undelete");
    let place = json!({ "orgUnitPath": "/Personal" });
    let by_address = tenant.refused("POST", &undelete("elev001@exempel.se"), &place);
    assert_eq!(by_address, (400, "Type not supported: userKey".to_owned()));
    tenant.user("elev002");
    assert_eq!(tenant.refused("POST", &undelete(&ids[1]), &place).0, 409, "the address is reused");
    let list = format!("{USERS}?customer=my_customer&showDeleted=true");
    let gone = tenant.get(&list);
    assert_eq!(gone["users"].as_array().unwrap().len(), 2);
    assert!(gone["users"][0]["deletionTime"].is_string(), "{gone}");
    assert_eq!(tenant.ask("POST", &undelete(&ids[0]), &place).status, 204);
    assert_eq!(tenant.get(&format!("{USERS}/{}", ids[0]))["orgUnitPath"], "/Personal");
    tenant.done("DELETE", &format!("{USERS}/{}", ids[0]), &Value::Null);
    tenant.google.pass(Duration::from_hours(20 * 24));
    tenant.act_as(ADMIN);
    assert_eq!(tenant.refused("POST", &undelete(&ids[0]), &place).0, 404);
    assert!(tenant.get(&list).get("users").is_none());
}

/// google.md §1.1, §1.4: licences and unmanaged accounts.
#[test]
fn what_a_customer_has_too_few_of_is_told() {
    let limits = Limits { users: Some(3), archived: Some(1), ..Limits::default() };
    let unmanaged = vec!["privat@exempel.se".to_owned()];
    let mut tenant = Tenant::with(Switches { unmanaged, limits, ..Switches::default() });
    let ids = ["elev001", "elev002"].map(|it| tenant.user(it));
    let archived = json!({ "archived": true });
    let shown = tenant.done("PUT", &format!("{USERS}/{}", ids[0]), &archived);
    assert!(shown["archivalTime"].is_string(), "{shown}");
    let second = tenant.refused("PUT", &format!("{USERS}/{}", ids[1]), &archived);
    assert_eq!(second, (412, "Insufficient archived user licenses".to_owned()));
    assert_eq!(tenant.refused("POST", USERS, &user("privat")).0, 409);
    let invited =
        tenant.ask("POST", &format!("{USERS}?resolveConflictAccount=true"), &user("privat"));
    assert_eq!(invited.status, 202, "invited, not created");
    assert_eq!(tenant.refused("GET", &format!("{USERS}/privat@exempel.se"), &Value::Null).0, 404);
    assert_eq!(tenant.refused("POST", USERS, &user("elev003")).0, 403, "the fourth user");
}
