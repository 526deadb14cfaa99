//! What is erased when: a target that ends, and what has grown old.

use std::collections::BTreeSet;
use std::thread::JoinHandle;

use jiff::{Span, Timestamp};
use roster::Date;

use crate::blob::on_own_thread;
use crate::db::{Db, Tx, args};
use crate::open::Freed;
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
    /// First passwords drawn before: nobody fetched them for a whole term.
    pub passwords: Timestamp,
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
    /// Days of the quality trend.
    pub trends: u64,
    /// First passwords that nobody fetched.
    pub passwords: u64,
}

impl Erased {
    /// Whether nothing was past its time.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether what is past its time goes, or is only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erase {
    /// It goes.
    Now,
    /// It is counted and stays.
    Count,
}

impl Cutoffs {
    /// The defaults: plans 90 days, runs 400 days, snapshots 14 days, audit 2 years, markers 6
    /// calendar months (K156), first passwords 180 days: an account of June is first used in
    /// August. `today` is the day in the tenant's zone.
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
            markers: six_months_before(today),
            passwords: days(180),
        }
    }
}

/// The last day whose six calendar months are over on `today`. Six months after 31 August is
/// the last of February, so on that day all of late August is over (K156).
fn six_months_before(today: Date) -> Date {
    let before = today.saturating_sub(Span::new().months(6));
    if today == today.last_of_month() { before.last_of_month() } else { before }
}

impl Store {
    /// Erases what is older than the cutoffs, in one transaction. A plan that is started and
    /// not done is kept whole: a resume needs it. So is the newest snapshot of each name: the
    /// guards compare the next read with it, also after a summer without one.
    ///
    /// What sources said is told by not being a plan's or a target's: a new kind of it is in
    /// by itself. No body of an error is kept anywhere, so none grows old.
    pub async fn retain(&self, cutoffs: &Cutoffs, erase: Erase) -> Result<Erased, StoreError> {
        let mut tx = self.db.write().await?;
        let plans = retain_plans(&mut tx, cutoffs).await?;
        let (runs, trends) = retain_runs(&mut tx, cutoffs).await?;
        let snapshots = tx.execute(OLD_BLOBS, args![micros(cutoffs.snapshots)]).await?;
        let sql = "DELETE FROM link WHERE state = 'deleted' AND since <= $1";
        let markers = tx.execute(sql, args![cutoffs.markers.to_string()]).await?;
        // Only a marker is left by then, and the ledger's row of it goes with it.
        let sql = "DELETE FROM ledger WHERE what = 'delete' AND state = 'done' AND NOT EXISTS \
            (SELECT 1 FROM link WHERE link.target = ledger.target AND link.kind = ledger.kind \
            AND link.key = ledger.key)";
        tx.execute(sql, &[]).await?;
        let audit = retain_audit(&mut tx, cutoffs).await?;
        let sql = "DELETE FROM handover WHERE made < $1";
        let passwords = tx.execute(sql, args![micros(cutoffs.passwords)]).await?;
        let erased = Erased { plans, runs, snapshots, markers, audit, trends, passwords };
        if erase == Erase::Now {
            tx.commit().await?;
            self.overwrite_free().await?;
            self.empty_log().await?;
        }
        Ok(erased)
    }

    /// [`Self::retain`] beside other work, on a thread and with connections of its own. `None`
    /// where connections belong to a server, which does not wait for a disk of ours.
    ///
    /// # Errors
    ///
    /// When no thread can be had; the thread says what the store says.
    pub fn retain_beside(
        &self,
        cutoffs: Cutoffs,
    ) -> Result<Option<JoinHandle<Result<Erased, StoreError>>>, StoreError> {
        if matches!(self.db, Db::Pg { .. }) {
            return Ok(None);
        }
        let store = Self::connect(self.place.clone(), Freed::Overwritten);
        let retaining = on_own_thread(move |runtime| {
            runtime.block_on(async {
                let erased = store.retain(&cutoffs, Erase::Now).await;
                store.close().await;
                erased
            })
        })?;
        Ok(Some(retaining))
    }

    /// Erases at once what we know of a target (K169): links, what falls due, the ledger,
    /// obstacles, first passwords, written state, deliveries, plans with their journal, small values. Runs, which name nobody, stay.
    pub async fn purge(&self, target: &str) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        for sql in [
            "DELETE FROM blob WHERE kind = 'plan' AND name IN (SELECT id FROM plan WHERE target = $1)",
            "DELETE FROM journal WHERE plan_id IN (SELECT id FROM plan WHERE target = $1)",
            "DELETE FROM plan WHERE target = $1",
            "DELETE FROM blob WHERE kind IN ('written', 'delivery') AND name = $1",
            "DELETE FROM link WHERE target = $1",
            "DELETE FROM due WHERE target = $1",
            "DELETE FROM ledger WHERE target = $1",
            "DELETE FROM obstacle WHERE target = $1",
            "DELETE FROM handover WHERE target = $1",
            "DELETE FROM kv WHERE scope = $1",
        ] {
            tx.execute(sql, args![target]).await?;
        }
        tx.commit().await?;
        self.overwrite_free().await?;
        self.empty_log().await
    }

    /// Every target that something is kept of which [`Self::purge`] erases, also one that is
    /// in the settings no more.
    pub async fn known_targets(&self) -> Result<BTreeSet<String>, StoreError> {
        let sql = "SELECT target FROM link UNION SELECT target FROM due UNION SELECT target FROM plan \
            UNION SELECT target FROM obstacle UNION SELECT target FROM handover \
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

const OLD_BLOBS: &str = "DELETE FROM blob WHERE created < $1 AND (complete = 0 OR \
    (kind NOT IN ('plan', 'written', 'delivery') AND generation <> (SELECT COALESCE(MAX(kept.generation), 0) \
    FROM blob AS kept WHERE kept.kind = blob.kind AND kept.name = blob.name AND kept.complete = 1)))";

/// Old plans keep their counts; those that even runs are not remembered of, nothing.
async fn retain_plans(tx: &mut Tx, cutoffs: &Cutoffs) -> Result<u64, StoreError> {
    let before = micros(cutoffs.plans);
    let sql = "DELETE FROM blob WHERE kind = 'plan' AND name IN \
        (SELECT id FROM plan WHERE created < $1 AND status <> 'started')";
    tx.execute(sql, args![before]).await?;
    let sql = "UPDATE approval SET comment = '' WHERE comment <> '' AND plan_id IN \
        (SELECT id FROM plan WHERE created < $1 AND status <> 'started')";
    tx.execute(sql, args![before]).await?;
    let sql = "UPDATE plan SET header = '{}' WHERE created < $1 AND status <> 'started' AND header <> '{}'";
    let plans = tx.execute(sql, args![before]).await?;
    let sql = "DELETE FROM plan WHERE created < $1 AND status <> 'started'";
    tx.execute(sql, args![micros(cutoffs.runs)]).await?;
    Ok(plans)
}

/// Old runs with their journal, and the quality of as long ago.
async fn retain_runs(tx: &mut Tx, cutoffs: &Cutoffs) -> Result<(u64, u64), StoreError> {
    let before = micros(cutoffs.runs);
    let sql = "DELETE FROM journal WHERE run IN (SELECT number FROM run WHERE started < $1 AND finished IS NOT NULL)";
    tx.execute(sql, args![before]).await?;
    let sql = "DELETE FROM run WHERE started < $1 AND finished IS NOT NULL";
    let runs = tx.execute(sql, args![before]).await?;
    let day = cutoffs.runs.to_string();
    let day = day.get(..10).unwrap_or_default();
    let trends = tx.execute("DELETE FROM quality_trend WHERE on_date < $1", args![day]).await?;
    Ok((runs, trends))
}

/// Old rows of the audit; the chain goes on from the last erased one.
async fn retain_audit(tx: &mut Tx, cutoffs: &Cutoffs) -> Result<u64, StoreError> {
    let sql = "SELECT seq, hash FROM audit WHERE at < $1 ORDER BY seq DESC LIMIT 1";
    let Some(row) = tx.row(sql, args![micros(cutoffs.audit)]).await? else { return Ok(0) };
    let (seq, hash): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
    let sql = "UPDATE meta SET audit_base_seq = $1, audit_base = $2";
    tx.execute(sql, args![seq, hash]).await?;
    tx.execute("DELETE FROM audit WHERE seq <= $1", args![seq]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K128: an account that was made before the summer is first used after it.
    #[test]
    fn k128_first_passwords_wait_for_half_a_year() {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let cutoffs = Cutoffs::defaults(now, "2026-11-28".parse().unwrap());
        assert_eq!(cutoffs.passwords, "2026-06-01T12:00:00Z".parse().unwrap());
    }

    /// K156: six calendar months, also where the sixth month is shorter.
    #[test]
    fn markers_go_six_calendar_months_after_the_day() {
        #[rustfmt::skip]
        let table = [
            // deleted      kept on         gone on
            ("2026-08-31", "2027-02-27", "2027-02-28"),
            ("2027-08-31", "2028-02-28", "2028-02-29"),
            ("2026-08-28", "2027-02-27", "2027-02-28"),
            ("2026-02-28", "2026-08-27", "2026-08-28"),
            ("2026-03-31", "2026-09-29", "2026-09-30"),
            ("2026-05-15", "2026-11-14", "2026-11-15"),
        ];
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (deleted, kept, gone) in table {
            assert!(six_months_before(day(kept)) < day(deleted), "{deleted} on {kept}");
            assert!(six_months_before(day(gone)) >= day(deleted), "{deleted} on {gone}");
        }
    }
}
