//! Which crate may import which: the table of ARCHITECTURE.md.

use crate::tidy::Finding;
use crate::tidy::krate::{Crate, Dependency, Use};

/// What the crates of one folder may import of ours. `*` ends a pattern that takes in every
/// folder beneath.
struct Rule {
    folder: &'static str,
    imports: &'static [&'static str],
}

const CORE: &str = "core/*";

/// The first rule whose folder fits holds. A folder that none fits is unknown.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    Rule { folder: "core/secret", imports: &[] },
    Rule { folder: "core/roster", imports: &[] },
    Rule { folder: "core/state",  imports: &["core/roster"] },
    Rule { folder: "core/rules",  imports: &[CORE] },
    Rule { folder: "core/plan",   imports: &[CORE] },
    Rule { folder: "core/apply",  imports: &[CORE] },
    Rule { folder: "core/report", imports: &[CORE] },
    Rule { folder: "sources/*",   imports: &["core/roster", "core/secret", "connect"] },
    Rule { folder: "targets/*",   imports: &["core/roster", "core/state", "core/secret", "connect"] },
    Rule { folder: "connect",     imports: &["core/secret"] },
    Rule { folder: "app/store",   imports: &[CORE, "connect"] },
    Rule { folder: "app/run",     imports: &[CORE, "app/store", "connect"] },
    Rule { folder: "app/portal",  imports: &[CORE, "app/store", "app/run", "connect"] },
    // The program: the only place that names every connector.
    Rule { folder: "app/cli",     imports: &[CORE, "sources/*", "targets/*", "app/*", "connect", "generate", "simulate"] },
    Rule { folder: "generate",    imports: &[] },
    // A simulator that shares code with the client that it checks proves nothing.
    Rule { folder: "simulate",    imports: &["generate"] },
    Rule { folder: "testkit",     imports: &[CORE, "connect", "generate", "simulate"] },
    Rule { folder: "bench",       imports: &["generate", "simulate", "testkit"] },
    Rule { folder: "xtask",       imports: &[] },
];

/// What tests may import besides, except those of `generate` and `simulate`.
const FOR_TESTS: [&str; 3] = ["generate", "simulate", "testkit"];

/// Runtimes, sockets, databases and chance: not in core, whose stages are pure.
const NOT_IN_CORE: [&str; 10] = [
    "async-std",
    "axum",
    "chrono",
    "getrandom",
    "hyper",
    "rand",
    "reqwest",
    "rusqlite",
    "sqlx",
    "tokio",
];

/// A test of an async trait needs something that runs it.
const FOR_TESTS_IN_CORE: [&str; 1] = ["tokio"];

/// Where an error need not be typed, since nobody but a person reads it.
const ANYHOW: [&str; 4] = ["app/cli", "xtask", "bench", "testkit"];

pub(crate) fn findings(crates: &[Crate]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in crates {
        let manifest = member.manifest();
        let Some(rule) = rule(&member.folder) else {
            findings.push(Finding::whole(&manifest, "no rule says what this folder may import"));
            continue;
        };
        let refused = member.dependencies.iter().filter_map(|dependency| match &dependency.ours {
            Some(ours) => refuse_ours(&member.folder, rule, ours, dependency.used_by),
            None => refuse_theirs(&member.folder, dependency),
        });
        findings.extend(refused.map(|says| Finding::whole(&manifest, says)));
    }
    findings
}

/// Whether a path is that of a folder with crates of ours.
#[cfg(test)]
pub(crate) fn is_ours(path: &str) -> bool {
    rule(path).is_some()
}

fn rule(folder: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| fits(rule.folder, folder))
}

fn fits(pattern: &str, folder: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => folder.starts_with(prefix) && folder.len() > prefix.len(),
        None => folder == pattern,
    }
}

fn refuse_ours(folder: &str, rule: &Rule, ours: &str, used_by: Use) -> Option<String> {
    // What measures is no product (decision 0023).
    if ours == "testkit" && used_by == Use::Product && folder != "bench" {
        return Some("testkit is only ever a dev-dependency".to_owned());
    }
    let helps_tests = used_by == Use::Tests
        && FOR_TESTS.contains(&ours)
        && !["generate", "simulate"].contains(&folder);
    let allowed = helps_tests || rule.imports.iter().any(|pattern| fits(pattern, ours));
    (!allowed).then(|| format!("{folder} may not import {ours}"))
}

fn refuse_theirs(folder: &str, dependency: &Dependency) -> Option<String> {
    let name = dependency.name.as_str();
    let for_tests = dependency.used_by == Use::Tests;
    if folder.starts_with("core/") && NOT_IN_CORE.contains(&name) {
        let allowed = for_tests && FOR_TESTS_IN_CORE.contains(&name);
        return (!allowed).then(|| format!("{name} has no place in core, which does no I/O"));
    }
    if ["core/roster", "core/state"].contains(&folder) && name == "serde" && !for_tests {
        return Some(format!("{folder} holds domain types; each boundary has rows of its own"));
    }
    if name == "anyhow" && !for_tests && !ANYHOW.contains(&folder) {
        return Some(
            "anyhow only where a person reads the error; here errors are typed".to_owned(),
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::tidy::krate::samples::sample;

    #[test]
    fn imports() {
        #[rustfmt::skip]
        let table: &[(&str, &str, &[&str], &str)] = &[
            // what it shows               folder            dependencies                          refused
            ("roster stands alone",        "core/roster",    &["jiff"],                            ""),
            ("roster below state",         "core/roster",    &["core/state"],                      "may not import core/state"),
            ("secrets know nothing",       "core/secret",    &["core/roster"],                     "may not import core/roster"),
            ("the client takes secrets",   "connect",        &["core/secret"],                     ""),
            ("the client and the roster",  "connect",        &["core/roster"],                     "may not import core/roster"),
            ("a source takes secrets",     "sources/files",  &["core/secret"],                     ""),
            ("state knows the roster",     "core/state",     &["core/roster"],                     ""),
            ("state below rules",          "core/state",     &["core/rules"],                      "may not import core/rules"),
            ("plan imports core",          "core/plan",      &["core/roster", "core/rules"],       ""),
            ("core imports no connector",  "core/plan",      &["targets/files"],                   "may not import targets/files"),
            ("a source's two",             "sources/files",  &["core/roster", "connect"],          ""),
            ("a source and state",         "sources/files",  &["core/state"],                      "may not import core/state"),
            ("sources keep apart",         "sources/ldap",   &["sources/files"],                   "may not import sources/files"),
            ("a target's three",           "targets/files",  &["core/roster", "core/state", "connect"], ""),
            ("a target and plan",          "targets/files",  &["core/plan"],                       "may not import core/plan"),
            ("not in its tests either",    "targets/files",  &["test:core/plan"],                  "may not import core/plan"),
            ("targets keep apart",         "targets/scim",   &["targets/files"],                   "may not import targets/files"),
            ("the engine's",               "app/run",        &["core/plan", "app/store", "connect"], ""),
            ("no connector in the engine", "app/run",        &["sources/files"],                   "may not import sources/files"),
            ("the program names all",      "app/cli",        &["sources/files", "targets/files", "app/run", "core/plan"], ""),
            ("the generator is alone",     "generate",       &["core/roster"],                     "may not import core/roster"),
            ("so are its tests",           "generate",       &["test:testkit"],                    "may not import testkit"),
            ("a simulator generates",      "simulate",       &["generate"],                        ""),
            ("a simulator shares nothing", "simulate",       &["connect"],                         "may not import connect"),
            ("testkit in tests",           "targets/files",  &["test:testkit", "test:generate"],   ""),
            ("testkit in what measures",   "bench",          &["testkit", "simulate"],             ""),
            ("testkit in the product",     "app/cli",        &["testkit"],                         "only ever a dev-dependency"),
            ("no runtime in core",         "core/apply",     &["tokio"],                           "no place in core"),
            ("a runtime for core's tests", "core/apply",     &["test:tokio"],                      ""),
            ("no chance in core",          "core/rules",     &["test:rand"],                       "no place in core"),
            ("no serde on domain types",   "core/state",     &["serde"],                           "holds domain types"),
            ("serde on plans",             "core/plan",      &["serde"],                           ""),
            ("typed errors",               "app/run",        &["anyhow"],                          "errors are typed"),
            ("errors for a person",        "app/cli",        &["anyhow"],                          ""),
            ("unknown folder",             "misc/thing",     &[],                                  "no rule says"),
        ];

        for &(shows, folder, dependencies, refused) in table {
            let found = findings(&[sample(folder, dependencies)]);
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found.len(), usize::from(!refused.is_empty()), "{shows}: {found:?}");
            assert!(found.iter().all(|text| text.contains(refused)), "{shows}: {found:?}");
        }
    }
}
