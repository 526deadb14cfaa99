//! Against the discovery documents, which stand beside the repository: every method that is
//! served, its parameters, scopes and bodies, and every answer.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::{ADMIN, GROUPS, SCOPES, Tenant, UNITS, USERS, user};
use crate::google::bodies::Body;
use crate::google::fields::{Field, Kind};
use crate::google::methods::{Api, METHODS, Method};

/// The documents of the three APIs; `None` where they are not.
fn documents() -> Option<[Value; 3]> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs");
    let specs = std::env::var_os("SKOLBRO_SPECS").map_or(default, PathBuf::from);
    let read = |name: &str| -> Option<Value> {
        let text = std::fs::read(specs.join("google").join(format!("{name}.json"))).ok()?;
        serde_json::from_slice(&text).ok()
    };
    let all = ["admin.directory_v1", "classroom.v1", "groupssettings.v1"].map(read);
    if let [Some(directory), Some(classroom), Some(settings)] = all {
        return Some([directory, classroom, settings]);
    }
    println!("skipped: no specs/google here (SKOLBRO_SPECS names the folder of specs)");
    None
}

fn of(documents: &[Value; 3], api: Api) -> &Value {
    let [directory, classroom, settings] = documents;
    match api {
        Api::Directory => directory,
        Api::Classroom => classroom,
        Api::Settings => settings,
    }
}

/// The method's own entry.
fn entry<'a>(documents: &'a [Value; 3], method: &Method) -> &'a Map<String, Value> {
    let mut parts: Vec<&str> = method.id.split('.').skip(1).collect();
    let name = parts.pop().unwrap();
    let mut at = of(documents, method.api());
    for part in parts {
        at = &at["resources"][part];
    }
    at["methods"][name].as_object().unwrap_or_else(|| panic!("{} is not documented", method.id))
}

fn texts(value: Option<&Value>) -> BTreeSet<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_method_is_documented_with_its_verb_path_parameters_and_scopes() {
    let Some(documents) = documents() else { return };
    for method in METHODS {
        let (id, entry) = (method.id, entry(&documents, method));
        let service = of(&documents, method.api())["servicePath"].as_str().unwrap();
        let path = format!("{service}{}", entry["path"].as_str().unwrap());
        assert_eq!(
            (method.verb, method.path),
            (entry["httpMethod"].as_str().unwrap(), &*path),
            "{id}"
        );
        let scopes = texts(entry.get("scopes"));
        let own =
            method.scopes.split(' ').map(|it| format!("https://www.googleapis.com/auth/{it}"));
        let own: Vec<String> = own.collect();
        assert_eq!(own.iter().map(String::as_str).collect::<BTreeSet<_>>(), scopes, "{id}");
        let body = entry.get("request").map(|it| it["$ref"].as_str().unwrap());
        assert_eq!(method.body.map(Body::name), body, "{id}");
        let parameters = entry.get("parameters").and_then(Value::as_object);
        let in_query = parameters.into_iter().flatten().filter(|(_, it)| it["location"] == "query");
        let documented: BTreeSet<String> = in_query.map(|(name, it)| parameter(name, it)).collect();
        let own = method.query.split(' ').filter(|it| !it.is_empty()).map(str::to_owned);
        assert_eq!(own.collect::<BTreeSet<_>>(), documented, "{id}");
    }
}

/// A parameter as our table writes it.
fn parameter(name: &str, it: &Value) -> String {
    let text = |field: &str| it[field].as_str().unwrap_or_default();
    let kind = match (it.get("enum"), text("type")) {
        (Some(values), _) => {
            let values: Vec<&str> =
                values.as_array().unwrap().iter().filter_map(Value::as_str).collect();
            values.join("|")
        }
        (None, "string") => "text".to_owned(),
        (None, "integer") if !text("minimum").is_empty() => {
            format!("number={}..{}", text("minimum"), text("maximum"))
        }
        (None, "integer") => "number".to_owned(),
        (None, other) => other.to_owned(),
    };
    let many = if it["repeated"] == true { "*" } else { "" };
    format!("{name}:{kind}{many}")
}

#[test]
fn every_body_has_the_documented_fields() {
    let Some(documents) = documents() else { return };
    for method in METHODS.iter().filter(|it| it.body.is_some()) {
        let body = method.body.unwrap();
        let document = of(&documents, method.api());
        same_fields(document, body.name(), body.fields());
    }
    assert!(Body::ALL.iter().all(|it| METHODS.iter().any(|method| method.body == Some(*it))));
}

fn same_fields(document: &Value, schema: &str, fields: &[Field]) {
    let documented = document["schemas"][schema]["properties"].as_object().unwrap();
    let own: BTreeSet<&str> = fields.iter().map(|it| it.name).collect();
    let theirs: BTreeSet<&str> = documented.keys().map(String::as_str).collect();
    // Attributes of guests are not played, and say so when they are sent.
    if schema == "GuestAccountInfo" {
        return;
    }
    assert_eq!(own, theirs, "{schema}");
    for field in fields {
        let it = &documented[field.name];
        let place = format!("{schema}.{}", field.name);
        assert_eq!(field.many, it["type"] == "array", "{place}");
        let item = if field.many { &it["items"] } else { it };
        match (item["$ref"].as_str(), item["type"].as_str(), field.kind) {
            (Some(inner), _, Kind::Object) => same_fields(document, inner, &field.inner),
            (Some(_), _, Kind::Any) => assert!(field.output, "{place} is taken unseen"),
            (_, Some("any" | "object" | "array"), Kind::Any)
            | (_, Some("string"), Kind::Text)
            | (_, Some("boolean"), Kind::Boolean)
            | (_, Some("integer"), Kind::Integer) => {}
            other => panic!("{place}: {other:?}"),
        }
        assert!(it["readOnly"] != true || field.output, "{place} is Google's alone");
        if it.get("enum").is_some() {
            assert_eq!(
                field.among.iter().copied().collect::<BTreeSet<_>>(),
                texts(it.get("enum")),
                "{place}"
            );
        }
    }
}

/// Where a value departs from a schema: fields that are not documented, and values of other types.
fn departs(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        return departs(document, &document["schemas"][name], value, at);
    }
    let fits = match schema["type"].as_str() {
        Some("object") => match value.as_object() {
            None => false,
            Some(map) => {
                let inner = |(name, value): (&String, &Value)| {
                    let place = format!("{at}.{name}");
                    let known =
                        schema["properties"].get(name).or(schema.get("additionalProperties"));
                    known.map_or_else(
                        || vec![format!("{place} is not documented")],
                        |it| departs(document, it, value, &place),
                    )
                };
                return map.iter().flat_map(inner).collect();
            }
        },
        Some("array") => match value.as_array() {
            None => false,
            Some(items) => {
                let inner = |it| departs(document, &schema["items"], it, &format!("{at}[]"));
                return items.iter().flat_map(inner).collect();
            }
        },
        Some("string") => match schema.get("enum") {
            Some(values) => values.as_array().unwrap().contains(value),
            None => value.is_string(),
        },
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64(),
        Some(_) | None => true,
    };
    if fits { Vec::new() } else { vec![format!("{at}: {value}")] }
}

/// A call of each method that answers something.
#[expect(clippy::too_many_lines, reason = "a table")]
fn calls(course: &str, unit: &str) -> Vec<(&'static str, String, Value)> {
    let alias = |name: &str| json!({ "alias": name });
    let me = format!("{USERS}/{ADMIN}");
    let group = format!("{GROUPS}/g@exempel.se");
    let course = format!("/v1/courses/{course}");
    let invite = json!({ "courseId": course.rsplit('/').next(), "userId": "larare@exempel.se", "role": "TEACHER" });
    let settings = "/groups/v1/groups/g@exempel.se?alt=json".to_owned();
    let unit = format!("{UNITS}/{unit}");
    vec![
        ("directory.users.insert", USERS.to_owned(), user("elev009")),
        ("directory.users.get", format!("{me}?projection=full"), Value::Null),
        ("directory.users.list", format!("{USERS}?customer=my_customer&maxResults=1"), Value::Null),
        (
            "directory.users.update",
            format!("{USERS}/elev009@exempel.se"),
            json!({ "suspended": true }),
        ),
        (
            "directory.users.patch",
            format!("{USERS}/elev009@exempel.se"),
            json!({ "archived": true }),
        ),
        ("directory.users.aliases.insert", format!("{me}/aliases"), alias("a@exempel.se")),
        ("directory.users.aliases.list", format!("{me}/aliases"), Value::Null),
        (
            "directory.customers.get",
            "/admin/directory/v1/customers/my_customer".to_owned(),
            Value::Null,
        ),
        (
            "directory.domains.list",
            "/admin/directory/v1/customer/my_customer/domains".to_owned(),
            Value::Null,
        ),
        (
            "directory.orgunits.insert",
            UNITS.to_owned(),
            json!({ "name": "X", "parentOrgUnitPath": "/" }),
        ),
        ("directory.orgunits.list", format!("{UNITS}?type=all"), Value::Null),
        ("directory.orgunits.get", unit.clone(), Value::Null),
        ("directory.orgunits.update", unit.clone(), json!({ "description": "x" })),
        ("directory.orgunits.patch", unit, json!({ "description": "y" })),
        (
            "directory.groups.insert",
            GROUPS.to_owned(),
            json!({ "email": "g@exempel.se", "externalIds": [{ "namespace": "n", "id": "i" }] }),
        ),
        ("directory.groups.get", group.clone(), Value::Null),
        ("directory.groups.list", format!("{GROUPS}?customer=my_customer"), Value::Null),
        ("directory.groups.update", group.clone(), json!({ "name": "G" })),
        ("directory.groups.patch", group.clone(), json!({ "description": "d" })),
        ("directory.groups.aliases.insert", format!("{group}/aliases"), alias("b@exempel.se")),
        ("directory.groups.aliases.list", format!("{group}/aliases"), Value::Null),
        ("directory.members.insert", format!("{group}/members"), json!({ "email": ADMIN })),
        ("directory.members.list", format!("{group}/members"), Value::Null),
        ("directory.members.get", format!("{group}/members/{ADMIN}"), Value::Null),
        (
            "directory.members.update",
            format!("{group}/members/{ADMIN}"),
            json!({ "role": "OWNER" }),
        ),
        (
            "directory.members.patch",
            format!("{group}/members/{ADMIN}"),
            json!({ "role": "MANAGER" }),
        ),
        ("directory.members.hasMember", format!("{group}/hasMember/{ADMIN}"), Value::Null),
        ("groupsSettings.groups.get", settings.clone(), Value::Null),
        ("groupsSettings.groups.update", settings.clone(), json!({ "isArchived": "true" })),
        ("groupsSettings.groups.patch", settings, json!({ "isArchived": "false" })),
        (
            "classroom.courses.create",
            "/v1/courses".to_owned(),
            json!({ "name": "B", "ownerId": "me", "section": "S" }),
        ),
        ("classroom.courses.list", "/v1/courses".to_owned(), Value::Null),
        ("classroom.courses.get", course.clone(), Value::Null),
        ("classroom.courses.patch", format!("{course}?updateMask=room"), json!({ "room": "R" })),
        ("classroom.courses.update", course.clone(), json!({ "name": "C" })),
        ("classroom.courses.aliases.create", format!("{course}/aliases"), alias("p:b")),
        ("classroom.courses.aliases.list", format!("{course}/aliases"), Value::Null),
        ("classroom.invitations.create", "/v1/invitations".to_owned(), invite),
        (
            "classroom.invitations.list",
            "/v1/invitations?userId=larare@exempel.se".to_owned(),
            Value::Null,
        ),
        (
            "classroom.courses.teachers.create",
            format!("{course}/teachers"),
            json!({ "userId": "larare@exempel.se" }),
        ),
        ("classroom.courses.teachers.list", format!("{course}/teachers"), Value::Null),
        ("classroom.courses.teachers.get", format!("{course}/teachers/me"), Value::Null),
        (
            "classroom.courses.students.create",
            format!("{course}/students"),
            json!({ "userId": "elev001@exempel.se" }),
        ),
        ("classroom.courses.students.list", format!("{course}/students"), Value::Null),
        (
            "classroom.courses.students.get",
            format!("{course}/students/elev001@exempel.se"),
            Value::Null,
        ),
        (
            "classroom.courses.students.delete",
            format!("{course}/students/elev001@exempel.se"),
            Value::Null,
        ),
        (
            "classroom.courses.teachers.delete",
            format!("{course}/teachers/larare@exempel.se"),
            Value::Null,
        ),
        ("classroom.courses.aliases.delete", format!("{course}/aliases/p:b"), Value::Null),
        ("classroom.userProfiles.get", "/v1/userProfiles/me".to_owned(), Value::Null),
        (
            "classroom.userProfiles.guardians.list",
            "/v1/userProfiles/-/guardians".to_owned(),
            Value::Null,
        ),
        ("classroom.courses.delete", course, Value::Null),
    ]
}

/// Methods that answer with nothing, or need what others leave.
const QUIET: [&str; 12] = [
    "directory.users.delete",
    "directory.users.undelete",
    "directory.users.makeAdmin",
    "directory.users.signOut",
    "directory.users.aliases.delete",
    "directory.orgunits.delete",
    "directory.groups.delete",
    "directory.groups.aliases.delete",
    "directory.members.delete",
    "classroom.invitations.accept",
    "classroom.invitations.get",
    "classroom.invitations.delete",
];

#[test]
fn every_answer_holds_documented_fields_alone() {
    let Some(documents) = documents() else { return };
    let mut tenant = Tenant::new();
    for name in ["elev001", "larare"] {
        tenant.user(name);
    }
    let course = super::courses::course(&mut tenant, "d:contract");
    let calls = calls(&course, "Elever");
    for method in METHODS {
        let called = calls.iter().any(|(id, ..)| *id == method.id);
        assert!(called || QUIET.contains(&method.id), "{} is not looked at", method.id);
    }
    for (id, path, body) in calls {
        let method = METHODS.iter().find(|it| it.id == id).unwrap();
        let answer = tenant.done(method.verb, &path, &body);
        let document = of(&documents, method.api());
        let departures = departs(document, &entry(&documents, method)["response"], &answer, id);
        assert!(departures.is_empty(), "{departures:#?}");
        assert!(answer.is_object(), "{id}: {answer}");
    }
}

/// Every documented parameter is taken, and one that is not documented is refused.
#[test]
fn undocumented_parameters_are_refused() {
    let Some(documents) = documents() else { return };
    let mut tenant = Tenant::new();
    for method in METHODS.iter().filter(|it| it.verb == "GET") {
        let mut parts = method.path.split(['{', '}']);
        let mut path = parts.next().unwrap().to_owned();
        while let (Some(_), Some(rest)) = (parts.next(), parts.next()) {
            path.push_str("nothing");
            path.push_str(rest);
        }
        let entry = entry(&documents, method);
        let common = of(&documents, method.api())["parameters"].as_object().unwrap();
        let own = entry.get("parameters").and_then(Value::as_object);
        let own = own.into_iter().flatten().filter(|(_, it)| it["location"] == "query");
        for (name, it) in own.chain(common) {
            let value = match (it.get("enum"), it["type"].as_str().unwrap()) {
                (Some(values), _) => values[0].as_str().unwrap().to_owned(),
                (None, "integer") => "1".to_owned(),
                (None, "boolean") => "true".to_owned(),
                (None, _) => "x".to_owned(),
            };
            let answer = tenant.ask("GET", &format!("/{path}?{name}={value}"), &Value::Null).text();
            let refused =
                ["Cannot bind query", "Invalid value at"].iter().any(|it| answer.contains(it));
            assert!(!refused, "{} {name}: {answer}", method.id);
        }
        let (status, text) = tenant.refused("GET", &format!("/{path}?shoeSize=42"), &Value::Null);
        assert!(
            status == 400 && text.contains("Unknown name \"shoeSize\""),
            "{}: {text}",
            method.id
        );
    }
}

/// The scopes that the tests ask for are documented ones.
#[test]
fn scopes_are_documented() {
    let Some(documents) = documents() else { return };
    let all: BTreeSet<&str> = documents
        .iter()
        .flat_map(|it| it["auth"]["oauth2"]["scopes"].as_object().unwrap().keys())
        .map(|it| it.trim_start_matches("https://www.googleapis.com/auth/"))
        .collect();
    assert!(SCOPES.split(' ').all(|it| all.contains(it)));
}
