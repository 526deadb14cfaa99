//! A simulated receiver in a process of its own, and its admin port.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// A process that listens; it ends with this.
pub(crate) struct Simulated {
    process: Child,
    pub(crate) base_url: String,
    pub(crate) admin: String,
}

impl Simulated {
    /// Starts a command that tells as a line of JSON where it listens.
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().context("cannot start the receiver")?;
        let said = process.stdout.take().context("the receiver says nothing")?;
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        let told: Value = serde_json::from_str(&line).context("the receiver did not start")?;
        let text = |name: &str| told[name].as_str().map(str::to_owned).context("no address");
        let (base_url, admin) = (text("base_url")?, text("admin")?);
        Ok(Self { process, base_url, admin })
    }

    /// Ends it at once.
    pub(crate) fn end(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }

    /// What the admin port answers.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> anyhow::Result<Vec<u8>> {
        let address = self.admin.strip_prefix("http://").context("plain HTTP")?;
        let mut stream = TcpStream::connect(address)?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        ensure!(answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
        let head = answer.windows(4).position(|it| it == b"\r\n\r\n").context("no head")?;
        Ok(answer.split_off(head + 4))
    }

    /// The same as JSON.
    pub(crate) fn told(&self, path: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&self.ask("GET", path, "")?)?)
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        self.end();
    }
}
