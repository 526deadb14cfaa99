//! What is declared of the wire, against the published descriptions, which stand beside the
//! repository.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::wire::schemas;

fn description(file: &str) -> Option<Value> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs");
    let folder = std::env::var_os("SKOLBRO_SPECS").map_or(default, PathBuf::from);
    let path = folder.join("ss12000").join(file);
    if !path.exists() {
        println!("skipped: {} is not here (SKOLBRO_SPECS names its folder)", path.display());
        return None;
    }
    let python = std::env::var_os("SKOLBRO_PYTHON").unwrap_or_else(|| "python3".into());
    let script = "import json,sys,yaml; \
                  json.dump(yaml.safe_load(open(sys.argv[1], encoding='utf-8')), sys.stdout, default=str)";
    let output = Command::new(python).args(["-c", script]).arg(&path).output().ok()?;
    if !output.status.success() {
        println!("skipped: python3 has no PyYAML");
        return None;
    }
    serde_json::from_slice(&output.stdout).ok()
}

/// Fields and required fields of a schema, its parts included.
fn fields(spec: &Value, schema: &Value, has: &mut BTreeSet<String>, must: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let to = spec.pointer(reference.trim_start_matches('#')).unwrap();
        return fields(spec, to, has, must);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fields(spec, part, has, must);
    }
    has.extend(schema["properties"].as_object().into_iter().flat_map(|it| it.keys().cloned()));
    let required = schema["required"].as_array().into_iter().flatten();
    must.extend(required.filter_map(|it| it.as_str().map(str::to_owned)));
}

/// K013: every field of the published schema is read or passed over, none is invented, and
/// what is called required is required there.
#[test]
fn the_wire_is_declared_as_it_was_published() {
    let Some(spec) = description("openapi_ss12000_version2_1_0.yaml") else { return };
    for (name, declared, passed) in schemas::ALL {
        let schema = &spec["components"]["schemas"][name];
        assert!(schema.is_object(), "{name}");
        let (mut has, mut must) = (BTreeSet::new(), BTreeSet::new());
        fields(&spec, schema, &mut has, &mut must);
        has.remove("_embedded");
        let ours: BTreeSet<String> = declared
            .iter()
            .filter(|(need, _)| *need != "odd")
            .map(|(_, field)| (*field).to_owned())
            .chain(passed.iter().map(|it| (*it).to_owned()))
            .filter(|field| field != "_embedded")
            .collect();
        assert_eq!(ours, has, "{name}");
        for (need, field) in *declared {
            let is_required = must.contains(*field);
            // `meta` is required since 2.1 alone: its lack is no departure.
            if *need == "must" {
                assert!(is_required, "{name}.{field} is called required");
            } else if *need == "may" && *field != "meta" {
                assert!(!is_required, "{name}.{field} is required there");
            }
        }
    }
}
