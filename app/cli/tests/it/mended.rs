//! What went wrong once, and must not again: protection that comes late, plans that nobody
//! could carry out, ids that move.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use generate::{Day, Marking, Municipality, Quality, Settings, Size, Town};

use crate::support::{DAY_1, Ended, Tenant};

mod killed;
mod marked;
mod operators;
mod plans;
mod shrinking;

/// The days after the first two.
const DAY_3: &str = "2026-09-17";
const DAY_4: &str = "2026-09-18";

/// A municipality without the ordinary mistakes: what is told is of the test alone.
fn clean_town(size: Size) -> Town {
    let settings = Settings { quality: Quality::Clean, ..Settings::default() };
    Municipality::generate(size, 1).on(Day::new(2026, 9, 15)).town(settings)
}

/// Pupils whom nothing keeps from being delivered, by their place among the persons.
fn pupils(town: &Town) -> Vec<usize> {
    let at = |person: u32| usize::try_from(person).unwrap_or(usize::MAX);
    let mut seen = BTreeSet::new();
    let persons = town.enrolments.iter().map(|it| at(it.person));
    persons
        .filter(|at| town.persons.get(*at).is_some_and(|it| it.marking == Marking::None))
        .filter(|at| seen.insert(*at))
        .collect()
}

/// Gives a person names that nobody else has.
fn name(town: &mut Town, at: usize) {
    let person = &mut town.persons[at].person;
    "Hemligasolv".clone_into(&mut person.given_name);
    "Kanariedotter".clone_into(&mut person.family_name);
    "hemligasolv.k@skola.example".clone_into(&mut person.email);
    "hemsolkan".clone_into(&mut person.username);
}

/// Another id for somebody who has `id`: the register has made the person anew.
fn other_id(id: &str, with: char) -> String {
    id.chars().enumerate().map(|(at, letter)| if at < 4 { with } else { letter }).collect()
}

/// The delivered file.
fn file(tenant: &Tenant, name: &str) -> anyhow::Result<String> {
    let path = tenant.path("out/sds").join(name);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// The delivered line of whoever has this text on it.
fn line(tenant: &Tenant, name: &str, text: &str) -> anyhow::Result<Option<String>> {
    Ok(file(tenant, name)?.lines().find(|line| line.contains(text)).map(str::to_owned))
}

fn edited(path: &Path, edit: impl Fn(&str) -> String) -> anyhow::Result<()> {
    Ok(fs::write(path, edit(&fs::read_to_string(path)?))?)
}

/// The last plan that was named.
fn last_plan(ended: &Ended) -> anyhow::Result<String> {
    let mut ids =
        ended.out.lines().filter_map(|line| line.strip_prefix("Plan ")?.split(' ').next());
    Ok(ids.next_back().with_context(|| format!("no plan in:\n{}", ended.text()))?.to_owned())
}

fn ensure_done(ended: &Ended) -> anyhow::Result<()> {
    ensure!(matches!(ended.code, 0 | 10), "exit code {}:\n{}", ended.code, ended.text());
    Ok(())
}

/// K069: a list that an editor has given a byte order mark excludes its first person too.
#[test]
fn an_exclusion_list_with_a_byte_order_mark_excludes_its_first_line() -> anyhow::Result<()> {
    let town = clean_town(Size::Xs);
    let (first, second) = (pupils(&town)[0], pupils(&town)[1]);
    let (first, second) = (&town.persons[first].person, &town.persons[second].person);
    let tenant = Tenant::new()?;
    tenant.settings(
        "# [protection]\n# exclusions = [\"undantag.txt\"]",
        "[protection]\nexclusions = [\"undantag.txt\"]",
    )?;
    fs::write(tenant.path("undantag.txt"), format!("\u{feff}{}\n{}\n", first.id, second.id))?;
    tenant.register(&town, None)?;
    tenant.first_delivery()?;
    let users = file(&tenant, "users.csv")?;
    ensure!(!users.contains(&second.id), "the second line excludes nobody");
    ensure!(!users.contains(&first.id), "the first line excludes nobody");
    let other = &town.persons[pupils(&town)[2]].person.id;
    ensure!(users.contains(other), "others are delivered");
    tenant.on(DAY_1, &["plan", "--exit-code"]).and_then(|ended| ensure_done(&ended))
}
