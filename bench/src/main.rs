//! Reruns every figure of docs/benchmarks.md: `cargo run --release -p bench -- NAME [--json]`.
//!
//! The measured program is the release binary, run as a process of its own; its processor time
//! and peak memory are the operating system's figures.

mod directory;
mod figure;
mod google;
mod measure;
mod names;
mod push;
mod reading;
mod register;
mod simulated;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::figure::{Figure, Show};
use crate::names::Bench;
use crate::register::Crowd;
use crate::world::{Build, Folders};

/// What is asked for.
#[derive(Debug, Parser)]
#[command(name = "bench", about = "Reruns the figures of docs/benchmarks.md")]
struct Asked {
    /// plan-10k, plan-100k, growth, sizes, read-ss12000, ldap-10k, plan-nation, snapshot-nation,
    /// push-10k, push-10k-20ms, push-100k, push-faults, push-kill, google-quota, google-400x25,
    /// google-kill, google-faults, google-100k, all; `list` tells what they are.
    #[arg(required_unless_present_any = ["measure", "serve", "drain"])]
    name: Option<String>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// How often a thing with a goal is measured; the median counts.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// At how many moments `push-kill` (100 unless told otherwise) and `google-kill` (50) kill.
    #[arg(long)]
    kills: Option<u32>,
    /// Measures this binary instead of building one.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Keeps the folders of registers and tenants, to look closer at what was measured.
    #[arg(long)]
    keep: bool,
    /// Used by this program alone: runs a command, its output into this file, and prints what
    /// it cost.
    #[arg(long, hide = true, value_name = "FILE")]
    measure: Option<PathBuf>,
    /// Used by this program alone: serves a register of so many thousand people, at
    /// as many schools as so many thousand have.
    #[arg(long, hide = true, num_args = 2, value_names = ["THOUSANDS", "THOUSANDS"])]
    serve: Option<Vec<u64>>,
    /// Used by this program alone: empties the register at this address, with the address of
    /// its tokens, a query, and over so many connections.
    #[arg(long, hide = true, num_args = 4, value_names = ["URL", "URL", "QUERY", "COUNT"])]
    drain: Option<Vec<String>>,
    /// The command to measure.
    #[arg(last = true, hide = true)]
    command: Vec<String>,
}

fn main() -> anyhow::Result<ExitCode> {
    let asked = Asked::parse();
    if let Some(output) = &asked.measure {
        print(&measure::measure(output, &asked.command)?.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(&[thousands, schools_of]) = asked.serve.as_deref() {
        register::serve(Crowd { thousands, schools_of }, print)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some([base_url, token_url, query, connections]) = asked.drain.as_deref() {
        print(&register::drain(base_url, token_url, query, connections.parse()?)?);
        return Ok(ExitCode::SUCCESS);
    }
    let name = asked.name.unwrap_or_default();
    if name == "list" {
        for (name, what) in names::ALL {
            print(&format!("{name:<15} {what}"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let show = if asked.json { Show::Json } else { Show::Table };
    if show == Show::Table {
        print(&Figure::head());
    }
    let mut is_met = true;
    let mut tell = |figure: &Figure| {
        is_met &= figure.is_met();
        print(&figure.line(show));
    };
    let folders = if asked.keep { Folders::Keep } else { Folders::Remove };
    let bench = Bench {
        runs: asked.runs,
        kills: asked.kills,
        binary: asked.binary.map_or_else(|| world::build(Build::Program), Ok)?,
        folders,
    };
    names::run(&name, &bench, &mut tell)?;
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::print_stdout, reason = "figures are what this program prints")]
fn print(line: &str) {
    println!("{line}");
}
