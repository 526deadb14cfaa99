//! `backup`: everything that is remembered, in one sealed file (K094).

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::run::{BackupOf, Clock as _, Copied, Exit, SystemClock};
use rules::config::Backup as Kept;
use serde_json::json;
use store::AuditVerdict;

use crate::args::{Backup, Global};
use crate::backups;
use crate::open::{self, Opened};
use crate::output::Output;
use crate::trouble::Trouble;

/// Writes a backup; into a folder, also removes old ones there.
pub(crate) async fn backup(
    args: &Backup,
    global: &Global,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    let opened = open::open(global).await?;
    let settings = &opened.loaded.settings;
    out.speak(settings.tenant.language);
    let keep_days = settings.backup.as_ref().map_or(Kept::LONGEST_DAYS, |it| it.keep_days);
    let (path, folder) = place(args.file.as_deref(), &opened)?;
    let text = open::text(&global.config)?;
    let of = BackupOf {
        tenant: &settings.tenant.name,
        program: env!("CARGO_PKG_VERSION"),
        settings: &text,
    };
    let copied = opened.engine.backup(&path, of, Duration::from_secs(args.wait)).await?;
    told(&path, &copied, out);
    // Restoring would refuse it, and by then it is too late to know.
    if let AuditVerdict::BrokenAt(seq) = opened.engine.store.verify_audit(None).await? {
        out.tell(
            &format!("Revisionsloggen är bruten vid rad {seq}: den har ändrats utanför Skolbro, och kopian kan inte återställas. Spara de äldre säkerhetskopiorna och ta reda på vad som hänt."),
            &format!("The audit log is broken at entry {seq}: it was changed outside Skolbro, and the backup cannot be restored. Keep the older backups and find out what happened."),
        );
        return Ok(Exit::Integrity);
    }
    if let Some(folder) = &folder {
        let gone = backups::rotate(folder, keep_days, SystemClock.now())
            .map_err(|error| Trouble::file(OLD, folder, &error, REMOVE).ending(Exit::Storage))?;
        told_of_old(gone, out);
    }
    Ok(Exit::Done)
}

fn told(path: &Path, copied: &Copied, out: &mut Output) {
    let rows: u64 = copied.rows.values().sum();
    out.json(&json!({ "backup": path, "made": copied.about.made.to_string(), "tables": copied.rows, "blobs": copied.blobs }));
    let path = path.display();
    out.tell(
        &format!("Säkerhetskopian {path} är skriven: {rows} rader, {} filer i minnet. Den öppnas bara med huvudmannens nyckel: förvara nyckeln på ett annat ställe än kopian.", copied.blobs),
        &format!("The backup {path} is written: {rows} rows, {} files of the memory. Only the tenant's key opens it: keep the key in another place than the backup.", copied.blobs),
    );
}

fn told_of_old(gone: usize, out: &mut Output) {
    if gone > 0 {
        out.json(&json!({ "removed": gone }));
        out.tell(
            &format!("{gone} säkerhetskopior har passerat sin gallringstid och är borttagna."),
            &format!("{gone} backups were past their time and were removed."),
        );
    }
}

const OLD: [&str; 2] = [
    "Säkerhetskopian är skriven, men gamla kan inte tas bort i",
    "The backup is written, but old ones cannot be removed in",
];
const REMOVE: [&str; 2] = ["Ta bort dem själv.", "Remove them yourself."];
const MAKE: [&str; 2] = ["Kan inte skapa mappen", "Cannot make the folder"];
const ELSEWHERE: [&str; 2] = [
    "Välj en annan mapp, eller ge dig själv rätt att skriva där.",
    "Choose another folder, or give yourself the right to write there.",
];

/// The file to write, and its folder where names are dated and old ones go.
fn place(asked: Option<&Path>, opened: &Opened) -> anyhow::Result<(PathBuf, Option<PathBuf>)> {
    let folder = match (asked, opened.backup_folder()) {
        (Some(path), _) if !path.is_dir() => return Ok((new_file(path)?, None)),
        (Some(folder), _) => folder.to_owned(),
        (None, Some((folder, _))) => folder,
        (None, None) => {
            return Err(Trouble::usage(
                "Säg vart säkerhetskopian ska: `skolbro backup FIL`, eller en mapp i inställningarna under [backup]. Ingenting har skrivits.",
                "Say where the backup goes: `skolbro backup FILE`, or a folder in the settings under [backup]. Nothing was written.",
            )
            .into());
        }
    };
    fs::create_dir_all(&folder)
        .map_err(|error| Trouble::file(MAKE, &folder, &error, ELSEWHERE).ending(Exit::Storage))?;
    Ok((folder.join(backups::name(SystemClock.now())), Some(folder)))
}

/// A file that is not there yet: nobody's file is overwritten.
fn new_file(path: &Path) -> Result<PathBuf, Trouble> {
    if path.exists() {
        let path = path.display();
        return Err(Trouble::usage(
            format!(
                "{path} finns redan. Ingenting har skrivits. Välj ett annat namn, eller ge en mapp."
            ),
            format!(
                "{path} is already there. Nothing was written. Choose another name, or name a folder."
            ),
        ));
    }
    Ok(path.to_owned())
}
