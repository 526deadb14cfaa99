//! A simulated Google in a process of its own: what it has been asked, and what it holds.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::Context as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::measure::Cost;
use crate::names::Bench;
use crate::simulated::Simulated;

const ADMIN: &str = "admin@skola.example";
/// More than anybody is given: what the simulator takes is what tells.
const NO_QUOTAS: Quotas =
    Quotas { directory: 6_000_000, users: 20_000, classroom: 6_000_000, project: 6_000_000 };

/// How much Google takes: calls a minute, users a second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quotas {
    pub(super) directory: u32,
    pub(super) users: u32,
    pub(super) classroom: u32,
    pub(super) project: u32,
}

impl Quotas {
    /// The published ones (reference/google.md §1.5, §2.4).
    pub(super) const REAL: Self =
        Self { directory: 2_400, users: 10, classroom: 1_200, project: 3_000 };

    /// On a clock that runs so many times faster.
    fn times(self, speed: u32) -> Self {
        let Self { directory, users, classroom, project } = self;
        Self {
            directory: directory * speed,
            users: users * speed,
            classroom: classroom * speed,
            project: project * speed,
        }
    }
}

/// A customer with the two units that accounts are put in.
pub(super) struct Cloud {
    receiver: Simulated,
    /// Where the service account's key is.
    folder: TempDir,
    quotas: Quotas,
}

impl Cloud {
    /// One that takes as much as it is given.
    pub(super) fn start(bench: &Bench, more: &[&str]) -> anyhow::Result<Self> {
        Self::with(bench, NO_QUOTAS, more)
    }

    /// One with Google's quotas on a clock that runs so many times faster.
    pub(super) fn at_quotas(bench: &Bench, speed: u32, more: &[&str]) -> anyhow::Result<Self> {
        let clock = ["--quotas", "real", "--speed", &speed.to_string()];
        Self::with(bench, Quotas::REAL.times(speed), &[&clock, more].concat())
    }

    fn with(bench: &Bench, quotas: Quotas, more: &[&str]) -> anyhow::Result<Self> {
        let folder = bench.folders.make()?;
        let mut command = Command::new(&bench.binary);
        command
            .args(["simulate", "google", "--json", "--key-file"])
            .arg(folder.path().join("google.json"))
            .args(["--domain", "skola.example", "--administrator", ADMIN])
            .args(["--unit", "/Elever", "--unit", "/Personal"])
            .args(more);
        Ok(Self { receiver: Simulated::start(&mut command)?, folder, quotas })
    }

    /// The settings of a tenant who delivers here, with these lines besides.
    pub(super) fn tables(&self, lines: &str) -> String {
        let (url, key) = (&self.receiver.base_url, self.folder.path().join("google.json"));
        let Quotas { directory, users, classroom, project } = self.quotas;
        format!(
            "[target.google.google_workspace]\nkey = \"file:{}\"\nsubject = \"{ADMIN}\"\n\
             domain = \"skola.example\"\n{lines}\n\
             addresses = {{ directory = \"{url}\", classroom = \"{url}\", group_settings = \"{url}\" }}\n\
             [target.google.google_workspace.quotas]\n\
             directory_a_minute = {directory}\nusers_a_second = {users}\n\
             classroom_a_minute = {classroom}\nclassroom_project_a_minute = {project}\n\
             [target.google.mapping.user]\n\
             orgUnitPath = \"{{{{ '/Elever' if person.role == 'pupil' else '/Personal' }}}}\"\n\
             [target.google.mapping.group]\nemail = \"{{{{ self.source_id | lower }}}}\"\n",
            key.display()
        )
    }

    /// What something costs, with the requests over HTTP meanwhile, and what was called.
    pub(super) fn counted(
        &self,
        work: impl FnOnce() -> anyhow::Result<Cost>,
    ) -> anyhow::Result<(Cost, Counts)> {
        self.receiver.ask("DELETE", "/counts", "")?;
        let cost = work()?;
        let counts = Counts(self.receiver.told("/counts")?);
        Ok((Cost { requests: counts.number("requests"), ..cost }, counts))
    }

    pub(super) fn plant(&self, fault: &str) -> anyhow::Result<()> {
        self.receiver.ask("POST", "/fault", fault).map(drop)
    }

    pub(super) fn mend(&self) -> anyhow::Result<()> {
        self.receiver.ask("DELETE", "/fault", "").map(drop)
    }

    /// Holds nothing but its administrator.
    pub(super) fn reset(&self) -> anyhow::Result<()> {
        self.receiver.ask("POST", "/reset", "").map(drop)
    }

    /// Everything that it holds.
    pub(super) fn held(&self) -> anyhow::Result<Held> {
        Held::of(&self.receiver.told("/dump")?["demo"])
    }
}

/// What it has been asked.
pub(super) struct Counts(Value);

impl Counts {
    fn number(&self, name: &str) -> u64 {
        self.0[name].as_u64().unwrap_or_default()
    }

    /// Calls that any quota counts: each part of a batch is one.
    pub(super) fn units(&self) -> u64 {
        self.number("units")
    }

    /// Calls that were too many.
    pub(super) fn throttled(&self) -> u64 {
        let all = self.0["throttled"].as_object();
        all.map_or(0, |all| all.values().filter_map(Value::as_u64).sum())
    }

    /// Calls that were refused because the simulator was asked to.
    pub(super) fn troubled(&self) -> u64 {
        self.number("troubled")
    }

    /// Calls that ask for something to be changed.
    pub(super) fn writes(&self) -> u64 {
        let of = |call: &Value| {
            let method = call["method"].as_str()?;
            let reads = ["list", "get", "token"].iter().any(|word| method.ends_with(word));
            if reads { None } else { call["count"].as_u64() }
        };
        self.0["calls"].as_array().map_or(0, |all| all.iter().filter_map(of).sum())
    }
}

/// What it holds: each object and each place in one, by what it is known by.
pub(super) struct Held {
    all: BTreeMap<String, String>,
    /// Users, administrators apart.
    pub(super) users: u64,
    pub(super) groups: u64,
    /// Teachers and students of each course, its owner among the former.
    pub(super) rosters: Vec<[u64; 2]>,
}

impl Held {
    fn of(dump: &Value) -> anyhow::Result<Self> {
        let list = |of: &'_ Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
        let mut all = BTreeMap::new();
        let mut put = |key: String, value: Value| all.insert(key, value.to_string());
        let mut users = 0;
        for it in list(dump, "users").iter().filter(|it| it["isAdmin"] == false) {
            let email = it["primaryEmail"].as_str().context("a user without address")?;
            let own = ["name", "orgUnitPath", "suspended"].map(|name| &it[name]);
            put(format!("user {email}"), json!([own, it["more"]["externalIds"]]));
            users += 1;
        }
        let groups = list(dump, "groups");
        for it in &groups {
            let email = it["email"].as_str().context("a group without address")?;
            put(format!("group {email}"), json!([it["name"], it["externalIds"]]));
            for member in list(it, "members") {
                put(format!("member {} {email}", member["email"]), member["role"].clone());
            }
        }
        let mut rosters = Vec::new();
        for it in list(dump, "courses") {
            // One that has no name of ours is known by its id, which no other has.
            let alias = it["aliases"][0].as_str().or(it["id"].as_str()).context("no id")?;
            put(format!("course {alias}"), json!([it["name"], it["owner"], it["courseState"]]));
            let mut counts = [0; 2];
            for (count, name) in counts.iter_mut().zip(["teachers", "students"]) {
                for person in list(&it, name) {
                    put(format!("{name} {person} {alias}"), Value::Null);
                    *count += 1;
                }
            }
            rosters.push(counts);
        }
        Ok(Self { all, users, groups: groups.len() as u64, rosters })
    }

    pub(super) fn courses(&self) -> u64 {
        self.rosters.len() as u64
    }

    /// All who are in courses, owners among them.
    pub(super) fn places(&self) -> u64 {
        self.rosters.iter().flatten().sum()
    }

    /// How many of these `other` does not hold as they are here.
    pub(super) fn missing_in(&self, other: &Self) -> u64 {
        self.all.iter().filter(|(key, value)| other.all.get(*key) != Some(value)).count() as u64
    }
}
