//! What happens in a day.

use std::collections::BTreeSet;

use super::Town;
use super::index::{Index, list};
use super::parts::{Duty, Enrolment, Human, Marking, Membership, Validity};
use crate::names::married;
use crate::person::{Draft, Kind, Person, Style};
use crate::rng::Rng;
use crate::school::Grade;

/// How often things happen in a day, per ten million (reference/sizing.md §4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Of the pupils: new ones.
    pub enter: u64,
    /// Of the pupils: those who leave.
    pub leave: u64,
    /// Of the pupils: to another school of the municipality.
    pub change_school: u64,
    /// Of the pupils: to another home class.
    pub change_class: u64,
    /// Of the memberships: one out, another in; ten times as many in the first three weeks of
    /// September and January when [`Rates::seasonal`] says so.
    pub swap: u64,
    /// Whether the seasons matter.
    pub seasonal: Seasonal,
    /// Of the pupils: another family name.
    pub rename: u64,
    /// Of the pupils: another e-mail address.
    pub email: u64,
    /// Of the pupils: a personnummer instead of a temporary number.
    pub number: u64,
    /// Of the pupils: becomes protected.
    pub protect: u64,
    /// Of the staff: new ones, and as many who leave.
    pub staff: u64,
    /// Of the groups: a substitute teacher for two weeks.
    pub substitute: u64,
    /// Of the groups: another name.
    pub group_rename: u64,
    /// Of the groups: new ones.
    pub group_new: u64,
    /// Of the groups: ended.
    pub group_end: u64,
}

/// Whether the seasons matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seasonal {
    /// Ten times as many swaps when a term has just begun.
    Yes,
    /// Every day is alike.
    No,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            enter: 2_500,
            leave: 2_500,
            change_school: 1_500,
            change_class: 2_000,
            swap: 3_000,
            seasonal: Seasonal::Yes,
            rename: 200,
            email: 300,
            number: 100,
            protect: 5,
            staff: 5_000,
            substitute: 50_000,
            group_rename: 2_000,
            group_new: 5_000,
            group_end: 3_000,
        }
    }
}

impl Rates {
    /// For measuring (reference/peers.md §3.1): of 10 000 people 40 renamed, 20 left, 20 new,
    /// 20 moved, and 10 groups with a member swapped for each 1 000 groups.
    #[must_use]
    pub const fn one_percent() -> Self {
        Self {
            enter: 22_223,
            leave: 22_223,
            change_school: 22_223,
            change_class: 0,
            swap: 42_554,
            seasonal: Seasonal::No,
            rename: 44_445,
            email: 0,
            number: 0,
            protect: 0,
            staff: 0,
            substitute: 0,
            group_rename: 0,
            group_new: 0,
            group_end: 0,
        }
    }
}

/// How often each thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayLog {
    /// New pupils.
    pub entered: usize,
    /// Pupils who left.
    pub left: usize,
    /// Pupils at another school.
    pub moved_school: usize,
    /// Pupils in another home class.
    pub moved_class: usize,
    /// Pupils with another family name.
    pub renamed: usize,
    /// Pupils with another e-mail address.
    pub emails: usize,
    /// Pupils with a personnummer instead of a temporary number.
    pub numbers: usize,
    /// Pupils who became protected.
    pub protected: usize,
    /// Memberships ended for another pupil's.
    pub swapped: usize,
    /// New staff.
    pub staff_entered: usize,
    /// Staff who left.
    pub staff_left: usize,
    /// Substitute teachers.
    pub substitutes: usize,
    /// Groups with another name.
    pub groups_renamed: usize,
    /// New groups.
    pub groups_new: usize,
    /// Ended groups.
    pub groups_ended: usize,
}

impl Town {
    /// The next day, with what happens in an ordinary one.
    ///
    /// The same town and day give the same events. Whoever leaves has yesterday as the last
    /// day, and is gone from the export 30 days later.
    pub fn next_day(&mut self) -> DayLog {
        self.next_day_with(&Rates::default())
    }

    /// The next day, with these rates.
    pub fn next_day_with(&mut self, rates: &Rates) -> DayLog {
        self.today = self.today.plus(1);
        let rng = Rng::of(&[self.origin.seed, 0xda1, self.today.number()]);
        let index = Index::of(self);
        let gone = (BTreeSet::new(), BTreeSet::new());
        let mut step =
            Step { town: self, index, rng, gone, touched: BTreeSet::new(), log: DayLog::default() };
        step.pupils(rates);
        step.details(rates);
        step.staff(rates);
        step.groups(rates);
        step.close();
        step.log
    }

    /// Today as a new row's interval, to the end of the school year.
    pub(super) fn starting_today(&self) -> Validity {
        Validity { start: self.today, end: Some(self.today.school_year_days().1) }
    }

    /// A new pupil, with neither school nor groups.
    pub(super) fn new_person(&mut self, kind: Kind, birth_year: i32) -> u32 {
        self.numbers.person += 1;
        let newest = self.origin.today.school_year() - 6;
        let first = if birth_year > newest { 0 } else { 13_000 };
        let rank = self.numbers.ranks.entry(birth_year).or_insert(first);
        *rank += 1;
        let draft = Draft {
            kind,
            number: self.numbers.person,
            birth_year,
            rank: *rank,
            style: Style::Ordinary,
            names: self.origin.names,
        };
        let mut person = Person::new(self.origin.seed, draft);
        if kind == Kind::Pupil && self.numbers.person.is_multiple_of(10) {
            let date = person.birth_date.replace('-', "");
            person.identity_number = format!("{date}-TF{:02}", self.numbers.person / 10 % 100);
        }
        self.push_person(person)
    }

    pub(super) fn enrol(&mut self, person: u32, school: u32, grade: Grade, validity: Validity) {
        let number = self.row();
        self.enrolments.push(Enrolment { number, person, school, grade, validity });
    }
}

/// One day under way.
pub(super) struct Step<'a> {
    pub(super) town: &'a mut Town,
    pub(super) index: Index,
    pub(super) rng: Rng,
    /// Persons and groups whose relations end yesterday.
    pub(super) gone: (BTreeSet<u32>, BTreeSet<u32>),
    /// Persons to whom something has happened.
    pub(super) touched: BTreeSet<u32>,
    pub(super) log: DayLog,
}

impl Step<'_> {
    fn pupils(&mut self, rates: &Rates) {
        let all = self.index.pupils.len();
        for _ in 0..self.rng.hits(all, rates.leave) {
            if let Some(it) = self.any_pupil() {
                self.log.left += usize::from(self.gone.0.insert(it.person));
            }
        }
        for _ in 0..self.rng.hits(all, rates.enter) {
            if let Some(like) = self.any_pupil() {
                let born = like.grade.birth_year(self.town.today.school_year());
                let person = self.town.new_person(Kind::Pupil, born);
                self.place(person, like.school, like.grade, 4);
                self.log.entered += 1;
            }
        }
        for _ in 0..self.rng.hits(all, rates.change_school) {
            self.change_school();
        }
        for _ in 0..self.rng.hits(all, rates.change_class) {
            self.change_class();
        }
        let (_, month, day) = self.town.today.date();
        let busy = rates.seasonal == Seasonal::Yes && matches!(month, 1 | 9) && day <= 21;
        let swap = rates.swap * if busy { 10 } else { 1 };
        for _ in 0..self.rng.hits(self.town.memberships.len(), swap) {
            // Many draws hit a home class or a membership that has ended.
            self.log.swapped += usize::from((0..50).any(|_| self.swap()));
        }
    }

    fn details(&mut self, rates: &Rates) {
        let all = self.index.pupils.len();
        for _ in 0..self.rng.hits(all, rates.rename) {
            let name = married(Rng::of(&[self.rng.next()]));
            self.log.renamed += usize::from(self.edit(|it| {
                // A double name when the new one is the old one.
                let old = &mut it.person.family_name;
                *old = if *old == name { format!("{name}-{name}") } else { name };
            }));
        }
        for _ in 0..self.rng.hits(all, rates.email) {
            let n = self.rng.below(9_000) + 1_000;
            self.log.emails += usize::from(self.edit(|it| {
                it.person.email = format!("{}.{n}@skola.example", it.person.username);
            }));
        }
        for _ in 0..self.rng.hits(all, rates.number) {
            self.number();
        }
        for _ in 0..self.rng.hits(all, rates.protect) {
            let open = |it: &&mut Human| {
                it.searchable() && it.marking == Marking::None && it.left.is_none()
            };
            if let Some(it) = self.town.persons.iter_mut().find(open) {
                it.marking = Marking::Protected;
                self.log.protected += 1;
            }
        }
    }

    fn staff(&mut self, rates: &Rates) {
        let all: Vec<_> = self
            .town
            .duties
            .iter()
            .filter(|it| it.validity.holds(self.town.today))
            .copied()
            .collect();
        for _ in 0..self.rng.hits(all.len(), rates.staff) {
            let Some(it) = self.rng.pick(&all) else { return };
            self.log.staff_left += usize::from(self.gone.0.insert(it.person));
            let age = i32::try_from(self.rng.below(30)).unwrap_or(0);
            let born = self.town.today.school_year() - 28 - age;
            let person = self.town.new_person(Kind::Staff, born);
            let (number, validity) = (self.town.row(), Validity::since(self.town.today));
            self.town.duties.push(Duty { number, person, validity, ..it });
            for _ in 0..5 {
                self.teach(it.school, person, self.town.starting_today());
            }
            self.log.staff_entered += 1;
        }
    }

    fn groups(&mut self, rates: &Rates) {
        let all: Vec<u32> = self.index.teaching.concat();
        for _ in 0..self.rng.hits(all.len(), rates.substitute) {
            let last = self.town.today.school_year_days().1;
            let end = Some(self.town.today.plus(13).min(last));
            let (Some(group), validity) =
                (self.rng.pick(&all), Validity { start: self.town.today, end })
            else {
                return;
            };
            let school = self.school_of(group);
            if let Some(person) = self.rng.pick(list(&self.index.teachers, school)) {
                let new = self.assign(Membership { group, person, validity });
                self.log.substitutes += usize::from(new);
            }
        }
        for _ in 0..self.rng.hits(all.len(), rates.group_rename) {
            let n = self.rng.below(900) + 100;
            if let Some(it) =
                self.rng.pick(&all).and_then(|at| self.town.groups.get_mut(at as usize))
            {
                it.name = format!("{} ({n})", it.name);
                self.log.groups_renamed += 1;
            }
        }
        for _ in 0..self.rng.hits(all.len(), rates.group_end) {
            if let Some(group) = self.rng.pick(&all) {
                self.log.groups_ended += usize::from(self.gone.1.insert(group));
            }
        }
        for _ in 0..self.rng.hits(all.len(), rates.group_new) {
            if let Some(like) = self.rng.pick(&all) {
                self.new_group(like);
            }
        }
    }
}
