//! `generate`: a made-up municipality's register as files.

use std::path::Path;

use ::generate::{Day, Mishap, Municipality, Options, Settings, Size, Town};
use ::run::{Clock as _, Exit, SystemClock};
use jiff::tz::TimeZone;
use serde_json::json;

use crate::args::{Generate, Global};
use crate::output::Output;
use crate::trouble::Trouble;

/// Writes the files.
pub(crate) fn generate(args: &Generate, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    if args.mishap.as_deref() == Some("help") {
        for mishap in Mishap::ALL {
            out.json(&json!({ "mishap": mishap.name(), "text": mishap.description() }));
            out.line(&format!("{:<26} {}", mishap.name(), mishap.description()));
        }
        return Ok(Exit::Done);
    }
    let mishap = args
        .mishap
        .as_deref()
        .map(str::parse::<Mishap>)
        .transpose()
        .map_err(|_| {
            let given = args.mishap.as_deref().unwrap_or_default();
            Trouble::usage(
                format!("Det finns inget missöde som heter \"{given}\". Se dem med `skolbro generate x --mishap help`."),
                format!("There is no mishap called \"{given}\". See them with `skolbro generate x --mishap help`."),
            )
        })?;
    if !args.force {
        refuse_others(&args.folder)?;
    }
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
        return Err(Trouble::usage(
            "En hel nation har inga dagar och inga missöden: ta bort --day och --mishap.",
            "A nation has no days and no mishaps: leave out --day and --mishap.",
        )
        .into());
    }
    let (first, last) = today.school_year_days();
    let municipality = Municipality::generate(Size::Nation, args.seed).on(today);
    ::generate::write_csv(municipality, &args.folder, (&first.to_string(), &last.to_string()))
        .map_err(|error| unwritten(&args.folder, &error))?;
    mark(&args.folder)?;
    out.json(&json!({ "folder": args.folder }));
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
        other => {
            return Err(Trouble::usage(
                format!(
                    "Det finns ingen storlek \"{other}\". Välj XS, S, M, L, XL, XXL eller nation."
                ),
                format!("There is no size \"{other}\". Choose XS, S, M, L, XL, XXL or nation."),
            )
            .into());
        }
    };
    Ok(Municipality::generate(size, seed).on(today).town(Settings::default()))
}

/// Writes a town's files.
pub(crate) fn write(town: &Town, folder: &Path, mishap: Option<Mishap>) -> anyhow::Result<()> {
    town.write_csv(folder, &Options { mishap, ..Options::default() })
        .map_err(|error| unwritten(folder, &error))?;
    mark(folder)
}

fn unwritten(folder: &Path, error: &std::io::Error) -> Trouble {
    let what = ["Kan inte skriva till mappen", "Cannot write to the folder"];
    let remedy = [
        "Välj en annan mapp, eller ge dig själv rätt att skriva där.",
        "Choose another folder, or give yourself the right to write there.",
    ];
    Trouble::file(what, folder, error, remedy)
}

/// Tells a later `generate` that the files in the folder are made up.
const MARK: &str = ".skolbro-generated";

fn mark(folder: &Path) -> anyhow::Result<()> {
    Ok(std::fs::write(folder.join(MARK), b"").map_err(|error| unwritten(folder, &error))?)
}

/// Refuses a folder with exports that were not made up here: they may be the only ones.
pub(crate) fn refuse_others(folder: &Path) -> Result<(), Trouble> {
    if folder.join(MARK).exists() {
        return Ok(());
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    names.retain(|path| path.extension().is_some_and(|it| it.eq_ignore_ascii_case("csv")));
    names.sort();
    let Some(first) = names.first().map(|path| path.display()) else { return Ok(()) };
    Err(Trouble::usage(
        format!(
            "{first} finns redan och är inte skriven av `skolbro generate`. Ingenting har ändrats. Välj en tom mapp, eller lägg till --force för att skriva över."
        ),
        format!(
            "{first} is already there and was not written by `skolbro generate`. Nothing was changed. Choose an empty folder, or add --force to overwrite."
        ),
    ))
}
