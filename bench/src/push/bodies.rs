//! What a register amounts to at a receiver of EGIL, counted from the town alone: one body an
//! object (reference/targets.md §4.1). Nothing of the program that is measured has a part in it,
//! so that the number of requests that a day needs is known from elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use generate::{Marking, Membership, Town};

/// What stands in each object, by its type and the register's ids.
pub(crate) struct Bodies(BTreeMap<(Type, String), String>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Type {
    Organisation,
    SchoolUnit,
    User,
    Employment,
    StudentGroup,
    Activity,
}

/// How many objects are new, say something else, and are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) created: u64,
    pub(crate) replaced: u64,
    pub(crate) deleted: u64,
}

impl Changes {
    /// The fewest requests that bring a receiver without PATCH from one to the other.
    pub(crate) fn requests(self) -> u64 {
        let Self { created, replaced, deleted } = self;
        created + replaced + deleted
    }
}

impl Bodies {
    /// Of the town as it is today.
    pub(crate) fn of(town: &Town) -> Self {
        let mut all = Self(BTreeMap::new());
        all.put(Type::Organisation, &town.owner(), "");
        let coded = town.schools.iter().filter(|it| !it.code.is_empty());
        coded.for_each(|it| all.put(Type::SchoolUnit, &it.id, &format!("{} {}", it.name, it.code)));
        let employed = all.employments(town);
        all.users(town, &employed);
        all.groups(town, &employed);
        all
    }

    /// How many objects.
    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// What differs from an earlier day.
    pub(crate) fn since(&self, before: &Self) -> Changes {
        let mut changes = Changes { created: 0, replaced: 0, deleted: 0 };
        for (id, body) in &self.0 {
            match before.0.get(id) {
                None => changes.created += 1,
                Some(old) if old != body => changes.replaced += 1,
                Some(_) => {}
            }
        }
        changes.deleted = before.0.keys().filter(|id| !self.0.contains_key(id)).count() as u64;
        changes
    }

    fn put(&mut self, of: Type, id: &str, body: &str) {
        self.0.insert((of, id.to_owned()), body.to_owned());
    }

    fn has(&self, of: Type, id: &str) -> bool {
        self.0.contains_key(&(of, id.to_owned()))
    }

    /// One for each person and school; by person.
    fn employments(&mut self, town: &Town) -> BTreeMap<u32, BTreeSet<u32>> {
        let mut employed: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for it in town.duties.iter().filter(|it| it.validity.holds(town.today)) {
            if is_told(town, it.person) {
                employed.entry(it.person).or_default().insert(it.school);
                let id = format!("{} {}", it.person, it.school);
                self.put(Type::Employment, &id, it.role);
            }
        }
        employed
    }

    /// Those who are at a school today, with their enrolments.
    fn users(&mut self, town: &Town, employed: &BTreeMap<u32, BTreeSet<u32>>) {
        let mut enrolled: BTreeMap<u32, BTreeSet<(u32, String)>> = BTreeMap::new();
        for it in town.enrolments.iter().filter(|it| it.validity.holds(town.today)) {
            let year = format!("{} {}", it.grade.code(), it.grade.year);
            enrolled.entry(it.person).or_default().insert((it.school, year));
        }
        for (at, human) in (0_u32..).zip(&town.persons) {
            let here = enrolled.get(&at);
            if is_told(town, at) && (here.is_some() || employed.contains_key(&at)) {
                let it = &human.person;
                let named = [&it.given_name, &it.family_name, &it.email];
                self.put(Type::User, &at.to_string(), &format!("{named:?} {here:?}"));
            }
        }
    }

    /// Each is a student group, and an activity taught by employments.
    fn groups(&mut self, town: &Town, employed: &BTreeMap<u32, BTreeSet<u32>>) {
        let mut pupils = of_group(town, &town.memberships);
        let mut teachers = of_group(town, &town.teachers);
        for (at, it) in (0_u32..).zip(&town.groups) {
            if !it.validity.holds(town.today) {
                continue;
            }
            let mut members = pupils.remove(&at).unwrap_or_default();
            members.retain(|person| self.has(Type::User, &person.to_string()));
            let own = format!("{} {} {} {}", it.name, it.school, it.kind, it.grade.code());
            self.put(Type::StudentGroup, &it.id, &format!("{own} {members:?}"));
            let teachers = teachers.remove(&at).unwrap_or_default();
            let by: BTreeSet<(u32, u32)> = teachers
                .into_iter()
                .filter_map(|person| {
                    let schools = employed.get(&person)?;
                    let own = schools.get(&it.school).or_else(|| schools.first())?;
                    Some((person, *own))
                })
                .collect();
            self.put(Type::Activity, &it.id, &format!("{own} {by:?}"));
        }
    }
}

/// Whether a receiver may be told of the register's person, and the person has what it must be
/// told: two names and an address.
fn is_told(town: &Town, at: u32) -> bool {
    town.persons.get(at as usize).is_some_and(|it| {
        let person = &it.person;
        let named = [&person.given_name, &person.family_name, &person.email];
        it.marking == Marking::None && town.present(it) && named.iter().all(|it| !it.is_empty())
    })
}

fn of_group(town: &Town, links: &[Membership]) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut all: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for it in links.iter().filter(|it| it.validity.holds(town.today)) {
        all.entry(it.group).or_default().insert(it.person);
    }
    all
}

#[cfg(test)]
mod tests {
    use generate::{Rates, Size};

    use super::*;
    use crate::world;

    #[test]
    fn a_day_changes_what_happened_in_it_and_no_more() {
        let mut town = world::town(Size::Xs);
        let before = Bodies::of(&town);
        assert_eq!(before.since(&Bodies::of(&town)).requests(), 0);
        town.persons[0].person.family_name = "Annan".to_owned();
        town.groups[0].name = "Annan".to_owned();
        let named = Changes { created: 0, replaced: 3, deleted: 0 };
        assert_eq!(Bodies::of(&town).since(&before), named, "a user; a group and its activity");
        let log = town.next_day_with(&Rates::one_percent());
        let day = Bodies::of(&town).since(&before);
        assert_eq!(day.created, log.entered as u64);
        assert_eq!(day.deleted, log.left as u64);
        assert!(day.replaced > named.replaced);
    }
}
