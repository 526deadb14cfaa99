//! Every call against Google's published descriptions (specs/google): only methods, parameters
//! and fields that are documented. They are not ours to copy: where they are absent, nothing is
//! checked.

use std::path::{Path, PathBuf};

use connect::http::Method;
use serde_json::{Map, Value as Json, json};
use state::{Object, Value};

use super::world::object;
use crate::client::Part;
use crate::settings::Settings;
use crate::wire::{self, Roster};
use crate::{COURSE, GROUP, USER, map};

/// Where the descriptions stand, if they do.
fn folder() -> Option<PathBuf> {
    let up = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(3);
    let folders = up.map(|folder| folder.join("shared/specs/google"));
    folders.into_iter().find(|folder| folder.is_dir())
}

fn description(folder: &Path, name: &str) -> Json {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// All methods below a part of a description.
fn methods<'d>(part: &'d Json, found: &mut Vec<&'d Json>) {
    let of = |name: &str| part.get(name).and_then(Json::as_object).into_iter().flatten();
    found.extend(of("methods").map(|(_, method)| method));
    for (_, resource) in of("resources") {
        methods(resource, found);
    }
}

/// A path with every part in braces made the same.
fn shape(path: &str) -> String {
    let mut shape = String::new();
    for piece in path.trim_start_matches('/').split_inclusive('}') {
        shape.push_str(piece.split('{').next().unwrap_or_default());
        shape.push_str(if piece.ends_with('}') { "{}" } else { "" });
    }
    shape
}

fn sample(kind: state::Kind, values: &[&str]) -> Object {
    let text = |text: &&str| Value::Text((*text).to_owned());
    Object { id: object(kind, 1), values: values.iter().map(text).collect(), schools: Vec::new() }
}

/// Every call that is ever made, with every field that a body can have.
fn calls() -> Vec<Part> {
    let settings: Settings = super::settings("http://127.0.0.1:1");
    let user = |unit: &str| sample(USER, &["a@b.se", "A", "B", "A B", unit, "suspended", "admin"]);
    let mut new_user = wire::user_body(&user("/A"), "1", "secret");
    new_user.insert("changePasswordAtNextLogin".to_owned(), json!(true));
    let none = Object { values: vec![Value::None; 7], ..user("/A") };
    let mut changes = wire::user_changes(&none, &user("/B"));
    changes.insert("externalIds".to_owned(), map::user_ids(&Json::Null, "1"));
    let mut group = wire::group_values(None, &sample(GROUP, &["a", "b", "c"]));
    group.insert("externalIds".to_owned(), map::group_ids(&Json::Null, "1"));
    let mut course = wire::course_values(None, &sample(COURSE, &["a", "b"]));
    for (name, value) in [("ownerId", "1"), ("courseState", "ACTIVE")] {
        course.insert(name.to_owned(), json!(value));
    }
    let with_alias = course.clone().into_iter().chain([("id".to_owned(), json!("d:x"))]);
    let page = Some("token");
    let mut calls = vec![
        wire::units("my_customer"),
        wire::users("my_customer", page),
        wire::user("1"),
        wire::new_user(Json::Object(new_user)),
        wire::change_user("1", Json::Object(changes)),
        wire::change_user("1", Json::Object(wire::user_changes(&user("/A"), &none))),
        wire::delete_user("1"),
        wire::groups("my_customer", page),
        wire::group("1"),
        wire::new_group(Json::Object(group.clone())),
        wire::change_group("1", Json::Object(group)),
        wire::delete_group("1"),
        wire::set_group("a@b.se", settings.group_settings.body()),
        wire::group_settings("a@b.se"),
        wire::members("1", page),
        wire::member("1", "2"),
        wire::add_member("1", "2", "OWNER"),
        wire::change_member("1", "2", "MANAGER"),
        wire::remove_member("1", "2"),
        wire::courses(page),
        wire::course("1"),
        wire::new_course(Json::Object(with_alias.collect())),
        wire::change_course("1", &course),
        wire::course_state("1", "ARCHIVED"),
        wire::delete_course("1"),
    ];
    for roster in [Roster::Teachers, Roster::Students] {
        calls.extend([
            wire::roster("1", roster, page),
            wire::of_roster("1", roster, "2"),
            wire::enrol("1", roster, "2"),
            wire::unenrol("1", roster, "2"),
        ]);
    }
    calls
}

/// The values of a body are of the kinds, and their fields those, that the schema has.
fn fits(document: &Json, schema: &Json, value: &Json, at: &str) {
    let schema = match schema.get("$ref").and_then(Json::as_str) {
        Some(name) => &document["schemas"][name],
        None => schema,
    };
    match value {
        // What is cleared.
        Json::Null => {}
        Json::Object(fields) => {
            let Some(known) = schema.get("properties") else { return };
            for (name, value) in fields {
                let own = known.get(name);
                let own = own.unwrap_or_else(|| panic!("{at}: {name} is not documented"));
                let is_out = own.get("readOnly").and_then(Json::as_bool) == Some(true);
                assert!(!is_out, "{at}: {name} is told by Google alone");
                fits(document, own, value, &format!("{at}.{name}"));
            }
        }
        Json::Array(all) => {
            for one in all {
                fits(document, schema.get("items").unwrap_or(&Json::Null), one, at);
            }
        }
        Json::String(text) => {
            let kind = schema.get("type").and_then(Json::as_str).unwrap_or("any");
            assert!(["string", "any"].contains(&kind), "{at} is {kind}");
            if let Some(words) = schema.get("enum").and_then(Json::as_array) {
                assert!(words.iter().any(|word| word == text), "{at}: {text} is no word there");
            }
        }
        Json::Bool(_) => assert_eq!(schema["type"], "boolean", "{at}"),
        Json::Number(_) => panic!("{at}: no number is sent"),
    }
}

/// The names in a mask of fields, as paths: `a,b(c,d)` is `a`, `b.c`, `b.d`.
fn fields(mask: &str) -> Vec<String> {
    let (mut paths, mut above, mut name) = (Vec::new(), Vec::<String>::new(), String::new());
    for letter in mask.chars().chain([',']) {
        match letter {
            '(' => above.push(std::mem::take(&mut name)),
            ',' | ')' => {
                if !name.is_empty() {
                    let path = above.iter().cloned().chain([std::mem::take(&mut name)]);
                    paths.push(path.collect::<Vec<_>>().join("."));
                }
                if letter == ')' {
                    above.pop();
                }
            }
            letter => name.push(letter),
        }
    }
    paths
}

/// Whether a field stands in what a schema describes.
fn is_told(document: &Json, schema: &Json, path: &str) -> bool {
    let schema = match schema.get("$ref").and_then(Json::as_str) {
        Some(name) => &document["schemas"][name],
        None => schema,
    };
    if schema["type"] == "array" {
        return is_told(document, &schema["items"], path);
    }
    if schema["type"] == "any" {
        // `User.name` and its like.
        return true;
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(own) = schema.get("properties").and_then(|all| all.get(first)) else { return false };
    rest.is_empty() || is_told(document, own, rest)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let two = std::str::from_utf8(&rest[..2]).unwrap();
            bytes.push(u8::from_str_radix(two, 16).unwrap());
            rest = &rest[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn only_what_google_documents_is_sent_and_asked_for() {
    let Some(folder) = folder() else {
        println!("skipped: specs/google is not there");
        return;
    };
    let files = ["admin.directory_v1.json", "classroom.v1.json", "groupssettings.v1.json"];
    let documents = files.map(|file| description(&folder, file));
    let nothing = Map::new();
    for part in calls() {
        let found = documents.iter().find_map(|document| {
            let (mut all, base) = (Vec::new(), document["servicePath"].as_str().unwrap_or(""));
            methods(document, &mut all);
            let own = all.into_iter().find(|method| {
                let path = method.get("flatPath").or(method.get("path"));
                let path = format!("{base}{}", path.and_then(Json::as_str).unwrap_or_default());
                let verb = method["httpMethod"].as_str();
                shape(&path) == shape(part.label) && verb == Some(part.method.as_str())
            });
            Some((document, own?))
        });
        let (document, method) =
            found.unwrap_or_else(|| panic!("{} {} is no method", part.method, part.label));
        let id = method["id"].as_str().unwrap();
        let query = part.path.split_once('?').map(|it| it.1).unwrap_or_default();
        for (name, value) in query.split('&').filter_map(|field| field.split_once('=')) {
            let own = method.get("parameters").and_then(Json::as_object).unwrap_or(&nothing);
            let known = own.get(name).or(document["parameters"].get(name));
            let known = known.unwrap_or_else(|| panic!("{id} takes no {name}"));
            if let Some(words) = known.get("enum").and_then(Json::as_array) {
                assert!(words.iter().any(|it| it == value), "{id}: {name}={value}");
            }
            if name == "fields" {
                for path in fields(&decoded(value)) {
                    let told = is_told(document, &method["response"], &path);
                    assert!(told, "{id} tells no {path}");
                }
            }
            if name == "updateMask" {
                let text = known["description"].as_str().unwrap();
                for field in decoded(value).split(',') {
                    assert!(
                        text.contains(&format!("`{field}`")),
                        "{id}: {field} cannot be changed"
                    );
                }
            }
        }
        match (&part.body, method.get("request")) {
            (Some(body), Some(schema)) => fits(document, schema, body, id),
            (None, None) => {}
            (Some(_), None) | (None, Some(_)) => panic!("{id}: with or without a body"),
        }
        let is_safe = part.method == Method::GET || part.method == Method::DELETE;
        assert_eq!(part.body.is_none(), is_safe, "{id}");
    }
}

#[test]
fn masks_are_read() {
    assert_eq!(fields("a,b(c,d(e)),f"), ["a", "b.c", "b.d.e", "f"]);
}
