//! What differs between operating systems: nothing outside this file asks for one.

use std::fs;
use std::io;
use std::path::Path;

/// Makes a folder that other users of the machine cannot look into.
#[cfg(unix)]
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// Makes a folder. Who may look into it is inherited from the folder above.
#[cfg(not(unix))]
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

/// Makes a file that other users of the machine can neither read nor write; a file that is
/// there already is emptied and becomes such a file.
#[cfg(unix)]
pub(crate) fn private_file(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    keep_private(path)?;
    Ok(file)
}

/// Makes a file. Who may read it is inherited from the folder.
#[cfg(not(unix))]
pub(crate) fn private_file(path: &Path) -> io::Result<fs::File> {
    fs::File::create(path)
}

/// Takes other users' rights to a file away.
#[cfg(unix)]
pub(crate) fn keep_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

/// Who may read a file is inherited from the folder.
#[cfg(not(unix))]
pub(crate) fn keep_private(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether other users of the machine may read or write a file.
#[cfg(unix)]
pub(crate) fn is_open_to_others(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

/// Rights here are lists that the folder gives; nothing is said of them.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(path: &Path) -> io::Result<bool> {
    fs::metadata(path).map(|_| false)
}

/// Makes names in a folder durable against power loss.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

/// Windows journals renames itself and opens no folders as files.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Renames, and tries again for about two seconds while another program (a virus scanner,
/// a sync client) holds the file.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let mut wait = std::time::Duration::from_millis(10);
    loop {
        match fs::rename(from, to) {
            Err(error) if is_held(&error) && wait.as_millis() < 1000 => {
                std::thread::park_timeout(wait);
                wait *= 2;
            }
            done => return done,
        }
    }
}

/// Windows: `ERROR_ACCESS_DENIED` or `ERROR_SHARING_VIOLATION`. Elsewhere nothing is held.
fn is_held(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32))
}
