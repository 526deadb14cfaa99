//! What is erased for good, each under the lock: a run in the midst of its work would write
//! it again, or find half of what it needs.

use std::thread::JoinHandle;

use serde_json::json;
use store::{Cutoffs, Erase, Erased, StoreError};

use crate::{Engine, RunError};

/// The day on which what was past its time was last erased.
const DAY: &str = "retention/day";

/// Erasing that may still be under way.
pub(crate) enum Retaining {
    /// Nothing is.
    NotToday,
    /// A thread of its own does it.
    Beside(JoinHandle<Result<Erased, StoreError>>),
}

impl Engine {
    /// Erases everything that is kept of a target.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the store fails, or another run is under way.
    pub async fn purge_target(&self, target: &str) -> Result<(), RunError> {
        let lock = self.lock().await?;
        self.store.purge(target).await?;
        self.audit(&self.user, "purge", target, "").await?;
        lock.release(&self.store).await
    }

    /// Erases what is past its time, and leaves a row in the audit log that says how much of
    /// what: the proof that it was done.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the store fails, or another run is under way.
    pub async fn retain(&self) -> Result<Erased, RunError> {
        let lock = self.lock().await?;
        let erased = self.retain_locked().await?;
        lock.release(&self.store).await?;
        Ok(erased)
    }

    /// What [`Self::retain`] would erase now.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the store fails.
    pub async fn expired(&self) -> Result<Erased, RunError> {
        Ok(self.store.retain(&self.cutoffs(), Erase::Count).await?)
    }

    /// As [`Self::retain`], once a day and beside a run's reading: what is past its time goes also
    /// where the register cannot be read. A run on a day that has not come (`--today`) only
    /// rehearses it, and erases nothing.
    pub(crate) async fn begin_retaining(&self) -> Result<Retaining, RunError> {
        let day = self.today().to_string();
        if self.is_ahead() || self.store.get("", DAY).await?.as_deref() == Some(day.as_bytes()) {
            return Ok(Retaining::NotToday);
        }
        if let Some(thread) = self.store.retain_beside(self.cutoffs())? {
            return Ok(Retaining::Beside(thread));
        }
        self.retain_locked().await?;
        Ok(Retaining::NotToday)
    }

    /// Waits until what is past its time is gone: nothing that a run looks at goes while it does.
    pub(crate) async fn end_retaining(&self, retaining: Retaining) -> Result<(), RunError> {
        let Retaining::Beside(thread) = retaining else { return Ok(()) };
        let stopped = |_| RunError::Internal("the thread that erases stopped".to_owned());
        let erased = thread.join().map_err(stopped)??;
        self.note_erased(erased).await
    }

    async fn retain_locked(&self) -> Result<Erased, RunError> {
        let erased = self.store.retain(&self.cutoffs(), Erase::Now).await?;
        self.note_erased(erased).await?;
        Ok(erased)
    }

    async fn note_erased(&self, erased: Erased) -> Result<(), RunError> {
        let day = self.today().to_string();
        self.store.set("", &[(DAY, day.as_bytes())]).await?;
        let Erased { plans, runs, snapshots, markers, audit, trends, passwords } = erased;
        let detail = json!({
            "plans": plans, "runs": runs, "snapshots": snapshots, "markers": markers,
            "audit": audit, "trends": trends, "passwords": passwords,
        });
        self.audit("system", "retention", &day, &detail.to_string()).await
    }

    fn cutoffs(&self) -> Cutoffs {
        Cutoffs::defaults(self.now(), self.today())
    }

    /// Erases everything that is kept of the tenant, and gives up the store.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the store fails, or another run is under way.
    pub async fn purge_tenant(self) -> Result<(), RunError> {
        // Held to the end; a lease on a server is erased with all the rest.
        let _lock = self.lock().await?;
        Ok(self.store.purge_tenant().await?)
    }

    /// The name under which a target is remembered: one that the store knows, also of a
    /// target that was taken out of the settings, else the one that the settings give it.
    ///
    /// # Errors
    ///
    /// [`RunError::Unknown`] when nobody knows it.
    pub async fn remembered(&self, name: &str) -> Result<String, RunError> {
        if self.store.known_targets().await?.contains(name) {
            return Ok(name.to_owned());
        }
        Ok(self.target(name)?.name.clone())
    }
}
