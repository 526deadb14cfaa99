//! `plan`: what would change, and why; `plan show`: a saved plan.

use ::run::{Asked, Exit, Mode, Session, document};

use crate::args::{Global, Plan, PlanCommand, PlanShow};
use crate::open;
use crate::output::Output;
use crate::show;

/// Makes a plan, or shows a saved one.
pub(crate) async fn plan(args: &Plan, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    if let Some(PlanCommand::Show(args)) = &args.show {
        return show_saved(args, global, out).await;
    }
    let opened = open::for_delivery(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let targets = args.target.iter().cloned().collect();
    let asked = Asked { targets, mode: Mode::Show, verify: super::run::verify(args.verify) };
    let session = opened
        .engine
        .run(&asked, out)
        .await
        .map_err(|error| open::named_in_settings(error, global))?;
    let details = if args.details { show::Details::All } else { show::Details::Counts };
    let exit = super::run::session_shown(&opened, &session, details, out).await?;
    let has_changes = match &session {
        Session::Ran { targets, .. } => {
            targets.iter().any(|it| !it.planned.draft.operations.is_empty())
        }
        Session::Stopped { .. } => false,
    };
    super::run::end(session, opened);
    let tells = args.exit_code && exit <= Exit::Warnings && has_changes;
    Ok(if tells { Exit::Changes } else { exit })
}

async fn show_saved(args: &PlanShow, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let engine = &opened.engine;
    let plan = document::find(engine, &args.plan).await?;
    let document = document::load(engine, &plan).await?;
    let roster = engine.last_roster().await?;
    let schools = engine.known_schools().await?;
    let filter = show::filter(args, &schools)?;
    show::saved(engine, &document, &schools, roster.as_ref(), filter, out)?;
    Ok(Exit::Done)
}
