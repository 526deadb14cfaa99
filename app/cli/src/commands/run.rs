//! `run`: reads, plans, shows; with `--apply` carries out what no guard holds.

use ::run::{Asked, Exit, Mode, Session};

use crate::args::{Global, Run};
use crate::open::{self, Opened};
use crate::output::Output;
use crate::show;

/// Runs all targets, or one.
pub(crate) async fn run(args: &Run, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let mode = if args.apply { Mode::Apply } else { Mode::Show };
    let asked = Asked { targets: args.target.iter().cloned().collect(), mode };
    let session = opened.engine.run(&asked, out).await?;
    let details = if args.details { show::Details::All } else { show::Details::Counts };
    session_shown(&opened, &session, details, out)
}

/// Shows what a run came to, and how it ends.
pub(crate) fn session_shown(
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
        Session::Ran { reading, resumed, targets } => {
            show::notices(opened, reading, out);
            for applied in resumed {
                show::resumed(applied, out);
            }
            for ran in targets {
                show::planned(&opened.engine, reading, &ran.planned, details, out)?;
                if let Some(applied) = &ran.applied {
                    show::applied(applied, out);
                }
            }
        }
    }
    let exit = session.exit();
    show::ending(exit, out);
    Ok(exit)
}
