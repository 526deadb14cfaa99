//! PATCH: RFC 7644 §3.5.2.

use serde_json::{Value, json};

use super::{ENTERPRISE, Provider, USER, group, patch, refused, user};

fn work() -> Value {
    json!({ "value": "a@example.com", "type": "work", "primary": true })
}

fn home() -> Value {
    json!({ "value": "b@example.org", "type": "home" })
}

/// A user with a name, two addresses and a department.
fn whole() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "userName": "elev1@example.com",
        "name": { "familyName": "Exempel", "givenName": "Elev" },
        "emails": [work(), home()],
        ENTERPRISE: { "department": "7A" },
    })
}

fn with(path: &[&str], value: &Value) -> Value {
    let mut body = whole();
    let mut at = &mut body;
    for part in path {
        at = &mut at[*part];
    }
    *at = value.clone();
    body
}

fn without(name: &str) -> Value {
    let mut body = whole();
    body.as_object_mut().unwrap().remove(name);
    if name == ENTERPRISE {
        body["schemas"] = json!([USER]);
    }
    body
}

/// One operation on the user, and what is there then.
#[test]
fn operations() {
    let extra = json!({ "value": "c@example.net", "type": "other" });
    let new_primary = json!({ "value": "c@example.net", "primary": true });
    let old_work = json!({ "value": "a@example.com", "type": "work", "primary": false });
    let work_with = |name: &str, value: &str| {
        let mut it = work();
        it[name] = json!(value);
        it
    };
    let department = format!("{ENTERPRISE}:department");
    let core = format!("{USER}:nickName");
    let mails = |it: &[Value]| with(&["emails"], &json!(it));
    let op = |op: &str, path: &str, value: Value| json!({ "op": op, "path": path, "value": value });
    let remove = |path: &str| json!({ "op": "remove", "path": path });
    let name = json!({ "familyName": "Annan", "givenName": "Elev" });
    #[rustfmt::skip]
    let table: &[(&str, Value, Value)] = &[
        // what it shows               operation                                                 then
        ("add what is not there",      op("add", "nickName", json!("E")),                        with(&["nickName"], &json!("E"))),
        ("in any capitals",            op("Add", "NICKNAME", json!("E")),                        with(&["nickName"], &json!("E"))),
        ("under the core URN",         op("add", &core, json!("E")),                             with(&["nickName"], &json!("E"))),
        ("without a path",             json!({ "op": "add", "value": { "nickName": "E", "active": true } }),
                                       { let mut it = with(&["nickName"], &json!("E")); it["active"] = json!(true); it }),
        ("to a list",                  op("add", "emails", json!([extra])),                      mails(&[work(), home(), extra.clone()])),
        ("one value to a list",        op("add", "emails", extra.clone()),                       mails(&[work(), home(), extra.clone()])),
        ("what is there already",      op("add", "emails", json!([home()])),                     whole()),
        ("a new primary value",        op("add", "emails", json!([new_primary])),                mails(&[old_work.clone(), home(), new_primary.clone()])),
        ("to an object",               op("add", "name", json!({ "middleName": "M" })),          with(&["name", "middleName"], &json!("M"))),
        ("replace a text",             op("replace", "userName", json!("x")),                    with(&["userName"], &json!("x"))),
        ("replace by null",            op("replace", "name", Value::Null),                       without("name")),
        ("replace a sub-attribute",    op("replace", "name.familyName", json!("Annan")),         with(&["name"], &name)),
        ("replace in an object",       op("replace", "name", json!({ "familyName": "Annan" })),  with(&["name"], &name)),
        ("replace a list",             op("replace", "emails", json!([extra])),                  mails(std::slice::from_ref(&extra))),
        ("replace by filter",          op("replace", "emails[type eq \"work\"].value", json!("n@example.com")),
                                       mails(&[work_with("value", "n@example.com"), home()])),
        ("replace an item",            op("replace", "emails[type eq \"work\"]", json!({ "display": "D" })),
                                       mails(&[work_with("display", "D"), home()])),
        ("make another primary",       op("replace", "emails[type eq \"home\"].primary", json!(true)),
                                       mails(&[old_work, json!({ "value": "b@example.org", "type": "home", "primary": true })])),
        ("add by filter, made anew",   op("add", "emails[type eq \"other\"].value", json!("c@example.net")),
                                       mails(&[work(), home(), json!({ "type": "other", "value": "c@example.net" })])),
        ("an extension's",             op("replace", &department, json!("8B")),                  with(&[ENTERPRISE, "department"], &json!("8B"))),
        ("a whole extension",          op("add", ENTERPRISE, json!({ "costCenter": "1" })),      with(&[ENTERPRISE, "costCenter"], &json!("1"))),
        ("and its schema in it",       op("replace", ENTERPRISE, json!({ "schemas": [ENTERPRISE], "costCenter": "1" })),
                                       with(&[ENTERPRISE, "costCenter"], &json!("1"))),
        ("remove",                     remove("name"),                                           without("name")),
        ("remove a sub-attribute",     remove("name.givenName"),                                 with(&["name"], &json!({ "familyName": "Exempel" }))),
        ("remove a list",              remove("emails"),                                         without("emails")),
        ("remove by filter",           remove("emails[type eq \"work\"]"),                       mails(&[home()])),
        ("remove the last",            remove("emails[value pr]"),                               without("emails")),
        ("remove in an item",          remove("emails[type eq \"home\"].type"),                  mails(&[work(), json!({ "value": "b@example.org" })])),
        ("remove what is not there",   remove("emails[type eq \"other\"]"),                      whole()),
        ("remove an extension",        remove(ENTERPRISE),                                       without(ENTERPRISE)),
        ("remove in an extension",     remove(&department),                                      without(ENTERPRISE)),
    ];
    let mut provider = Provider::start();
    for (shows, operation, then) in table {
        let id = provider.create("Users", &whole());
        let path = format!("/Users/{id}");
        let answer = provider.ask("PATCH", &path, &patch(&json!([operation])));
        assert_eq!(answer.status, 200, "{shows}: {}", answer.text());
        let mut shown = provider.get(&path);
        assert_eq!(answer.json(), shown, "{shows}");
        shown.as_object_mut().unwrap().retain(|name, _| name != "id" && name != "meta");
        assert_eq!(shown, *then, "{shows}");
        provider.ask("DELETE", &path, &Value::Null);
    }
}

#[test]
fn operations_that_are_refused() {
    let op =
        |op: &str, path: &str, value: Value| json!([{ "op": op, "path": path, "value": value }]);
    #[rustfmt::skip]
    let table: &[(&str, Value, &str)] = &[
        // what it shows             operations                                                    type
        ("no such operation",        op("move", "nickName", json!("x")),                           "invalidSyntax"),
        ("no value",                 json!([{ "op": "add", "path": "nickName" }]),                 "invalidSyntax"),
        ("no path to remove",        json!([{ "op": "remove" }]),                                  "noTarget"),
        ("no such attribute",        op("add", "colour", json!("red")),                            "invalidPath"),
        ("no such sub-attribute",    op("add", "name.colour", json!("red")),                       "invalidPath"),
        ("no such one in an item",   op("add", "emails[value pr].colour", json!("red")),           "invalidPath"),
        ("an open bracket",          op("add", "emails[value pr", json!("x")),                     "invalidPath"),
        ("a filter that is none",    op("replace", "emails[type is 1].value", json!("x")),         "invalidFilter"),
        ("nothing meets the filter", op("replace", "emails[type eq \"x\"].value", json!("x")),     "noTarget"),
        ("nothing to be made of it", op("add", "emails[type co \"x\"].value", json!("x")),         "noTarget"),
        ("read only",                op("replace", "id", json!("x")),                              "mutability"),
        ("read only, within",        op("replace", "meta.version", json!("x")),                    "mutability"),
        ("another type",             op("replace", "active", json!("yes")),                        "invalidValue"),
        ("what is required",         json!([{ "op": "remove", "path": "userName" }]),              "invalidValue"),
        ("a text in place of one",   op("replace", "name", json!("Elev")),                         "invalidValue"),
    ];
    let mut provider = Provider::start();
    let id = provider.create("Users", &whole());
    let path = format!("/Users/{id}");
    let before = provider.get(&path);
    for (shows, operations, word) in table {
        // All or none: what comes before is undone.
        let mut all = vec![json!({ "op": "add", "path": "title", "value": "T" })];
        all.extend(operations.as_array().unwrap().clone());
        let answer = provider.ask("PATCH", &path, &patch(&json!(all)));
        assert_eq!(refused(&answer), (400, (*word).to_owned()), "{shows}: {}", answer.text());
        assert_eq!(provider.get(&path), before, "{shows}");
    }
    let answer = provider.ask("PATCH", &path, &json!({ "Operations": [] }));
    assert_eq!(refused(&answer), (400, "invalidSyntax".to_owned()));
    provider.user("elev2@example.com");
    let taken = op("replace", "userName", json!("Elev2@example.com"));
    let answer = provider.ask("PATCH", &path, &patch(&taken));
    assert_eq!(refused(&answer), (409, "uniqueness".to_owned()));
}

#[test]
fn members() {
    let mut provider = Provider::start();
    let ids: Vec<String> =
        (0..4).map(|it| provider.user(&format!("elev{it}@example.com"))).collect();
    let group = provider.create("Groups", &group("7A", &[&ids[0], &ids[1]]));
    let path = format!("/Groups/{group}");
    let refer = |it: usize| json!({ "value": ids[it] });
    let full = json!({ "value": ids[0], "type": "User", "display": "Elev Exempel" });
    let at = |it: usize| format!("members[value eq \"{}\"]", ids[it]);
    let add = |it: Value| json!([{ "op": "add", "path": "members", "value": it }]);
    #[rustfmt::skip]
    let table: &[(&str, Value, u16, &[usize])] = &[
        // what it shows        operations                                                  status members
        ("added",               add(json!([refer(2)])),                                     200, &[0, 1, 2]),
        ("there already",       add(json!([refer(2), refer(1)])),                           200, &[0, 1, 2]),
        ("told more of",        add(json!([full])),                                         200, &[0, 1, 2]),
        ("nobody",              add(json!([{ "value": "nobody" }])),                        400, &[0, 1, 2]),
        ("removed",             json!([{ "op": "remove", "path": at(0) }]),                 200, &[1, 2]),
        ("not there any more",  json!([{ "op": "remove", "path": at(0) }]),                 200, &[1, 2]),
        ("out and in",          json!([{ "op": "remove", "path": at(1) },
                                       { "op": "add", "path": "members", "value": [refer(3)] }]), 200, &[2, 3]),
        ("replaced",            json!([{ "op": "replace", "path": "members", "value": [refer(0)] }]), 200, &[0]),
        ("all removed",         json!([{ "op": "remove", "path": "members" }]),             200, &[]),
    ];
    for (shows, operations, status, left) in table {
        let answer = provider.ask("PATCH", &path, &patch(operations));
        assert_eq!(answer.status, *status, "{shows}: {}", answer.text());
        let shown = provider.get(&path);
        let members = shown["members"].as_array().cloned().unwrap_or_default();
        let members: Vec<&str> = members.iter().map(|it| it["value"].as_str().unwrap()).collect();
        let expected: Vec<&str> = left.iter().map(|it| ids[*it].as_str()).collect();
        assert_eq!(members, expected, "{shows}");
    }
    assert_eq!(provider.running.counters().needless, 3, "there already, told more of, not there");
}

#[test]
fn what_changes_nothing_keeps_the_version() {
    let mut provider = Provider::start();
    let id = provider.create("Users", &user("elev1@example.com"));
    let path = format!("/Users/{id}");
    let nick = patch(&json!([{ "op": "replace", "path": "nickName", "value": "E" }]));
    assert_eq!(provider.ask("PATCH", &path, &nick).header("etag"), "W/\"2\"");
    assert_eq!(provider.ask("PATCH", &path, &nick).header("etag"), "W/\"2\"");
    assert_eq!(provider.running.counters().needless, 1);
}
