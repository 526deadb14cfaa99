//! Google while things go wrong: the program is killed at any moment, calls are refused.

use std::time::Duration;

use generate::Size;

use super::cloud::{Cloud, Held};
use super::tenant;
use crate::figure::{Check, Figure, Goal};
use crate::measure::Cost;
use crate::names::Bench;
use crate::push::moments;
use crate::world::{self, World};

/// How often it is killed, unless it is told otherwise.
const KILLS: u32 = 50;
/// However a run ends: what Google holds then tells how well.
const ANY: [i64; 16] = [0, 1, 2, 10, 11, 20, 21, 22, 30, 31, 32, 33, 40, 41, 50, 60];
/// One call in ten is refused, in these forms, each by chance.
const FAULTS: [&str; 4] = ["status=429/3%", "quota/2%", "status=503,html/3%", "status=500/2%"];

/// A tenant that is about to make everything, and what Google holds when nothing disturbs it.
struct Bed {
    cloud: Cloud,
    ready: World,
    plan: String,
    cost: Cost,
    whole: Held,
}

impl Bed {
    fn new(bench: &Bench, size: Size) -> anyhow::Result<Self> {
        let cloud = Cloud::start(bench, &[])?;
        let ready = tenant(bench, world::town(size), &cloud, "")?;
        ready.first_plan()?;
        let plan = ready.approved()?;
        let undisturbed = ready.twin()?;
        let (cost, _) = cloud.counted(|| undisturbed.apply(&plan))?;
        let whole = cloud.held()?;
        Ok(Self { cloud, ready, plan, cost, whole })
    }

    /// What Google lacks, and what it has besides.
    fn differing(&self) -> anyhow::Result<[u64; 2]> {
        let held = self.cloud.held()?;
        Ok([self.whole.missing_in(&held), held.missing_in(&self.whole)])
    }

    fn objects(&self) -> String {
        let Held { users, groups, .. } = &self.whole;
        format!("{users} users, {groups} groups, {} courses", self.whole.courses())
    }
}

/// SIGKILL at moments over the whole time of a municipality's first run; the next run ends it.
pub(crate) fn kill(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let bed = Bed::new(bench, Size::Xs)?;
    let kills = bench.kills.unwrap_or(KILLS);
    let (mut running, mut lost, mut besides) = (0, 0, 0);
    for moment in moments(kills, Duration::from_secs_f64(bed.cost.wall_s)) {
        bed.cloud.reset()?;
        let tenant = bed.ready.twin()?;
        running += u64::from(tenant.killed_after(&["apply", &bed.plan], moment)?);
        let cost = tenant.run_and_apply()?;
        if cost.exit >= 20 {
            tenant.carry_out()?;
        }
        let [missing, more] = bed.differing()?;
        lost += missing;
        besides += more;
    }
    let input = format!("{}, killed {kills} times, {running} while running", bed.objects());
    let checks = vec![
        Check::exactly(0, "lost", lost),
        Check::exactly(0, "doubled or besides", besides),
        Check::that("killed while running", running > 0),
    ];
    tell(&Figure { name: "google-kill", input, cost: bed.cost, goal: Goal::Holds(checks) });
    Ok(())
}

/// One call in ten is refused: nothing is missing after one run.
pub(crate) fn faults(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let bed = Bed::new(bench, Size::Xs)?;
    bed.cloud.reset()?;
    for fault in FAULTS {
        bed.cloud.plant(fault)?;
    }
    let tenant = bed.ready.twin()?;
    let (cost, counts) = bed.cloud.counted(|| tenant.skolbro(&["apply", &bed.plan], &ANY))?;
    bed.cloud.mend()?;
    let [missing, besides] = bed.differing()?;
    let refused = counts.troubled();
    let input = format!("{}, {refused} of {} calls refused", bed.objects(), counts.units());
    let checks = vec![
        Check::exactly(0, "missing", missing),
        Check::exactly(0, "besides", besides),
        Check::that("one in ten refused", refused * 11 > counts.units()),
        Check::that(&format!("exit {}", cost.exit), [0, 10].contains(&cost.exit)),
    ];
    tell(&Figure { name: "google-faults", input, cost, goal: Goal::Holds(checks) });
    Ok(())
}
