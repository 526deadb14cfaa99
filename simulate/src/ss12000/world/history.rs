//! When each object was created and changed, and what is gone.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use generate::Town;

use super::Id;
use crate::ss12000::kind::Kind;
use crate::ss12000::time;

/// When an object was created and last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::ss12000) struct Known {
    pub(super) created: i64,
    pub(super) modified: i64,
    /// Of its attributes, neither of what can be expanded nor of `meta`.
    content: u64,
    /// The last day on which it was met.
    day: u32,
}

/// Something that is no more.
#[derive(Debug, Clone, Copy)]
pub(in crate::ss12000) struct Gone {
    pub(in crate::ss12000) when: i64,
    pub(in crate::ss12000) kind: Kind,
    pub(in crate::ss12000) id: Id,
}

/// When each object was created and changed, and what is gone.
#[derive(Debug, Default)]
pub(in crate::ss12000) struct History {
    known: [HashMap<Id, Known>; 6],
    gone: Vec<Gone>,
    day: u32,
    /// When what is found changed is said to have changed.
    from: From,
}

/// When changes happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ss12000) enum When {
    /// In the night before the town's day.
    Night,
    /// At this moment.
    Now(i64),
}

/// Moments of changes: so many seconds from here on, each object its own.
#[derive(Debug, Clone, Copy, Default)]
struct From {
    start: i64,
    seconds: u128,
}

impl From {
    fn moment(self, id: Id) -> i64 {
        self.start + i64::try_from(id % self.seconds.max(1)).unwrap_or(0)
    }
}

/// The night's batch takes five hours.
const NIGHT: u128 = 18_000;

impl History {
    /// A new day begins; the first is the school year's first, if that has been.
    pub(super) fn begin(&mut self, town: &Town, when: When) {
        let first = self.day == 0;
        self.day += 1;
        let day = if first { town.today.min(town.today.school_year_days().0) } else { town.today };
        self.from = match when {
            When::Night => From { start: time::midnight(day), seconds: NIGHT },
            When::Now(start) => From { start, seconds: 1 },
        };
    }

    /// An object as it is today.
    pub(super) fn met(&mut self, kind: Kind, id: Id, body: &[u8]) -> Known {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let (content, now, day) = (hasher.finish(), self.from.moment(id), self.day);
        let Some(known) = kind.shelf().and_then(|at| self.known.get_mut(at)) else {
            return Known::default();
        };
        let known = known.entry(id).or_insert(Known { created: now, modified: now, content, day });
        if known.content != content {
            (known.content, known.modified) = (content, now);
        }
        known.day = day;
        *known
    }

    /// The day is whole: what was not met is gone.
    pub(super) fn end(&mut self) {
        let (day, from) = (self.day, self.from);
        for (kind, known) in Kind::FILLED.into_iter().zip(&mut self.known) {
            self.gone.retain(|it| it.kind != kind || !known.contains_key(&it.id));
            let start = self.gone.len();
            known.retain(|&id, it| {
                if it.day != day {
                    self.gone.push(Gone { when: from.moment(id), kind, id });
                }
                it.day == day
            });
            // No order comes from a hash map.
            if let Some(new) = self.gone.get_mut(start..) {
                new.sort_unstable_by_key(|it| (it.when, it.id));
            }
        }
    }

    /// What is known of an object.
    pub(super) fn known(&self, kind: Kind, id: Id) -> Known {
        let known = kind.shelf().and_then(|at| self.known.get(at)).and_then(|it| it.get(&id));
        known.copied().unwrap_or(Known {
            created: self.from.start,
            modified: self.from.start,
            ..Known::default()
        })
    }

    /// What is gone, the oldest first.
    pub(in crate::ss12000) fn gone(&self) -> &[Gone] {
        &self.gone
    }
}
