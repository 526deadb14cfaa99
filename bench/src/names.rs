//! What can be measured, by name.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use generate::{Counts, Size};

use crate::figure::{Figure, Goal};
use crate::measure::{Cost, middle};
use crate::world::{Folders, Receiver, World};
use crate::{directory, google, push, reading};

/// The names and what they stand for.
pub(crate) const ALL: [(&str, &str); 19] = [
    ("plan-10k", "10,000 people from CSV, nothing changed: read, shape, plan"),
    ("plan-100k", "the same with 100,000 people; also first plan, apply and 1 % changed"),
    ("growth", "processor time a row at XXL, beside that at 10,000 people"),
    ("sizes", "XS, S, M, L, XL and XXL from end to end: first plan, apply, the next day"),
    ("read-ss12000", "a register over HTTP: parsing, memory, speed, the whole plan beside CSV"),
    ("ldap-10k", "10,000 people whose addresses stand in a directory: slapd, over LDAPS"),
    ("plan-nation", "a nation of 1.6 million pupils, 1 % changed; some 20 minutes, 24 GB of disk"),
    ("snapshot-nation", "a nation's snapshot: written by a read, opened and gone through"),
    ("push-10k", "a vendor, 10,000 people: first push, nothing changed, 1 % changed"),
    ("push-10k-20ms", "the first push to a vendor who takes 20 ms for each answer"),
    ("push-100k", "as push-10k with 100,000 people"),
    ("push-faults", "a vendor and a register in every kind of trouble"),
    ("push-kill", "the program killed at 100 moments of a push, and of a run; long"),
    ("google-quota", "Google at its quotas: 10,000 users, 1,000 courses, 23,000 enrolments"),
    ("google-400x25", "25 students into each of 400 courses at Google, 20 ms a request"),
    ("google-faults", "Google, one call in ten refused: 429, 500, 503"),
    ("google-100k", "100,000 users, 10,000 groups at Google, nothing to change: memory"),
    ("google-kill", "the program killed at 50 moments of its first run to Google; long"),
    ("all", "all of these but those of a nation, push-kill, google-kill and google-100k"),
];

const SMALL: Goal = Goal::Below { cpu_s: 0.1, peak_mb: 40.0 };
const LARGE: Goal = Goal::Below { cpu_s: 1.0, peak_mb: 150.0 };
/// A nation, on two cores; 1 GiB.
const NATION: Goal = Goal::Within { wall_s: 20.0, peak_mb: 1024.0 };
/// A row at XXL may cost so many times what it costs at 10,000 people.
const MOST: f64 = 1.5;

/// What is measured, and how often.
pub(crate) struct Bench {
    /// Runs of what has a goal.
    pub(crate) runs: usize,
    /// The program.
    pub(crate) binary: PathBuf,
    /// Moments at which the program is killed.
    pub(crate) kills: Option<u32>,
    /// Whether the folders stay.
    pub(crate) folders: Folders,
}

/// Measures what is called `name`.
pub(crate) fn run(name: &str, bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    if !ALL.iter().any(|(known, _)| *known == name) {
        bail!("nothing is called {name}: `list` tells what there is");
    }
    let is_asked = |it: &str| name == it || name == "all";
    if is_asked("plan-10k") {
        plan_10k(bench, tell)?;
    }
    if is_asked("plan-100k") {
        plan_100k(bench, tell)?;
    }
    if is_asked("growth") {
        growth(bench, tell)?;
    }
    if is_asked("sizes") {
        sizes(bench, tell)?;
    }
    if is_asked("read-ss12000") {
        reading::read_ss12000(bench, tell)?;
    }
    if is_asked("push-10k") {
        push::push_10k(bench, tell)?;
    }
    if is_asked("push-10k-20ms") {
        push::push_10k_20ms(bench, tell)?;
    }
    if is_asked("push-100k") {
        push::push_100k(bench, tell)?;
    }
    if is_asked("push-faults") {
        push::push_faults(bench, tell)?;
    }
    if is_asked("google-quota") {
        google::quota(bench, tell)?;
    }
    if is_asked("google-400x25") {
        google::rosters(bench, tell)?;
    }
    if is_asked("google-faults") {
        google::faults(bench, tell)?;
    }
    // Last of all: it ends there where slapd is not installed.
    if is_asked("ldap-10k") {
        directory::ldap_10k(bench, tell)?;
    }
    // What follows takes too long to be among "all".
    if name == "push-kill" {
        push::push_kill(bench, tell)?;
    }
    if name == "google-kill" {
        google::kill(bench, tell)?;
    }
    if name == "google-100k" {
        google::memory(bench, tell)?;
    }
    if name == "plan-nation" {
        plan_nation(bench, tell)?;
    }
    if name == "snapshot-nation" {
        snapshot_nation(bench, tell)?;
    }
    Ok(())
}

fn plan_10k(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let (world, _) = delivered(bench, Size::Of(Counts::TEN_THOUSAND))?;
    let cost = unchanged(&world, bench.runs)?;
    tell(&Figure { name: "plan-10k", input: input(&world, "nothing changed"), cost, goal: SMALL });
    Ok(())
}

fn plan_100k(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let (mut world, [first, apply]) = delivered(bench, Size::Of(Counts::HUNDRED_THOUSAND))?;
    let mut say = |input, cost, goal| tell(&Figure { name: "plan-100k", input, cost, goal });
    say(input(&world, "nothing changed"), unchanged(&world, bench.runs)?, LARGE);
    say(input(&world, "first plan"), first, Goal::None);
    say(input(&world, "apply of the first plan"), apply, Goal::None);
    world.one_percent_changes()?;
    say(input(&world, "1 % changed"), world.plan_of_changes()?, Goal::None);
    Ok(())
}

fn growth(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let mut say = |input, cost, goal| tell(&Figure { name: "growth", input, cost, goal });
    let (small, _) = delivered(bench, Size::Of(Counts::TEN_THOUSAND))?;
    let base = unchanged(&small, bench.runs)?;
    say(input(&small, "nothing changed"), base, Goal::None);
    let (large, [first, apply]) = delivered(bench, Size::Xxl)?;
    let cost = unchanged(&large, bench.runs)?;
    let is = a_row(&large, cost) / a_row(&small, base);
    say(input(&large, "nothing changed"), cost, Goal::Ratio { most: MOST, is });
    say(input(&large, "first plan"), first, Goal::None);
    say(input(&large, "apply of the first plan"), apply, Goal::None);
    Ok(())
}

/// The plan of what has changed is measured once: a second one would find the snapshot of the
/// first.
fn plan_nation(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let mut say = |input, cost, goal| tell(&Figure { name: "plan-nation", input, cost, goal });
    let (small, _) = delivered(bench, Size::Of(Counts::HUNDRED_THOUSAND))?;
    let base = unchanged(&small, bench.runs)?;
    say(input(&small, "nothing changed"), base, Goal::None);
    let a_small_row = a_row(&small, base);
    drop(small);
    let mut world = World::new(&bench.binary, Size::Nation, bench.folders)?;
    world.deliver_to(Receiver::OneRoster)?;
    let first = world.first_plan()?;
    say(input(&world, "first plan"), first, Goal::None);
    let apply = world.carry_out()?;
    say(input(&world, "apply of the first plan"), apply, Goal::None);
    let nothing = world.plan_of_nothing()?;
    let is = a_row(&world, nothing) / a_small_row;
    say(input(&world, "nothing changed"), nothing, Goal::Ratio { most: MOST, is });
    world.one_percent_changes()?;
    say(input(&world, "1 % changed"), world.plan_of_changes()?, NATION);
    Ok(())
}

/// The tenant has no receiver, so that a run is a read that keeps its snapshot.
fn snapshot_nation(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let mut say = |input, cost, goal| tell(&Figure { name: "snapshot-nation", input, cost, goal });
    let mut world = World::new(&bench.binary, Size::Nation, bench.folders)?;
    world.deliver_to(Receiver::Nobody)?;
    let written = world.plan_of_nothing()?;
    let size = world.stored()? >> 20;
    say(input(&world, &format!("read and written, {size} MB")), written, NATION);
    say(input(&world, "opened and gone through"), world.report()?, NATION);
    world.one_percent_changes()?;
    say(input(&world, "1 % changed, read and written"), world.plan_of_nothing()?, NATION);
    Ok(())
}

fn sizes(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    use Size::{L, M, S, Xl, Xs, Xxl};
    for (size, called) in [(Xs, "XS"), (S, "S"), (M, "M"), (L, "L"), (Xl, "XL"), (Xxl, "XXL")] {
        let mut say = |world: &World, what, cost| {
            let input = format!("{called}: {}", input(world, what));
            tell(&Figure { name: "sizes", input, cost, goal: Goal::None });
        };
        let (mut world, [first, apply]) = delivered(bench, size)?;
        say(&world, "first plan", first);
        say(&world, "apply", apply);
        world.a_day_passes()?;
        say(&world, "next day, run --apply", world.run_and_apply()?);
    }
    Ok(())
}

/// A tenant that has delivered once, and what its first plan and apply cost.
fn delivered(bench: &Bench, size: Size) -> anyhow::Result<(World, [Cost; 2])> {
    let world = World::new(&bench.binary, size, bench.folders)?;
    let first = world.first_plan()?;
    let apply = world.carry_out()?;
    Ok((world, [first, apply]))
}

/// The median run, after one that is not counted.
fn unchanged(world: &World, runs: usize) -> anyhow::Result<Cost> {
    world.plan_of_nothing()?;
    let costs: Vec<Cost> =
        (0..runs).map(|_| world.plan_of_nothing()).collect::<anyhow::Result<_>>()?;
    middle(costs).context("nothing was measured: --runs is 0")
}

fn a_row(world: &World, cost: Cost) -> f64 {
    let (_, rows) = world.rows();
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    let rows = rows as f64;
    cost.cpu_s / rows
}

fn input(world: &World, what: &str) -> String {
    let (persons, rows) = world.rows();
    format!("{persons} people, {} relations, {what}", rows - persons)
}
