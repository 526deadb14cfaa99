//! `report`: data quality, runs, connectors.

use std::collections::BTreeMap;

use ::run::{Engine, Exit, RunError, bind};
use report::{ObstaclesView, QualityView, obstacles_json, quality, quality_json};
use roster::quality::{Checker, Code};
use roster::{InGroups, Key, Places};
use serde_json::json;
use sources_files::{Table, TableSettings, table};

use crate::args::{Global, Report, ReportKind};
use crate::connectors;
use crate::open;
use crate::output::Output;
use crate::show;

/// Prints a report.
pub(crate) async fn report(
    args: &Report,
    global: &Global,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    match args.what {
        ReportKind::Quality => {
            let opened = open::open(global).await?;
            out.speak(opened.loaded.settings.tenant.language);
            data_quality(args, &opened.engine, out).await
        }
        ReportKind::Run => super::status::status(global, out).await,
        ReportKind::Deliveries => {
            let opened = open::open(global).await?;
            out.speak(opened.loaded.settings.tenant.language);
            super::deliveries::deliveries(args, &opened.engine, out).await
        }
        ReportKind::Connectors => {
            capabilities(out);
            Ok(Exit::Done)
        }
    }
}

async fn data_quality(args: &Report, engine: &Engine, out: &mut Output) -> anyhow::Result<Exit> {
    let roster = engine.last_roster().await?.ok_or(RunError::NothingRead)?;
    let only =
        args.school.as_deref().map(|name| bind::school_named(&roster.schools, name)).transpose()?;
    let (places, mut groups) = (Places::of(&roster), InGroups::default());
    let settings = engine.quality_settings();
    let mut checker = Checker::new(&roster, &places, engine.today(), settings);
    let mut persons = roster.persons()?;
    while let Some(record) = persons.next_person()? {
        places.look_up(&record, &mut groups);
        checker.observe(&record, &groups);
        checker.missed(&record, persons.last_missed());
        if persons.last_repeated() {
            checker.repeated(&record);
        }
    }
    drop(persons);
    let findings = checker.finish();
    let names: Vec<String> = engine.targets.iter().map(|target| target.name.clone()).collect();
    let affects: BTreeMap<Code, Vec<String>> = Code::ALL
        .iter()
        .filter(|code| affects_targets(**code))
        .map(|code| (*code, names.clone()))
        .collect();
    let school =
        |key: Key| roster.schools.get(&key).map_or_else(|| key.to_string(), |it| it.name.clone());
    let view = QualityView {
        summary: &findings.summary,
        issues: &findings.issues,
        affects: &affects,
        school: &school,
        only,
    };
    out.json(&quality_json(&view, out.lang()));
    show::lines(&quality(&view, out.lang()), out);
    let hindered = obstacles(engine, only, out).await?;
    let has_errors = hindered || findings.summary.total(roster::quality::Severity::Error) > 0;
    Ok(if has_errors { Exit::Warnings } else { Exit::Done })
}

/// What stands in the way at the receivers, since when (K137); whether anything does.
async fn obstacles(engine: &Engine, only: Option<Key>, out: &mut Output) -> anyhow::Result<bool> {
    let mut any = false;
    for target in &engine.targets {
        let all = engine.obstacles(&target.name).await?;
        let day = |at: jiff::Timestamp| at.to_zoned(engine.zone.clone()).date();
        let all: Vec<_> = all.into_iter().map(|(it, since)| (it, Some(day(since)))).collect();
        let (name, card) = (&target.name, target.target.card());
        let view = ObstaclesView { target: name, card, obstacles: &all, only, limit: usize::MAX };
        if all.is_empty() {
            continue;
        }
        any = true;
        out.json(&obstacles_json(&view, out.lang()));
        show::lines(&report::obstacles(&view, out.lang()), out);
    }
    Ok(any)
}

/// Whether an issue changes what a receiver gets, or is for the register alone.
fn affects_targets(code: Code) -> bool {
    !matches!(code, Code::D05 | Code::D06 | Code::D09 | Code::D15 | Code::D17 | Code::D18)
}

/// What each connector can express and do (K020), made from the code itself.
fn capabilities(out: &mut Output) {
    let settings = TableSettings::in_folder(std::path::Path::new("."));
    out.tell(
        "Källa table (rekommenderas där inget API finns), profil skolbro:",
        "Source table (recommended where there is no API), profile skolbro:",
    );
    if let Ok(table) = Table::new(settings, jiff::civil::date(2026, 1, 1)) {
        for table::Capability { table, field, gives } in table.card() {
            out.json(&json!({ "source": table::KIND, "table": format!("{table:?}"), "field": format!("{field:?}"), "gives": format!("{gives:?}") }));
            out.line(&format!(
                "  {:<14} {:<20} {gives:?}",
                format!("{table:?}"),
                format!("{field:?}")
            ));
        }
    }
    for card in connectors::cards() {
        receiver(card, out);
    }
}

fn receiver(card: &state::Card, out: &mut Output) {
    out.tell(
        &format!("Mottagande system {} ({}):", card.id, card.name),
        &format!("Receiver {} ({}):", card.id, card.name),
    );
    for kind in card.objects {
        let words: Vec<String> =
            kind.verbs.0.iter().map(|verb| out.say(verb.sv(), verb.word()).to_owned()).collect();
        out.json(&json!({ "target": card.id, "kind": kind.name, "verbs": kind.verbs.0.iter().map(|verb| verb.word()).collect::<Vec<_>>() }));
        out.line(&format!("  {:<16} {}", kind.name, words.join(", ")));
    }
}
