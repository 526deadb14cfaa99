//! Finds the tests that name a requirement: `K073` in the comment directly above a test or in a
//! scenario's story, or `k073` as a part of the test's name.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::Tree;

/// A test, or a story of `scenarios/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Test {
    /// The crate's folder, or `scenarios`.
    pub(crate) folder: String,
    pub(crate) name: String,
}

/// The tests of each requirement, by its number.
pub(crate) type Proofs = BTreeMap<u16, BTreeSet<Test>>;

const STORIES: [&str; 2] = ["story.md", "scenario.toml"];
/// Its tests hold made-up sources.
const OURSELVES: &str = "xtask/";

pub(crate) fn proofs(tree: &Tree) -> Proofs {
    let mut proofs = Proofs::new();
    for (path, text) in tree.rust_files().filter(|(path, _)| !path.starts_with(OURSELVES)) {
        for (name, ids) in tests(text) {
            let test = Test { folder: crate_folder(path).to_owned(), name: name.to_owned() };
            for id in ids {
                proofs.entry(id).or_default().insert(test.clone());
            }
        }
    }
    for (path, text) in tree.files() {
        let Some((name, file)) = path.strip_prefix("scenarios/").and_then(|p| p.split_once('/'))
        else {
            continue;
        };
        if STORIES.contains(&file) {
            let test = Test { folder: "scenarios".to_owned(), name: name.to_owned() };
            for id in ids_in_prose(text) {
                proofs.entry(id).or_default().insert(test.clone());
            }
        }
    }
    proofs
}

/// `core/roster` for `core/roster/src/identity/tests.rs`.
fn crate_folder(path: &str) -> &str {
    let end = ["/src/", "/tests/"].iter().filter_map(|part| path.find(part)).min();
    end.map_or(path, |end| &path[..end])
}

/// What stands directly above a function.
#[derive(Default)]
struct Above {
    ids: BTreeSet<u16>,
    marked_test: bool,
    /// Inside an attribute of several lines.
    in_attribute: bool,
}

/// Every test of a file with the requirements that it names.
fn tests(text: &str) -> Vec<(&str, BTreeSet<u16>)> {
    let mut found = Vec::new();
    let mut above = Above::default();
    for line in text.lines().map(str::trim) {
        if above.in_attribute {
            above.in_attribute = !line.ends_with(']');
        } else if let Some(comment) = line.strip_prefix("//") {
            above.ids.extend(ids_in_prose(comment));
        } else if let Some(attribute) = line.strip_prefix("#[") {
            above.marked_test |= is_test(attribute);
            above.in_attribute = !line.ends_with(']');
        } else if let Some(name) = function(line) {
            let mut this = std::mem::take(&mut above);
            if this.marked_test {
                this.ids.extend(ids_in_name(name));
                found.push((name, this.ids));
            }
        } else {
            above = Above::default();
        }
    }
    found
}

/// `test]`, `tokio::test(flavor = ...)]` and their like, but not `cfg(test)]`.
fn is_test(attribute: &str) -> bool {
    let path = attribute.split(['(', ']']).next().unwrap_or_default();
    path.rsplit("::").next() == Some("test")
}

fn function(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let line = line.strip_prefix("async ").unwrap_or(line);
    line.strip_prefix("fn ")?.split(['(', '<']).next()
}

fn ids_in_prose(text: &str) -> BTreeSet<u16> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter_map(|word| id(word.strip_prefix('K')?))
        .collect()
}

fn ids_in_name(name: &str) -> BTreeSet<u16> {
    name.split('_').filter_map(|word| id(word.strip_prefix('k')?)).collect()
}

fn id(digits: &str) -> Option<u16> {
    let three = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    three.then(|| digits.parse().ok())?
}
