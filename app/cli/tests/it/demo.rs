//! The demo as a process: it reads a register over HTTP and shows full, delta and guarded runs.

use anyhow::{Context as _, ensure};

use crate::support::Tenant;

/// What stands between one heading and the next.
fn part<'a>(text: &'a str, heading: &str) -> anyhow::Result<&'a str> {
    let at = text.find(heading).with_context(|| format!("no heading {heading:?} in:\n{text}"))?;
    let rest = &text[at + heading.len()..];
    Ok(rest.find("━━ ").map_or(rest, |end| &rest[..end]))
}

/// Everything, changes alone, a fault and two guards; and nothing is left behind.
#[test]
fn the_demo_shows_full_delta_and_guarded_runs() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    let shown = tenant.run(&["--lang", "en", "demo", "--size", "XS"])?.expect_code(0)?.out;
    let told = [
        ("The register and the settings", "over SS12000 at http://127.0.0.1:"),
        ("Day 1:", "→ waiting for approval (20)"),
        ("An hour later:", "Only the changes are read."),
        ("Day 2:", "→ the source's content is refused (33)"),
        ("Day 3:", "→ stopped by a guard (21)"),
    ];
    for (heading, words) in told {
        let part = part(&shown, heading)?;
        ensure!(part.contains(words), "{words:?} is not said under {heading:?}:\n{part}");
    }
    ensure!(shown.contains("$ skolbro explain"), "no explanation:\n{shown}");
    let left = std::fs::read_dir(tenant.path("tmp"))?.count();
    ensure!(left == 0, "{left} files or folders were left in the temporary folder");
    Ok(())
}

/// A year at Google: each shift is planned, held, approved, and leaves what it should.
#[test]
fn the_demo_shows_a_year_at_google() -> anyhow::Result<()> {
    let tenant = Tenant::new()?;
    let asked = ["--lang", "en", "demo", "google", "--size", "XS"];
    let shown = tenant.run(&asked)?.expect_code(0)?.out;
    for heading in ["Day 1:", "Day 2:", "A new term:", "A new school year:"] {
        let part = part(&shown, heading)?;
        ensure!(part.contains("At Google: "), "nothing is told under {heading:?}:\n{part}");
        ensure!(!part.contains("refused by the receiver"), "under {heading:?}:\n{part}");
    }
    let first = part(&shown, "Day 1:")?;
    ensure!(first.contains("→ waiting for approval (20)"), "no approval:\n{first}");
    ensure!(first.contains("(0 suspended)"), "somebody sleeps already:\n{first}");
    let year = part(&shown, "A new school year:")?;
    ensure!(year.contains("The plan is approved and carried out:"), "nothing held:\n{year}");
    ensure!(!year.contains("(0 ended)"), "no course has ended:\n{year}");
    Ok(())
}
