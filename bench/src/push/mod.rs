//! The figures of a vendor who is pushed to: the program, and a simulated receiver of EGIL in a
//! process of its own.

mod bodies;
mod faults;
mod kill;
mod vendor;

use anyhow::{Context as _, ensure};
use generate::{Counts, Size};
use tempfile::TempDir;

use crate::figure::{Check, Figure, Goal};
use crate::measure::{Cost, middle};
use crate::names::Bench;
use crate::world::{Receiver, World};
use bodies::Bodies;
use vendor::{Dump, Vendor};

pub(crate) use faults::push_faults;
pub(crate) use kill::{moments, push_kill};

const TEN_THOUSAND: Size = Size::Of(Counts::TEN_THOUSAND);
const HUNDRED_THOUSAND: Size = Size::Of(Counts::HUNDRED_THOUSAND);

/// A tenant, its register, and the vendor it pushes to.
struct Push {
    world: World,
    vendor: Vendor,
    /// Where the vendor saves what it holds.
    _saved: TempDir,
}

impl Push {
    /// Nothing is pushed yet.
    fn new(bench: &Bench, size: Size) -> anyhow::Result<Self> {
        let saved = bench.folders.make()?;
        let vendor = Vendor::start(&bench.binary, saved.path())?;
        let world = World::new(&bench.binary, size, bench.folders)?;
        world.deliver_to(Receiver::Vendor { url: &vendor.base_url })?;
        // A hundredth of 90,000 pupils' leavers are more than 50, and less than 5 %.
        world.allow_removals(500)?;
        Ok(Self { world, vendor, _saved: saved })
    }

    /// What it costs, with the requests that the vendor got meanwhile.
    fn counted(&self, work: impl FnOnce() -> anyhow::Result<Cost>) -> anyhow::Result<Cost> {
        counted(&self.vendor, work)
    }

    /// The first push, from the register to the vendor: plan and apply.
    fn first(&self) -> anyhow::Result<Cost> {
        self.counted(|| Ok(self.world.first_plan()?.then(self.world.carry_out()?)))
    }

    /// A run when nothing has changed: the median of several, after one that is not counted.
    fn nothing(&self, runs: usize) -> anyhow::Result<Cost> {
        self.run_of_nothing()?;
        let costs: Vec<Cost> =
            (0..runs).map(|_| self.run_of_nothing()).collect::<anyhow::Result<_>>()?;
        middle(costs).context("nothing was measured: --runs is 0")
    }

    fn run_of_nothing(&self) -> anyhow::Result<Cost> {
        let cost = self.counted(|| self.world.skolbro(&["run", "--apply"], &[0, 10]))?;
        ensure!(self.world.said("plan")?.is_none(), "nothing has changed, yet there is a plan");
        Ok(cost)
    }

    /// A run when something has changed; what a guard holds is approved.
    fn next(&self) -> anyhow::Result<Cost> {
        self.counted(|| run_and_approve(&self.world))
    }

    /// What must hold of every push that nothing disturbs.
    fn clean(&self) -> anyhow::Result<[Check; 2]> {
        let status = self.vendor.status()?;
        Ok([
            Check::exactly(0, "conflicts", status.conflicts),
            Check::exactly(0, "needless", status.needless),
        ])
    }
}

/// What it costs, with the requests that the vendor got meanwhile.
fn counted(vendor: &Vendor, work: impl FnOnce() -> anyhow::Result<Cost>) -> anyhow::Result<Cost> {
    let before = vendor.status()?.requests;
    let cost = work()?;
    Ok(Cost { requests: vendor.status()?.requests - before, ..cost })
}

/// Runs and applies; where it waits for an approval it gets one.
fn run_and_approve(world: &World) -> anyhow::Result<Cost> {
    let cost = world.run_and_apply()?;
    Ok(if cost.exit < 20 { cost } else { cost.then(world.carry_out()?) })
}

/// A push of 10,000 people: nothing changed, first, 1 % changed.
pub(crate) fn push_10k(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    push(bench, tell, ("push-10k", TEN_THOUSAND, [0.1, 40.0]))
}

/// A push of 100,000 people.
pub(crate) fn push_100k(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    push(bench, tell, ("push-100k", HUNDRED_THOUSAND, [1.0, 150.0]))
}

fn push(
    bench: &Bench,
    tell: &mut dyn FnMut(&Figure),
    (name, size, [cpu_s, peak_mb]): (&'static str, Size, [f64; 2]),
) -> anyhow::Result<()> {
    let mut say = |input, cost, goal| tell(&Figure { name, input, cost, goal });
    let mut push = Push::new(bench, size)?;
    let before = Bodies::of(&push.world.town);
    let cost = push.first()?;
    let [conflicts, needless] = push.clean()?;
    let held = Check::exactly(before.count(), "objects", push.vendor.dump()?.objects());
    let goal = Goal::Holds(vec![held, conflicts, needless]);
    say(format!("{} objects, first push", before.count()), cost, goal);

    let cost = push.nothing(bench.runs)?;
    let checks = vec![
        Check::below("CPU s", cpu_s, cost.cpu_s),
        Check::below("peak MB", peak_mb, cost.peak_mb),
        Check::exactly(0, "requests", cost.requests),
    ];
    say(format!("{} objects, nothing changed, run", before.count()), cost, Goal::Holds(checks));

    // The first deletion ever waits for a person, and what it holds is sent apart.
    push.world.one_percent_changes()?;
    push.next()?;
    let before = Bodies::of(&push.world.town);
    push.world.one_percent_changes()?;
    let after = Bodies::of(&push.world.town);
    let changes = after.since(&before);
    push.vendor.count_anew()?;
    let cost = push.counted(|| push.world.run_and_apply())?;
    let status = push.vendor.status()?;
    let [conflicts, needless] = push.clean()?;
    let checks = vec![
        Check::exactly(changes.created, "POST", status.done("POST")),
        Check::exactly(changes.replaced, "PUT", status.done("PUT")),
        Check::exactly(changes.deleted, "DELETE", status.done("DELETE")),
        Check::exactly(changes.requests(), "writes", status.writes()),
        Check::exactly(after.count(), "objects", push.vendor.dump()?.objects()),
        conflicts,
        needless,
        Check::that(&format!("exit {}", cost.exit), cost.exit < 20),
    ];
    say(format!("{} objects, 1 % changed, run", after.count()), cost, Goal::Holds(checks));
    Ok(())
}

/// The first push of 10,000 people to a vendor who takes 20 ms for each answer.
pub(crate) fn push_10k_20ms(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let push = Push::new(bench, TEN_THOUSAND)?;
    let objects = Bodies::of(&push.world.town).count();
    push.vendor.plant("latency=20")?;
    let cost = push.first()?;
    let [conflicts, needless] = push.clean()?;
    push.vendor.mend()?;
    let goal = Goal::Holds(vec![
        Check::below("wall s", 20.0, cost.wall_s),
        Check::exactly(objects, "objects", push.vendor.dump()?.objects()),
        conflicts,
        needless,
    ]);
    let input = format!("{objects} objects, first push, 20 ms an answer");
    tell(&Figure { name: "push-10k-20ms", input, cost, goal });
    Ok(())
}

/// How many objects of `whole` the vendor does not hold as they are there, and how many it has
/// besides.
fn differing(whole: &Dump, vendor: &Vendor) -> anyhow::Result<[u64; 2]> {
    let held = vendor.dump()?;
    Ok([whole.missing_in(&held), held.missing_in(whole)])
}
