//! Bulk: RFC 7644 §3.7.

use serde_json::{Value, json};

use super::{Provider, Switches, group, patch, refused, user};

fn bulk(operations: &Value, fail_on_errors: Option<u32>) -> Value {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": operations,
    });
    if let Some(many) = fail_on_errors {
        body["failOnErrors"] = json!(many);
    }
    body
}

fn post(name: &str, path: &str, data: &Value) -> Value {
    json!({ "method": "POST", "bulkId": name, "path": path, "data": data })
}

/// `bulkId status` of every answer, in order.
fn told(answer: &Value) -> String {
    assert_eq!(answer["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    let operations = answer["Operations"].as_array().unwrap().iter();
    let one = |it: &Value| {
        let name = it["bulkId"].as_str().unwrap_or("-");
        format!("{name} {}", it["status"].as_str().unwrap())
    };
    operations.map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn operations_in_order_and_what_refers_to_what() {
    let mut provider = Provider::start();
    let known = provider.user("elev0@example.com");
    let path = format!("/Users/{known}");
    let one = |name: &str| post(name, "/Users", &user(&format!("{name}@example.com")));
    let of = |name: &str, member: &str| post(name, "/Groups", &group(name, &[member]));
    let nick = patch(&json!([{ "op": "add", "path": "nickName", "value": "E" }]));
    let change = json!({ "method": "PATCH", "path": path, "data": nick });
    let old = json!({ "method": "PATCH", "path": path, "version": "W/\"9\"", "data": nick });
    let delete = json!({ "method": "DELETE", "path": path });
    let rename =
        json!({ "method": "PUT", "path": "/Users/bulkId:k", "data": user("k2@example.com") });
    #[rustfmt::skip]
    let table: &[(&str, Value, Option<u32>, &str)] = &[
        // what it shows                 operations                                      failOnErrors  answers
        ("each by itself",               json!([one("a"), change, delete]),                  None,    "a 201, - 200, - 204"),
        ("a member made just now",       json!([one("b"), of("c", "bulkId:b")]),             None,    "b 201, c 201"),
        ("a member made after it",       json!([of("e", "bulkId:d"), one("d")]),             None,    "d 201, e 201"),
        ("a path made just now",         json!([one("k"), rename]),                          None,    "k 201, - 200"),
        ("they refer to each other",     json!([of("f", "bulkId:g"), of("g", "bulkId:f")]),  None,    "f 409, g 409"),
        ("one that nobody makes",        json!([of("h", "bulkId:x")]),                       None,    "h 400"),
        ("goes on after an error",       json!([one("a"), one("i")]),                        None,    "a 409, i 201"),
        ("stops after so many",          json!([one("a"), one("b"), one("j")]),              Some(2), "a 409, b 409"),
        ("gone, and of another version", json!([delete, old]),                               None,    "- 404, - 404"),
        ("no such path",                 json!([post("z", "/Pupils", &user("x"))]),          None,    "z 404"),
        ("a bulkId is needed",           json!([{ "method": "POST", "path": "/Users", "data": user("y") }]), None, "- 400"),
    ];
    for (shows, operations, fail_on_errors, expected) in table {
        let answer = provider.ask("POST", "/Bulk", &bulk(operations, *fail_on_errors));
        assert_eq!(answer.status, 200, "{shows}: {}", answer.text());
        assert_eq!(told(&answer.json()), *expected, "{shows}");
    }
    let answer = provider.ask("POST", "/Bulk", &bulk(&json!([one("a"), one("l")]), None)).json();
    let (bad, good) = (&answer["Operations"][0], &answer["Operations"][1]);
    assert_eq!(bad["response"]["scimType"], "uniqueness");
    assert_eq!(good["version"], "W/\"1\"");
    let location = good["location"].as_str().unwrap();
    let made = provider.get(location.strip_prefix("http://localhost/v2").unwrap());
    assert_eq!(made["userName"], "l@example.com");
}

/// §3.7.4: 413 before anything is done.
#[test]
fn a_request_that_is_too_large() {
    let mut provider =
        Provider::with(Switches { largest_bulk: 2, largest_payload: 500, ..Switches::default() });
    let one = |name: &str| post(name, "/Users", &user(name));
    let many = bulk(&json!([one("a"), one("b"), one("c")]), None);
    let mut long = user("d");
    long["nickName"] = json!("x".repeat(500));
    let large = bulk(&json!([post("d", "/Users", &long)]), None);
    for body in [many, large] {
        assert_eq!(refused(&provider.ask("POST", "/Bulk", &body)).0, 413);
    }
    assert_eq!(provider.get("/Users")["totalResults"], 0);
    assert_eq!(provider.ask("POST", "/Bulk", &bulk(&json!([one("a")]), None)).status, 200);
    let answer = provider.ask("POST", "/Bulk", &json!({ "Operations": [] }));
    assert_eq!(refused(&answer), (400, "invalidSyntax".to_owned()));
}
