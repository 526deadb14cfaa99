//! The stage *apply*: a saved plan is carried out as far as it is released, and taken up
//! again after whatever cut it off.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use apply::{Carrier, Materials as _, Standing, Timer, carry_out, deliver_written, take_stock};
use plan::document::Document;
use plan::released;
use roster::Key;
use state::{Links, ObjectRef, Operation, Pace, PublishedIds};
use store::{Plan, PlanStatus, RunState};

use crate::carrying::{Diary, Stock, Teller};
use crate::history::Deleted;
use crate::{
    BoundTarget, Engine, Event, Events, Exit, PlanProblem, RunError, Stage, budget, document,
    history, planning, protect, read, stamp, written,
};

mod ended;

pub(crate) use ended::put_away;

/// What came of carrying out a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The plan's id.
    pub plan: String,
    /// The target's name in the settings.
    pub target: String,
    /// Operations that are done.
    pub done: u64,
    /// Operations that the receiver refused, with its code, by number.
    pub refused: BTreeMap<u32, String>,
    /// Operations that were not tried since they need a refused one.
    pub skipped: u64,
    /// Operations that a guard or a missing approval holds.
    pub held: u64,
    /// How the receiver was called, where it takes calls and got any.
    pub pace: Option<Pace>,
}

impl Applied {
    /// How a command that did this ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if !self.refused.is_empty() || self.skipped > 0 {
            Exit::Partial
        } else if self.held > 0 {
            Exit::Guarded
        } else {
            Exit::Done
        }
    }
}

struct RealTimer;

#[async_trait::async_trait]
impl Timer for RealTimer {
    async fn wait(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Carries out the plan whose id begins with `start`. The caller holds the lock.
///
/// # Errors
///
/// [`RunError::Plan`] when the plan may not be carried out; other [`RunError`]s when the work
/// stopped: it is taken up again by the next run.
pub(crate) async fn apply(
    engine: &Engine,
    plan: &Plan,
    events: &mut dyn Events,
) -> Result<Applied, RunError> {
    let problem = |why| RunError::Plan { plan: plan.id.clone(), why };
    match plan.status {
        PlanStatus::Ready => {}
        PlanStatus::Started => return carry_on(engine, plan, events).await,
        PlanStatus::Done | PlanStatus::Discarded | PlanStatus::Stale => {
            return Err(problem(PlanProblem::Closed));
        }
    }
    if engine.now() < plan.created || document::is_rehearsal(plan) {
        return Err(problem(PlanProblem::Rehearsal));
    }
    if engine.now() > plan.expires {
        engine.store.end_plan(&plan.id, PlanStatus::Stale).await?;
        return Err(problem(PlanProblem::Expired));
    }
    if engine.is_inside(&engine.freezes) {
        return Err(problem(PlanProblem::Frozen));
    }
    let document = document::load(engine, plan).await?;
    if !document::is_current(engine, &document.header).await? {
        engine.store.end_plan(&plan.id, PlanStatus::Stale).await?;
        return Err(problem(PlanProblem::Moved));
    }
    let is_accepted =
        document.operations.is_empty() && !engine.store.approvals(&plan.id).await?.is_empty();
    if !is_accepted && releasable(engine, plan, &document).await?.is_empty() {
        return Err(problem(PlanProblem::Held));
    }
    engine.store.start_plan(&plan.id, engine.now()).await?;
    carry(engine, plan, document, events).await
}

/// Carries out a plan of nothing, by which what was written last is delivered again. The
/// caller holds the lock and has seen that it is due.
pub(crate) async fn deliver_again(
    engine: &Engine,
    plan: &Plan,
    events: &mut dyn Events,
) -> Result<Applied, RunError> {
    engine.store.start_plan(&plan.id, engine.now()).await?;
    carry_on(engine, plan, events).await
}

/// Takes up a plan that was started and not finished.
async fn carry_on(
    engine: &Engine,
    plan: &Plan,
    events: &mut dyn Events,
) -> Result<Applied, RunError> {
    carry(engine, plan, document::load(engine, plan).await?, events).await
}

/// The numbers of the operations that nothing holds or that were approved.
async fn releasable(
    engine: &Engine,
    plan: &Plan,
    document: &Document,
) -> Result<BTreeSet<u32>, RunError> {
    let approvals = planning::approvals(&engine.store.approvals(&plan.id).await?)?;
    Ok(released(&document.operations, &document.verdicts, &approvals)?)
}

/// Takes up the plans that were started and not finished. The caller holds the lock.
pub(crate) async fn resume(
    engine: &Engine,
    target: &str,
    events: &mut dyn Events,
) -> Result<Vec<Applied>, RunError> {
    let mut resumed = Vec::new();
    for plan in engine.store.plans(target, 50).await? {
        if plan.status == PlanStatus::Started && engine.store.plan_body(&plan.id).await?.is_none() {
            // What it was to do is not known any more: the next plan finds what is missing.
            engine.store.end_plan(&plan.id, PlanStatus::Stale).await?;
        } else if plan.status == PlanStatus::Started {
            resumed.extend(ended::take_up(engine, &plan, events).await?);
        }
    }
    protect::removed(engine, engine.target(target)?).await?;
    Ok(resumed)
}

/// The run that made the plan, ready to apply.
async fn run_of(engine: &Engine, plan: &Plan) -> Result<i64, RunError> {
    let made = engine.store.run_of_plan(&plan.id).await?;
    let run = made.ok_or_else(|| RunError::Internal("no run made the plan".to_owned()))?;
    if run.state != RunState::Applying {
        engine.store.step_run(run.number, RunState::Applying, engine.now()).await?;
    }
    Ok(run.number)
}

async fn carry(
    engine: &Engine,
    plan: &Plan,
    mut document: Document,
    events: &mut dyn Events,
) -> Result<Applied, RunError> {
    let target = engine.target(&plan.target)?;
    let run = run_of(engine, plan).await?;
    events.hear(Event::Began { stage: Stage::Apply, subject: target.name.clone() });
    let numbers = releasable(engine, plan, &document).await?;
    let free = released(&document.operations, &document.verdicts, &[])?;
    // What is held is known by number now; there may be millions.
    document.verdicts.held.clear();
    let all = document.operations.len();
    // The only copy: a first plan has a million operations.
    let mut operations = std::mem::take(&mut document.operations);
    operations.retain(|it| numbers.contains(&it.number));
    let before = target.target.pace();
    let sending = Sending::new(engine, target, run, &plan.id, &operations).await?;
    let (standings, learnt) = sending.send(events).await?;
    let pace = pace_since(target, before);
    let deleted = Deleted::by(&operations);
    operations.retain(|it| matches!(standings.get(&it.number), Some(Standing::Done { .. })));
    let came = Came { done: &operations, learnt: &learnt, free: &free, deleted };
    settle(engine, plan, target, &document, &came).await?;
    let applied = Applied { pace, ..outcome(plan, target, all, &standings) };
    finish(engine, run, plan, &applied).await?;
    protect::removed(engine, target).await?;
    events.hear(Event::Ended {
        stage: Stage::Apply,
        subject: target.name.clone(),
        counts: vec![("utförda", "done", applied.done), ("hålls inne", "held", applied.held)],
    });
    Ok(applied)
}

/// What is sent to a receiver of a plan, with what it needs.
struct Sending<'a> {
    engine: &'a Engine,
    target: &'a BoundTarget,
    run: i64,
    plan: &'a str,
    operations: &'a [Operation],
    links: Links,
    /// Before and after the plan.
    published: [PublishedIds; 2],
}

/// What became of operations, and the receiver's ids of objects that were learnt.
type Sent = (BTreeMap<u32, Standing>, BTreeMap<ObjectRef, String>);

impl<'a> Sending<'a> {
    async fn new(
        engine: &'a Engine,
        target: &'a BoundTarget,
        run: i64,
        plan: &'a str,
        operations: &'a [Operation],
    ) -> Result<Self, RunError> {
        let links = engine.store.links(&target.name).await?;
        let after = written::links_after(&links, operations, engine.today())?;
        let published = [links.published(), after.published()];
        Ok(Self { engine, target, run, plan, operations, links, published })
    }

    async fn stock(&self) -> Result<Stock<'_>, RunError> {
        let [before, after] = &self.published;
        let ids = [before, after];
        Stock::open(self.engine, self.target, self.operations, ids, &self.links, self.plan).await
    }

    async fn send(&self, events: &mut dyn Events) -> Result<Sent, RunError> {
        let Self { engine, target, operations, .. } = *self;
        let failed = |error| RunError::carrying(&target.name, error);
        let mut journal =
            Diary::open(engine, self.run, self.plan, &target.name, operations).await?;
        let stock = self.stock().await?;
        let mut carrier =
            Carrier { journal: &mut journal, timer: &RealTimer, progress: &mut Teller(events) };
        // A plan of nothing is made where the whole set is to be delivered all the same.
        if operations.is_empty() && stamp::is_due(engine, target).await? {
            let sent = deliver_written(target.target.as_ref(), &stock, &mut carrier).await;
            sent.map_err(failed)?;
        }
        let standings = carry_out(target.target.as_ref(), operations, &stock, &mut carrier).await;
        Ok((standings.map_err(failed)?, stock.ids().learnt()))
    }

    /// What has become of what was sent before; nothing is sent.
    async fn look_back(&self, events: &mut dyn Events) -> Result<Sent, RunError> {
        let Self { engine, target, operations, .. } = *self;
        let mut journal =
            Diary::open(engine, self.run, self.plan, &target.name, operations).await?;
        let stock = self.stock().await?;
        let mut carrier =
            Carrier { journal: &mut journal, timer: &RealTimer, progress: &mut Teller(events) };
        let standings = take_stock(target.target.as_ref(), operations, &stock, &mut carrier).await;
        let standings = standings.map_err(|error| RunError::carrying(&target.name, error))?;
        Ok((standings, stock.ids().learnt()))
    }
}

/// How the receiver was called since then; `None` where it was not.
fn pace_since(target: &BoundTarget, before: Option<Pace>) -> Option<Pace> {
    let pace = target.target.pace()?.since(&before.unwrap_or_default());
    (pace.calls > 0).then_some(pace)
}

/// What came of a plan's calls.
struct Came<'a> {
    done: &'a [Operation],
    /// The receiver's ids of objects, as far as they were learnt.
    learnt: &'a BTreeMap<ObjectRef, String>,
    /// What needed no approval.
    free: &'a BTreeSet<u32>,
    deleted: Deleted,
}

/// Remembers what is now so. Each step may be done twice: a run that is killed here does
/// them all again.
async fn settle(
    engine: &Engine,
    plan: &Plan,
    target: &BoundTarget,
    document: &Document,
    came: &Came<'_>,
) -> Result<(), RunError> {
    let Came { done, learnt, free, deleted } = came;
    written::keep(engine, target, done).await?;
    written::keep_links(engine, target, done, learnt).await?;
    history::remember(engine, target, done, *deleted).await?;
    budget::spend(engine, target, &plan.id, done, free).await?;
    let tripped: BTreeSet<Key> = document
        .verdicts
        .verdicts
        .iter()
        .filter_map(|verdict| match (&verdict.guard, &verdict.scope) {
            (plan::GuardName::Source(_), plan::Scope::School(school)) => Some(*school),
            _ => None,
        })
        .collect();
    let approved = history::approved_schools(&engine.store.approvals(&plan.id).await?, &tripped)?;
    if !approved.is_empty() {
        read::accept_schools(engine, &approved).await?;
    }
    Ok(())
}

fn outcome(
    plan: &Plan,
    target: &BoundTarget,
    all: usize,
    standings: &BTreeMap<u32, Standing>,
) -> Applied {
    let mut applied = Applied {
        plan: plan.id.clone(),
        target: target.name.clone(),
        done: 0,
        refused: BTreeMap::new(),
        skipped: 0,
        held: (all as u64).saturating_sub(standings.len() as u64),
        pace: None,
    };
    for (number, standing) in standings {
        match standing {
            Standing::Done { .. } => applied.done += 1,
            Standing::Refused { code } => drop(applied.refused.insert(*number, code.clone())),
            Standing::Skipped(_) => applied.skipped += 1,
        }
    }
    applied
}

async fn finish(engine: &Engine, run: i64, plan: &Plan, applied: &Applied) -> Result<(), RunError> {
    let exit = applied.exit();
    let state = if exit == Exit::Done {
        RunState::Done
    } else if exit == Exit::Guarded {
        RunState::DoneWithWarnings
    } else {
        RunState::DoneWithErrors
    };
    let counts = format!(
        r#"{{"done":{},"refused":{},"skipped":{},"held":{}}}"#,
        applied.done,
        applied.refused.len(),
        applied.skipped,
        applied.held
    );
    let Applied { done, held, skipped, .. } = *applied;
    let refused = applied.refused.len();
    tracing::info!(run.id = run, plan.id = plan.id, done, refused, skipped, held, "applied");
    if let Some(pace) = &applied.pace {
        told(run, &applied.target, pace);
    }
    engine.store.end_plan(&plan.id, PlanStatus::Done).await?;
    engine.store.set_run_outcome(run, &counts, i64::from(exit.code())).await?;
    engine.store.step_run(run, state, engine.now()).await?;
    engine.audit(&engine.user, "apply", &plan.id, &counts).await
}

/// How the receiver was called, for whoever watches its quotas.
fn told(run: i64, target: &str, pace: &Pace) {
    let Pace { calls, again, throttled, refused, began: _, ended: _, highest, quotas } = pace;
    let duration_ms = u64::try_from(pace.took().as_millis()).unwrap_or(u64::MAX);
    let most_percent = quotas.iter().map(|quota| quota.percent).max();
    tracing::info!(
        run.id = run,
        target.id = target,
        calls,
        again,
        throttled,
        refused,
        highest_per_second = highest,
        quota_percent = most_percent,
        duration_ms,
        "called the receiver"
    );
}
