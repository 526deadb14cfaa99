//! The figures of `read-ss12000`: a register that is read over HTTP.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::figure::{Figure, Goal};
use crate::measure::{self, Cost, middle};
use crate::names::Bench;
use crate::register::{Crowd, Pages, Register};
use crate::world::{Build, World, build};

const NAME: &str = "read-ss12000";
/// Parsing may cost so many times what the same text costs as values of JSON.
const MOST_PARSE: f64 = 2.0;
/// A hundred times as many pages may take so many times the memory.
const MOST_PEAK: f64 = 1.1;
/// Reading may take so many times as long as emptying the register.
const MOST_TIME: f64 = 2.0;
/// Bytes of rows in memory, as in a run.
const ROWS: &str = "50331648";
/// The same where the figure is of what is not rows: so few that ten pages, too, do not fit.
const FEW_ROWS: &str = "65536";
/// Thousands of people whose register has ten pages, and a thousand.
const PAGES: [(u64, u64); 2] = [(4, 10), (448, 1_000)];

/// Connections of the reader, as by default, and of what empties the register.
const CONNECTIONS: usize = 3;

/// Programs and a folder for what they say.
struct Bed {
    read: PathBuf,
    parse: PathBuf,
    folder: TempDir,
}

/// Measures all of it.
pub(crate) fn read_ss12000(bench: &Bench, tell: &mut dyn FnMut(&Figure)) -> anyhow::Result<()> {
    let example = |name| build(Build::Example { package: "sources-ss12000", name });
    let bed =
        Bed { read: example("read")?, parse: example("parse")?, folder: bench.folders.make()? };
    let mut say = |input, cost, goal| tell(&Figure { name: NAME, input, cost, goal });
    bed.parse(bench, &mut say)?;
    bed.memory(&mut say)?;
    bed.speed(bench, &mut say)?;
    plans(bench, &mut say)
}

type Say<'a> = dyn FnMut(String, Cost, Goal) + 'a;

impl Bed {
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Runs a program and checks that it ends well.
    fn run(&self, program: &Path, args: &[&str]) -> anyhow::Result<Cost> {
        let output = self.folder.path().join("output");
        let cost = measure::run(program, args, &output)?;
        ensure!(cost.exit == 0, "{} ended with {}", program.display(), cost.exit);
        Ok(cost)
    }

    /// A number that the latest program told.
    fn told(&self, name: &str) -> anyhow::Result<u64> {
        let said: Value = serde_json::from_slice(&fs::read(self.path("output"))?)?;
        said[name].as_u64().with_context(|| format!("{name} was not told"))
    }

    fn read(&self, register: &Register, settings: &str, rows: &str) -> anyhow::Result<Cost> {
        let file = self.path("settings.toml");
        fs::write(&file, settings)?;
        let cost = if rows == FEW_ROWS {
            // Memory that is free is given back at once, and not after a while: how much of it
            // is kept is as chance has it, and as large as what is measured.
            let read = self.read.display().to_string();
            let args = ["MIMALLOC_PURGE_DELAY=0", &read, &file, rows, &self.path("rows")];
            self.run(Path::new("/usr/bin/env"), &args)?
        } else {
            self.run(&self.read, &[&file, rows, &self.path("rows")])?
        };
        ensure!(self.told("persons")? > 0, "nobody was read from {}", register.base_url);
        Ok(cost)
    }

    fn parse(&self, bench: &Bench, say: &mut Say<'_>) -> anyhow::Result<()> {
        const TIMES: &str = "20";
        let folder = self.path("pages");
        let drained = Register::start(Crowd::of(10))?.save(Pages::Rendered, Path::new(&folder))?;
        let [ours, values] = side_by_side(
            bench.runs,
            [&mut || self.run(&self.parse, &["ours", &folder, TIMES]), &mut || {
                self.run(&self.parse, &["value", &folder, TIMES])
            }],
        )?;
        let (ours, values) = (middle(ours).context(NONE)?, middle(values).context(NONE)?);
        let input = |how| format!("{} MB of pages {TIMES} times, {how}", drained.bytes / 1_000_000);
        say(input("as JSON values"), values, Goal::None);
        let is = ours.cpu_s / values.cpu_s;
        let goal = Goal::Times { of: "CPU of JSON values", most: MOST_PARSE, is };
        say(input("by our reader"), ours, goal);
        Ok(())
    }

    /// Schools and groups are in memory by design: the former are as many in both registers, the
    /// latter are not read.
    fn memory(&self, say: &mut Say<'_>) -> anyhow::Result<()> {
        let mut at_few = None;
        for (thousands, pages) in PAGES {
            let register = Register::start(Crowd { thousands, schools_of: PAGES[0].0 })?;
            let settings = register.settings(Pages::Prepared)
                + "[adjust.read]\ngroups = \"off\"\nactivities = \"off\"\nsyllabuses = \"off\"\n";
            let cost = self.read(&register, &settings, FEW_ROWS)?;
            let goal = at_few.map_or(Goal::None, |few: f64| Goal::Times {
                of: "memory at 10 pages",
                most: MOST_PEAK,
                is: cost.peak_mb / few,
            });
            at_few = at_few.or(Some(cost.peak_mb));
            say(format!("{pages} pages of persons and duties, 64 kB for rows"), cost, goal);
        }
        Ok(())
    }

    fn speed(&self, bench: &Bench, say: &mut Say<'_>) -> anyhow::Result<()> {
        let register = Register::start(Crowd::of(100))?;
        let this = std::env::current_exe()?;
        for (pages, how) in [(Pages::Rendered, "rendered"), (Pages::Prepared, "prepared")] {
            let drain = register.drain(pages, CONNECTIONS);
            let drain = drain.each_ref().map(String::as_str);
            let settings = register.settings(pages);
            let [drained, read] = side_by_side(
                bench.runs,
                [&mut || self.run(&this, &drain), &mut || self.read(&register, &settings, ROWS)],
            )?;
            let (drained, read) = (by_wall(drained)?, by_wall(read)?);
            let input = |what| format!("100000 people over HTTP, {how} pages, {what}");
            say(input("drained"), drained, Goal::None);
            let is = read.wall_s / drained.wall_s;
            let goal = match pages {
                Pages::Rendered => Goal::Times { of: "time of draining", most: MOST_TIME, is },
                Pages::Prepared => Goal::None,
            };
            say(input("read"), read, goal);
        }
        Ok(())
    }
}

/// The whole program over HTTP, beside files.
fn plans(bench: &Bench, say: &mut Say<'_>) -> anyhow::Result<()> {
    let size = Crowd::of(100).size();
    let files = World::new(&bench.binary, size, bench.folders)?;
    let register = Register::start(Crowd::of(100))?;
    let http = World::over_http(&bench.binary, size, &register, bench.folders)?;
    for (world, from) in [(&files, "CSV"), (&http, "HTTP")] {
        say(format!("100000 people from {from}, first plan"), world.first_plan()?, Goal::None);
        world.carry_out()?;
    }
    let [from_files, changes] = side_by_side(
        bench.runs,
        [&mut || files.plan_of_nothing(), &mut || http.plan_of_nothing()],
    )?;
    http.reads_everything()?;
    let everything: Vec<Cost> =
        (0..bench.runs).map(|_| http.plan_of_nothing()).collect::<anyhow::Result<_>>()?;
    for (costs, from) in
        [(from_files, "CSV"), (changes, "HTTP, changes alone"), (everything, "HTTP")]
    {
        let cost = middle(costs).context(NONE)?;
        say(format!("100000 people from {from}, nothing changed"), cost, Goal::None);
    }
    Ok(())
}

const NONE: &str = "nothing was measured: --runs is 0";

/// Two things in turn, so that what else the machine does befalls both; after one round that is
/// not counted.
fn side_by_side(
    runs: usize,
    [one, other]: [&mut dyn FnMut() -> anyhow::Result<Cost>; 2],
) -> anyhow::Result<[Vec<Cost>; 2]> {
    one()?;
    other()?;
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        ones.push(one()?);
        others.push(other()?);
    }
    Ok([ones, others])
}

/// The run with the median time on the clock.
fn by_wall(mut costs: Vec<Cost>) -> anyhow::Result<Cost> {
    costs.sort_by(|one, two| one.wall_s.total_cmp(&two.wall_s));
    costs.get(costs.len() / 2).copied().context(NONE)
}
