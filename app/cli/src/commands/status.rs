//! `status`: the latest runs, open plans, and how old everything is.

use ::run::{Engine, Exit, document};
use rules::config::Schedule;
use serde_json::json;
use store::{PlanStatus, RunState};

use crate::args::Global;
use crate::commands::passwords;
use crate::output::Output;
use crate::{open, show};

/// Shows how the tenant stands.
pub(crate) async fn status(global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let engine = &opened.engine;
    let when = |at: jiff::Timestamp| {
        at.to_zoned(engine.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    };
    tenant(&opened, out);
    let runs = engine.store.runs(10).await?;
    if runs.is_empty() {
        out.tell("Ingen körning än. Kör `skolbro plan`.", "No run yet. Run `skolbro plan`.");
    }
    for run in runs {
        if is_rehearsal(engine, run.plan.as_deref()).await? {
            continue;
        }
        out.json(&json!({
            "run": run.number, "target": run.target, "state": run.state.word(),
            "started": run.started.to_string(), "plan": run.plan, "exit": run.exit_code,
        }));
        let state = report::run_state(run.state.word(), out.lang()).unwrap_or_default();
        let plan = run.plan.as_deref().map_or("", show::short);
        out.line(&format!(
            "{:>5}  {}  {:<12} {state:<26} {plan}",
            run.number,
            when(run.started),
            run.target
        ));
        let failed = run.exit_code.and_then(|code| {
            Exit::ALL.iter().find(|exit| i64::from(exit.code()) == code && **exit != Exit::Done)
        });
        if let Some(exit) = failed.filter(|_| run.state == RunState::Failed) {
            let why = out.say(exit.sv(), exit.en()).to_owned();
            out.line(&format!("       → {why} ({})", exit.code()));
        }
    }
    for target in &engine.targets {
        for plan in engine.store.plans(&target.name, 5).await? {
            let is_open = plan.status == PlanStatus::Ready && plan.expires > engine.now();
            if is_open && !document::is_rehearsal(&plan) {
                let id = show::short(&plan.id);
                out.json(&json!({ "open_plan": plan.id, "target": plan.target, "expires": plan.expires.to_string() }));
                let until = when(plan.expires);
                out.tell(
                    &format!("Öppen plan {id} · {} · får startas till {until} · visa: skolbro plan show {id}", plan.target),
                    &format!("Open plan {id} · {} · may be started until {until} · show: skolbro plan show {id}", plan.target),
                );
            }
        }
    }
    passwords::waiting(engine, out).await?;
    Ok(Exit::Done)
}

/// Whether a run only looked at what a day that has not come will bring.
async fn is_rehearsal(engine: &Engine, plan: Option<&str>) -> anyhow::Result<bool> {
    let Some(id) = plan else { return Ok(false) };
    let plans = engine.store.plans_beginning(id).await?;
    Ok(plans.first().is_some_and(document::is_rehearsal))
}

/// Who the tenant is, and when each receiver is due.
fn tenant(opened: &open::Opened, out: &mut Output) {
    let settings = &opened.loaded.settings;
    let tenant = &settings.tenant;
    let (package, tier) = (word(&tenant.package), word(&tenant.support_tier));
    out.json(&json!({ "tenant": tenant.name, "package": package, "support_tier": tier }));
    out.tell(
        &format!("{} · paket {package} · support {tier} · {}", tenant.name, tenant.time_zone),
        &format!("{} · package {package} · support {tier} · {}", tenant.name, tenant.time_zone),
    );
    for target in &settings.targets {
        let name = crate::receivers::ledger(target);
        let when = schedule(&target.schedule, out);
        out.json(&json!({ "target": name, "mode": word(&target.mode), "schedule": when }));
        out.line(&format!("  {name:<16} {when}"));
    }
}

fn word(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase()
}

/// When a target is due, as the system's own scheduler should start it (K079, K080).
fn schedule(schedule: &Schedule, out: &Output) -> String {
    match schedule {
        Schedule::Daily(times) => {
            let times: Vec<String> =
                times.iter().map(|time| time.strftime("%H:%M").to_string()).collect();
            format!("{} {}", out.say("Dagligen kl.", "Daily at"), times.join(", "))
        }
        Schedule::Every(interval) => {
            format!("{} {} min", out.say("Var", "Every"), interval.as_secs() / 60)
        }
    }
}
