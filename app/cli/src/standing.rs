//! What became of plans that a person had approved before.

use run::{Fallen, FallenWhy, Planned};
use serde_json::json;

use crate::output::Output;
use crate::show::short;

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
