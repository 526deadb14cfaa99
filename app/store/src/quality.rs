//! What is wrong in the registers, since when, and how it goes.

use jiff::Timestamp;
use roster::{Date, Key};

use crate::db::{Arg, ROWS, Row, args};
use crate::{Store, StoreError, day, micros, pack, time, unpack, words};

/// How bad an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something is held back because of it.
    Error,
    /// Somebody should look.
    Warning,
    /// Good to know.
    Note,
}

words!(Severity { Error = "error", Warning = "warning", Note = "note" });

/// An issue as found by a run. Names nobody: the subject is a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualityIssue {
    /// Which check: `D01` and so on.
    pub code: String,
    /// What the subject is: person, group, school.
    pub subject_kind: String,
    /// Whom it is about.
    pub subject: Key,
    /// Its schools.
    pub schools: Vec<Key>,
    /// How bad it is.
    pub severity: Severity,
    /// What a remedy needs to know, as JSON; no names, no numbers.
    pub detail: String,
}

/// An issue as remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualityRow {
    /// The issue.
    pub issue: QualityIssue,
    /// When it was first found: how old it is.
    pub first_seen: Timestamp,
    /// When it was last found.
    pub last_seen: Timestamp,
    /// The run that last found it.
    pub last_run: i64,
}

/// How many issues of a kind there were at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendRow {
    /// The day, in the tenant's zone.
    pub on: Date,
    /// Which check.
    pub code: String,
    /// How many.
    pub issues: u64,
}

const WIDTH: usize = 9;

impl Store {
    /// Remembers what a run found; an issue known before keeps its age.
    pub async fn put_issues(
        &self,
        run: i64,
        at: Timestamp,
        issues: &[QualityIssue],
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let head = "INSERT INTO quality_issue \
            (code, subject_kind, subject, schools, severity, detail, first_seen, last_seen, last_run)";
        let tail = "ON CONFLICT (code, subject_kind, subject) DO UPDATE SET schools = excluded.schools, \
            severity = excluded.severity, detail = excluded.detail, last_seen = excluded.last_seen, \
            last_run = excluded.last_run";
        for batch in issues.chunks(ROWS) {
            let args: Vec<Arg<'_>> = batch.iter().flat_map(|issue| issue.args(run, at)).collect();
            tx.insert(head, WIDTH, tail, &args).await?;
        }
        tx.commit().await
    }

    /// Ends a complete check: issues that `run` did not find are solved, and the day's counts
    /// are noted. Not to be called where a source was not read to its end.
    pub async fn close_check(&self, run: i64, today: Date) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        tx.execute("DELETE FROM quality_issue WHERE last_run <> $1", args![run]).await?;
        let today = today.to_string();
        tx.execute("DELETE FROM quality_trend WHERE on_date = $1", args![&today]).await?;
        let sql = "INSERT INTO quality_trend (on_date, code, issues) \
            SELECT $1, code, COUNT(*) FROM quality_issue GROUP BY code";
        tx.execute(sql, args![&today]).await?;
        tx.commit().await
    }

    /// The issues that stand, oldest first.
    pub async fn issues(&self) -> Result<Vec<QualityRow>, StoreError> {
        let sql = "SELECT code, subject_kind, subject, schools, severity, detail, first_seen, last_seen, last_run \
            FROM quality_issue ORDER BY first_seen, code, subject_kind, subject";
        self.db.read().await?.rows(sql, &[]).await?.iter().map(QualityRow::from_row).collect()
    }

    /// The counts of each day from `since` on.
    pub async fn trend(&self, since: Date) -> Result<Vec<TrendRow>, StoreError> {
        let sql = "SELECT on_date, code, issues FROM quality_trend WHERE on_date >= $1 ORDER BY on_date, code";
        let rows = self.db.read().await?.rows(sql, args![since.to_string()]).await?;
        let trend = |row: &Row| {
            let issues = row.get::<i64>(2)?.unsigned_abs();
            Ok(TrendRow { on: day(row.get(0)?)?, code: row.get(1)?, issues })
        };
        rows.iter().map(trend).collect()
    }

    /// Forgets every issue about these subjects: newly protected persons, for one.
    pub async fn forget_issues(&self, subjects: &[Key]) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        for subject in subjects {
            tx.execute("DELETE FROM quality_issue WHERE subject = $1", args![subject.as_bytes()])
                .await?;
        }
        tx.commit().await
    }
}

impl QualityIssue {
    fn args(&self, run: i64, at: Timestamp) -> [Arg<'_>; WIDTH] {
        let Self { code, subject_kind, subject, schools, severity, detail } = self;
        let schools = pack(schools).into();
        let (severity, at) = (severity.word().into(), micros(at));
        [
            code.into(),
            subject_kind.into(),
            subject.as_bytes().into(),
            schools,
            severity,
            detail.into(),
            at.into(),
            at.into(),
            run.into(),
        ]
    }
}

impl QualityRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let issue = QualityIssue {
            code: row.get(0)?,
            subject_kind: row.get(1)?,
            subject: Key::from_bytes(row.bytes(2)?),
            schools: unpack(row.get(3)?)?,
            severity: Severity::from_word(row.get(4)?)?,
            detail: row.get(5)?,
        };
        Ok(Self {
            issue,
            first_seen: time(row.get(6)?)?,
            last_seen: time(row.get(7)?)?,
            last_run: row.get(8)?,
        })
    }
}
