//! What carrying out a plan came to, shown.

use std::fmt::Write as _;

use report::number;
use rules::config::Lang;
use run::Applied;
use serde_json::json;

use crate::output::Output;

/// Shows what was carried out.
pub(crate) fn applied(applied: &Applied, out: &mut Output) {
    let Applied { plan, target, done, refused, skipped, held, pace } = applied;
    out.json(&json!({
        "applied": plan, "target": target, "done": done, "refused": refused.len(),
        "skipped": skipped, "held": held, "pace": pace.as_ref().map(report::pace_json),
    }));
    let mut text = match (out.lang(), *done) {
        (Lang::Sv, 1) => format!("{target}: 1 åtgärd utförd"),
        (Lang::Sv, _) => format!("{target}: {} åtgärder utförda", number(*done)),
        (Lang::En, 1) => format!("{target}: 1 operation carried out"),
        (Lang::En, _) => format!("{target}: {} operations carried out", number(*done)),
    };
    for (count, sv, en) in [
        (refused.len() as u64, "nekade av mottagaren", "refused by the receiver"),
        (*skipped, "hoppades över", "skipped"),
        (*held, "hålls inne", "held"),
    ] {
        if count > 0 {
            let _ = write!(text, " · {} {}", number(count), out.say(sv, en));
        }
    }
    out.line(&text);
    if let Some(pace) = pace {
        let text = report::pace(target, pace, out.lang());
        out.line(&text);
    }
}

/// Tells that what was written last was delivered whole once more, with nothing to do.
pub(crate) fn delivered_again(applied: &Applied, out: &mut Output) {
    let Applied { plan, target, .. } = applied;
    out.json(&json!({ "delivered_again": plan, "target": target }));
    out.tell(
        &format!("{target}: inget att göra, men mappen saknade den senaste leveransen eller så var den hela mängden för gammal: hela mängden är levererad igen ✓"),
        &format!("{target}: nothing to do, but the folder lacked the last delivery or its whole set was too old: the whole set was delivered again ✓"),
    );
}
