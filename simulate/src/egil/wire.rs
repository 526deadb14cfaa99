//! What is asked and what is answered.

use std::io;

use serde_json::{Map, Value};

use super::check::{Passed, Rules};
use super::shelf::{Put, Shelf, bytes};
use super::table;
use crate::receiver::{self, Call, Chosen, Reply, Running, Service, Written};

/// What a receiver of EGIL is asked to be.
#[derive(Debug, Clone, Default)]
pub struct Switches {
    /// What every receiver is asked to be.
    pub common: receiver::Switches,
    /// Whether a reference must lead somewhere.
    pub references: References,
    /// What is taken of that which the profile does not have.
    pub strictness: Strictness,
    /// Whether a list comes at once.
    pub lists: Lists,
}

/// How a list is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lists {
    /// At once, with how many there are: nothing that is asked for besides is heard.
    #[default]
    Whole,
    /// At once, without how many.
    Untold,
    /// So many at a time, from `startIndex` on, as a vendor's own server does (RFC 7644
    /// §3.4.2.4).
    Pages(usize),
    /// The first so many, whatever is asked for.
    First(usize),
}

/// Whether a reference must lead somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum References {
    /// One to what is not there is refused with 400. What is referred to may still be deleted.
    #[default]
    Checked,
    /// They are kept as they come.
    Unchecked,
}

/// What is taken of that which the profile does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// Unknown attributes are kept, and `schemas` may hold anything.
    #[default]
    Lenient,
    /// Both are refused with 400.
    Strict,
}

/// Listens until what is given is dropped.
///
/// # Errors
/// A port is taken or not on loopback, or a file of TLS or the state could not be read.
pub fn start(switches: Switches) -> io::Result<Running> {
    let Switches { common, references, strictness, lists } = switches;
    let rules: Vec<Rules> = table::types().into_iter().map(Rules::new).collect();
    let shelves = || rules.iter().map(|_| Shelf::default()).collect();
    let tenants = common.sign_in.tenants().iter().map(|_| shelves()).collect();
    let egil = Egil { rules, tenants, references, strictness, lists };
    receiver::start(common, Box::new(egil))
}

#[derive(Debug)]
struct Egil {
    rules: Vec<Rules>,
    /// The shelves of each tenant, in the order of the rules.
    tenants: Vec<Vec<Shelf>>,
    references: References,
    strictness: Strictness,
    lists: Lists,
}

/// A refusal: status and text.
type Refused = (u16, String);

/// One object of a type, or the type itself.
struct Place<'a> {
    kind: usize,
    id: Option<&'a str>,
}

impl Egil {
    /// The last part of a path is the type, or the id after a type.
    fn place<'a>(&self, path: &'a str) -> Option<Place<'a>> {
        let mut parts = path.trim_end_matches('/').rsplit('/');
        let last = parts.next().unwrap_or_default();
        if let Some(kind) = self.kind_of(last) {
            return Some(Place { kind, id: None });
        }
        let kind = self.kind_of(parts.next()?)?;
        Some(Place { kind, id: Some(last) })
    }

    fn kind_of(&self, endpoint: &str) -> Option<usize> {
        self.rules.iter().position(|it| it.endpoint == endpoint)
    }

    fn shelf(&self, tenant: usize, kind: usize) -> Option<&Shelf> {
        self.tenants.get(tenant)?.get(kind)
    }

    fn named(&self, tenant: usize, endpoint: &str) -> Option<&Shelf> {
        self.shelf(tenant, self.kind_of(endpoint)?)
    }

    fn answered(&self, tenant: usize, call: &Call) -> Result<Reply, Refused> {
        let missing = || (404, "no such type".to_owned());
        let place = self.place(&call.path).ok_or_else(missing)?;
        let objects = self.shelf(tenant, place.kind).ok_or_else(missing)?;
        let gone = || (404, "no such object".to_owned());
        match (call.method.as_str(), place.id) {
            // One object cannot be read: its id would be the type.
            ("GET" | "POST", Some(_)) => Err(missing()),
            ("GET", None) => Ok(self.list(objects, call)),
            ("POST", None) => {
                let Passed { id, value } = self.passed(tenant, place.kind, call)?;
                let object = bytes(&value);
                match objects.add(&id, object.clone()) {
                    Put::Refused => Err((409, "the object exists already".to_owned())),
                    Put::Done | Put::Same => Ok(sniffed(201, object)),
                }
            }
            ("PUT", id) => {
                let passed = self.passed(tenant, place.kind, call)?;
                if id.is_some_and(|it| !it.eq_ignore_ascii_case(&passed.id)) {
                    return Err((400, "externalId is not that of the path".to_owned()));
                }
                let object = bytes(&passed.value);
                match objects.replace(&passed.id, object.clone()) {
                    Put::Refused => Err(gone()),
                    Put::Done => Ok(sniffed(200, object)),
                    Put::Same => Ok(Reply { written: Written::Needless, ..sniffed(200, object) }),
                }
            }
            ("DELETE", Some(id)) => match objects.delete(id) {
                Put::Refused => Err(gone()),
                Put::Done | Put::Same => Ok(Reply::empty(204)),
            },
            ("DELETE", None) => Err(gone()),
            (_, _) => Err((405, "the method is not for this path".to_owned())),
        }
    }

    fn list(&self, held: &Shelf, call: &Call) -> Reply {
        let pairs = call.pairs();
        let start = pairs.iter().find(|(name, _)| name == "startIndex");
        let start = start.and_then(|(_, at)| at.parse::<usize>().ok()).unwrap_or(1).max(1);
        let (skip, take) = match self.lists {
            Lists::Whole | Lists::Untold => (0, usize::MAX),
            Lists::Pages(most) => (start - 1, most),
            Lists::First(most) => (0, most),
        };
        let mut objects = Vec::new();
        let many = held.list(&mut objects, skip, take);
        let total = match self.lists {
            Lists::Untold => String::new(),
            Lists::Whole | Lists::Pages(_) | Lists::First(_) => format!("\"totalResults\":{many},"),
        };
        let mut body = format!(
            "{{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\
             {total}\"Resources\":"
        )
        .into_bytes();
        body.extend(objects);
        body.push(b'}');
        sniffed(200, body)
    }

    fn passed(&self, tenant: usize, kind: usize, call: &Call) -> Result<Passed, Refused> {
        // Reference/targets.md §4.2: application/json is tolerated.
        if !["application/scim+json", "application/json"].contains(&call.content_type().as_str()) {
            return Err((415, "the content type must be application/scim+json".to_owned()));
        }
        let rules = self.rules.get(kind).ok_or((404, "no such type".to_owned()))?;
        let passed = rules.check(&call.body, self.strictness).map_err(|text| (400, text))?;
        if self.references == References::Checked {
            for (endpoint, id) in rules.references(&passed.value) {
                if !self.named(tenant, endpoint).is_some_and(|it| it.has(id)) {
                    return Err((400, format!("a reference to {endpoint} leads nowhere")));
                }
            }
        }
        Ok(passed)
    }
}

/// JSON that a look at its first bytes takes for text.
fn sniffed(status: u16, body: impl Into<axum::body::Bytes>) -> Reply {
    Reply::new(status, "text/plain; charset=utf-8", body)
}

impl Service for Egil {
    fn kind(&self, path: &str) -> &str {
        let place = self.place(path);
        place.and_then(|it| self.rules.get(it.kind)).map_or("-", |it| it.endpoint)
    }

    fn largest_body(&self) -> usize {
        16 << 20
    }

    fn answer(&self, tenant: usize, call: &Call) -> Reply {
        self.answered(tenant, call).unwrap_or_else(|(status, text)| Reply::text(status, &text))
    }

    fn refusal(&self, status: u16, text: &str) -> Reply {
        Reply::text(status, text)
    }

    fn stranger(&self) -> Reply {
        // Reference/targets.md §3.2.
        Reply::text(403, "forbidden")
    }

    fn dump(&self, tenant: usize) -> Vec<u8> {
        let mut names: Vec<&str> = self.rules.iter().map(|it| it.endpoint).collect();
        names.sort_unstable();
        let mut out = Vec::from(b"{");
        for (index, name) in names.into_iter().enumerate() {
            out.extend(if index > 0 { b",".as_slice() } else { b"" });
            out.extend(format!("\"{name}\":").bytes());
            if let Some(shelf) = self.named(tenant, name) {
                shelf.list(&mut out, 0, usize::MAX);
            }
        }
        out.push(b'}');
        out
    }

    fn load(&self, tenant: usize, state: &Map<String, Value>) {
        for (endpoint, objects) in state {
            if let (Some(shelf), Value::Array(objects)) = (self.named(tenant, endpoint), objects) {
                shelf.load(objects);
            }
        }
    }

    fn remove(&self, tenant: usize, kind: &str, chosen: &Chosen) -> usize {
        self.named(tenant, kind).map_or(0, |it| it.remove(chosen))
    }

    fn change(&self, tenant: usize, kind: &str, chosen: &Chosen, change: (&str, &Value)) -> usize {
        self.named(tenant, kind).map_or(0, |it| it.change(chosen, change))
    }

    fn reset(&self) {
        self.tenants.iter().flatten().for_each(Shelf::clear);
    }
}
