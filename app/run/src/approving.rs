//! The stage *approve*: a person says yes to exactly this plan or a part of it, puts it away,
//! or says that a register which a guard stopped is right.

use plan::Approval;
use store::{Plan, PlanStatus, RunState};

use crate::{
    Engine, Events, FourEyes, PlanProblem, RunError, applying, document, history, planning, read,
};

/// What a person approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The plan's id.
    pub plan: String,
    /// How many operations may run now.
    pub released: u64,
    /// How many there are.
    pub of: u64,
}

impl Engine {
    /// Says yes to the plan whose id begins with `start`, or to a part of it.
    ///
    /// # Errors
    ///
    /// [`RunError::Plan`] when there is no such plan, or it may not be approved any more.
    pub async fn approve(
        &self,
        start: &str,
        approvals: &[Approval],
        who: &str,
        comment: &str,
    ) -> Result<Approved, RunError> {
        let plan = document::find(self, start).await?;
        let problem = |why| RunError::Plan { plan: plan.id.clone(), why };
        if plan.status != PlanStatus::Ready {
            return Err(problem(PlanProblem::Closed));
        }
        if document::is_rehearsal(&plan) {
            return Err(problem(PlanProblem::Rehearsal));
        }
        if !self.may_approve(&plan.id, who).await? {
            return Err(problem(PlanProblem::FourEyes));
        }
        let document = document::load(self, &plan).await?;
        for approval in approvals {
            let scope = history::scope_text(approval);
            let stored = store::Approval {
                scope,
                who: who.to_owned(),
                at: self.now(),
                comment: comment.to_owned(),
                counts: plan.counts.clone(),
            };
            self.store.approve(&plan.id, &stored).await?;
            self.audit(who, "approve", &plan.id, &format!("{}: {comment}", stored.scope)).await?;
        }
        let given = planning::approvals(&self.store.approvals(&plan.id).await?)?;
        let released = plan::released(&document.operations, &document.verdicts, &given)?;
        Ok(Approved {
            plan: plan.id,
            released: released.len() as u64,
            of: document.operations.len() as u64,
        })
    }

    /// Puts a plan away for good.
    ///
    /// # Errors
    ///
    /// [`RunError::Plan`] when there is no such plan, or it is closed. One that was started is
    /// put away when the receiver has told what has become of what was sent.
    pub async fn discard(
        &self,
        start: &str,
        who: &str,
        comment: &str,
        events: &mut dyn Events,
    ) -> Result<Plan, RunError> {
        let plan = document::find(self, start).await?;
        match plan.status {
            PlanStatus::Ready => self.store.end_plan(&plan.id, PlanStatus::Discarded).await?,
            PlanStatus::Started => {
                let lock = self.lock().await?;
                let ended = applying::put_away(self, &plan, events).await;
                lock.release(&self.store).await?;
                ended?;
            }
            PlanStatus::Done | PlanStatus::Discarded | PlanStatus::Stale => {
                return Err(RunError::Plan { plan: plan.id, why: PlanProblem::Closed });
            }
        }
        self.audit(who, "discard", &plan.id, comment).await?;
        Ok(plan)
    }

    /// Accepts the register that a guard stopped, by the content hash that the stop named.
    ///
    /// # Errors
    ///
    /// [`RunError::Unknown`] when the latest stop named another.
    pub async fn accept_source(
        &self,
        start: &str,
        who: &str,
        comment: &str,
    ) -> Result<String, RunError> {
        let runs = self.store.runs(50).await?;
        let stopped = runs.iter().find(|run| {
            run.state == RunState::StoppedByGuard
                && run.plan.is_none()
                && run.source_hash.as_deref().is_some_and(|hash| hash.starts_with(start))
        });
        let Some(hash) =
            stopped.and_then(|run| run.source_hash.clone()).filter(|_| start.len() >= 4)
        else {
            return Err(RunError::Plan { plan: start.to_owned(), why: PlanProblem::Missing });
        };
        if !self.may_approve(&hash, who).await? {
            return Err(RunError::Plan { plan: hash, why: PlanProblem::FourEyes });
        }
        read::accept(self, &hash).await?;
        self.audit(who, "accept source", &hash, comment).await?;
        Ok(hash)
    }

    /// Whether four eyes are satisfied: neither the one who is named nor the one who sits at
    /// the machine is the one who asked. Who asked must be known.
    async fn may_approve(&self, subject: &str, who: &str) -> Result<bool, RunError> {
        if self.four_eyes == FourEyes::NotRequired {
            return Ok(true);
        }
        let asked_by = history::asked_by(self, subject).await?;
        Ok(asked_by.is_some_and(|asked_by| asked_by != who && asked_by != self.user))
    }
}
