//! What no line may hold, and how long a file may be.

use crate::tidy::Finding;
use crate::tree::{Tree, has_extension};

/// Lines of a source file, and of one with tests alone.
const LONGEST: usize = 400;
const LONGEST_TESTS: usize = 600;

/// Texts that people write; data keeps its spaces.
const WRITTEN: [&str; 10] = ["rs", "toml", "md", "sh", "sql", "html", "css", "js", "ftl", "yml"];
const SCRIPTS: [&str; 2] = ["scripts/", ".ci/"];

/// Marks of unfinished work, split so that this file does not find itself.
const UNFINISHED: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("unimpl", "emented!"),
    concat!("to", "do!"),
];
const SILENT_IGNORE: &str = concat!("#[ign", "ore]");

/// What core's stages may not reach for: the outside, and orders that differ from run to run.
const NOT_IN_CORE: [&str; 7] =
    ["std::fs", "std::net", "std::env", "std::process", "std::thread", "HashMap", "HashSet"];

pub(crate) fn findings(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        let script = SCRIPTS.iter().any(|folder| path.starts_with(folder));
        if script || WRITTEN.iter().any(|extension| has_extension(path, extension)) {
            for (index, line) in text.lines().enumerate() {
                findings.extend(in_line(path, line).map(|says| Finding::at(path, index + 1, says)));
            }
            if !text.is_empty() && !text.ends_with('\n') {
                findings.push(Finding::whole(path, "the last line has no end"));
            }
        }
        if has_extension(path, "rs") {
            findings.extend(too_long(path, text));
            findings.extend(impure(path, text));
        }
    }
    findings
}

fn in_line(path: &str, line: &str) -> Option<String> {
    if line.ends_with([' ', '\t']) {
        return Some("white space at the end of the line".to_owned());
    }
    // Prose may speak of such marks; code may not hold them.
    if !has_extension(path, "md")
        && let Some(mark) = UNFINISHED.iter().find(|mark| line.contains(*mark))
    {
        return Some(format!("{mark}: finish it, or leave it out"));
    }
    if line.contains(SILENT_IGNORE) {
        return Some("a test that is left out says why".to_owned());
    }
    let domain = path.starts_with("core/roster/src/") || path.starts_with("core/state/src/");
    if domain && line.contains("derive(") && line.contains("erialize") {
        return Some("domain types are not serialised; give the boundary a row type".to_owned());
    }
    None
}

/// Lines of a pure stage, its tests left out, that reach outside. (Clocks are clippy's.)
fn impure(path: &str, text: &str) -> Vec<Finding> {
    let pure = path.starts_with("core/") && path.contains("/src/") && !is_tests(path);
    let product = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    let mut findings = Vec::new();
    for (index, line) in product.enumerate().filter(|_| pure) {
        let code = line.split("//").next().unwrap_or_default();
        if let Some(word) = NOT_IN_CORE.iter().find(|word| code.contains(*word)) {
            findings.push(Finding::at(path, index + 1, format!("{word} has no place in core")));
        }
    }
    findings
}

fn is_tests(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn too_long(path: &str, text: &str) -> Option<Finding> {
    let most = if is_tests(path) { LONGEST_TESTS } else { LONGEST };
    let lines = text.lines().count();
    (lines > most).then(|| Finding::whole(path, format!("{lines} lines; at most {most}")))
}

#[cfg(test)]
mod tests {
    use super::{SILENT_IGNORE, UNFINISHED, findings};
    use crate::tree::Tree;

    #[test]
    fn lines() {
        let unfinished = format!("// {}: later\n", UNFINISHED[0]);
        let ignored = format!("{SILENT_IGNORE}\n");
        let serde = "#[derive(Debug, Serialize)]\n";
        #[rustfmt::skip]
        let table: &[(&str, &str, &str, &str)] = &[
            // what it shows          path                          text              found
            ("nothing",               "connect/src/lib.rs",         "//! Fine.\n",    ""),
            ("trailing space",        "README.md",                  "word \n",        "README.md:1: white space"),
            ("a script too",          "scripts/test",               "\nx\t\n",        "scripts/test:2: white space"),
            ("data keeps its spaces", "scenarios/a/roster.csv",     "a; \n",          ""),
            ("no last end",           "README.md",                  "word",           "README.md: the last line"),
            ("unfinished",            "connect/src/lib.rs",         &unfinished,      "connect/src/lib.rs:1:"),
            ("prose may speak of it", "CONTRIBUTING.md",            &unfinished,      ""),
            ("left out without why",  "connect/src/lib.rs",         &ignored,         "connect/src/lib.rs:1: a test"),
            ("serde on the roster",   "core/roster/src/person.rs",  serde,            "core/roster/src/person.rs:1: domain"),
            ("hash order in core",    "core/plan/src/lib.rs",       "use std::collections::HashMap;\n", "core/plan/src/lib.rs:1: HashMap"),
            ("files in core",         "core/rules/src/lib.rs",      "\nstd::fs::read(x);\n", "core/rules/src/lib.rs:2: std::fs"),
            ("said in a comment",     "core/plan/src/lib.rs",       "// no HashMap\n", ""),
            ("in core's tests",       "core/plan/src/lib.rs",       "#[cfg(test)]\nuse std::fs;\n", ""),
            ("outside core",          "app/run/src/lib.rs",         "use std::fs;\n", ""),
            ("serde on a row",        "app/store/src/rows.rs",      serde,            ""),
        ];

        for &(shows, path, text, expected) in table {
            let found = findings(&Tree::of(&[(path, text)]));
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found.len(), usize::from(!expected.is_empty()), "{shows}: {found:?}");
            assert!(found.iter().all(|text| text.starts_with(expected)), "{shows}: {found:?}");
        }
    }

    #[test]
    fn a_file_has_room_for_one_thing() {
        let long = "//\n".repeat(401);
        let tree = Tree::of(&[("a/src/lib.rs", &long), ("a/src/tests.rs", &long)]);

        let found: Vec<String> = findings(&tree).iter().map(ToString::to_string).collect();

        assert_eq!(found, ["a/src/lib.rs: 401 lines; at most 400"]);
    }
}
