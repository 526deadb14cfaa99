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
