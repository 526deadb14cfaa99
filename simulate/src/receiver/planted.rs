//! The faults that are planted at a running receiver, and what they make of a call.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::time::Instant;

use super::limit::{Buckets, Turn};
use super::{Chance, Every, Fault, Inside, Limited, Planted};

/// All that is planted.
#[derive(Debug)]
pub(super) struct Garden {
    plants: RwLock<Arc<Vec<Plant>>>,
    chance: Chance,
}

#[derive(Debug)]
struct Plant {
    planted: Planted,
    since: Instant,
    seen: AtomicU64,
    hits: AtomicU64,
    buckets: Buckets,
}

/// A call, as far as faults know it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) method: &'a str,
    pub(super) kind: &'a str,
    /// The last part of the path.
    pub(super) last: &'a str,
    pub(super) tenant: usize,
    /// Calls under way, this one among them.
    pub(super) in_flight: usize,
}

/// Why a call is not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    Error,
    Forbidden,
    Locked,
    Page,
    Reset,
    /// Refused for so long, told in this way.
    Limit(Duration, Limited),
    Closed(Duration),
}

/// What befalls a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Fate {
    /// It waits so long first.
    pub(super) wait: Duration,
    pub(super) stopped: Option<Stopped>,
    /// Its answer is lost.
    pub(super) lost: bool,
    /// Its answer's body ends in the middle.
    pub(super) cut: bool,
    /// What becomes of the first of its operations.
    pub(super) inside: Option<(u16, Inside)>,
    /// Its answer comes in pieces, so long apart.
    pub(super) dribble: Option<Duration>,
    /// Its answer says that it is of this type.
    pub(super) content_type: Option<String>,
}

impl Garden {
    pub(super) fn new(planted: &[Planted]) -> Self {
        let plants = planted.iter().cloned().map(Plant::new).collect();
        Self { plants: RwLock::new(Arc::new(plants)), chance: Chance::new(1) }
    }

    pub(super) fn plant(&self, planted: Planted) {
        let old = self.plants();
        // What was planted before keeps its counts: it is planted anew only in the list.
        let mut all: Vec<Plant> = old.iter().map(Plant::again).collect();
        all.push(Plant::new(planted));
        *self.plants.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(all);
    }

    pub(super) fn mend(&self) {
        *self.plants.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }

    fn plants(&self) -> Arc<Vec<Plant>> {
        Arc::clone(&self.plants.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What befalls this call. The first fault that stops it is the one that does.
    pub(super) fn fate(&self, caller: Caller<'_>) -> Fate {
        let mut fate = Fate::default();
        for plant in self.plants().iter().filter(|it| it.hits(caller, &self.chance)) {
            match &plant.planted.fault {
                Fault::Latency { least, jitter } => {
                    let part = jitter.as_micros().try_into().unwrap_or(u64::MAX);
                    let more = if part == 0 { 0 } else { self.chance.draw() % (part + 1) };
                    fate.wait += *least + Duration::from_micros(more);
                }
                Fault::Error => fate.stop(Stopped::Error),
                Fault::Forbidden => fate.stop(Stopped::Forbidden),
                Fault::Page => fate.stop(Stopped::Page),
                Fault::Cut => fate.cut = true,
                Fault::Inside(status, done) => fate.inside = Some((*status, *done)),
                Fault::Locked => fate.stop(Stopped::Locked),
                Fault::Reset => fate.stop(Stopped::Reset),
                Fault::Lost => fate.lost = true,
                Fault::Dribble(apart) => fate.dribble = Some(*apart),
                Fault::ContentType(name) => fate.content_type = Some(name.clone()),
                Fault::Closed(time) => {
                    let left = time.saturating_sub(plant.since.elapsed());
                    fate.stop(Stopped::Closed(left));
                }
                Fault::Limit { per_second, burst, kind } => {
                    match plant.buckets.take(caller.tenant, (*per_second, *burst), *kind) {
                        Turn::After(wait) => fate.wait += wait,
                        Turn::Refused(missing) => fate.stop(Stopped::Limit(missing, *kind)),
                    }
                }
            }
        }
        fate
    }
}

impl Fate {
    fn stop(&mut self, by: Stopped) {
        self.stopped.get_or_insert(by);
    }
}

impl Plant {
    fn new(planted: Planted) -> Self {
        Self {
            planted,
            since: Instant::now(),
            seen: AtomicU64::new(0),
            hits: AtomicU64::new(0),
            buckets: Buckets::default(),
        }
    }

    fn again(&self) -> Self {
        Self {
            planted: self.planted.clone(),
            since: self.since,
            seen: AtomicU64::new(self.seen.load(Ordering::Relaxed)),
            hits: AtomicU64::new(self.hits.load(Ordering::Relaxed)),
            buckets: Buckets::default(),
        }
    }

    fn hits(&self, caller: Caller<'_>, chance: &Chance) -> bool {
        let Planted { fault, every, place, after, times } = &self.planted;
        let names = [caller.method, caller.kind, caller.last];
        let here = place.as_ref().is_none_or(|it| names.contains(&it.as_str()));
        let apt = match fault {
            // `SQLite` locks out a writer while another writes.
            Fault::Locked => caller.in_flight > 1 && caller.method != "GET",
            Fault::Closed(time) => self.since.elapsed() < *time,
            Fault::Latency { .. }
            | Fault::Error
            | Fault::Forbidden
            | Fault::Reset
            | Fault::Lost
            | Fault::Cut
            | Fault::Page
            | Fault::Inside(..)
            | Fault::Dribble(_)
            | Fault::Limit { .. }
            | Fault::ContentType(_) => true,
        };
        if !here || !apt {
            return false;
        }
        let number = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(number) = number.checked_sub(*after).filter(|it| *it > 0) else { return false };
        let hit = match every {
            Every::Nth(many) => number.is_multiple_of(u64::from(*many)),
            Every::Percent(many) => chance.draw() % 100 < u64::from(*many),
        };
        hit && self.hits.fetch_add(1, Ordering::Relaxed) < times.unwrap_or(u64::MAX)
    }
}
