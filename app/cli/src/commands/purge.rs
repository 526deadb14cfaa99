//! `purge` and `verify-audit`: what is erased, and what must not be.

use std::fs;

use ::run::{Exit, LockPlace};
use serde_json::json;
use store::{AuditHead, AuditVerdict, Cutoffs};

use crate::args::{Global, Purge, VerifyAudit};
use crate::open::{self, Opened};
use crate::output::Output;
use crate::trouble::Trouble;

/// Erases what was asked for; without `--yes`, tells what it would be.
pub(crate) async fn purge(args: &Purge, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    if let Some(target) = &args.target {
        let target = opened.engine.remembered(target).await?;
        return purge_target(&opened, &target, args, out).await;
    }
    if args.tenant {
        return purge_tenant(opened, args, global, out).await;
    }
    if args.expired {
        let engine = &opened.engine;
        if args.yes {
            let erased = engine.retain(&Cutoffs::defaults(engine.now(), engine.today())).await?;
            out.json(&json!({ "plans": erased.plans, "runs": erased.runs, "snapshots": erased.snapshots }));
            out.tell(
                "Det som passerat sin gallringstid är borta.",
                "What was past its time is gone.",
            );
            return Ok(Exit::Done);
        }
        out.json(&json!({ "would_purge": "expired" }));
        out.tell(
            "Gallrar planer (90 dagar), körningar (400 dagar), underlag (14 dagar), revisionslogg (2 år). Lägg till --yes.",
            "Erases plans (90 days), runs (400 days), snapshots (14 days), audit (2 years). Add --yes.",
        );
        return Ok(Exit::Done);
    }
    Err(Trouble::usage(
        "Säg vad som ska tas bort: --target NAMN, --tenant eller --expired. Ingenting har tagits bort.",
        "Say what to erase: --target NAME, --tenant or --expired. Nothing was erased.",
    )
    .into())
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
    out.json(&json!({ "purged": target }));
    out.tell(&format!("Allt om {target} är borta."), &format!("Everything of {target} is gone."));
    Ok(Exit::Done)
}

async fn purge_tenant(
    opened: Opened,
    args: &Purge,
    global: &Global,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    if !args.yes {
        out.json(&json!({ "would_purge": "tenant" }));
        out.tell(
            "Tar bort allt som Skolbro minns om huvudmannen, också nyckeln. Det kan inte göras ogjort. Lägg till --yes.",
            "Erases everything that Skolbro remembers of the tenant, the key included. It cannot be undone. Add --yes.",
        );
        return Ok(Exit::Done);
    }
    let Opened { engine, loaded } = opened;
    let base = open::base(&global.config);
    let lock = engine.lock.clone();
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
