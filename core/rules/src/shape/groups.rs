//! What is asked of groups, in a table that is small: every place of every person asks.

use std::collections::BTreeMap;

use roster::Key;

use super::facts::GroupFact;
use super::lookup::Lookup;

/// Facts by group. Groups of a school have few different ones, so that a row is a key and a
/// number; a nation's groups would else fill the processor's own memory several times over.
#[derive(Debug, Default)]
pub(super) struct Groups {
    places: Lookup<u32>,
    facts: Vec<GroupFact>,
}

impl FromIterator<(Key, GroupFact)> for Groups {
    fn from_iter<I: IntoIterator<Item = (Key, GroupFact)>>(groups: I) -> Self {
        let mut facts = Vec::new();
        let places = groups.into_iter().zip(0..).map(|((key, fact), place)| {
            facts.push(fact);
            (key, place)
        });
        Self { places: places.collect(), facts }
    }
}

impl Groups {
    /// What is known of each of these.
    pub(super) fn of(&self, groups: impl Iterator<Item = Key> + Clone) -> Vec<Option<&GroupFact>> {
        self.places.ask_for(groups.clone());
        groups.map(|group| self.get(group)).collect()
    }

    pub(super) fn get(&self, group: Key) -> Option<&GroupFact> {
        self.facts.get(*self.places.get(group)? as usize)
    }

    /// Changes the facts, each group's by itself; before [`Self::settle`].
    pub(super) fn change(&mut self, mut how: impl FnMut(Key, &mut GroupFact)) {
        for (key, place) in self.places.iter_mut() {
            if let Some(fact) = self.facts.get_mut(*place as usize) {
                how(key, fact);
            }
        }
    }

    /// Keeps each different fact once.
    pub(super) fn settle(&mut self) {
        let mut kept: Vec<GroupFact> = Vec::new();
        let mut of_school: BTreeMap<Option<Key>, Vec<u32>> = BTreeMap::new();
        for (_, place) in self.places.iter_mut() {
            let Some(fact) = self.facts.get(*place as usize) else { continue };
            let known = of_school.entry(fact.school).or_default();
            let same = known.iter().find(|at| kept.get(**at as usize) == Some(fact));
            *place = same.copied().unwrap_or_else(|| {
                let new = u32::try_from(kept.len()).unwrap_or(u32::MAX);
                kept.push(*fact);
                known.push(new);
                new
            });
        }
        self.facts = kept;
    }
}
