//! A figure: what was measured on what, and whether it is as good as it must be.

use serde_json::{Value, json};

use crate::measure::Cost;

/// How figures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// What a figure must not exceed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Goal {
    /// None: for information.
    None,
    /// Less than so much processor time and memory.
    Below { cpu_s: f64, peak_mb: f64 },
    /// Less than so much time on the clock, on two cores, and memory.
    Within { wall_s: f64, peak_mb: f64 },
    /// Processor time a row, at most so many times that of the smaller input.
    Ratio { most: f64, is: f64 },
    /// At most so many times something that was measured beside it.
    Times { of: &'static str, most: f64, is: f64 },
    /// Several things, each of which must hold.
    Holds(Vec<Check>),
}

/// One thing that must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    text: String,
    is_met: bool,
}

impl Check {
    /// So many, neither more nor fewer.
    pub(crate) fn exactly(wanted: u64, of: &str, is: u64) -> Self {
        Self { text: format!("{wanted} {of}{}", but(wanted == is, is)), is_met: wanted == is }
    }

    /// So many and no more.
    pub(crate) fn at_most(most: u64, of: &str, is: u64) -> Self {
        Self { text: format!("≤ {most} {of} (is {is})"), is_met: is <= most }
    }

    /// Less than so much.
    pub(crate) fn below(what: &str, most: f64, is: f64) -> Self {
        Self { text: format!("{what} < {most}"), is_met: is < most }
    }

    /// At most such a share, in percent.
    pub(crate) fn share(most: u64, of: &str, [part, whole]: [u64; 2]) -> Self {
        let is_met = part * 100 <= most * whole;
        Self { text: format!("≤ {most} % {of} (is {part} of {whole})"), is_met }
    }

    /// Something that is so or is not.
    pub(crate) fn that(what: &str, is_met: bool) -> Self {
        Self { text: what.to_owned(), is_met }
    }
}

fn but(is_met: bool, is: u64) -> String {
    if is_met { String::new() } else { format!(" (is {is})") }
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// What was asked for.
    pub(crate) name: &'static str,
    /// What was measured on what.
    pub(crate) input: String,
    /// The median run.
    pub(crate) cost: Cost,
    /// What it must not exceed.
    pub(crate) goal: Goal,
}

impl Figure {
    /// Whether the goal is met; a figure for information always is.
    pub(crate) fn is_met(&self) -> bool {
        match &self.goal {
            Goal::None => true,
            Goal::Below { cpu_s, peak_mb } => {
                self.cost.cpu_s < *cpu_s && self.cost.peak_mb < *peak_mb
            }
            Goal::Within { wall_s, peak_mb } => {
                self.cost.wall_s < *wall_s && self.cost.peak_mb < *peak_mb
            }
            Goal::Ratio { most, is } | Goal::Times { most, is, .. } => is <= most,
            Goal::Holds(checks) => checks.iter().all(|check| check.is_met),
        }
    }

    /// The first line of the table.
    pub(crate) fn head() -> String {
        format!(
            "{:<15} {:<62} {:>8} {:>8} {:>8} {:>8}  goal",
            "name", "input", "CPU s", "wall s", "peak MB", "requests"
        )
    }

    /// The figure as a line.
    pub(crate) fn line(&self, show: Show) -> String {
        match show {
            Show::Table => self.row(),
            Show::Json => self.json().to_string(),
        }
    }

    fn row(&self) -> String {
        let Self { name, input, cost, goal } = self;
        let Cost { cpu_s, wall_s, peak_mb, requests, exit: _ } = cost;
        let goal = match (goal.text(), self.is_met()) {
            (None, _) => String::new(),
            (Some(goal), true) => format!("{goal} ✓"),
            (Some(goal), false) => format!("{goal} ✗ not met"),
        };
        format!(
            "{name:<15} {input:<62} {cpu_s:>8.3} {wall_s:>8.3} {peak_mb:>8.1} {requests:>8}  {goal}"
        )
    }

    /// `requests` is 0 where the receiver is a folder of files.
    fn json(&self) -> Value {
        let Self { name, input, cost, goal } = self;
        let Cost { cpu_s, wall_s, peak_mb, requests, exit: _ } = cost;
        let met = (*goal != Goal::None).then_some(self.is_met());
        json!({
            "name": name, "input": input, "cpu_s": cpu_s, "wall_s": wall_s, "peak_mb": peak_mb,
            "requests": requests, "goal": goal.text(), "met": met,
        })
    }
}

impl Goal {
    fn text(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Below { cpu_s, peak_mb } => Some(format!("CPU < {cpu_s} s, peak < {peak_mb} MB")),
            Self::Within { wall_s, peak_mb } => {
                Some(format!("wall < {wall_s} s, peak < {peak_mb} MB"))
            }
            Self::Ratio { most, is } => Some(format!("CPU a row ≤ {most} × (is {is:.2} ×)")),
            Self::Times { of, most, is } => Some(format!("≤ {most} × {of} (is {is:.2} ×)")),
            Self::Holds(checks) => {
                let texts: Vec<&str> = checks.iter().map(|check| check.text.as_str()).collect();
                Some(texts.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(cpu_s: f64, peak_mb: f64, goal: Goal) -> Figure {
        let cost = Cost { cpu_s, wall_s: 2.0, peak_mb, exit: 0, requests: 7 };
        Figure { name: "plan-10k", input: "10,000 people".to_owned(), cost, goal }
    }

    #[test]
    fn time_and_memory_must_both_be_below_the_goal() {
        let goal = Goal::Below { cpu_s: 1.0, peak_mb: 100.0 };
        assert!(figure(0.9, 99.0, goal.clone()).is_met());
        assert!(!figure(1.0, 99.0, goal.clone()).is_met());
        assert!(!figure(0.9, 100.0, goal).is_met());
        assert!(figure(9.0, 99.0, Goal::Within { wall_s: 2.1, peak_mb: 100.0 }).is_met());
        assert!(!figure(0.1, 99.0, Goal::Within { wall_s: 2.0, peak_mb: 100.0 }).is_met());
        assert!(!figure(0.1, 100.0, Goal::Within { wall_s: 2.1, peak_mb: 100.0 }).is_met());
        assert!(figure(9.0, 999.0, Goal::None).is_met());
        assert!(figure(9.0, 999.0, Goal::Ratio { most: 1.5, is: 1.5 }).is_met());
        assert!(!figure(9.0, 999.0, Goal::Ratio { most: 1.5, is: 1.51 }).is_met());
        let times = |is| Goal::Times { of: "CPU of JSON values", most: 2.0, is };
        assert!(figure(9.0, 999.0, times(2.0)).is_met());
        assert!(!figure(9.0, 999.0, times(2.01)).is_met());
    }

    #[test]
    fn everything_that_must_hold_does() {
        let none = Check::exactly(0, "missing", 0);
        let few = Check::share(1, "rejected", [131, 13_131]);
        let searches = Check::at_most(15, "searches", 15);
        let time = Check::below("wall s", 20.0, 19.9);
        let good = Goal::Holds(vec![none.clone(), few, time, searches]);
        assert!(figure(9.0, 999.0, good).is_met());
        for bad in [
            Check::exactly(0, "missing", 1),
            Check::share(1, "rejected", [132, 13_131]),
            Check::below("wall s", 20.0, 20.0),
            Check::at_most(15, "searches", 16),
            Check::that("restored", false),
        ] {
            assert!(!figure(9.0, 999.0, Goal::Holds(vec![none.clone(), bad])).is_met());
        }
        let bad = Goal::Holds(vec![Check::exactly(222, "requests", 223), none]);
        let line = figure(9.0, 999.0, bad).line(Show::Table);
        assert!(line.ends_with("222 requests (is 223), 0 missing ✗ not met"), "{line}");
    }

    #[test]
    fn a_line_of_json_has_every_field() {
        let goal = Goal::Below { cpu_s: 1.0, peak_mb: 100.0 };
        assert_eq!(
            figure(0.5, 20.0, goal).line(Show::Json),
            r#"{"name":"plan-10k","input":"10,000 people","cpu_s":0.5,"wall_s":2.0,"peak_mb":20.0,"requests":7,"goal":"CPU < 1 s, peak < 100 MB","met":true}"#
        );
        assert!(
            figure(0.5, 20.0, Goal::None).line(Show::Json).contains(r#""goal":null,"met":null"#)
        );
    }

    #[test]
    fn a_line_for_people_says_when_a_goal_is_not_met() {
        let goal = Goal::Below { cpu_s: 1.0, peak_mb: 100.0 };
        assert!(figure(0.5, 20.0, goal.clone()).line(Show::Table).ends_with("peak < 100 MB ✓"));
        assert!(figure(1.5, 20.0, goal).line(Show::Table).ends_with("✗ not met"));
    }
}
