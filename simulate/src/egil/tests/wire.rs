//! Request and answer, as windermere is described (reference/targets.md §4.1, §4.2).

use serde_json::{Value, json};

use crate::egil::{References, Strictness, Switches, start};
use crate::receiver::Running;
use crate::receiver::tests::{Answer, Client};

const URN: &str = "urn:scim:schemas:extension:sis:school:1.0:";
const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn to(kind: &str, number: u32) -> Value {
    json!({ "value": id(number), "$ref": format!("{kind}/{}", id(number)) })
}

fn object(kind: &str, number: u32, more: &Value) -> Value {
    let mut value = json!({ "schemas": [format!("{URN}{kind}")], "externalId": id(number) });
    if kind == "User" {
        value["schemas"] = json!([CORE_USER, format!("{URN}User")]);
    }
    for (name, it) in more.as_object().unwrap() {
        value[name.as_str()] = it.clone();
    }
    value
}

fn unit(number: u32) -> Value {
    object(
        "SchoolUnit",
        number,
        &json!({ "displayName": "Exempelskolan", "schoolUnitCode": "99999901" }),
    )
}

fn pupil(number: u32) -> Value {
    object(
        "User",
        number,
        &json!({
            "userName": format!("elev{number}@example.com"),
            "name": { "familyName": "Exempel", "givenName": "Elev" },
            "displayName": "Elev Exempel",
            format!("{URN}User"): { "enrolments": [to("SchoolUnits", 1)] },
        }),
    )
}

fn group(number: u32, members: &[u32]) -> Value {
    let members: Vec<Value> = members.iter().map(|it| to("Users", *it)).collect();
    object(
        "StudentGroup",
        number,
        &json!({
            "displayName": "7A", "owner": to("SchoolUnits", 1), "studentMemberships": members,
        }),
    )
}

fn send(running: &Running, method: &str, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = [("Content-Type", "application/scim+json")];
    Client::to(&running.base_url()).send(method, path, &headers, &body).unwrap()
}

fn with(mut value: Value, name: &str, new: &Value) -> Value {
    value[name] = new.clone();
    value
}

fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().unwrap().remove(name);
    value
}

#[test]
fn methods_and_paths() {
    let running = start(Switches::default()).unwrap();
    let (one, none) = (format!("/SchoolUnits/{}", id(1)), format!("/SchoolUnits/{}", id(2)));
    let renamed = with(unit(1), "displayName", &json!("Annan"));
    #[rustfmt::skip]
    let table: &[(&str, &str, &str, Value, u16)] = &[
        // what it shows                  method    path                     body      status
        ("created",                       "POST",   "/SchoolUnits",          unit(1),  201),
        ("exists already",                "POST",   "/SchoolUnits",          unit(1),  409),
        ("replaced",                      "PUT",    &one,                    renamed.clone(), 200),
        ("not there to replace",          "PUT",    &none,                   unit(2),  404),
        ("not the one of the path",       "PUT",    &none,                   unit(1),  400),
        ("put to the type",               "PUT",    "/SchoolUnits",          unit(1),  200),
        ("put to the type, not there",    "PUT",    "/SchoolUnits",          unit(2),  404),
        ("beneath any path",              "POST",   "/egil/v1/SchoolUnits",  unit(3),  201),
        ("one is not read",               "GET",    &one,                    Value::Null, 404),
        ("no PATCH",                      "PATCH",  &one,                    unit(1),  405),
        ("no Schemas",                    "GET",    "/Schemas",              Value::Null, 404),
        ("no ServiceProviderConfig",      "GET",    "/ServiceProviderConfig", Value::Null, 404),
        ("filter and pages are not heard", "GET",   "/SchoolUnits?filter=externalId%20eq%20%22x%22&count=0", Value::Null, 200),
        ("deleted",                       "DELETE", &one,                    Value::Null, 204),
        ("not there to delete",           "DELETE", &one,                    Value::Null, 404),
        ("created again",                 "POST",   "/SchoolUnits",          unit(1),  201),
    ];
    for (shows, method, path, body, status) in table {
        let answer = send(&running, method, path, body);
        assert_eq!(answer.status, *status, "{shows}: {}", answer.text());
        if *status != 204 {
            assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8", "{shows}");
        }
        assert!(*status < 400 || answer.json().is_null(), "{shows}: errors are no JSON");
    }
    let list = send(&running, "GET", "/SchoolUnits", &Value::Null).json();
    assert_eq!(list["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
    assert_eq!(list["totalResults"], 2);
    assert_eq!(list["Resources"], json!([unit(1), unit(3)]));
}

#[test]
fn an_answer_has_no_id_of_its_own() {
    let running = start(Switches::default()).unwrap();
    let answer = send(&running, "POST", "/SchoolUnits", &with(unit(1), "id", &json!("mine")));
    assert_eq!(answer.json(), unit(1));
}

#[test]
fn content_types() {
    let running = start(Switches::default()).unwrap();
    #[rustfmt::skip]
    let table: &[(&str, u16)] = &[
        ("application/scim+json",                201),
        ("application/scim+json; charset=utf-8", 201),
        ("application/json",                     201),
        ("text/json",                            415),
        ("",                                     415),
    ];
    for (number, (name, status)) in (1..).zip(table) {
        let headers = [("Content-Type", *name)];
        let body = unit(number).to_string();
        let mut client = Client::to(&running.base_url());
        let answer = client.send("POST", "/SchoolUnits", &headers, &body).unwrap();
        assert_eq!(answer.status, *status, "{name}");
    }
}

#[test]
fn bodies_that_are_refused() {
    let running = start(Switches::default()).unwrap();
    assert_eq!(send(&running, "POST", "/SchoolUnits", &unit(1)).status, 201);
    assert_eq!(send(&running, "POST", "/Users", &pupil(1)).status, 201);
    let code = |it: &str| with(unit(2), "schoolUnitCode", &json!(it));
    let names = json!({ "familyName": "Exempel" });
    let enrolled =
        |it: &Value| with(pupil(2), &format!("{URN}User"), &json!({ "enrolments": [it] }));
    let duty = object(
        "Employment",
        1,
        &json!({
            "employedAt": to("SchoolUnits", 1), "user": to("Users", 1), "employmentRole": "Lärare",
        }),
    );
    #[rustfmt::skip]
    let table: &[(&str, &str, Value, u16)] = &[
        // what it shows                  path            body                                       status
        ("no object",                     "/SchoolUnits", json!([]),                                 400),
        ("no schemas",                    "/SchoolUnits", without(unit(2), "schemas"),               400),
        ("empty schemas",                 "/SchoolUnits", with(unit(2), "schemas", &json!([])),      400),
        ("no externalId",                 "/SchoolUnits", without(unit(2), "externalId"),            400),
        ("externalId is no UUID",         "/SchoolUnits", with(unit(2), "externalId", &json!("x1")), 400),
        ("a name that is no text",        "/SchoolUnits", with(unit(2), "displayName", &json!(7)),   400),
        ("a code of seven digits",        "/SchoolUnits", code("9999990"),                           400),
        ("a code with a letter",          "/SchoolUnits", code("9999990a"),                          400),
        ("a list that is none",           "/SchoolUnits", with(unit(2), "schoolTypes", &json!("GR")), 400),
        ("no userName",                   "/Users",       without(pupil(2), "userName"),             400),
        ("half a name",                   "/Users",       with(pupil(2), "name", &names),            400),
        ("no displayName",                "/Users",       without(pupil(2), "displayName"),          400),
        ("an enrolment to nowhere",       "/Users",       enrolled(&to("SchoolUnits", 9)),           400),
        ("an enrolment without a unit",   "/Users",       enrolled(&json!({ "schoolYear": 7 })),     400),
        ("a year that is text",           "/Users",       enrolled(&json!({ "value": id(1), "schoolYear": "7" })), 400),
        ("a role is needed",              "/Employments", without(duty.clone(), "employmentRole"),   400),
        ("a person is needed",            "/Employments", without(duty.clone(), "user"),             400),
        ("a duty",                        "/Employments", duty.clone(),                              201),
        ("a member who is not there",     "/StudentGroups", group(1, &[1, 9]),                       400),
        ("a group",                       "/StudentGroups", group(1, &[1]),                          201),
        ("unknown attributes are taken",  "/SchoolUnits", with(unit(4), "colour", &json!("red")),    201),
        ("a code of eight digits",        "/SchoolUnits", code("99999902"),                          201),
    ];
    for (shows, path, body, status) in table {
        let answer = send(&running, "POST", path, body);
        assert_eq!(answer.status, *status, "{shows}: {}", answer.text());
        assert!(*status < 400 || !answer.text().contains("Exempel"), "{shows}: no one is named");
    }
    let headers = [("Content-Type", "application/scim+json")];
    let mut client = Client::to(&running.base_url());
    let answer = client.send("POST", "/SchoolUnits", &headers, "{").unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (400, "the body is not JSON\n"));
}

/// Deletes go the other way round, and nothing holds them back.
#[test]
fn what_is_referred_to_may_be_deleted() {
    let running = start(Switches::default()).unwrap();
    send(&running, "POST", "/SchoolUnits", &unit(1));
    send(&running, "POST", "/Users", &pupil(1));
    let path = format!("/SchoolUnits/{}", id(1));
    assert_eq!(send(&running, "DELETE", &path, &Value::Null).status, 204);
    let path = format!("/Users/{}", id(1));
    assert_eq!(send(&running, "PUT", &path, &pupil(1)).status, 400, "but not written again");
}

#[test]
fn references_need_not_be_checked() {
    let switches = Switches { references: References::Unchecked, ..Switches::default() };
    let running = start(switches).unwrap();
    assert_eq!(send(&running, "POST", "/Users", &pupil(1)).status, 201);
    assert_eq!(send(&running, "POST", "/StudentGroups", &group(1, &[9])).status, 201);
}

#[test]
fn a_strict_receiver_takes_the_profile_alone() {
    let switches = Switches { strictness: Strictness::Strict, ..Switches::default() };
    let running = start(switches).unwrap();
    let other = json!([format!("{URN}Organisation")]);
    let half = json!([CORE_USER]);
    #[rustfmt::skip]
    let table: &[(&str, &str, Value, u16)] = &[
        ("as it should be",         "/SchoolUnits", unit(1),                                   201),
        ("an unknown attribute",    "/SchoolUnits", with(unit(2), "colour", &json!("red")),    400),
        ("another type's schema",   "/SchoolUnits", with(unit(2), "schemas", &other),          400),
        ("a pupil",                 "/Users",       pupil(1),                                  201),
        ("an extension unnamed",    "/Users",       with(pupil(2), "schemas", &half),          400),
    ];
    for (shows, path, body, status) in table {
        let answer = send(&running, "POST", path, body);
        assert_eq!(answer.status, *status, "{shows}: {}", answer.text());
    }
}
