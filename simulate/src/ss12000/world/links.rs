//! Who belongs to what, for finding quickly. All by row of the town.

use std::collections::BTreeMap;

use generate::{Membership, Town};

use super::Style;
use crate::ss12000::Fault;

/// A subject or course.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::ss12000) struct Course {
    pub(in crate::ss12000) form: &'static str,
    pub(in crate::ss12000) code: String,
    pub(in crate::ss12000) name: String,
}

/// Rows that are shown, by those that they belong to.
#[derive(Debug, Default)]
pub(in crate::ss12000) struct Links {
    /// Enrolments by person.
    pub(in crate::ss12000) enrolments: Vec<Vec<u32>>,
    /// Duties by person.
    pub(in crate::ss12000) duties: Vec<Vec<u32>>,
    /// Memberships by group.
    pub(in crate::ss12000) members: Vec<Vec<u32>>,
    /// Memberships by person.
    pub(in crate::ss12000) groups: Vec<Vec<u32>>,
    /// Teachers by group.
    pub(in crate::ss12000) teachers: Vec<Vec<u32>>,
    /// The duty in which somebody teaches a group, by row of the teachers.
    pub(in crate::ss12000) duty_of: Vec<Option<u32>>,
    /// Rows of the teachers by duty.
    pub(in crate::ss12000) taught: Vec<Vec<u32>>,
    /// The duty of a mentor's group.
    pub(in crate::ss12000) mentor_of: BTreeMap<u32, u32>,
    /// Mentors' groups by duty.
    pub(in crate::ss12000) mentored: Vec<Vec<u32>>,
    /// Guardians by child: rows of the guardians.
    pub(in crate::ss12000) guardians: Vec<Vec<u32>>,
    /// Children by guardian: rows of the guardians.
    pub(in crate::ss12000) children: Vec<Vec<u32>>,
    /// Persons by school that they are enrolled at, in order.
    pub(in crate::ss12000) pupils_at: Vec<Vec<u32>>,
    /// Duties by school.
    pub(in crate::ss12000) duties_at: Vec<Vec<u32>>,
    /// Groups by school.
    pub(in crate::ss12000) groups_at: Vec<Vec<u32>>,
    /// Every subject and course, in order.
    pub(in crate::ss12000) courses: Vec<Course>,
    /// The course of a group: its place in `courses`.
    pub(in crate::ss12000) course_of: Vec<Option<u32>>,
}

fn id(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn push(lists: &mut [Vec<u32>], at: u32, value: usize) {
    if let Some(list) = lists.get_mut(at as usize) {
        list.push(id(value));
    }
}

/// One of the lists, or an empty one.
pub(in crate::ss12000) fn list(lists: &[Vec<u32>], at: u32) -> &[u32] {
    lists.get(at as usize).map_or(&[], Vec::as_slice)
}

impl Links {
    pub(super) fn of(town: &Town, style: &Style) -> Self {
        let lists = |many: usize| vec![Vec::new(); many];
        let (persons, schools, groups) =
            (town.persons.len(), town.schools.len(), town.groups.len());
        let mut links = Self {
            enrolments: lists(persons),
            duties: lists(persons),
            groups: lists(persons),
            guardians: lists(persons),
            children: lists(persons),
            members: lists(groups),
            teachers: lists(groups),
            duty_of: vec![None; town.teachers.len()],
            taught: lists(town.duties.len()),
            mentored: lists(town.duties.len()),
            pupils_at: lists(schools),
            duties_at: lists(schools),
            groups_at: lists(schools),
            ..Self::default()
        };
        if style.has(&Fault::EmptyRegister) {
            return links;
        }
        let lost = style.has(&Fault::SchoolLost).then_some(0);
        links.places(town, lost);
        links.groups(town, lost);
        links.teachers(town);
        links.mentors(town);
        for (at, it) in town.guardians.iter().enumerate() {
            let here = |at: u32| town.persons.get(at as usize).is_some_and(|it| town.present(it));
            if here(it.child) && here(it.guardian) {
                push(&mut links.guardians, it.child, at);
                push(&mut links.children, it.guardian, at);
            }
        }
        links
    }

    fn places(&mut self, town: &Town, lost: Option<u32>) {
        for (at, it) in town.enrolments.iter().enumerate() {
            if town.shows(it.validity) && Some(it.school) != lost {
                push(&mut self.enrolments, it.person, at);
                push(&mut self.pupils_at, it.school, it.person as usize);
            }
        }
        for of_school in &mut self.pupils_at {
            of_school.sort_unstable();
            of_school.dedup();
        }
        for (at, it) in town.duties.iter().enumerate() {
            if town.shows(it.validity) && Some(it.school) != lost {
                push(&mut self.duties, it.person, at);
                push(&mut self.duties_at, it.school, at);
            }
        }
    }

    fn groups(&mut self, town: &Town, lost: Option<u32>) {
        let mut courses = BTreeMap::new();
        let mut of_group = vec![None; town.groups.len()];
        for (at, it) in town.groups.iter().enumerate() {
            if !town.shows(it.validity) || Some(it.school) == lost {
                continue;
            }
            push(&mut self.groups_at, it.school, at);
            let (code, name) = it.course.clone();
            if let (false, Some(place)) = (code.is_empty(), of_group.get_mut(at)) {
                let course = Course { form: it.grade.code(), code, name };
                courses.insert(course.clone(), 0);
                *place = Some(course);
            }
        }
        for (at, place) in courses.values_mut().enumerate() {
            *place = id(at);
        }
        self.course_of = of_group.into_iter().map(|it| courses.get(&it?).copied()).collect();
        self.courses = courses.into_keys().collect();
        let shown: Vec<bool> = {
            let mut shown = vec![false; town.groups.len()];
            for &at in self.groups_at.iter().flatten() {
                if let Some(it) = shown.get_mut(at as usize) {
                    *it = true;
                }
            }
            shown
        };
        let here = |it: &Membership| {
            town.shows(it.validity) && shown.get(it.group as usize).copied().unwrap_or(false)
        };
        for (at, it) in town.memberships.iter().enumerate().filter(|it| here(it.1)) {
            push(&mut self.members, it.group, at);
            push(&mut self.groups, it.person, at);
        }
        for (at, it) in town.teachers.iter().enumerate().filter(|it| here(it.1)) {
            push(&mut self.teachers, it.group, at);
        }
    }

    /// SS12000 tells who teaches by the duty: the one at the group's school, else any.
    fn teachers(&mut self, town: &Town) {
        for &at in self.teachers.iter().flatten() {
            let Some(it) = town.teachers.get(at as usize) else { continue };
            let school = town.groups.get(it.group as usize).map(|it| it.school);
            let own = list(&self.duties, it.person);
            let duty = |at: &&u32| town.duties.get(**at as usize);
            let here = own.iter().find(|at| duty(at).map(|it| it.school) == school);
            let Some(&found) = here.or(own.first()) else { continue };
            if let Some(place) = self.duty_of.get_mut(at as usize) {
                *place = Some(found);
            }
            push(&mut self.taught, found, at as usize);
        }
    }

    /// The mentors' groups of a school go round among its teachers.
    fn mentors(&mut self, town: &Town) {
        for (school, groups) in self.groups_at.iter().enumerate() {
            let teaching =
                |at: &&u32| town.duties.get(**at as usize).is_some_and(|it| it.role == "Lärare");
            let of_school: Vec<u32> =
                list(&self.duties_at, id(school)).iter().filter(teaching).copied().collect();
            let mentors = groups
                .iter()
                .filter(|at| town.groups.get(**at as usize).is_some_and(|it| it.kind == "Mentor"));
            for (&group, &duty) in mentors.zip(of_school.iter().cycle()) {
                self.mentor_of.insert(group, duty);
                push(&mut self.mentored, duty, group as usize);
            }
        }
    }
}
