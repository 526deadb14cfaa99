//! What carrying out needs of the engine: the journal, the set to deliver, the listener.

use std::collections::BTreeMap;

use apply::{Changes, Deliveries, Journal, JournalError, Merged, Progress};
use roster::{RowSource, RowStream, SpoolError};
use state::{Call, Delivery, Held, Observe, Operation, PublishedIds, Receipt};
use store::{BlobKind, CallState, SentCall, SettledCall, StoreError};

use crate::stamp::Stamp;
use crate::{BoundTarget, Engine, Event, Events, RunError, Stage};

/// The journal of one run in the store. A call that was journalled before the run was cut
/// off is not journalled again.
pub(crate) struct Diary<'a> {
    engine: &'a Engine,
    run: i64,
    plan: String,
    known: BTreeMap<i64, CallState>,
}

impl<'a> Diary<'a> {
    pub(crate) async fn open(engine: &'a Engine, run: i64, plan: &str) -> Result<Self, RunError> {
        let rows = engine.store.journal(plan).await?;
        let known =
            rows.into_iter().filter(|it| it.run == run).map(|it| (it.call_no, it.state)).collect();
        Ok(Self { engine, run, plan: plan.to_owned(), known })
    }
}

fn failed(error: StoreError) -> JournalError {
    JournalError(Box::new(error))
}

/// First, last and number of a call's operations: enough to tell it from another.
fn span(call: &Call) -> String {
    let (first, last) = (call.operations.first(), call.operations.last());
    format!("{}-{} ({})", first.unwrap_or(&0), last.unwrap_or(&0), call.operations.len())
}

#[async_trait::async_trait]
impl Journal for Diary<'_> {
    async fn sent(&mut self, number: u32, call: &Call) -> Result<(), JournalError> {
        if self.known.contains_key(&i64::from(number)) {
            return Ok(());
        }
        let calls = [SentCall { call_no: i64::from(number), operations: span(call) }];
        let now = self.engine.now();
        self.engine.store.journal_sent(self.run, &self.plan, now, &calls).await.map_err(failed)
    }

    async fn settled(
        &mut self,
        number: u32,
        _: &Call,
        receipt: Option<&Receipt>,
    ) -> Result<(), JournalError> {
        let number = i64::from(number);
        if self.known.get(&number) == Some(&CallState::Done) {
            return Ok(());
        }
        let state = match receipt {
            Some(_) => CallState::Done,
            None => CallState::Unknown,
        };
        let calls = [SettledCall { call_no: number, state, code: None, request_id: None }];
        self.engine.store.journal_settled(self.run, self.engine.now(), &calls).await.map_err(failed)
    }
}

/// The set that a target delivers: last written with the operations laid over it.
pub(crate) struct SetDeliveries<'a> {
    observe: Observe,
    set: Laid<'a>,
    before: Written<'a>,
    published: [&'a PublishedIds; 2],
    stamp: Stamp,
}

impl<'a> SetDeliveries<'a> {
    /// `published` holds the ids before and after.
    pub(crate) async fn open(
        engine: &'a Engine,
        target: &'a BoundTarget,
        operations: &'a [Operation],
        published: [&'a PublishedIds; 2],
        stamp: Stamp,
    ) -> Result<Self, RunError> {
        let generations = engine.store.blob_generations(BlobKind::Written, &target.name).await?;
        let generation = generations.first().map(|it| it.generation);
        let before = Written { engine, target: &target.name, generation };
        let set = Laid { over: before, changes: Changes::of(operations)? };
        Ok(Self { observe: target.target.card().observe, set, before, published, stamp })
    }
}

impl Deliveries for SetDeliveries<'_> {
    fn begin(&mut self) -> Result<Option<Delivery<'_>>, SpoolError> {
        match self.observe {
            Observe::Live => return Ok(None),
            Observe::FileSet | Observe::Served | Observe::DeltaOnly => {}
        }
        let [before, published] = self.published;
        let Stamp { number, confirmed, at } = self.stamp;
        Ok(Some(Delivery {
            set: Held { rows: &self.set, published },
            before: Held { rows: &self.before, published: before },
            number,
            confirmed,
            at,
        }))
    }
}

/// The rows written last.
#[derive(Clone, Copy)]
struct Written<'a> {
    engine: &'a Engine,
    target: &'a str,
    generation: Option<i64>,
}

impl RowSource for Written<'_> {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        let rows = self.engine.memory().written_at(self.target, self.generation)?;
        Ok(rows)
    }
}

/// They with the operations laid over them.
struct Laid<'a> {
    over: Written<'a>,
    changes: Changes<'a>,
}

impl RowSource for Laid<'_> {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        Ok(Box::new(Merged::new(self.over.stream()?, self.changes.clone())))
    }
}

/// Passes progress on to those who listen to the run.
pub(crate) struct Teller<'a>(pub(crate) &'a mut dyn Events);

impl Progress for Teller<'_> {
    fn settled(&mut self, done: u64, of: u64) {
        self.0.hear(Event::Progress { stage: Stage::Apply, done, of });
    }
}
