//! Backups: all of the tenant's memory in one sealed file, and the way back (K094, K112).
//!
//! The file holds frames: `H` about the backup, `S` the settings, then the tables as the
//! store writes them, and at the end `M`, what they came to. Decision 0012.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use connect::sealed_file::{self, FileKind, OpenError, SealedFileReader, SealedFileWriter};
use connect::temp::PrivateFolder;
use roster::TenantKey;
use serde_json::{Value, json};
use store::{AuditVerdict, BlobKind, Export, Frame, Refusal, Store, StoreError, Sums};

use crate::Work;
use crate::backup_contents::{About, Copied, copied, difference, manifest};
use crate::lock::Lock;
use crate::{Clock as _, Engine, RunError, SystemClock};

/// What a backup begins with.
const KIND: FileKind = FileKind { magic: *b"SKOLBRO BACKUP 1", version: 1, label: "backup" };

const ABOUT: u8 = b'H';
const SETTINGS: u8 = b'S';
const MANIFEST: u8 = b'M';

/// Between two attempts to take the lock.
const PAUSE: Duration = Duration::from_millis(200);

/// What the program says of itself and of the tenant in a backup.
#[derive(Debug, Clone, Copy)]
pub struct BackupOf<'a> {
    /// The tenant's name.
    pub tenant: &'a str,
    /// The program's version.
    pub program: &'a str,
    /// The settings file as it stands. It names secrets and holds none.
    pub settings: &'a str,
}

/// Why a backup cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupProblem {
    /// It is no backup of ours.
    #[error("it is no backup")]
    Foreign,
    /// A newer program made it.
    #[error("a newer version of the program made it")]
    Newer,
    /// It was sealed with another tenant's key.
    #[error("it was sealed with another key")]
    OtherKey,
    /// Its end is missing.
    #[error("it is cut off")]
    Cut,
    /// It was changed, or the disk has lost a part of it.
    #[error("it is damaged")]
    Damaged,
    /// What was read is not what its manifest says.
    #[error("{0} does not hold what the manifest says")]
    Differs(String),
    /// The audit log in it is broken at this row.
    #[error("its audit log is broken at entry {0}")]
    Audit(i64),
    /// Something is remembered here already.
    #[error("the tenant's memory is not empty")]
    NotEmpty,
}

/// A backup whose key fits, opened as far as its settings.
pub struct OpenedBackup {
    path: PathBuf,
    input: SealedFileReader,
    /// What it says of itself.
    pub about: About,
    /// The settings as they were.
    pub settings: String,
}

impl OpenedBackup {
    /// Opens the backup in this file.
    ///
    /// # Errors
    ///
    /// [`RunError::Backup`] when it is none, of a newer program, under another key, cut off
    /// or damaged.
    pub fn open(path: &Path, tenant: &TenantKey) -> Result<Self, RunError> {
        let problem = |why| RunError::Backup { file: path.display().to_string(), why };
        let mut input =
            sealed_file::open(path, &KIND, &|label| tenant.derive(label)).map_err(|error| {
                match error {
                    OpenError::Foreign => problem(BackupProblem::Foreign),
                    OpenError::Newer { .. } => problem(BackupProblem::Newer),
                    OpenError::OtherKey => problem(BackupProblem::OtherKey),
                    OpenError::Cut => problem(BackupProblem::Cut),
                    OpenError::Io(source) => reading(path, source),
                }
            })?;
        let mut next = |tag: u8| {
            let frame = Frame::read(&mut input).map_err(|source| reading(path, source))?;
            if frame.tag == tag { Ok(frame.bytes) } else { Err(problem(BackupProblem::Damaged)) }
        };
        let about =
            About::from_json(&next(ABOUT)?).ok_or_else(|| problem(BackupProblem::Damaged))?;
        let settings = String::from_utf8_lossy(&next(SETTINGS)?).into_owned();
        Ok(Self { path: path.to_owned(), input, about, settings })
    }

    fn problem(&self, why: BackupProblem) -> RunError {
        RunError::Backup { file: self.path.display().to_string(), why }
    }

    /// Reads everything into `store`, holds it against the manifest and looks at the audit
    /// chain; only then, and only if asked, makes it the memory.
    async fn read_into(mut self, store: &Store, keep: Keep) -> Result<Copied, RunError> {
        let mut import = match store.begin_import(self.about.schema).await {
            Ok(import) => import,
            Err(StoreError::Newer { .. }) => return Err(self.problem(BackupProblem::Newer)),
            Err(StoreError::Refused(Refusal::NotEmpty)) => {
                return Err(self.problem(BackupProblem::NotEmpty));
            }
            Err(error) => return Err(error.into()),
        };
        let last = import.read_from(&mut self.input).await;
        let last = last.map_err(|error| self.importing(error))?;
        let manifest: Value = serde_json::from_slice(&last.bytes).unwrap_or_default();
        // To the end: the seal says there that nothing is missing.
        let mut rest = Vec::new();
        let read = (&mut self.input).take(1).read_to_end(&mut rest);
        read.map_err(|source| reading(&self.path, source))?;
        if last.tag != MANIFEST || !rest.is_empty() {
            return Err(self.problem(BackupProblem::Damaged));
        }
        let sums = import.sums().await?;
        if let Some(what) = difference(&manifest, &sums) {
            return Err(self.problem(BackupProblem::Differs(what)));
        }
        if let AuditVerdict::BrokenAt(seq) = import.verify_audit().await? {
            return Err(self.problem(BackupProblem::Audit(seq)));
        }
        match keep {
            Keep::Yes => import.commit(self.about.made).await?,
            Keep::AsItIs => import.commit_as_it_is().await?,
            Keep::No => drop(import),
        }
        Ok(copied(self.about, &sums))
    }

    fn importing(&self, error: StoreError) -> RunError {
        match error {
            StoreError::Damaged { .. } => self.problem(BackupProblem::Damaged),
            StoreError::Io { source } => match source.downcast::<std::io::Error>() {
                Ok(source) => reading(&self.path, *source),
                Err(source) => StoreError::Io { source }.into(),
            },
            error @ (StoreError::Busy { .. }
            | StoreError::Newer { .. }
            | StoreError::Refused(_)) => error.into(),
        }
    }
}

/// Whether what was read becomes the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    Yes,
    /// Yes, to be copied again.
    AsItIs,
    No,
}

/// A file that could not be read: damaged, or the machine's fault.
#[expect(clippy::wildcard_enum_match_arm, reason = "not an enum of ours, and an open one")]
fn reading(path: &Path, source: std::io::Error) -> RunError {
    let file = path.display().to_string();
    match source.kind() {
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof => {
            RunError::Backup { file, why: BackupProblem::Damaged }
        }
        _ => RunError::Io { what: Work::ReadBackup(file), source },
    }
}

impl Engine {
    /// Writes a backup of everything that is remembered into `path`.
    ///
    /// The state is fixed while no run is under way, so that a run is wholly in the backup
    /// or not at all; runs may begin again while it is being written.
    ///
    /// # Errors
    ///
    /// [`RunError::Locked`] when a run went on for longer than `wait`.
    pub async fn backup(
        &self,
        path: &Path,
        of: BackupOf<'_>,
        wait: Duration,
    ) -> Result<Copied, RunError> {
        let lock = self.lock_within(wait).await?;
        let export = self.store.begin_export().await;
        lock.release(&self.store).await?;
        let export = export?;
        let about = About {
            tenant: of.tenant.to_owned(),
            // Dated by the machine: how old it is decides when it is erased.
            made: SystemClock.now(),
            program: of.program.to_owned(),
            schema: export.schema(),
        };
        let (sums, bytes) = self.write_backup(path, &about, of.settings, export).await?;
        let copied = copied(about, &sums);
        let rows: u64 = copied.rows.values().sum();
        let detail = json!({ "bytes": bytes, "rows": rows, "blobs": copied.blobs }).to_string();
        self.audit(&self.user, "backup", &file_name(path), &detail).await?;
        Ok(copied)
    }

    /// Writes the file; returns what it came to, and its length.
    async fn write_backup(
        &self,
        path: &Path,
        about: &About,
        settings: &str,
        export: Export,
    ) -> Result<(Sums, u64), RunError> {
        let writing = |source| RunError::Io { what: Work::WriteBackup(path.to_owned()), source };
        let mut file = SealedFileWriter::create(path, &KIND, &|label| self.tenant.derive(label))
            .map_err(writing)?;
        Frame::write(&mut file, ABOUT, about.to_json().as_bytes()).map_err(writing)?;
        Frame::write(&mut file, SETTINGS, settings.as_bytes()).map_err(writing)?;
        let sums = export.write_to(&mut file).await;
        let sums = sums.map_err(|error| match error {
            // The file's fault, not the store's.
            StoreError::Io { source } => match source.downcast::<std::io::Error>() {
                Ok(source) => writing(*source),
                Err(source) => StoreError::Io { source }.into(),
            },
            error @ (StoreError::Busy { .. }
            | StoreError::Newer { .. }
            | StoreError::Damaged { .. }
            | StoreError::Refused(_)) => error.into(),
        })?;
        let text = manifest(&sums).to_string();
        Frame::write(&mut file, MANIFEST, text.as_bytes()).map_err(writing)?;
        file.flush().map_err(writing)?;
        let bytes = file.finish().map_err(writing)?;
        Ok((sums, bytes))
    }

    /// Reads a backup as if it were restored, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`RunError::Backup`] with what is wrong with it.
    pub async fn verify_backup(&self, backup: OpenedBackup) -> Result<Copied, RunError> {
        let folder = self.private_folder()?;
        let store = Store::open_file(&folder.path().join("verify.db")).await?;
        let read = backup.read_into(&store, Keep::No).await;
        store.close().await;
        read
    }

    /// Writes a backup anew without what it holds of a target (K169). The copy keeps its date.
    ///
    /// # Errors
    ///
    /// [`RunError::Backup`] when it cannot be opened; it is as before then.
    pub async fn purge_backup(&self, path: &Path, target: &str) -> Result<(), RunError> {
        let backup = OpenedBackup::open(path, &self.tenant)?;
        let (about, settings) = (backup.about.clone(), backup.settings.clone());
        let folder = self.private_folder()?;
        let store = Store::open_file(&folder.path().join("purge.db")).await?;
        let purged = async {
            backup.read_into(&store, Keep::AsItIs).await?;
            store.purge(target).await?;
            let export = store.begin_export().await?;
            self.write_backup(path, &About { schema: export.schema(), ..about }, &settings, export)
                .await
        };
        let purged = purged.await;
        store.close().await;
        purged.map(drop)
    }

    fn private_folder(&self) -> Result<PrivateFolder, RunError> {
        PrivateFolder::new(&self.temp)
            .map_err(|source| RunError::Io { what: Work::Temp(self.temp.clone()), source })
    }

    /// Makes what a backup holds the tenant's memory; all of it or nothing.
    ///
    /// # Errors
    ///
    /// [`RunError::Backup`] when it cannot be used, or something is remembered already.
    pub async fn restore(&self, backup: OpenedBackup) -> Result<Copied, RunError> {
        let lock = self.lock().await?;
        let name = file_name(&backup.path);
        // A lease on a server stands in a table that is made anew: it is released before.
        let kept = match lock {
            Lock::File(_) => Some(lock),
            Lock::Store(_) => {
                lock.release(&self.store).await?;
                None
            }
        };
        let copied = backup.read_into(&self.store, Keep::Yes).await?;
        // Changes since then may be named no more by the source: the next read is a whole one.
        self.store.erase_blobs(BlobKind::Replica).await?;
        let detail = json!({ "made": copied.about.made.to_string() }).to_string();
        self.audit(&self.user, "restore", &name, &detail).await?;
        drop(kept);
        Ok(copied)
    }

    async fn lock_within(&self, wait: Duration) -> Result<Lock, RunError> {
        let mut waited = Duration::ZERO;
        loop {
            match self.lock().await {
                Err(RunError::Locked { .. }) if waited < wait => {
                    tokio::time::sleep(PAUSE).await;
                    waited += PAUSE;
                }
                taken => return taken,
            }
        }
    }
}

/// The last part of a path: where a person keeps backups is nobody's business later.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
