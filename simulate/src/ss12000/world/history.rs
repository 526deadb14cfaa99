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
    /// Midnight of the day under way.
    midnight: i64,
}

impl History {
    /// A new day begins; the first is the school year's first, if that has been.
    pub(super) fn begin(&mut self, town: &Town) {
        let first = self.day == 0;
        self.day += 1;
        let from = if first { town.today.min(town.today.school_year_days().0) } else { town.today };
        self.midnight = time::midnight(from);
    }

    /// An object as it is today.
    pub(super) fn met(&mut self, kind: Kind, id: Id, body: &[u8]) -> Known {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let (content, now, day) = (hasher.finish(), self.stamp(id), self.day);
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
        let (day, midnight) = (self.day, self.midnight);
        for (kind, known) in Kind::FILLED.into_iter().zip(&mut self.known) {
            self.gone.retain(|it| it.kind != kind || !known.contains_key(&it.id));
            let from = self.gone.len();
            known.retain(|&id, it| {
                if it.day != day {
                    self.gone.push(Gone { when: stamp(midnight, id), kind, id });
                }
                it.day == day
            });
            // No order comes from a hash map.
            if let Some(new) = self.gone.get_mut(from..) {
                new.sort_unstable_by_key(|it| (it.when, it.id));
            }
        }
    }

    /// What is known of an object.
    pub(super) fn known(&self, kind: Kind, id: Id) -> Known {
        let known = kind.shelf().and_then(|at| self.known.get(at)).and_then(|it| it.get(&id));
        known.copied().unwrap_or(Known {
            created: self.midnight,
            modified: self.midnight,
            ..Known::default()
        })
    }

    /// What is gone, the oldest first.
    pub(in crate::ss12000) fn gone(&self) -> &[Gone] {
        &self.gone
    }

    fn stamp(&self, id: Id) -> i64 {
        stamp(self.midnight, id)
    }
}

/// The night's batch takes five hours; an object has its own second in it.
fn stamp(midnight: i64, id: Id) -> i64 {
    midnight + i64::try_from(id % 18_000).unwrap_or(0)
}
