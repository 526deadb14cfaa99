//! `demo`.
use ::run::Exit;
use crate::args::{Demo, Global};
use crate::output::Output;
pub(crate) async fn demo(args: &Demo, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let _ = (args, global, out);
    Ok(Exit::Done)
}
