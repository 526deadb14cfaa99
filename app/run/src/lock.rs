//! One run at a time for a tenant (K220).
//!
//! Beside a store in a file stands a lock file, held by the operating system: a process that
//! dies lets go at once, so the next run can resume. A store on a server has a lease with a
//! time instead, since a dead machine lets go of nothing.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use store::{Lease, Refusal, Store, StoreError};

use crate::RunError;

/// How long a lease on a server holds without being renewed.
const LEASE: Duration = Duration::from_mins(15);

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
    Store(Lease),
}

const NAME: &str = "run";

impl Lock {
    /// Takes the lock, or tells who has it.
    pub(crate) async fn take(
        place: &LockPlace,
        store: &Store,
        holder: &str,
        now: Timestamp,
    ) -> Result<Self, RunError> {
        match place {
            LockPlace::File(path) => take_file(path, holder).map(Self::File),
            LockPlace::Store => match store.acquire(NAME, holder, now, now + LEASE).await {
                Ok(lease) => Ok(Self::Store(lease)),
                Err(StoreError::Refused(Refusal::Held { holder, .. })) => {
                    Err(RunError::Locked { holder })
                }
                Err(error) => Err(error.into()),
            },
        }
    }

    /// Says that the run is still alive.
    pub(crate) async fn renew(&mut self, store: &Store, now: Timestamp) -> Result<(), RunError> {
        if let Self::Store(lease) = self {
            store.renew(lease, now, now + LEASE).await?;
        }
        Ok(())
    }

    /// Lets the next run in.
    pub(crate) async fn release(self, store: &Store) -> Result<(), RunError> {
        if let Self::Store(lease) = self {
            store.release(&lease).await?;
        }
        Ok(())
    }
}

fn take_file(path: &Path, holder: &str) -> Result<File, RunError> {
    let failed = |source| RunError::Io { what: format!("cannot lock {}", path.display()), source };
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
}
