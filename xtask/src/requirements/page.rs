//! The page's table: read, and written again with the tests of today.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};

use super::scan::{Proofs, Test};

const HEAD: &str = "| K | what works | shown by |";
const RULE: &str = "|---|---|---|";

/// The page before anything works.
pub(crate) const EMPTY_PAGE: &str = "\
# What works

One row for each requirement that works. The sentence is written by hand; the tests are found in
the sources by `cargo xtask requirements`, which looks for the number in the name of a test, in
the comment above it, and in the stories of `scenarios/`.

| K | what works | shown by |
|---|---|---|
";

/// The page in the parts before, in and after its table.
struct Parts<'a> {
    before: Vec<&'a str>,
    rows: Vec<&'a str>,
    after: Vec<&'a str>,
}

fn parts(page: &str) -> anyhow::Result<Parts<'_>> {
    let lines: Vec<&str> = page.lines().collect();
    let head = lines.iter().position(|line| *line == HEAD);
    let head = head.with_context(|| format!("{} has no line `{HEAD}`", super::PAGE))?;
    if lines.get(head + 1) != Some(&RULE) {
        bail!("{}: `{RULE}` must follow the heads of the table", super::PAGE);
    }
    let (before, rest) = lines.split_at(head + 2);
    let rows = rest.iter().take_while(|line| line.starts_with('|')).count();
    let (rows, after) = rest.split_at(rows);
    Ok(Parts { before: before.to_vec(), rows: rows.to_vec(), after: after.to_vec() })
}

/// The sentence of each row, by its number.
pub(crate) fn sentences(page: &str) -> anyhow::Result<BTreeMap<u16, String>> {
    let mut sentences = BTreeMap::new();
    for row in parts(page)?.rows {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let id = cells.next().and_then(|cell| cell.strip_prefix('K')?.parse().ok());
        let id: u16 = id.with_context(|| format!("{}: no requirement in `{row}`", super::PAGE))?;
        let sentence = cells.next().unwrap_or_default().to_owned();
        if sentences.insert(id, sentence).is_some() {
            bail!("{}: K{id:03} has two rows", super::PAGE);
        }
    }
    Ok(sentences)
}

/// The page with a row for every requirement that a test names, in their order; sentences are
/// kept, and a new row's is empty.
pub(crate) fn rewrite(page: &str, proofs: &Proofs) -> anyhow::Result<String> {
    let mut sentences = sentences(page)?;
    for id in proofs.keys() {
        sentences.entry(*id).or_default();
    }
    let parts = parts(page)?;
    let none = BTreeSet::new();
    let rows = sentences.iter().map(|(id, sentence)| {
        let tests = cell(proofs.get(id).unwrap_or(&none));
        format!("| K{id:03} | {sentence} | {tests} |")
    });
    let before = parts.before.into_iter().map(str::to_owned);
    let after = parts.after.into_iter().map(str::to_owned);
    let mut lines: Vec<String> = before.chain(rows).chain(after).collect();
    lines.push(String::new());
    Ok(lines.join("\n"))
}

/// The tests of one row: a line for each crate, the stories last.
pub(crate) fn cell(tests: &BTreeSet<Test>) -> String {
    let mut by_folder: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for test in tests {
        by_folder.entry(&test.folder).or_default().push(&test.name);
    }
    let lines: Vec<String> = by_folder
        .iter()
        .map(|(folder, names)| format!("`{folder}`: {}", names.join(", ")))
        .collect();
    lines.join("<br>")
}
