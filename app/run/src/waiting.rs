//! What runs leave for those after them: plans that wait for a person, plans that were begun, and
//! what was seen at a receiver.

use plan::document::Purpose;
use store::{NewRun, RunState};

use crate::applying::{self, Applied};
use crate::observing::{self, Verify};
use crate::planning::{self, Planned};
use crate::read::Reading;
use crate::session::Ran;
use crate::{Deaf, Engine, Events, Exit, Mode, RunError, adopting, history};

impl Engine {
    /// What a plan is made for: one for a day that has not come is for looking at.
    pub(crate) fn purpose(&self, mode: Mode) -> Purpose {
        if mode == Mode::Show && self.is_ahead() { Purpose::Rehearsal } else { Purpose::Real }
    }

    /// Takes up what was started for these targets; with each target that could not.
    pub(crate) async fn taken_up(
        &self,
        names: &[String],
        events: &mut dyn Events,
    ) -> Result<(Vec<Applied>, Vec<(String, RunError)>), RunError> {
        let (mut resumed, mut failed) = (Vec::new(), Vec::new());
        for name in names {
            let taken_up = match applying::resume(self, name, events).await {
                Ok(applied) => {
                    resumed.extend(applied);
                    adopting::refuse_unknown(self, self.target(name)?).await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = taken_up {
                failed.push((name.clone(), error));
            }
        }
        Ok((resumed, failed))
    }

    /// Remembers what was read of the receiver today, unless something seen there waits.
    pub(crate) async fn remember_sight(
        &self,
        name: &str,
        mode: Mode,
        ran: &Ran,
    ) -> Result<(), RunError> {
        let is_done = ran.applied.as_ref().is_some_and(|it| it.exit() == Exit::Done);
        if mode == Mode::Apply && (is_done || !ran.planned.restores()) {
            observing::seen(self, name, &ran.planned.read).await?;
        }
        Ok(())
    }

    /// A run in which a kind of object was left alone, for a permission that is missing, was made
    /// in part.
    pub(crate) async fn note_closed(&self, run: i64, ran: &mut Ran) -> Result<(), RunError> {
        let target = ran.planned.target.as_str();
        for closed in &ran.planned.closed {
            let kind = ran.planned.card.object(closed.kind).map_or("", |kind| kind.name);
            tracing::error!(run.id = run, target.id = target, kind, "left alone: {}", closed.why);
        }
        if !ran.planned.closed.is_empty() {
            ran.exit = Exit::Partial;
            let counts = self.store.run(run).await?.counts;
            self.store.set_run_outcome(run, &counts, i64::from(ran.exit.code())).await?;
        }
        Ok(())
    }

    /// Ends a run that waits for a person.
    pub(crate) async fn wait(&self, run: i64, exit: Exit) -> Result<(), RunError> {
        let state = if exit == Exit::Guarded {
            RunState::StoppedByGuard
        } else {
            RunState::AwaitingApproval
        };
        self.store.set_run_outcome(run, "{}", i64::from(exit.code())).await?;
        Ok(self.store.step_run(run, state, self.now()).await?)
    }

    /// A plan of what is still to be done: what was carried out has moved the written state,
    /// so the plan before it can be carried out no more.
    pub(crate) async fn rest(
        &self,
        name: &str,
        reading: &Reading,
        verify: Verify,
    ) -> Result<Option<Planned>, RunError> {
        let target = self.target(name)?;
        let planned =
            planning::plan(self, reading, target, verify, Purpose::Real, &mut Deaf).await?;
        let Some((id, _)) = &planned.saved else { return Ok(None) };
        let new = NewRun { target: name, started: self.now(), worker: &self.worker };
        let run = self.store.queue_run(&new).await?;
        for state in [RunState::Reading, RunState::Checking, RunState::Planning] {
            self.store.step_run(run, state, self.now()).await?;
        }
        self.store.set_run_versions(run, &reading.hash, &target.rules_hash).await?;
        self.store.set_run_plan(run, id).await?;
        history::asked(self, id).await?;
        self.wait(run, standing(&planned)).await?;
        Ok(Some(planned))
    }
}

/// How a plan stands before anything is applied.
pub(crate) fn standing(planned: &Planned) -> Exit {
    let verdicts = &planned.verdicts.verdicts;
    if verdicts.is_empty() {
        Exit::Done
    } else if verdicts.iter().all(|it| it.guard.is_first() && !it.guard.must_be_named()) {
        Exit::AwaitingApproval
    } else {
        Exit::Guarded
    }
}
