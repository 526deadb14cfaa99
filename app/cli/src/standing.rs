//! What became of plans that a person had approved before, and what stands in their way.

use run::{Fallen, FallenWhy, Planned};
use serde_json::json;
use state::Closed;

use crate::output::Output;
use crate::show::{lines, short};
use crate::target_words;

/// Tells of approvals that fell away, and why.
pub(crate) fn fallen(planned: &Planned, out: &mut Output) {
    for Fallen { plan, why } in &planned.fallen {
        let (code, sv, en) = match why {
            FallenWhy::Expired => {
                ("expired", "det har gått mer än 24 timmar", "more than 24 hours have passed")
            }
            FallenWhy::Register => (
                "register",
                "registret säger något annat nu",
                "the register says something else now",
            ),
            FallenWhy::Settings => {
                ("settings", "inställningarna har ändrats", "the settings have changed")
            }
            FallenWhy::Delivered => {
                ("delivered", "något har levererats sedan dess", "something was delivered since")
            }
            FallenWhy::Day => (
                "day",
                "dagen är en annan, eller vad spärrarna har räknat i dag",
                "the day is another, or what the guards have counted today",
            ),
        };
        let id = short(plan);
        out.json(&json!({ "approval_fell": plan, "target": planned.target, "why": code }));
        out.tell(
            &format!(
                "▲ Godkännandet av planen {id} gäller inte längre: {sv}. Granska den nya planen."
            ),
            &format!(
                "▲ The approval of the plan {id} holds no longer: {en}. Look at the new plan."
            ),
        );
    }
}

/// Tells which kinds of object were left alone, for want of which permission.
pub(crate) fn closed(planned: &Planned, out: &mut Output) {
    let target = &planned.target;
    for Closed { kind, why } in &planned.closed {
        let Some(kind) = planned.card.object(*kind) else { continue };
        let problem = target_words::closed(why);
        let problem = out.say(&problem.sv, &problem.en).to_owned();
        out.json(&json!({ "closed": kind.name, "target": target, "problem": problem }));
        out.tell(
            &format!(
                "▲ {target}: {} lämnades som de är i den här körningen, och resten gick vidare. {problem}",
                kind.words.sv
            ),
            &format!(
                "▲ {target}: {} were left as they are in this run, and the rest went on. {problem}",
                kind.words.en
            ),
        );
    }
}

/// Tells what stands in the way at the receiver, the first of it.
pub(crate) fn obstacles(planned: &Planned, out: &mut Output) {
    let all: Vec<_> = planned.draft.obstacles.iter().map(|it| (it.clone(), None)).collect();
    if all.is_empty() {
        return;
    }
    let (target, card) = (&planned.target, planned.card);
    let view = report::ObstaclesView { target, card, obstacles: &all, only: None, limit: 5 };
    out.json(&report::obstacles_json(&view, out.lang()));
    lines(&report::obstacles(&view, out.lang()), out);
}
