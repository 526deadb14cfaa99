//! A municipality and its schools.

use crate::person::{mix, uuid};
use crate::{Person, Size};

/// A municipality: only its size and seed; schools are made when asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Municipality {
    /// How large.
    pub size: Size,
    /// What everything is derived from.
    pub seed: u64,
}

/// A group and its school year; the first groups of a school are home classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Lower-case UUID.
    pub id: String,
    /// Name, unique in the school.
    pub name: String,
    /// SS12000 `GroupType`.
    pub kind: &'static str,
}

/// A group and a person, as indexes into the school's own lists.
pub type Link = (usize, usize);

/// One school with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct School {
    /// Lower-case UUID.
    pub id: String,
    /// From 0.
    pub number: u64,
    /// Pupils and their school year (0 to 9).
    pub pupils: Vec<(Person, u64)>,
    /// Staff; the first `teachers` of them teach.
    pub staff: Vec<Person>,
    /// How many of the staff teach.
    pub teachers: usize,
    /// Groups.
    pub groups: Vec<Group>,
    /// Group and pupil.
    pub memberships: Vec<Link>,
    /// Group and member of staff.
    pub assignments: Vec<Link>,
}

impl Municipality {
    /// A municipality of this size.
    #[must_use]
    pub const fn generate(size: Size, seed: u64) -> Self {
        Self { size, seed }
    }

    /// Its schools, one at a time.
    pub fn schools(self) -> impl Iterator<Item = School> {
        (0..self.size.counts().units).map(move |number| self.school(number))
    }

    /// Every protected person.
    #[must_use]
    pub fn canaries(self) -> Vec<Person> {
        self.schools()
            .flat_map(|s| s.pupils.into_iter().map(|(p, _)| p).chain(s.staff))
            .filter(|p| p.canary.is_some())
            .collect()
    }

    fn school(self, number: u64) -> School {
        let (all, seed) = (self.size.counts(), self.seed);
        let share = |total: u64| (number * total / all.units, (number + 1) * total / all.units);
        let count = |total: u64| {
            let (from, to) = share(total);
            to - from
        };
        let (first, last) = share(all.pupils);
        let pupils: Vec<_> = (first..last)
            .map(|n| {
                let canary = n % 500 == 7 || (number == 0 && (n == 1 || n + 1 == last));
                (Person::new(seed, 0, n, (2019 - n % 10, n / 10), canary), n % 10)
            })
            .collect();
        let (first, last) = share(all.staff);
        let staff = (first..last)
            .map(|n| Person::new(seed, 1, n, (1960 + n % 40, n / 40), n % 333 == 3))
            .collect();
        let (classes, groups) = (count(all.classes), count(all.groups));
        let teachers = count(all.teachers);
        School {
            id: uuid(seed, 2, number),
            number,
            memberships: memberships(number, &pupils, (classes, groups), count(all.memberships)),
            assignments: (0..count(all.assignments))
                .map(|n| {
                    (
                        index(n % groups.max(1)),
                        index((n % groups.max(1) + n / groups.max(1)) % teachers.max(1)),
                    )
                })
                .collect(),
            pupils,
            staff,
            teachers: index(teachers),
            groups: (0..groups).map(|n| group(mix(seed, number), n, classes)).collect(),
        }
    }
}

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn group(seed: u64, n: u64, classes: u64) -> Group {
    let home = n < classes;
    let name = match n - if home { 0 } else { classes.min(n) } {
        0 if !home => "Svenska; \"läsa\"\n🎵".to_owned(),
        1 if !home => "=1+1".to_owned(),
        at if home => format!("{}-{}", at % 10, at / 10 + 1),
        at => format!("Grupp {at} Åäö"),
    };
    Group { id: uuid(seed, 3, n), name, kind: if home { "Klass" } else { "Undervisning" } }
}

/// One home class each, the rest spread evenly over the other groups.
fn memberships(
    number: u64,
    pupils: &[(Person, u64)],
    (classes, groups): (u64, u64),
    total: u64,
) -> Vec<Link> {
    let many = pupils.len() as u64;
    // The first school keeps its last class for five pupils, one of them a canary.
    let small = number == 0 && classes > 1 && many > 5;
    let open = classes - u64::from(small);
    let mut links = Vec::with_capacity(index(total));
    for (at, (_, year)) in (0u64..).zip(pupils) {
        let parallel = (open + 9).saturating_sub(*year) / 10;
        let class = if small && at + 5 >= many {
            classes - 1
        } else if parallel == 0 {
            year % open.max(1)
        } else {
            year + 10 * (at / 10 % parallel)
        };
        links.push((index(class), index(at)));
    }
    let (rest, teaching) = (total.saturating_sub(many), groups - classes);
    for n in 0..if teaching == 0 || many == 0 { 0 } else { rest.min(many * teaching) } {
        let (at, round) = (n % many, n / many);
        links.push((index(classes + (at * teaching / many + round) % teaching), index(at)));
    }
    links
}
