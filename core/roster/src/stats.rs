//! How much a register holds, for guards that compare it with the last good read.
//!
//! Rows are counted whatever their dates: a relation that has ended still shows that its
//! row was read, so a term that ends does not look like a lost file (K210).

use std::collections::BTreeMap;

use crate::codec::{CodecError, Reader, Writer};
use crate::index::{InGroups, Places};
use crate::{Key, PersonReader, PersonRecord, Roster, SpoolError};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Count {
    /// School units.
    Schools,
    /// Groups.
    Groups,
    /// Persons; of a school: with an enrolment or a duty there.
    Persons,
    /// Persons with an enrolment.
    Pupils,
    /// Duties.
    Duties,
    /// Memberships; of a school: in its groups.
    Memberships,
    /// Groups taught; of a school: its groups.
    Teachings,
    /// Adults who answer for a child. Not counted per school.
    Responsibles,
    /// Groups of which it is known what course or subject is taught.
    Courses,
}

impl Count {
    /// Everything that is counted.
    pub const ALL: &[Self] = &[
        Self::Schools,
        Self::Groups,
        Self::Persons,
        Self::Pupils,
        Self::Duties,
        Self::Memberships,
        Self::Teachings,
        Self::Responsibles,
        Self::Courses,
    ];
}

/// One number of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([u64; Count::ALL.len()]);

impl Counts {
    /// How many there are of a kind.
    #[must_use]
    pub fn get(&self, count: Count) -> u64 {
        self.0[count as usize]
    }

    /// Counts one more, or several.
    pub fn add(&mut self, count: Count, more: u64) {
        self.0[count as usize] += more;
    }

    fn join(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own += other);
    }
}

/// How much a register holds. Protected persons are in no number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// In all.
    pub total: Counts,
    /// Per school unit that the register names.
    pub schools: BTreeMap<Key, Counts>,
    /// Persons with an enrolment in a school unit and årskurs; years above 15 as 15.
    pub years: BTreeMap<(Key, u8), u64>,
    /// Persons with a relation to a school or group that is not there, and persons who are
    /// not there themselves.
    pub dangling: u64,
    /// Persons, schools and groups that one source describes twice, differently.
    pub repeated: u64,
}

const YEARS: usize = 16;

/// Counts a roster while its persons pass.
pub struct StatsPass<'a> {
    places: &'a Places,
    total: Counts,
    schools: Vec<Counts>,
    years: Vec<[u64; YEARS]>,
    dangling: u64,
    repeated: u64,
}

impl<'a> StatsPass<'a> {
    /// A pass over `roster`, whose schools and groups are counted at once.
    #[must_use]
    pub fn new(roster: &Roster, places: &'a Places) -> Self {
        let mut schools = vec![Counts::default(); places.schools.len()];
        for school in &mut schools {
            school.add(Count::Schools, 1);
        }
        for school in places.group_schools.iter().flatten() {
            schools[*school as usize].add(Count::Groups, 1);
        }
        let of_course = roster.groups.values().map(|group| u64::from(group.course.is_some()));
        for (school, courses) in places.group_schools.iter().zip(of_course.clone()) {
            if let Some(school) = school {
                schools[*school as usize].add(Count::Courses, courses);
            }
        }
        let mut total = Counts::default();
        total.add(Count::Schools, roster.schools.len() as u64);
        total.add(Count::Groups, roster.groups.len() as u64);
        total.add(Count::Courses, of_course.sum());
        let years = vec![[0; YEARS]; schools.len()];
        let repeated = roster.tally.repeated_entities;
        Self { places, total, schools, years, dangling: 0, repeated }
    }

    /// A pass over some persons of the same roster, to be joined with the one that [`Self::new`]
    /// makes.
    #[must_use]
    pub fn part(places: &'a Places) -> Self {
        let schools = vec![Counts::default(); places.schools.len()];
        let years = vec![[0; YEARS]; schools.len()];
        Self { places, total: Counts::default(), schools, years, dangling: 0, repeated: 0 }
    }

    /// Adds what another pass counted.
    pub fn join(&mut self, other: &Self) {
        let Self { places: _, total, schools, years, dangling, repeated } = other;
        self.total.join(total);
        for (own, other) in self.schools.iter_mut().zip(schools) {
            own.join(other);
        }
        for (own, other) in self.years.iter_mut().zip(years) {
            own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
        }
        self.dangling += dangling;
        self.repeated += repeated;
    }

    /// Counts one person, whose groups were looked up.
    pub fn observe(&mut self, record: &PersonRecord, groups: &InGroups) {
        let PersonRecord { person: _, enrolments, duties, memberships, teachings, responsibles } =
            record;
        self.total.add(Count::Persons, 1);
        self.total.add(Count::Pupils, u64::from(!enrolments.is_empty()));
        self.total.add(Count::Duties, duties.len() as u64);
        self.total.add(Count::Memberships, memberships.len() as u64);
        self.total.add(Count::Teachings, teachings.len() as u64);
        self.total.add(Count::Responsibles, responsibles.len() as u64);
        let known = self.at_schools(record)
            & self.in_groups(Count::Memberships, &groups.memberships)
            & self.in_groups(Count::Teachings, &groups.teachings);
        self.dangling += u64::from(!known);
    }

    /// Counts enrolments and duties; says whether all schools are there.
    fn at_schools(&mut self, record: &PersonRecord) -> bool {
        let mut known = true;
        for (at, enrolment) in record.enrolments.iter().enumerate() {
            let Some(place) = self.places.schools.get(enrolment.school) else {
                known = false;
                continue;
            };
            let before = &record.enrolments[..at];
            if before.iter().all(|it| it.school != enrolment.school) {
                self.schools[place].add(Count::Pupils, 1);
                self.schools[place].add(Count::Persons, 1);
            }
            let seen = |it: &crate::Enrolment| {
                it.school == enrolment.school && it.school_year == enrolment.school_year
            };
            if let Some(year) = enrolment.school_year.filter(|_| !before.iter().any(seen)) {
                self.years[place][usize::from(year).min(YEARS - 1)] += 1;
            }
        }
        for (at, duty) in record.duties.iter().enumerate() {
            let Some(place) = self.places.schools.get(duty.school) else {
                known = false;
                continue;
            };
            self.schools[place].add(Count::Duties, 1);
            let seen = record.duties[..at].iter().any(|it| it.school == duty.school)
                || record.enrolments.iter().any(|it| it.school == duty.school);
            self.schools[place].add(Count::Persons, u64::from(!seen));
        }
        known
    }

    /// Counts relations to groups; says whether all groups are there.
    fn in_groups(&mut self, count: Count, groups: &[Option<u32>]) -> bool {
        let mut known = true;
        for group in groups {
            let Some(place) = *group else {
                known = false;
                continue;
            };
            if let Some(school) = self.places.school_of(place as usize) {
                self.schools[school].add(count, 1);
            }
        }
        known
    }

    /// Counts what a reader saw that is in no record, when it is at its end.
    pub fn ended(&mut self, reader: &PersonReader<'_>) {
        self.dangling += reader.stray_persons();
        self.repeated += reader.repeated();
    }

    /// The counts.
    #[must_use]
    pub fn finish(self) -> Stats {
        let keyed = |(place, counts)| Some((self.places.schools.key(place)?, counts));
        let schools: BTreeMap<Key, Counts> =
            self.schools.into_iter().enumerate().filter_map(keyed).collect();
        let mut years = BTreeMap::new();
        for (&school, counts) in schools.keys().zip(&self.years) {
            for (year, &count) in (0_u8..).zip(counts).filter(|&(_, &count)| count > 0) {
                years.insert((school, year), count);
            }
        }
        Stats {
            total: self.total,
            schools,
            years,
            dangling: self.dangling,
            repeated: self.repeated,
        }
    }
}

impl Stats {
    /// Counts a whole roster in a pass of its own.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when its rows cannot be read.
    pub fn of(roster: &Roster) -> Result<Self, SpoolError> {
        let (places, mut groups) = (Places::of(roster), InGroups::default());
        let mut pass = StatsPass::new(roster, &places);
        let mut reader = roster.persons()?;
        while let Some(record) = reader.next_person()? {
            places.look_up(&record, &mut groups);
            pass.observe(&record, &groups);
        }
        pass.ended(&reader);
        Ok(pass.finish())
    }

    /// Appends the stored form.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let Self { total, schools, years, dangling, repeated } = self;
        let mut w = Writer(out);
        w.byte(VERSION);
        write_counts(&mut w, total);
        w.length(schools.len());
        for (school, counts) in schools {
            w.key(*school);
            write_counts(&mut w, counts);
        }
        w.length(years.len());
        for ((school, year), count) in years {
            w.key(*school);
            w.byte(*year);
            write_number(&mut w, *count);
        }
        write_number(&mut w, *dangling);
        write_number(&mut w, *repeated);
    }

    /// Reads the stored form.
    ///
    /// # Errors
    ///
    /// [`CodecError`] when it is damaged or of another version.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut r = Reader(bytes);
        // The first version knew nothing of courses.
        let counted = match r.byte()? {
            VERSION => Count::ALL.len(),
            1 => Count::Courses as usize,
            _ => return Err(CodecError),
        };
        let mut stats = Self { total: read_counts(&mut r, counted)?, ..Self::default() };
        for _ in 0..r.length()? {
            stats.schools.insert(r.key()?, read_counts(&mut r, counted)?);
        }
        for _ in 0..r.length()? {
            stats.years.insert((r.key()?, r.byte()?), r.length()? as u64);
        }
        stats.dangling = r.length()? as u64;
        stats.repeated = r.length()? as u64;
        if r.0.is_empty() { Ok(stats) } else { Err(CodecError) }
    }
}

const VERSION: u8 = 2;

fn write_number(w: &mut Writer<'_>, number: u64) {
    w.length(usize::try_from(number).unwrap_or(usize::MAX));
}

fn write_counts(w: &mut Writer<'_>, counts: &Counts) {
    for &count in &counts.0 {
        write_number(w, count);
    }
}

fn read_counts(r: &mut Reader<'_>, counted: usize) -> Result<Counts, CodecError> {
    let mut counts = Counts::default();
    for count in counts.0.iter_mut().take(counted) {
        *count = r.length()? as u64;
    }
    Ok(counts)
}
