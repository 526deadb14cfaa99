//! What carrying out a plan came to, shown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use report::number;
use rules::config::Lang;
use run::Applied;
use serde_json::json;
use state::Card;

use crate::connectors;
use crate::output::Output;

/// Shows what was carried out.
pub(crate) fn applied(applied: &Applied, card: &Card, out: &mut Output) {
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
    refusals(applied, card, out);
    if let Some(pace) = pace {
        let text = report::pace(target, pace, out.lang());
        out.line(&text);
    }
}

/// What the receiver refused, by its code: how often, what it means and what to do about it.
pub(crate) fn refusals(applied: &Applied, card: &Card, out: &mut Output) {
    let mut codes: BTreeMap<&str, u64> = BTreeMap::new();
    for code in applied.refused.values() {
        *codes.entry(code).or_default() += 1;
    }
    for (code, count) in codes {
        let words = connectors::refusal(card, code);
        let says = words.as_ref().map(|it| out.say(&it.sv, &it.en).to_owned());
        out.json(&json!({
            "refused": code, "count": count, "target": applied.target, "problem": says,
        }));
        let says = says.map_or_else(String::new, |says| format!(": {says}"));
        out.line(&format!("  ✕ {} {code}{says}", number(count)));
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
