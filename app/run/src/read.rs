//! The stages *read*, *merge* and *check*: from registers to a roster that may be planned
//! from, or an error that says why not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use roster::quality::{self, Findings};
use roster::replica::{Recall, Replica};
use roster::supplement::Completion;
use roster::{
    Assembly, Count, Coverage, Date, Gate, Key, ReadReport, Released, Roster, SourceError,
    SourceIndex, SourceTrip, Stats, TripKind, TripScope, compare,
};
use store::BlobKind;

use crate::before::Previous;
use crate::checking::{self, Seen};
use crate::completing;
use crate::memory::{ROSTER, write_snapshot};
use crate::protect::{self, Acceptance};
use crate::purging::Retaining;
use crate::spool::FileSpool;
use crate::{BoundSource, Engine, Event, Events, RunError, Stage, names, replicas};

/// A roster that was read and checked.
pub struct Reading {
    /// What the registers say.
    pub roster: Arc<Roster>,
    /// What each source said of its read, by its name in the settings.
    pub reports: Vec<(String, ReadReport)>,
    /// Data quality.
    pub findings: Findings,
    /// How much there is.
    pub stats: Stats,
    /// Guards on the source that tripped for a school. One that trips for the whole tenant
    /// ends the run.
    pub trips: Vec<SourceTrip>,
    /// What was not read completely.
    pub unseen: plan::Unseen,
    /// Content hash of the roster.
    pub hash: String,
    /// The day of the last good read before this one.
    pub last_read: Option<Date>,
    pub(crate) size: RosterSize,
    pub(crate) previous: Previous,
    /// What is still to be kept of it: see [`kept`].
    keeping: Mutex<Option<Keeping>>,
}

/// A snapshot that is being written, and the volumes that are kept with it.
struct Keeping {
    snapshot: JoinHandle<Result<(), RunError>>,
    counted: Stats,
}

/// Whether a roster fits in the budget of memory, or is worth several threads. It changes
/// nothing of what is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RosterSize {
    Small,
    Large,
}

impl Reading {
    /// Whether a source left rows out or something else wants a person's eye.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        let notices = self.reports.iter().flat_map(|(_, report)| &report.notices);
        notices.into_iter().any(|notice| notice.level > roster::NoticeLevel::Notice)
            || self.findings.summary.total(quality::Severity::Error) > 0
    }
}

/// Where the stats of the last good read are kept.
const STATS: (&str, &str) = ("", "source/stats");
/// The content hash that a person accepted in spite of a tenant-wide guard.
const ACCEPTED: (&str, &str) = ("", "source/accepted");
/// The day of the last good read.
const READ: (&str, &str) = ("", "source/read");
/// The content hash of the snapshot.
pub(crate) const HASH: (&str, &str) = ("", "source/hash");

/// What came of reading.
pub enum Checked {
    /// It may be planned from.
    Good(Box<Reading>),
    /// A guard on the source tripped for the whole tenant: nothing is planned.
    Stopped {
        /// Content hash, by which a person can accept it.
        hash: String,
        /// What tripped.
        trips: Vec<SourceTrip>,
        /// The day of the last good read.
        last_read: Option<Date>,
    },
}

/// Reads all sources and checks what they say.
///
/// # Errors
///
/// [`RunError`]; store and deliveries are as before.
pub(crate) async fn read(
    engine: &Engine,
    retaining: Retaining,
    events: &mut dyn Events,
) -> Result<Checked, RunError> {
    let assembled = assemble_all(engine, events).await;
    // Whatever came of the reading: nobody else may begin while something is being erased.
    let retained = engine.end_retaining(retaining).await;
    let Assembled { roster, mut gate, reports, kept, completed } = assembled?;
    retained?;
    events.hear(Event::Began { stage: Stage::Check, subject: String::new() });
    let (roster, size, seen) = checking::check(engine, roster)?;
    let Seen { hash, stats, findings } = seen;
    // Before any count is told: it would tell how many were let through.
    let acceptance = acceptance(engine, &hash).await?;
    let before = last_stats(engine).await?;
    let persons_before = before.as_ref().map_or(0, |it| it.total.get(Count::Persons));
    let forgotten =
        protect::forget_new(engine, &mut gate, &hash, acceptance, persons_before).await?;
    // A directory that is away keeps nobody from being protected.
    if let Some(completion) = completed? {
        completing::tell(&completion, events);
    }
    events.hear(Event::Ended {
        stage: Stage::Check,
        subject: String::new(),
        counts: vec![
            ("elever", "pupils", stats.total.get(Count::Pupils)),
            ("skolor", "schools", stats.total.get(Count::Schools)),
            ("grupper", "groups", stats.total.get(Count::Groups)),
            ("fel", "errors", findings.summary.total(quality::Severity::Error)),
            ("varningar", "warnings", findings.summary.total(quality::Severity::Warning)),
        ],
    });
    let persons = stats.total.get(Count::Persons);
    tracing::info!(persons, source.hash = hash, "read");
    let last_read = last_read(engine).await?;
    let mut trips = compare(before.as_ref().unwrap_or(&Stats::default()), &stats, &engine.limits);
    if engine.is_inside(&engine.shifts) {
        // A year that nobody has moved up into yet is no sign of a lost file.
        trips.retain(|trip| !matches!(trip.kind, TripKind::YearLost(_)));
    }
    if acceptance == Acceptance::Yes {
        trips.clear();
    }
    if trips.iter().any(|trip| trip.scope == TripScope::Tenant) {
        return Ok(Checked::Stopped { hash, trips, last_read });
    }
    protect::let_out(engine, &gate, &roster).await?;
    let unseen = unseen(&reports);
    let mut reading = Reading {
        roster: Arc::new(roster),
        reports,
        findings,
        stats,
        trips,
        unseen,
        hash,
        last_read,
        size,
        previous: Previous::None,
        keeping: Mutex::new(None),
    };
    reading.previous = previous(engine, &reading.hash).await?;
    keep(engine, &reading, before.unwrap_or_default()).await?;
    if reading.size == RosterSize::Small {
        self::kept(engine, &reading).await?;
    }
    replicas::keep(engine, kept, &mut gate, forgotten)?;
    Ok(Checked::Good(Box::new(reading)))
}

/// What came of reading all sources.
pub(crate) struct Assembled {
    pub(crate) roster: Roster,
    pub(crate) gate: Gate,
    reports: Vec<(String, ReadReport)>,
    /// What sources want to keep.
    kept: BTreeMap<SourceIndex, Replica>,
    /// What has completed the roster, or why nothing may be planned from it.
    pub(crate) completed: Result<Option<Arc<Completion>>, RunError>,
}

/// Reads changes where sources can; everything, where a read of changes lets somebody
/// through who was stopped before: what pointed to the person was forgotten.
async fn assemble_all(engine: &Engine, events: &mut dyn Events) -> Result<Assembled, RunError> {
    match assemble(engine, events, Recall::LastRead).await {
        Ok(assembled) if assembled.gate.released() == Released::Nobody => Ok(assembled),
        // The second: what was kept is damaged, which is no loss.
        Ok(_) | Err(RunError::Source { error: SourceError::Spool(_), .. }) => {
            assemble(engine, events, Recall::Nothing).await
        }
        Err(error) => Err(error),
    }
}

pub(crate) async fn assemble(
    engine: &Engine,
    events: &mut dyn Events,
    recall: Recall,
) -> Result<Assembled, RunError> {
    let today = engine.today();
    let mut gate = Gate::new(&engine.tenant);
    for excluded in &engine.exclusions {
        gate.exclude(excluded, today);
    }
    let temp = engine.temp.clone();
    let mut assembly =
        Assembly::new(&engine.tenant, gate, move || FileSpool::boxed(&temp), engine.budget);
    let mut reports = Vec::new();
    for (index, source) in (0_u8..).map(SourceIndex).zip(&engine.sources) {
        events.hear(Event::Began { stage: Stage::Read, subject: source.name.clone() });
        if recall == Recall::LastRead {
            replicas::recall(engine, source, index, &mut assembly).await?;
        }
        let report = read_one(source, index, &mut assembly).await?;
        events.hear(Event::Read { subject: source.name.clone(), extent: report.extent });
        reports.push((source.name.clone(), report));
    }
    let kept = assembly.take_kept();
    let (roster, gate) = assembly.finish(engine.precedence.clone())?;
    let (roster, completed) = completing::completed(roster, engine, events).await;
    Ok(Assembled { roster, gate, reports, kept, completed })
}

async fn read_one(
    source: &BoundSource,
    index: SourceIndex,
    assembly: &mut Assembly,
) -> Result<ReadReport, RunError> {
    let mut intake = assembly.intake(index, source.serial, source.marking.clone());
    source.source.read(&mut intake).await.map_err(|error| RunError::Source {
        name: source.name.clone(),
        kind: source.kind.clone(),
        error,
    })
}

/// What a source did not read completely.
fn unseen(reports: &[(String, ReadReport)]) -> plan::Unseen {
    let mut schools = BTreeSet::new();
    for (_, report) in reports {
        match &report.coverage {
            Coverage::Complete => {}
            Coverage::AllBut(unread) => schools.extend(unread),
            Coverage::Partial => return plan::Unseen::All,
        }
    }
    plan::Unseen::Schools(schools)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

async fn last_stats(engine: &Engine) -> Result<Option<Stats>, RunError> {
    let Some(sealed) = engine.store.get(STATS.0, STATS.1).await? else { return Ok(None) };
    let bytes = engine.memory().open_small(STATS.1, &sealed)?;
    Stats::decode(&bytes).map(Some).map_err(|error| RunError::Internal(error.to_string()))
}

async fn keep_stats(engine: &Engine, stats: &Stats) -> Result<(), RunError> {
    let mut bytes = Vec::new();
    stats.encode(&mut bytes);
    let sealed = engine.memory().seal_small(STATS.1, &bytes)?;
    Ok(engine.store.set(STATS.0, &[(STATS.1, &sealed)]).await?)
}

async fn last_read(engine: &Engine) -> Result<Option<Date>, RunError> {
    let text = engine.store.get(READ.0, READ.1).await?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&text).parse().ok())
}

async fn previous(engine: &Engine, hash: &str) -> Result<Previous, RunError> {
    if engine.store.get(HASH.0, HASH.1).await?.as_deref() == Some(hash.as_bytes()) {
        return Ok(Previous::Same);
    }
    let kept = engine.store.blob_generations(BlobKind::Snapshot, ROSTER).await?;
    Ok(kept.first().map_or(Previous::None, |newest| Previous::Other(newest.generation)))
}

async fn acceptance(engine: &Engine, hash: &str) -> Result<Acceptance, RunError> {
    let accepted = engine.store.get(ACCEPTED.0, ACCEPTED.1).await?;
    let is_this = accepted.as_deref() == Some(hash.as_bytes());
    Ok(if is_this { Acceptance::Yes } else { Acceptance::No })
}

/// Accepts the register whose content hash begins with `start`, in spite of a guard that
/// stopped the run: the next read of exactly this content is planned from.
pub(crate) async fn accept(engine: &Engine, hash: &str) -> Result<(), RunError> {
    Ok(engine.store.set(ACCEPTED.0, &[(ACCEPTED.1, hash.as_bytes())]).await?)
}

/// Keeps what later runs compare with: the snapshot if it changed, and the volumes. A school
/// whose guard tripped keeps the volumes of its last good read.
async fn keep(engine: &Engine, reading: &Reading, before: Stats) -> Result<(), RunError> {
    let today = engine.today();
    if reading.last_read != Some(today) {
        engine.store.set(READ.0, &[(READ.1, today.to_string().as_bytes())]).await?;
    }
    if matches!(reading.previous, Previous::Same) {
        return Ok(());
    }
    let tripped: BTreeSet<Key> = reading
        .trips
        .iter()
        .filter_map(|trip| match trip.scope {
            TripScope::School(school) => Some(school),
            TripScope::Tenant => None,
        })
        .collect();
    let counted = carried(reading.stats.clone(), &before, &tripped);
    let rows = engine.memory().write_rows(BlobKind::Snapshot, ROSTER, engine.now())?;
    let roster = Arc::clone(&reading.roster);
    let snapshot = std::thread::spawn(move || write_snapshot(&roster, rows));
    if let Ok(mut keeping) = reading.keeping.lock() {
        *keeping = Some(Keeping { snapshot, counted });
    }
    Ok(())
}

/// Waits for the snapshot, which a thread writes while it is planned, and keeps the rest.
/// Before a plan is saved: it holds for a snapshot that is kept.
pub(crate) async fn kept(engine: &Engine, reading: &Reading) -> Result<(), RunError> {
    let keeping = reading.keeping.lock().ok().and_then(|mut keeping| keeping.take());
    let Some(Keeping { snapshot, counted }) = keeping else { return Ok(()) };
    let stopped = |_| RunError::Internal("the thread that writes the snapshot stopped".to_owned());
    snapshot.join().map_err(stopped)??;
    names::keep(engine, reading, &counted).await?;
    keep_stats(engine, &counted).await?;
    // Last: a run that is killed before does it all again.
    Ok(engine.store.set(HASH.0, &[(HASH.1, reading.hash.as_bytes())]).await?)
}

/// `now`, but with the counts that the tripped schools had before.
fn carried(mut now: Stats, before: &Stats, tripped: &BTreeSet<Key>) -> Stats {
    for school in tripped {
        match before.schools.get(school) {
            Some(counts) => drop(now.schools.insert(*school, *counts)),
            None => drop(now.schools.remove(school)),
        }
        now.years.retain(|(of, _), _| of != school);
        now.years.extend(before.years.iter().filter(|((of, _), _)| of == school));
    }
    now
}

/// Takes the volumes of these schools as the kept snapshot has them: a person has said that
/// they are right.
pub(crate) async fn accept_schools(
    engine: &Engine,
    schools: &BTreeSet<Key>,
) -> Result<(), RunError> {
    let Some(last) = engine.memory().last_roster().await? else { return Ok(()) };
    let before = last_stats(engine).await?.unwrap_or_default();
    keep_stats(engine, &carried(before, &Stats::of(&last)?, schools)).await
}
