//! One command as a process of its own, measured by the operating system.
//!
//! The figures of a process are known when it has been waited for. So each measured run has
//! a small parent of its own (this program again, with `--measure`), whose only child it is:
//! the parent's figure for "all children" is then the run's.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// What one run of a command cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    pub(crate) cpu_s: f64,
    pub(crate) wall_s: f64,
    pub(crate) peak_mb: f64,
    pub(crate) exit: i64,
    /// What a receiver was asked meanwhile, where one was there to be asked.
    pub(crate) requests: u64,
}

impl Cost {
    /// One after the other.
    pub(crate) fn then(self, next: Self) -> Self {
        Self {
            cpu_s: self.cpu_s + next.cpu_s,
            wall_s: self.wall_s + next.wall_s,
            peak_mb: self.peak_mb.max(next.peak_mb),
            exit: next.exit,
            requests: self.requests + next.requests,
        }
    }
}

/// The secret of simulated registers, and where settings take it from.
pub(crate) const SECRET: (&str, &str) = ("REGISTER_SECRET", "demo");

/// Runs `program` with `args` and measures it, from the outside. What it says goes into the
/// file `output`.
pub(crate) fn run(program: &Path, args: &[&str], output: &Path) -> anyhow::Result<Cost> {
    let measured = Command::new(std::env::current_exe()?)
        .arg("--measure")
        .arg(output)
        .arg("--")
        .arg(program)
        .args(args)
        .env(SECRET.0, SECRET.1)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start the measuring process")?;
    if !measured.status.success() {
        bail!("the measuring process failed");
    }
    let figures: Value = serde_json::from_slice(&measured.stdout)?;
    let figure =
        |name: &str| figures[name].as_f64().with_context(|| format!("no {name} was measured"));
    Ok(Cost {
        cpu_s: figure("cpu_s")?,
        wall_s: figure("wall_s")?,
        peak_mb: figure("peak_mb")?,
        exit: figures["exit"].as_i64().context("the command was killed")?,
        requests: 0,
    })
}

/// The measuring process: runs the command, prints its figures as one line of JSON.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "measuring wall time is the point")]
pub(crate) fn measure(output: &Path, command: &[String]) -> anyhow::Result<Value> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;

    let Some((program, args)) = command.split_first() else { bail!("no command to measure") };
    let output = File::create(output).context("cannot write the output down")?;
    let begin = Instant::now();
    let status = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(output)
        .status()
        .with_context(|| format!("cannot start {program}"))?;
    let wall_s = begin.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    #[expect(clippy::cast_precision_loss, reason = "seconds and megabytes for people")]
    let (cpu_s, peak_mb) = (micros as f64 / 1e6, usage.max_rss() as f64 / 1024.0);
    Ok(json!({ "cpu_s": cpu_s, "wall_s": wall_s, "peak_mb": peak_mb, "exit": status.code() }))
}

/// Peak memory is not to be had elsewhere without code that is not safe.
#[cfg(not(unix))]
pub(crate) fn measure(_: &Path, _: &[String]) -> anyhow::Result<Value> {
    bail!("figures are measured on Unix")
}

/// The run with the median CPU time; peak memory is the greatest of all runs.
pub(crate) fn middle(mut costs: Vec<Cost>) -> Option<Cost> {
    costs.sort_by(|one, two| one.cpu_s.total_cmp(&two.cpu_s));
    let peak_mb = costs.iter().map(|cost| cost.peak_mb).fold(0.0, f64::max);
    costs.get(costs.len() / 2).map(|cost| Cost { peak_mb, ..*cost })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_run_is_quoted_with_the_highest_peak() {
        let cost = |cpu_s, peak_mb| Cost { cpu_s, wall_s: cpu_s, peak_mb, exit: 0, requests: 0 };
        let middle = middle(vec![cost(3.0, 10.0), cost(1.0, 30.0), cost(2.0, 20.0)]);
        assert_eq!(middle, Some(Cost { peak_mb: 30.0, ..cost(2.0, 20.0) }));
        assert_eq!(super::middle(vec![]), None);
    }
}
