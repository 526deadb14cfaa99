//! `demo`: the main job on a made-up municipality, from the first plan to a stopped one.

use std::path::{Path, PathBuf};

use ::generate::{Mishap, Town};
use ::run::{Asked, Exit, Mode, Session};
use jiff::ToSpan as _;
use jiff::civil::Date;
use plan::Approval;

use super::{explain, generate, init, run};
use crate::args::{Demo, Explain, Global, Init};
use crate::open;
use crate::output::Output;
use crate::show::Details;

/// The demo's calendar: a Tuesday and a Wednesday in autumn.
const DAY_1: Date = jiff::civil::date(2026, 9, 15);

struct Stage<'a> {
    folder: &'a Path,
    global: Global,
}

/// Shows day 1, day 2, a truncated register and an explanation.
pub(crate) async fn demo(args: &Demo, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let folder = match &args.folder {
        Some(folder) => Folder::Kept(folder.clone()),
        None => Folder::temporary()?,
    };
    let folder_path = folder.path();
    let mut town = generate::town(&args.size, args.seed, generate::day(DAY_1)?)?;
    generate::refuse_others(&folder_path.join("in"))?;
    prepare(folder_path, out)?;
    let mut stage = Stage { folder: folder_path, global: here(folder_path, global, DAY_1) };
    Box::pin(first_day(&stage, &town, out)).await?;
    stage.global.today = Some(DAY_1.checked_add(1.day())?);
    Box::pin(second_day(&stage, &mut town, out)).await?;
    stage.global.today = Some(DAY_1.checked_add(2.days())?);
    Box::pin(truncated(&stage, &mut town, out)).await?;
    Box::pin(explained(&stage, &town, out)).await?;
    ending(&folder, out);
    Ok(Exit::Done)
}

/// A folder that the person named, or one that is removed at the end.
enum Folder {
    Kept(PathBuf),
    Temporary(PathBuf),
}

impl Folder {
    fn temporary() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("skolbro-demo-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Self::Temporary(folder))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) | Self::Temporary(path) => path,
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Self::Temporary(path) = self {
            // A folder that cannot be removed is in the system's own place for such things.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

fn here(folder: &Path, global: &Global, today: Date) -> Global {
    Global { config: folder.join("skolbro.toml"), today: Some(today), ..global.clone() }
}

fn heading(out: &mut Output, sv: &str, en: &str) {
    out.line("");
    let text = format!("━━ {} ━━", out.say(sv, en));
    out.line(&text);
}

fn prepare(folder: &Path, out: &mut Output) -> anyhow::Result<()> {
    heading(out, "Inställningar", "Settings");
    let args = Init {
        folder: folder.to_owned(),
        name: "Exempelköpings kommun".to_owned(),
        source_folder: "in".into(),
        deliver_folder: "out/sds".into(),
    };
    init::init(&args, out)?;
    Ok(())
}

async fn run_once(stage: &Stage<'_>, mode: Mode, out: &mut Output) -> anyhow::Result<Session> {
    let opened = open::open(&stage.global).await?;
    let session = opened.engine.run(&Asked { targets: Vec::new(), mode }, out).await?;
    run::session_shown(&opened, &session, Details::Counts, out).await?;
    Ok(session)
}

async fn first_day(stage: &Stage<'_>, town: &Town, out: &mut Output) -> anyhow::Result<()> {
    heading(
        out,
        "Dag 1: allt är nytt. Den första planen väntar på en människa.",
        "Day 1: everything is new. The first plan waits for a person.",
    );
    generate::write(town, &stage.folder.join("in"), None)?;
    let session = run_once(stage, Mode::Apply, out).await?;
    let Session::Ran { targets, .. } = session else { return Ok(()) };
    let opened = open::open(&stage.global).await?;
    for ran in targets {
        let Some((id, _)) = ran.planned.saved else { continue };
        let comment = out.say("Granskad, stämmer", "Looked at, is right").to_owned();
        opened.engine.approve(&id, &[Approval::All], "demo", &comment).await?;
        out.tell("Planen godkänns och utförs:", "The plan is approved and carried out:");
        let applied = opened.engine.apply(&id, out).await?;
        crate::show::applied(&applied, out);
    }
    Ok(())
}

async fn second_day(stage: &Stage<'_>, town: &mut Town, out: &mut Output) -> anyhow::Result<()> {
    heading(
        out,
        "Dag 2: en vanlig dag. Bara det som ändrats.",
        "Day 2: an ordinary day. Only what has changed.",
    );
    town.next_day();
    generate::write(town, &stage.folder.join("in"), None)?;
    run_once(stage, Mode::Apply, out).await?;
    Ok(())
}

async fn truncated(stage: &Stage<'_>, town: &mut Town, out: &mut Output) -> anyhow::Result<()> {
    heading(
        out,
        "Dag 3: exporten är avkortad, 40 % av eleverna saknas.",
        "Day 3: the export is cut short, 40 % of the pupils are missing.",
    );
    town.next_day();
    generate::write(town, &stage.folder.join("in"), Some(Mishap::TruncatedRows))?;
    run_once(stage, Mode::Apply, out).await?;
    out.line("");
    out.tell(
        "…och i en annan export saknas årskurs 5. Det som togs bort där hålls inne:",
        "…and in another export year 5 is missing. What was removed there is held:",
    );
    generate::write(town, &stage.folder.join("in"), Some(Mishap::YearLost))?;
    run_once(stage, Mode::Apply, out).await?;
    Ok(())
}

async fn explained(stage: &Stage<'_>, town: &Town, out: &mut Output) -> anyhow::Result<()> {
    heading(out, "Varför har eleven inte …?", "Why does the pupil not have …?");
    let Some(person) = somebody(town) else { return Ok(()) };
    out.line(&format!("$ skolbro explain {person}"));
    let args = Explain { person, target: None };
    explain::explain(&args, &stage.global, out).await?;
    Ok(())
}

/// A pupil with an address, whom the demo may name: all are made up.
fn somebody(town: &Town) -> Option<String> {
    let pupil = |it: &&::generate::Human| it.marking == ::generate::Marking::None;
    let is_plain = |it: &&::generate::Human| {
        it.person.given_name.chars().chain(it.person.family_name.chars()).all(char::is_alphabetic)
    };
    let mut addresses = town
        .persons
        .iter()
        .filter(pupil)
        .filter(is_plain)
        .skip(20)
        .map(|it| it.person.email.clone());
    addresses.find(|address| !address.is_empty())
}

fn ending(folder: &Folder, out: &mut Output) {
    out.line("");
    match folder {
        Folder::Kept(path) => {
            let path = path.display().to_string();
            out.tell(
                &format!("Allt ligger kvar i {path}. Fortsätt: skolbro --config {path}/skolbro.toml status"),
                &format!("Everything is in {path}. Go on: skolbro --config {path}/skolbro.toml status"),
            );
        }
        Folder::Temporary(_) => out.tell(
            "Demon är klar och har städat efter sig. Behåll filerna: skolbro demo --folder MAPP",
            "The demo is over and has cleaned up. Keep the files: skolbro demo --folder FOLDER",
        ),
    }
}
