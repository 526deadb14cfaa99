//! Our tables say what the profile's files say. The files are never copied.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::egil::table;
use crate::schema::{Attribute, Kind, Schema, misspelt};

/// A file of the published descriptions; `None` where nobody has put them.
fn published(name: &str) -> Option<Value> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs");
    let specs = std::env::var_os("SKOLBRO_SPECS").map_or(default, PathBuf::from);
    let path = specs.join("egil").join(name);
    if !path.exists() {
        println!("skipped: {} is not here (SKOLBRO_SPECS names its folder)", path.display());
        return None;
    }
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// `owner.value` to what is said of it, e.g. `string required`, for every attribute.
type Said = BTreeMap<String, String>;

fn said_there(attributes: &Value, before: &str, said: &mut Said) {
    for attribute in attributes.as_array().into_iter().flatten() {
        let name = format!("{before}{}", text(attribute, "name"));
        let is = |name: &str| attribute[name] == true;
        let words = words(text(attribute, "type"), is("multiValued"), is("required"));
        said_there(&attribute["subAttributes"], &format!("{name}."), said);
        said.insert(name, words);
    }
}

fn said_here(attributes: &[Attribute], before: &str, said: &mut Said) {
    for attribute in attributes {
        let name = format!("{before}{}", attribute.name);
        let kind = match attribute.kind {
            Kind::String => "string",
            Kind::Boolean => "boolean",
            Kind::Integer => "integer",
            Kind::DateTime => "dateTime",
            Kind::Reference => "reference",
            Kind::Binary => "binary",
            Kind::Complex => "complex",
        };
        said_here(&attribute.inner, &format!("{name}."), said);
        said.insert(name, words(kind, attribute.many, attribute.required));
    }
}

fn words(kind: &str, many: bool, required: bool) -> String {
    let many = if many { "[]" } else { "" };
    let required = if required { " required" } else { "" };
    format!("{kind}{many}{required}")
}

/// Where reference/targets.md §4.1 says more than the files: what a receiver requires of a user
/// beyond RFC 7643, and the older form of an activity's groups.
const MORE: [(&str, &str, &str); 8] = [
    (table::CORE_USER, "name", "complex required"),
    (table::CORE_USER, "name.familyName", "string required"),
    (table::CORE_USER, "name.givenName", "string required"),
    (table::CORE_USER, "displayName", "string required"),
    (
        "urn:scim:schemas:extension:sis:school:1.0:User",
        "userRelations.relationType",
        "string required",
    ),
    ("urn:scim:schemas:extension:sis:school:1.0:Activity", "group", "complex"),
    ("urn:scim:schemas:extension:sis:school:1.0:Activity", "group.value", "string required"),
    ("urn:scim:schemas:extension:sis:school:1.0:Activity", "group.$ref", "reference"),
];

#[test]
fn every_attribute_is_as_the_files_have_it() {
    let Some(schemas) = published("egil-schemas.json") else { return };
    let ours: Vec<Schema> = table::types()
        .into_iter()
        .flat_map(|it| std::iter::once(it.core).chain(it.extensions))
        .collect();
    let there = schemas.as_array().unwrap();
    let urns: BTreeSet<&str> = ours.iter().map(|it| it.urn).collect();
    assert_eq!(urns, there.iter().map(|it| text(it, "id")).collect());
    for schema in there {
        let urn = text(schema, "id");
        let own = ours.iter().find(|it| it.urn == urn).unwrap();
        let (mut here, mut said) = (Said::new(), Said::new());
        said_here(&own.attributes, "", &mut here);
        said_there(&schema["attributes"], "", &mut said);
        for (of, name, words) in MORE {
            if of == urn {
                said.insert(name.to_owned(), words.to_owned());
            }
        }
        assert_eq!(here, said, "{urn}");
    }
}

#[test]
fn every_type_is_as_the_files_have_it() {
    let Some(types) = published("egil-resource-types.json") else { return };
    let there: BTreeSet<String> = types
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let extensions = it["schemaExtensions"].as_array().into_iter().flatten();
            let extensions: Vec<&str> = extensions.map(|it| text(it, "schema")).collect();
            format!(
                "{} {} {} {extensions:?}",
                text(it, "name"),
                text(it, "endpoint"),
                text(it, "schema")
            )
        })
        .collect();
    let here: BTreeSet<String> = table::types()
        .iter()
        .map(|it| {
            let extensions: Vec<&str> = it.extensions.iter().map(|it| it.urn).collect();
            format!("{} /{} {} {extensions:?}", it.name, it.endpoint, it.core.urn)
        })
        .collect();
    assert_eq!(here, there);
}

#[test]
fn every_word_of_the_tables_means_something() {
    for table in [
        table::COMMON,
        table::ORGANISATION,
        table::SCHOOL_UNIT_GROUP,
        table::SCHOOL_UNIT,
        table::USER,
        table::USER_EXTENSION,
        table::EMPLOYMENT,
        table::STUDENT_GROUP,
        table::ACTIVITY,
    ] {
        assert_eq!(misspelt(table), [""; 0]);
    }
    assert_eq!(misspelt("name strin"), ["name strin"]);
    assert_eq!(misspelt("name string requird"), ["name string requird"]);
}
