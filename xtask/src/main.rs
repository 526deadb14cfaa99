//! Checks and generated files of this repository: what neither clippy nor rustfmt can see.
//!
//! | command | does |
//! |---|---|
//! | `cargo xtask tidy` | checks the rules of ARCHITECTURE.md and CONTRIBUTING.md over the whole tree |
//! | `cargo xtask requirements` | writes the tests that name each requirement into docs/requirements.md |
//! | `cargo xtask requirements --check` | refuses when that page is not true |

mod requirements;
mod tidy;
mod tree;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use cargo_metadata::{Metadata, MetadataCommand};

use crate::tidy::krate::Crate;
use crate::tree::Tree;

const USAGE: &str = "usage: cargo xtask tidy | requirements [--check]";

fn main() -> anyhow::Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let complaints = match words.as_slice() {
        ["tidy"] => check_tree()?,
        ["requirements"] => write_requirements()?,
        ["requirements", "--check"] => check_requirements()?,
        _ => {
            say(USAGE)?;
            return Ok(ExitCode::from(2));
        }
    };
    for complaint in &complaints {
        say(complaint)?;
    }
    say(&format!("xtask {}: {} to mend", words.join(" "), complaints.len()))?;
    // Writing the page has done its work even when sentences are still missing; checking has not.
    let failed = !complaints.is_empty() && words != ["requirements"];
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("standard output is closed")
}

/// The workspace's own packages; nothing is resolved, so this needs neither network nor lock file.
fn metadata() -> anyhow::Result<Metadata> {
    MetadataCommand::new().no_deps().exec().context("cargo metadata failed")
}

fn check_tree() -> anyhow::Result<Vec<String>> {
    let metadata = metadata()?;
    let tree = Tree::read(metadata.workspace_root.as_std_path())?;
    let crates = Crate::all(&metadata)?;
    Ok(tidy::findings(&tree, &crates).iter().map(ToString::to_string).collect())
}

fn page_and_proofs(root: &Path) -> anyhow::Result<(String, requirements::Proofs)> {
    let tree = Tree::read(root)?;
    let page = tree.text(requirements::PAGE).unwrap_or(requirements::EMPTY_PAGE).to_owned();
    Ok((page, requirements::proofs(&tree)))
}

fn write_requirements() -> anyhow::Result<Vec<String>> {
    let root = metadata()?.workspace_root;
    let (page, proofs) = page_and_proofs(root.as_std_path())?;
    let written = requirements::rewrite(&page, &proofs)?;
    std::fs::write(root.join(requirements::PAGE), &written)
        .with_context(|| format!("{} cannot be written", requirements::PAGE))?;
    requirements::problems(&written, &proofs)
}

fn check_requirements() -> anyhow::Result<Vec<String>> {
    let root = metadata()?.workspace_root;
    let (page, proofs) = page_and_proofs(root.as_std_path())?;
    requirements::problems(&page, &proofs)
}
