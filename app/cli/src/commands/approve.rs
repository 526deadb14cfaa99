//! `approve`: a person says yes to exactly this plan, or to a part of it.

use std::collections::BTreeSet;

use ::run::{Engine, Exit, RunError, bind, document};
use plan::Approval;
use report::number;
use serde_json::json;
use state::Verb;

use crate::args::{Approve, Global};
use crate::open;
use crate::output::Output;
use crate::show;
use crate::trouble::Trouble;

/// Approves or discards.
pub(crate) async fn approve(
    args: &Approve,
    global: &Global,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    if args.comment.trim().is_empty() {
        return Err(Trouble::usage(
            "Kommentaren är tom. Skriv varför: den sparas i revisionsloggen.",
            "The comment is empty. Write why: it is kept in the audit log.",
        )
        .into());
    }
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let engine = &opened.engine;
    let who = args.by.clone().unwrap_or_else(|| engine.user.clone());
    if args.discard {
        let plan = engine.discard(&args.plan, &who, &args.comment, out).await?;
        out.json(&json!({ "discarded": plan.id }));
        let id = show::short(&plan.id);
        out.tell(&format!("Planen {id} är förkastad."), &format!("The plan {id} is discarded."));
        return Ok(Exit::Done);
    }
    if let Some(start) = args.plan.strip_prefix("source:") {
        let hash = engine.accept_source(start, &who, &args.comment).await?;
        out.json(&json!({ "accepted_source": hash }));
        out.tell(
            "Underlaget är godkänt. Kör `skolbro run` igen: samma innehåll stoppas inte en gång till.",
            "The register is accepted. Run `skolbro run` again: the same content is not stopped again.",
        );
        return Ok(Exit::Done);
    }
    let approvals = approvals(args, engine).await?;
    let approved = engine.approve(&args.plan, &approvals, &who, &args.comment).await?;
    out.json(
        &json!({ "plan": approved.plan, "released": approved.released, "operations": approved.of }),
    );
    let id = show::short(&approved.plan);
    out.tell(
        &format!(
            "Planen {id} är godkänd av {who}: {} av {} åtgärder får utföras. Utför: skolbro apply {id}",
            number(approved.released), number(approved.of)
        ),
        &format!(
            "The plan {id} is approved by {who}: {} of {} operations may run. Carry out: skolbro apply {id}",
            number(approved.released), number(approved.of)
        ),
    );
    Ok(Exit::Done)
}

async fn approvals(args: &Approve, engine: &Engine) -> anyhow::Result<Vec<Approval>> {
    let mut approvals = Vec::new();
    if !args.school.is_empty() {
        let schools = engine.known_schools().await?;
        let keys: Result<BTreeSet<_>, RunError> =
            args.school.iter().map(|name| bind::school_named(&schools, name)).collect();
        approvals.push(Approval::Schools(keys?));
    }
    if !args.verb.is_empty() {
        let verbs: Result<BTreeSet<Verb>, RunError> =
            args.verb.iter().map(|word| verb(word)).collect();
        approvals.push(Approval::Verbs(verbs?));
    }
    if !args.operation.is_empty() {
        known_operations(args, engine).await?;
        approvals.push(Approval::Operations(args.operation.iter().copied().collect()));
    }
    if approvals.is_empty() {
        approvals.push(Approval::All);
    }
    Ok(approvals)
}

/// A number that the plan does not have is a slip of the keys: nothing is approved.
async fn known_operations(args: &Approve, engine: &Engine) -> anyhow::Result<()> {
    let plan = document::find(engine, &args.plan).await?;
    let document = document::load(engine, &plan).await?;
    let has = |number: &u32| document.operations.iter().any(|it| it.number == *number);
    let Some(missing) = args.operation.iter().find(|number| !has(number)) else { return Ok(()) };
    let id = show::short(&plan.id);
    Err(Trouble::usage(
        format!("Planen {id} har ingen åtgärd nr {missing}. Ingenting har godkänts. Se numren: skolbro plan show {id}"),
        format!("The plan {id} has no operation number {missing}. Nothing was approved. See the numbers: skolbro plan show {id}"),
    )
    .into())
}

/// A verb by its English or Swedish word, with or without space.
pub(crate) fn verb(word: &str) -> Result<Verb, RunError> {
    let bare = |word: &str| word.to_lowercase().replace([' ', '-', '_'], "");
    let wanted = bare(word);
    let found = Verb::ALL
        .iter()
        .copied()
        .find(|verb| bare(verb.word()) == wanted || bare(verb.sv()) == wanted);
    found.ok_or_else(|| RunError::Unknown {
        what: "verb",
        name: word.to_owned(),
        known: Verb::ALL
            .iter()
            .flat_map(|verb| [verb.word(), verb.sv()])
            .map(str::to_owned)
            .collect(),
    })
}
