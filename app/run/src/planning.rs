//! The stages *shape*, *plan* and *guard*: from a roster to a saved plan.

mod keys;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::thread::JoinHandle;

use plan::document::{Header, Purpose};
use plan::{
    Approval, Continuity, Draft, GuardInputs, History, Inputs, Observed, Off, Policies,
    Quarantined, Verdicts, WantedValues, Window, draft, guard, match_keys, released,
};
use roster::{Key, Roster, RowStream};
use rules::shape::{Compiled, ExpressionError, compile};
use state::{Card, Closed, Links, Reason};

use crate::before::Before;
use crate::document::{Kept, Standing};
use crate::observing::{self, Sight, Verify};
use crate::read::{self, Reading, RosterSize};
use crate::shaping::{self, Shaping, Threads};
use crate::{
    BoundTarget, Engine, Event, Events, Fallen, RunError, Stage, bind, history, obstacles, protect,
    written,
};

/// A plan with everything that people want to know of it.
pub struct Planned {
    /// The target's name in the settings.
    pub target: String,
    /// What the target is.
    pub card: &'static Card,
    /// The plan's id and header; `None` when there is nothing to do.
    pub saved: Option<(String, Header)>,
    /// Whether a person had approved it before.
    pub standing: Standing,
    /// Approvals that fell away with what this run has found.
    pub fallen: Vec<Fallen>,
    /// What is to be done.
    pub draft: Draft,
    /// How many objects are held back until the register is mended, by reason.
    pub withheld: BTreeMap<Reason, u64>,
    /// What the guards say.
    pub verdicts: Verdicts,
    /// What may run as things stand.
    pub released: BTreeSet<u32>,
    /// What was read of the receiver, by the names under which that is remembered.
    pub(crate) read: Vec<String>,
    /// Kinds of object that were left alone, since a permission for them is missing.
    pub closed: Vec<Closed>,
}

impl Planned {
    /// Whether it puts something right that somebody changed at the receiver.
    pub(crate) fn restores(&self) -> bool {
        self.draft.operations.iter().any(|it| it.reason == Some(Reason::ChangedAtReceiver))
    }
}

/// Plans for one target and saves the plan.
///
/// # Errors
///
/// [`RunError`]; nothing was saved then.
pub(crate) async fn plan(
    engine: &Engine,
    reading: &Reading,
    target: &BoundTarget,
    verify: Verify,
    purpose: Purpose,
    events: &mut dyn Events,
) -> Result<Planned, RunError> {
    let closed = target.target.closed().await;
    let mut planner = Planner::new(engine, reading, target, &closed).await?;
    planner.look(verify, events).await?;
    events.hear(Event::Began { stage: Stage::Plan, subject: target.name.clone() });
    let mut draft = planner.draft(&Continuity::default()).await?;
    let settling = match reading.size {
        RosterSize::Large => engine.store.settle_log_beside()?,
        RosterSize::Small => None,
    };
    let (gone, new) = planner.came_and_went(&draft)?;
    let mut removed = plan::removed_from(&draft.operations)?;
    let mut before = Before::new(engine, reading, removed.union(&gone).copied().collect());
    let read_ahead = if removed.is_empty() { Ahead::No } else { Ahead::Yes };
    let mut continuity = planner.continuity(gone, &new, &before, read_ahead).await?;
    plan::follow(&mut continuity, &draft.operations, target.target.card())?;
    if continuity != Continuity::default() {
        draft = planner.draft(&continuity).await?;
    }
    if plan::reuse(&mut continuity, &draft.conflicts, target.policies.on_reused_name) {
        draft = planner.draft(&continuity).await?;
    }
    if continuity != Continuity::default() {
        removed = plan::removed_from(&draft.operations)?;
        if !before.knows(&removed) {
            before = Before::new(engine, reading, removed.clone());
        }
    }
    let previous = if removed.is_empty() { None } else { before.roster()? };
    if let Some(previous) = previous {
        plan::mark_expected(&mut draft.operations, previous, engine.today())?;
    }
    let verdicts = planner.guard(&draft, &continuity)?;
    // It says nothing that matters here: the next to write settles what is left.
    drop(settling.map(JoinHandle::join));
    if reading.trips.is_empty() && purpose == Purpose::Real {
        // A waiting time begins when a good read first misses something.
        written::note(engine, target, &draft.noted).await?;
    }
    if purpose == Purpose::Real {
        obstacles::keep(engine, reading, target, &draft).await?;
    }
    read::kept(engine, reading).await?;
    let made = (&draft, &verdicts);
    let Kept { saved, standing, fallen } =
        crate::document::save(engine, reading, target, made, purpose).await?;
    let given = match &saved {
        Some(saved) if standing == Standing::TakenUp => {
            approvals(&engine.store.approvals(&saved.id).await?)?
        }
        Some(_) | None => Vec::new(),
    };
    let released = released(&draft.operations, &verdicts, &given)?;
    events.hear(Event::Ended {
        stage: Stage::Plan,
        subject: target.name.clone(),
        counts: vec![("åtgärder", "operations", draft.operations.len() as u64)],
    });
    Ok(Planned {
        target: target.name.clone(),
        card: target.target.card(),
        saved: saved.map(|it| (it.id, it.header)),
        standing,
        fallen,
        withheld: planner.withheld.take(),
        read: planner.sight.as_ref().map_or_else(Vec::new, |sight| sight.read.clone()),
        draft,
        verdicts,
        released,
        closed,
    })
}

/// Reasons that hold an object back until somebody mends the register.
const MENDABLE: &[Reason] = &[
    Reason::NoEmail,
    Reason::WrongDomain,
    Reason::DuplicateUsername,
    Reason::RequiredMissing,
    Reason::NoSchoolCode,
];

/// Whether the snapshot of the read before is sure to be asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ahead {
    Yes,
    No,
}

struct Planner<'a> {
    engine: &'a Engine,
    reading: &'a Reading,
    target: &'a BoundTarget,
    /// The target's, and what is closed in this run.
    policies: Policies,
    compiled: Compiled,
    links: Links,
    protected: BTreeSet<Key>,
    history: History,
    sight: Option<Sight>,
    /// What others' objects must have to matter, where something was seen.
    values: WantedValues,
    /// Filled when wanted rows were drained.
    withheld: Cell<BTreeMap<Reason, u64>>,
}

impl<'a> Planner<'a> {
    async fn new(
        engine: &'a Engine,
        reading: &'a Reading,
        target: &'a BoundTarget,
        closed: &[Closed],
    ) -> Result<Self, RunError> {
        let [tenant_chose, target_chose] = &target.schools;
        let mut rules = target.rules.clone();
        rules.schools = bind::chosen_schools([tenant_chose, target_chose], &reading.roster)?;
        let mut policies = target.policies.clone();
        for closed in closed {
            bind::switch_off(closed.kind, Off::Closed, &mut rules, &mut policies);
        }
        let compiled = compile(rules).map_err(|errors| expressions(&errors))?;
        Ok(Self {
            engine,
            reading,
            target,
            policies,
            compiled,
            links: engine.store.links(&target.name).await?,
            protected: protect::waiting(engine, &target.name).await?,
            history: history::of(engine, &target.name).await?,
            sight: None,
            values: WantedValues::default(),
            withheld: Cell::default(),
        })
    }

    /// Reads what is to be read of the receiver. Where only parts are, a draft without it tells
    /// which objects the plan is about to touch.
    async fn look(&mut self, verify: Verify, events: &mut dyn Events) -> Result<(), RunError> {
        let off = &self.policies.off;
        let scope = observing::scope(self.engine, self.target, verify, off).await?;
        let touched = if matches!(scope, observing::Scope::Parts(_)) {
            let draft = self.draft(&Continuity::default()).await?;
            observing::touched(self.target.target.card(), &draft.operations)?
        } else {
            BTreeSet::new()
        };
        self.sight =
            observing::observe(self.engine, self.target, scope, &touched, &self.links, events)
                .await?;
        if self.sight.is_some() {
            self.values = self.wanted_values()?;
        }
        Ok(())
    }

    async fn draft(&self, continuity: &Continuity) -> Result<Draft, RunError> {
        let memory = self.engine.memory();
        let written = match self.reading.size {
            RosterSize::Small => memory.written(&self.target.name).await?,
            RosterSize::Large => memory.written_ahead(&self.target.name).await?,
        };
        let rules = history::rules_version(self.engine, self.target).await?;
        self.drafted(continuity, written, rules)
    }

    fn drafted(
        &self,
        continuity: &Continuity,
        mut written: Box<dyn RowStream + Send>,
        rules: plan::RulesVersion,
    ) -> Result<Draft, RunError> {
        let today = self.engine.today();
        let roster: &Roster = &self.reading.roster;
        let size = self.reading.size;
        let wanted = shaping::wanted(&self.compiled, roster, size, today, &self.engine.tenant)?;
        std::thread::scope(|scope| {
            let wanted = match size {
                RosterSize::Small => Shaping::Here(Box::new(wanted)),
                RosterSize::Large => {
                    Shaping::Threads(Box::new(Threads::new(scope, roster, wanted)))
                }
            };
            let mut wanted = Quarantined::new(wanted, self.target.target.card(), &roster.left_out);
            let mut seen = match &self.sight {
                Some(sight) => Some((sight.rows.rows()?, sight)),
                None => None,
            };
            let drafted = draft(Inputs {
                card: self.target.target.card(),
                wanted: &mut wanted,
                written: written.as_mut(),
                observed: seen.as_mut().map(|(rows, sight)| Observed {
                    rows,
                    coverage: sight.coverage.clone(),
                    values: &self.values,
                    shut: &sight.shut,
                }),
                links: &self.links,
                policies: &self.policies,
                continuity,
                protected: &self.protected,
                uncertain: &roster.uncertain,
                rules,
                unseen: &self.reading.unseen,
                today,
            })?;
            let reasons =
                wanted.inner().omissions().iter().filter(|(reason, _)| MENDABLE.contains(reason));
            let mut withheld: BTreeMap<Reason, u64> =
                reasons.map(|(reason, count)| (*reason, *count)).collect();
            if !roster.left_out.is_empty() {
                withheld.insert(Reason::RowLeftOut, roster.left_out.len() as u64);
            }
            self.withheld.set(withheld);
            Ok(drafted)
        })
    }

    fn wanted_values(&self) -> Result<WantedValues, RunError> {
        let roster: &Roster = &self.reading.roster;
        let (size, today) = (self.reading.size, self.engine.today());
        let wanted = shaping::wanted(&self.compiled, roster, size, today, &self.engine.tenant)?;
        std::thread::scope(|scope| {
            let mut wanted = match size {
                RosterSize::Small => Shaping::Here(Box::new(wanted)),
                RosterSize::Large => {
                    Shaping::Threads(Box::new(Threads::new(scope, roster, wanted)))
                }
            };
            Ok(WantedValues::of(self.target.target.card(), &mut wanted)?)
        })
    }

    /// Who of those that vanished are who of those that appeared (design §3).
    async fn continuity(
        &self,
        gone: BTreeSet<Key>,
        new: &BTreeSet<Key>,
        before: &Before<'_>,
        ahead: Ahead,
    ) -> Result<Continuity, RunError> {
        if gone.is_empty() {
            return Ok(Continuity::default());
        }
        // Those that the register still knows have not vanished, they have left.
        let (known, appeared) = std::thread::scope(|scope| {
            if ahead == Ahead::Yes && self.reading.size == RosterSize::Large {
                // What fails here fails again where it is asked for.
                scope.spawn(|| before.roster().map(drop));
            }
            crate::identity::of_roster(self.engine, &self.reading.roster, &gone, new)
        })?;
        let gone: BTreeSet<Key> = gone.difference(&known).copied().collect();
        if gone.is_empty() {
            return Ok(Continuity::default());
        }
        let numbers = protect::numbers(self.engine, &self.target.name).await?;
        let vanished = crate::identity::of_vanished(self.engine, before, &gone, &numbers).await?;
        if new.is_empty() {
            return Ok(Continuity::default());
        }
        Ok(match_keys(&vanished, &appeared))
    }

    fn guard(&self, draft: &Draft, continuity: &Continuity) -> Result<Verdicts, RunError> {
        let mut history = self.history.clone();
        history.new_schools = history::new_schools(&self.history, &draft.operations)?;
        let window = if self.engine.is_inside(&self.engine.shifts) {
            Window::Shift
        } else {
            Window::Ordinary
        };
        Ok(guard(&GuardInputs {
            operations: &draft.operations,
            card: self.target.target.card(),
            guards: &self.target.guards,
            policies: &self.target.policies,
            totals: &draft.totals,
            trips: &self.reading.trips,
            continuity,
            conflicts: &draft.conflicts,
            history: &history,
            window,
        })?)
    }
}

/// Expressions that cannot be used; the settings were checked, so none is expected.
pub(crate) fn expressions(errors: &[ExpressionError]) -> RunError {
    RunError::Internal(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// What approvals of this plan say, from their stored form.
pub(crate) fn approvals(stored: &[store::Approval]) -> Result<Vec<Approval>, RunError> {
    stored.iter().map(|approval| history::scope(&approval.scope)).collect()
}
