//! What is erased when: a target that ends, and what has grown old.

use std::collections::BTreeSet;

use jiff::{Span, Timestamp};
use roster::Date;

use crate::db::{Db, args};
use crate::{Store, StoreError, micros};

/// Until when things are kept.
///
/// # Source
///
/// reference/portal.md §2.8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cutoffs {
    /// Plans made before keep their counts only.
    pub plans: Timestamp,
    /// Runs queued before, and their journal.
    pub runs: Timestamp,
    /// Snapshots of sources made before; the newest of each name stays whatever its age.
    pub snapshots: Timestamp,
    /// Audit rows from before.
    pub audit: Timestamp,
    /// Markers of objects deleted before this day.
    pub markers: Date,
}

/// What retention erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// Plans that kept their counts only.
    pub plans: u64,
    /// Runs.
    pub runs: u64,
    /// Generations of snapshots.
    pub snapshots: u64,
    /// Markers of deleted objects.
    pub markers: u64,
    /// Audit rows.
    pub audit: u64,
}

impl Cutoffs {
    /// The defaults: plans 90 days, runs 400 days, snapshots 14 days, audit 2 years, markers 6
    /// calendar months (K156). `today` is the day in the tenant's zone.
    #[must_use]
    pub fn defaults(now: Timestamp, today: Date) -> Self {
        let days = |days: i64| {
            now.saturating_sub(jiff::SignedDuration::from_hours(24 * days))
                .unwrap_or(Timestamp::MIN)
        };
        Self {
            plans: days(90),
            runs: days(400),
            snapshots: days(14),
            audit: days(730),
            markers: today.saturating_sub(Span::new().months(6)),
        }
    }
}

impl Store {
    /// Erases what is older than the cutoffs, in one transaction. A plan that is started and
    /// not done is kept whole: a resume needs it. So is the newest snapshot of each name: the
    /// guards compare the next read with it, also after a summer without one.
    pub async fn retain(&self, cutoffs: &Cutoffs) -> Result<Erased, StoreError> {
        let plans = micros(cutoffs.plans);
        let mut tx = self.db.write().await?;
        let sql = "DELETE FROM blob WHERE kind = 'plan' AND name IN \
            (SELECT id FROM plan WHERE created < $1 AND status <> 'started')";
        tx.execute(sql, args![plans]).await?;
        let sql = "UPDATE plan SET header = '{}' WHERE created < $1 AND status <> 'started' AND header <> '{}'";
        let plans = tx.execute(sql, args![plans]).await?;
        let runs = micros(cutoffs.runs);
        let sql = "DELETE FROM journal WHERE run IN (SELECT number FROM run WHERE started < $1 AND finished IS NOT NULL)";
        tx.execute(sql, args![runs]).await?;
        let runs = tx
            .execute("DELETE FROM run WHERE started < $1 AND finished IS NOT NULL", args![runs])
            .await?;
        let sql = "DELETE FROM blob WHERE kind = 'snapshot' AND created < $1 AND generation <> \
            (SELECT COALESCE(MAX(kept.generation), 0) FROM blob AS kept WHERE kept.kind = 'snapshot' AND kept.name = blob.name AND kept.complete = 1)";
        let snapshots = tx.execute(sql, args![micros(cutoffs.snapshots)]).await?;
        let sql = "DELETE FROM link WHERE state = 'deleted' AND since <= $1";
        let markers = tx.execute(sql, args![cutoffs.markers.to_string()]).await?;
        // The chain goes on from the last erased row.
        let sql = "SELECT seq, hash FROM audit WHERE at < $1 ORDER BY seq DESC LIMIT 1";
        let mut audit = 0;
        if let Some(row) = tx.row(sql, args![micros(cutoffs.audit)]).await? {
            let (seq, hash): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            tx.execute("UPDATE meta SET audit_base_seq = $1, audit_base = $2", args![seq, hash])
                .await?;
            audit = tx.execute("DELETE FROM audit WHERE seq <= $1", args![seq]).await?;
        }
        tx.commit().await?;
        self.empty_log().await?;
        Ok(Erased { plans, runs, snapshots, markers, audit })
    }

    /// Erases at once what we know of a target (K169): links, what falls due, written state,
    /// deliveries, plans with their journal, small values. Runs, which name nobody, stay.
    pub async fn purge(&self, target: &str) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        for sql in [
            "DELETE FROM blob WHERE kind = 'plan' AND name IN (SELECT id FROM plan WHERE target = $1)",
            "DELETE FROM journal WHERE plan_id IN (SELECT id FROM plan WHERE target = $1)",
            "DELETE FROM plan WHERE target = $1",
            "DELETE FROM blob WHERE kind IN ('written', 'delivery') AND name = $1",
            "DELETE FROM link WHERE target = $1",
            "DELETE FROM due WHERE target = $1",
            "DELETE FROM kv WHERE scope = $1",
        ] {
            tx.execute(sql, args![target]).await?;
        }
        tx.commit().await?;
        self.empty_log().await
    }

    /// Every target that something is kept of which [`Self::purge`] erases, also one that is
    /// in the settings no more.
    pub async fn known_targets(&self) -> Result<BTreeSet<String>, StoreError> {
        let sql = "SELECT target FROM link UNION SELECT target FROM due UNION SELECT target FROM plan \
            UNION SELECT name FROM blob WHERE kind IN ('written', 'delivery') \
            UNION SELECT scope FROM kv WHERE scope <> ''";
        let rows = self.db.read().await?.rows(sql, &[]).await?;
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Empties `SQLite`'s log, where erased pages would otherwise stay for a while. A reader in
    /// the middle of something keeps a part of it until the next time.
    pub async fn empty_log(&self) -> Result<(), StoreError> {
        if let Db::Lite { writer, .. } = &self.db {
            sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(writer).await?;
        }
        Ok(())
    }
}
