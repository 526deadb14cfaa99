//! Who is where on one day, for finding quickly.

use super::{Town, id};
use crate::school::Grade;

/// Indices of the rows that hold today; outer lists by school, group or person.
pub(super) struct Index {
    /// The first enrolment of each pupil.
    pub(super) pupils: Vec<u32>,
    /// Enrolments by school.
    pub(super) by_school: Vec<Vec<u32>>,
    /// Groups that are home classes, by school.
    pub(super) classes: Vec<Vec<u32>>,
    /// All other groups, by school.
    pub(super) teaching: Vec<Vec<u32>>,
    /// Persons who teach, by school.
    pub(super) teachers: Vec<Vec<u32>>,
    /// Memberships by group.
    pub(super) members: Vec<Vec<u32>>,
    /// Memberships by person.
    pub(super) of_person: Vec<Vec<u32>>,
}

fn push(lists: &mut [Vec<u32>], at: u32, value: usize) {
    if let Some(list) = lists.get_mut(at as usize) {
        list.push(id(value));
    }
}

impl Index {
    pub(super) fn of(town: &Town) -> Self {
        let by_school = || vec![Vec::new(); town.schools.len()];
        let mut index = Self {
            pupils: Vec::new(),
            by_school: by_school(),
            classes: by_school(),
            teaching: by_school(),
            teachers: by_school(),
            members: vec![Vec::new(); town.groups.len()],
            of_person: vec![Vec::new(); town.persons.len()],
        };
        let today = town.today;
        let mut seen = vec![false; town.persons.len()];
        for (at, it) in town.enrolments.iter().enumerate().filter(|it| it.1.validity.holds(today)) {
            if let Some(seen @ false) = seen.get_mut(it.person as usize) {
                *seen = true;
                index.pupils.push(id(at));
            }
            push(&mut index.by_school, it.school, at);
        }
        for (at, it) in town.groups.iter().enumerate().filter(|it| it.1.validity.holds(today)) {
            let lists = if it.kind == "Klass" { &mut index.classes } else { &mut index.teaching };
            push(lists, it.school, at);
        }
        for it in town.duties.iter().filter(|it| it.validity.holds(today) && it.role == "Lärare") {
            push(&mut index.teachers, it.school, it.person as usize);
        }
        for (at, it) in town.memberships.iter().enumerate().filter(|it| it.1.validity.holds(today))
        {
            push(&mut index.members, it.group, at);
            push(&mut index.of_person, it.person, at);
        }
        index
    }

    /// Home classes of a school for this grade; all of them when there is none.
    pub(super) fn classes_of(&self, town: &Town, school: u32, grade: Grade) -> Vec<u32> {
        let all = list(&self.classes, school);
        let same = |at: &&u32| town.groups.get(**at as usize).is_some_and(|it| it.grade == grade);
        let fit: Vec<u32> = all.iter().filter(same).copied().collect();
        if fit.is_empty() { all.to_vec() } else { fit }
    }
}

/// One of the lists, or an empty one.
pub(super) fn list(lists: &[Vec<u32>], at: u32) -> &[u32] {
    lists.get(at as usize).map_or(&[], Vec::as_slice)
}
