//! The ordinary mistakes of a register.

use super::Town;
use super::parts::{Unit, Validity};
use crate::rng::uuid;
use crate::school::Form;

impl Town {
    /// Mistakes that every register has; protected persons are left as they are.
    ///
    /// 0.5 % of the pupils lack an e-mail address, 1 % of the groups a teacher; one pair of
    /// pupils shares a sign-in name, another a temporary number; one pupil has no class; a
    /// preschool has no code; two memberships end before they start; a school has two groups
    /// with the same name.
    pub(super) fn add_defects(&mut self) {
        let pupils = usize::try_from(self.origin.size.counts().pupils).unwrap_or(0);
        let open: Vec<usize> = self
            .enrolments
            .iter()
            .take(pupils)
            .map(|it| it.person as usize)
            .filter(|at| self.persons.get(*at).is_some_and(|it| !it.searchable()))
            .collect();
        for &at in open.iter().skip(20).step_by(200) {
            if let Some(it) = self.persons.get_mut(at) {
                it.person.email.clear();
            }
        }
        self.share_names(&open);
        if let Some(&alone) = open.get(15) {
            let groups = &self.groups;
            self.memberships.retain(|it| {
                it.person as usize != alone
                    || groups.get(it.group as usize).is_none_or(|group| group.kind != "Klass")
            });
        }
        self.teachers.retain(|it| it.group % 100 != 9);
        for link in self.memberships.iter_mut().skip(30).step_by(11).take(2) {
            link.validity = Validity { start: self.today.plus(3), end: Some(self.today) };
        }
        self.same_group_name();
        self.schools.push(Unit {
            id: uuid(self.origin.seed, 2, 1_000_000),
            code: String::new(),
            name: "Förskolan Äppelgården".to_owned(),
            form: None,
        });
    }

    /// K073: two persons with one sign-in name, two with one temporary number.
    fn share_names(&mut self, open: &[usize]) {
        let [Some(&a), Some(&b), Some(&c), Some(&d)] = [8, 9, 12, 13].map(|at| open.get(at)) else {
            return;
        };
        let name = self.persons.get(a).map(|it| it.person.username.clone()).unwrap_or_default();
        let born = self.persons.get(c).map(|it| it.person.birth_date.clone()).unwrap_or_default();
        if let Some(it) = self.persons.get_mut(b) {
            it.person.username = name;
        }
        for at in [c, d] {
            if let Some(it) = self.persons.get_mut(at) {
                it.person.birth_date.clone_from(&born);
                it.person.identity_number = format!("{}-TF10", born.replace('-', ""));
            }
        }
    }

    fn same_group_name(&mut self) {
        let teaching = |at: &usize| {
            self.groups.get(*at).is_some_and(|it| it.kind != "Klass" && it.grade.form == Form::Gr)
        };
        let found: Vec<_> = (0..self.groups.len()).filter(teaching).skip(4).take(2).collect();
        if let [a, b] = found[..] {
            let name = self.groups.get(a).map(|it| it.name.clone()).unwrap_or_default();
            if let Some(it) = self.groups.get_mut(b) {
                it.name = name;
            }
        }
    }
}
