//! What carrying out needs of the engine: the journal, what calls are made from, the listener.

use std::collections::BTreeMap;

use apply::{Changes, Entry, Journal, JournalError, Known, Materials, Merged, Progress};
use roster::{RowSource, RowStream, SpoolError};
use state::{
    Call, Delivery, Held, Ids, Links, Material, Observe, Operation, Outcome, PublishedIds, Receipt,
    Subject, Verb,
};
use store::{BlobKind, CallState, JournalLines, LedgerRow, SentCall, SettledCall, StoreError};

use crate::objects::ObjectStock;
use crate::stamp::{self, Stamp};
use crate::{BoundTarget, Engine, Event, Events, RunError, Stage};

/// The journal of one run in the store, with the ledger of objects beside it. A call that was
/// journalled before the run was cut off is not journalled again.
pub(crate) struct Diary<'a> {
    engine: &'a Engine,
    run: i64,
    plan: String,
    target: &'a str,
    operations: &'a [Operation],
    known: BTreeMap<u32, Known>,
}

impl<'a> Diary<'a> {
    pub(crate) async fn open(
        engine: &'a Engine,
        run: i64,
        plan: &str,
        target: &'a str,
        operations: &'a [Operation],
    ) -> Result<Self, RunError> {
        let rows = engine.store.journal(plan).await?;
        let rows = rows.into_iter().filter(|row| row.run == run);
        let known = rows.filter_map(|row| {
            let known = match row.state {
                CallState::Done => Known::Done { receiver_id: row.receiver_id },
                CallState::Failed => Known::Refused { code: row.code.unwrap_or_default() },
                CallState::Sent | CallState::Unknown => Known::Unknown,
            };
            Some((u32::try_from(row.call_no).ok()?, known))
        });
        let known = known.collect();
        Ok(Self { engine, run, plan: plan.to_owned(), target, operations, known })
    }

    /// What the ledger is told of a call about one object: the verb of the object's own
    /// operation, else that it was changed.
    fn ledger_row(&self, call: &Call, state: CallState, code: Option<String>) -> Option<LedgerRow> {
        let object = call.about?;
        let own = call.operations.iter().filter_map(|number| {
            let at = self.operations.binary_search_by_key(number, |it| it.number).ok()?;
            self.operations.get(at)
        });
        let verb = own.filter_map(|it| Some((it.verb, it.subject().ok()?)));
        let mut verb = verb.filter(|(_, subject)| *subject == Subject::Object(object));
        let verb = verb.next().map_or(Verb::Update, |(verb, _)| verb);
        let (what, at) = (verb.word().to_owned(), self.engine.now());
        Some(LedgerRow { object, what, at, state, code })
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

/// How a call ended, with the receiver's code and its id of the object.
fn ended(receipt: Option<&Receipt>) -> (CallState, Option<String>, Option<String>) {
    let Some(receipt) = receipt else { return (CallState::Unknown, None, None) };
    let outcomes = &receipt.outcomes;
    let made = outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Done { receiver_id } => receiver_id.clone(),
        Outcome::AlreadySo | Outcome::Unsure | Outcome::Refused { .. } => None,
    });
    let code = outcomes.iter().find_map(|outcome| match outcome {
        Outcome::Refused { code } => Some(code.clone()),
        Outcome::Done { .. } | Outcome::AlreadySo | Outcome::Unsure => None,
    });
    let state = if code.is_some() { CallState::Failed } else { CallState::Done };
    (state, code, made)
}

#[async_trait::async_trait]
impl Journal for Diary<'_> {
    fn known(&self, number: u32) -> Option<Known> {
        self.known.get(&number).cloned()
    }

    async fn write(&mut self, entries: &[Entry<'_>]) -> Result<(), JournalError> {
        let (mut sent, mut settled, mut ledger) = (Vec::new(), Vec::new(), Vec::new());
        for entry in entries {
            match *entry {
                Entry::Sent { number, call } => {
                    sent.push(SentCall { call_no: number.into(), operations: span(call) });
                }
                Entry::Settled { number, call, receipt } => {
                    // A set is delivered again although the journal knows that it is done.
                    if matches!(self.known.get(&number), Some(Known::Done { .. })) {
                        continue;
                    }
                    let (state, code, receiver_id) = ended(receipt);
                    ledger.extend(self.ledger_row(call, state, code.clone()));
                    let call_no = number.into();
                    settled.push(SettledCall {
                        call_no,
                        state,
                        code,
                        request_id: None,
                        receiver_id,
                    });
                }
            }
        }
        let lines = JournalLines {
            run: self.run,
            plan: &self.plan,
            at: self.engine.now(),
            sent: &sent,
            settled: &settled,
            ledger: (self.target, &ledger),
        };
        self.engine.store.journal_write(&lines).await.map_err(failed)
    }
}

/// What a target's calls are made from.
pub(crate) enum Stock<'a> {
    /// The set that it delivers: last written with the operations laid over it.
    Set(Box<SetStock<'a>>),
    /// The objects that the calls are about.
    Objects(Box<ObjectStock<'a>>),
}

impl<'a> Stock<'a> {
    /// `ids` are those before and after the plan.
    pub(crate) async fn open(
        engine: &'a Engine,
        target: &'a BoundTarget,
        operations: &'a [Operation],
        [before, after]: [&'a PublishedIds; 2],
        links: &'a Links,
        plan: &str,
    ) -> Result<Self, RunError> {
        let ids = Ids::new([before, after], links);
        match target.target.card().observe {
            Observe::Live | Observe::Mirror | Observe::DeltaOnly => {
                let stock = ObjectStock::gather(engine, target, operations, ids).await?;
                return Ok(Self::Objects(Box::new(stock)));
            }
            Observe::FileSet | Observe::Served => {}
        }
        let stamp = stamp::of(engine, target, plan, operations).await?;
        let generations = engine.store.blob_generations(BlobKind::Written, &target.name).await?;
        let generation = generations.first().map(|it| it.generation);
        let written = Written { engine, target: &target.name, generation };
        let set = Laid { over: written, changes: Changes::of(operations)? };
        let published = [before, after];
        Ok(Self::Set(Box::new(SetStock { set, before: written, published, stamp, ids })))
    }
}

pub(crate) struct SetStock<'a> {
    set: Laid<'a>,
    before: Written<'a>,
    published: [&'a PublishedIds; 2],
    stamp: Stamp,
    ids: Ids<'a>,
}

impl SetStock<'_> {
    fn delivery(&self) -> Delivery<'_> {
        let [before, published] = self.published;
        let Stamp { number, confirmed, at } = self.stamp;
        Delivery {
            set: Held { rows: &self.set, published },
            before: Held { rows: &self.before, published: before },
            number,
            confirmed,
            at,
        }
    }
}

impl Materials for Stock<'_> {
    fn of(&self, call: &Call, operations: &[Operation]) -> Result<Material<'_>, SpoolError> {
        match self {
            Self::Set(stock) => Ok(Material::Set(stock.delivery())),
            Self::Objects(stock) => stock.of(call, operations),
        }
    }

    fn ids(&self) -> &Ids<'_> {
        match self {
            Self::Set(stock) => &stock.ids,
            Self::Objects(stock) => stock.ids(),
        }
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
