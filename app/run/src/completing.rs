//! The stage *complete*: supplements are read, and fill in what the registers lack.
//!
//! Each run reads all of a directory anew and keeps nothing of it: what was filled in stands in
//! the snapshot like anything else of a person, the directory's numbers nowhere (decision 0021).

use std::sync::Arc;

use roster::Roster;
use roster::supplement::{Completed, Completion, Entries};

use crate::{BoundSupplement, Engine, Event, Events, RunError, Stage};

/// The roster with what the supplements fill in, or as it was with the reason why not.
pub(crate) async fn completed(
    roster: Roster,
    engine: &Engine,
    events: &mut dyn Events,
) -> (Roster, Result<Option<Arc<Completion>>, RunError>) {
    let completed = read(engine, events).await;
    match &completed {
        Ok(Some(completion)) => (roster.completed_by(Arc::clone(completion)), completed),
        Ok(None) | Err(_) => (roster, completed),
    }
}

/// Reads all supplements; `None` where there are none.
async fn read(
    engine: &Engine,
    events: &mut dyn Events,
) -> Result<Option<Arc<Completion>>, RunError> {
    if engine.supplements.is_empty() {
        return Ok(None);
    }
    let mut completed = Vec::new();
    for supplement in &engine.supplements {
        let BoundSupplement { name, kind, matching, supplement } = supplement;
        events.hear(Event::Began { stage: Stage::Complete, subject: name.clone() });
        let mut entries = Entries::new(&engine.tenant, matching, engine.today());
        let read = supplement.read(&mut entries).await.and_then(|()| entries.finish());
        let directory = read.map_err(|error| RunError::Supplement {
            name: name.clone(),
            kind: kind.clone(),
            error,
        })?;
        tracing::info!(
            supplement.id = name,
            entries = directory.entries(),
            unreadable = directory.unreadable(),
            "read a supplement"
        );
        completed.push(Completed { name: name.clone(), matching: matching.clone(), directory });
    }
    Ok(Some(Arc::new(Completion::new(completed))))
}

/// Tells what came of it, once the rows have passed.
pub(crate) fn tell(completion: &Completion, events: &mut dyn Events) {
    for (supplement, tally) in completion.tallies() {
        let what = supplement.matching.counted();
        tracing::info!(
            supplement.id = supplement.name,
            persons = tally.of,
            filled = tally.filled,
            "completed"
        );
        events.hear(Event::Completed { subject: supplement.name.clone(), what, tally });
    }
}
