//! Plans that a person has approved: the next run takes one up while it is what the run would
//! plan itself, and tells of the others that their approval has fallen away.

use connect::pieces;
use plan::document::{self, About, Header, Purpose};
use plan::{Draft, PlanError, Verdicts};
use store::{Plan, PlanStatus};

use crate::document::{Saved, Versions};
use crate::{BoundTarget, Engine, RunError, read::Reading};

/// An approval that holds no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallen {
    /// The plan that was approved.
    pub plan: String,
    /// What has changed.
    pub why: FallenWhy,
}

/// Why an approved plan is not what a run would plan now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FallenWhy {
    /// More than 24 hours have passed.
    Expired,
    /// The register says something else.
    Register,
    /// The settings say something else.
    Settings,
    /// Something was delivered since.
    Delivered,
    /// The day is another, or what guards have counted today.
    Day,
}

/// What a run has just made.
pub(crate) struct Made<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) reading: &'a Reading,
    pub(crate) target: &'a BoundTarget,
    pub(crate) draft: &'a Draft,
    pub(crate) verdicts: &'a Verdicts,
    pub(crate) versions: &'a Versions,
}

/// What there is of approved plans.
#[derive(Default)]
pub(crate) struct Earlier {
    pub(crate) taken_up: Option<Saved>,
    pub(crate) fallen: Vec<Fallen>,
}

/// Looks at the approved plans of the target.
pub(crate) async fn look(made: &Made<'_>) -> Result<Earlier, RunError> {
    let Made { engine, target, .. } = made;
    let mut earlier = Earlier::default();
    for plan in engine.store.plans(&target.name, 50).await? {
        let is_open = plan.status == PlanStatus::Ready && plan.created <= engine.now();
        if !is_open || engine.store.approvals(&plan.id).await?.is_empty() {
            continue;
        }
        if plan.expires <= engine.now() {
            earlier.fallen.push(Fallen { plan: plan.id, why: FallenWhy::Expired });
        } else if let Some(header) = same(made, &plan)? {
            earlier.taken_up = Some(Saved { id: plan.id, header });
        } else {
            let why = why(made, &plan);
            earlier.fallen.push(Fallen { plan: plan.id, why });
        }
    }
    Ok(earlier)
}

/// The plan's header, where what was made now would be that plan, had it been made then.
fn same(made: &Made<'_>, plan: &Plan) -> Result<Option<Header>, RunError> {
    // The store has the time without its last digits.
    let then = serde_json::from_str::<Header>(&plan.header).ok().map(|header| header.created);
    let Some(Ok(created)) = then.map(|then| then.parse()) else { return Ok(None) };
    let about = About { created, ..made.about() };
    let mut header = None;
    let keep = |lines: &str| {
        header.get_or_insert_with(|| lines.to_owned());
        Ok::<(), PlanError>(())
    };
    let operations = &made.draft.operations;
    let id = document::write(&about, operations, made.verdicts, pieces::done, keep)?;
    if id.as_str() != plan.id {
        return Ok(None);
    }
    let header = header.unwrap_or_default();
    serde_json::from_str(&header).map(Some).map_err(|error| RunError::Internal(error.to_string()))
}

impl Made<'_> {
    /// What a plan says beside its operations, made now.
    pub(crate) fn about(&self) -> About<'_> {
        let Self { engine, reading, target, draft, verdicts: _, versions } = self;
        let calls = target.target.bundle(&draft.operations).len() as u64;
        About {
            target: &target.name,
            card: target.target.card(),
            snapshot: &reading.hash,
            rules: &target.rules_hash,
            written_generation: versions.generation,
            written_hash: &versions.hash,
            created: engine.now(),
            purpose: Purpose::Real,
            calls,
            seconds: crate::document::seconds(target, calls),
        }
    }
}

fn why(made: &Made<'_>, plan: &Plan) -> FallenWhy {
    let Ok(header) = serde_json::from_str::<Header>(&plan.header) else {
        return FallenWhy::Register;
    };
    if header.rules != made.target.rules_hash {
        FallenWhy::Settings
    } else if header.written_generation != made.versions.generation {
        FallenWhy::Delivered
    } else if header.snapshot != made.reading.hash {
        FallenWhy::Register
    } else {
        FallenWhy::Day
    }
}
