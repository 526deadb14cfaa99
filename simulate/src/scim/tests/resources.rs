//! One resource: RFC 7644 §3.3, §3.4.1, §3.5.1, §3.6, §3.12, §3.14.

use serde_json::{Value, json};

use super::{ENTERPRISE, Provider, Switches, USER, group, patch, refused, user};
use crate::receiver::{self, Proof, Sign, SignIn};

#[test]
fn a_resource_from_birth_to_death() {
    let mut provider = Provider::start();
    let mut body = user("elev1@example.com");
    body["externalId"] = json!("e-1");
    body["id"] = json!("mine");
    body["meta"] = json!({ "version": "mine" });
    body["colour"] = json!("red");
    body["USERTYPE"] = json!("elev");
    body["schemas"] = json!([USER, ENTERPRISE]);
    body[ENTERPRISE] = json!({ "department": "7A" });
    let made = provider.ask("POST", "/Users", &body);
    let shown = made.json();
    let id = shown["id"].as_str().unwrap().to_owned();
    let path = format!("/Users/{id}");
    assert_eq!((made.status, made.header("etag")), (201, "W/\"1\""));
    assert_eq!(made.header("location"), format!("http://localhost/v2{path}"));
    assert_ne!(id, "mine", "ids are the provider's own");
    assert_eq!(shown["externalId"], "e-1");
    assert_eq!(shown["userType"], "elev", "capitals do not count in names");
    assert_eq!(shown.get("colour"), None, "what no schema has is left out");
    assert_eq!(shown["schemas"], json!([USER, ENTERPRISE]));
    assert_eq!(shown["meta"]["resourceType"], "User");
    assert_eq!(shown["meta"]["location"], made.header("location"));
    assert_eq!(provider.get(&path), shown);

    // PUT takes away what it does not name.
    let replaced = provider.ask("PUT", &path, &user("elev1@example.com"));
    assert_eq!((replaced.status, replaced.header("etag")), (200, "W/\"2\""));
    assert_eq!(replaced.json().get(ENTERPRISE), None);
    assert_eq!(replaced.json()["schemas"], json!([USER]));
    // What says the same changes nothing.
    let again = provider.ask("PUT", &path, &user("elev1@example.com"));
    assert_eq!((again.status, again.header("etag")), (200, "W/\"2\""));
    assert_eq!(provider.running.counters().needless, 1);

    let nothing = Value::Null;
    assert_eq!(provider.ask("DELETE", &path, &nothing).status, 204);
    for (method, body) in [("GET", &nothing), ("DELETE", &nothing), ("PUT", &user("x"))] {
        let answer = provider.ask(method, &path, body);
        assert_eq!(refused(&answer), (404, String::new()), "{method}");
    }
}

#[test]
fn what_is_refused() {
    let mut provider = Provider::start();
    provider.user("elev1@example.com");
    let with = |name: &str, value: &Value| {
        let mut body = user("elev2@example.com");
        body[name] = value.clone();
        body
    };
    let two = json!([{ "value": "a@example.com", "primary": true }, { "value": "b@example.com", "primary": true }]);
    #[rustfmt::skip]
    let table: &[(&str, &str, &str, Value, u16, &str)] = &[
        // what it shows               method  path       body                                 status type
        ("userName is taken",          "POST", "/Users",  user("elev1@example.com"),           409, "uniqueness"),
        ("in other capitals too",      "POST", "/Users",  user("ELEV1@example.com"),           409, "uniqueness"),
        ("userName is needed",         "POST", "/Users",  json!({ "schemas": [USER] }),        400, "invalidValue"),
        ("schemas is needed",          "POST", "/Users",  json!({ "userName": "x" }),          400, "invalidSyntax"),
        ("of another type",            "POST", "/Groups", user("x"),                           400, "invalidSyntax"),
        ("no object",                  "POST", "/Users",  json!([]),                           400, "invalidSyntax"),
        ("active is no text",          "POST", "/Users",  with("active", &json!("true")),      400, "invalidValue"),
        ("emails is a list",           "POST", "/Users",  with("emails", &json!({})),          400, "invalidValue"),
        ("two primary",                "POST", "/Users",  with("emails", &two),                400, "invalidValue"),
        ("a member who is not there",  "POST", "/Groups", group("7A", &["nobody"]),            400, "invalidValue"),
        ("no such type",               "POST", "/Pupils", user("x"),                           404, ""),
        ("a type is not deleted",      "DELETE", "/Users", Value::Null,                        405, ""),
        ("a description is not made",  "POST", "/Schemas", json!({}),                          405, ""),
        ("no /Me",                     "GET",  "/Me",     Value::Null,                         501, ""),
    ];
    for (shows, method, path, body, status, word) in table {
        let answer = provider.ask(method, path, body);
        assert_eq!(refused(&answer), (*status, (*word).to_owned()), "{shows}");
        assert!(!answer.text().contains("elev"), "{shows}: no one is named");
    }
    let headers = [("Content-Type", "text/plain")];
    let answer = provider.client.send("POST", "/v2/Users", &headers, "{}").unwrap();
    assert_eq!(refused(&answer).0, 415);
    let headers = [("Content-Type", "application/json")];
    let answer = provider.client.send("POST", "/v2/Users", &headers, "{").unwrap();
    assert_eq!(refused(&answer), (400, "invalidSyntax".to_owned()));
}

/// What it shows, method, header, body, status, version after.
type Row<'a> = (&'a str, &'a str, (&'a str, &'a str), Value, u16, &'a str);

/// §3.14: what was read may be written only while it is the newest.
#[test]
fn versions() {
    let mut provider = Provider::start();
    let id = provider.user("elev1@example.com");
    let path = format!("/Users/{id}");
    let nick = |it: &str| patch(&json!([{ "op": "replace", "path": "nickName", "value": it }]));
    let null = Value::Null;
    let put = user("elev2@example.com");
    #[rustfmt::skip]
    let table: &[Row] = &[
        // what it shows              method    header                      body        status version after
        ("read what is known",        "GET",    ("If-None-Match", "W/\"1\""), null.clone(), 304, "W/\"1\""),
        ("read what is new",          "GET",    ("If-None-Match", "W/\"0\""), null.clone(), 200, "W/\"1\""),
        ("the newest is changed",     "PATCH",  ("If-Match", "W/\"1\""),    nick("a"),  200, "W/\"2\""),
        ("an old one is not",         "PATCH",  ("If-Match", "W/\"1\""),    nick("b"),  412, ""),
        ("nor replaced",              "PUT",    ("If-Match", "W/\"1\""),    put.clone(), 412, ""),
        ("nor deleted",               "DELETE", ("If-Match", "W/\"1\""),    null.clone(), 412, ""),
        ("any version",               "PUT",    ("If-Match", "*"),          put.clone(), 200, "W/\"3\""),
        ("one of several",            "DELETE", ("If-Match", "W/\"1\", W/\"3\""), null.clone(), 204, ""),
    ];
    for (shows, method, header, body, status, version) in table {
        let answer = provider.ask_with(method, &path, &[*header], body);
        assert_eq!((answer.status, answer.header("etag")), (*status, *version), "{shows}");
    }
}

#[test]
fn who_is_deleted_leaves_the_groups() {
    let mut provider = Provider::start();
    let (one, other) = (provider.user("elev1@example.com"), provider.user("elev2@example.com"));
    let group = provider.create("Groups", &group("7A", &[&one, &other]));
    provider.ask("DELETE", &format!("/Users/{one}"), &Value::Null);
    let shown = provider.get(&format!("/Groups/{group}"));
    assert_eq!(shown["members"], json!([{ "value": other }]));
    assert_eq!(shown["meta"]["version"], "W/\"2\"");
}

#[test]
fn a_password_is_never_shown() {
    let mut provider = Provider::start();
    let mut body = user("elev1@example.com");
    body["password"] = json!("hemligt");
    let id = provider.create("Users", &body);
    for path in [format!("/Users/{id}"), format!("/Users/{id}?attributes=password")] {
        assert_eq!(provider.get(&path).get("password"), None, "{path}");
    }
}

/// RFC 6750 §3; RFC 7644 §2.
#[test]
fn without_a_token_the_answer_says_what_is_needed() {
    let sign = Sign { tenant: "aby".to_owned(), proof: Proof::Bearer("abc".to_owned()) };
    let common = receiver::Switches { sign_in: SignIn::with(vec![sign]), ..Default::default() };
    let mut provider = Provider::with(Switches { common, ..Switches::default() });
    for header in
        [("X-Nothing", ""), ("Authorization", "Bearer abcd"), ("Authorization", "Basic abc")]
    {
        let answer = provider.ask_with("GET", "/Users", &[header], &Value::Null);
        assert_eq!(refused(&answer), (401, String::new()));
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    let answer =
        provider.ask_with("GET", "/Users", &[("Authorization", "Bearer abc")], &Value::Null);
    assert_eq!(answer.status, 200);
}

#[test]
fn what_is_loaded_is_found_again() {
    let file = std::env::temp_dir().join(format!("skolbro-scim-{}.json", std::process::id()));
    let start = || {
        let common = receiver::Switches { state: Some(file.clone()), ..Default::default() };
        Provider::with(Switches { common, ..Switches::default() })
    };
    let mut provider = start();
    let one = provider.user("elev1@example.com");
    let group = provider.create("Groups", &group("7A", &[&one]));
    let before = provider.running.dump();
    drop(provider);
    let mut provider = start();
    assert_eq!(provider.running.dump(), before);
    let again = provider.ask("POST", "/Users", &user("elev1@example.com"));
    assert_eq!(refused(&again).0, 409);
    let found = provider.get(&format!("/Groups?filter=members.value%20eq%20%22{one}%22"));
    assert_eq!(found["Resources"][0]["id"], json!(group));
    drop(provider);
    std::fs::remove_file(&file).unwrap();
}
