//! Plans in the tenant's memory: sealed, named by the hash of what they say.

use std::io::{BufRead as _, BufReader, Write as _};

use connect::pieces;
use connect::seal::{SealReader, SealWriter};
use plan::document::{self, About, Document, Header, Purpose};
use plan::{Draft, PlanError, Verdicts};
use store::{BlobKind, NewPlan, Plan, PlanStatus};

use crate::Work;
use crate::read::{HASH, Reading};
use crate::taking_up::{self, Earlier, Fallen, Made};
use crate::{BoundTarget, Engine, PlanProblem, RunError};

/// The content hash of the rows written last.
pub(crate) const WRITTEN_HASH: &str = "written/hash";

fn sealing(source: std::io::Error) -> RunError {
    RunError::Io { what: Work::Plan, source }
}

/// Why a line could not be written: the plan's fault or the machine's.
enum LineError {
    Plan(PlanError),
    Io(std::io::Error),
}

impl From<PlanError> for LineError {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

fn label(target: &str) -> String {
    format!("plan/{target}")
}

/// Generation and content hash of what was written last.
pub(crate) struct Versions {
    pub(crate) generation: u64,
    pub(crate) hash: String,
}

/// Generation and content hash of what was written last to the target.
async fn written_version(engine: &Engine, target: &str) -> Result<Versions, RunError> {
    let newest = engine.store.blob_generations(BlobKind::Written, target).await?.into_iter().next();
    let generation = newest.map_or(0, |it| it.generation.unsigned_abs());
    let hash = engine.store.get(target, WRITTEN_HASH).await?.unwrap_or_default();
    Ok(Versions { generation, hash: String::from_utf8_lossy(&hash).into_owned() })
}

/// A plan's id and its header.
pub(crate) struct Saved {
    pub(crate) id: String,
    pub(crate) header: Header,
}

/// What became of a plan that was made.
#[derive(Default)]
pub(crate) struct Kept {
    /// The plan that stands; none where there is nothing to do.
    pub(crate) saved: Option<Saved>,
    /// Whether it is one that a person had approved before.
    pub(crate) standing: Standing,
    /// Approvals that fell away.
    pub(crate) fallen: Vec<Fallen>,
}

/// Whether a plan was approved before it was made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// It is new.
    #[default]
    New,
    /// It is one that was approved, and would be made so again.
    TakenUp,
}

/// Saves a plan, unless a person has approved the same before: then that one stands. A plan of
/// nothing is not saved, unless a guard tripped: then a person must be able to say that it is
/// right. One of a rehearsal changes nothing of those that stand.
pub(crate) async fn save(
    engine: &Engine,
    reading: &Reading,
    target: &BoundTarget,
    (draft, verdicts): (&Draft, &Verdicts),
    purpose: Purpose,
) -> Result<Kept, RunError> {
    let versions = written_version(engine, &target.name).await?;
    let made = Made { engine, reading, target, draft, verdicts, versions: &versions };
    let is_nothing = draft.operations.is_empty() && verdicts.verdicts.is_empty();
    if purpose == Purpose::Rehearsal {
        let saved = if is_nothing { None } else { Some(seal(&made, purpose).await?) };
        return Ok(Kept { saved, ..Kept::default() });
    }
    let Earlier { taken_up, fallen } = taking_up::look(&made).await?;
    if let Some(saved) = taken_up {
        supersede(engine, &target.name, &saved.id).await?;
        return Ok(Kept { saved: Some(saved), standing: Standing::TakenUp, fallen });
    }
    supersede(engine, &target.name, "").await?;
    let saved = if is_nothing { None } else { Some(seal(&made, purpose).await?) };
    Ok(Kept { saved, standing: Standing::New, fallen })
}

/// Saves a plan of nothing: the whole set is delivered by it.
pub(crate) async fn put(
    engine: &Engine,
    reading: &Reading,
    target: &BoundTarget,
    draft: &Draft,
    verdicts: &Verdicts,
) -> Result<Saved, RunError> {
    let versions = written_version(engine, &target.name).await?;
    let made = Made { engine, reading, target, draft, verdicts, versions: &versions };
    supersede(engine, &target.name, "").await?;
    seal(&made, Purpose::Real).await
}

async fn seal(made: &Made<'_>, purpose: Purpose) -> Result<Saved, RunError> {
    let Made { engine, target, draft, verdicts, .. } = made;
    let about = About { purpose, ..made.about() };
    let key = engine.tenant.derive("seal");
    let mut sealed =
        SealWriter::new(Vec::new(), &key, label(&target.name).as_bytes()).map_err(sealing)?;
    let mut header = String::new();
    let put = |lines: &str| {
        if header.is_empty() {
            lines.clone_into(&mut header);
        }
        sealed.write_all(lines.as_bytes()).map_err(LineError::Io)
    };
    let id = document::write(&about, &draft.operations, verdicts, pieces::done, put).map_err(
        |error| match error {
            LineError::Plan(error) => RunError::from(error),
            LineError::Io(error) => sealing(error),
        },
    )?;
    let body = sealed.finish().map_err(sealing)?;
    let header = plain_header(&header)?;
    let plan = NewPlan {
        id: id.as_str(),
        target: &target.name,
        created: header.created()?,
        expires: header.expires()?,
        counts: &header.counts,
        header: &header.text,
    };
    engine.store.put_plan(&plan, &mut body.as_slice()).await?;
    Ok(Saved { id: id.as_str().to_owned(), header: header.header })
}

/// A new plan of a target makes those before it out of date.
async fn supersede(engine: &Engine, target: &str, id: &str) -> Result<(), RunError> {
    for plan in engine.store.plans(target, 50).await? {
        if plan.status == PlanStatus::Ready && plan.id != id && !is_rehearsal(&plan) {
            engine.store.end_plan(&plan.id, PlanStatus::Stale).await?;
        }
    }
    Ok(())
}

/// Whether a plan was made to see what a day that has not come will bring.
#[must_use]
pub fn is_rehearsal(plan: &Plan) -> bool {
    let header = serde_json::from_str::<Header>(&plan.header);
    header.is_ok_and(|header| header.purpose == Purpose::Rehearsal)
}

pub(crate) fn seconds(target: &BoundTarget, calls: u64) -> u64 {
    let slowest = target.target.card().quotas.iter().map(|quota| {
        let per_call = quota.per.as_secs_f64() / f64::from(quota.count.max(1));
        #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
        let seconds = (calls as f64 * per_call).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an estimate for people"
        )]
        let seconds = seconds as u64;
        seconds
    });
    slowest.max().unwrap_or(0)
}

/// The header as the store keeps it in the open: counts, times, versions; no names. Which
/// schools a plan touches stands in the sealed body alone.
struct PlainHeader {
    header: Header,
    counts: String,
    text: String,
}

fn plain_header(line: &str) -> Result<PlainHeader, RunError> {
    let parsed = |error: serde_json::Error| RunError::Internal(error.to_string());
    let mut header: Header = serde_json::from_str(line).map_err(parsed)?;
    header.schools.clear();
    let counts = serde_json::to_string(&header.counts).map_err(parsed)?;
    let text = serde_json::to_string(&header).map_err(parsed)?;
    Ok(PlainHeader { header, counts, text })
}

impl PlainHeader {
    fn created(&self) -> Result<jiff::Timestamp, RunError> {
        time(&self.header.created)
    }

    fn expires(&self) -> Result<jiff::Timestamp, RunError> {
        time(&self.header.expires)
    }
}

fn time(text: &str) -> Result<jiff::Timestamp, RunError> {
    text.parse().map_err(|_| RunError::Internal("a plan's time cannot be read".to_owned()))
}

/// The plan whose id begins with `start`.
///
/// # Errors
///
/// [`RunError::Plan`] when there is none, or several.
pub async fn find(engine: &Engine, start: &str) -> Result<Plan, RunError> {
    let problem = |why| RunError::Plan { plan: start.to_owned(), why };
    if start.is_empty() || !start.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(problem(PlanProblem::Missing));
    }
    let mut found = engine.store.plans_beginning(&start.to_lowercase()).await?;
    match (found.pop(), found.is_empty()) {
        (Some(plan), true) => Ok(plan),
        (Some(_), false) => Err(problem(PlanProblem::Ambiguous)),
        (None, _) => Err(problem(PlanProblem::Missing)),
    }
}

/// What the plan says.
///
/// # Errors
///
/// [`RunError::Plan`] when its body was erased, or the card of its target has changed.
pub async fn load(engine: &Engine, plan: &Plan) -> Result<Document, RunError> {
    let closed = || RunError::Plan { plan: plan.id.clone(), why: PlanProblem::Closed };
    let target = engine.target(&plan.target)?;
    let body = engine.store.plan_body(&plan.id).await?.ok_or_else(closed)?;
    let key = engine.tenant.derive("seal");
    let opened = SealReader::new(body, &key, label(&plan.target).as_bytes()).map_err(sealing)?;
    // Line by line: a first plan has a million of them.
    let mut failed = None;
    let lines = BufReader::new(opened)
        .lines()
        .map_while(|line| line.map_err(|error| failed = Some(error)).ok());
    let read = document::read_checked(&plan.id, lines, target.target.card());
    failed.map_or(Ok(()), |error| Err(sealing(error)))?;
    read.map_err(|_| closed())
}

/// Whether what the plan was made from is still as it was.
pub(crate) async fn is_current(engine: &Engine, header: &Header) -> Result<bool, RunError> {
    let target = engine.target(&header.target)?;
    let Versions { generation, .. } = written_version(engine, &header.target).await?;
    let snapshot = engine.store.get(HASH.0, HASH.1).await?.unwrap_or_default();
    Ok(generation == header.written_generation
        && snapshot == header.snapshot.as_bytes()
        && target.rules_hash == header.rules)
}
