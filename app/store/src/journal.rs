//! The journal: what was sent, and what became of it.
//!
//! A call is written as sent *before* it is sent, and is durable when [`Store::journal_write`]
//! returns. So after a crash every call that may have reached the receiver is known.

use jiff::Timestamp;

use crate::db::{Row, Tx, args};
use crate::ledger::{self, LedgerRow};
use crate::{Refusal, Store, StoreError, micros, time, words};

/// What is known of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallState {
    /// On its way, or the program died meanwhile.
    Sent,
    /// The receiver acknowledged it.
    Done,
    /// The receiver refused it.
    Failed,
    /// No answer: it may or may not have been done.
    Unknown,
}

words!(CallState { Sent = "sent", Done = "done", Failed = "failed", Unknown = "unknown" });

/// A call about to be sent.
#[derive(Debug, Clone)]
pub struct SentCall {
    /// Its number in the run.
    pub call_no: i64,
    /// Its operations: numbers or ranges in the plan, as the caller writes them.
    pub operations: String,
}

/// What became of a call.
#[derive(Debug, Clone)]
pub struct SettledCall {
    /// Its number in the run.
    pub call_no: i64,
    /// What became of it.
    pub state: CallState,
    /// The receiver's error code. Never its message: that may name a person.
    pub code: Option<String>,
    /// The receiver's id of the request, for its support.
    pub request_id: Option<String>,
    /// The id that the receiver made for the object that the call is about.
    pub receiver_id: Option<String>,
}

/// A call as journalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// The run that sent it.
    pub run: i64,
    /// Its number in the run.
    pub call_no: i64,
    /// The plan it carries out.
    pub plan: String,
    /// Its operations, as the caller wrote them.
    pub operations: String,
    /// What is known of it.
    pub state: CallState,
    /// When it was written down, just before it was sent.
    pub sent_at: Timestamp,
    /// When its answer was written down.
    pub settled_at: Option<Timestamp>,
    /// The receiver's error code.
    pub code: Option<String>,
    /// The receiver's id of the request.
    pub request_id: Option<String>,
    /// The id that the receiver made for the object that the call is about.
    pub receiver_id: Option<String>,
}

/// Lines of the journal that are written at one time.
#[derive(Debug, Clone, Copy)]
pub struct JournalLines<'a> {
    /// The run that sends.
    pub run: i64,
    /// The plan it carries out.
    pub plan: &'a str,
    /// When.
    pub at: Timestamp,
    /// Calls about to be sent.
    pub sent: &'a [SentCall],
    /// What became of others.
    pub settled: &'a [SettledCall],
    /// The receiver's name, and what is told of its objects.
    pub ledger: (&'a str, &'a [LedgerRow]),
}

const WIDTH: usize = 6;

impl Store {
    /// Writes lines in one transaction, durable on return. A call that is unknown may be
    /// settled again, when reading the receiver has told.
    ///
    /// # Errors
    ///
    /// [`Refusal::Journal`] when a call was written as sent before, was never sent, or has
    /// its answer; then nothing is written.
    ///
    /// # Cost
    ///
    /// One wait for the disk, however many calls: gather them (at most 50 ms).
    pub async fn journal_write(&self, lines: &JournalLines<'_>) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let JournalLines { run, plan, at, sent, settled, ledger: (target, rows) } = *lines;
        insert_sent(&mut tx, run, plan, at, sent).await?;
        update_settled(&mut tx, run, at, settled).await?;
        ledger::put(&mut tx, target, rows).await?;
        tx.commit().await
    }

    /// The calls of a plan whose fate is not known: after a crash, those to read back (K221).
    pub async fn unknown_calls(&self, plan: &str) -> Result<Vec<JournalRow>, StoreError> {
        self.select_journal(
            select("WHERE plan_id = $1 AND state IN ('sent', 'unknown') ORDER BY run, call_no"),
            plan,
        )
        .await
    }

    /// All calls of a plan, in the order they were sent.
    pub async fn journal(&self, plan: &str) -> Result<Vec<JournalRow>, StoreError> {
        self.select_journal(select("WHERE plan_id = $1 ORDER BY run, call_no"), plan).await
    }

    async fn select_journal(
        &self,
        sql: sqlx::AssertSqlSafe<String>,
        plan: &str,
    ) -> Result<Vec<JournalRow>, StoreError> {
        self.db
            .read()
            .await?
            .rows(sql, args![plan])
            .await?
            .iter()
            .map(JournalRow::from_row)
            .collect()
    }
}

async fn insert_sent(
    tx: &mut Tx,
    run: i64,
    plan: &str,
    at: Timestamp,
    calls: &[SentCall],
) -> Result<(), StoreError> {
    let head = "INSERT INTO journal (run, call_no, plan_id, operations, state, sent_at)";
    for batch in calls.chunks(crate::db::ROWS) {
        let mut args = Vec::with_capacity(batch.len() * WIDTH);
        for call in batch {
            args.extend([run.into(), call.call_no.into(), plan.into(), (&call.operations).into()]);
            args.extend([CallState::Sent.word().into(), micros(at).into()]);
        }
        let written =
            tx.insert(head, WIDTH, "ON CONFLICT (run, call_no) DO NOTHING", &args).await?;
        if written != batch.len() as u64 {
            let call_no = batch.first().map_or(0, |call| call.call_no);
            let why = "or one sent with it is in the journal already";
            return Err(Refusal::Journal { run, call_no, why }.into());
        }
    }
    Ok(())
}

async fn update_settled(
    tx: &mut Tx,
    run: i64,
    at: Timestamp,
    calls: &[SettledCall],
) -> Result<(), StoreError> {
    let sql = "UPDATE journal SET state = $1, settled_at = $2, code = $3, request_id = $4, \
        receiver_id = $5 WHERE run = $6 AND call_no = $7 AND state IN ('sent', 'unknown')";
    for SettledCall { call_no, state, code, request_id, receiver_id } in calls {
        let args = args![state.word(), micros(at), code, request_id, receiver_id, run, *call_no];
        if tx.execute(sql, args).await? == 0 {
            let why = "has its answer already, or was never sent";
            return Err(Refusal::Journal { run, call_no: *call_no, why }.into());
        }
    }
    Ok(())
}

/// Constants only: no data becomes part of a statement.
fn select(tail: &'static str) -> sqlx::AssertSqlSafe<String> {
    let columns = "run, call_no, plan_id, operations, state, sent_at, settled_at, code, request_id, receiver_id";
    sqlx::AssertSqlSafe(format!("SELECT {columns} FROM journal {tail}"))
}

impl JournalRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            run: row.get(0)?,
            call_no: row.get(1)?,
            plan: row.get(2)?,
            operations: row.get(3)?,
            state: CallState::from_word(row.get(4)?)?,
            sent_at: time(row.get(5)?)?,
            settled_at: row.get::<Option<i64>>(6)?.map(time).transpose()?,
            code: row.get(7)?,
            request_id: row.get(8)?,
            receiver_id: row.get(9)?,
        })
    }
}
