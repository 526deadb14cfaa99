//! Plans that were started and are not to be carried on: what was sent is found out and
//! remembered, and nothing more is sent.

use std::collections::BTreeSet;

use apply::Standing;
use plan::document::Document;
use roster::Key;
use state::{Operation, RowError, RowRef};
use store::{BlobKind, Plan, PlanStatus, RunState};

use super::{Applied, Came, Sending, carry, releasable, run_of, settle};
use crate::document;
use crate::history::Deleted;
use crate::{Engine, Events, Exit, PlanProblem, RunError, protect};

/// Takes up a plan that was started, unless it cannot be: it says what a person is called who
/// has become protected since, or speaks of kinds that the receiver has no more. Then what is
/// still missing is for a new plan.
pub(super) async fn take_up(
    engine: &Engine,
    plan: &Plan,
    events: &mut dyn Events,
) -> Result<Option<Applied>, RunError> {
    let document = match document::load(engine, plan).await {
        Ok(document) => document,
        Err(RunError::Plan { why: PlanProblem::Closed, .. }) => {
            engine.store.end_plan(&plan.id, PlanStatus::Stale).await?;
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let protected = protect::waiting(engine, &plan.target).await?;
    if names_one_of(&document.operations, &protected)? {
        end(engine, plan, document, &protected, events).await?;
        return Ok(None);
    }
    carry(engine, plan, document, events).await.map(Some)
}

/// Puts a started plan away for good, as a person asks. The caller holds the lock.
///
/// # Errors
///
/// [`RunError`] when it cannot be found out what has become of what was sent.
pub(crate) async fn put_away(
    engine: &Engine,
    plan: &Plan,
    events: &mut dyn Events,
) -> Result<(), RunError> {
    let document = document::load(engine, plan).await?;
    let protected = protect::waiting(engine, &plan.target).await?;
    end(engine, plan, document, &protected, events).await
}

/// Whether anything would be written that names one of these persons. Removals name nobody.
fn names_one_of(operations: &[Operation], persons: &BTreeSet<Key>) -> Result<bool, RowError> {
    if persons.is_empty() {
        return Ok(false);
    }
    for row in operations.iter().filter_map(|it| it.after.as_deref()) {
        let row = RowRef::new(row)?;
        let container = row.membership().map(|it| it.1.key);
        let named = row
            .values()?
            .iter()
            .any(|value| value.refs().iter().any(|object| persons.contains(&object.key)));
        let is_one = |key: &Key| persons.contains(key);
        if is_one(&row.owner().key) || container.as_ref().is_some_and(is_one) || named {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn end(
    engine: &Engine,
    plan: &Plan,
    mut document: Document,
    protected: &BTreeSet<Key>,
    events: &mut dyn Events,
) -> Result<(), RunError> {
    let target = engine.target(&plan.target)?;
    let run = run_of(engine, plan).await?;
    let numbers = releasable(engine, plan, &document).await?;
    let mut operations = std::mem::take(&mut document.operations);
    operations.retain(|it| numbers.contains(&it.number));
    let sending = Sending::new(engine, target, run, &plan.id, &operations).await?;
    let (standings, learnt) = sending.look_back(events).await?;
    let deleted = Deleted::by(&operations);
    operations.retain(|it| matches!(standings.get(&it.number), Some(Standing::Done { .. })));
    if !operations.is_empty() {
        let came = Came { done: &operations, learnt: &learnt, free: &numbers, deleted };
        settle(engine, plan, target, &document, &came).await?;
        protect::blank_again(engine, target, protected).await?;
    }
    engine.store.end_plan(&plan.id, PlanStatus::Stale).await?;
    engine.store.erase_blob(BlobKind::Plan, &plan.id).await?;
    let (done, exit) = (operations.len(), Exit::StalePlan);
    tracing::info!(run.id = run, plan.id = plan.id, done, "a started plan was put away");
    let counts = format!(r#"{{"done":{done}}}"#);
    engine.store.set_run_outcome(run, &counts, i64::from(exit.code())).await?;
    engine.store.step_run(run, RunState::Stale, engine.now()).await?;
    engine.audit(&engine.user, "put away", &plan.id, &counts).await
}
