use serde_json::{Value, json};

use super::{Tenant, UNITS, USERS, user};

fn unit(name: &str, parent: &str) -> Value {
    json!({ "name": name, "parentOrgUnitPath": parent })
}

fn paths(list: &Value) -> Vec<&str> {
    let all = list["organizationUnits"].as_array().map_or(&[][..], Vec::as_slice);
    all.iter().map(|it| it["orgUnitPath"].as_str().unwrap()).collect()
}

/// google.md §1.2.
#[test]
fn units_are_found_by_path_and_by_id() {
    let mut tenant = Tenant::new();
    let made = tenant.done("POST", UNITS, &unit("Åk 8 + 9", "/Elever"));
    let id = made["orgUnitId"].as_str().unwrap().to_owned();
    assert!(id.starts_with("id:03ph8a2z"), "{id}");
    #[rustfmt::skip]
    let table = [
        // path                                        found
        (id.as_str(),                                  true),
        ("Elever/%C3%85k%208%20%2B%209",               true),
        ("/Elever/%C3%85k%208%20%2B%209",              true),
        ("elever/%C3%A5k%208%20%2B%209",               true),
        // A plus that is not encoded is a blank.
        ("Elever/%C3%85k%208%20+%209",                 false),
        ("Elever/Nej",                                 false),
        ("id:03ph8a2zfffffff",                         false),
    ];
    for (path, found) in table {
        let answer = tenant.ask("GET", &format!("{UNITS}/{path}"), &Value::Null);
        assert_eq!(answer.status == 200, found, "{path}: {}", answer.text());
        if !found {
            assert_eq!(answer.json()["error"]["message"], "Org unit not found", "{path}");
        }
    }
    let list = tenant.get(UNITS);
    assert_eq!(paths(&list), ["/Elever", "/Personal"], "children of the root by default");
    let all = tenant.get(&format!("{UNITS}?type=all"));
    assert_eq!(paths(&all), ["/Elever", "/Elever/7A", "/Elever/Åk 8 + 9", "/Personal"]);
    let with = tenant.get(&format!("{UNITS}?type=allIncludingParent&orgUnitPath=/Elever"));
    assert_eq!(paths(&with), ["/Elever", "/Elever/7A", "/Elever/Åk 8 + 9"]);
    let none = tenant.get(&format!("{UNITS}?orgUnitPath=/Personal"));
    assert!(none.get("organizationUnits").is_none(), "{none}");
}

/// google.md §1.2, in GAM's words.
#[test]
fn a_unit_that_google_would_refuse_is_refused() {
    let mut tenant = Tenant::new();
    let elever = tenant.get(&format!("{UNITS}/Elever"))["orgUnitId"].clone();
    let both = json!({ "name": "X", "parentOrgUnitPath": "/Personal", "parentOrgUnitId": elever });
    #[rustfmt::skip]
    let table: &[(&str, &str, &str, Value, u16, &str)] = &[
        // what it shows         method   path           body                        status message
        ("there already",        "POST",  "",            unit("7a", "/Elever"),      400, "Invalid Ou Id"),
        ("no such parent",       "POST",  "",            unit("X", "/Nej"),          400, "Invalid Parent Orgunit Id"),
        ("no parent",            "POST",  "",            json!({ "name": "X" }),     400, "Invalid Parent Orgunit Id"),
        ("two parents",          "POST",  "",            both,                       400, "Invalid Input: Inconsistent Orgunit id and path in request"),
        ("a slash",              "POST",  "",            unit("a/b", "/"),           400, "Invalid Ou Name"),
        ("no name",              "POST",  "",            unit("", "/"),              400, "Invalid Ou Name"),
        ("beneath itself",       "PUT",   "/Elever",     json!({ "parentOrgUnitPath": "/Elever/7A" }), 412, "OrgUnit hierarchy has cycle"),
        ("a name that is taken", "PATCH", "/Elever",     json!({ "name": "personal" }), 400, "Invalid Ou Id"),
        ("with units beneath",   "DELETE", "/Elever",    Value::Null,                412, "Precondition is not met."),
        ("not there",            "DELETE", "/Nej",       Value::Null,                404, "Org unit not found"),
    ];
    for (shows, method, path, body, status, message) in table {
        let said = tenant.refused(method, &format!("{UNITS}{path}"), body);
        assert_eq!((said.0, said.1.as_str()), (*status, *message), "{shows}");
    }
    let mut deep = "/Elever/7A".to_owned();
    for _ in 2..35 {
        tenant.done("POST", UNITS, &unit("x", &deep));
        deep.push_str("/x");
    }
    assert_eq!(tenant.refused("POST", UNITS, &unit("x", &deep)).0, 412, "35 levels");
    let other = "/admin/directory/v1/customer/C123/orgunits";
    assert_eq!(tenant.refused("GET", other, &Value::Null).1, "Invalid Customer Id");
}

#[test]
fn users_move_with_their_unit_and_keep_it_from_being_deleted() {
    let mut tenant = Tenant::new();
    let mut body = user("elev001");
    body["orgUnitPath"] = json!("/Elever/7A");
    tenant.done("POST", USERS, &body);
    let path = format!("{UNITS}/Elever/7A");
    assert_eq!(tenant.refused("DELETE", &path, &Value::Null).0, 412);
    let moved = tenant.done("PUT", &path, &json!({ "name": "8A", "parentOrgUnitPath": "/" }));
    assert_eq!(moved["orgUnitPath"], "/8A");
    let one = format!("{USERS}/elev001@exempel.se");
    assert_eq!(tenant.get(&one)["orgUnitPath"], "/8A");
    tenant.done("PUT", &one, &json!({ "orgUnitPath": "/Personal" }));
    assert_eq!(tenant.ask("DELETE", &format!("{UNITS}/8A"), &Value::Null).status, 204);
}
