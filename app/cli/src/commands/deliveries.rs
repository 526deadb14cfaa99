//! `report deliveries`: of each object at a receiver what was told last, when, and how the
//! receiver took it (K150, K151).

use ::run::{BoundTarget, Engine, Exit};
use serde_json::json;
use store::{CallState, LedgerRow};

use crate::args::Report;
use crate::output::Output;

/// Rows read at a time.
const ROWS: u32 = 10_000;

/// Prints a line an object.
pub(crate) async fn deliveries(
    args: &Report,
    engine: &Engine,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    let chosen: Vec<&BoundTarget> = match &args.target {
        Some(name) => vec![engine.target(name)?],
        None => engine.targets.iter().collect(),
    };
    out.tell("mottagare;typ;id;vad;tid;status;kod", "receiver;type;id;what;time;status;code");
    for target in chosen {
        let mut after = None;
        loop {
            let rows = engine.store.ledger(&target.name, after, ROWS).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.object);
            for row in &rows {
                line(target, row, engine, out);
            }
        }
    }
    Ok(Exit::Done)
}

fn line(target: &BoundTarget, row: &LedgerRow, engine: &Engine, out: &mut Output) {
    let LedgerRow { object, what, at, state, code } = row;
    let kind = target.target.card().object(object.kind).map_or("", |kind| kind.name);
    let status = match state {
        CallState::Done => out.say("klar", "done"),
        CallState::Failed => out.say("nekad", "refused"),
        CallState::Sent | CallState::Unknown => out.say("obekräftad", "unconfirmed"),
    };
    let time = at.to_zoned(engine.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let code = code.as_deref().unwrap_or_default();
    out.json(&json!({
        "target": target.name, "kind": kind, "id": object.key.to_string(), "what": what,
        "at": at.to_string(), "state": state.word(), "code": code,
    }));
    let text = format!("{};{kind};{};{what};{time};{status};{code}", target.name, object.key);
    out.line(&text);
}
