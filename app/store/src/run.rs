//! Runs and the states they go through.

use std::fmt;

use jiff::Timestamp;

use crate::db::{Row, args};
use crate::{Refusal, Store, StoreError, micros, time, words};

/// Where a run stands. The last eight are ends.
///
/// # Source
///
/// reference/portal.md §2.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunState {
    /// Waits for its turn.
    Queued,
    /// Reads the sources.
    Reading,
    /// Checks what was read.
    Checking,
    /// Shapes, observes and plans.
    Planning,
    /// A plan waits for a person.
    AwaitingApproval,
    /// A guard held the whole plan; a person may release it.
    StoppedByGuard,
    /// Sends calls.
    Applying,
    /// Nothing differs.
    NothingToDo,
    /// Everything was done.
    Done,
    /// Done; something should be looked at.
    DoneWithWarnings,
    /// Some operations failed.
    DoneWithErrors,
    /// The run could not go on.
    Failed,
    /// A person stopped it.
    Cancelled,
    /// A person said no to the plan.
    Discarded,
    /// What the plan was made from has moved, or 24 hours passed.
    Stale,
}

words!(RunState {
    Queued = "queued",
    Reading = "reading",
    Checking = "checking",
    Planning = "planning",
    AwaitingApproval = "awaiting_approval",
    StoppedByGuard = "stopped_by_guard",
    Applying = "applying",
    NothingToDo = "nothing_to_do",
    Done = "done",
    DoneWithWarnings = "done_with_warnings",
    DoneWithErrors = "done_with_errors",
    Failed = "failed",
    Cancelled = "cancelled",
    Discarded = "discarded",
    Stale = "stale",
});

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl RunState {
    /// The states that may follow this one; none after an end.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Queued => &[Self::Reading, Self::Failed, Self::Cancelled],
            // Loss over the whole tenant stops a run that has no plan yet.
            Self::Reading => &[Self::Checking, Self::StoppedByGuard, Self::Failed, Self::Cancelled],
            Self::Checking => {
                &[Self::Planning, Self::StoppedByGuard, Self::Failed, Self::Cancelled]
            }
            Self::Planning => &[
                Self::NothingToDo,
                Self::AwaitingApproval,
                Self::StoppedByGuard,
                Self::Applying,
                Self::Failed,
                Self::Cancelled,
            ],
            Self::AwaitingApproval | Self::StoppedByGuard => {
                &[Self::Applying, Self::Discarded, Self::Stale, Self::Failed, Self::Cancelled]
            }
            Self::Applying => &[
                Self::Done,
                Self::DoneWithWarnings,
                Self::DoneWithErrors,
                Self::Failed,
                Self::Cancelled,
                Self::Stale,
            ],
            Self::NothingToDo
            | Self::Done
            | Self::DoneWithWarnings
            | Self::DoneWithErrors
            | Self::Failed
            | Self::Cancelled
            | Self::Discarded
            | Self::Stale => &[],
        }
    }

    /// Whether the run is over.
    #[must_use]
    pub const fn is_end(self) -> bool {
        self.next().is_empty()
    }
}

/// A run about to be queued.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// The target's name, or empty for a run that only reads.
    pub target: &'a str,
    /// When it was asked for.
    pub started: Timestamp,
    /// The process that owns it.
    pub worker: &'a str,
}

/// A run as it is remembered. Holds no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its number, counted from 1 in the tenant.
    pub number: i64,
    /// The target's name.
    pub target: String,
    /// Where it stands.
    pub state: RunState,
    /// When it was queued.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// The version of what was read.
    pub source_hash: Option<String>,
    /// The version of the rules.
    pub rules_hash: Option<String>,
    /// The plan it made.
    pub plan: Option<String>,
    /// Counts, as JSON.
    pub counts: String,
    /// The exit code it ended with.
    pub exit_code: Option<i64>,
    /// The process that owns it.
    pub worker: String,
}

const COLUMNS: &str = "number, target, state, started, finished, source_hash, rules_hash, plan_id, counts, exit_code, worker";

impl Run {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            number: row.get(0)?,
            target: row.get(1)?,
            state: RunState::from_word(row.get(2)?)?,
            started: time(row.get(3)?)?,
            finished: row.get::<Option<i64>>(4)?.map(time).transpose()?,
            source_hash: row.get(5)?,
            rules_hash: row.get(6)?,
            plan: row.get(7)?,
            counts: row.get(8)?,
            exit_code: row.get(9)?,
            worker: row.get(10)?,
        })
    }
}

impl Store {
    /// Remembers a run that waits for its turn; returns its number.
    pub async fn queue_run(&self, run: &NewRun<'_>) -> Result<i64, StoreError> {
        let mut tx = self.db.write().await?;
        let row =
            tx.row("UPDATE meta SET next_run = next_run + 1 RETURNING next_run - 1", &[]).await?;
        let number: i64 = row.ok_or_else(|| StoreError::damaged("no row in meta"))?.get(0)?;
        let sql = "INSERT INTO run (number, target, state, started, counts, worker) VALUES ($1, $2, $3, $4, '{}', $5)";
        let state = RunState::Queued.word();
        tx.execute(sql, args![number, run.target, state, micros(run.started), run.worker]).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// Takes a run to its next state; an end gets its time.
    ///
    /// # Errors
    ///
    /// [`Refusal::Transition`] where the state machine has no such step, also when another
    /// process took one first.
    pub async fn step_run(&self, run: i64, to: RunState, at: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let row = tx.row("SELECT state FROM run WHERE number = $1", args![run]).await?;
        let from = RunState::from_word(row.ok_or_else(|| no_run(run))?.get(0)?)?;
        let finished = to.is_end().then_some(micros(at));
        let sql = "UPDATE run SET state = $1, finished = $2 WHERE number = $3 AND state = $4";
        let stepped = from.next().contains(&to)
            && tx.execute(sql, args![to.word(), finished, run, from.word()]).await? == 1;
        if !stepped {
            return Err(Refusal::Transition { run, from, to }.into());
        }
        tx.commit().await
    }

    /// Notes the versions that the run works from.
    pub async fn set_run_versions(
        &self,
        run: i64,
        source_hash: &str,
        rules_hash: &str,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE run SET source_hash = $1, rules_hash = $2 WHERE number = $3";
        self.update_run(run, sql, args![source_hash, rules_hash, run]).await
    }

    /// Notes the plan that the run made.
    pub async fn set_run_plan(&self, run: i64, plan: &str) -> Result<(), StoreError> {
        self.update_run(run, "UPDATE run SET plan_id = $1 WHERE number = $2", args![plan, run])
            .await
    }

    /// Notes counts, as JSON, and the exit code.
    pub async fn set_run_outcome(
        &self,
        run: i64,
        counts: &str,
        exit_code: i64,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE run SET counts = $1, exit_code = $2 WHERE number = $3";
        self.update_run(run, sql, args![counts, exit_code, run]).await
    }

    async fn update_run(
        &self,
        run: i64,
        sql: &'static str,
        args: &[crate::db::Arg<'_>],
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        if tx.execute(sql, args).await? == 0 {
            return Err(no_run(run));
        }
        tx.commit().await
    }

    /// The run with this number.
    pub async fn run(&self, number: i64) -> Result<Run, StoreError> {
        let sql = select("WHERE number = $1");
        let row = self.db.read().await?.row(sql, args![number]).await?;
        Run::from_row(&row.ok_or_else(|| no_run(number))?)
    }

    /// The latest runs, newest first.
    pub async fn runs(&self, limit: u32) -> Result<Vec<Run>, StoreError> {
        let sql = select("ORDER BY number DESC LIMIT $1");
        let rows = self.db.read().await?.rows(sql, args![i64::from(limit)]).await?;
        rows.iter().map(Run::from_row).collect()
    }

    /// The latest run that made the plan, or took it over.
    pub async fn run_of_plan(&self, plan: &str) -> Result<Option<Run>, StoreError> {
        let sql = select("WHERE plan_id = $1 ORDER BY number DESC LIMIT 1");
        let row = self.db.read().await?.row(sql, args![plan]).await?;
        row.map(|row| Run::from_row(&row)).transpose()
    }

    /// The runs that are not over: after a crash, those that somebody must end or resume.
    pub async fn open_runs(&self) -> Result<Vec<Run>, StoreError> {
        let sql = select("WHERE finished IS NULL ORDER BY number");
        let rows = self.db.read().await?.rows(sql, &[]).await?;
        rows.iter().map(Run::from_row).collect()
    }
}

/// Constants only: no data becomes part of a statement.
fn select(tail: &'static str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM run {tail}"))
}

fn no_run(run: i64) -> StoreError {
    Refusal::Missing { what: format!("run {run}") }.into()
}

#[cfg(test)]
mod tests {
    use super::RunState::{self, *};

    const ALL: [RunState; 15] = [
        Queued,
        Reading,
        Checking,
        Planning,
        AwaitingApproval,
        StoppedByGuard,
        Applying,
        NothingToDo,
        Done,
        DoneWithWarnings,
        DoneWithErrors,
        Failed,
        Cancelled,
        Discarded,
        Stale,
    ];

    #[test]
    fn the_state_machine_of_the_portal() {
        #[rustfmt::skip]
        let table: &[(RunState, &[RunState])] = &[
            (Queued,           &[Reading, Failed, Cancelled]),
            (Reading,          &[Checking, StoppedByGuard, Failed, Cancelled]),
            (Checking,         &[Planning, StoppedByGuard, Failed, Cancelled]),
            (Planning,         &[AwaitingApproval, StoppedByGuard, Applying, NothingToDo, Failed, Cancelled]),
            (AwaitingApproval, &[Applying, Failed, Cancelled, Discarded, Stale]),
            (StoppedByGuard,   &[Applying, Failed, Cancelled, Discarded, Stale]),
            (Applying,         &[Done, DoneWithWarnings, DoneWithErrors, Failed, Cancelled, Stale]),
            (NothingToDo, &[]), (Done, &[]), (DoneWithWarnings, &[]), (DoneWithErrors, &[]),
            (Failed, &[]), (Cancelled, &[]), (Discarded, &[]), (Stale, &[]),
        ];
        assert_eq!(table.len(), ALL.len());
        for (from, legal) in table {
            for to in ALL {
                assert_eq!(from.next().contains(&to), legal.contains(&to), "{from} to {to}");
            }
            assert_eq!(from.is_end(), legal.is_empty(), "{from}");
        }
    }

    #[test]
    fn words_are_read_back() {
        for state in ALL {
            assert_eq!(RunState::from_word(state.word()).ok(), Some(state));
        }
    }
}
