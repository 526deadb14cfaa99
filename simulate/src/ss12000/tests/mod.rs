//! The register over a real socket.

mod days;
mod dialects;
mod faults;
mod lists;
mod refusals;
mod schema;

use generate::{Guardians, Mentors, Municipality, Settings, Size, Town};
use serde_json::Value;

use super::drain::{Line, bearer, split};
use super::{Dialect, Register, Running, Switches};

/// A small town with everything in it.
fn town(size: Size) -> Town {
    let settings =
        Settings { guardians: Guardians::With, mentors: Mentors::With, ..Settings::default() };
    Municipality::generate(size, 1).town(settings)
}

fn start(dialect: Dialect) -> Reader {
    start_with(Size::Xs, Switches { dialect, ..Switches::default() })
}

fn start_with(size: Size, switches: Switches) -> Reader {
    Reader::of(Register::new(town(size), switches).start().unwrap())
}

/// Somebody who has signed in.
struct Reader {
    running: Running,
    line: Line,
    token: String,
}

impl Reader {
    fn of(running: Running) -> Self {
        let origin = running.origin();
        let mut line = Line::open(split(&origin).unwrap().0).unwrap();
        let token_url = running.token_url();
        let path = split(&token_url).unwrap().1.to_owned();
        let token = line.token(&path, &Switches::default().credentials).unwrap();
        Self { running, line, token }
    }

    /// Status and body of any request under the base.
    fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let headers = format!("{}Content-Type: application/json\r\n", bearer(&self.token));
        let base = self.running.base_url();
        let base = split(&base).unwrap().1.to_owned();
        self.raw(method, &format!("{base}/{path}"), &headers, body)
    }

    fn raw(&mut self, method: &str, path: &str, headers: &str, body: &str) -> (u16, Value) {
        self.line.send(method, path, headers, body.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let status = self.line.receive(&mut answer).unwrap();
        (status, serde_json::from_slice(&answer).unwrap_or(Value::Null))
    }

    fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, "");
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Every page of a list.
    fn pages(&mut self, path: &str) -> Vec<Value> {
        let mut pages = vec![self.get(path)];
        let resource = path.split('?').next().unwrap_or(path).to_owned();
        while let Some(token) = pages.last().and_then(|it| it["pageToken"].as_str()) {
            assert!(pages.len() < 1_000, "{path} never ends");
            let next = format!("{resource}?pageToken={token}");
            pages.push(self.get(&next));
        }
        pages
    }

    /// Every object of a list.
    fn all(&mut self, path: &str) -> Vec<Value> {
        let pages = self.pages(path);
        pages.iter().flat_map(|it| it["data"].as_array().unwrap().clone()).collect()
    }

    /// The ids of a list, in order.
    fn ids(&mut self, path: &str) -> Vec<String> {
        self.all(path).iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    }
}
