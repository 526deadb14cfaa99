//! A simulated system as a program of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use serde_json::Value;

/// A simulated system that is stopped when this is dropped.
pub(crate) struct Played {
    pub(crate) child: Child,
    /// What it tells of itself when it is ready.
    pub(crate) told: Value,
}

impl Played {
    /// `skolbro simulate KIND --json` with these arguments.
    pub(crate) fn start(kind: &str, arguments: &[&str]) -> anyhow::Result<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_skolbro"))
            .args(["simulate", kind, "--json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().context("no standard output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let told = serde_json::from_str(&line).context("no line of JSON")?;
        Ok(Self { child, told })
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.told.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
