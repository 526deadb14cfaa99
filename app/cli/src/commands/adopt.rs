//! `adopt`: what was delivered last is taken as known again (operations.md §3.6).

use ::run::{Adopted, Exit};
use serde_json::json;
use state::Intact;

use crate::args::{Adopt, Global};
use crate::open;
use crate::output::Output;

/// Reads deliveries back.
pub(crate) async fn adopt(args: &Adopt, global: &Global, out: &mut Output) -> anyhow::Result<Exit> {
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let all = opened
        .engine
        .adopt(args.target.as_deref(), args.egilscim_cache.as_deref(), out)
        .await
        .map_err(|error| open::named_in_settings(error, global))?;
    for adopted in &all {
        told(adopted, out);
    }
    out.tell(
        "Ingenting har skickats eller tagits bort. Den första planen väntar på godkännande: `skolbro plan`.",
        "Nothing was sent or removed. The first plan waits for approval: `skolbro plan`.",
    );
    let is_intact = all.iter().all(|it| it.intact == Intact::Yes);
    Ok(if is_intact { Exit::Done } else { Exit::Warnings })
}

fn told(adopted: &Adopted, out: &mut Output) {
    let Adopted { target, objects, memberships, linked, unknown, intact } = adopted;
    out.json(&json!({
        "adopted": target, "objects": objects, "memberships": memberships, "linked": linked,
        "unknown": unknown, "intact": *intact == Intact::Yes,
    }));
    out.tell(
        &format!("{target}: {objects} objekt och {memberships} medlemskap är lästa ur den senaste leveransen."),
        &format!("{target}: {objects} objects and {memberships} memberships were read from the last delivery."),
    );
    if *linked > 0 {
        out.tell(
            &format!("  {linked} har ett annat id i registret och behåller det id som mottagaren känner."),
            &format!("  {linked} have another id in the register and keep the one that the receiver knows."),
        );
    }
    if *unknown > 0 {
        out.tell(
            &format!("  {unknown} finns inte längre i registret eller urvalet: de ligger kvar tills en plan som tar bort dem är godkänd."),
            &format!("  {unknown} are no longer in the register or the selection: they stay until a plan that removes them is approved."),
        );
    }
    if *intact == Intact::No {
        out.tell(
            "  Varning: filerna stämmer inte med sin manifest.sha256. Någon har ändrat dem, eller så saknas en del. Jämför med mappen som slutar på .previous innan du godkänner nästa plan.",
            "  Warning: the files are not what their manifest.sha256 says. Somebody changed them, or a part is missing. Compare with the folder that ends in .previous before you approve the next plan.",
        );
    }
}
