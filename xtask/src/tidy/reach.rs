//! Every `.rs` file is compiled: reachable by `mod` from a file that cargo starts from.
//!
//! A file that nobody names is not an error to the compiler, and its tests never run.

use std::collections::BTreeSet;

use crate::tidy::Finding;
use crate::tidy::krate::Crate;
use crate::tree::Tree;

pub(crate) fn findings(tree: &Tree, crates: &[Crate]) -> Vec<Finding> {
    let mut reached = BTreeSet::new();
    for root in crates.iter().flat_map(|member| &member.roots) {
        let folder = parent(root).to_owned();
        follow(tree, root, &folder, &mut reached);
    }
    tree.rust_files()
        .filter(|(path, _)| !reached.contains(*path))
        .map(|(path, _)| Finding::whole(path, "no `mod` leads here, so it is never compiled"))
        .collect()
}

/// Follows the modules of `path`, whose children lie in `folder`.
fn follow(tree: &Tree, path: &str, folder: &str, reached: &mut BTreeSet<String>) {
    let Some(text) = tree.text(path) else { return };
    if !reached.insert(path.to_owned()) {
        return;
    }
    let mut named = None;
    for line in text.lines().map(str::trim) {
        if let Some(file) = quoted_after(line, "#[path = ") {
            named = Some(format!("{}/{file}", parent(path)));
        } else if let Some(file) = quoted_after(line, "include!(") {
            follow(tree, &format!("{}/{file}", parent(path)), folder, reached);
        } else if let Some(name) = module(line) {
            if let Some(file) = named.take() {
                let children = parent(&file).to_owned();
                follow(tree, &file, &children, reached);
            }
            let children = format!("{folder}/{name}");
            follow(tree, &format!("{children}.rs"), &children, reached);
            follow(tree, &format!("{children}/mod.rs"), &children, reached);
        }
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The name in `mod name;`, whatever its visibility.
fn module(line: &str) -> Option<&str> {
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')')?.1,
        Some(rest) => rest,
        None => line,
    };
    line.trim_start().strip_prefix("mod ")?.strip_suffix(';').map(str::trim)
}

fn quoted_after<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.strip_prefix(start)?.strip_prefix('"')?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::tidy::krate::samples::sample;
    use crate::tree::Tree;

    #[test]
    fn files_that_no_mod_names_are_found() {
        let tree = Tree::of(&[
            (
                "core/plan/src/lib.rs",
                "pub mod guard;\npub(crate) mod order;\n#[cfg(test)]\nmod tests;\nmod inline {}\n",
            ),
            ("core/plan/src/guard.rs", "mod volume;\n"),
            ("core/plan/src/guard/volume.rs", ""),
            ("core/plan/src/order/mod.rs", "#[path = \"odd.rs\"]\nmod other;\n"),
            ("core/plan/src/order/odd.rs", ""),
            ("core/plan/src/tests.rs", ""),
            ("core/plan/src/inline.rs", ""),
            ("core/plan/src/guard/lost.rs", ""),
        ]);

        let found = findings(&tree, &[sample("core/plan", &[])]);

        let paths: Vec<&str> = found.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, ["core/plan/src/guard/lost.rs", "core/plan/src/inline.rs"]);
    }
}
