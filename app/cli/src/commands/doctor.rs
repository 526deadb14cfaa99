//! `doctor`: whether everything that the settings name can be reached and used (K091).

use std::path::Path;

use ::run::{Clock as _, Exit, SystemClock};
use rules::config::{Lang, SecretRef};
use serde_json::json;

use crate::args::Global;
use crate::commands::{passwords, schools};
use crate::connectors::{Delivers, MadeTarget};
use crate::output::Output;
use crate::trouble::Trouble;
use crate::{backups, connectors, failure, open, place, risks, supplements};

struct Finding {
    what: String,
    /// What is wrong, and the exit code that belongs to it.
    problem: Option<(String, Exit)>,
}

/// Checks settings, key, store, sources and targets; each line is green or red.
pub(crate) async fn doctor(global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let loaded = open::settings(&global.config)?;
    out.speak(loaded.settings.tenant.language);
    let lang = out.lang();
    let base = open::base(&global.config);
    let settings = &loaded.settings;
    let ok = |what: String| Finding { what, problem: None };
    let checked = |what: String, result: anyhow::Result<()>| Finding {
        what,
        problem: result.err().map(|error| (failure::text(&error, lang), failure::exit(&error))),
    };
    let mut findings = vec![ok(global.config.display().to_string())];
    findings.push(checked(
        format!("{}", settings.tenant.key),
        open::tenant_key(&settings.tenant.key, &base)
            .and_then(|_| private(&settings.tenant.key, &base)),
    ));
    findings.push(checked(
        settings.tenant.time_zone.clone(),
        jiff::tz::TimeZone::get(&settings.tenant.time_zone).map(|_| ()).map_err(Into::into),
    ));
    findings.push(checked(
        out.say("minnet", "memory").to_owned(),
        open::store(settings, &base).await.map(|_| ()),
    ));
    for source in &settings.sources {
        let reached = match connectors::source_folder(&source.section, &base) {
            Ok(Some(folder)) => readable(&folder),
            Ok(None) => connectors::probe(&source.section, &base, lang).await,
            Err(error) => Err(error),
        };
        findings.push(checked(format!("source.{}", source.name), reached));
    }
    for supplement in &settings.supplements {
        let reached = supplements::probe(&supplement.section, &base, lang).await;
        findings.push(checked(format!("supplement.{}", supplement.name), reached));
    }
    for target in &settings.targets {
        let name = format!("target.{}", target.name);
        match connectors::permissions(target, &base).await {
            Ok(Some(permissions)) => {
                findings.extend(permissions.into_iter().map(|it| permission(&name, it, lang)));
                continue;
            }
            Ok(None) => {}
            Err(error) => {
                findings.push(checked(name, Err(error)));
                continue;
            }
        }
        let reached = match connectors::target(target, &base) {
            Ok(made) => reached(&made, &target.name).await,
            Err(error) => Err(error),
        };
        findings.push(checked(name, reached));
    }
    findings.push(match schools::doctors_line(settings, &base) {
        Ok(says) => ok(says.get(lang).to_owned()),
        Err(error) => checked(
            out.say("Skolenhetsregistret", "the school unit register").to_owned(),
            Err(error),
        ),
    });
    if let Some(backup) = &settings.backup {
        let folder = base.join(&backup.folder);
        findings.push(match fresh(&folder, SystemClock.now()) {
            Ok(Backups::Fresh) => ok("backup.folder".to_owned()),
            Ok(Backups::NoneYet) => ok(format!("backup.folder: {}", NONE_YET.get(lang))),
            Err(error) => checked("backup.folder".to_owned(), Err(error)),
        });
    }
    let worst = told(findings, out);
    settings.targets.iter().try_for_each(|target| risks::tell(target, out))?;
    // What keeps the memory from being opened was told.
    if let Ok(opened) = open::open(global).await {
        passwords::waiting(&opened.engine, out).await?;
    }
    Ok(worst)
}

async fn reached(made: &MadeTarget, name: &str) -> anyhow::Result<()> {
    match &made.place {
        Delivers::Folder(folder) => writable(name, folder),
        Delivers::Objects => connectors::reached(made, name).await,
    }
}

/// One function of a directory, with the permission that it needs (K086).
fn permission(name: &str, found: targets_google::Finding, lang: Lang) -> Finding {
    let words = |it: connect::http::Words| match lang {
        Lang::Sv => it.sv,
        Lang::En => it.en,
    };
    let what = format!("{name}: {} ({})", words(found.function), found.scope);
    Finding { what, problem: found.problem.map(|it| (words(it), Exit::Denied)) }
}

/// Shows what was found. The exit code is that of what is wrong, the gravest of several.
fn told(findings: Vec<Finding>, out: &mut Output) -> Exit {
    let mut worst = Exit::Done;
    for Finding { what, problem } in findings {
        let text = problem.as_ref().map(|it| it.0.as_str());
        out.json(&json!({ "check": what, "ok": problem.is_none(), "problem": text }));
        match problem {
            None => out.line(&format!("✓ {what}")),
            Some((problem, exit)) => {
                out.line(&format!("✕ {what}: {problem}"));
                worst = if exit.code() > worst.code() { exit } else { worst };
            }
        }
    }
    worst
}

/// What the folder of backups holds.
enum Backups {
    Fresh,
    /// The first was not made yet.
    NoneYet,
}

const NONE_YET: Words = Words {
    sv: "det finns ingen säkerhetskopia än. Kör `skolbro backup`, och sedan varje natt.",
    en: "there is no backup yet. Run `skolbro backup`, and then every night.",
};

struct Words {
    sv: &'static str,
    en: &'static str,
}

impl Words {
    fn get(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Sv => self.sv,
            Lang::En => self.en,
        }
    }
}

/// Hours after which a backup is old: one a day, and a run that took long.
const OLD_HOURS: i64 = 48;

/// Whether there is a backup that is not old.
fn fresh(folder: &Path, now: jiff::Timestamp) -> anyhow::Result<Backups> {
    let kept = match backups::list(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            let what = ["Kan inte läsa mappen", "Cannot read the folder"];
            let remedy = ["Ge dig själv rätt att läsa den.", "Give yourself the right to read it."];
            return Err(Trouble::file(what, folder, &error, remedy).ending(Exit::Storage).into());
        }
        Ok(kept) => kept,
    };
    let Some(newest) = kept.first() else { return Ok(Backups::NoneYet) };
    let hours = now.duration_since(newest.made).as_hours();
    if hours < OLD_HOURS {
        return Ok(Backups::Fresh);
    }
    let days = hours / 24;
    Err(Trouble::settings(
        format!(
            "Den senaste säkerhetskopian är {days} dygn gammal. Kör `skolbro backup` varje natt."
        ),
        format!("The latest backup is {days} days old. Run `skolbro backup` every night."),
    )
    .ending(Exit::Warnings)
    .into())
}

/// Whether the key's file is its owner's alone.
fn private(key: &SecretRef, base: &Path) -> anyhow::Result<()> {
    let SecretRef::File(file) = key else { return Ok(()) };
    let path = base.join(file);
    if !connect::files::is_open_to_others(&path).unwrap_or(false) {
        return Ok(());
    }
    let path = path.display();
    Err(Trouble::settings(
        format!("Andra användare på datorn kan läsa nyckeln {path}. Ta bort deras rätt: chmod 600 {path}"),
        format!("Other users of the machine can read the key {path}. Take their right away: chmod 600 {path}"),
    )
    .into())
}

fn readable(folder: &Path) -> anyhow::Result<()> {
    let count = std::fs::read_dir(folder)
        .map_err(|error| {
            let what = ["Kan inte läsa mappen", "Cannot read the folder"];
            let remedy = [
                "Skapa den och lägg registrets export där, eller rätta inställningen.",
                "Make it and put the register's export there, or correct the setting.",
            ];
            Trouble::file(what, folder, &error, remedy).ending(Exit::SourceUnavailable)
        })?
        .count();
    if count == 0 {
        let folder = folder.display();
        return Err(Trouble::settings(
            format!("Mappen {folder} är tom. Lägg registrets export där."),
            format!("The folder {folder} is empty. Put the register's export there."),
        )
        .ending(Exit::SourceContent)
        .into());
    }
    Ok(())
}

/// Whether a set can be delivered to the folder: its parent must take new folders.
fn writable(name: &str, folder: &Path) -> anyhow::Result<()> {
    const WRITE: [&str; 2] = ["Kan inte skriva i mappen", "Cannot write to the folder"];
    const REMEDY: [&str; 2] = [
        "Ge den som kör Skolbro rätt att skriva där, eller välj en annan mapp.",
        "Give the user who runs Skolbro the right to write there, or choose another folder.",
    ];
    place::is_ours(name, folder)?;
    let parent = folder.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)
        .map_err(|error| Trouble::file(WRITE, parent, &error, REMEDY).ending(Exit::Storage))?;
    let probe = parent.join(".skolbro-probe");
    std::fs::write(&probe, b"")
        .map_err(|error| Trouble::file(WRITE, parent, &error, REMEDY).ending(Exit::Storage))?;
    let _ = std::fs::remove_file(probe);
    Ok(())
}
