//! A town from its schools.

use super::parts::{
    Duty, Enrolment, Guardian, Human, Marking, Membership, Section, Unit, Validity,
};
use super::parts::{Guardians, Mentors, Numbers, Quality, Settings};
use super::{Town, id};
use crate::person::{Draft, Kind, Style};
use crate::rng::uuid;
use crate::{Municipality, Person, School};

impl Municipality {
    /// The whole municipality in memory: 100 bytes a membership, 500 a person.
    #[must_use]
    pub fn town(self, settings: Settings) -> Town {
        let mut town = Town {
            origin: self,
            today: self.today,
            schools: Vec::new(),
            persons: Vec::new(),
            enrolments: Vec::new(),
            duties: Vec::new(),
            groups: Vec::new(),
            memberships: Vec::new(),
            teachers: Vec::new(),
            guardians: Vec::new(),
            numbers: Numbers { person: 5_000_000, ..Numbers::default() },
        };
        for school in self.schools() {
            town.add(school);
        }
        town.second_duties();
        town.second_schools();
        match settings.mentors {
            Mentors::With => town.add_mentors(),
            Mentors::Without => {}
        }
        match settings.guardians {
            Guardians::With => town.add_guardians(),
            Guardians::Without => {}
        }
        match settings.quality {
            Quality::Defects => town.add_defects(),
            Quality::Clean => {}
        }
        town
    }
}

impl Town {
    pub(crate) fn row(&mut self) -> u64 {
        self.numbers.row += 1;
        self.numbers.row
    }

    pub(crate) fn push_person(&mut self, person: Person) -> u32 {
        let marking = match person.canary {
            None => Marking::None,
            Some(n) if n % 5 == 2 => Marking::Hidden,
            Some(_) => Marking::Protected,
        };
        self.persons.push(Human { person, marking, left: None });
        id(self.persons.len() - 1)
    }

    fn add(&mut self, school: School) {
        let year = Validity::between(self.today.school_year_days());
        let at = id(self.schools.len());
        self.schools.push(Unit {
            id: school.id.clone(),
            code: school.code().to_string(),
            name: school.name(),
            form: Some(school.form),
        });
        let (first_pupil, first_group) = (id(self.persons.len()), id(self.groups.len()));
        for (person, grade) in school.pupils {
            let (person, number) = (self.push_person(person), self.row());
            self.enrolments.push(Enrolment { number, person, school: at, grade, validity: year });
        }
        let first_staff = id(self.persons.len());
        self.add_staff(at, school.staff, school.teachers);
        self.groups.extend(school.groups.into_iter().map(|it| Section {
            id: it.id,
            school: at,
            name: it.name,
            kind: it.kind,
            grade: it.grade,
            course: it.course,
            validity: year,
        }));
        let link = |first: u32| {
            move |(group, person): (usize, usize)| Membership {
                group: first_group + id(group),
                person: first + id(person),
                validity: year,
            }
        };
        self.memberships.extend(school.memberships.into_iter().map(link(first_pupil)));
        self.teachers.extend(school.assignments.into_iter().map(link(first_staff)));
    }

    fn add_staff(&mut self, school: u32, staff: Vec<Person>, teachers: usize) {
        let validity = Validity::since(self.today.school_year_days().0);
        for (n, member) in staff.into_iter().enumerate() {
            let role = match n {
                n if n < teachers => "Lärare",
                n if n == teachers => "Rektor",
                _ => "Skoladministratör",
            };
            let (person, number) = (self.push_person(member), self.row());
            self.duties.push(Duty { number, person, school, role, validity });
        }
    }

    /// Teachers at two schools, until there are as many duties as asked for.
    fn second_duties(&mut self) {
        let wanted = usize::try_from(self.origin.size.counts().duties).unwrap_or(0);
        let teaching: Vec<_> =
            self.duties.iter().filter(|it| it.role == "Lärare").copied().collect();
        let more = wanted.saturating_sub(self.duties.len()).min(teaching.len());
        for n in 0..more {
            let Some(&first) = teaching.get(n * teaching.len() / more) else { continue };
            let school = (first.school + 1) % id(self.schools.len());
            let number = self.row();
            self.duties.push(Duty { number, school, ..first });
        }
    }

    /// One pupil of 40 is at two schools, with one of the groups there when there is one.
    fn second_schools(&mut self) {
        let some: Vec<_> = self.enrolments.iter().skip(11).step_by(40).copied().collect();
        let mut firsts = vec![None; self.schools.len()];
        for (at, group) in self.groups.iter().enumerate() {
            if let Some(first @ None) = firsts.get_mut(group.school as usize)
                && group.kind != "Klass"
            {
                *first = Some(id(at));
            }
        }
        let mut elsewhere = vec![None; self.persons.len()];
        for first in some {
            let Some(form) = self.schools.get(first.school as usize).and_then(|it| it.form) else {
                continue;
            };
            let school = self.next_school(first.school as usize, form);
            let number = self.row();
            self.enrolments.push(Enrolment { number, school: id(school), ..first });
            if let (Some(at), Some(&group)) =
                (elsewhere.get_mut(first.person as usize), firsts.get(school))
            {
                *at = group;
            }
        }
        // The second group of such a pupil moves to the other school.
        for link in &mut self.memberships {
            let class = self.groups.get(link.group as usize).is_some_and(|it| it.kind == "Klass");
            if let (false, Some(at)) = (class, elsewhere.get_mut(link.person as usize))
                && let Some(group) = at.take()
            {
                link.group = group;
            }
        }
    }

    fn add_mentors(&mut self) {
        let mut at = (u32::MAX, 0);
        for n in 0..self.enrolments.len() {
            let Some(&Enrolment { person, school, grade, validity, .. }) = self.enrolments.get(n)
            else {
                continue;
            };
            at = if at.0 == school { (school, at.1 + 1) } else { (school, 0) };
            if at.1 % 12 == 0 {
                self.groups.push(Section {
                    id: uuid(self.origin.seed, 7, n as u64),
                    school,
                    name: format!("Mentor {}", at.1 / 12 + 1),
                    kind: "Mentor",
                    grade,
                    course: Default::default(),
                    validity,
                });
            }
            let group = id(self.groups.len() - 1);
            self.memberships.push(Membership { group, person, validity });
        }
    }

    fn add_guardians(&mut self) {
        let (children, seed) = (self.origin.size.counts().pupils, self.origin.seed);
        let pupils: Vec<_> = {
            let many = usize::try_from(children).unwrap_or(0);
            self.enrolments.iter().take(many).map(|it| it.person).collect()
        };
        let oldest = self.today.school_year() - 60;
        let mut number = 0;
        for (n, child) in pupils.into_iter().enumerate() {
            for _ in 0..=n % 2 {
                let draft = Draft {
                    kind: Kind::Guardian,
                    number,
                    birth_year: oldest + i32::try_from(number % 34).unwrap_or(0),
                    // Above the ranks of the staff, who are born in the same years.
                    rank: 5_000 + number / 34,
                    style: Style::Ordinary,
                    names: self.origin.names,
                };
                number += 1;
                let guardian = self.push_person(Person::new(seed, draft));
                self.guardians.push(Guardian { child, guardian });
            }
        }
    }
}
