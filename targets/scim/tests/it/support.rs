//! Receivers on loopback, and rows for them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use roster::Key;
use secret::{Secret, SecretError, SecretRef};
use serde_json::Value as Json;
use simulate::receiver::{Proof, Running, Sign, SignIn, Switches};
use state::{Member, Object, ObjectRef, Row, Target, Value};
use targets_scim::{egil, rfc};
use testkit::objects::Cut;

pub(crate) const TOKEN: &str = "hemlig";

/// What every receiver here has.
pub(crate) fn switches() -> Switches {
    let sign = Sign { tenant: "kommunen".to_owned(), proof: Proof::Bearer(TOKEN.to_owned()) };
    Switches { sign_in: SignIn::with(vec![sign]), ..Switches::default() }
}

#[expect(clippy::unnecessary_wraps, reason = "it stands for a reader of secrets")]
fn secrets(_: &SecretRef) -> Result<Secret, SecretError> {
    Ok(Secret::new(TOKEN.to_owned()))
}

/// Settings as a tenant writes them, with two tries a call so that faults are seen.
fn settings<T: serde::de::DeserializeOwned>(url: &str, more: &Json) -> T {
    let mut settings = serde_json::json!({
        "url": url,
        "auth": { "bearer": "env:TOKEN" },
        "http": { "retry": { "attempts": 2, "first_wait_ms": 20 } },
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        settings[name] = value.clone();
    }
    serde_json::from_value(settings).unwrap()
}

pub(crate) fn scim_with(receiver: &Running, more: &Json) -> rfc::Scim {
    let url = format!("{}/v2", receiver.base_url());
    rfc::Scim::new("idp", &url, settings(&url, more), &secrets).unwrap()
}

pub(crate) fn scim(receiver: &Running) -> Box<dyn Target> {
    Box::new(scim_with(receiver, &Json::Null))
}

pub(crate) fn egil(receiver: &Running, ids: &str) -> Box<dyn Target> {
    let url = receiver.base_url();
    let settings = settings(&url, &serde_json::json!({ "ids": ids }));
    Box::new(egil::Egil::new("binogi", &url, settings, &secrets).unwrap())
}

pub(crate) fn plant(receiver: &Running, fault: &str) {
    receiver.plant(fault.parse().unwrap());
}

/// Cuts the next write off, whatever method it has, at each try of it.
pub(crate) fn cut(receiver: &Running, cut: Cut) {
    receiver.mend();
    let fault = match cut {
        Cut::Before => "reset",
        Cut::After => "lost",
    };
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        plant(receiver, &format!("{fault}@{method}x2"));
    }
}

/// All that the receiver holds of a type.
pub(crate) fn held(receiver: &Running, kind: &str) -> Vec<Json> {
    let all: Json = serde_json::from_slice(&receiver.dump()).unwrap();
    match &all["kommunen"][kind] {
        Json::Array(all) => all.clone(),
        Json::Object(all) => all.values().cloned().collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
    }
}

/// Somebody else calls the receiver, or its admin port.
pub(crate) fn calls(url: &str, method: &str, path: &str, body: &Json) -> Json {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let body = body.to_string();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         authorization: Bearer {TOKEN}\r\ncontent-type: application/scim+json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    let body = answer.split_once("\r\n\r\n").map(|it| it.1).unwrap_or_default();
    serde_json::from_str(body).unwrap_or_default()
}

pub(crate) fn key(number: u8) -> Key {
    let mut bytes = [number; 16];
    // Version 4, so that it is like none that is made of a foreign id.
    bytes[6] = 0x40;
    bytes[8] = 0x80;
    Key::from_bytes(bytes)
}

pub(crate) fn id(kind: state::Kind, number: u8) -> ObjectRef {
    ObjectRef { kind, key: key(number) }
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(crate) fn object(id: ObjectRef, values: Vec<Value>) -> Row {
    Row::Object(Object { id, values, schools: vec![] })
}

pub(crate) fn member(
    kind: state::Kind,
    container: ObjectRef,
    member: ObjectRef,
    role: &str,
) -> Row {
    let (values, schools) = (vec![], vec![]);
    Row::Member(Member { kind, container, member, role: role.to_owned(), values, schools })
}

/// The name that a user signs in by.
pub(crate) fn user_name(number: u8) -> String {
    // Whoever has a new key has the old name.
    format!("elev{}@example.org", number % 50)
}

pub(crate) fn scim_user(number: u8, name: &str) -> Row {
    let name_there = user_name(if number > 100 { 1 } else { number });
    let values =
        vec![text(&name_there), text("Kim"), text(name), Value::None, Value::None, Value::None];
    object(id(rfc::USER, number), values)
}

pub(crate) fn scim_group(number: u8, name: &str, members: &[u8]) -> Vec<Row> {
    let group = id(rfc::GROUP, number);
    let mut rows = vec![object(group, vec![text(name)])];
    let of = |it: &u8| member(rfc::MEMBER, group, id(rfc::USER, *it), "member");
    rows.extend(members.iter().map(of));
    rows
}

pub(crate) fn egil_first() -> Vec<Row> {
    let values = vec![text("Ekskolan"), text("99999901"), Value::None, Value::None, Value::None];
    vec![object(id(egil::SCHOOL_UNIT, 1), values)]
}

pub(crate) fn egil_user(number: u8, name: &str) -> Row {
    let name_there = user_name(if number > 100 { 1 } else { number });
    let full = text(&format!("Kim {name}"));
    let values = vec![text(&name_there), text("Kim"), text(name), full, Value::None];
    object(id(egil::USER, number), values)
}

pub(crate) fn egil_group(number: u8, name: &str, members: &[u8]) -> Vec<Row> {
    let group = id(egil::STUDENT_GROUP, number);
    let school = Value::Ref(id(egil::SCHOOL_UNIT, 1));
    let mut rows = vec![object(group, vec![text(name), school, Value::None, Value::None])];
    let of = |it: &u8| member(egil::STUDENT, group, id(egil::USER, *it), "student");
    rows.extend(members.iter().map(of));
    rows
}
