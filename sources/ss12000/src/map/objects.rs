//! Objects whose rows are needed together: activities and groups.

use std::collections::BTreeMap;

use roster::replica::Thing;
use roster::{EntityKind, Interval, Key, Record, SpoolError};

use super::schools::Place;
use super::{Gathered, Mapper};
use crate::notes::Odd;
use crate::profile::Collection;

impl Mapper<'_, '_> {
    /// Nobody can tell which of two objects with the same id is right.
    pub(super) fn contradicted(&mut self, thing: Thing) {
        let id = thing.key.to_string();
        let at = match Collection::from_number(thing.collection) {
            Some(Collection::Persons) => {
                self.intake.left_out(EntityKind::Person, &id);
                "/persons"
            }
            Some(Collection::Groups) => {
                self.intake.left_out(EntityKind::Group, &id);
                "/groups"
            }
            Some(Collection::Organisations) => {
                self.intake.left_out(EntityKind::SchoolUnit, &id);
                "/organisations"
            }
            Some(Collection::Duties) => {
                let known = self.duties.iter().rev().take_while(|it| it.0 == thing.key);
                for (_, person) in known {
                    self.intake.left_out(EntityKind::Person, &person.to_string());
                }
                "/duties"
            }
            Some(Collection::Activities) => "/activities",
            Some(Collection::Syllabuses) | None => "/syllabuses",
        };
        self.notes.count(Odd::Contradicted, at, 1);
    }

    pub(super) fn end_activity(&mut self, object: Gathered) -> Result<(), SpoolError> {
        let Gathered { activities, taught, teachers, .. } = object;
        for (person, interval) in &teachers {
            if interval.is_none() {
                self.intake.left_out(EntityKind::Person, &person.to_string());
            }
        }
        for (held, facts) in activities {
            for &group in &taught {
                for &(person, interval) in &teachers {
                    let Some(interval) = interval.map(|it| it.within(&held)) else { continue };
                    self.intake.record(Record::Teaching { person, group, interval })?;
                }
                let known = self.facts.entry(group).or_default();
                // The least of several, so that their order means nothing.
                known.course = least(known.course.take(), facts.course.clone());
                known.marker = least(known.marker.take(), facts.marker.clone());
            }
        }
        Ok(())
    }

    pub(super) fn end_group(&mut self, object: Gathered, group: Key) -> Result<(), SpoolError> {
        let Gathered { groups, places, members, .. } = object;
        let mut is_outside = false;
        for (mut it, place) in groups.into_iter().zip(places) {
            it.school = match place.map(|place| self.schools.place(place)) {
                None | Some(Place::NotASchool) => None,
                Some(Place::Unit(unit) | Place::Unknown(unit)) => Some(unit),
                Some(Place::Units(units)) => self.home(units, it.school_type, &members),
                Some(Place::Outside) => {
                    is_outside = true;
                    continue;
                }
            };
            self.intake.record(Record::Group(it))?;
        }
        if !is_outside {
            for (person, interval) in members {
                self.intake.record(Record::Membership { person, group, interval })?;
            }
        }
        Ok(())
    }

    /// The unit where most members are enrolled.
    fn home(
        &self,
        units: &[Key],
        form: Option<roster::terms::SchoolType>,
        members: &[(Key, Interval)],
    ) -> Option<Key> {
        let units = self.schools.giving(units, form);
        if let [unit] = units[..] {
            return Some(unit);
        }
        let mut votes: BTreeMap<Key, usize> = units.iter().map(|unit| (*unit, 0)).collect();
        for (person, _) in members {
            let from = self.placed.partition_point(|it| it.0 < *person);
            for (_, unit) in self.placed[from..].iter().take_while(|it| it.0 == *person) {
                votes.entry(*unit).and_modify(|count| *count += 1);
            }
        }
        // Of equals the first in order, so that it stays the same from day to day.
        let most = votes.values().copied().max()?;
        votes.into_iter().find(|it| it.1 == most).map(|it| it.0)
    }
}

fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
