//! `schools`: the state's register of school units, fetched and compared with ours.

use std::path::Path;

use ::run::{Exit, RunError};
use connect::files;
use connect::http::{self, Fault};
use roster::SchoolUnit;
use roster::quality::Code;
use roster::school_register::{Loss, RegisterUnit, SchoolRegister, Standing};
use rules::config::{self, Text};
use serde_json::json;
use sources_skolverket::{FetchError, Settings, fetch};

use crate::args::{Global, Schools, SchoolsCommand};
use crate::output::Output;
use crate::secrets::OfMachine;
use crate::trouble::Trouble;
use crate::{open, school_register};

/// Fetches the register, or compares our schools with it.
pub(crate) async fn schools(
    args: &Schools,
    global: &Global,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    match args.command {
        SchoolsCommand::Refresh => refresh(global, out).await,
        SchoolsCommand::Check => check(global, out).await,
    }
}

async fn refresh(global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let loaded = open::settings(&global.config)?;
    out.speak(loaded.settings.tenant.language);
    let base = open::base(&global.config);
    let settings = school_register::settings(&loaded.settings, &base)?;
    let today = open::today(global, &loaded.settings)?;
    // A damaged copy compares with nothing: it is replaced by whatever is whole.
    let before = school_register::read(&settings.file).unwrap_or_default();
    let fetched = fetch(&settings, &OfMachine::new(&base), today).await;
    let now = fetched.map_err(|error| unavailable(&error, before.as_ref()))?;
    let count = now.units.len();
    let kept = SchoolRegister::renewed(before.as_ref(), now)
        .map_err(|loss| lost(loss, before.as_ref(), &settings))?;
    write(&settings.file, &kept)?;
    let file = settings.file.display();
    out.json(&json!({ "school_register": settings.file, "units": count, "retrieved": kept.retrieved.to_string() }));
    out.tell(
        &format!("Skolenhetsregistret är hämtat: {count} enheter i {file}."),
        &format!("The school unit register was fetched: {count} units in {file}."),
    );
    Ok(Exit::Done)
}

fn write(path: &Path, register: &SchoolRegister) -> Result<(), Trouble> {
    files::atomic_write(path, register.to_text().as_bytes()).map_err(|error| {
        let what = [
            "Kan inte skriva kopian av Skolenhetsregistret",
            "Cannot write the copy of the school unit register",
        ];
        let remedy = [
            "Ge den som kör Skolbro rätt att skriva där, eller ändra `school_register.file`.",
            "Give the user who runs Skolbro the right to write there, or change `school_register.file`.",
        ];
        Trouble::file(what, path, &error, remedy)
    })
}

/// What of the copy stands after a failure.
fn still(before: Option<&SchoolRegister>) -> Text {
    match before {
        Some(before) => Text::new(
            format!("Kopian från {} är kvar.", before.retrieved),
            format!("The copy of {} stays.", before.retrieved),
        ),
        None => Text::new("Det finns ännu ingen kopia.", "There is no copy yet."),
    }
}

fn unavailable(error: &FetchError, before: Option<&SchoolRegister>) -> Trouble {
    let exit = match error {
        FetchError::Setup(_) => Exit::Configuration,
        FetchError::Http(error) => failed_call(error),
        FetchError::Shape { .. } => Exit::SourceContent,
    };
    let (words, still) = (error.explain(), still(before));
    let says = Text::new(
        format!("Skolenhetsregistret: {} {}", words.sv, still.sv),
        format!("The school unit register: {} {}", words.en, still.en),
    );
    Trouble { exit, says }
}

/// How a command ends when a call to a source failed.
fn failed_call(error: &http::Error) -> Exit {
    match &*error.fault {
        Fault::Throttled { .. } | Fault::Unavailable { .. } | Fault::NoAnswer(_) => {
            Exit::SourceUnavailable
        }
        Fault::Unauthorized { .. } | Fault::Denied { .. } | Fault::NoGrant(_) => Exit::Denied,
        Fault::Nonsense(_) => Exit::SourceContent,
        Fault::Gone { .. } | Fault::Refused { .. } | Fault::Tls(_) | Fault::Ours(_) => {
            Exit::Configuration
        }
    }
}

fn lost(loss: Loss, before: Option<&SchoolRegister>, settings: &Settings) -> Trouble {
    let still = still(before);
    let file = settings.file.display();
    let says = match loss {
        Loss::Empty => Text::new(
            format!("Skolenhetsregistret svarade utan en enda skolenhet. {}", still.sv),
            format!("The school unit register answered without a single unit. {}", still.en),
        ),
        Loss::Units { lost, before } => Text::new(
            format!(
                "{lost} av {before} skolenheter saknas i svaret från Skolenhetsregistret; det är knappast helt. {} Försök igen senare. Om det stämmer: ta bort {file} och hämta på nytt.",
                still.sv
            ),
            format!(
                "{lost} of {before} school units are missing from the register's answer; it is hardly whole. {} Try again later. If it is right: remove {file} and fetch again.",
                still.en
            ),
        ),
    };
    Trouble { exit: Exit::SourceContent, says }
}

async fn check(global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let base = open::base(&global.config);
    let file = school_register::settings(&opened.loaded.settings, &base)?.file;
    let register = school_register::read(&file)?.ok_or_else(|| no_copy(&file))?;
    let roster = opened.engine.last_roster().await?.ok_or(RunError::NothingRead)?;
    let forms = opened.engine.quality_settings().forms_without_code;
    let mut schools: Vec<&SchoolUnit> = roster.schools.values().collect();
    schools.sort_by_key(|school| (&school.code, &school.name));
    let mut is_well = true;
    for school in schools {
        let is_preschool = !school.school_types.is_empty()
            && school.school_types.iter().all(|form| forms.contains(form));
        let (code, says) = verdict(register.standing(school), is_preschool);
        is_well &= matches!(code, None | Some(Code::D15 | Code::D17));
        let sign = if code.is_none() { "✓" } else { "✕" };
        out.json(&json!({
            "school": school.name, "school_code": school.code,
            "ok": code.is_none(), "code": code.map(Code::as_str), "says": says.get(out.lang()),
        }));
        let number = school.code.as_deref().unwrap_or("–");
        let text = says.get(out.lang());
        out.line(&format!("{sign} {number:<8}  {}  {text}", school.name));
    }
    out.tell(
        &format!("Jämfört med Skolenhetsregistret från {}.", register.retrieved),
        &format!("Compared with the school unit register of {}.", register.retrieved),
    );
    Ok(if is_well { Exit::Done } else { Exit::Warnings })
}

fn no_copy(file: &Path) -> Trouble {
    let file = file.display();
    Trouble::settings(
        format!(
            "Det finns ingen kopia av Skolenhetsregistret ({file}). Hämta den: skolbro schools refresh"
        ),
        format!(
            "There is no copy of the school unit register ({file}). Fetch it: skolbro schools refresh"
        ),
    )
}

/// What the register says of a school, and the code of the issue that it is.
fn verdict(standing: Standing<'_>, is_preschool: bool) -> (Option<Code>, Text) {
    let named = |unit: &RegisterUnit| (unit.status.word(), unit.name.clone());
    match standing {
        Standing::Sound => (None, Text::new("stämmer", "agrees")),
        Standing::NoCode if is_preschool => (
            Some(Code::D15),
            Text::new(
                "förskola utan skolenhetskod: det är som det ska",
                "a preschool without a school unit code: that is as it should be",
            ),
        ),
        Standing::NoCode => (
            Some(Code::D07),
            Text::new(
                "saknar skolenhetskod (åtta siffror)",
                "has no school unit code (eight digits)",
            ),
        ),
        Standing::NotThere => (
            Some(Code::D07),
            Text::new("koden finns inte i registret", "the code is not in the register"),
        ),
        Standing::Over(unit) => {
            let (word, name) = named(unit);
            let says = Text::new(
                format!(
                    "koden har upphört ({word}: {name}). Ange den nya koden eller avsluta skolan i elevregistret"
                ),
                format!(
                    "the code has ended ({word}: {name}). Enter the new one or end the school in the register"
                ),
            );
            (Some(Code::D16), says)
        }
        Standing::NotActive(unit) => {
            let (word, name) = named(unit);
            let says = Text::new(
                format!("enheten är {word} ({name})"),
                format!("the unit is {word} ({name})"),
            );
            (Some(Code::D17), says)
        }
        Standing::OtherName(unit) => {
            let (_, name) = named(unit);
            let says = Text::new(
                format!("heter {name} i registret"),
                format!("is called {name} in the register"),
            );
            (Some(Code::D18), says)
        }
    }
}

/// For `doctor`: how old the copy is, or that there is none.
pub(crate) fn doctors_line(all: &config::Settings, base: &Path) -> anyhow::Result<Text> {
    let file = school_register::settings(all, base)?.file;
    Ok(match school_register::read(&file)? {
        Some(register) => Text::new(
            format!("Skolenhetsregistret, hämtat {}", register.retrieved),
            format!("the school unit register, fetched {}", register.retrieved),
        ),
        None => Text::new(
            "Skolenhetsregistret: ingen kopia, skolenhetskoder jämförs inte (skolbro schools refresh hämtar en)",
            "the school unit register: no copy, school unit codes are not compared (skolbro schools refresh fetches one)",
        ),
    })
}
