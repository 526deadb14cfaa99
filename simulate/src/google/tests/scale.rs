use std::fs;

use serde_json::{Value, json};

use super::{ADMIN, GROUPS, Tenant, USERS};
use crate::google::Switches;
use crate::receiver;

/// What is dumped is what is loaded: the file between runs.
#[test]
fn the_state_survives_a_restart() {
    let path = std::env::temp_dir().join(format!("skolbro-google-{}.json", std::process::id()));
    let common = receiver::Switches { state: Some(path.clone()), ..receiver::Switches::default() };
    let switches = Switches { common, ..Switches::default() };
    let mut tenant = Tenant::with(switches.clone());
    for name in ["elev001", "elev002", "elev003", "larare"] {
        tenant.user(name);
    }
    tenant.done(
        "PUT",
        &format!("{USERS}/elev001@exempel.se"),
        &json!({
            "primaryEmail": "ny@exempel.se",
            "orgUnitPath": "/Elever/7A",
            "externalIds": [{ "type": "account", "value": "p1" }],
            "suspended": true,
        }),
    );
    tenant.done("DELETE", &format!("{USERS}/elev003@exempel.se"), &Value::Null);
    tenant.done("POST", GROUPS, &json!({ "email": "7a@exempel.se", "description": "x" }));
    for member in ["ny@exempel.se", "extern@annan.se"] {
        tenant.done(
            "POST",
            &format!("{GROUPS}/7a@exempel.se/members"),
            &json!({ "email": member }),
        );
    }
    let course = super::courses::course(&mut tenant, "d:7A");
    tenant.done(
        "POST",
        &format!("/v1/courses/{course}/students"),
        &json!({ "userId": "elev002@exempel.se" }),
    );
    let invited = json!({ "courseId": course, "userId": "larare@exempel.se", "role": "TEACHER" });
    tenant.done("POST", "/v1/invitations", &invited);
    let before = tenant.google.state();
    assert_eq!(before["deletedUsers"][0]["primaryEmail"], "elev003@exempel.se");
    drop(tenant);
    let mut again = Tenant::with(switches);
    assert_eq!(again.google.state(), before);
    assert_eq!(again.get(&format!("{USERS}/elev001@exempel.se"))["primaryEmail"], "ny@exempel.se");
    let fresh = again.user("elev004");
    let known = before.to_string();
    assert!(!known.contains(&fresh), "no id is given twice");
    drop(again);
    fs::remove_file(&path).unwrap();
}

/// 100,000 users, 10,000 groups, 235,000 memberships: no call looks through them all.
#[test]
fn a_large_customer_answers_as_fast_as_a_small_one() {
    let tenant = Tenant::new();
    let users: Vec<Value> = (0..100_000)
        .map(|it| {
            json!({
                "primaryEmail": format!("elev{it:06}@exempel.se"),
                "name": { "givenName": "Förnamn", "familyName": "Efternamn" },
                "orgUnitPath": "/Elever/7A",
                "externalIds": [{ "type": "custom", "customType": "prov", "value": format!("p{it}") }],
            })
        })
        .collect();
    let member = |group: usize, it: usize| {
        json!(format!("elev{:06}@exempel.se", (group * 10 + it) % 100_000))
    };
    let groups: Vec<Value> = (0..10_000)
        .map(|group| {
            let many = if group % 2 == 0 { 23 } else { 24 };
            let members: Vec<Value> = (0..many).map(|it| member(group, it)).collect();
            json!({ "email": format!("g{group:05}@exempel.se"), "members": members })
        })
        .collect();
    tenant.fill(&json!({ "users": users, "groups": groups }));
    let mut tenant = tenant;
    let page = tenant.get(&format!("{USERS}?customer=my_customer&maxResults=500"));
    assert_eq!(page["users"].as_array().unwrap().len(), 500);
    let began = receiver::now();
    for it in 0..1_000 {
        let query = format!("{USERS}?customer=my_customer&query=externalId=p{}", it * 97);
        assert_eq!(tenant.get(&query)["users"].as_array().unwrap().len(), 1);
        let members = tenant.get(&format!("{GROUPS}/g{it:05}@exempel.se/members"));
        assert!(members["members"].as_array().unwrap().len() >= 23);
        tenant.done(
            "PUT",
            &format!("{USERS}/elev{it:06}@exempel.se"),
            &json!({ "suspended": true }),
        );
    }
    assert_eq!(tenant.get(&format!("{USERS}/{ADMIN}"))["isAdmin"], true);
    let took = receiver::now().saturating_sub(began);
    // A second or two unoptimised; a scan for each call would take minutes.
    assert!(took.as_secs() < 60, "{took:?}");
}
