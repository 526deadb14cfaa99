//! SIGKILL at any moment: the next run ends what was begun, nothing twice and nothing lost.

use std::time::Duration;

use anyhow::ensure;

use super::vendor::{Dump, Vendor};
use super::{Push, TEN_THOUSAND, counted, differing, run_and_approve};
use crate::figure::{Check, Figure, Goal};
use crate::measure::Cost;
use crate::names::Bench;
use crate::world::World;

const NAME: &str = "push-kill";
/// How often, unless it is told otherwise.
const KILLS: u32 = 100;

/// What is killed: a command in a tenant that stands ready for it.
struct Story<'a> {
    ready: &'a World,
    command: &'a [&'a str],
    /// What the vendor holds when nobody kills it.
    whole: Dump,
    /// What it costs then.
    cost: Cost,
}

/// What came of all kills.
#[derive(Debug, Default)]
struct Tally {
    running: u64,
    lost: u64,
    besides: u64,
    needless: u64,
    conflicts: u64,
}

/// The first push, and a run of a day on which 1 % changes.
pub(crate) fn push_kill(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let mut push = Push::new(bench, TEN_THOUSAND)?;
    push.world.first_plan()?;
    let plan = push.world.approved()?;
    let delivered = push.world.twin()?;
    let cost = counted(&push.vendor, || delivered.apply(&plan))?;
    push.vendor.save()?;
    let whole = push.vendor.dump()?;
    let story = Story { ready: &push.world, command: &["apply", &plan], whole, cost };
    story.tell("first push", bench, &mut push.vendor, |vendor| vendor.reset(), tell)?;

    push.vendor.again()?;
    push.world = delivered;
    push.world.one_percent_changes()?;
    // The first deletion ever waits for a person, so it is put behind.
    push.next()?;
    push.vendor.save()?;
    push.world.one_percent_changes()?;
    let undisturbed = push.world.twin()?;
    let cost = counted(&push.vendor, || undisturbed.run_and_apply())?;
    ensure!(cost.exit < 20, "a run of a day with 1 % changes waits for an approval");
    let whole = push.vendor.dump()?;
    let story = Story { ready: &push.world, command: &["run", "--apply"], whole, cost };
    story.tell("run of 1 % changed", bench, &mut push.vendor, Vendor::again, tell)
}

impl Story<'_> {
    /// Kills it at moments over the whole of its time, `before` each of which the vendor is put
    /// back to where it was.
    fn tell(
        &self,
        what: &str,
        bench: &Bench,
        vendor: &mut Vendor,
        before: impl Fn(&mut Vendor) -> anyhow::Result<()>,
        tell: &mut dyn FnMut(&Figure),
    ) -> anyhow::Result<()> {
        let kills = bench.kills.unwrap_or(KILLS);
        let mut tally = Tally::default();
        for moment in moments(kills, Duration::from_secs_f64(self.cost.wall_s)) {
            before(vendor)?;
            self.killed(moment, vendor, &mut tally)?;
        }
        let Tally { running, lost, besides, needless, conflicts } = tally;
        let input = format!("{what}, killed {kills} times, {running} while running");
        let checks = vec![
            Check::exactly(0, "lost", lost),
            Check::exactly(0, "besides", besides),
            Check::exactly(0, "needless", needless),
            Check::exactly(0, "conflicts", conflicts),
        ];
        tell(&Figure { name: NAME, input, cost: self.cost, goal: Goal::Holds(checks) });
        Ok(())
    }

    fn killed(&self, at: Duration, vendor: &Vendor, tally: &mut Tally) -> anyhow::Result<()> {
        let tenant = self.ready.twin()?;
        tally.running += u64::from(tenant.killed_after(self.command, at)?);
        run_and_approve(&tenant)?;
        let [lost, besides] = differing(&self.whole, vendor)?;
        let status = vendor.status()?;
        tally.lost += lost;
        tally.besides += besides;
        tally.needless += status.needless;
        tally.conflicts += status.conflicts;
        Ok(())
    }
}

/// So many moments that look random and are the same share of the time whenever they are made:
/// one in each part of it, so that beginning and end are met too.
pub(crate) fn moments(many: u32, whole: Duration) -> impl Iterator<Item = Duration> {
    let mut state = 0x9e37_79b9_u32;
    (0..many).map(move |at| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        whole * (at * 1000 + state % 1000) / (many * 1000)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_lie_over_the_whole_time_one_after_another() {
        let whole = Duration::from_secs(10);
        let all: Vec<Duration> = moments(100, whole).collect();
        assert!(all.is_sorted() && all.len() == 100);
        assert!(all[0] < whole / 100 && all[99] >= whole * 99 / 100 && all[99] < whole);
    }
}
