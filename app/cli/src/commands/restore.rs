//! `restore`: from a backup to the tenant's memory, all of it or nothing (K094, K112).

use ::run::{Copied, Exit, OpenedBackup};
use rules::config::SecretRef;
use serde_json::json;

use crate::args::{Global, Restore};
use crate::open;
use crate::output::Output;
use crate::trouble::Trouble;

/// Restores, or only tries to.
pub(crate) async fn restore(
    args: &Restore,
    global: &Global,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    if let Err(error) = std::fs::File::open(&args.file) {
        let what = ["Kan inte läsa säkerhetskopian", "Cannot read the backup"];
        let remedy = ["Ange en annan fil.", "Name another file."];
        return Err(Trouble::file(what, &args.file, &error, remedy).into());
    }
    if args.settings {
        return settings(args, global, out);
    }
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let backup = OpenedBackup::open(&args.file, &opened.engine.tenant)?;
    let is_same = backup.settings == open::text(&global.config)?;
    let file = args.file.display();
    if args.verify {
        let copied = opened.engine.verify_backup(backup).await?;
        tell(&copied, "verified", out);
        out.tell(
            &format!("Säkerhetskopian {file} är hel: antal, kontrollsummor och revisionslogg stämmer. Ingenting har ändrats."),
            &format!("The backup {file} is whole: counts, hashes and the audit log are right. Nothing was changed."),
        );
        return Ok(Exit::Done);
    }
    let copied = opened.engine.restore(backup).await?;
    tell(&copied, "restored", out);
    let made = copied.about.made.to_zoned(opened.engine.zone.clone());
    let made = made.strftime("%Y-%m-%d %H:%M");
    out.tell(
        &format!("Minnet är återställt som det var {made}. Vad som levererats sedan dess är inte känt: den första planen för varje mottagande system väntar på godkännande.\nKör först `skolbro adopt`, som läser tillbaka det som levererades senast, och sedan `skolbro plan`."),
        &format!("The memory is restored as it was {made}. What was delivered since is not known: the first plan of every receiver waits for approval.\nRun `skolbro adopt` first, which reads back what was delivered last, and then `skolbro plan`."),
    );
    if !is_same {
        out.tell(
            "Inställningarna i säkerhetskopian är andra än de som gäller nu. De som gäller nu är orörda.",
            "The settings in the backup are others than those of now. Those of now are untouched.",
        );
    }
    Ok(Exit::Done)
}

fn tell(copied: &Copied, what: &str, out: &mut Output) {
    let Copied { about, rows, blobs, blob_bytes } = copied;
    out.json(&json!({
        what: true, "tenant": about.tenant, "made": about.made.to_string(), "program": about.program,
        "schema": about.schema, "tables": rows, "blobs": blobs, "blob_bytes": blob_bytes,
    }));
    let total: u64 = rows.values().sum();
    out.tell(
        &format!(
            "{}: {total} rader, {blobs} filer i minnet, skriven av skolbro {}.",
            about.tenant, about.program
        ),
        &format!(
            "{}: {total} rows, {blobs} files of the memory, written by skolbro {}.",
            about.tenant, about.program
        ),
    );
}

/// Puts the settings of the backup where there are none.
fn settings(args: &Restore, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let path = &global.config;
    let shown = path.display();
    if path.exists() {
        return Err(Trouble::usage(
            format!("{shown} finns redan och är orörd. Ange en annan plats med --config."),
            format!("{shown} is already there and untouched. Name another place with --config."),
        )
        .into());
    }
    let base = open::base(path);
    let reference = SecretRef::parse(&args.key).ok_or_else(|| {
        Trouble::usage(
            "Ange nyckeln som env:NAMN, file:SÖKVÄG eller credential:NAMN med --key.",
            "Name the key as env:NAME, file:PATH or credential:NAME with --key.",
        )
    })?;
    let backup = OpenedBackup::open(&args.file, &open::tenant_key(&reference, &base)?)?;
    let what = ["Kan inte skriva", "Cannot write"];
    let remedy = ["Ge dig själv rätt att skriva där.", "Give yourself the right to write there."];
    connect::files::atomic_write(path, backup.settings.as_bytes())
        .map_err(|error| Trouble::file(what, path, &error, remedy))?;
    out.json(&json!({ "settings": path }));
    out.tell(
        &format!("Inställningarna är återlagda i {shown}. Se över sökvägar, hemligheter och `tenant.store`, och kör sedan `skolbro restore {}`.", args.file.display()),
        &format!("The settings are back in {shown}. Look over paths, secrets and `tenant.store`, then run `skolbro restore {}`.", args.file.display()),
    );
    Ok(Exit::Done)
}
