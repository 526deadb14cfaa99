//! A simulated receiver of EGIL in a process of its own, and what it tells at its admin port.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::measure::SECRET;
use crate::simulated::Simulated;

/// A receiver; it ends with this.
pub(crate) struct Vendor {
    receiver: Simulated,
    binary: PathBuf,
    state: PathBuf,
    pub(crate) base_url: String,
}

/// What it has been asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    pub(crate) requests: u64,
    /// Accepted writes of what was there already.
    pub(crate) needless: u64,
    /// Answers 409 and 412.
    pub(crate) conflicts: u64,
    calls: BTreeMap<(String, u64), u64>,
}

impl Status {
    /// Calls by this method that were carried out.
    pub(crate) fn done(&self, method: &str) -> u64 {
        let of = |((by, status), _): &(&(String, u64), &u64)| by == method && *status / 100 == 2;
        self.calls.iter().filter(of).map(|(_, count)| count).sum()
    }

    /// Calls that asked for something to be changed, however they ended.
    pub(crate) fn writes(&self) -> u64 {
        let of = |((by, _), _): &(&(String, u64), &u64)| by != "GET";
        self.calls.iter().filter(of).map(|(_, count)| count).sum()
    }

    /// Answers with this status.
    pub(crate) fn answers(&self, status: u64) -> u64 {
        let of = |((_, it), _): &(&(String, u64), &u64)| *it == status;
        self.calls.iter().filter(of).map(|(_, count)| count).sum()
    }
}

impl Vendor {
    /// One that holds nothing; what it is told to save is put into `folder`.
    pub(crate) fn start(binary: &Path, folder: &Path) -> anyhow::Result<Self> {
        Self::listen(binary, folder.join("vendor.json"), ["127.0.0.1:0"; 2])
    }

    fn listen(binary: &Path, state: PathBuf, at: [&str; 2]) -> anyhow::Result<Self> {
        let mut command = Command::new(binary);
        command
            .args(["simulate", "egil", "--json", "--strict"])
            .args(["--listen", at[0], "--admin", at[1]])
            .args(["--api-key", &format!("vendor={}", SECRET.1)])
            .arg("--state")
            .arg(&state);
        let receiver = Simulated::start(&mut command)?;
        let base_url = receiver.base_url.clone();
        Ok(Self { receiver, binary: binary.to_owned(), state, base_url })
    }

    /// The same at the same address, holding what it last saved.
    pub(crate) fn again(&mut self) -> anyhow::Result<()> {
        self.receiver.end();
        let at =
            [&self.base_url, &self.receiver.admin].map(|url| url.trim_start_matches("http://"));
        let next = Self::listen(&self.binary, self.state.clone(), at)?;
        *self = next;
        Ok(())
    }

    pub(crate) fn save(&self) -> anyhow::Result<()> {
        self.ask("POST", "/save", "").map(drop)
    }

    /// Holds nothing, and has been asked nothing.
    pub(crate) fn reset(&self) -> anyhow::Result<()> {
        self.ask("POST", "/reset", "").map(drop)
    }

    /// Has been asked nothing.
    pub(crate) fn count_anew(&self) -> anyhow::Result<()> {
        self.ask("DELETE", "/status", "").map(drop)
    }

    pub(crate) fn plant(&self, fault: &str) -> anyhow::Result<()> {
        self.ask("POST", "/fault", fault).map(drop)
    }

    pub(crate) fn mend(&self) -> anyhow::Result<()> {
        self.ask("DELETE", "/fault", "").map(drop)
    }

    /// Takes the first so many users away by hand.
    pub(crate) fn remove_users(&self, many: u64) -> anyhow::Result<()> {
        self.ask("POST", &format!("/remove?type=Users&n={many}"), "").map(drop)
    }

    pub(crate) fn status(&self) -> anyhow::Result<Status> {
        let told: Value = serde_json::from_slice(&self.ask("GET", "/status", "")?)?;
        let number = |of: &Value, name: &str| of[name].as_u64().context("no number");
        let mut calls = BTreeMap::new();
        for it in told["calls"].as_array().context("no calls")? {
            let method = it["method"].as_str().context("no method")?.to_owned();
            *calls.entry((method, number(it, "status")?)).or_default() += number(it, "count")?;
        }
        Ok(Status {
            requests: number(&told, "requests")?,
            needless: number(&told, "needless")?,
            conflicts: number(&told, "conflicts")?,
            calls,
        })
    }

    /// Everything that it holds.
    pub(crate) fn dump(&self) -> anyhow::Result<Dump> {
        let told: Value = serde_json::from_slice(&self.ask("GET", "/dump", "")?)?;
        let kinds = told["vendor"].as_object().context("no tenant")?;
        let mut objects = BTreeMap::new();
        for (kind, all) in kinds {
            for object in all.as_array().context("no list")? {
                let id = object["externalId"].as_str().context("no id")?;
                objects.insert(format!("{kind}/{id}"), object.to_string());
            }
        }
        Ok(Dump(objects))
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> anyhow::Result<Vec<u8>> {
        self.receiver.ask(method, path, body)
    }
}

/// What a receiver holds, by type and id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dump(BTreeMap<String, String>);

impl Dump {
    /// How many objects.
    pub(crate) fn objects(&self) -> u64 {
        self.0.len() as u64
    }

    /// How many of these `other` does not hold as they are here.
    pub(crate) fn missing_in(&self, other: &Self) -> u64 {
        self.0.iter().filter(|(id, body)| other.0.get(*id) != Some(body)).count() as u64
    }
}
