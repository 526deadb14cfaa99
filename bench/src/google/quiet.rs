//! Google without its quotas: rosters of courses that are there, and the memory that it takes to
//! see that nothing has changed.

use generate::{Counts, Marking, Size};

use super::cloud::{Cloud, Held};
use super::tenant;
use crate::figure::{Check, Figure, Goal};
use crate::names::Bench;
use crate::world;

/// 400 groups with 25 pupils each.
const ROSTERS: Counts = Counts {
    units: 10,
    pupils: 4_000,
    classes: 0,
    groups: 400,
    memberships: 10_000,
    teachers: 200,
    staff: 220,
    duties: 220,
    assignments: 400,
};

/// Courses are there, then students come into them.
pub(crate) fn rosters(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let mut say = |input, cost, goal| {
        tell(&Figure { name: "google-400x25", input, cost, goal: Goal::Holds(goal) });
    };
    let cloud = Cloud::start(bench, &[])?;
    let mut town = world::town(Size::Of(ROSTERS));
    let places = std::mem::take(&mut town.memberships);
    let mut world = tenant(bench, town, &cloud, "groups = false")?;
    world.first_plan()?;
    world.carry_out()?;
    let before = cloud.held()?;

    world.town.memberships = places;
    world.write()?;
    cloud.plant("latency=20")?;
    let (cost, counts) = cloud.counted(|| world.run_and_apply())?;
    cloud.mend()?;
    let held = cloud.held()?;
    let added = held.places() - before.places();
    let input = format!("{} courses, {added} students come, 20 ms a request", held.courses());
    say(
        input,
        cost,
        vec![
            Check::below("wall s", 10.0, cost.wall_s),
            Check::exactly(added, "writes", counts.writes()),
            Check::that(&format!("exit {}", cost.exit), cost.exit < 20),
        ],
    );

    let run = ["run", "--apply", "--verify"];
    let (cost, counts) = cloud.counted(|| world.skolbro(&run, &[0, 10]))?;
    let checks = vec![
        Check::exactly(0, "writes", counts.writes()),
        Check::exactly(pages(&held), "reads", counts.units()),
    ];
    say(format!("{} courses, nothing changed, run --verify", held.courses()), cost, checks);
    Ok(())
}

/// The fewest pages in which everything can be read: the sizes are Google's (reference/google.md
/// §1.5, §2.2). The administrator is a user, too.
fn pages(held: &Held) -> u64 {
    let rosters = held.rosters.iter().flatten().map(|people| people.div_ceil(100).max(1));
    1 + (held.users + 1).div_ceil(500) + held.courses().div_ceil(500) + rosters.sum::<u64>()
}

/// Everything is there and linked: what it takes to see that nothing has changed.
pub(crate) fn memory(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let mut say = |input, cost, goal| {
        tell(&Figure { name: "google-100k", input, cost, goal });
    };
    let cloud = Cloud::start(bench, &[])?;
    let town = world::town(Size::Of(Counts::HUNDRED_THOUSAND));
    let told = town.persons.iter().filter(|it| it.marking == Marking::None).count();
    let world = tenant(bench, town, &cloud, "classrooms = false")?;
    let first = world.first_plan()?;
    let (apply, _) = cloud.counted(|| world.carry_out())?;
    let held = cloud.held()?;
    let objects = format!("{} users of {told}, {} groups", held.users, held.groups);
    say(format!("{objects}, first plan"), first, Goal::None);
    say(format!("{objects}, apply of the first plan"), apply, Goal::None);
    for run in [&["plan"][..], &["plan", "--verify"]] {
        let (cost, counts) = cloud.counted(|| world.skolbro(run, &[0, 10]))?;
        let checks = vec![
            Check::below("peak MB", 300.0, cost.peak_mb),
            Check::exactly(0, "writes", counts.writes()),
            Check::that("no plan", world.said("plan")?.is_none()),
        ];
        say(format!("{objects}, nothing changed, {}", run.join(" ")), cost, Goal::Holds(checks));
    }
    Ok(())
}
