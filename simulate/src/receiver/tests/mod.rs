//! What every simulated receiver does, over a real socket, by a client that knows HTTP alone.

mod admin;
mod faults;
mod sign_in;

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::{Running, Switches};
use crate::egil;

/// Something to read from and write to.
pub(crate) trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

/// One connection.
pub(crate) struct Client(BufReader<Box<dyn Stream>>);

/// What came back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in small letters.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(it, _)| it == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

impl Client {
    /// A connection to `http://ADDRESS`.
    pub(crate) fn to(url: &str) -> Self {
        let address = url.split("//").nth(1).unwrap().split('/').next().unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self::over(Box::new(stream))
    }

    pub(crate) fn over(stream: Box<dyn Stream>) -> Self {
        Self(BufReader::new(stream))
    }

    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        let lines: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (lines, many) = (lines.concat(), body.len());
        let whole = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{lines}Content-Length: {many}\r\n\r\n{body}"
        );
        self.0.get_mut().write_all(whole.as_bytes())?;
        self.0.get_mut().flush()?;
        self.receive()
    }

    fn receive(&mut self) -> io::Result<Answer> {
        let mut answer = Answer::default();
        let mut line = String::new();
        let gone = || io::Error::from(io::ErrorKind::UnexpectedEof);
        self.0.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|it| it.parse().ok());
        answer.status = status.ok_or_else(gone)?;
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let many = answer.header("content-length").parse().unwrap_or(0);
        answer.body.resize(many, 0);
        self.0.read_exact(&mut answer.body)?;
        Ok(answer)
    }
}

/// A receiver of EGIL that lets everybody in.
fn start(faults: &[&str]) -> Running {
    let faults = faults.iter().map(|it| it.parse().expect(it)).collect();
    let common = Switches { faults, ..Switches::default() };
    egil::start(egil::Switches { common, ..egil::Switches::default() }).unwrap()
}

const JSON: (&str, &str) = ("Content-Type", "application/scim+json");

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn organisation(number: u32, name: &str) -> String {
    format!(r#"{{"schemas":["x"],"externalId":"{}","displayName":"{name}"}}"#, id(number))
}

/// Posts an organisation on a connection of its own.
fn post(running: &Running, number: u32) -> io::Result<Answer> {
    let body = organisation(number, "Exempelstad");
    Client::to(&running.base_url()).send("POST", "/Organisations", &[JSON], &body)
}

/// How many organisations there are.
fn held(running: &Running) -> usize {
    let dump: Value = serde_json::from_slice(&running.dump()).unwrap();
    dump["demo"]["Organisations"].as_array().unwrap().len()
}
