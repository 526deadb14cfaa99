//! What is erased for good, each under the lock: a run in the midst of its work would write
//! it again, or find half of what it needs.

use store::{Cutoffs, Erased};

use crate::{Engine, RunError};

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

    /// Erases what is past its time.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the store fails, or another run is under way.
    pub async fn retain(&self, cutoffs: &Cutoffs) -> Result<Erased, RunError> {
        let lock = self.lock().await?;
        let erased = self.store.retain(cutoffs).await?;
        lock.release(&self.store).await?;
        Ok(erased)
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
