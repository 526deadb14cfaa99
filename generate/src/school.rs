//! A municipality and its schools.

use crate::names::Names;
use crate::person::{Draft, Kind, Style};
use crate::rng::{mix, uuid};
use crate::{Counts, Day, Person, Size};

/// A municipality: only its size and seed; schools are made when asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Municipality {
    /// How large.
    pub size: Size,
    /// What everything is derived from.
    pub seed: u64,
    /// The day it is seen on; school years and birth years follow from it.
    pub today: Day,
    /// Whether hard names are mixed in.
    pub names: Names,
}

/// School form and year of a pupil or class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grade {
    /// SS12000 school type.
    pub form: Form,
    /// 0 to 9, in `Form::Gy` 1 to 3.
    pub year: u8,
}

/// The school forms made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Förskoleklass and grundskola.
    Gr,
    /// Gymnasieskola.
    Gy,
}

impl Grade {
    /// The SS12000 code of the school form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match (self.form, self.year) {
            (Form::Gr, 0) => "FKLASS",
            (Form::Gr, _) => "GR",
            (Form::Gy, _) => "GY",
        }
    }

    pub(crate) fn birth_year(self, school_year: i32) -> i32 {
        let before = match self.form {
            Form::Gr => 6,
            Form::Gy => 15,
        };
        school_year - before - i32::from(self.year)
    }

    const fn of(form: Form, n: u64) -> Self {
        let year = match form {
            Form::Gr => n % 10,
            Form::Gy => 1 + n % 3,
        };
        Self { form, year: year.to_le_bytes()[0] }
    }
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
    /// School form, and for a home class the year.
    pub grade: Grade,
    /// Code and name of the course; empty for a home class.
    pub course: (String, String),
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
    /// The school form of all its groups.
    pub form: Form,
    /// Pupils and where they are.
    pub pupils: Vec<(Person, Grade)>,
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

impl School {
    /// The made-up codes 999999xx suffice for a hundred schools; larger sizes go below them.
    #[must_use]
    pub const fn code(&self) -> u64 {
        self.number + if self.number < 100 { 99_999_900 } else { 99_990_000 }
    }

    /// A name such as Bergskolan, unique in the municipality.
    #[must_use]
    pub fn name(&self) -> String {
        const STEMS: [&str; 12] = [
            "Berg", "Lind", "Sjö", "Ång", "Äng", "Kyrk", "Norr", "Söder", "Väst", "Öster", "Ek",
            "Björk",
        ];
        let stem = STEMS.get(index(self.number % 12)).copied().unwrap_or_default();
        let kind = match self.form {
            Form::Gr => "skolan",
            Form::Gy => "gymnasiet",
        };
        match self.number / 12 {
            0 => format!("{stem}{kind}"),
            more => format!("{stem}{kind} {}", more + 1),
        }
    }

    /// SS12000 school types, with `|` between.
    #[must_use]
    pub const fn forms(&self) -> &'static str {
        match self.form {
            Form::Gr => "FKLASS|GR",
            Form::Gy => "GY",
        }
    }
}

impl Municipality {
    /// A municipality of this size in the school year 2026/27.
    #[must_use]
    pub fn generate(size: Size, seed: u64) -> Self {
        Self { size, seed, today: Day::new(2026, 9, 1), names: Names::default() }
    }

    /// The same municipality on another day.
    #[must_use]
    pub const fn on(self, today: Day) -> Self {
        Self { today, ..self }
    }

    /// The same municipality with other names.
    #[must_use]
    pub const fn with(self, names: Names) -> Self {
        Self { names, ..self }
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
        let count = |total: u64| {
            let (from, to) = share(&all, number, total);
            to - from
        };
        let (form, pupils) = (form(&all, number), self.pupils(&all, number));
        let (classes, groups) = (count(all.classes), count(all.groups));
        let teachers = count(all.teachers);
        let assign = |n: u64| {
            let (group, round) = (n % groups.max(1), n / groups.max(1));
            (index(group), index((group + round) % teachers.max(1)))
        };
        School {
            id: uuid(seed, 2, number),
            number,
            form,
            memberships: memberships(
                (number, form),
                &pupils,
                (classes, groups),
                count(all.memberships),
            ),
            assignments: (0..count(all.assignments)).map(assign).collect(),
            pupils,
            staff: self.staff(share(&all, number, all.staff)),
            teachers: index(teachers),
            groups: (0..groups)
                .map(|n| group(mix(seed, number), n, classes, (form, self.names)))
                .collect(),
        }
    }

    fn pupils(self, all: &Counts, number: u64) -> Vec<(Person, Grade)> {
        let (first, last) = share(all, number, all.pupils);
        let form = form(all, number);
        let stride = all.pupils / all.units / 3 + 2;
        let pupil = |n: u64| {
            let grade = Grade::of(form, n);
            let style = match n % 500 {
                _ if number == 0 && (n == 1 || n + 1 == last) => Style::Protected,
                7 => Style::Protected,
                257 => Style::Reserved,
                _ => Style::Ordinary,
            };
            let rank = match form {
                Form::Gr => n / 10,
                Form::Gy => number / 6 * stride + (n - first) / 3,
            };
            let birth_year = grade.birth_year(self.today.school_year());
            let (kind, names) = (Kind::Pupil, self.names);
            let draft = Draft { kind, number: n, birth_year, rank, style, names };
            (Person::new(self.seed, draft), grade)
        };
        (first..last).map(pupil).collect()
    }

    fn staff(self, (first, last): (u64, u64)) -> Vec<Person> {
        let oldest = self.today.school_year() - 66;
        let member = |n: u64| {
            let style = if n % 333 == 3 { Style::Protected } else { Style::Ordinary };
            let birth_year = oldest + i32::try_from(n % 40).unwrap_or(0);
            let (kind, names) = (Kind::Staff, self.names);
            let draft = Draft { kind, number: n, birth_year, rank: n / 40, style, names };
            Person::new(self.seed, draft)
        };
        (first..last).map(member).collect()
    }
}

/// The part of a total that belongs to one school.
fn share(all: &Counts, number: u64, total: u64) -> (u64, u64) {
    (number * total / all.units, (number + 1) * total / all.units)
}

/// Every sixth school is a gymnasium, from size M.
const fn form(all: &Counts, number: u64) -> Form {
    if all.units > 10 && number % 6 == 5 { Form::Gy } else { Form::Gr }
}

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

const SUBJECTS: [(&str, &str); 16] = [
    ("SVE", "Svenska"),
    ("MAT", "Matematik"),
    ("ENG", "Engelska"),
    ("IDR", "Idrott och hälsa"),
    ("NO", "Naturorientering"),
    ("SO", "Samhällsorientering"),
    ("BIL", "Bild"),
    ("MUS", "Musik"),
    ("SLO", "Slöjd"),
    ("HKK", "Hem- och konsumentkunskap"),
    ("TEK", "Teknik"),
    ("SVA", "Svenska som andraspråk"),
    ("ML", "Modersmål"),
    ("SPA", "Spanska"),
    ("TYS", "Tyska"),
    ("FRA", "Franska"),
];

fn group(seed: u64, n: u64, classes: u64, (form, names): (Form, Names)) -> Group {
    let id = uuid(seed, 3, n);
    if n < classes {
        let (grade, at) = match form {
            Form::Gr => (Grade::of(form, n), n / 10),
            Form::Gy => (Grade::of(form, n), n / 3),
        };
        let name = class_name(grade, at);
        return Group { id, name, kind: "Klass", grade, course: Default::default() };
    }
    let at = n - classes;
    let (code, subject) = SUBJECTS.get(index(at % 16)).copied().unwrap_or_default();
    let (grade, code) = match form {
        Form::Gr => (Grade { form, year: 9 }, format!("GR{code}")),
        Form::Gy => (Grade { form, year: 1 }, format!("{code}{}", 1000 + at / 16 % 3)),
    };
    let name = match (names, at) {
        (Names::Nasty, 0) => "Svenska; \"läsa\"\n🎵/\tA".to_owned(),
        (Names::Nasty, 1) => "=1+1".to_owned(),
        (Names::Nasty | Names::Plain, _) => format!("{code} {subject} {}", at / 16 + 1),
    };
    Group { id, name, kind: "Undervisning", grade, course: (code, subject.to_owned()) }
}

/// 7A, FB, NA2C; after Z come two letters.
pub(crate) fn class_name(grade: Grade, at: u64) -> String {
    let letter = |n: u64| char::from(b'A' + (n % 26).to_le_bytes()[0]);
    let mut parallel = letter(at).to_string();
    if at >= 26 {
        parallel.insert(0, letter(at / 26 - 1));
    }
    match (grade.form, grade.year) {
        (Form::Gr, 0) => format!("F{parallel}"),
        (Form::Gr, year) => format!("{year}{parallel}"),
        (Form::Gy, year) => format!("NA{year}{parallel}"),
    }
}

/// One home class each, the rest spread evenly over the other groups.
fn memberships(
    (number, form): (u64, Form),
    pupils: &[(Person, Grade)],
    (classes, groups): (u64, u64),
    total: u64,
) -> Vec<Link> {
    let many = pupils.len() as u64;
    // The first school keeps its last class for five pupils, one of them a canary.
    let small = number == 0 && classes > 1 && many > 5;
    let open = classes - u64::from(small);
    let (years, lowest) = match form {
        Form::Gr => (10, 0),
        Form::Gy => (3, 1),
    };
    let mut links = Vec::with_capacity(index(total));
    for (at, (_, grade)) in (0u64..).zip(pupils) {
        let year = u64::from(grade.year) - lowest;
        let parallel = (open + years - 1).saturating_sub(year) / years;
        let class = if small && at + 5 >= many {
            classes - 1
        } else if parallel == 0 {
            year % open.max(1)
        } else {
            year + years * (at / years % parallel)
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
