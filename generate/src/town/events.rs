//! The single events of a day.

use super::churn::Step;
use super::index::list;
use super::parts::{Enrolment, Human, Membership, Validity};
use super::{Town, id};
use crate::rng::uuid;
use crate::school::Grade;

impl Step<'_> {
    pub(super) fn any_pupil(&mut self) -> Option<Enrolment> {
        let at = self.rng.pick(&self.index.pupils)?;
        let it = self.town.enrolments.get(at as usize).copied()?;
        (!self.gone.0.contains(&it.person)).then_some(it)
    }

    /// Changes a pupil who is neither protected nor kept for becoming so.
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Human)) -> bool {
        for _ in 0..20 {
            let Some(it) = self.any_pupil() else { continue };
            if let Some(human) = self.town.persons.get_mut(it.person as usize)
                && !human.searchable()
            {
                change(human);
                return true;
            }
        }
        false
    }

    /// Enrols a pupil from today, with a home class and some groups.
    pub(super) fn place(&mut self, person: u32, school: u32, grade: Grade, groups: usize) {
        let validity = self.town.starting_today();
        self.town.enrol(person, school, grade, validity);
        let classes = self.index.classes_of(self.town, school, grade);
        let teaching = list(&self.index.teaching, school);
        let first = self.rng.below(teaching.len() as u64);
        let first = usize::try_from(first).unwrap_or(0);
        let some = teaching.iter().cycle().skip(first).take(groups.min(teaching.len())).copied();
        let groups: Vec<u32> = self.rng.pick(&classes).into_iter().chain(some).collect();
        for group in groups {
            if !self.belongs(person, group) {
                self.town.memberships.push(Membership { group, person, validity });
            }
        }
        self.touched.insert(person);
    }

    /// To the next school of the same form, with as many groups as before.
    pub(super) fn change_school(&mut self) {
        let Some(at) = self.rng.pick(&self.index.pupils) else { return };
        let Some(old) = self.town.enrolments.get(at as usize).copied() else { return };
        let Some(form) = self.town.schools.get(old.school as usize).and_then(|it| it.form) else {
            return;
        };
        let school = id(self.town.next_school(old.school as usize, form));
        if self.moved(old.person) || school == old.school {
            return;
        }
        let yesterday = self.town.today.plus(-1);
        if let Some(it) = self.town.enrolments.get_mut(at as usize) {
            it.validity.stop(yesterday);
        }
        let mut groups = 0;
        for &at in list(&self.index.of_person, old.person) {
            let there = self.town.memberships.get(at as usize).map(|it| it.group);
            if there.map(|group| self.school_of(group)) == Some(old.school)
                && let Some(it) = self.town.memberships.get_mut(at as usize)
            {
                it.validity.stop(yesterday);
                groups += 1;
            }
        }
        self.place(old.person, school, old.grade, groups.max(1) - 1);
        self.log.moved_school += 1;
    }

    /// True for those to whom something has happened today already.
    fn moved(&self, person: u32) -> bool {
        self.gone.0.contains(&person) || self.touched.contains(&person)
    }

    /// True for a member of the group as the day began.
    fn belongs(&self, person: u32, group: u32) -> bool {
        list(&self.index.of_person, person)
            .iter()
            .filter_map(|at| self.town.memberships.get(*at as usize))
            .any(|it| it.group == group && it.validity.holds(self.town.today))
    }

    pub(super) fn change_class(&mut self) {
        let Some(it) = self.any_pupil() else { return };
        let own = list(&self.index.of_person, it.person).iter().copied().find(|at| {
            self.town.memberships.get(*at as usize).is_some_and(|link| self.is_class(link.group))
        });
        let Some((at, old)) =
            own.and_then(|at| Some((at, self.town.memberships.get(at as usize)?.group)))
        else {
            return;
        };
        let mut classes = self.index.classes_of(self.town, self.school_of(old), it.grade);
        classes.retain(|group| *group != old);
        if let (Some(group), false) = (self.rng.pick(&classes), self.moved(it.person)) {
            self.replace(
                at,
                Membership { group, person: it.person, validity: self.town.starting_today() },
            );
            self.log.moved_class += 1;
        }
    }

    /// Another pupil of the school takes a place in a teaching group.
    pub(super) fn swap(&mut self) -> bool {
        let all = self.town.memberships.len() as u64;
        let at = u32::try_from(self.rng.below(all)).unwrap_or(0);
        let Some(old) = self.town.memberships.get(at as usize).copied() else { return false };
        let school = self.school_of(old.group);
        let new = self.rng.pick(list(&self.index.by_school, school));
        let Some(new) = new.and_then(|at| self.town.enrolments.get(at as usize)) else {
            return false;
        };
        let (person, today) = (new.person, self.town.today);
        let members = list(&self.index.members, old.group);
        let same = |at: &u32| {
            self.town.memberships.get(*at as usize).is_some_and(|it| it.person == person)
        };
        let fits = old.validity.holds(today) && old.validity.start < today;
        if !fits || self.is_class(old.group) || self.moved(person) || members.iter().any(same) {
            return false;
        }
        let validity = self.town.starting_today();
        self.replace(at, Membership { group: old.group, person, validity });
        true
    }

    fn replace(&mut self, at: u32, new: Membership) {
        self.touched.insert(new.person);
        let yesterday = self.town.today.plus(-1);
        if let Some(it) = self.town.memberships.get_mut(at as usize) {
            it.validity.stop(yesterday);
        }
        self.town.memberships.push(new);
        if let Some(of_group) = self.index.members.get_mut(new.group as usize) {
            of_group.push(id(self.town.memberships.len() - 1));
        }
    }

    /// K074: a temporary number becomes a personnummer.
    pub(super) fn number(&mut self) {
        let temporary = |it: &Human| it.person.identity_number.contains("TF") && it.left.is_none();
        let Some(at) = self.town.persons.iter().position(temporary) else { return };
        let Some(it) = self.town.persons.get(at) else { return };
        let born = it.person.birth_date.get(..4).and_then(|it| it.parse().ok()).unwrap_or(2015);
        let (number, birth_date, sex) = self.town.fresh_identity(born);
        if let Some(it) = self.town.persons.get_mut(at) {
            it.person.identity_number = number;
            it.person.birth_date = birth_date;
            it.person.sex = sex;
            self.log.numbers += 1;
        }
    }

    pub(super) fn teach(&mut self, school: u32, person: u32, validity: Validity) {
        if let Some(group) = self.rng.pick(list(&self.index.teaching, school)) {
            self.assign(Membership { group, person, validity });
        }
    }

    /// A teacher of a group, unless already so.
    pub(super) fn assign(&mut self, link: Membership) -> bool {
        let today = self.town.today;
        let same = |it: &Membership| {
            it.group == link.group && it.person == link.person && it.validity.holds(today)
        };
        let new = !self.town.teachers.iter().any(same);
        if new {
            self.town.teachers.push(link);
        }
        new
    }

    pub(super) fn new_group(&mut self, like: u32) {
        let Some(mut group) = self.town.groups.get(like as usize).cloned() else { return };
        let number = self.town.row();
        let validity = self.town.starting_today();
        group.id = uuid(self.town.origin.seed, 9, number);
        group.name = format!("{} ny {number}", group.course.1);
        group.validity = validity;
        let (at, school) = (id(self.town.groups.len()), group.school);
        self.town.groups.push(group);
        let mut pupils: Vec<u32> = list(&self.index.by_school, school)
            .iter()
            .filter_map(|at| self.town.enrolments.get(*at as usize))
            .map(|it| it.person)
            .collect();
        pupils.sort_unstable();
        pupils.dedup();
        let first = usize::try_from(self.rng.below(pupils.len() as u64)).unwrap_or(0);
        let some = pupils.into_iter().skip(first).take(15);
        self.town.memberships.extend(some.map(|person| Membership { group: at, person, validity }));
        if let Some(person) = self.rng.pick(list(&self.index.teachers, school)) {
            self.town.teachers.push(Membership { group: at, person, validity });
        }
        self.log.groups_new += 1;
    }

    pub(super) fn school_of(&self, group: u32) -> u32 {
        self.town.groups.get(group as usize).map_or(u32::MAX, |it| it.school)
    }

    fn is_class(&self, group: u32) -> bool {
        self.town.groups.get(group as usize).is_some_and(|it| it.kind == "Klass")
    }

    /// Ends yesterday all that belongs to those who left and to the groups that ended.
    pub(super) fn close(&mut self) {
        let yesterday = self.town.today.plus(-1);
        let (persons, groups) = &self.gone;
        self.town.end_of(persons, yesterday);
        for &group in groups {
            if let Some(it) = self.town.groups.get_mut(group as usize) {
                it.validity.stop(yesterday);
            }
        }
        let town = &mut *self.town;
        for links in [&mut town.memberships, &mut town.teachers] {
            links.retain_mut(|it| !groups.contains(&it.group) || it.validity.cut(yesterday));
        }
    }
}

impl Town {
    /// These persons' last day.
    pub(super) fn end_of(&mut self, persons: &std::collections::BTreeSet<u32>, last: crate::Day) {
        for at in persons {
            if let Some(it) = self.persons.get_mut(*at as usize) {
                it.left = Some(last);
            }
        }
        let gone = |person: u32| persons.contains(&person);
        self.enrolments.retain_mut(|it| !gone(it.person) || it.validity.cut(last));
        self.duties.retain_mut(|it| !gone(it.person) || it.validity.cut(last));
        for links in [&mut self.memberships, &mut self.teachers] {
            links.retain_mut(|it| !gone(it.person) || it.validity.cut(last));
        }
    }
}
