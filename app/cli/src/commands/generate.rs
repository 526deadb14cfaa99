//! `generate`: a made-up municipality's register as files.

use ::run::Exit;

use crate::args::{Generate, Global};
use crate::output::Output;

/// Writes the files.
pub(crate) fn generate(args: &Generate, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let _ = (args, global, out);
    Ok(Exit::Done)
}
