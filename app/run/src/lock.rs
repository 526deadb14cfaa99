//! One run at a time for a tenant (K220).
//!
//! Beside a store in a file stands a lock file, held by the operating system: a process that
//! dies lets go at once, so the next run can resume. A store on a server has a lease with a
//! time instead, since a dead machine lets go of nothing; a task beside the run renews it, so
//! that no phase of the run is too long for it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use store::{Lease, Refusal, Store, StoreError};
use tokio::task::JoinHandle;

use crate::Work;
use crate::{Clock as _, RunError, SystemClock};

/// How long a lease on a server holds without being renewed.
const LEASE: Duration = Duration::from_mins(15);

/// How often it is renewed: a server that is away for ten minutes costs no run.
const BEAT: Duration = Duration::from_mins(1);

/// Where a tenant's lock is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockPlace {
    /// A lock file.
    File(PathBuf),
    /// A row in the store.
    Store,
}

/// The right to run; given up when dropped (file) or released (store).
#[derive(Debug)]
pub(crate) enum Lock {
    File(#[expect(dead_code, reason = "held, so that the operating system keeps the lock")] File),
    Store(Heartbeat),
}

/// A lease and the task that renews it.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    lease: Lease,
    task: JoinHandle<()>,
}

impl Heartbeat {
    fn start(lease: Lease, store: &Store, beat: Duration) -> Self {
        let (mut renewed, store) = (lease.clone(), store.clone());
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(beat).await;
                let now = SystemClock.now();
                match store.renew(&mut renewed, now, now + LEASE).await {
                    // The run itself asks too, and ends when the lease is another's.
                    Err(StoreError::Refused(_)) => return,
                    Err(error) => tracing::warn!(%error, "the lease was not renewed"),
                    Ok(()) => {}
                }
            }
        });
        Self { lease, task }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const NAME: &str = "run";

impl Lock {
    /// Takes the lock, or tells who has it. The time of a lease is the machine's, whatever day
    /// was asked for with `--today`.
    pub(crate) async fn take(
        place: &LockPlace,
        store: &Store,
        holder: &str,
    ) -> Result<Self, RunError> {
        let now = SystemClock.now();
        match place {
            LockPlace::File(path) => take_file(path, holder).map(Self::File),
            LockPlace::Store => match store.acquire(NAME, holder, now, now + LEASE).await {
                Ok(lease) => Ok(Self::Store(Heartbeat::start(lease, store, BEAT))),
                Err(StoreError::Refused(Refusal::Held { holder, .. })) => {
                    Err(RunError::Locked { holder })
                }
                Err(error) => Err(error.into()),
            },
        }
    }

    /// Makes sure that the run still has the right to go on.
    pub(crate) async fn renew(&mut self, store: &Store) -> Result<(), RunError> {
        if let Self::Store(heartbeat) = self {
            let now = SystemClock.now();
            store.renew(&mut heartbeat.lease, now, now + LEASE).await?;
        }
        Ok(())
    }

    /// Lets the next run in.
    pub(crate) async fn release(self, store: &Store) -> Result<(), RunError> {
        if let Self::Store(heartbeat) = self {
            heartbeat.task.abort();
            store.release(&heartbeat.lease).await?;
        }
        Ok(())
    }
}

fn take_file(path: &Path, holder: &str) -> Result<File, RunError> {
    let failed = |source| RunError::Io { what: Work::Lock(path.to_owned()), source };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            // Windows refuses to read a locked file; then nobody is named.
            let mut named = String::new();
            let _ = file.read_to_string(&mut named);
            return Err(RunError::Locked { holder: named.trim().to_owned() });
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    file.set_len(0).map_err(failed)?;
    file.rewind().map_err(failed)?;
    file.write_all(holder.as_bytes()).map_err(failed)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K220: the second run is told who has the lock, and gets it when the first is gone.
    #[test]
    fn a_second_run_is_told_who_is_running() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("skolbro.lock");
        let first = take_file(&path, "process 1 on a").unwrap();
        let refused = take_file(&path, "process 2 on b");
        assert!(matches!(refused, Err(RunError::Locked { holder }) if holder == "process 1 on a"));
        drop(first);
        assert!(take_file(&path, "process 2 on b").is_ok());
    }

    /// K220: a phase that is longer than a lease loses it to nobody; a run that is gone does.
    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_lease_is_renewed_while_the_run_computes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_file(&folder.path().join("a.db")).await.unwrap();
        let until = async |holder: &str| {
            let now = SystemClock.now();
            store.acquire(NAME, holder, now, now + Duration::from_millis(300)).await
        };
        let lease = until("process 1 on a").await.unwrap();
        let heartbeat = Heartbeat::start(lease, &store, Duration::from_millis(20));
        tokio::time::sleep(Duration::from_millis(600)).await;
        let refused = until("process 2 on b").await;
        assert!(matches!(refused, Err(StoreError::Refused(Refusal::Held { .. }))));

        let mut late = heartbeat.lease.clone();
        drop(heartbeat);
        store.release(&late).await.unwrap();
        until("process 2 on b").await.unwrap();
        let now = SystemClock.now();
        assert!(store.renew(&mut late, now, now + LEASE).await.is_err(), "it is another's");
    }
}
