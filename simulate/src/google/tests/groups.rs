use serde_json::{Value, json};

use super::{ADMIN, GROUPS, Tenant, USERS};
use crate::google::{Kept, Limits, Switches};

const SETTINGS: &str = "/groups/v1/groups";

fn group(tenant: &mut Tenant, name: &str) -> String {
    let made = tenant.done("POST", GROUPS, &json!({ "email": format!("{name}@exempel.se") }));
    made["id"].as_str().unwrap().to_owned()
}

/// google.md §1.3.
#[test]
fn a_group_is_made_found_renamed_and_deleted() {
    let mut tenant = Tenant::new();
    let ids = json!([{ "namespace": "prov", "id": "7A" }]);
    let body = json!({ "email": "7a@exempel.se", "name": "Klass 7A", "externalIds": ids });
    let made = tenant.done("POST", GROUPS, &body);
    assert_eq!((&made["directMembersCount"], &made["externalIds"]), (&json!("0"), &ids));
    let id = made["id"].as_str().unwrap().to_owned();
    let renamed =
        tenant.done("PUT", &format!("{GROUPS}/{id}"), &json!({ "email": "8a@exempel.se" }));
    assert_eq!(renamed["aliases"], json!(["7a@exempel.se"]));
    assert_eq!(tenant.get(&format!("{GROUPS}/7a@exempel.se"))["id"], made["id"]);
    let alias = json!({ "alias": "9a@exempel.se" });
    tenant.done("POST", &format!("{GROUPS}/{id}/aliases"), &alias);
    assert_eq!(tenant.refused("POST", &format!("{GROUPS}/{id}/aliases"), &alias).0, 409);
    let aliases = tenant.get(&format!("{GROUPS}/{id}/aliases"));
    assert_eq!(aliases["aliases"].as_array().unwrap().len(), 2);
    tenant.done("DELETE", &format!("{GROUPS}/{id}/aliases/9a@exempel.se"), &Value::Null);
    group(&mut tenant, "9a");
    #[rustfmt::skip]
    let refused = [
        (json!({ "name": "X" }),                                          400, "Missing required field: email"),
        (json!({ "email": "8A@exempel.se" }),                             409, "Entity already exists."),
        (json!({ "email": "7a@exempel.se" }),                             409, "Entity already exists."),
        (json!({ "email": ADMIN }),                                       409, "Entity already exists."),
        (json!({ "email": "x@annan.se" }),                                400, "Invalid Input: email"),
        (json!({ "email": "x@exempel.se", "name": "x".repeat(76) }),      400, "Invalid Input: name"),
        (json!({ "email": "x@exempel.se", "color": "red" }),              400, "Invalid JSON payload received. Unknown name \"color\": Cannot find field."),
    ];
    for (body, status, message) in refused {
        let said = tenant.refused("POST", GROUPS, &body);
        assert_eq!((said.0, said.1.as_str()), (status, message));
    }
    assert_eq!(tenant.ask("DELETE", &format!("{GROUPS}/{id}"), &Value::Null).status, 204);
    let missing = tenant.refused("GET", &format!("{GROUPS}/{id}"), &Value::Null);
    assert_eq!(missing, (404, "Resource Not Found: groupKey".to_owned()));
    group(&mut tenant, "8a");
}

/// google.md §1.3, §8 no 1: a tenant that does not have them yet drops them without a word.
#[test]
fn ids_of_groups_can_be_dropped() {
    let mut tenant = Tenant::with(Switches { group_ids: Kept::Dropped, ..Switches::default() });
    let ids = json!([{ "namespace": "prov", "id": "7A" }]);
    let made =
        tenant.done("POST", GROUPS, &json!({ "email": "7a@exempel.se", "externalIds": ids }));
    assert!(made.get("externalIds").is_none(), "{made}");
}

/// google.md §1.3: 200 on a page, whatever is asked for.
#[test]
fn members_come_and_go() {
    let limits = Limits { groups_of_user: 2, ..Limits::default() };
    let mut tenant = Tenant::with(Switches { limits, ..Switches::default() });
    let users: Vec<Value> =
        (0..250).map(|it| json!({ "primaryEmail": format!("e{it:03}@exempel.se") })).collect();
    let members: Vec<Value> = (0..250).map(|it| json!(format!("e{it:03}@exempel.se"))).collect();
    let all = json!({ "email": "alla@exempel.se", "members": members });
    tenant.fill(&json!({ "users": users, "groups": [all] }));
    let id = group(&mut tenant, "7a");
    let members = format!("{GROUPS}/{id}/members");
    let made = tenant.done("POST", &members, &json!({ "email": "e001@exempel.se" }));
    assert_eq!((&made["role"], &made["type"]), (&json!("MEMBER"), &json!("USER")));
    let member = made["id"].as_str().unwrap().to_owned();
    #[rustfmt::skip]
    let refused = [
        (json!({ "id": member }),                              409, "Member already exists."),
        (json!({}),                                            400, "Missing required field: memberKey"),
        (json!({ "email": "nobody@exempel.se" }),              400, "Invalid Input: memberKey"),
        (json!({ "id": "100000000000000099999" }),             404, "Resource Not Found: memberKey"),
        (json!({ "id": id }),                                  412, "Cyclic memberships not allowed"),
        (json!({ "email": "e002@exempel.se", "role": "KING" }), 400, "Invalid value at 'role' (TYPE_ENUM), \"KING\""),
    ];
    for (body, status, message) in refused {
        let said = tenant.refused("POST", &members, &body);
        assert_eq!((said.0, said.1.as_str()), (status, message));
    }
    let changed = tenant.done(
        "PATCH",
        &format!("{members}/{member}"),
        &json!({ "role": "OWNER", "delivery_settings": "NONE" }),
    );
    assert_eq!(
        (&changed["role"], &changed["delivery_settings"]),
        (&json!("OWNER"), &json!("NONE"))
    );
    assert!(tenant.get(&members)["members"][0].get("delivery_settings").is_none(), "not in lists");
    assert!(tenant.get(&format!("{members}?roles=MANAGER")).get("members").is_none());
    tenant.done(
        "POST",
        &format!("{GROUPS}/alla@exempel.se/members"),
        &json!({ "email": "7a@exempel.se" }),
    );
    let cycle = tenant.refused("POST", &members, &json!({ "email": "alla@exempel.se" }));
    assert_eq!(cycle.0, 412);
    let third = group(&mut tenant, "8a");
    let third =
        tenant.refused("POST", &format!("{GROUPS}/{third}/members"), &json!({ "id": member }));
    assert_eq!(third.0, 412, "in two groups already");
    tenant.done("POST", &members, &json!({ "email": "extern@annan.se" }));
    let has = |key: &str| format!("{GROUPS}/alla@exempel.se/hasMember/{key}");
    assert_eq!(tenant.get(&has("extern@annan.se")), json!({ "isMember": true }), "through 7a");
    assert_eq!(tenant.get(&has(ADMIN)), json!({ "isMember": false }));
    let page = tenant.get(&format!("{GROUPS}/alla@exempel.se/members?maxResults=1000"));
    assert_eq!(page["members"].as_array().unwrap().len(), 200);
    let next = page["nextPageToken"].as_str().unwrap().to_owned();
    let rest = tenant.get(&format!("{GROUPS}/alla@exempel.se/members?pageToken={next}"));
    assert_eq!(rest["members"].as_array().unwrap().len(), 51);
    let derived =
        format!("{GROUPS}/alla@exempel.se/members?includeDerivedMembership=true&pageToken=");
    assert_eq!(tenant.get(&derived)["members"].as_array().unwrap().len(), 200);
    let own = tenant.get(&format!("{GROUPS}?userKey=e001@exempel.se"));
    let emails: Vec<&Value> =
        own["groups"].as_array().unwrap().iter().map(|it| &it["email"]).collect();
    assert_eq!(emails, ["7a@exempel.se", "alla@exempel.se"]);
    tenant.done("DELETE", &format!("{members}/{member}"), &Value::Null);
    let again = tenant.refused("DELETE", &format!("{members}/{member}"), &Value::Null);
    assert_eq!(again, (404, "Resource Not Found: memberKey".to_owned()));
    tenant.done("DELETE", &format!("{USERS}/e002@exempel.se"), &Value::Null);
    let count = tenant.get(&format!("{GROUPS}/alla@exempel.se"))["directMembersCount"].clone();
    assert_eq!(count, "250", "who is deleted leaves");
}

#[test]
fn groups_are_listed_in_the_order_of_addresses() {
    let mut tenant = Tenant::new();
    let groups: Vec<Value> =
        (0..250).map(|it| json!({ "email": format!("g{it:03}@exempel.se") })).collect();
    tenant.fill(&json!({ "groups": groups }));
    let list = format!("{GROUPS}?customer=my_customer");
    let page = tenant.get(&list);
    assert_eq!(page["groups"].as_array().unwrap().len(), 200);
    let next = page["nextPageToken"].as_str().unwrap().to_owned();
    let rest = tenant.get(&format!("{list}&pageToken={next}"));
    assert_eq!(rest["groups"][0]["email"], "g200@exempel.se");
    let backwards = tenant.get(&format!("{list}&sortOrder=DESCENDING&orderBy=email&maxResults=2"));
    assert_eq!(backwards["groups"][1]["email"], "g248@exempel.se");
    let some = tenant.get(&format!("{list}&query=email:g01*"));
    assert_eq!(some["groups"].as_array().unwrap().len(), 10);
    assert_eq!(tenant.refused("GET", GROUPS, &Value::Null), (400, "Bad Request".to_owned()));
    assert_eq!(tenant.refused("GET", &format!("{list}&maxResults=0"), &Value::Null).0, 400);
}

/// google.md §1.3: JSON only when asked for, truth as text, and combinations that are refused.
#[test]
fn settings_of_groups() {
    let mut tenant = Tenant::new();
    group(&mut tenant, "7a");
    let path = format!("{SETTINGS}/7a@exempel.se");
    let atom = tenant.ask("GET", &path, &Value::Null);
    assert!(atom.header("content-type").starts_with("application/atom+xml"), "{}", atom.text());
    let path = format!("{path}?alt=json");
    let wish =
        json!({ "whoCanJoin": "INVITED_CAN_JOIN", "allowExternalMembers": "false", "name": "7A" });
    assert_eq!(tenant.done("PATCH", &path, &wish)["whoCanJoin"], "INVITED_CAN_JOIN");
    let shown = tenant.get(&path);
    assert_eq!((&shown["allowExternalMembers"], &shown["name"]), (&json!("false"), &json!("7A")));
    let narrow = json!({ "whoCanDiscoverGroup": "ALL_MEMBERS_CAN_DISCOVER", "whoCanViewMembership": "ALL_IN_DOMAIN_CAN_VIEW" });
    #[rustfmt::skip]
    let refused = [
        (narrow,                                       "WHO_CAN_VIEW_MEMBERSHIP_CANNOT_BE_BROADER_THAN_WHO_CAN_SEE_GROUP"),
        (json!({ "allowExternalMembers": false }),     "Invalid value at 'allow_external_members' (TYPE_STRING), false"),
        (json!({ "whoCanJoin": "ALL" }),               "Invalid value at 'who_can_join' (TYPE_ENUM), \"ALL\""),
        (json!({ "replyTo": "REPLY_TO_CUSTOM" }),      "Invalid Value: customReplyTo"),
        (json!({ "whoCanPostMessage": "NONE_CAN_POST" }), "Invalid Value: whoCanPostMessage"),
    ];
    for (body, message) in refused {
        assert_eq!(tenant.refused("PUT", &path, &body), (400, message.to_owned()));
    }
    let members = format!("{GROUPS}/7a@exempel.se/members");
    let closed = tenant.refused("POST", &members, &json!({ "email": "x@annan.se" }));
    assert_eq!(closed.0, 400, "nobody from elsewhere");
}
