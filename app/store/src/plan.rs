//! Saved plans, and the approvals that are bound to exactly one of them.

use std::io::Read;

use jiff::Timestamp;

use crate::blob::{BlobKind, BlobReader};
use crate::db::{Row, args};
use crate::{Refusal, Store, StoreError, micros, time, words};

/// Where a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlanStatus {
    /// Can be approved and started.
    Ready,
    /// Started; goes on until it is done, however long that takes.
    Started,
    /// Carried out.
    Done,
    /// A person said no.
    Discarded,
    /// What it was made from has moved.
    Stale,
}

words!(PlanStatus { Ready = "ready", Started = "started", Done = "done", Discarded = "discarded", Stale = "stale" });

/// A plan to be saved. The body comes beside it, sealed.
#[derive(Debug, Clone)]
pub struct NewPlan<'a> {
    /// The hash of its content.
    pub id: &'a str,
    /// The target's name.
    pub target: &'a str,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it may be started.
    pub expires: Timestamp,
    /// Counts, as JSON: what is kept when the rest is erased.
    pub counts: &'a str,
    /// The header, as JSON.
    pub header: &'a str,
}

/// A saved plan without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The hash of its content.
    pub id: String,
    /// The target's name.
    pub target: String,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it may be started.
    pub expires: Timestamp,
    /// Where it stands.
    pub status: PlanStatus,
    /// Counts, as JSON.
    pub counts: String,
    /// The header, as JSON; `{}` after 90 days.
    pub header: String,
}

/// One person's yes to one plan or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// What it covers, as JSON: all, schools, verbs.
    pub scope: String,
    /// Who said yes, by an opaque id.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub comment: String,
    /// What the person saw, as JSON.
    pub counts: String,
}

const COLUMNS: &str = "id, target, created, expires, status, counts, header";

impl Plan {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.get(0)?,
            target: row.get(1)?,
            created: time(row.get(2)?)?,
            expires: time(row.get(3)?)?,
            status: PlanStatus::from_word(row.get(4)?)?,
            counts: row.get(5)?,
            header: row.get(6)?,
        })
    }

    fn startable(&self, now: Timestamp) -> Result<(), StoreError> {
        let why = match self.status {
            PlanStatus::Ready if now >= self.expires => "out of date",
            PlanStatus::Ready => return Ok(()),
            PlanStatus::Started => "started already",
            PlanStatus::Done => "carried out already",
            PlanStatus::Discarded => "discarded",
            PlanStatus::Stale => "out of date",
        };
        Err(Refusal::PlanClosed { plan: self.id.clone(), why }.into())
    }
}

impl Store {
    /// Saves a plan and its sealed body. The same plan made again on the same state is the
    /// same plan, with new time to start. Approvals of one that was discarded, out of date or
    /// too old do not come back to life with it.
    ///
    /// # Errors
    ///
    /// [`Refusal::PlanClosed`] when it was started before: what made it must differ.
    pub async fn put_plan(
        &self,
        plan: &NewPlan<'_>,
        body: &mut (dyn Read + Send),
    ) -> Result<(), StoreError> {
        // The body first: a plan that can be seen can be read.
        self.put_blob(BlobKind::Plan, plan.id, plan.created, body).await?;
        let mut tx = self.db.write().await?;
        let sql = "DELETE FROM approval WHERE plan_id IN \
            (SELECT id FROM plan WHERE id = $1 AND (status <> 'ready' OR expires <= $2))";
        tx.execute(sql, args![plan.id, micros(plan.created)]).await?;
        let sql = "INSERT INTO plan (id, target, created, expires, status, counts, header) \
            VALUES ($1, $2, $3, $4, 'ready', $5, $6) \
            ON CONFLICT (id) DO UPDATE SET created = excluded.created, expires = excluded.expires, status = 'ready', \
                header = excluded.header WHERE plan.status IN ('ready', 'stale', 'discarded')";
        let (created, expires) = (micros(plan.created), micros(plan.expires));
        let args = args![plan.id, plan.target, created, expires, plan.counts, plan.header];
        if tx.execute(sql, args).await? == 0 {
            return Err(
                Refusal::PlanClosed { plan: plan.id.to_owned(), why: "started already" }.into()
            );
        }
        tx.commit().await
    }

    /// The plan with this id.
    pub async fn plan(&self, id: &str) -> Result<Plan, StoreError> {
        let row = self.db.read().await?.row(select("WHERE id = $1"), args![id]).await?;
        Plan::from_row(&row.ok_or_else(|| missing(id))?)
    }

    /// The plans whose id begins with `start`, at most two: enough to tell one from several.
    pub async fn plans_beginning(&self, start: &str) -> Result<Vec<Plan>, StoreError> {
        let sql = select("WHERE substr(id, 1, CAST($1 AS INTEGER)) = $2 ORDER BY id LIMIT 2");
        let length = i64::try_from(start.chars().count()).unwrap_or(i64::MAX);
        let rows = self.db.read().await?.rows(sql, args![length, start]).await?;
        rows.iter().map(Plan::from_row).collect()
    }

    /// The plans of a target, newest first.
    pub async fn plans(&self, target: &str, limit: u32) -> Result<Vec<Plan>, StoreError> {
        let sql = select("WHERE target = $1 ORDER BY created DESC, id LIMIT $2");
        let rows = self.db.read().await?.rows(sql, args![target, i64::from(limit)]).await?;
        rows.iter().map(Plan::from_row).collect()
    }

    /// The plan's sealed body; `None` when it was erased.
    pub async fn plan_body(&self, id: &str) -> Result<Option<BlobReader>, StoreError> {
        self.open_blob(BlobKind::Plan, id).await
    }

    /// Marks the plan as started. Its time limits starting, not finishing.
    ///
    /// # Errors
    ///
    /// [`Refusal::PlanClosed`] unless it is ready and in time.
    pub async fn start_plan(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let row = tx.row(select("WHERE id = $1"), args![id]).await?;
        let plan = Plan::from_row(&row.ok_or_else(|| missing(id))?)?;
        plan.startable(now)?;
        let sql = "UPDATE plan SET status = 'started' WHERE id = $1 AND status = 'ready'";
        if tx.execute(sql, args![id]).await? == 0 {
            return Err(Refusal::PlanClosed { plan: plan.id, why: "started already" }.into());
        }
        tx.commit().await
    }

    /// Ends the plan: carried out, discarded or out of date.
    ///
    /// # Errors
    ///
    /// [`Refusal::PlanClosed`] when it ended before, or is to be carried out without a start.
    pub async fn end_plan(&self, id: &str, end: PlanStatus) -> Result<(), StoreError> {
        let from = match end {
            PlanStatus::Done => "started",
            PlanStatus::Discarded => "ready",
            PlanStatus::Stale | PlanStatus::Ready | PlanStatus::Started => "",
        };
        let sql = "UPDATE plan SET status = $1 WHERE id = $2 AND (status = $3 OR ($1 = 'stale' AND status IN ('ready', 'started')))";
        let mut tx = self.db.write().await?;
        if tx.execute(sql, args![end.word(), id, from]).await? == 0 {
            return Err(Refusal::PlanClosed {
                plan: id.to_owned(),
                why: "not in a state to end so",
            }
            .into());
        }
        tx.commit().await
    }

    /// Remembers a yes to this plan and to no other.
    ///
    /// # Errors
    ///
    /// [`Refusal::Missing`] without such a plan, [`Refusal::PlanClosed`] unless it is ready and
    /// in time at `approval.at`.
    pub async fn approve(&self, plan: &str, approval: &Approval) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let row = tx.row(select("WHERE id = $1"), args![plan]).await?;
        Plan::from_row(&row.ok_or_else(|| missing(plan))?)?.startable(approval.at)?;
        let Approval { scope, who, at, comment, counts } = approval;
        let sql = "INSERT INTO approval (plan_id, number, scope, who, at, comment, counts) \
            SELECT $1, COUNT(*) + 1, $2, $3, $4, $5, $6 FROM approval WHERE plan_id = $1";
        tx.execute(sql, args![plan, scope, who, micros(*at), comment, counts]).await?;
        tx.commit().await
    }

    /// The approvals of this plan, in the order they were given.
    pub async fn approvals(&self, plan: &str) -> Result<Vec<Approval>, StoreError> {
        let sql = "SELECT scope, who, at, comment, counts FROM approval WHERE plan_id = $1 ORDER BY number";
        let rows = self.db.read().await?.rows(sql, args![plan]).await?;
        let approval = |row: &Row| {
            let at = time(row.get(2)?)?;
            Ok(Approval {
                scope: row.get(0)?,
                who: row.get(1)?,
                at,
                comment: row.get(3)?,
                counts: row.get(4)?,
            })
        };
        rows.iter().map(approval).collect()
    }
}

/// Constants only: no data becomes part of a statement.
fn select(tail: &'static str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM plan {tail}"))
}

fn missing(plan: &str) -> StoreError {
    Refusal::Missing { what: format!("plan {plan}") }.into()
}
