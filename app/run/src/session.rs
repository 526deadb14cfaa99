//! What the program asks for: plan, run, apply, approve, explain; each under the lock.

use std::collections::BTreeMap;

use plan::{Before, DriftPolicy};
use roster::{Date, Key, Roster, SchoolUnit, SourceTrip};
use state::Reason;
use store::{NewAudit, NewRun, RunState};

use crate::Work;
use crate::applying::{self, Applied};
use crate::lock::Lock;
use crate::observing::Verify;
use crate::planning::{self, Planned};
use crate::read::{self, Checked, Reading};
use crate::waiting::standing;
use crate::{
    BoundTarget, Clock as _, Engine, Events, Exit, RunError, Standing, SystemClock, document,
    history, stamp,
};

/// Whether what no guard holds is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is planned and shown.
    Show,
    /// It is.
    Apply,
}

/// What a run is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The targets' names in the settings; empty: all.
    pub targets: Vec<String>,
    /// Show or apply.
    pub mode: Mode,
    /// How much of the receivers is read.
    pub verify: Verify,
}

/// What one run did for one target.
pub struct Ran {
    /// The plan.
    pub planned: Planned,
    /// What was carried out, if anything.
    pub applied: Option<Applied>,
    /// The plan of what is held, made anew when the rest was carried out: to be approved.
    pub rest: Option<Planned>,
    /// How it ends.
    pub exit: Exit,
}

/// What a whole run came to.
pub enum Session {
    /// A guard on the source stopped it.
    Stopped {
        /// Content hash of what was read, by which a person can accept it.
        hash: String,
        /// What tripped.
        trips: Vec<SourceTrip>,
        /// The roster that is compared with.
        previous: Option<Roster>,
        /// The day that it was read.
        last_read: Option<Date>,
    },
    /// It was planned for every target.
    Ran {
        /// What was read.
        reading: Box<Reading>,
        /// Work of an earlier run that was taken up again.
        resumed: Vec<Applied>,
        /// A result per target.
        targets: Vec<Ran>,
        /// The targets for which nothing came of it, and why.
        failed: Vec<(String, RunError)>,
    },
}

impl Session {
    /// How the command ends: the gravest of its targets.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Stopped { .. } => Exit::Guarded,
            Self::Ran { failed, .. } if !failed.is_empty() => {
                failed.first().map_or(Exit::Internal, |(_, error)| error.exit())
            }
            Self::Ran { reading, resumed, targets, failed: _ } => {
                let worst =
                    targets.iter().map(|it| it.exit).chain(resumed.iter().map(Applied::exit));
                let worst = worst.max_by_key(|exit| gravity(*exit)).unwrap_or(Exit::Done);
                // That young pupils have no address is no news (K212), and in the report on quality.
                let is_news = |reason: &Reason| *reason != Reason::NoEmail;
                let withheld = targets.iter().any(|it| it.planned.withheld.keys().any(is_news));
                // What somebody changed at a receiver, and we leave, is for a person to look at.
                let left = |it: &Ran| {
                    it.planned.draft.drift.iter().any(|it| it.policy == DriftPolicy::Left)
                };
                let hindered = |it: &Ran| !it.planned.draft.obstacles.is_empty();
                let warns = withheld
                    || targets.iter().any(hindered)
                    || reading.has_warnings()
                    || targets.iter().any(left);
                if worst == Exit::Done && warns { Exit::Warnings } else { worst }
            }
        }
    }
}

/// What a scheduler should rather see: a later one is graver.
const GRAVITY: &[Exit] =
    &[Exit::Done, Exit::Warnings, Exit::AwaitingApproval, Exit::Guarded, Exit::Partial];

fn gravity(exit: Exit) -> usize {
    GRAVITY.iter().position(|it| *it == exit).unwrap_or(GRAVITY.len())
}

impl Engine {
    pub(crate) async fn lock(&self) -> Result<Lock, RunError> {
        let lock = Lock::take(&self.lock, &self.store, &self.worker).await?;
        // Nobody else runs now, so what lies here is of a run that was killed.
        connect::temp::TempStore::sweep(&self.temp)
            .map_err(|source| RunError::Io { what: Work::Temp(self.temp.clone()), source })?;
        Ok(lock)
    }

    /// Reads, plans and, if asked, applies.
    ///
    /// # Errors
    ///
    /// [`RunError`]; what was delivered before is as it was, or its delivery is taken up
    /// again by the next run.
    pub async fn run(&self, asked: &Asked, events: &mut dyn Events) -> Result<Session, RunError> {
        let mut lock = self.lock().await?;
        let outcome = Box::pin(self.run_locked(asked, &mut lock, events)).await;
        lock.release(&self.store).await?;
        outcome
    }

    async fn run_locked(
        &self,
        asked: &Asked,
        lock: &mut Lock,
        events: &mut dyn Events,
    ) -> Result<Session, RunError> {
        let names = self.chosen(&asked.targets)?;
        self.end_runs_that_died().await?;
        let mut runs = Vec::new();
        for name in &names {
            let new = NewRun { target: name, started: self.now(), worker: &self.worker };
            let run = self.store.queue_run(&new).await?;
            self.store.step_run(run, RunState::Reading, self.now()).await?;
            runs.push(run);
        }
        // Before anything is sent: nobody is told of who has become protected.
        let retaining = self.begin_retaining().await?;
        let checked = read::read(self, retaining, events).await;
        let (resumed, mut failed) = self.taken_up(&names, events).await?;
        let checked = match checked {
            Ok(checked) => checked,
            Err(error) => {
                self.fail(&runs, &error).await?;
                return Err(error);
            }
        };
        let reading = match checked {
            Checked::Good(reading) => reading,
            Checked::Stopped { hash, trips, last_read } => {
                let previous = self.stopped(&runs, &hash).await?;
                return Ok(Session::Stopped { hash, trips, previous, last_read });
            }
        };
        let mut targets = Vec::new();
        for (name, run) in names.iter().zip(runs) {
            if let Some((_, error)) = failed.iter().find(|(of, _)| of == name) {
                self.fail(&[run], error).await?;
                continue;
            }
            lock.renew(&self.store).await?;
            // One receiver's trouble keeps nothing from the others.
            match self.one(name, run, &reading, asked, events).await {
                Ok(mut ran) => {
                    self.remember_sight(name, asked.mode, &ran).await?;
                    self.note_closed(run, &mut ran).await?;
                    targets.push(ran);
                }
                Err(error) => {
                    self.fail(&[run], &error).await?;
                    failed.push((name.clone(), error));
                }
            }
        }
        if names.len() == 1
            && let Some((_, error)) = failed.pop()
        {
            return Err(error);
        }
        read::kept(self, &reading).await?;
        Ok(Session::Ran { reading, resumed, targets, failed })
    }

    fn chosen(&self, asked: &[String]) -> Result<Vec<String>, RunError> {
        if asked.is_empty() {
            return Ok(self.targets.iter().map(|it| it.name.clone()).collect());
        }
        asked.iter().map(|name| Ok(self.target(name)?.name.clone())).collect()
    }

    /// Ends the runs of processes that died before they had a plan: nobody else runs now.
    async fn end_runs_that_died(&self) -> Result<(), RunError> {
        for run in self.store.open_runs().await? {
            let was_planning = matches!(
                run.state,
                RunState::Queued | RunState::Reading | RunState::Checking | RunState::Planning
            );
            // A plan that was started is taken up again, under the run that made it.
            if was_planning && run.plan.is_none() {
                self.store.step_run(run.number, RunState::Failed, self.now()).await?;
            }
        }
        Ok(())
    }

    async fn fail(&self, runs: &[i64], error: &RunError) -> Result<(), RunError> {
        if let RunError::MarkingsGone { hash } | RunError::MarkingsFlood { hash } = error {
            return self.stopped(runs, hash).await.map(|_| ());
        }
        for run in runs {
            let state = self.store.run(*run).await?.state;
            if !state.is_end() {
                self.store.set_run_outcome(*run, "{}", i64::from(error.exit().code())).await?;
            }
            // What was begun is ended by a later run, as this one.
            if !state.is_end() && state != RunState::Applying {
                self.store.step_run(*run, RunState::Failed, self.now()).await?;
            }
        }
        Ok(())
    }

    async fn stopped(&self, runs: &[i64], hash: &str) -> Result<Option<Roster>, RunError> {
        history::asked(self, hash).await?;
        for run in runs {
            self.store.set_run_versions(*run, hash, "").await?;
            self.store.set_run_outcome(*run, "{}", i64::from(Exit::Guarded.code())).await?;
            self.store.step_run(*run, RunState::StoppedByGuard, self.now()).await?;
        }
        self.memory().last_roster().await
    }

    async fn one(
        &self,
        name: &str,
        run: i64,
        reading: &Reading,
        asked: &Asked,
        events: &mut dyn Events,
    ) -> Result<Ran, RunError> {
        let mode = asked.mode;
        let target = self.target(name)?;
        self.store.set_run_versions(run, &reading.hash, &target.rules_hash).await?;
        self.store.step_run(run, RunState::Checking, self.now()).await?;
        crate::issues::keep(self, run, reading).await?;
        self.store.step_run(run, RunState::Planning, self.now()).await?;
        let purpose = self.purpose(mode);
        let planned = planning::plan(self, reading, target, asked.verify, purpose, events).await?;
        let (operations, held) = (planned.draft.operations.len(), planned.verdicts.held.len());
        tracing::info!(run.id = run, target.id = name, operations, held, "planned");
        let Some((id, _)) = planned.saved.clone() else {
            if mode == Mode::Apply && self.is_due(target).await? {
                return self.deliver_again(run, reading, planned, events).await;
            }
            self.store.set_run_outcome(run, "{}", i64::from(Exit::Done.code())).await?;
            self.store.step_run(run, RunState::NothingToDo, self.now()).await?;
            return Ok(Ran { planned, applied: None, rest: None, exit: Exit::Done });
        };
        self.store.set_run_plan(run, &id).await?;
        history::asked(self, &id).await?;
        let exit = standing(&planned);
        // A register that a person has approved may give a plan of nothing.
        let is_taken_up = planned.standing == Standing::TakenUp;
        let is_held = planned.released.is_empty() && !planned.draft.operations.is_empty();
        if mode == Mode::Show || is_held || (planned.released.is_empty() && !is_taken_up) {
            self.wait(run, exit).await?;
            return Ok(Ran { planned, applied: None, rest: None, exit });
        }
        let plan = document::find(self, &id).await?;
        let applied = applying::apply(self, &plan, events).await?;
        // A school that counts as not read must be seen also where nothing of it was held.
        let rest = if planned.verdicts.verdicts.is_empty() {
            None
        } else {
            self.rest(name, reading, asked.verify).await?
        };
        let exit = if applied.exit() == Exit::Done && is_taken_up {
            Exit::Done
        } else if matches!(applied.exit(), Exit::Done | Exit::Guarded) {
            exit
        } else {
            applied.exit()
        };
        Ok(Ran { planned, applied: Some(applied), rest, exit })
    }

    /// Whether the whole set is to be delivered with nothing to do: never before a person has
    /// approved a plan, and not while nothing may be delivered.
    async fn is_due(&self, target: &BoundTarget) -> Result<bool, RunError> {
        let is_known = history::of(self, &target.name).await?.plan == Before::Done;
        Ok(is_known && !self.is_inside(&self.freezes) && stamp::is_due(self, target).await?)
    }

    /// Delivers what was written last by a plan of nothing, which is kept, journalled and
    /// audited as any other.
    async fn deliver_again(
        &self,
        run: i64,
        reading: &Reading,
        planned: Planned,
        events: &mut dyn Events,
    ) -> Result<Ran, RunError> {
        let target = self.target(&planned.target)?;
        let saved = document::put(self, reading, target, &planned.draft, &planned.verdicts).await?;
        self.store.set_run_plan(run, &saved.id).await?;
        history::asked(self, &saved.id).await?;
        let plan = document::find(self, &saved.id).await?;
        let applied = applying::deliver_again(self, &plan, events).await?;
        let exit = applied.exit();
        Ok(Ran { planned, applied: Some(applied), rest: None, exit })
    }

    /// Carries out the plan whose id begins with `start`.
    ///
    /// # Errors
    ///
    /// [`RunError::Plan`] when it may not be carried out.
    pub async fn apply(&self, start: &str, events: &mut dyn Events) -> Result<Applied, RunError> {
        let plan = document::find(self, start).await?;
        let lock = self.lock().await?;
        let outcome = applying::apply(self, &plan, events).await;
        lock.release(&self.store).await?;
        outcome
    }

    /// The roster as it was read last, where one is kept.
    ///
    /// # Errors
    ///
    /// [`RunError`] when it cannot be read.
    pub async fn last_roster(&self) -> Result<Option<Roster>, RunError> {
        self.memory().last_roster().await
    }

    /// Every school that a kept read or the guards know of: also one that has been lost for
    /// some nights has a name.
    ///
    /// # Errors
    ///
    /// [`RunError`] when they cannot be read.
    pub async fn known_schools(&self) -> Result<BTreeMap<Key, SchoolUnit>, RunError> {
        let mut schools = crate::names::schools(self).await?;
        schools.extend(self.memory().last_schools().await?);
        Ok(schools)
    }

    pub(crate) async fn audit(
        &self,
        who: &str,
        what: &str,
        subject: &str,
        detail: &str,
    ) -> Result<(), RunError> {
        // What was done is dated by the machine, whatever day was asked for with --today.
        let entry = NewAudit { at: SystemClock.now(), who, what, subject, detail };
        self.store.audit(&entry).await?;
        Ok(())
    }
}
