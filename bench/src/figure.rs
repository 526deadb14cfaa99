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
#[derive(Debug, Clone, Copy, PartialEq)]
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
        match self.goal {
            Goal::None => true,
            Goal::Below { cpu_s, peak_mb } => {
                self.cost.cpu_s < cpu_s && self.cost.peak_mb < peak_mb
            }
            Goal::Within { wall_s, peak_mb } => {
                self.cost.wall_s < wall_s && self.cost.peak_mb < peak_mb
            }
            Goal::Ratio { most, is } | Goal::Times { most, is, .. } => is <= most,
        }
    }

    /// The first line of the table.
    pub(crate) fn head() -> String {
        format!(
            "{:<15} {:<62} {:>8} {:>8} {:>8}  goal",
            "name", "input", "CPU s", "wall s", "peak MB"
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
        let Cost { cpu_s, wall_s, peak_mb, exit: _ } = cost;
        let goal = match (goal.text(), self.is_met()) {
            (None, _) => String::new(),
            (Some(goal), true) => format!("{goal} ✓"),
            (Some(goal), false) => format!("{goal} ✗ not met"),
        };
        format!("{name:<15} {input:<62} {cpu_s:>8.3} {wall_s:>8.3} {peak_mb:>8.1}  {goal}")
    }

    /// `requests` is 0: a folder of files is no one to send a request to.
    fn json(&self) -> Value {
        let Self { name, input, cost, goal } = self;
        let Cost { cpu_s, wall_s, peak_mb, exit: _ } = cost;
        let met = (*goal != Goal::None).then_some(self.is_met());
        json!({
            "name": name, "input": input, "cpu_s": cpu_s, "wall_s": wall_s, "peak_mb": peak_mb,
            "requests": 0, "goal": goal.text(), "met": met,
        })
    }
}

impl Goal {
    fn text(self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Below { cpu_s, peak_mb } => Some(format!("CPU < {cpu_s} s, peak < {peak_mb} MB")),
            Self::Within { wall_s, peak_mb } => {
                Some(format!("wall < {wall_s} s, peak < {peak_mb} MB"))
            }
            Self::Ratio { most, is } => Some(format!("CPU a row ≤ {most} × (is {is:.2} ×)")),
            Self::Times { of, most, is } => Some(format!("≤ {most} × {of} (is {is:.2} ×)")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(cpu_s: f64, peak_mb: f64, goal: Goal) -> Figure {
        let cost = Cost { cpu_s, wall_s: 2.0, peak_mb, exit: 0 };
        Figure { name: "plan-10k", input: "10,000 people".to_owned(), cost, goal }
    }

    #[test]
    fn time_and_memory_must_both_be_below_the_goal() {
        let goal = Goal::Below { cpu_s: 1.0, peak_mb: 100.0 };
        assert!(figure(0.9, 99.0, goal).is_met());
        assert!(!figure(1.0, 99.0, goal).is_met());
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
    fn a_line_of_json_has_every_field() {
        let goal = Goal::Below { cpu_s: 1.0, peak_mb: 100.0 };
        assert_eq!(
            figure(0.5, 20.0, goal).line(Show::Json),
            r#"{"name":"plan-10k","input":"10,000 people","cpu_s":0.5,"wall_s":2.0,"peak_mb":20.0,"requests":0,"goal":"CPU < 1 s, peak < 100 MB","met":true}"#
        );
        assert!(
            figure(0.5, 20.0, Goal::None).line(Show::Json).contains(r#""goal":null,"met":null"#)
        );
    }

    #[test]
    fn a_line_for_people_says_when_a_goal_is_not_met() {
        let goal = Goal::Below { cpu_s: 1.0, peak_mb: 100.0 };
        assert!(figure(0.5, 20.0, goal).line(Show::Table).ends_with("peak < 100 MB ✓"));
        assert!(figure(1.5, 20.0, goal).line(Show::Table).ends_with("✗ not met"));
    }
}
