//! `doctor`: whether everything that the settings name can be reached and used (K091).

use std::path::Path;

use ::run::Exit;
use serde_json::json;

use crate::args::Global;
use crate::output::Output;
use crate::{connectors, open};

struct Finding {
    what: String,
    problem: Option<String>,
}

/// Checks settings, key, store, sources and targets; each line is green or red.
pub(crate) async fn doctor(global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let loaded = open::settings(&global.config)?;
    out.speak(loaded.settings.tenant.language);
    let base = open::base(&global.config);
    let settings = &loaded.settings;
    let ok = |what: String| Finding { what, problem: None };
    let checked = |what: String, result: anyhow::Result<()>| Finding {
        what,
        problem: result.err().map(|error| format!("{error:#}")),
    };
    let mut findings = vec![ok(global.config.display().to_string())];
    findings.push(checked(
        format!("{}", settings.tenant.key),
        open::tenant_key(&settings.tenant.key, &base).map(|_| ()),
    ));
    findings.push(checked(
        settings.tenant.time_zone.clone(),
        jiff::tz::TimeZone::get(&settings.tenant.time_zone).map(|_| ()).map_err(Into::into),
    ));
    findings.push(checked("store".to_owned(), open::store(settings, &base).await.map(|_| ())));
    for source in &settings.sources {
        let made = connectors::source(&source.section, &base, jiff::civil::date(2000, 1, 1));
        findings.push(checked(
            format!("source.{}", source.name),
            made.and_then(|it| readable(&it.place)),
        ));
    }
    for target in &settings.targets {
        let made = connectors::target(target, &base);
        findings.push(checked(
            format!("target.{}", target.name),
            made.and_then(|it| writable(&it.place)),
        ));
    }
    let is_well = findings.iter().all(|it| it.problem.is_none());
    for Finding { what, problem } in findings {
        out.json(&json!({ "check": what, "ok": problem.is_none(), "problem": problem }));
        match problem {
            None => out.line(&format!("✓ {what}")),
            Some(problem) => out.line(&format!("✕ {what}: {problem}")),
        }
    }
    Ok(if is_well { Exit::Done } else { Exit::Configuration })
}

fn readable(folder: &Path) -> anyhow::Result<()> {
    let count = std::fs::read_dir(folder)
        .map_err(|error| {
            anyhow::anyhow!("the folder {} cannot be read: {error}", folder.display())
        })?
        .count();
    anyhow::ensure!(
        count > 0,
        "the folder {} is empty: put the register's export there",
        folder.display()
    );
    Ok(())
}

/// Whether a set can be delivered to the folder: its parent must take new folders.
fn writable(folder: &Path) -> anyhow::Result<()> {
    let parent = folder.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(|error| {
        anyhow::anyhow!("the folder {} cannot be made: {error}", parent.display())
    })?;
    let probe = parent.join(".skolbro-probe");
    std::fs::write(&probe, b"").map_err(|error| {
        anyhow::anyhow!("the folder {} cannot be written to: {error}", parent.display())
    })?;
    let _ = std::fs::remove_file(probe);
    Ok(())
}
