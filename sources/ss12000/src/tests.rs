//! The source against simulated registers over a real socket.

mod days;
mod dialects;
mod faults;
mod published;

use generate::{Guardians, Mentors, Municipality, Settings, Size, Town};
use jiff::civil::date;
use roster::replica::Old;
use roster::{
    AnySpool, Assembly, Date, Gate, Key, Mac, MemorySpool, Precedence, ReadReport, Released,
    Roster, RowSource, RowStream, Source as _, SourceError, SourceIndex, SpoolError, TenantKey,
    snapshot,
};
use secret::{Secret, SecretError, SecretRef};
use simulate::ss12000::{Dialect, Register, Running, Switches};

use crate::{Ss12000, Ss12000Settings};

const TODAY: Date = date(2026, 9, 1);

/// A small town with everything in it.
fn town() -> Town {
    let settings =
        Settings { guardians: Guardians::With, mentors: Mentors::With, ..Settings::default() };
    Municipality::generate(Size::Xs, 1).town(settings)
}

fn start(dialect: Dialect) -> Running {
    Register::new(town(), Switches { dialect, page: 100, ..Switches::default() }).start().unwrap()
}

/// Settings for a simulated register: what they do not say is as by default.
fn settings(running: &Running, toml: &str) -> Ss12000Settings {
    let text = format!(
        "base_url = \"{}\"\nhttp.retry.attempts = 1\nhttp.timeouts.read_seconds = 2\n\
         auth.client_credentials = {{ token_url = \"{}\", client_id = \"demo\", secret = \"env:S\" }}\n{toml}",
        running.base_url(),
        running.token_url()
    );
    toml::from_str(&text).unwrap()
}

fn profile(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Standard | Dialect::V20 | Dialect::DemoSis => "profile = \"standard\"",
        Dialect::Edlevo => "profile = \"edlevo\"",
        Dialect::EduCloud => "profile = \"educloud\"",
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that a reader of secrets has")]
fn secrets(_: &SecretRef) -> Result<Secret, SecretError> {
    Ok(Secret::new("demo".to_owned()))
}

struct Stored(Vec<Vec<u8>>);

impl RowSource for Stored {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        struct Run<'a>(std::slice::Iter<'a, Vec<u8>>);
        impl RowStream for Run<'_> {
            fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
                Ok(self.0.next().map(Vec::as_slice))
            }
        }
        Ok(Box::new(Run(self.0.iter())))
    }
}

/// What a read came to.
struct Came {
    roster: Roster,
    report: ReadReport,
    /// What is kept for the next read.
    kept: Option<Vec<Vec<u8>>>,
    released: Released,
}

impl Came {
    /// Everything that the roster says.
    fn content(&self) -> (Vec<Vec<u8>>, Vec<Key>, Vec<Key>) {
        let mut rows = Vec::new();
        snapshot::write(&self.roster, &mut |row| {
            rows.push(row.to_vec());
            Ok(())
        })
        .unwrap();
        let left_out = self.roster.left_out.iter().copied().collect();
        (rows, left_out, self.roster.uncertain.iter().copied().collect())
    }

    fn codes(&self) -> Vec<(&'static str, String)> {
        self.report.notices.iter().map(|it| (it.code, it.place.clone())).collect()
    }

    fn is_delta(&self) -> bool {
        self.report.provenance.iter().any(|it| it.contains(": delta "))
    }

    fn persons(&self) -> Vec<roster::PersonRecord> {
        let mut persons = self.roster.persons().unwrap();
        let mut all = Vec::new();
        while let Some(person) = persons.next_person().unwrap() {
            all.push(person);
        }
        all
    }
}

async fn read(
    settings: &Ss12000Settings,
    today: Date,
    old: Option<&Vec<Vec<u8>>>,
) -> Result<Came, SourceError> {
    let noon = today.at(12, 0, 0, 0).in_tz("UTC").unwrap().timestamp();
    let source = Ss12000::new(settings.clone(), today, noon, &secrets).ok().unwrap();
    let tenant = TenantKey::new([7; 32]);
    let spool = || -> AnySpool { Box::<MemorySpool>::default() };
    let mut assembly = Assembly::new(&tenant, Gate::new(&tenant), spool, 1 << 20);
    if let Some(old) = old {
        assembly.recall(SourceIndex(0), Old::open(Box::new(Stored(old.clone()))).unwrap());
    }
    let report = {
        let mut intake = assembly.intake(SourceIndex(0), 1, source.marking_policy());
        source.read(&mut intake).await?
    };
    let kept = assembly.take_kept();
    let (roster, mut gate) = assembly.finish(Precedence::default()).unwrap();
    let kept = kept.into_values().next().map(|replica| {
        let mut rows = Vec::new();
        replica
            .write(&mut gate, Mac::from_bytes([0; 16]), &mut |row| {
                rows.push(row.to_vec());
                Ok(())
            })
            .unwrap();
        rows
    });
    Ok(Came { roster, report, kept, released: gate.released() })
}

async fn refused(settings: &Ss12000Settings) -> SourceError {
    read(settings, TODAY, None).await.err().unwrap()
}
