//! `apply`: carries out a saved plan.

use ::run::Exit;

use crate::args::{Apply, Global};
use crate::carried;
use crate::open;
use crate::output::Output;
use crate::show;

/// Carries out exactly the saved plan, as far as it is released.
pub(crate) async fn apply(args: &Apply, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let opened = open::for_delivery(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let applied = opened.engine.apply(&args.plan, out).await?;
    let card = opened.engine.target(&applied.target)?.target.card();
    carried::applied(&applied, card, out);
    if applied.held > 0 {
        out.tell(
            "Det som hölls inne blir en ny plan: skolbro plan",
            "What was held becomes a new plan: skolbro plan",
        );
    }
    let exit = applied.exit();
    show::ending(exit, out);
    Ok(exit)
}
