//! What each Cargo.toml must say, and what the list of dependencies must explain.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::tidy::Finding;
use crate::tidy::krate::Crate;
use crate::tree::{Tree, has_extension};

const ROOT: &str = "Cargo.toml";
const REASONS: &str = "docs/dependencies.md";
const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];
const DEPENDENCY_TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

pub(crate) fn findings(tree: &Tree, crates: &[Crate]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in crates {
        let path = member.manifest();
        match table(tree, &path) {
            Ok(manifest) => {
                findings.extend(inheritance(&path, &manifest));
                findings.extend(unused(tree, member, &manifest));
            }
            Err(finding) => findings.push(finding),
        }
    }
    match table(tree, ROOT) {
        Ok(root) => findings.extend(shared_list(tree, &root, crates)),
        Err(finding) => findings.push(finding),
    }
    findings
}

fn table(tree: &Tree, path: &str) -> Result<Table, Finding> {
    let text = tree.text(path).ok_or_else(|| Finding::whole(path, "is missing"))?;
    text.parse().map_err(|_| Finding::whole(path, "is no TOML"))
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

fn inheritance(path: &str, manifest: &Table) -> Vec<Finding> {
    let mut findings = Vec::new();
    let package = manifest.get("package");
    for key in INHERITED {
        if !inherits(package.and_then(|package| package.get(key))) {
            findings.push(Finding::whole(path, format!("`{key}.workspace = true` is missing")));
        }
    }
    if !inherits(manifest.get("lints")) {
        findings.push(Finding::whole(path, "`[lints] workspace = true` is missing"));
    }
    for (name, value) in dependencies(manifest) {
        if !inherits(Some(value)) {
            let says = format!("{name}: versions stand in the workspace's Cargo.toml alone");
            findings.push(Finding::whole(path, says));
        } else if value.get("features").is_some() {
            // Other features for one crate compile everything beneath it a second time.
            let says = format!("{name}: features stand in the workspace's Cargo.toml alone");
            findings.push(Finding::whole(path, says));
        }
    }
    findings
}

/// All dependencies of a manifest, those for one platform among them.
fn dependencies(manifest: &Table) -> impl Iterator<Item = (&str, &Value)> {
    let platforms = manifest.get("target").and_then(Value::as_table);
    let platforms = platforms.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    std::iter::once(manifest)
        .chain(platforms)
        .flat_map(|table| DEPENDENCY_TABLES.iter().filter_map(|name| table.get(*name)))
        .filter_map(Value::as_table)
        .flat_map(|table| table.iter().map(|(name, value)| (name.as_str(), value)))
}

/// Dependencies that no source file of the crate names.
fn unused(tree: &Tree, member: &Crate, manifest: &Table) -> Vec<Finding> {
    let prefix = format!("{}/", member.folder);
    let sources: Vec<&str> = tree
        .rust_files()
        .filter(|(path, _)| path.starts_with(&prefix))
        .map(|(_, text)| text)
        .collect();
    dependencies(manifest)
        .filter(|(name, _)| !sources.iter().any(|text| names(text, &name.replace('-', "_"))))
        .map(|(name, _)| Finding::whole(&member.manifest(), format!("{name} is not used")))
        .collect()
}

/// Whether `word` stands in `text` with nothing on either side that could belong to a name.
fn names(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

/// `[workspace.dependencies]`: each line is used by somebody and has its reason on the page.
fn shared_list(tree: &Tree, root: &Table, crates: &[Crate]) -> Vec<Finding> {
    let used: BTreeSet<&str> = crates
        .iter()
        .flat_map(|member| member.dependencies.iter().map(|dependency| dependency.name.as_str()))
        .collect();
    let reasons = tree.text(REASONS).unwrap_or_default();
    let list = root.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let mut findings = Vec::new();
    for (name, value) in list.and_then(Value::as_table).into_iter().flatten() {
        let ours = value.get("path").is_some();
        if !ours && !used.contains(name.as_str()) {
            findings.push(Finding::whole(ROOT, format!("{name}: no crate uses it")));
        }
        if !ours && !reasons.contains(&format!("| `{name}` |")) {
            findings.push(Finding::whole(REASONS, format!("says nothing of {name}")));
        }
    }
    for (path, _) in tree.files().filter(|(path, _)| has_extension(path, "lock")) {
        if path != "Cargo.lock" {
            findings.push(Finding::whole(path, "the workspace has one lock file"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::tidy::krate::samples::sample;
    use crate::tree::Tree;

    const GOOD: &str = "[package]\nname = \"roster\"\nversion.workspace = true\n\
        edition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n\
        publish.workspace = true\n[lints]\nworkspace = true\n[dependencies]\n\
        jiff.workspace = true\n";
    const ROOT: &str = "[workspace.dependencies]\njiff = \"0.2\"\nroster = { path = \"x\" }\n";

    fn says(manifest: &str, root: &str, reasons: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("Cargo.toml", root),
            ("Cargo.lock", ""),
            ("core/roster/Cargo.toml", manifest),
            ("core/roster/src/lib.rs", "use jiff::civil::Date;\n"),
            ("docs/dependencies.md", reasons),
        ]);
        let found = findings(&tree, &[sample("core/roster", &["jiff"])]);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn manifests() {
        let good = GOOD.to_owned();
        let table: &[(&str, String, &str)] = &[
            ("as it should be", good.clone(), ""),
            (
                "own version",
                good.replace("version.workspace = true\ne", "version = \"1\"\ne"),
                "`version.workspace = true` is missing",
            ),
            (
                "own licence",
                good.replace("license.workspace = true", "license = \"MIT\""),
                "`license.workspace",
            ),
            (
                "no lints",
                good.replace("[lints]\nworkspace = true\n", ""),
                "`[lints] workspace = true`",
            ),
            (
                "version of a dependency",
                good.replace("jiff.workspace = true", "jiff = \"0.2\""),
                "versions stand in",
            ),
            (
                "for one platform",
                format!("{good}[target.'cfg(unix)'.dependencies]\njiff = \"0.2\"\n"),
                "versions stand in",
            ),
            (
                "features",
                good.replace(
                    "jiff.workspace = true",
                    "jiff = { workspace = true, features = [\"serde\"] }",
                ),
                "features stand in",
            ),
            ("never named", format!("{good}csv.workspace = true\n"), "csv is not used"),
            ("no TOML", "[".to_owned(), "is no TOML"),
        ];

        for (shows, manifest, expected) in table {
            let found = says(manifest, ROOT, "| `jiff` | dates |\n");
            assert_eq!(found.len(), usize::from(!expected.is_empty()), "{shows}: {found:?}");
            assert!(found.iter().all(|text| text.contains(expected)), "{shows}: {found:?}");
        }
    }

    #[test]
    fn every_shared_dependency_is_used_and_explained() {
        let root = format!("{ROOT}csv = \"1\"\n");

        assert_eq!(
            says(GOOD, &root, "| `jiff` | dates |\n"),
            ["Cargo.toml: csv: no crate uses it", "docs/dependencies.md: says nothing of csv"]
        );
    }
}
