//! Page by page against the published descriptions, which stand beside the repository.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use generate::Size;
use serde_json::{Map, Value, json};

use super::{Reader, start_with};
use crate::ss12000::kind::Kind;
use crate::ss12000::params::{self, Many, Operation, Parameter, Type};
use crate::ss12000::{Dialect, Switches};

/// A description as JSON, in the terms of JSON Schema draft 4; `None` when it cannot be read.
fn description(dialect: Dialect) -> Option<Value> {
    let file = match dialect {
        Dialect::V20 => "ss12000v2_0.yaml",
        Dialect::Standard | Dialect::Edlevo | Dialect::EduCloud | Dialect::DemoSis => {
            "openapi_ss12000_version2_1_0.yaml"
        }
    };
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs");
    let folder = std::env::var_os("SKOLBRO_SPECS").map_or(default, PathBuf::from);
    let path = folder.join("ss12000").join(file);
    if !path.exists() {
        println!("skipped: {} is not here (SKOLBRO_SPECS names its folder)", path.display());
        return None;
    }
    // scripts/test installs one that has what is needed.
    let python = std::env::var_os("SKOLBRO_PYTHON").unwrap_or_else(|| "python3".into());
    let script = "import json,sys,yaml; \
                  json.dump(yaml.safe_load(open(sys.argv[1], encoding='utf-8')), sys.stdout, default=str)";
    let Ok(output) = Command::new(python).args(["-c", script]).arg(&path).output() else {
        println!("skipped: there is no python3");
        return None;
    };
    if !output.status.success() {
        println!("skipped: python3 has no PyYAML");
        return None;
    }
    Some(in_draft_4(serde_json::from_slice(&output.stdout).unwrap()))
}

fn in_draft_4(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut map: Map<String, Value> = map
                .into_iter()
                .filter(|(key, _)| key != "example" && key != "examples")
                .map(|(key, value)| (key, in_draft_4(value)))
                .collect();
            if map.get("nullable") == Some(&Value::Bool(true))
                && let Some(kind) = map.get("type").cloned()
            {
                map.insert("type".to_owned(), json!([kind, "null"]));
            }
            Value::Object(map)
        }
        Value::Array(all) => Value::Array(all.into_iter().map(in_draft_4).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

/// The schema of an operation's answer.
fn schema(spec: &Value, path: &str, method: &str) -> Value {
    let answer = &spec["paths"][path][method]["responses"]["200"];
    let schema = resolved(spec, answer)["content"]["application/json"]["schema"].clone();
    assert!(schema.is_object(), "{method} {path} has a schema");
    json!({ "components": spec["components"], "allOf": [schema] })
}

fn resolved<'a>(spec: &'a Value, mut value: &'a Value) -> &'a Value {
    while let Some(reference) = value["$ref"].as_str() {
        value = spec.pointer(reference.trim_start_matches('#')).expect(reference);
    }
    value
}

fn validator(schema: &Value) -> jsonschema::Validator {
    let is_uuid = |it: &str| crate::ss12000::world::id_of(it).is_some();
    let is_date = |it: &str| it.parse::<generate::Day>().is_ok();
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft4)
        .with_format("uuid", is_uuid)
        .with_format("date", is_date)
        .should_validate_formats(true)
        .build(schema)
        .unwrap()
}

/// The fields that a schema has, by name; `None` where anything goes.
fn fields<'a>(spec: &'a Value, schema: &'a Value, found: &mut Vec<(&'a str, &'a Value)>) {
    let schema = resolved(spec, schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fields(spec, part, found);
    }
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        found.push((name, value));
    }
}

/// Fields that the description does not have: a misspelt optional field is valid otherwise.
fn strangers(spec: &Value, schema: &Value, value: &Value, place: &str, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            let mut known = Vec::new();
            fields(spec, schema, &mut known);
            for (name, value) in map {
                let place = format!("{place}/{name}");
                match known.iter().find(|(it, _)| it == name) {
                    Some((_, schema)) => strangers(spec, schema, value, &place, out),
                    None => _ = out.insert(place),
                }
            }
        }
        Value::Array(all) => {
            let items = items(spec, schema);
            for value in all {
                strangers(spec, items, value, place, out);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn items<'a>(spec: &'a Value, schema: &'a Value) -> &'a Value {
    let schema = resolved(spec, schema);
    let in_parts =
        || schema["allOf"].as_array()?.iter().map(|it| items(spec, it)).find(|it| !it.is_null());
    schema.get("items").or_else(in_parts).unwrap_or(&Value::Null)
}

/// How many of the pages were valid; the first that is not is shown.
fn check(reader: &mut Reader, spec: &Value, path: &str, query: &str) -> usize {
    let schema = schema(spec, &format!("/{path}"), "get");
    let validator = validator(&schema);
    let pages = reader.pages(&format!("{path}?{query}"));
    for (n, page) in pages.iter().enumerate() {
        let errors: Vec<String> = validator
            .iter_errors(page)
            .take(3)
            .map(|it| format!("{}: {it:.300}", it.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{path}?{query}, page {n}: {errors:#?}");
        let mut strange = BTreeSet::new();
        strangers(spec, &schema, page, "", &mut strange);
        assert_eq!(strange, BTreeSet::new(), "{path}?{query}, page {n}");
    }
    pages.len()
}

fn standard_dialects() -> impl Iterator<Item = (Dialect, Value)> {
    [Dialect::Standard, Dialect::V20].into_iter().filter_map(|it| Some((it, description(it)?)))
}

/// Every page of every list of a town of size S is valid, plain and with all that can be asked
/// for beside the objects.
#[test]
fn every_page_is_valid() {
    for (dialect, spec) in standard_dialects() {
        let mut reader = start_with(Size::S, Switches { dialect, ..Switches::default() });
        reader.running.change(|town| (0..40).for_each(|_| _ = town.next_day()));
        reader.token = reader.line.token("/token", &Switches::default().credentials).unwrap();
        for kind in Kind::ALL {
            let path = kind.path();
            if spec["paths"].get(format!("/{path}")).is_none() {
                continue;
            }
            let times = "startTime.onOrAfter=2026-09-01T00:00:00Z&startTime.onOrBefore=2026-09-02T00:00:00Z";
            let needed = if path == "calendarEvents" { times } else { "" };
            let pages = check(&mut reader, &spec, path, needed);
            let filled = kind.shelf().is_some();
            assert!(!filled || pages > 0, "{path}");
            let expand: String = params::of(kind, Operation::List, dialect)
                .iter()
                .filter(|it| it.name == "expand")
                .flat_map(|it| match it.kind {
                    Type::OneOf(values) => {
                        values.iter().map(|it| format!("&expand={it}")).collect()
                    }
                    Type::Text
                    | Type::Uuid
                    | Type::Date
                    | Type::Time
                    | Type::Flag
                    | Type::Count => Vec::new(),
                })
                .collect();
            check(&mut reader, &spec, path, &format!("{needed}&expandReferenceNames=true{expand}"));
        }
        assert!(check(&mut reader, &spec, "deletedEntities", "limit=2") > 1, "some are gone");
    }
}

/// Edlevo and `EduCloud` tell less than the standard, and nothing else; the demo server is what
/// a strict reader refuses.
#[test]
fn the_dialects_are_within_the_standard_but_for_one() {
    let Some(spec) = description(Dialect::Standard) else { return };
    for dialect in [Dialect::Edlevo, Dialect::EduCloud] {
        let mut reader = start_with(Size::Xs, Switches { dialect, ..Switches::default() });
        for kind in Kind::FILLED {
            assert!(check(&mut reader, &spec, kind.path(), "limit=1000") > 0, "{dialect}");
        }
    }
    let mut reader =
        start_with(Size::Xs, Switches { dialect: Dialect::DemoSis, ..Switches::default() });
    for path in ["persons", "duties", "activities"] {
        let page = reader.get(&format!("{path}?limit=100"));
        let validator = validator(&schema(&spec, &format!("/{path}"), "get"));
        assert!(!validator.is_valid(&page), "{path}");
    }
}

#[test]
fn one_object_and_a_lookup_are_valid() {
    for (dialect, spec) in standard_dialects() {
        let mut reader = start_with(Size::Xs, Switches { dialect, ..Switches::default() });
        for kind in Kind::FILLED {
            let path = kind.path();
            let id = reader.ids(&format!("{path}?limit=5")).remove(0);
            let one = reader.get(&format!("{path}/{id}"));
            let (_, many) =
                reader.ask("POST", &format!("{path}/lookup"), &format!("{{\"ids\":[\"{id}\"]}}"));
            for (value, schema) in [
                (&one, schema(&spec, &format!("/{path}/{{id}}"), "get")),
                (&many, schema(&spec, &format!("/{path}/lookup"), "post")),
            ] {
                let errors: Vec<_> =
                    validator(&schema).iter_errors(value).map(|it| it.to_string()).collect();
                assert!(errors.is_empty(), "{path}: {errors:#?}");
            }
            assert_eq!(many, Value::Array(vec![one]));
        }
    }
}

/// Our table of parameters is the description's, types and values too.
#[test]
fn the_parameters_are_those_of_the_description() {
    let mut wrong = Vec::new();
    for (dialect, spec) in standard_dialects() {
        for kind in Kind::ALL {
            let path = format!("/{}", kind.path());
            for (operation, path, method) in [
                (Operation::List, path.clone(), "get"),
                (Operation::ById, format!("{path}/{{id}}"), "get"),
                (Operation::Lookup, format!("{path}/lookup"), "post"),
            ] {
                if let Some(theirs) = spec["paths"][&path].get(method) {
                    let ours = params::of(kind, operation, dialect);
                    wrong.extend(differing(
                        &spec,
                        theirs,
                        &ours,
                        &format!("{dialect} {method} {path}"),
                    ));
                }
            }
        }
        let deleted = &spec["paths"]["/deletedEntities"]["get"];
        wrong.extend(differing(&spec, deleted, &params::of_deleted(), "deletedEntities"));
        let list = &spec["paths"]["/subscriptions"]["get"];
        wrong.extend(differing(&spec, list, &params::paging(), "subscriptions"));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

fn differing(spec: &Value, theirs: &Value, ours: &[Parameter], place: &str) -> Vec<String> {
    let theirs: BTreeSet<String> = theirs["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| resolved(spec, it))
        .filter(|it| it["in"] == "query")
        .map(|it| {
            let schema = resolved(spec, &it["schema"]);
            let list = schema["type"] == "array";
            let item = if list { resolved(spec, &schema["items"]) } else { schema };
            let mut values: Vec<&str> =
                item["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            values.sort_unstable();
            let kind = item["format"].as_str().or(item["type"].as_str()).unwrap_or("string");
            format!("{} {list} {kind} {values:?}", it["name"].as_str().unwrap())
        })
        .collect();
    let ours: BTreeSet<String> = ours
        .iter()
        .map(|it| {
            let mut values: &[&str] = &[];
            let kind = match it.kind {
                Type::Text => "string",
                Type::Uuid => "uuid",
                Type::Date => "date",
                Type::Time => "date-time",
                Type::Flag => "boolean",
                Type::Count => "integer",
                Type::OneOf(known) => {
                    values = known;
                    "string"
                }
            };
            let mut values = values.to_vec();
            values.sort_unstable();
            format!("{} {} {kind} {values:?}", it.name, it.many == Many::List)
        })
        .collect();
    theirs.symmetric_difference(&ours).map(|it| format!("{place}: {it}")).collect()
}
