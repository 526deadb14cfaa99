//! Errors in words: what happened, why, what to do (reference/portal.md §2.6).

use rules::config::{self, Lang};
use run::{Exit, PlanProblem, RunError, Work};
use serde_json::json;
use store::StoreError;

use crate::open::BadSettings;
use crate::output::Output;
use crate::trouble::Trouble;
use crate::{connectors, memory_words, supplements, target_words, trouble};

/// Tells the error and gives the exit code that belongs to it.
pub(crate) fn tell(error: &anyhow::Error, out: &mut Output) -> Exit {
    if let Some(bad) = error.downcast_ref::<BadSettings>() {
        return tell_settings(bad, out);
    }
    let text = text(error, out.lang());
    let exit = exit(error);
    tracing::error!(exit = exit.code(), "{}", exit.en());
    let label = out.say("Fel", "Error").to_owned();
    if out.is_json() {
        out.json(&json!({ "error": text, "exit": exit.code() }));
    }
    out.complain(&format!("{label}: {text}"));
    exit
}

/// Tells why nothing came of a run for one target among others.
pub(crate) fn tell_of(target: &str, error: &RunError, out: &mut Output) {
    let text = words(error, out.lang());
    let exit = error.exit();
    tracing::error!(target.id = target, exit = exit.code(), "{}", exit.en());
    let label = out.say("Fel", "Error").to_owned();
    if out.is_json() {
        out.json(&json!({ "target": target, "error": text, "exit": exit.code() }));
    }
    out.complain(&format!("{label} ({target}): {text}"));
}

/// The exit code that belongs to the error.
pub(crate) fn exit(error: &anyhow::Error) -> Exit {
    if let Some(trouble) = error.downcast_ref::<Trouble>() {
        trouble.exit
    } else if let Some(error) = error.downcast_ref::<RunError>() {
        error.exit()
    } else if let Some(error) = error.downcast_ref::<StoreError>() {
        run::store_exit(error)
    } else {
        Exit::Configuration
    }
}

/// The error in words.
pub(crate) fn text(error: &anyhow::Error, lang: Lang) -> String {
    if let Some(trouble) = error.downcast_ref::<Trouble>() {
        trouble.says.get(lang).to_owned()
    } else if let Some(error) = error.downcast_ref::<RunError>() {
        words(error, lang)
    } else if let Some(error) = error.downcast_ref::<StoreError>() {
        store_words(error, lang)
    } else {
        chain(error)
    }
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

/// What is wrong with the tenant's memory.
pub(crate) fn store_words(error: &StoreError, lang: Lang) -> String {
    let Lang::Sv = lang else {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(inner) = source {
            text = format!("{text}: {inner}");
            source = inner.source();
        }
        return text;
    };
    match error {
        StoreError::Busy { .. } => {
            "Minnet är upptaget av ett annat program. Vänta och kör igen.".to_owned()
        }
        StoreError::Newer { found, known } => format!(
            "Minnet har version {found}, men det här programmet kan bara version {known}. Använd en nyare version av Skolbro."
        ),
        StoreError::Damaged { what } => {
            format!("Minnet är skadat. Återställ en säkerhetskopia. Skriv det här om du anmäler felet: \"{what}\".")
        }
        StoreError::Refused(refusal) => memory_words::refused(refusal),
        StoreError::Io { .. } => "Minnet kan inte läsas eller skrivas. Kontrollera att filen eller servern som `tenant.store` pekar ut finns, och att Skolbro får skriva dit; prova med `skolbro doctor`.".to_owned(),
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
        (RunError::Supplement { name, kind, error }, Lang::Sv) => {
            format!("Kompletteringen {name}: {}", supplements::explain(kind, error, lang))
        }
        (RunError::Supplement { name, kind, error }, Lang::En) => {
            format!("Supplement {name}: {}", supplements::explain(kind, error, lang))
        }
        (RunError::Locked { holder }, Lang::Sv) => format!(
            "En annan körning pågår{}. Ingenting har gjorts. Vänta tills den är klar och kör igen.",
            in_parentheses(holder)
        ),
        (RunError::Locked { holder }, Lang::En) => {
            format!(
                "Another run is under way{}. Nothing was done. Wait for it and run again.",
                in_parentheses(holder)
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
        (RunError::MarkingsFlood { hash }, Lang::Sv) => format!(
            "Ovanligt många personer har blivit skyddsmarkerade på en gång. Ingenting har planerats. \
             Ofta har registret bytt ord för den som inte är skyddad: se efter marking.open_values. Om det stämmer: \
             skolbro approve source:{} --comment \"…\"",
            crate::show::short(hash)
        ),
        (RunError::MarkingsFlood { hash }, Lang::En) => format!(
            "Unusually many persons became protected at once. Nothing was planned. Often the register has \
             another word for those who are not protected: see to marking.open_values. If it is right: \
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
        (RunError::Backup { file, why }, lang) => memory_words::backup(file, why, lang),
        (RunError::Adopt { target, why }, lang) => memory_words::adopt(target, why, lang),
        (RunError::Unknown { what, name, known }, lang) => unknown(what, name, known, lang),
        (RunError::Target { name, error }, lang) => target_words::target(name, error, lang),
        (RunError::Store(error), lang) => store_words(error, lang),
        (RunError::Io { what, source }, lang) => work_words(what, source, lang),
        (RunError::Rows(_) | RunError::Row(_) | RunError::Planning(_), Lang::Sv) => {
            "Det som Skolbro har lagt undan på datorn kunde inte läsas eller skrivas. Ingenting mer har gjorts. \
             Se till att disken har plats och kör igen; hjälper det inte, anmäl felet."
                .to_owned()
        }
        (RunError::Internal(what), Lang::Sv) => {
            format!(
                "Internt fel. Ingenting mer har gjorts. Kör igen; hjälper det inte, anmäl felet och skriv det här: \"{what}\"."
            )
        }
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

/// What the machine would not do, where, why, and what to do about it.
fn work_words(work: &Work, error: &std::io::Error, lang: Lang) -> String {
    let why = trouble::why(error);
    let (sv, en) = match work {
        Work::Plan => ("Planen kunde inte förseglas eller öppnas".to_owned(), work.to_string()),
        Work::Memory => {
            ("Skolbros minne kunde inte läsas eller skrivas".to_owned(), work.to_string())
        }
        Work::Lock(path) => {
            (format!("Låsfilen {} kunde inte skrivas", path.display()), work.to_string())
        }
        Work::Temp(path) => {
            (format!("Det går inte att skriva i mappen {}", path.display()), work.to_string())
        }
        Work::ReadBackup(file) => {
            (format!("Säkerhetskopian {file} kunde inte läsas"), work.to_string())
        }
        Work::WriteBackup(path) => {
            (format!("Säkerhetskopian {} kunde inte skrivas", path.display()), work.to_string())
        }
    };
    match lang {
        Lang::Sv => format!(
            "{sv}: {}. Se till att Skolbro får läsa och skriva där och att disken har plats, och kör igen.",
            why.sv
        ),
        Lang::En => format!(
            "{en}: {}. See that Skolbro may read and write there and that the disk has room, and run again.",
            why.en
        ),
    }
}

/// Who it is; nothing where that is not known.
fn in_parentheses(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}

/// That nothing has the name, what was perhaps meant, and what there is.
fn unknown(what: &str, name: &str, known: &[String], lang: Lang) -> String {
    let same = known.iter().filter(|it| it.to_lowercase() == name.trim().to_lowercase()).count();
    let (sv, en) = match (what, same > 1, name.is_empty()) {
        ("target", _, true) => {
            let sv = "Inställningarna har flera mottagande system. Säg vilket med --target";
            (
                sv.to_owned(),
                "The settings have several receivers. Say which with --target".to_owned(),
            )
        }
        ("school", true, _) => (
            format!("Flera skolor heter \"{name}\". Skriv skolenhetskoden i stället"),
            format!("Several schools are called \"{name}\". Give the school's code instead"),
        ),
        ("school", false, _) => (
            format!("Det finns ingen skola som heter \"{name}\" eller har den koden"),
            format!("There is no school with the name or code \"{name}\""),
        ),
        ("verb", ..) => (
            format!("Det finns ingen åtgärd som heter \"{name}\""),
            format!("There is no operation called \"{name}\""),
        ),
        ("target", ..) => (
            format!("Det finns inget mottagande system som heter \"{name}\" i inställningarna"),
            format!("There is no receiver called \"{name}\" in the settings"),
        ),
        _ => (format!("\"{name}\" finns inte"), format!("There is no {what} called \"{name}\"")),
    };
    let list = chosen_from(name, known, lang);
    match lang {
        Lang::Sv => format!("{sv}. {list}"),
        Lang::En => format!("{en}. {list}"),
    }
}

/// "Did you mean", and what there is to choose from: at most a screen of it.
pub(crate) fn chosen_from(name: &str, known: &[String], lang: Lang) -> String {
    const SHOWN: usize = 24;
    let wanted = name.trim().to_lowercase();
    let near = known
        .iter()
        .map(|it| (strsim::damerau_levenshtein(&wanted, &it.to_lowercase()), it))
        .filter(|(distance, _)| (1..=(wanted.chars().count() / 3).max(1)).contains(distance))
        .min();
    let list = known.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if known.len() > SHOWN { ", …" } else { "" };
    match (near, lang) {
        (Some((_, near)), Lang::Sv) => format!("Menade du \"{near}\"? Välj bland: {list}{more}."),
        (Some((_, near)), Lang::En) => {
            format!("Did you mean \"{near}\"? Choose from: {list}{more}.")
        }
        (None, Lang::Sv) => format!("Välj bland: {list}{more}."),
        (None, Lang::En) => format!("Choose from: {list}{more}."),
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
    match (why, lang) {
        (PlanProblem::Missing, Lang::Sv) => {
            format!("Planen {plan} finns inte. Se planerna med `skolbro status`.")
        }
        (PlanProblem::Missing, Lang::En) => {
            format!("There is no plan {plan}. See the plans with `skolbro status`.")
        }
        (PlanProblem::Ambiguous, Lang::Sv) => format!("{sv}: {plan} räcker inte."),
        (PlanProblem::Ambiguous, Lang::En) => format!("{en}: {plan} is not enough."),
        (_, Lang::Sv) => format!("Planen {plan} kunde inte utföras eller godkännas. {sv}."),
        (_, Lang::En) => format!("The plan {plan} could not be carried out or approved. {en}."),
    }
}
