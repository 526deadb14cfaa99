//! A municipality in memory, with dates, that lives on from day to day.

mod build;
mod churn;
mod defects;
mod events;
mod index;
mod parts;
mod shift;
mod summary;

use crate::person::{Person, identity};
use crate::rng::uuid;
use crate::school::Form;
use crate::{Day, Municipality};

pub use churn::{DayLog, Rates, Seasonal};
pub use parts::{
    Canary, Duty, Enrolment, Guardian, Human, Marking, Membership, Section, Settings, Unit,
    Validity,
};
pub use parts::{Guardians, Mentors, Quality};
pub use summary::Summary;

/// A municipality in memory. Relations refer to other rows by their index.
#[derive(Debug, Clone)]
pub struct Town {
    /// What it was made from.
    pub origin: Municipality,
    /// The day it is seen on.
    pub today: Day,
    /// School units.
    pub schools: Vec<Unit>,
    /// Pupils, staff and guardians.
    pub persons: Vec<Human>,
    /// Pupils at schools.
    pub enrolments: Vec<Enrolment>,
    /// Staff at schools.
    pub duties: Vec<Duty>,
    /// Groups.
    pub groups: Vec<Section>,
    /// Pupils in groups.
    pub memberships: Vec<Membership>,
    /// Teachers of groups.
    pub teachers: Vec<Membership>,
    /// Children and their guardians.
    pub guardians: Vec<Guardian>,
    /// Next free number of a person, and of an identity number per birth year.
    numbers: parts::Numbers,
}

impl Town {
    /// Every protected person of today, with values that occur nowhere else.
    #[must_use]
    pub fn canaries(&self) -> Vec<Canary> {
        let protected = |it: &&Human| it.marking != Marking::None && it.searchable();
        self.persons.iter().filter(protected).map(|it| Canary::of(&it.person)).collect()
    }

    /// The municipality's own id.
    #[must_use]
    pub fn owner(&self) -> String {
        uuid(self.origin.seed, 4, 0)
    }

    /// What the tables hold, rows out of date left out.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(self)
    }

    /// Marks this person as protected.
    pub fn protect(&mut self, person: usize) {
        if let Some(it) = self.persons.get_mut(person) {
            it.marking = Marking::Protected;
        }
    }

    /// Takes the mark of this person away.
    pub fn unprotect(&mut self, person: usize) {
        if let Some(it) = self.persons.get_mut(person) {
            it.marking = Marking::None;
        }
    }

    /// True while the person is in the register: 30 days after the last one.
    #[must_use]
    pub fn present(&self, it: &Human) -> bool {
        it.left.is_none_or(|day| day >= self.today.plus(-30))
    }

    /// The id of a row of [`Town::duties`].
    #[must_use]
    pub fn duty_id(&self, it: &Duty) -> String {
        uuid(self.origin.seed, 6, it.number)
    }

    /// Takes the person at this index out of the register with all relations, as if long gone.
    pub fn remove(&mut self, person: usize) {
        let gone = id(person);
        if let Some(it) = self.persons.get_mut(person) {
            it.left = Some(self.today.plus(-31));
        }
        self.enrolments.retain(|it| it.person != gone);
        self.duties.retain(|it| it.person != gone);
        self.memberships.retain(|it| it.person != gone);
        self.teachers.retain(|it| it.person != gone);
        self.guardians.retain(|it| it.child != gone && it.guardian != gone);
    }

    /// Rows that ended more than 30 days ago are not exported any more.
    #[must_use]
    pub fn shows(&self, validity: Validity) -> bool {
        validity.end.is_none_or(|end| end >= self.today.plus(-30))
    }

    pub(crate) fn fresh_identity(&mut self, birth_year: i32) -> (String, String, &'static str) {
        let next = self.numbers.ranks.entry(birth_year).or_insert(13_000);
        *next += 1;
        identity(birth_year, *next)
    }

    /// The first school with this form, counted from `after`.
    pub(crate) fn next_school(&self, after: usize, form: Form) -> usize {
        let all = self.schools.len();
        (after + 1..=after + all)
            .map(|at| at % all)
            .find(|at| self.schools.get(*at).is_some_and(|it| it.form == Some(form)))
            .unwrap_or(after)
    }
}

/// An index as the relations hold it.
pub(crate) fn id(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Canary {
    fn of(person: &Person) -> Self {
        Self {
            id: person.id.clone(),
            given_name: person.given_name.clone(),
            family_name: person.family_name.clone(),
            email: person.email.clone(),
            username: person.username.clone(),
            identity_number: person.identity_number.clone(),
        }
    }
}
