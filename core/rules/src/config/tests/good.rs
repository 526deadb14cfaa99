//! What a good file says, and the schema that says the same.

use std::time::Duration;

use serde_json::Value;

use super::stand_in::{FileSet, connectors};
use crate::config::{
    Answers, Loaded, Package, RegisterAnswers, Schedule, Schools, StoreSettings, SupportTier, load,
    schema, template,
};
use crate::shape::{Guardians, InactivePersons};
use crate::{Guards, OnFound, OnReusedName};

const FULL: &str = r##"
[tenant]
name = "Exempelköping"
package = "guld"
support_tier = "brons"
time_zone = "Europe/Stockholm"
language = "en"
key = "env:KEY"
store = { postgres = "credential:db" }
four_eyes = true
[source.b]
serial = 2
[source.b.table]
folder = "b"
[source.a]
serial = 1
[source.a.ss12000]
folder = "a"
password = "file:hemligt"
[supplement.ad.ldap]
folder = "ad"
[notices]
folder = "anslag"
[protection]
exclusions = ["undantag.txt"]
[merge]
email = ["a", "b"]
[backup]
folder = "kopior"
keep_days = 30
[select]
schools = ["99999901"]
school_types = ["GR"]
groups = ["class", "mentor"]
group_marker = "#sync"
roles = ["pupil"]
lead_days = 14
lag_days = 3
days = [{ relation = "group", school_type = "GY", lead_days = 30 }]
guardians = false
inactive_persons = false
[calendar]
terms = [{ name = "HT", type = "term", school_year = 2026, start = "2026-08-17", end = "2026-12-18" }]
windows = [{ kind = "freeze", start = "2026-12-24", end = "2026-12-26" }]
[schedule]
every_minutes = 15
[target.sds]
mode = "test"
schools = []
require_pupils = true
require_teacher = true
life_cycle = { class = { archive_after_days = 14 } }
mapping = { user = { email = "person.email" } }
filter = { user = "person.email" }
guards = { removals = { count = 7 } }
schedule = { at = ["03:00", "15:00"] }
[target.sds.school_data_sync]
deliver.folder = "out"
[target.live]
on_reused_name = "reuse"
on_found = "link"
domains = ["Skola.example"]
drift = { default = "ignore", kinds = { user = "keep" }, attributes = { user = { email = "report" } } }
[target.live.live]
folder = "x"
[guards]
removals = { share = "2,5 %", count = 50 }
container_at_least = 5
[guards.shift]
removals = { share = 30 }
[transliterate]
"ö" = "oe"
"##;

fn loaded(text: &str) -> Loaded {
    load(text, "kommun.toml", &connectors()).expect("good settings")
}

/// K001, K010, K095, K079, K081: a full file is read as it stands.
#[test]
fn a_full_file_is_read() {
    let Loaded { settings, warnings, .. } = loaded(FULL);
    assert_eq!(settings.source_count(), 3);
    assert_eq!(settings.supplements[0].name, "ad");
    assert_eq!(settings.supplements[0].section.kind, "ldap");
    let names: Vec<&str> = settings.sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["b", "a"], "the order of the file");
    assert_eq!(settings.tenant.support_tier, SupportTier::Brons);
    assert_eq!(settings.tenant.package, Package::Guld);
    let sds = settings.target("sds").expect("sds");
    assert_eq!(sds.schools, Schools::Only(Vec::new()));
    assert_eq!(sds.guards.removals.allowed(1000), 7);
    assert_eq!(settings.guards.removals.allowed(1000), 25);
    assert_eq!(settings.guards.shift["removals"].allowed(1000), 300);
    assert_eq!(settings.transliterate[&'ö'], "oe");
    let backup = settings.backup.as_ref().expect("a folder for backups");
    assert_eq!((backup.folder.as_str(), backup.keep_days), ("kopior", 30));
    let live = settings.target("live").expect("live");
    assert_eq!(live.on_reused_name, OnReusedName::Reuse);
    assert_eq!(sds.on_reused_name, OnReusedName::Hold);
    assert_eq!((live.domains.len(), sds.domains.len()), (1, 0));
    assert_eq!((live.on_found, sds.on_found), (OnFound::Link, OnFound::Hold));
    assert_eq!(live.schedule, Schedule::Every(Duration::from_mins(15)));
    assert_eq!(sds.section.decode::<FileSet>().expect("folder").deliver.folder, "out");
    let notices = settings.facility("notices").expect("a facility");
    assert_eq!(notices.table["folder"].as_str(), Some("anslag"));
    let codes: Vec<&str> = warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(codes, ["schedule_clamped"]);
    assert_eq!(sds.schedule, Schedule::Daily(vec![jiff::civil::time(3, 0, 0, 0)]));
}

/// K079, K203: what is not said.
#[test]
fn defaults_are_those_that_are_documented() {
    let settings = loaded("[tenant]\nname = \"X\"\n").settings;
    assert_eq!(settings.tenant.package, Package::Silver);
    assert_eq!(settings.tenant.time_zone, "Europe/Stockholm");
    assert_eq!(settings.tenant.key.to_string(), "file:skolbro.key");
    assert_eq!(settings.tenant.store, StoreSettings::Sqlite("kommun.db".to_owned()));
    assert_eq!(settings.schedule, Schedule::Daily(vec![jiff::civil::time(2, 0, 0, 0)]));
    assert_eq!(settings.guards, Guards::default());
    assert_eq!(settings.backup, None);
    let what = &settings.select.what;
    assert_eq!((what.guardians, what.inactive_persons), (Guardians::No, InactivePersons::Left));
    assert_eq!((what.lead_days, what.lag_days), (0, 0));
}

#[test]
fn the_hash_ignores_comments_and_minds_the_order_of_sources() {
    let hash = |text: &str| loaded(text).hash;
    assert_eq!(hash(FULL), hash(&format!("# note\n{FULL}")));
    assert_ne!(hash(FULL), hash(&FULL.replace("four_eyes = true", "four_eyes = false")));
    let (one, two) = (
        "[source.b]\nserial = 2\n[source.b.table]\nfolder = \"b\"\n",
        "[source.a]\nserial = 1\n[source.a.ss12000]\nfolder = \"a\"\npassword = \"file:hemligt\"\n",
    );
    let turned = FULL.replace(one, "").replace(two, &format!("{two}{one}"));
    assert_ne!(hash(FULL), hash(&turned));
}

/// K002: what `init` writes can be used in every package.
#[test]
fn the_first_file_loads_without_problems() {
    for package in [Package::Brons, Package::Silver, Package::Guld] {
        let answers = Answers { package, tenant: "A \"B\" \\".to_owned(), ..Answers::default() };
        let Loaded { settings, warnings, .. } = loaded(&template(&answers));
        assert_eq!((settings.tenant.name, settings.tenant.package), (answers.tenant, package));
        assert_eq!(warnings, []);
    }
}

/// A register over HTTP: what was answered stands in the file, quoted.
#[test]
fn the_first_file_names_a_register_over_http() {
    let register = RegisterAnswers::Ss12000 {
        base_url: "https://register.example/v2.0".to_owned(),
        token_url: "https://register.example/token".to_owned(),
        client_id: "a \"b\"".to_owned(),
        secret: "env:REGISTER_SECRET".to_owned(),
    };
    let text = template(&Answers { register, ..Answers::default() });
    let written = &instance(&text)["source"]["register"]["ss12000"];
    assert_eq!(written["base_url"], "https://register.example/v2.0");
    let auth = &written["auth"]["client_credentials"];
    assert_eq!(
        (&auth["client_id"], &auth["secret"]),
        (&"a \"b\"".into(), &"env:REGISTER_SECRET".into())
    );
}

/// K023, K024: connectors are found by the names that customers know.
#[test]
fn a_connector_is_found_by_a_name_that_customers_know() {
    for name in ["extens", "Administation", "csv", "table"] {
        let found: Vec<&str> = connectors().search(name).iter().map(|c| c.id).collect();
        assert_eq!(found, ["table"], "{name}");
    }
}

fn instance(text: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Table>(text).expect("TOML")).expect("JSON")
}

#[test]
fn the_schema_accepts_what_load_accepts_and_refuses_unknown_keys() {
    let schema = schema(&connectors());
    assert!(schema["$schema"].as_str().is_some_and(|draft| draft.contains("2020-12")));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(&instance(FULL)).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    assert!(validator.is_valid(&instance(&template(&Answers::default()))));
    for wrong in [
        FULL.replace("group_marker", "group_marcer"),
        FULL.replace("require_pupils", "require_pupil"),
        FULL.replace("[target.live.live]", "[target.live.life]"),
        FULL.replace("folder = \"out\"", "folder = 1"),
        FULL.replace("folder = \"anslag\"", "mapp = \"anslag\""),
        FULL.replace("name = \"Exempelköping\"", ""),
    ] {
        assert!(!validator.is_valid(&instance(&wrong)), "{wrong}");
        assert!(load(&wrong, "k.toml", &connectors()).is_err(), "{wrong}");
    }
}

/// The full file uses every property of the schema, so no property can be one that `load`
/// refuses.
#[test]
fn every_property_of_the_schema_is_described_and_read() {
    let schema = schema(&connectors());
    let definitions = schema["$defs"].as_object().expect("definitions");
    for (name, definition) in definitions {
        let Some(properties) = definition["properties"].as_object() else { continue };
        for (key, property) in properties {
            let described = property.get("description").is_some() || property.get("$ref").is_some();
            assert!(
                described || ["Source", "Supplement", "Target"].contains(&name.as_str()),
                "{name}.{key}"
            );
            let mentioned = crate::config::tests::good::FULL.contains(key.as_str());
            let more = ["sqlite", "tries", "at", "ss12000"].contains(&key.as_str());
            let guard =
                ["Guards", "ShiftGuards", "LifeCycle", "Days", "Merge"].contains(&name.as_str());
            assert!(mentioned || more || guard, "{name}.{key} is not in the full file");
        }
    }
}
