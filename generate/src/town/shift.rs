//! The shifts of term and school year (reference/sizing.md §4.4).

use std::collections::{BTreeMap, BTreeSet};

use super::index::{Index, list};
use super::parts::{Duty, Enrolment, Membership, Section, Validity};
use super::{Town, id};
use crate::Day;
use crate::person::Kind;
use crate::rng::{Rng, uuid};
use crate::school::{Form, Grade, class_name};

impl Town {
    /// K060: goes to the next 7 January, when 40 % of the groups of the gymnasium and 6 % of
    /// the others are replaced by groups with new ids and the same members and teachers.
    pub fn shift_term(&mut self) {
        let (year, _, _) = self.today.date();
        let this = Day::new(year, 1, 7);
        self.today = if this > self.today { this } else { Day::new(year + 1, 1, 7) };
        let mut rng = Rng::of(&[self.origin.seed, 0x7e4, self.today.number()]);
        let index = Index::of(self);
        let mut replaced = BTreeMap::new();
        for group in index.teaching.concat() {
            let Some(mut new) = self.groups.get(group as usize).cloned() else { continue };
            let share = if new.grade.form == Form::Gy { 40 } else { 6 };
            if rng.percent(share) {
                new.id = uuid(self.origin.seed, 10, self.row());
                new.validity.start = self.today;
                replaced.insert(group, id(self.groups.len()));
                self.groups.push(new);
                if let Some(old) = self.groups.get_mut(group as usize) {
                    old.validity.stop(self.today.plus(-1));
                }
            }
        }
        let today = self.today;
        for links in [&mut self.memberships, &mut self.teachers] {
            let mut new = Vec::new();
            for it in links.iter_mut().filter(|it| it.validity.holds(today)) {
                if let Some(&group) = replaced.get(&it.group) {
                    let validity = Validity { start: today, ..it.validity };
                    new.push(Membership { group, validity, ..*it });
                    it.validity.stop(today.plus(-1));
                }
            }
            links.extend(new);
        }
    }

    /// K061: goes to the first day of the next school year.
    ///
    /// Of the home classes 70 % keep their id and get a new name, the rest and 90 % of the
    /// other groups are new; the last year leaves, a first year enters, years 4 and 7 and
    /// those who go on to a gymnasium change school; 12 % of the staff are replaced.
    pub fn shift_school_year(&mut self) {
        let (start, end) = self.today.school_year_days();
        // On the last day, what holds is what goes on.
        self.today = if self.today < start { start } else { end };
        let index = Index::of(self);
        let next = end.plus(60).school_year_days();
        self.today = next.0;
        let mut year = Year {
            validity: Validity::between(next),
            last: end,
            rng: Rng::of(&[self.origin.seed, 0x1a5, self.today.number()]),
            groups: BTreeMap::new(),
            classes: BTreeMap::new(),
            town: self,
            index,
        };
        year.groups();
        let left = year.pupils();
        let staff = year.staff();
        self.end_of(&left, end);
        self.end_of(&staff, end);
    }
}

/// A new school year under way.
struct Year<'a> {
    town: &'a mut Town,
    /// What held on the last day of the old year.
    index: Index,
    rng: Rng,
    validity: Validity,
    last: Day,
    /// Old group to new.
    groups: BTreeMap<u32, u32>,
    /// New home classes of a school and grade.
    classes: BTreeMap<(u32, Grade), Vec<u32>>,
}

impl Year<'_> {
    fn groups(&mut self) {
        for group in self.index.classes.concat() {
            let Some(old) = self.town.groups.get(group as usize).cloned() else { continue };
            let grade = next_grade(old.grade);
            // The class of the last year makes way for one of the first.
            let first = first_grade(old.grade.form);
            let keep = grade.is_some() && self.rng.percent(70);
            let grade = grade.unwrap_or(first);
            let parallel = self.classes.get(&(old.school, grade)).map_or(0, Vec::len);
            let name = class_name(grade, parallel as u64);
            let at = self.go_on(group, Section { name, grade, ..old.clone() }, keep);
            if grade != first {
                self.groups.insert(group, at);
            }
            self.classes.entry((old.school, grade)).or_default().push(at);
        }
        for group in self.index.teaching.concat() {
            let Some(old) = self.town.groups.get(group as usize).cloned() else { continue };
            let keep = self.rng.percent(10);
            let at = self.go_on(group, old, keep);
            self.groups.insert(group, at);
        }
    }

    /// The group in the new year: the same row, or a new one.
    fn go_on(&mut self, old: u32, new: Section, keep: bool) -> u32 {
        if let (true, Some(it)) = (keep, self.town.groups.get_mut(old as usize)) {
            *it = new;
            it.validity.end = self.validity.end;
            return old;
        }
        let row = self.town.row();
        let id_of = uuid(self.town.origin.seed, 11, row);
        self.town.groups.push(Section { id: id_of, validity: self.validity, ..new });
        id(self.town.groups.len() - 1)
    }

    /// Those who go on, then new ones for those who left; the leavers are told.
    fn pupils(&mut self) -> BTreeSet<u32> {
        let (mut left, mut room) = (BTreeSet::new(), Vec::new());
        for at in self.index.pupils.clone() {
            let Some(&old) = self.town.enrolments.get(at as usize) else { continue };
            let (grade, school) = match next_grade(old.grade) {
                Some(grade) if grade.form == Form::Gr && matches!(grade.year, 4 | 7) => {
                    (grade, self.town.next_school(old.school as usize, Form::Gr))
                }
                Some(grade) => (grade, old.school as usize),
                None => {
                    room.push(old);
                    let Some(found) = self.gymnasium(&old) else {
                        left.insert(old.person);
                        continue;
                    };
                    found
                }
            };
            self.go_to(&old, id(school), grade);
        }
        for old in room {
            let grade = first_grade(old.grade.form);
            // A place in the gymnasium is taken by a pupil of the municipality.
            if grade.form == Form::Gr {
                let born = grade.birth_year(self.town.today.school_year());
                let person = self.town.new_person(Kind::Pupil, born);
                self.go_to(&Enrolment { person, ..old }, old.school, grade);
            }
        }
        left
    }

    /// Where a pupil of year 9 goes on, when there is a gymnasium.
    fn gymnasium(&mut self, old: &Enrolment) -> Option<(Grade, usize)> {
        let school = self.town.next_school(old.school as usize, Form::Gy);
        let form = self.town.schools.get(school)?.form;
        // As many as leave the gymnasium; the others go to one of another municipality.
        let found = old.grade.form == Form::Gr && form == Some(Form::Gy) && self.rng.percent(67);
        found.then_some((first_grade(Form::Gy), school))
    }

    fn go_to(&mut self, old: &Enrolment, school: u32, grade: Grade) {
        let (person, validity) = (old.person, self.validity);
        self.town.enrol(person, school, grade, validity);
        let old_links: Vec<u32> = list(&self.index.of_person, person)
            .iter()
            .filter_map(|at| self.town.memberships.get(*at as usize))
            .map(|it| it.group)
            .collect();
        let here = list(&self.index.teaching, school);
        let first = usize::try_from(self.rng.below(here.len() as u64)).unwrap_or(0);
        let mut elsewhere = here.iter().cycle().skip(first).take(here.len());
        let (mut groups, mut class) = (BTreeSet::new(), None);
        let many = if old_links.is_empty() { 4 } else { old_links.len() - 1 };
        for group in &old_links {
            let Some(&new) = self.groups.get(group) else { continue };
            match self.town.groups.get(new as usize) {
                Some(it) if it.school != school => {}
                Some(it) if it.kind != "Klass" => _ = groups.insert(new),
                Some(it) if it.grade == grade => class = Some(new),
                Some(_) | None => {}
            }
        }
        while groups.len() < many
            && let Some(group) = elsewhere.next()
        {
            groups.extend(self.groups.get(group));
        }
        let fit = self.classes.get(&(school, grade)).map_or(&[][..], Vec::as_slice);
        let class = class.or_else(|| self.rng.pick(fit));
        let links = class.into_iter().chain(groups);
        self.town.memberships.extend(links.map(|group| Membership { group, person, validity }));
    }

    /// Teachers go on with their groups; the staff who leave are told.
    fn staff(&mut self) -> BTreeSet<u32> {
        let mut left = BTreeMap::new();
        let duties: Vec<Duty> =
            self.town.duties.iter().filter(|it| it.validity.holds(self.last)).copied().collect();
        for old in duties {
            if !left.contains_key(&old.person) && self.rng.percent(12) {
                let age = i32::try_from(self.rng.below(30)).unwrap_or(0);
                let born = self.town.today.school_year() - 28 - age;
                let person = self.town.new_person(Kind::Staff, born);
                let (number, validity) = (self.town.row(), Validity::since(self.validity.start));
                self.town.duties.push(Duty { number, person, validity, ..old });
                left.insert(old.person, person);
            }
        }
        let of_old: Vec<Membership> =
            self.town.teachers.iter().filter(|it| it.validity.holds(self.last)).copied().collect();
        for old in of_old {
            if let Some(&group) = self.groups.get(&old.group) {
                let person = left.get(&old.person).copied().unwrap_or(old.person);
                self.town.teachers.push(Membership { group, person, validity: self.validity });
            }
        }
        left.into_keys().collect()
    }
}

const fn first_grade(form: Form) -> Grade {
    match form {
        Form::Gr => Grade { form, year: 0 },
        Form::Gy => Grade { form, year: 1 },
    }
}

const fn next_grade(grade: Grade) -> Option<Grade> {
    let last = match grade.form {
        Form::Gr => 9,
        Form::Gy => 3,
    };
    if grade.year < last { Some(Grade { year: grade.year + 1, ..grade }) } else { None }
}
