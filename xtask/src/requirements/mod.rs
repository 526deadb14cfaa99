//! docs/requirements.md: what works, and the tests that show it.
//!
//! A person writes the sentence of a row; the tests beside it are found in the sources, so the
//! page cannot claim a test that does not exist.

mod page;
mod scan;

pub(crate) use page::{EMPTY_PAGE, rewrite};
pub(crate) use scan::{Proofs, proofs};

/// From the root of the workspace.
pub(crate) const PAGE: &str = "docs/requirements.md";
/// The requirements are numbered K001 to this.
const LAST: u16 = 222;

/// What is not true of `page`: a list of tests that has moved on, a row without a sentence or
/// without a test, a test whose requirement has no row or does not exist.
pub(crate) fn problems(page: &str, proofs: &Proofs) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    let sentences = page::sentences(page)?;
    for (id, tests) in proofs {
        if !(1..=LAST).contains(id) {
            problems.push(format!("K{id:03} is no requirement: {}", page::cell(tests)));
        } else if !sentences.contains_key(id) {
            problems.push(format!("K{id:03} has no row: {}", page::cell(tests)));
        }
    }
    for (id, sentence) in &sentences {
        if sentence.is_empty() {
            problems.push(format!("K{id:03}: {PAGE} does not say what works"));
        }
        if !proofs.contains_key(id) {
            problems.push(format!("K{id:03}: no test shows it"));
        }
    }
    if problems.is_empty() && rewrite(page, proofs)? != page {
        problems.push(format!("{PAGE} is not fresh: run `cargo xtask requirements`"));
    }
    Ok(problems)
}

#[cfg(test)]
mod tests;
