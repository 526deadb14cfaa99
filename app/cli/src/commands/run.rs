//! `run`: reads, plans, shows; with `--apply` carries out what no guard holds.

use ::run::{Asked, Exit, Mode, Session, Verify};

use crate::args::{Global, Run};
use crate::carried;
use crate::open::{self, Opened};
use crate::output::Output;
use crate::risks;
use crate::show;

/// Runs all targets, or one.
pub(crate) async fn run(args: &Run, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let opened = open::for_delivery(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let mode = if args.apply { Mode::Apply } else { Mode::Show };
    let targets = args.target.iter().cloned().collect();
    let asked = Asked { targets, mode, verify: verify(args.verify) };
    let session = opened
        .engine
        .run(&asked, out)
        .await
        .map_err(|error| open::named_in_settings(error, global))?;
    let details = if args.details { show::Details::All } else { show::Details::Counts };
    let exit = session_shown(&opened, &session, details, out).await;
    end(session, opened);
    exit
}

/// Ends what a run had: files are removed and memory is given back by one thread, the store is
/// left by another.
pub(crate) fn end(session: Session, opened: Opened) {
    std::thread::scope(|scope| {
        scope.spawn(move || drop(session));
        drop(opened);
    });
}

/// How much of the receivers is read.
pub(crate) fn verify(is_asked: bool) -> Verify {
    if is_asked { Verify::All } else { Verify::Due }
}

/// Shows what a run came to, and how it ends.
pub(crate) async fn session_shown(
    opened: &Opened,
    session: &Session,
    details: show::Details,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    match session {
        Session::Stopped { hash, trips, previous, last_read } => {
            let last_read = show::last_read(*last_read, opened.engine.today());
            show::stopped(hash, trips, previous.as_ref(), last_read, out);
        }
        Session::Ran { reading, resumed, targets, failed } => {
            show::notices(opened, reading, out);
            for applied in resumed {
                show::resumed(applied, out);
                let card = opened.engine.target(&applied.target)?.target.card();
                carried::refusals(applied, card, out);
            }
            let schools = opened.engine.known_schools().await?;
            for ran in targets {
                if ran.planned.saved.is_some() {
                    let setting = &opened.engine.target(&ran.planned.target)?.setting;
                    risks::of(&opened.loaded.settings, setting, out)?;
                }
                let view = show::Made { engine: &opened.engine, reading, schools: &schools };
                match &ran.applied {
                    None => view.planned(&ran.planned, details, out)?,
                    Some(applied) if ran.planned.saved.is_none() => {
                        carried::delivered_again(applied, out);
                    }
                    Some(applied) => {
                        view.carried_out(&ran.planned, details, out)?;
                        carried::applied(applied, ran.planned.card, out);
                    }
                }
                if let Some(rest) = &ran.rest {
                    out.tell(
                        "Det som hålls inne är nu en egen plan:",
                        "What is held is now a plan of its own:",
                    );
                    view.planned(rest, show::Details::Counts, out)?;
                }
            }
            for (name, error) in failed {
                crate::failure::tell_of(name, error, out);
            }
        }
    }
    let exit = session.exit();
    show::ending(exit, out);
    Ok(exit)
}
