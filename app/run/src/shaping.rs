//! Wanted rows of a large roster, shaped by several threads at once.
//!
//! Batches of persons go to the threads in turn and come back in turn, so that the rows are
//! those of [`Wanted`], in the same order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use roster::{Date, Roster, RowStream, SpoolError, TenantKey};
use rules::shape::{Compiled, Groundwork, Part, Shaped, Shaper, Surveyed, Wanted};
use state::{Kind, Reason};

use crate::RunError;
use crate::ahead::{Batch, Filled, QUEUE, deal_in_turn};
use crate::memory::boxed;
use crate::read::RosterSize;

/// How many shape at once. The thread that reads and the one that compares work beside them.
const SHAPERS: usize = 2;

/// The wanted rows. Of a large roster, others ask the persons what must be known of them all
/// while this thread makes the rows of what is in memory.
pub(crate) fn wanted<'a>(
    compiled: &'a Compiled,
    roster: &'a Roster,
    size: RosterSize,
    today: Date,
    tenant: &TenantKey,
) -> Result<Wanted<'a>, RunError> {
    if size == RosterSize::Small {
        return Ok(Wanted::new(compiled, roster, today, tenant)?);
    }
    let ground = Groundwork::new(compiled, roster, today, tenant)?;
    if !ground.asks_everybody() {
        return Ok(ground.finish(Vec::new(), None)?);
    }
    let mut rows = roster.rows()?;
    let (surveyed, things) = std::thread::scope(|scope| {
        let (mut dealt, mut asking) = (Vec::new(), Vec::new());
        for _ in 0..SHAPERS {
            let (deal, batches) = sync_channel::<Filled>(QUEUE);
            let ground = &ground;
            asking.push(scope.spawn(move || survey(ground, &batches)));
            dealt.push(deal);
        }
        scope.spawn(move || deal_in_turn(rows.as_mut(), &dealt));
        let things = ground.things();
        let stopped = |_| boxed(std::io::Error::other("a thread that asks persons stopped"));
        let parts = asking.into_iter().map(|it| it.join().map_err(stopped).flatten());
        Ok::<_, SpoolError>((parts.collect::<Result<Vec<_>, _>>()?, things))
    })?;
    Ok(ground.finish(surveyed, things)?)
}

fn survey(ground: &Groundwork<'_>, batches: &Receiver<Filled>) -> Result<Surveyed, SpoolError> {
    let mut surveyed = Surveyed::default();
    while let Ok(batch) = batches.recv() {
        ground.survey_more(Box::new(Batch::new(batch?)), &mut surveyed)?;
    }
    Ok(surveyed)
}

/// Wanted rows, however they are made.
pub(crate) enum Shaping<'scope, 'a> {
    /// Row by row, when they are asked for.
    Here(Box<Wanted<'a>>),
    /// Ahead, by several threads.
    Threads(Box<Threads<'scope, 'a>>),
}

impl Shaping<'_, '_> {
    /// How many objects were marked so far, by reason.
    pub(crate) fn omissions(&self) -> &BTreeMap<Reason, u64> {
        match self {
            Self::Here(wanted) => wanted.omissions(),
            Self::Threads(threads) => &threads.omissions,
        }
    }
}

impl RowStream for Shaping<'_, '_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        match self {
            Self::Here(wanted) => wanted.next_row(),
            Self::Threads(threads) => threads.next_row(),
        }
    }
}

/// The parts of wanted rows, persons shaped by threads of `scope`.
pub(crate) struct Threads<'scope, 'a> {
    scope: &'scope Scope<'scope, 'a>,
    roster: &'a Roster,
    shaper: Arc<Shaper<'a>>,
    parts: VecDeque<Part>,
    /// Where the persons of the current part come from, in turn.
    persons: Vec<Receiver<Result<Shaped, SpoolError>>>,
    turn: usize,
    shaped: Shaped,
    next: usize,
    omissions: BTreeMap<Reason, u64>,
}

impl<'scope, 'a> Threads<'scope, 'a> {
    pub(crate) fn new(
        scope: &'scope Scope<'scope, 'a>,
        roster: &'a Roster,
        wanted: Wanted<'a>,
    ) -> Self {
        let (shaper, parts) = wanted.parts();
        Self {
            scope,
            roster,
            shaper: Arc::new(shaper),
            parts: parts.into(),
            persons: Vec::new(),
            turn: 0,
            shaped: Shaped::default(),
            next: 0,
            omissions: BTreeMap::new(),
        }
    }

    /// Fills `shaped` with the next rows; false at the end.
    fn fill(&mut self) -> Result<bool, SpoolError> {
        self.next = 0;
        loop {
            if let Some(persons) = self.persons.get(self.turn) {
                let Ok(shaped) = persons.recv() else {
                    // Batches are dealt in turn: the first thread that has none is the end.
                    self.persons.clear();
                    continue;
                };
                self.shaped = shaped?;
                self.turn = (self.turn + 1) % self.persons.len();
                break;
            }
            match self.parts.front_mut() {
                None => return Ok(false),
                Some(Part::Things(things)) => {
                    let Some(shaped) = things.pop_front() else {
                        self.parts.pop_front();
                        continue;
                    };
                    self.shaped = shaped;
                    break;
                }
                Some(Part::Persons(kind)) => {
                    let kind = *kind;
                    self.parts.pop_front();
                    self.begin(kind)?;
                }
            }
        }
        for (reason, count) in self.shaped.omissions() {
            *self.omissions.entry(*reason).or_default() += count;
        }
        Ok(true)
    }

    /// Sets a thread to read and others to shape.
    fn begin(&mut self, kind: Kind) -> Result<(), SpoolError> {
        let mut rows = self.roster.rows()?;
        let mut dealt = Vec::new();
        for _ in 0..SHAPERS {
            let (deal, batches) = sync_channel::<Filled>(QUEUE);
            let (give, taken) = sync_channel(QUEUE);
            let (roster, shaper) = (self.roster, Arc::clone(&self.shaper));
            self.scope.spawn(move || shape(roster, &shaper, kind, &batches, &give));
            dealt.push(deal);
            self.persons.push(taken);
        }
        self.turn = 0;
        self.scope.spawn(move || deal_in_turn(rows.as_mut(), &dealt));
        Ok(())
    }
}

fn shape(
    roster: &Roster,
    shaper: &Shaper<'_>,
    kind: Kind,
    batches: &Receiver<Filled>,
    give: &SyncSender<Result<Shaped, SpoolError>>,
) {
    while let Ok(batch) = batches.recv() {
        let rows = batch.and_then(|batch| {
            let mut out = Shaped::default();
            let mut persons = roster.persons_in(Box::new(Batch::new(batch)));
            while let Some(record) = persons.next_person()? {
                shaper.shape(kind, &record, &mut out);
            }
            Ok(out)
        });
        if give.send(rows).is_err() {
            return;
        }
    }
}

impl RowStream for Threads<'_, '_> {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        while self.shaped.row(self.next).is_none() {
            if !self.fill()? {
                return Ok(None);
            }
        }
        self.next += 1;
        Ok(self.shaped.row(self.next - 1))
    }
}
