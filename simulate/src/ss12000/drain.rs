//! Reads everything as raw bytes: how fast the simulator alone can be emptied.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;

use super::Credentials;

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drained {
    /// Pages.
    pub pages: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
}

/// The resources that a full read takes (reference/sources.md §1.6), in our reader's order.
const RESOURCES: [&str; 6] =
    ["organisations", "syllabuses", "persons", "duties", "activities", "groups"];

/// Pages through every resource that a full read takes, over so many connections side by side:
/// each takes the next resource when it is done with one, in the order of our reader. Looks at
/// nothing but the page tokens. `query` is that of each first page: `limit=500` takes objects as
/// they lie, `limit=500&expandReferenceNames=true` lets each be written for this reader.
///
/// # Errors
/// What the system answers, or an answer without status 200.
pub fn drain(
    base_url: &str,
    token_url: &str,
    credentials: &Credentials,
    query: &str,
    connections: usize,
) -> io::Result<Drained> {
    let (host, _) = split(base_url)?;
    let mut line = Line::open(host)?;
    let token = line.token(split(token_url)?.1, credentials)?;
    let waiting = Mutex::new(RESOURCES.iter().rev().collect::<Vec<_>>());
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.pop());
    let work = |mut line: Line| -> io::Result<Drained> {
        let mut drained = Drained::default();
        while let Some(resource) = next() {
            pages(&mut line, base_url, &token, (resource, query), &mut drained, &mut |_| Ok(()))?;
        }
        Ok(drained)
    };
    std::thread::scope(|scope| {
        let others = (1..connections)
            .map(|_| Line::open(host).map(|line| scope.spawn(move || work(line))))
            .collect::<io::Result<Vec<_>>>()?;
        let mut all = work(line)?;
        for other in others {
            let Drained { pages, bytes } =
                other.join().map_err(|_| io::Error::other("a thread stopped"))??;
            all.pages += pages;
            all.bytes += bytes;
        }
        Ok(all)
    })
}

/// As [`drain`] over one connection, and hands each page's resource and body to `keep`.
///
/// # Errors
/// As [`drain`], and what `keep` says.
pub fn drain_to(
    base_url: &str,
    token_url: &str,
    credentials: &Credentials,
    query: &str,
    keep: &mut dyn FnMut(&str, &[u8]) -> io::Result<()>,
) -> io::Result<Drained> {
    let mut line = Line::open(split(base_url)?.0)?;
    let token = line.token(split(token_url)?.1, credentials)?;
    let mut drained = Drained::default();
    for resource in RESOURCES {
        let mut keep = |body: &[u8]| keep(resource, body);
        pages(&mut line, base_url, &token, (resource, query), &mut drained, &mut keep)?;
    }
    Ok(drained)
}

/// Pages through one resource.
fn pages(
    line: &mut Line,
    base_url: &str,
    token: &str,
    (resource, query): (&str, &str),
    drained: &mut Drained,
    keep: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let (_, base) = split(base_url)?;
    let mut query = query.to_owned();
    let mut body = Vec::new();
    loop {
        line.send("GET", &format!("{base}/{resource}?{query}"), &bearer(token), b"")?;
        let status = line.receive(&mut body)?;
        if status != 200 {
            return Err(io::Error::other(format!("{resource}: status {status}")));
        }
        drained.pages += 1;
        drained.bytes += body.len() as u64;
        keep(&body)?;
        match page_token(&body) {
            Some(token) => query = format!("pageToken={token}"),
            None => return Ok(()),
        }
    }
}

/// Host with port, and path.
pub(super) fn split(url: &str) -> io::Result<(&str, &str)> {
    let rest = url.strip_prefix("http://").ok_or(io::ErrorKind::InvalidInput)?;
    let at = rest.find('/').unwrap_or(rest.len());
    Ok((rest.get(..at).unwrap_or_default(), rest.get(at..).unwrap_or_default()))
}

pub(super) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// The token at a page's end.
pub(super) fn page_token(body: &[u8]) -> Option<String> {
    let tail = body.get(body.len().saturating_sub(300)..)?;
    let name = b"\"pageToken\":\"";
    let from = tail.windows(name.len()).rposition(|it| it == name)? + name.len();
    let rest = tail.get(from..)?;
    let to = rest.iter().position(|it| *it == b'"')?;
    String::from_utf8(rest.get(..to)?.to_vec()).ok()
}

/// A connection that is kept.
pub(super) struct Line {
    stream: TcpStream,
    host: String,
    /// Read and not used yet.
    rest: Vec<u8>,
    /// The head of the latest answer.
    pub(super) head: String,
}

impl Line {
    pub(super) fn open(host: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host: host.to_owned(), rest: Vec::new(), head: String::new() })
    }

    /// Sends a request; `headers` are whole lines.
    pub(super) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> io::Result<()> {
        let (host, many) = (&self.host, body.len());
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {many}\r\n{headers}\r\n"
        )
        .into_bytes();
        request.extend(body);
        self.stream.write_all(&request)
    }

    /// Reads an answer with a `Content-Length`; gives its status.
    pub(super) fn receive(&mut self, body: &mut Vec<u8>) -> io::Result<u16> {
        body.clear();
        let end = loop {
            let found = self.rest.windows(4).position(|it| it == b"\r\n\r\n");
            if let Some(at) = found {
                break at + 4;
            }
            self.more()?;
        };
        let head: Vec<u8> = self.rest.drain(..end).collect();
        self.head = String::from_utf8_lossy(&head).into_owned();
        let status = self.head.get(9..12).and_then(|it| it.parse().ok());
        let many = self.header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
        let here = self.rest.len().min(many);
        body.extend(self.rest.drain(..here));
        body.resize(many, 0);
        if let Some(missing) = body.get_mut(here..) {
            self.stream.read_exact(missing)?;
        }
        status.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// A header of the latest answer.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|it| it.split_once(':'));
        let mut found = lines.filter(|(it, _)| it.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.trim())
    }

    /// Signs in.
    pub(super) fn token(&mut self, path: &str, credentials: &Credentials) -> io::Result<String> {
        let Credentials { id, secret } = credentials;
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.send("POST", path, kind, form.as_bytes())?;
        let mut body = Vec::new();
        let status = self.receive(&mut body)?;
        let value: serde_json::Value = serde_json::from_slice(&body)?;
        let token = value.get("access_token").and_then(serde_json::Value::as_str);
        token.map(str::to_owned).ok_or_else(|| io::Error::other(format!("token: status {status}")))
    }

    fn more(&mut self) -> io::Result<()> {
        let mut part = [0; 1 << 14];
        let many = self.stream.read(&mut part)?;
        if many == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.rest.extend(part.get(..many).unwrap_or_default());
        Ok(())
    }
}
