//! `generate`: a made-up municipality's register as files.

use std::path::Path;

use ::generate::{Day, Mishap, Municipality, Options, Settings, Size, Town};
use ::run::{Clock as _, Exit, SystemClock};
use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;
use serde_json::json;

use crate::args::{Generate, Global};
use crate::output::Output;

/// Writes the files.
pub(crate) fn generate(args: &Generate, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    if args.mishap.as_deref() == Some("help") {
        for mishap in Mishap::ALL {
            out.line(&format!("{:<26} {}", mishap.name(), mishap.description()));
        }
        return Ok(Exit::Done);
    }
    let mishap = args
        .mishap
        .as_deref()
        .map(str::parse::<Mishap>)
        .transpose()
        .map_err(|error| anyhow::anyhow!("{error}: see `skolbro generate x --mishap help`"))?;
    let today = today(global)?;
    if args.size.eq_ignore_ascii_case("nation") {
        return nation(args, mishap, today, out);
    }
    let mut town = town(&args.size, args.seed, today)?;
    for _ in 0..args.day {
        town.next_day();
    }
    write(&town, &args.folder, mishap)?;
    let (schools, persons, groups) = (town.schools.len(), town.persons.len(), town.groups.len());
    out.json(
        &json!({ "folder": args.folder, "schools": schools, "persons": persons, "groups": groups }),
    );
    let folder = args.folder.display();
    out.tell(
        &format!("{folder}: {schools} skolor, {persons} personer, {groups} grupper."),
        &format!("{folder}: {schools} schools, {persons} persons, {groups} groups."),
    );
    Ok(Exit::Done)
}

/// A nation is written school by school, without being held in memory.
fn nation(
    args: &Generate,
    mishap: Option<Mishap>,
    today: Day,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    if mishap.is_some() || args.day > 0 {
        bail!("a nation has no days and no mishaps: leave out --day and --mishap");
    }
    let (first, last) = today.school_year_days();
    let municipality = Municipality::generate(Size::Nation, args.seed).on(today);
    ::generate::write_csv(municipality, &args.folder, (&first.to_string(), &last.to_string()))
        .with_context(|| format!("cannot write to {}", args.folder.display()))?;
    out.line(&args.folder.display().to_string());
    Ok(Exit::Done)
}

/// The day that the files are from.
pub(crate) fn today(global: &Global) -> anyhow::Result<Day> {
    let date = match global.today {
        Some(date) => date,
        None => SystemClock.today(&TimeZone::get("Europe/Stockholm")?),
    };
    day(date)
}

pub(crate) fn day(date: jiff::civil::Date) -> anyhow::Result<Day> {
    Ok(Day::new(i32::from(date.year()), u8::try_from(date.month())?, u8::try_from(date.day())?))
}

/// A municipality in memory.
pub(crate) fn town(size: &str, seed: u64, today: Day) -> anyhow::Result<Town> {
    let size = match size.to_lowercase().as_str() {
        "xs" => Size::Xs,
        "s" => Size::S,
        "m" => Size::M,
        "l" => Size::L,
        "xl" => Size::Xl,
        "xxl" => Size::Xxl,
        other => bail!("no size is called {other}: choose XS, S, M, L, XL, XXL or nation"),
    };
    Ok(Municipality::generate(size, seed).on(today).town(Settings::default()))
}

/// Writes a town's files.
pub(crate) fn write(town: &Town, folder: &Path, mishap: Option<Mishap>) -> anyhow::Result<()> {
    town.write_csv(folder, &Options { mishap, ..Options::default() })
        .with_context(|| format!("cannot write to {}", folder.display()))
}
