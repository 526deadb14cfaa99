//! `demo google`: a municipality's year at a simulated Google, from the first plan to the next
//! school year.

use std::path::Path;

use ::generate::{Options, Town};
use ::run::{Exit, Mode, Session};
use ::simulate::google::{Counts, Running, Switches, start};
use anyhow::Context as _;
use jiff::civil::Date;
use report::number;
use serde_json::Value;

use super::{Folder, approved, ending, heading, here, run_once};
use crate::args::{Demo, Global, Init};
use crate::commands::{generate, init};
use crate::open;
use crate::output::Output;
use secret::SecretRef;

/// A Tuesday in an autumn whose school year is over: a plan for a day to come is only shown.
const DAY_1: Date = jiff::civil::date(2024, 9, 17);
/// The simulated Google's clock runs so many times faster than the system's.
const SPEED: f64 = 600.0;
const ADMIN: &str = "admin@skola.example";
/// What Google takes: users a second, calls to Directory and to Classroom a minute
/// (reference/google.md §1.5, §2.4).
const QUOTAS: [(&str, u64, u64); 3] =
    [("user-inserts", 10, 1), ("directory", 2_400, 60), ("classroom", 1_200, 60)];

struct Stage<'a> {
    folder: &'a Path,
    global: Global,
    town: Town,
    google: Running,
}

/// Shows the first day, an ordinary one, a new term and a new school year.
pub(super) async fn demo(
    args: &Demo,
    folder: &Folder,
    global: &Global,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    let size = args.size.as_deref().unwrap_or("M");
    let town = generate::town(size, args.seed, generate::day(DAY_1)?)?;
    let switches = Switches {
        domains: vec!["skola.example".to_owned()],
        admins: vec![ADMIN.to_owned()],
        units: ["/Elever", "/Personal"].map(str::to_owned).to_vec(),
        speed: SPEED,
        ..Switches::default()
    };
    let google = start(switches).context("the demo's Google could not listen on 127.0.0.1")?;
    let global = here(folder.path(), global, DAY_1);
    let mut stage = Stage { folder: folder.path(), global, town, google };
    prepare(&stage, out)?;
    heading(
        out,
        "Dag 1: Google är tomt. Den första planen väntar på en människa.",
        "Day 1: Google is empty. The first plan waits for a person.",
    );
    Box::pin(stage.day(Mode::Apply, out)).await?;
    heading(
        out,
        "Dag 2: en vanlig dag. Några flyttar, börjar och slutar.",
        "Day 2: an ordinary day. Some move, come and leave.",
    );
    stage.town.next_day();
    Box::pin(stage.day(Mode::Apply, out)).await?;
    heading(
        out,
        "Terminsskifte: i januari byts grupper ut mot nya.",
        "A new term: in January groups are replaced by new ones.",
    );
    stage.town.shift_term();
    Box::pin(stage.day(Mode::Apply, out)).await?;
    heading(
        out,
        "Läsårsskifte: alla går upp ett år, de sista slutar, de första börjar.",
        "A new school year: all go up a year, the last leave, the first come.",
    );
    stage.town.shift_school_year();
    Box::pin(stage.day(Mode::Show, out)).await?;
    ending(folder, out);
    Ok(Exit::Done)
}

fn prepare(stage: &Stage<'_>, out: &mut Output) -> anyhow::Result<()> {
    heading(out, "Google och inställningarna", "Google and the settings");
    let url = stage.google.base_url();
    out.tell(
        &format!("Ett simulerat Google Workspace lyssnar på {url}; dess klocka går {SPEED} gånger så fort."),
        &format!("A simulated Google Workspace listens on {url}; its clock runs {SPEED} times as fast."),
    );
    let args = Init {
        folder: stage.folder.to_owned(),
        name: "Exempelköpings kommun".to_owned(),
        source_folder: "in".into(),
        deliver_folder: "out/sds".into(),
        ss12000: None,
        token_url: None,
        client_id: String::new(),
        client_secret: SecretRef::File("unused".to_owned()),
    };
    init::init(&args, out)?;
    stage.google.write_key(&stage.folder.join("google.json"))?;
    let path = stage.folder.join("skolbro.toml");
    let text = std::fs::read_to_string(&path)?;
    let (before, _) = text.split_once("[target.").context("no receiver in the settings")?;
    std::fs::write(path, format!("{before}{}", target(&url)))?;
    Ok(())
}

/// Quotas as Google's on that clock would be refused for a timer's millisecond, so they are wider:
/// what Google's own would take is told beside.
fn target(url: &str) -> String {
    format!(
        r#"[target.google.google_workspace]
key = "file:google.json"
subject = "{ADMIN}"
domain = "skola.example"
addresses = {{ directory = "{url}", classroom = "{url}", group_settings = "{url}" }}
quotas = {{ directory_a_minute = 6000000, users_a_second = 20000, classroom_a_minute = 6000000 }}

[target.google.mapping.user]
orgUnitPath = "{{{{ '/Elever' if person.role == 'pupil' else '/Personal' }}}}"

[target.google.mapping.group]
email = "{{{{ self.source_id | lower }}}}"
"#
    )
}

impl Stage<'_> {
    /// A run on the town's day; what is held, or was only shown, is approved and carried out; what
    /// Google holds then.
    async fn day(&mut self, mode: Mode, out: &mut Output) -> anyhow::Result<()> {
        let today: Date = self.town.today.to_string().parse()?;
        self.global.today = Some(today);
        self.town.write_csv(&self.folder.join("in"), &Options::default())?;
        self.google.forget_counts();
        let mut session = run_once(&self.global, mode, out).await?;
        if let Session::Stopped { hash, .. } = &session {
            self.accepted(hash, out).await?;
            session = run_once(&self.global, mode, out).await?;
        }
        if let Session::Ran { targets, .. } = session {
            for ran in targets {
                // What is held is a plan of its own where the rest was carried out.
                let held = ran.rest.or_else(|| ran.applied.is_none().then_some(ran.planned));
                if let Some((id, _)) = held.and_then(|it| it.saved) {
                    approved(&self.global, &id, out).await?;
                }
            }
        }
        self.held(out);
        Ok(())
    }

    /// A person has looked: the register is right, though it is unlike that of the day before.
    async fn accepted(&self, hash: &str, out: &mut Output) -> anyhow::Result<()> {
        let opened = open::open(&self.global).await?;
        let comment = out.say("Ett nytt läsår", "A new school year").to_owned();
        opened.engine.accept_source(hash, "demo", &comment).await?;
        out.tell("Registret stämmer, och godkänns:", "The register is right, and is accepted:");
        Ok(())
    }

    /// What Google holds, and how long its quotas would have taken for what was called.
    fn held(&self, out: &mut Output) {
        let state = self.google.state();
        let count = |name: &str| number(list(&state, name).len() as u64);
        let asleep = list(&state, "users").iter().filter(|it| it["suspended"] == true).count();
        let archived =
            list(&state, "courses").iter().filter(|it| it["courseState"] != "PROVISIONED").count();
        let (users, groups, courses) = (count("users"), count("groups"), count("courses"));
        let (asleep, archived) = (number(asleep as u64), number(archived as u64));
        let counts = self.google.counts();
        let (calls, requests) = (number(counts.all()), number(counts.requests));
        let minutes = number(minutes(&counts));
        out.tell(
            &format!(
                "Hos Google: {users} konton ({asleep} avstängda), {groups} grupper, {courses} kurser ({archived} avslutade).\n\
                 {calls} anrop i {requests} förfrågningar; med Googles kvoter hade det tagit {minutes} min."
            ),
            &format!(
                "At Google: {users} accounts ({asleep} suspended), {groups} groups, {courses} courses ({archived} ended).\n\
                 {calls} calls in {requests} requests; at Google's quotas it would have taken {minutes} min."
            ),
        );
    }
}

fn list<'v>(state: &'v Value, name: &str) -> &'v [Value] {
    state[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The quota that would take longest.
fn minutes(counts: &Counts) -> u64 {
    let took = |(name, most, seconds): (&str, u64, u64)| {
        let used = counts.used.get(name).copied().unwrap_or_default();
        (used * seconds).div_ceil(most * 60)
    };
    QUOTAS.map(took).into_iter().max().unwrap_or_default()
}
