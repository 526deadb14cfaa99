//! `report`.
use ::run::Exit;
use crate::args::{Report, Global};
use crate::output::Output;
pub(crate) async fn report(args: &Report, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let _ = (args, global, out);
    Ok(Exit::Done)
}
