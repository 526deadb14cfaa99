//! What has been removed today at a target without anybody's approval, so that the guards'
//! limits hold for a day and not for each run of it.

use std::collections::BTreeSet;

use plan::{GuardName, Scope, Spent};
use roster::Date;
use state::Operation;

use crate::{BoundTarget, Engine, RunError};

const SPENT: &str = "guards/spent";

/// What was removed today, and under which plans.
#[derive(Debug, Default, PartialEq, Eq)]
struct Day {
    plans: BTreeSet<String>,
    spent: Spent,
}

/// What earlier plans removed today.
pub(crate) async fn spent(engine: &Engine, target: &str) -> Result<Spent, RunError> {
    Ok(day(engine, target).await?.spent)
}

/// Notes what these operations removed, once for each plan: a run that was killed here does
/// it again.
pub(crate) async fn spend(
    engine: &Engine,
    target: &BoundTarget,
    plan: &str,
    done: &[Operation],
    free: &BTreeSet<u32>,
) -> Result<(), RunError> {
    let mut day = day(engine, &target.name).await?;
    if !day.plans.insert(plan.to_owned()) {
        return Ok(());
    }
    day.spent.extend(&plan::spent(target.target.card(), done, free)?);
    let text = day.text(engine.today());
    Ok(engine.store.set(&target.name, &[(SPENT, text.as_bytes())]).await?)
}

async fn day(engine: &Engine, target: &str) -> Result<Day, RunError> {
    let text = engine.store.get(target, SPENT).await?.unwrap_or_default();
    let damaged = || RunError::Internal("what was removed today cannot be read".to_owned());
    Day::read(&String::from_utf8_lossy(&text), engine.today()).ok_or_else(damaged)
}

impl Day {
    /// A line with the day, one per plan, one per guard and scope.
    fn text(&self, today: Date) -> String {
        let plans = self.plans.iter().map(|plan| format!("plan {plan}"));
        let counts = self.spent.iter().filter_map(|(guard, scope, count)| match scope {
            Scope::Target => Some(format!("{} target {count}", guard.word())),
            Scope::School(school) => Some(format!("{} {school} {count}", guard.word())),
            Scope::Kind(_) | Scope::Attribute(..) | Scope::Container(_) => None,
        });
        let lines: Vec<String> =
            std::iter::once(today.to_string()).chain(plans).chain(counts).collect();
        lines.join("\n")
    }

    /// What [`Self::text`] wrote; nothing when it was another day. `None` when it is damaged.
    fn read(text: &str, today: Date) -> Option<Self> {
        let mut lines = text.lines();
        let mut day = Self::default();
        if lines.next().is_none_or(|first| first != today.to_string()) {
            return Some(day);
        }
        for line in lines {
            if let Some(plan) = line.strip_prefix("plan ") {
                day.plans.insert(plan.to_owned());
                continue;
            }
            let mut words = line.split(' ');
            let (guard, scope, count) = (words.next()?, words.next()?, words.next()?);
            let scope = match scope {
                "target" => Scope::Target,
                school => Scope::School(school.parse().ok()?),
            };
            day.spent.add(GuardName::from_word(guard)?, scope, count.parse().ok()?);
        }
        Some(day)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use roster::Key;

    use super::*;

    #[test]
    fn a_days_removals_are_read_back_that_day_and_forgotten_the_next() {
        let (today, school) = (date(2026, 11, 28), Scope::School(Key::from_bytes([7; 16])));
        let mut day = Day { plans: ["7f3a".to_owned()].into(), spent: Spent::default() };
        day.spent.add(GuardName::Removals, Scope::Target, 12);
        day.spent.add(GuardName::SchoolRemovals, school, 3);
        let text = day.text(today);
        assert_eq!(Day::read(&text, today), Some(day));
        assert_eq!(Day::read(&text, date(2026, 11, 29)), Some(Day::default()));
        assert_eq!(Day::read("", today), Some(Day::default()));
        assert_eq!(Day::read(&format!("{today}\nremovals target many"), today), None);
    }
}
