//! `approve`: a person says yes to exactly this plan, or to a part of it.

use std::collections::BTreeSet;

use ::run::{Engine, Exit, RunError, bind};
use plan::Approval;
use serde_json::json;
use state::Verb;

use crate::args::{Approve, Global};
use crate::open;
use crate::output::Output;
use crate::show;

/// Approves or discards.
pub(crate) async fn approve(
    args: &Approve,
    global: &Global,
    out: &mut Output,
) -> anyhow::Result<Exit> {
    let opened = open::open(global).await?;
    out.speak(opened.loaded.settings.tenant.language);
    let engine = &opened.engine;
    let who = args.by.clone().unwrap_or_else(|| engine.user.clone());
    if args.discard {
        let plan = engine.discard(&args.plan, &who, &args.comment).await?;
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
            approved.released, approved.of
        ),
        &format!(
            "The plan {id} is approved by {who}: {} of {} operations may run. Carry out: skolbro apply {id}",
            approved.released, approved.of
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
        approvals.push(Approval::Operations(args.operation.iter().copied().collect()));
    }
    if approvals.is_empty() {
        approvals.push(Approval::All);
    }
    Ok(approvals)
}

/// A verb by its English or Swedish word.
pub(crate) fn verb(word: &str) -> Result<Verb, RunError> {
    let wanted = word.trim().to_lowercase();
    let found = Verb::ALL.iter().copied().find(|verb| verb.word() == wanted || verb.sv() == wanted);
    found.ok_or_else(|| RunError::Unknown {
        what: "verb",
        name: word.to_owned(),
        known: Verb::ALL.iter().map(|verb| verb.word().to_owned()).collect(),
    })
}
