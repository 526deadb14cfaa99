//! `explain`.
use ::run::Exit;
use crate::args::{Explain, Global};
use crate::output::Output;
pub(crate) async fn explain(args: &Explain, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let _ = (args, global, out);
    Ok(Exit::Done)
}
