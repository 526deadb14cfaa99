//! From the rows that are kept to what the register says: the same way after a full read and
//! after a read of changes.

use std::collections::{BTreeMap, BTreeSet};

use roster::codec::{CodecError, Reader};
use roster::replica::{Origin, Replica, Row, Thing};
use roster::{
    Course, Coverage, EntityKind, Group, Intake, Interval, Key, Lack, Marking, PersonDraft, Record,
    SourceIndex, SpoolError,
};

use self::schools::{Org, Place, Schools};
use crate::notes::{Notes, Odd};
use crate::profile::{Collection, Profile, Reads};
use crate::rows::{self, Item, Lacking};

mod ahead;
mod objects;
mod schools;

/// Takes kept rows into the roster.
pub(crate) struct Mapper<'a, 'i> {
    intake: &'a mut Intake<'i>,
    profile: &'a Profile,
    municipalities: &'a [String],
    notes: &'a mut Notes,
    source: SourceIndex,
    orgs: BTreeMap<Key, Org>,
    schools: Schools,
    courses: BTreeMap<Key, Course>,
    /// The person of each duty, in order of the duties.
    duties: Vec<(Key, Key)>,
    /// Pupils of units that share a school with others, in order of the pupils.
    placed: Vec<(Key, Key)>,
    facts: BTreeMap<Key, Facts>,
    object: Gathered,
    /// The collection that is passed.
    at: Option<Collection>,
    totals: Totals,
}

/// What was passed.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    /// Heads of objects that came in this read.
    pub(crate) new_heads: u64,
    /// What was not read completely.
    pub(crate) unread: Unread,
}

/// Where a reference names nobody.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    units: BTreeSet<Key>,
    anywhere: bool,
}

impl Unread {
    /// As what was covered.
    pub(crate) fn coverage(self) -> Coverage {
        match self {
            Self { anywhere: true, .. } => Coverage::Partial,
            Self { units, .. } if units.is_empty() => Coverage::Complete,
            Self { units, .. } => Coverage::AllBut(units),
        }
    }
}

/// What activities say of a group.
#[derive(Debug, Default)]
struct Facts {
    course: Option<(String, String)>,
    marker: Option<String>,
}

/// The rows of one object, where they are needed together.
#[derive(Debug, Default)]
struct Gathered {
    thing: Option<Thing>,
    heads: u64,
    groups: Vec<Group>,
    places: Vec<Option<Key>>,
    members: Vec<(Key, Interval)>,
    activities: Vec<(Interval, Facts)>,
    taught: Vec<Key>,
    teachers: Vec<(Key, Option<Interval>)>,
}

impl<'a, 'i> Mapper<'a, 'i> {
    pub(crate) fn new(
        intake: &'a mut Intake<'i>,
        profile: &'a Profile,
        municipalities: &'a [String],
        notes: &'a mut Notes,
    ) -> Self {
        let source = intake.index();
        Self {
            intake,
            profile,
            municipalities,
            notes,
            source,
            orgs: BTreeMap::new(),
            schools: Schools::default(),
            courses: BTreeMap::new(),
            duties: Vec::new(),
            placed: Vec::new(),
            facts: BTreeMap::new(),
            object: Gathered::default(),
            at: None,
            totals: Totals::default(),
        }
    }

    /// Takes all rows that hold.
    pub(crate) fn pass(mut self, replica: &Replica) -> Result<Totals, SpoolError> {
        let batch = self.intake.batch_bytes();
        ahead::pass(replica, batch, &mut |row| self.row(row))?;
        self.finish()
    }

    /// Takes a row; rows come in order of their things.
    fn row(&mut self, row: Row<'_>) -> Result<(), SpoolError> {
        if self.object.thing != Some(row.thing) {
            self.end_object()?;
            self.object.thing = Some(row.thing);
            let collection = Collection::from_number(row.thing.collection);
            if self.at != collection {
                if self.at == Some(Collection::Organisations) {
                    self.end_organisations()?;
                }
                self.at = collection;
            }
        }
        let item = Item::decode(&mut Reader(row.payload)).map_err(damaged)?;
        if item.is_head() {
            self.object.heads += 1;
            if row.origin == Origin::New {
                self.totals.new_heads += 1;
            }
        }
        self.item(&item, row)
    }

    /// Ends the pass.
    fn finish(mut self) -> Result<Totals, SpoolError> {
        self.end_object()?;
        if self.at == Some(Collection::Organisations) {
            self.end_organisations()?;
        }
        self.notes.commit();
        Ok(self.totals)
    }

    fn item(&mut self, item: &Item<'_>, row: Row<'_>) -> Result<(), SpoolError> {
        let key = row.thing.key;
        match item {
            Item::Organisation(it) => {
                let org = organisation(it, key);
                // Of two that contradict each other the first in order counts, as in the
                // roster; the contradiction is noted.
                self.orgs.entry(key).or_insert(org);
            }
            Item::Syllabus(rows::Course { code, name }) => {
                let course = Course { code: (*code).to_owned(), name: (*name).to_owned() };
                self.courses.entry(key).or_insert(course);
            }
            Item::Person(person) => self.person(person, key)?,
            Item::Enrolment(enrolment) => self.enrolment(*enrolment, key)?,
            Item::Responsible(relation) => {
                if let Some(adult) = row.second {
                    let relation = *relation;
                    self.intake.record(Record::Responsible { person: key, adult, relation })?;
                }
            }
            Item::Duty(duty) => {
                if let Some(person) = row.first {
                    // Activities alone ask who holds a duty that came before.
                    if self.profile.reads(Collection::Activities) == Reads::Off {
                        self.duties.retain(|known| known.0 == key);
                    }
                    self.duties.push((key, person));
                    self.duty(*duty, person)?;
                }
            }
            Item::Activity(activity) => {
                let course = activity.course.map(|it| (it.to_owned(), it.to_owned()));
                let known = activity.syllabus.and_then(|key| self.courses.get(&key));
                let known = known.map(|it| (it.code.clone(), it.name.clone()));
                let marker = activity.marker.map(str::to_owned);
                let facts = Facts { course: known.or(course), marker };
                self.object.activities.push((activity.interval, facts));
            }
            Item::Taught(group) => self.object.taught.push(*group),
            Item::Teacher(interval) => self.teacher(row, Some(*interval)),
            Item::Group(group) => self.group(group, key),
            Item::Member(interval) => {
                self.object.members.extend(row.first.map(|person| (person, *interval)));
            }
            Item::Lack(lacking) => self.lack(*lacking, row),
            Item::Unread(place) => self.unread(*place),
        }
        Ok(())
    }

    fn unread(&mut self, organisation: Option<Key>) {
        let unread = &mut self.totals.unread;
        match organisation.map(|key| self.schools.place(key)) {
            Some(Place::Unit(unit)) => drop(unread.units.insert(unit)),
            Some(Place::Units(units)) => unread.units.extend(units),
            Some(Place::Outside) => {}
            // Of what is no school somebody may be at any.
            Some(Place::NotASchool | Place::Unknown(_)) | None => unread.anywhere = true,
        }
    }

    fn lack(&mut self, lacking: Lacking, row: Row<'_>) {
        let named = row.first.map(|key| key.to_string());
        match (lacking, named) {
            (Lacking::Person, Some(id)) => self.intake.left_out(EntityKind::Person, &id),
            (Lacking::Number, Some(id)) => self.intake.without(&id, Lack::IdentityNumber),
            (Lacking::Value, Some(id)) => self.intake.without(&id, Lack::Value),
            (Lacking::Teacher, _) => self.teacher(row, None),
            (Lacking::Group, _) => {
                self.intake.left_out(EntityKind::Group, &row.thing.key.to_string());
            }
            (Lacking::Person | Lacking::Number | Lacking::Value, None) => {}
        }
    }

    fn teacher(&mut self, row: Row<'_>, interval: Option<Interval>) {
        let Some(named) = row.first else { return };
        let duty = self.duties.binary_search_by_key(&named, |it| it.0);
        let person = match (row.second, duty) {
            (Some(person), _) => Some(person),
            (None, Ok(at)) => self.duties.get(at).map(|it| it.1),
            // Of a protected person, or of nobody: never told.
            (None, Err(_)) => None,
        };
        self.object.teachers.extend(person.map(|person| (person, interval)));
    }

    fn person(&mut self, person: &rows::Person<'_>, key: Key) -> Result<(), SpoolError> {
        let id = key.to_string();
        let middle = person.middle_name.map(|it| ("middle_name".to_owned(), it.to_owned()));
        let draft = PersonDraft {
            source_id: person.id.unwrap_or(&id),
            given_name: person.given_name,
            family_name: person.family_name,
            email: person.email,
            username: person.username,
            birth_date: person.birth_date,
            sex: person.sex,
            status: person.status,
            identity_number: None,
            extra: middle.into_iter().collect(),
        };
        // Its marking was asked for when it came.
        self.intake.person_hashed(draft, person.number, Marking::NotCarriedAcknowledged)
    }

    fn enrolment(&mut self, it: rows::Enrolment, person: Key) -> Result<(), SpoolError> {
        let rows::Enrolment { school, school_type, school_year, interval } = it;
        let school = match self.schools.place(school) {
            Place::Unit(unit) => unit,
            Place::Outside => return Ok(()),
            Place::Units(units) => {
                let [unit] = self.schools.giving(units, Some(school_type))[..] else {
                    self.intake.left_out(EntityKind::Person, &person.to_string());
                    return Ok(());
                };
                unit
            }
            // The check of the roster tells of it.
            Place::NotASchool | Place::Unknown(_) => school,
        };
        if self.schools.shared.contains(&school) {
            self.placed.push((person, school));
        }
        self.intake.record(Record::Enrolment { person, school, school_type, school_year, interval })
    }

    fn duty(&mut self, duty: rows::Duty, person: Key) -> Result<(), SpoolError> {
        let rows::Duty { place, role, interval } = duty;
        let one;
        let schools = match self.schools.place(place) {
            Place::Unit(unit) | Place::Unknown(unit) => {
                one = [unit];
                &one[..]
            }
            Place::Units(units) => units,
            Place::Outside => &[],
            Place::NotASchool => {
                self.notes.note(Odd::DutyNotAtSchool, "/duties", "dutyAt");
                self.notes.commit();
                &[]
            }
        };
        for &school in schools {
            self.intake.record(Record::Duty { person, school, role, interval })?;
        }
        Ok(())
    }

    fn group(&mut self, group: &rows::Group<'_>, key: Key) {
        let facts = self.facts.get(&key);
        let course = facts.and_then(|facts| facts.course.clone());
        let marker = facts.and_then(|facts| facts.marker.clone());
        let id = key.to_string();
        self.object.places.push(group.organisation);
        self.object.groups.push(Group {
            key,
            source: self.source,
            source_id: group.id.unwrap_or(&id).to_owned(),
            school: None,
            name: group.name.to_owned(),
            group_type: group.kind,
            school_type: group.school_type,
            course: course.map(|(code, name)| Course { code, name }),
            interval: group.interval,
            notes: group.marker.map(str::to_owned).or(marker),
        });
    }

    fn end_organisations(&mut self) -> Result<(), SpoolError> {
        let orgs = std::mem::take(&mut self.orgs);
        self.schools = Schools::of(orgs, &self.profile.units_below, self.municipalities);
        let unknown = self.schools.without_municipality;
        self.notes.count(Odd::NoMunicipality, "/organisations", unknown);
        for record in self.schools.records(self.source) {
            self.intake.record(record)?;
        }
        Ok(())
    }

    fn end_object(&mut self) -> Result<(), SpoolError> {
        let object = std::mem::take(&mut self.object);
        let Some(thing) = object.thing else { return Ok(()) };
        if object.heads > 1 {
            self.contradicted(thing);
        }
        match Collection::from_number(thing.collection) {
            Some(Collection::Activities) => self.end_activity(object),
            Some(Collection::Groups) => self.end_group(object, thing.key),
            Some(
                Collection::Organisations
                | Collection::Syllabuses
                | Collection::Persons
                | Collection::Duties,
            )
            | None => Ok(()),
        }
    }
}

fn organisation(it: &rows::Organisation<'_>, key: Key) -> Org {
    Org {
        id: it.id.map_or_else(|| key.to_string(), str::to_owned),
        name: it.name.to_owned(),
        kind: it.kind,
        parent: it.parent,
        code: it.code.map(str::to_owned),
        school_types: it.school_types.clone(),
        municipality: it.municipality.map(str::to_owned),
        interval: it.interval,
    }
}

fn damaged(error: CodecError) -> SpoolError {
    SpoolError(Box::new(error))
}
