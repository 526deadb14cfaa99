//! A first run at Google's own pace: how close it comes to what the quotas allow.

use generate::{Counts as Size, Size as Sized};

use super::cloud::{Cloud, Counts, Held, Quotas};
use super::tenant;
use crate::figure::{Check, Figure, Goal};
use crate::names::Bench;
use crate::world;

const NAME: &str = "google-quota";
/// The clock runs so many times faster: twenty minutes in less than one.
const SPEED: u32 = 24;
/// What is read before the first plan, a page each: units, users, courses.
const READS: u64 = 3;

/// 10,000 new users, 1,000 courses and those in them; what was just made is seen at once, and
/// then as late as at Google.
pub(crate) fn quota(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    for (windows, what, most) in
        [("off", "seen at once", 102), ("real", "seen as late as at Google", 110)]
    {
        let cloud = Cloud::at_quotas(bench, SPEED, &["--windows", windows])?;
        let town = world::town(Sized::Of(Size::TEN_THOUSAND));
        let world = tenant(bench, town, &cloud, "groups = false")?;
        let (plan, before) = cloud.counted(|| world.first_plan())?;
        let (cost, counts) = cloud.counted(|| world.carry_out())?;
        let held = cloud.held()?;
        let fewest = Fewest::of(&held);
        let calls = before.units() + counts.units();
        let mut checks =
            vec![Check::at_most(fewest.calls() * most / 100, "calls", calls), throttled(&counts)];
        if windows == "off" {
            checks.push(Check::below(
                "wall s",
                fewest.seconds() * 1.05 / f64::from(SPEED),
                cost.wall_s,
            ));
        }
        let input = format!(
            "{} users, {} courses, {} places, {what}",
            held.users,
            held.courses(),
            held.places()
        );
        let peak_mb = cost.peak_mb.max(plan.peak_mb);
        let cost = crate::measure::Cost { peak_mb, ..cost };
        tell(&Figure { name: NAME, input, cost, goal: Goal::Holds(checks) });
    }
    Ok(())
}

fn throttled(counts: &Counts) -> Check {
    Check::share(1, "throttled", [counts.throttled(), counts.units()])
}

/// The fewest calls that make what is held, and the least time that the quotas leave for them.
struct Fewest {
    users: u64,
    /// Courses, and places but for that of the owner, who is a teacher of a course that is made.
    classroom: u64,
}

impl Fewest {
    fn of(held: &Held) -> Self {
        Self { users: held.users, classroom: held.places() }
    }

    fn calls(&self) -> u64 {
        READS + self.users + self.classroom
    }

    /// The longest of all buckets. A course needs no more than its owner, so that Classroom's calls
    /// can go on beside those that make users.
    fn seconds(&self) -> f64 {
        let Quotas { directory, users, classroom, project } = Quotas::REAL;
        let paths = [
            (self.users, f64::from(users)),
            (self.users, f64::from(directory) / 60.0),
            (self.classroom, f64::from(classroom.min(project)) / 60.0),
        ];
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let seconds = paths.map(|(calls, a_second)| calls as f64 / a_second);
        seconds.into_iter().fold(0.0, f64::max)
    }
}
