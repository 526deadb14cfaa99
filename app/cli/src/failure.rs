//! Errors in words: what happened, why, what to do (reference/portal.md §2.6).

use rules::config::{self, Lang};
use run::{Exit, PlanProblem, RunError};
use serde_json::json;
use state::TargetError;

use crate::connectors;
use crate::open::BadSettings;
use crate::output::Output;

/// Tells the error and gives the exit code that belongs to it.
pub(crate) fn tell(error: &anyhow::Error, out: &mut Output) -> Exit {
    if let Some(bad) = error.downcast_ref::<BadSettings>() {
        return tell_settings(bad, out);
    }
    let (exit, text) = match error.downcast_ref::<RunError>() {
        Some(error) => (error.exit(), words(error, out.lang())),
        None => (exit_of(error), chain(error)),
    };
    tracing::error!(exit = exit.code(), "{}", exit.en());
    let label = out.say("Fel", "Error").to_owned();
    if out.is_json() {
        out.json(&json!({ "error": text, "exit": exit.code() }));
    }
    out.complain(&format!("{label}: {text}"));
    exit
}

fn tell_settings(bad: &BadSettings, out: &mut Output) -> Exit {
    let exit = if bad.problems.is_package_only() { Exit::PackageRule } else { Exit::Configuration };
    let lang = out.lang();
    if out.is_json() {
        let problems = config::json(&bad.problems.list, &bad.problems.file, lang);
        out.json(&json!({ "valid": false, "problems": problems, "exit": exit.code() }));
    }
    out.complain(&config::render(&bad.problems, &bad.text, lang));
    exit
}

/// The exit code of an error that no run made: nearly always something in the settings.
fn exit_of(error: &anyhow::Error) -> Exit {
    if error.downcast_ref::<store::StoreError>().is_some() {
        Exit::Internal
    } else {
        Exit::Configuration
    }
}

fn chain(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn words(error: &RunError, lang: Lang) -> String {
    if let Some((name, kind, error)) = connectors::source_error(error) {
        let text = connectors::explain(kind, error, lang);
        return match lang {
            Lang::Sv => format!("Källan {name}: {text}"),
            Lang::En => format!("Source {name}: {text}"),
        };
    }
    match (error, lang) {
        (RunError::Locked { holder }, Lang::Sv) => format!(
            "En annan körning pågår ({holder}). Ingenting har gjorts. Vänta tills den är klar och kör igen."
        ),
        (RunError::Locked { holder }, Lang::En) => {
            format!(
                "Another run is under way ({holder}). Nothing was done. Wait for it and run again."
            )
        }
        (RunError::MarkingsGone { hash }, Lang::Sv) => format!(
            "Nästan alla skyddsmarkeringar som fanns i källan förra gången är borta. Ingenting har planerats. \
             Kontrollera kolumnen med skyddsmarkering i exporten. Om den stämmer: \
             skolbro approve source:{} --comment \"…\"",
            crate::show::short(hash)
        ),
        (RunError::MarkingsGone { hash }, Lang::En) => format!(
            "Nearly all protection markings that the source had last time are gone. Nothing was planned. \
             Check the column of the protection marking in the export. If it is right: \
             skolbro approve source:{} --comment \"…\"",
            crate::show::short(hash)
        ),
        (RunError::NothingRead, Lang::Sv) => {
            "Ingenting är inläst än. Kör `skolbro plan` först.".to_owned()
        }
        (RunError::NothingRead, Lang::En) => {
            "Nothing was read yet. Run `skolbro plan` first.".to_owned()
        }
        (RunError::Plan { plan, why }, lang) => plan_words(plan, *why, lang),
        (RunError::Unknown { what, name, known }, lang) => unknown(what, name, known, lang),
        (RunError::Target { name, error }, lang) => target_words(name, error, lang),
        (error, _) => {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(error);
            while let Some(inner) = source {
                text = format!("{text}: {inner}");
                source = inner.source();
            }
            text
        }
    }
}

fn target_words(name: &str, error: &TargetError, lang: Lang) -> String {
    let mut why = error.to_string();
    if let Some(inner) = std::error::Error::source(error) {
        why = format!("{why} ({inner})");
    }
    match lang {
        Lang::Sv => format!(
            "Leveransen till {name} kunde inte göras. {why}. Det som levererades senast är orört. \
             Åtgärda felet och kör `skolbro run --apply` igen."
        ),
        Lang::En => format!(
            "The delivery to {name} could not be made. {why}. What was delivered last is untouched. \
             Mend the error and run `skolbro run --apply` again."
        ),
    }
}

fn unknown(what: &str, name: &str, known: &[String], lang: Lang) -> String {
    let sv = match what {
        "target" => "mottagande system",
        "school" => "skola",
        "verb" => "åtgärd",
        _ => what,
    };
    let mut known: Vec<&str> = known.iter().map(String::as_str).collect();
    let more = known.len().saturating_sub(12);
    known.truncate(12);
    let list = known.join(", ") + if more > 0 { ", …" } else { "" };
    match lang {
        Lang::Sv => {
            format!("Det finns ingen eller flera {sv} med namnet \"{name}\". Välj bland: {list}.")
        }
        Lang::En => {
            format!("There is no {what}, or more than one, named \"{name}\". Choose from: {list}.")
        }
    }
}

fn plan_words(plan: &str, why: PlanProblem, lang: Lang) -> String {
    let (sv, en) = match why {
        PlanProblem::Missing => (
            "Det finns ingen sådan plan. Se planerna med `skolbro status`",
            "There is no such plan. See the plans with `skolbro status`",
        ),
        PlanProblem::Ambiguous => (
            "Flera planer börjar så. Skriv fler tecken av id:t",
            "Several plans begin like this. Type more of the id",
        ),
        PlanProblem::Expired => (
            "Den är äldre än 24 timmar. Gör en ny med `skolbro plan`",
            "It is more than 24 hours old. Make a new one with `skolbro plan`",
        ),
        PlanProblem::Moved => (
            "Källan, reglerna eller det som levererats har ändrats sedan den gjordes. Gör en ny med `skolbro plan`",
            "The register, the rules or what was delivered have changed since it was made. Make a new one with `skolbro plan`",
        ),
        PlanProblem::Closed => (
            "Den är redan utförd, förkastad eller ersatt. Gör en ny med `skolbro plan`",
            "It is carried out, discarded or replaced. Make a new one with `skolbro plan`",
        ),
        PlanProblem::Held => (
            "Hela planen väntar på godkännande. Granska den och kör `skolbro approve`",
            "All of it waits for approval. Look at it and run `skolbro approve`",
        ),
        PlanProblem::Frozen => (
            "Kalendern har frysning i dag: ingenting utförs. Kör igen efter frysningen, eller ändra kalendern",
            "The calendar freezes everything today: nothing is carried out. Run again after it, or change the calendar",
        ),
        PlanProblem::Rehearsal => (
            "Den gjordes med --today för en dag som inte har kommit: den kan bara visas. Gör en ny med `skolbro plan`",
            "It was made with --today for a day that has not come: it can only be shown. Make a new one with `skolbro plan`",
        ),
        PlanProblem::FourEyes => (
            "Någon annan än den som beställde måste godkänna (fyra ögon)",
            "Somebody else than the one who asked must approve it (four eyes)",
        ),
    };
    match lang {
        Lang::Sv => format!("Planen {plan} kunde inte utföras eller godkännas. {sv}."),
        Lang::En => format!("The plan {plan} could not be carried out or approved. {en}."),
    }
}
