//! `purge` and `verify-audit`: what is erased, and what must not be.

use std::fs;

use ::run::{Clock as _, Exit, LockPlace, SystemClock};
use serde_json::json;
use store::{AuditHead, AuditVerdict, Erased};

use crate::args::{Global, Purge, VerifyAudit};
use crate::open::{self, Opened};
use crate::output::Output;
use crate::trouble::Trouble;
use crate::{backups, failure};

/// Erases what was asked for; without `--yes`, tells what it would be.
pub(crate) async fn purge(args: &Purge, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    if let Some(target) = &args.target {
        let target = opened.engine.remembered(target).await?;
        return purge_target(&opened, &target, args, out).await;
    }
    if args.tenant {
        return purge_tenant(opened, args, out).await;
    }
    if args.expired {
        return purge_expired(&opened, args, out).await;
    }
    Err(Trouble::usage(
        "Säg vad som ska tas bort: --target NAMN, --tenant eller --expired. Ingenting har tagits bort.",
        "Say what to erase: --target NAME, --tenant or --expired. Nothing was erased.",
    )
    .into())
}

/// What is past its time (reference/portal.md §2.8); without `--yes`, how much that is.
async fn purge_expired(opened: &Opened, args: &Purge, out: &mut Output) -> anyhow::Result<Exit> {
    let engine = &opened.engine;
    let erased = if args.yes { engine.retain().await? } else { engine.expired().await? };
    let folder = opened.backup_folder();
    let mut backups = 0;
    if let (true, Some((folder, days))) = (args.yes, folder) {
        backups = backups::rotate(&folder, days, SystemClock.now()).unwrap_or(0);
    }
    let Erased { plans, runs, snapshots, markers, audit, trends, passwords } = erased;
    let what = if args.yes { "purged" } else { "would_purge" };
    out.json(&json!({
        what: "expired", "plans": plans, "runs": runs, "snapshots": snapshots, "markers": markers,
        "audit": audit, "trends": trends, "passwords": passwords, "backups": backups,
    }));
    out.tell(
        "Gallringstider: planer med namn 90 dagar, körningar 400 dagar, underlag 14 dagar (de två senaste), borttagna 6 månader, första lösenord 180 dagar, revisionslogg 2 år, säkerhetskopior 35 dagar.",
        "Kept: plans with names 90 days, runs 400 days, snapshots 14 days (the latest two), deleted objects 6 months, first passwords 180 days, audit 2 years, backups 35 days.",
    );
    let (sv, en) = (
        format!(
            "planer {plans}, körningar {runs}, underlag {snapshots}, borttagna {markers}, loggrader {audit}, kvalitetsdagar {trends}, första lösenord {passwords}"
        ),
        format!(
            "plans {plans}, runs {runs}, snapshots {snapshots}, deleted objects {markers}, audit entries {audit}, quality days {trends}, first passwords {passwords}"
        ),
    );
    if args.yes {
        out.tell(
            &format!(
                "Det som passerat sin gallringstid är borta: {sv}, säkerhetskopior {backups}."
            ),
            &format!("What was past its time is gone: {en}, backups {backups}."),
        );
    } else {
        out.tell(
            &format!("Skulle gallra: {sv}. Lägg till --yes."),
            &format!("Would erase: {en}. Add --yes."),
        );
    }
    Ok(Exit::Done)
}

async fn purge_target(
    opened: &Opened,
    target: &str,
    args: &Purge,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    let engine = &opened.engine;
    if !args.yes {
        out.json(&json!({ "would_purge": target }));
        out.tell(
            &format!("Tar bort allt som Skolbro minns om {target}: kopplingar, leveranser, planer. Det som redan är levererat ligger kvar hos mottagaren. Lägg till --yes."),
            &format!("Erases all that Skolbro remembers of {target}: links, deliveries, plans. What was delivered stays at the receiver. Add --yes."),
        );
        return Ok(Exit::Done);
    }
    engine.purge_target(target).await?;
    purge_backups(opened, target, out).await?;
    out.json(&json!({ "purged": target }));
    out.tell(&format!("Allt om {target} är borta."), &format!("Everything of {target} is gone."));
    Ok(Exit::Done)
}

/// The receiver goes out of the backups in the folder as well. One that cannot be opened, of
/// another key, say, is told of: it goes when its days are over.
async fn purge_backups(opened: &Opened, target: &str, out: &mut Output) -> anyhow::Result<()> {
    let Some((folder, _)) = opened.backup_folder() else {
        out.tell(
            "Säkerhetskopior som ligger utanför Skolbro har det kvar: ta bort dem, eller skriv nya.",
            "Backups kept outside Skolbro still have it: remove them, or write new ones.",
        );
        return Ok(());
    };
    let kept = match backups::list(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        kept => kept?,
    };
    for kept in kept {
        if let Err(error) = opened.engine.purge_backup(&kept.path, target).await {
            let text = failure::text(&error.into(), out.lang());
            out.complain(&text);
        }
    }
    Ok(())
}

async fn purge_tenant(opened: Opened, args: &Purge, out: &mut Output) -> anyhow::Result<Exit> {
    if !args.yes {
        out.json(&json!({ "would_purge": "tenant" }));
        out.tell(
            "Tar bort allt som Skolbro minns om huvudmannen, också nyckeln. Det kan inte göras ogjort. Lägg till --yes.",
            "Erases everything that Skolbro remembers of the tenant, the key included. It cannot be undone. Add --yes.",
        );
        return Ok(Exit::Done);
    }
    let Opened { engine, loaded, base } = opened;
    let lock = engine.lock.clone();
    // Noise without the key; but a key that is kept elsewhere may live on.
    if let Some(backup) = &loaded.settings.backup {
        for kept in backups::list(&base.join(&backup.folder)).unwrap_or_default() {
            let what = ["Kan inte ta bort säkerhetskopian", "Cannot remove the backup"];
            let remedy = ["Ta bort den själv.", "Remove it yourself."];
            fs::remove_file(&kept.path)
                .map_err(|error| Trouble::file(what, &kept.path, &error, remedy))?;
        }
    }
    engine.purge_tenant().await?;
    if let LockPlace::File(lock) = &lock {
        let _ = fs::remove_file(lock);
    }
    if let rules::config::SecretRef::File(key) = &loaded.settings.tenant.key {
        let path = base.join(key);
        let what = ["Kan inte ta bort nyckeln", "Cannot remove the key"];
        let remedy = ["Ta bort den själv.", "Remove it yourself."];
        fs::remove_file(&path).map_err(|error| Trouble::file(what, &path, &error, remedy))?;
    } else {
        out.tell(
            "Nyckeln ligger utanför Skolbro: förstör den där.",
            "The key is kept outside Skolbro: destroy it there.",
        );
    }
    out.json(&json!({ "purged": "tenant" }));
    out.tell("Allt om huvudmannen är borta.", "Everything of the tenant is gone.");
    Ok(Exit::Done)
}

/// Checks the audit log's chain.
pub(crate) async fn verify_audit(
    args: &VerifyAudit,
    global: &Global,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let store = &opened.engine.store;
    let head = args.head.as_deref().map(parse_head).transpose()?;
    match store.verify_audit(head.as_ref()).await? {
        AuditVerdict::Whole(count) => {
            let head = store.audit_head().await?;
            let text = format!("{}:{}", head.seq, hex(&head.hash));
            out.json(&json!({ "whole": true, "entries": count, "head": text }));
            out.tell(
                &format!("Revisionsloggen är hel: {count} rader. Huvud: {text}"),
                &format!("The audit log is whole: {count} entries. Head: {text}"),
            );
            Ok(Exit::Done)
        }
        AuditVerdict::BrokenAt(seq) => {
            out.json(&json!({ "whole": false, "broken_at": seq }));
            out.tell(
                &format!(
                    "Revisionsloggen är bruten vid rad {seq}: den har ändrats utanför Skolbro."
                ),
                &format!("The audit log is broken at entry {seq}: it was changed outside Skolbro."),
            );
            Ok(Exit::Integrity)
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn parse_head(text: &str) -> anyhow::Result<AuditHead> {
    let parsed = text.split_once(':').and_then(|(seq, hash)| {
        let bytes: Option<Vec<u8>> = (0..hash.len() / 2)
            .map(|at| {
                hash.get(at * 2..at * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok())
            })
            .collect();
        Some(AuditHead { seq: seq.parse().ok()?, hash: bytes? })
    });
    let trouble = || {
        Trouble::usage(
            "Ett huvud ser ut som 12:9f86…: kopiera det som `skolbro verify-audit` skrev.",
            "A head looks like 12:9f86…: copy what `skolbro verify-audit` printed.",
        )
    };
    Ok(parsed.ok_or_else(trouble)?)
}
