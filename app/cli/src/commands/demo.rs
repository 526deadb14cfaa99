//! `demo`: the main job on a made-up municipality whose register is read over HTTP, from the
//! first plan to a stopped one.

mod google;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ::generate::{Enrolment, Form, Marking, Town};
use ::run::{Asked, Exit, Mode, Session, Verify};
use ::simulate::ss12000::{Fault, Register, Running, Switches};
use anyhow::Context as _;
use jiff::ToSpan as _;
use jiff::civil::Date;
use plan::Approval;
use secret::SecretRef;

use super::{explain, generate, init, run};
use crate::args::{Demo, DemoOf, Explain, Global, Init};
use crate::output::Output;
use crate::show::Details;
use crate::{failure, open};

/// The demo's calendar: a Tuesday and a Wednesday in autumn.
const DAY_1: Date = jiff::civil::date(2026, 9, 15);

/// Where the demo's settings take the register's secret from.
const SECRET: &str = "register.secret";

struct Stage<'a> {
    folder: &'a Path,
    global: Global,
    register: Running,
}

/// Shows day 1, changes the same day, day 2, faults and guards, and an explanation.
pub(crate) async fn demo(args: &Demo, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let folder = match &args.folder {
        Some(folder) => Folder::Kept(folder.clone()),
        None => Folder::temporary()?,
    };
    if args.of == DemoOf::Google {
        return Box::pin(google::demo(args, &folder, global, out)).await;
    }
    let size = args.size.as_deref().unwrap_or("S");
    let town = generate::town(size, args.seed, generate::day(DAY_1)?)?;
    let register = Register::new(town, Switches::default());
    let register = register.start().context("the demo's register could not listen on 127.0.0.1")?;
    let global = here(folder.path(), global, DAY_1);
    let mut stage = Stage { folder: folder.path(), global, register };
    prepare(&stage, out)?;
    Box::pin(first_day(&stage, out)).await?;
    Box::pin(an_hour_later(&stage, out)).await?;
    stage.global.today = Some(DAY_1.checked_add(1.day())?);
    Box::pin(second_day(&stage, out)).await?;
    stage.global.today = Some(DAY_1.checked_add(2.days())?);
    Box::pin(third_day(&stage, out)).await?;
    Box::pin(explained(&stage, out)).await?;
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

fn prepare(stage: &Stage<'_>, out: &mut Output) -> anyhow::Result<()> {
    heading(out, "Registret och inställningarna", "The register and the settings");
    let origin = stage.register.origin();
    out.tell(
        &format!("Ett simulerat register lämnar ut en påhittad kommun över SS12000 på {origin}."),
        &format!("A simulated register serves a made-up municipality over SS12000 at {origin}."),
    );
    let args = Init {
        folder: stage.folder.to_owned(),
        name: "Exempelköpings kommun".to_owned(),
        source_folder: "in".into(),
        deliver_folder: "out/sds".into(),
        ss12000: Some(stage.register.base_url()),
        token_url: Some(stage.register.token_url()),
        client_id: "demo".to_owned(),
        client_secret: SecretRef::File(SECRET.to_owned()),
    };
    init::init(&args, out)?;
    connect::files::atomic_write_private(&stage.folder.join(SECRET), b"demo\n")?;
    Ok(())
}

async fn run_once(global: &Global, mode: Mode, out: &mut Output) -> anyhow::Result<Session> {
    let opened = open::open(global).await?;
    let session =
        opened.engine.run(&Asked { targets: Vec::new(), mode, verify: Verify::Due }, out).await?;
    run::session_shown(&opened, &session, Details::Counts, out).await?;
    Ok(session)
}

async fn first_day(stage: &Stage<'_>, out: &mut Output) -> anyhow::Result<()> {
    heading(
        out,
        "Dag 1: allt läses, allt är nytt. Den första planen väntar på en människa.",
        "Day 1: everything is read, everything is new. The first plan waits for a person.",
    );
    let session = run_once(&stage.global, Mode::Apply, out).await?;
    let Session::Ran { targets, .. } = session else { return Ok(()) };
    for ran in targets {
        let Some((id, _)) = ran.planned.saved else { continue };
        approved(&stage.global, &id, out).await?;
    }
    Ok(())
}

/// A person approves a plan, and it is carried out.
async fn approved(global: &Global, id: &str, out: &mut Output) -> anyhow::Result<()> {
    let opened = open::open(global).await?;
    let comment = out.say("Granskad, stämmer", "Looked at, is right").to_owned();
    opened.engine.approve(id, &[Approval::All], "demo", &comment).await?;
    out.tell("Planen godkänns och utförs:", "The plan is approved and carried out:");
    let applied = opened.engine.apply(id, out).await?;
    let card = opened.engine.target(&applied.target)?.target.card();
    crate::carried::applied(&applied, card, out);
    Ok(())
}

async fn an_hour_later(stage: &Stage<'_>, out: &mut Output) -> anyhow::Result<()> {
    heading(
        out,
        "En timme senare: några byter efternamn. Bara ändringarna läses.",
        "An hour later: some change their family name. Only the changes are read.",
    );
    stage.register.change(|town| {
        let open = town.persons.iter_mut().filter(|it| it.marking == Marking::None);
        for human in open.skip(20).take(3) {
            "Nygift".clone_into(&mut human.person.family_name);
        }
    });
    run_once(&stage.global, Mode::Apply, out).await?;
    Ok(())
}

async fn second_day(stage: &Stage<'_>, out: &mut Output) -> anyhow::Result<()> {
    heading(
        out,
        "Dag 2: en vanlig dag. Allt läses, bara det som ändrats levereras.",
        "Day 2: an ordinary day. Everything is read, only what has changed is delivered.",
    );
    stage.register.next_day();
    run_once(&stage.global, Mode::Apply, out).await?;
    out.line("");
    out.tell(
        "…och när registret svarar med en webbsida mitt i läsningen planeras ingenting:",
        "…and when the register answers with a web page in the middle of it, nothing is planned:",
    );
    stage.register.plant(Fault::Html.at("groups"));
    if let Err(error) = run_once(&stage.global, Mode::Apply, out).await {
        let exit = failure::tell(&error, out);
        crate::show::ending(exit, out);
    }
    stage.register.mend();
    Ok(())
}

async fn third_day(stage: &Stage<'_>, out: &mut Output) -> anyhow::Result<()> {
    heading(
        out,
        "Dag 3: registret har tappat varannan person.",
        "Day 3: the register has lost every other person.",
    );
    stage.register.next_day();
    stage.register.plant(Fault::HalfOfPersons.everywhere());
    run_once(&stage.global, Mode::Apply, out).await?;
    stage.register.mend();
    out.line("");
    out.tell(
        "…och efteråt saknar en skola årskurs 5. Det som togs bort där hålls inne, resten utförs:",
        "…and then one school lacks year 5. What was removed there is held, the rest is done:",
    );
    stage.register.change(lose_a_year);
    run_once(&stage.global, Mode::Apply, out).await?;
    Ok(())
}

/// Takes year 5 out of the first school, as a register does when a box was not ticked.
fn lose_a_year(town: &mut Town) {
    let is_lost =
        |it: &Enrolment| it.school == 0 && it.grade.form == Form::Gr && it.grade.year == 5;
    let pupils = town.enrolments.iter().filter(|it| is_lost(it)).map(|it| it.person);
    let pupils: BTreeSet<u32> = pupils.collect();
    town.enrolments.retain(|it| !is_lost(it));
    town.memberships.retain(|it| !pupils.contains(&it.person));
}

async fn explained(stage: &Stage<'_>, out: &mut Output) -> anyhow::Result<()> {
    heading(out, "Varför har eleven inte …?", "Why does the pupil not have …?");
    let Some(person) = somebody(&stage.register.town()) else { return Ok(()) };
    out.line(&format!("$ skolbro explain {person}"));
    let args = Explain { person, target: None };
    explain::explain(&args, &stage.global, out).await?;
    Ok(())
}

/// A pupil with an address, whom the demo may name: all are made up.
fn somebody(town: &Town) -> Option<String> {
    let pupil = |it: &&::generate::Human| it.marking == Marking::None;
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
