//! Persons: whether each is wanted, with which values and memberships; and what must be
//! known of all of them first.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

use roster::{Key, PersonRecord, Responsible, SpoolError, TenantKey};
use siphasher::sip::SipHasher13;
use state::{Entity, Kind, Mark, Member, ObjectRef, Reason, Relation, Row, Value};

use super::compile::{Joining, Making};
use super::facts::Facts;
use super::rules::{Guardians, Need};
use super::select::{self, Fate};
use super::things::{self, Objects};
use super::view::{Link, Primary, View};

/// What must be known of all persons before the first row.
#[derive(Default)]
pub(super) struct Known {
    /// Children by adult, where guardians are wanted; whether the child is withheld.
    pub(super) children: BTreeMap<Key, Vec<(Key, Responsible)>>,
    pub(super) withheld: BTreeSet<Key>,
    /// Fingerprints of values that several persons share, sorted, by kind and attribute.
    shared: BTreeMap<(Kind, usize), Vec<u64>>,
    secret: [u8; 16],
}

impl Known {
    /// Reads the persons ahead; groups that lack whom they need are marked in `facts`.
    pub(super) fn new(facts: &mut Facts<'_>, tenant: &TenantKey) -> Result<Self, SpoolError> {
        let mut known = Self::default();
        known.secret.copy_from_slice(&tenant.derive("shape/unique")[..16]);
        if facts.compiled.rules.select.guardians == Guardians::OfWantedChildren {
            known.find_children(facts)?;
        }
        let (pupils, teachers) = known.find_shared(facts)?;
        require(facts, &pupils, &teachers);
        Ok(known)
    }

    fn find_children(&mut self, facts: &Facts<'_>) -> Result<(), SpoolError> {
        let mut reader = facts.roster.persons()?;
        while let Some(record) = reader.next_person()? {
            if select::person(facts, &record).is_wanted() {
                for it in &record.responsibles {
                    self.children.entry(it.adult).or_default().push((record.person.key, *it));
                }
            }
        }
        Ok(())
    }

    /// Values that several persons share; and groups with pupils and with teachers.
    fn find_shared(
        &mut self,
        facts: &Facts<'_>,
    ) -> Result<(BTreeSet<Key>, BTreeSet<Key>), SpoolError> {
        let (mut pupils, mut teachers) = (BTreeSet::new(), BTreeSet::new());
        let mut seen: BTreeMap<(Kind, usize), Vec<u64>> = BTreeMap::new();
        let rules = &facts.compiled.rules;
        let mut reader = facts.roster.persons()?;
        while let Some(record) = reader.next_person()? {
            if !self.fate(facts, &record).is_wanted() {
                continue;
            }
            if rules.require_pupils == Need::Yes {
                let places = record.memberships.iter();
                pupils.extend(
                    places
                        .filter(|it| select::membership(facts, it).is_wanted())
                        .map(|it| it.group),
                );
            }
            if rules.require_teacher == Need::Yes {
                let places = record.teachings.iter();
                teachers.extend(
                    places.filter(|it| select::teaching(facts, it).is_wanted()).map(|it| it.group),
                );
            }
            let view = view(facts, &record);
            for making in person_makings(facts).filter(|making| things::passes(&view, making)) {
                for (at, print) in self.prints(&view, making) {
                    seen.entry((making.kind, at)).or_default().push(print);
                }
            }
        }
        self.shared = seen.into_iter().map(|(at, prints)| (at, repeated(prints))).collect();
        Ok((pupils, teachers))
    }

    /// Children whose object is withheld: nothing of theirs is written anew.
    pub(super) fn find_withheld(
        &mut self,
        facts: &Facts<'_>,
        objects: &Objects,
    ) -> Result<(), SpoolError> {
        if self.children.is_empty() {
            return Ok(());
        }
        let mut reader = facts.roster.persons()?;
        while let Some(record) = reader.next_person()? {
            let view = view(facts, &record);
            let withheld = person_makings(facts)
                .any(|making| self.outcome(&view, &record, making, objects).is_err());
            if withheld {
                self.withheld.insert(record.person.key);
            }
        }
        Ok(())
    }

    pub(super) fn fate(&self, facts: &Facts<'_>, record: &PersonRecord) -> Fate {
        let fate = select::person(facts, record);
        if self.children.contains_key(&record.person.key) { Fate::Wanted } else { fate }
    }

    /// The values of the object, or its mark.
    pub(super) fn outcome(
        &self,
        view: &View<'_>,
        record: &PersonRecord,
        making: &Making,
        objects: &Objects,
    ) -> Result<Vec<Value>, Mark> {
        if let Some(mark) = self.fate(view.facts, record).mark() {
            return Err(mark);
        }
        if !things::passes(view, making) {
            return Err(Mark::Left { reason: Reason::FilteredOut, end: None });
        }
        let values = things::values(view, &making.values, objects).map_err(Mark::Withheld)?;
        let is_shared = |(at, print): (usize, u64)| {
            let shared = self.shared.get(&(making.kind, at));
            shared.is_some_and(|prints| prints.binary_search(&print).is_ok())
        };
        if self.prints(view, making).any(is_shared) {
            return Err(Mark::Withheld(Reason::DuplicateUsername));
        }
        Ok(values)
    }

    /// Keyed fingerprints of unique values, in any case of letters (K076).
    fn prints<'v>(
        &'v self,
        view: &'v View<'v>,
        making: &'v Making,
    ) -> impl Iterator<Item = (usize, u64)> + 'v {
        let unique = making.values.iter().enumerate().filter(|(_, it)| it.attribute.unique);
        unique.filter_map(|(at, compute)| {
            let text = compute.expression.text(view, &view.facts.compiled.environment)?;
            let mut hasher = SipHasher13::new_with_key(&self.secret);
            hasher.write(text.trim().to_lowercase().as_bytes());
            Some((at, hasher.finish()))
        })
    }
}

fn repeated(mut prints: Vec<u64>) -> Vec<u64> {
    prints.sort_unstable();
    let pairs = prints.windows(2).filter(|two| two[0] == two[1]);
    let mut repeated: Vec<u64> = pairs.map(|two| two[0]).collect();
    repeated.dedup();
    repeated
}

fn require(facts: &mut Facts<'_>, pupils: &BTreeSet<Key>, teachers: &BTreeSet<Key>) {
    let rules = &facts.compiled.rules;
    for (key, fate) in facts.groups.iter_mut().filter(|(_, fate)| fate.is_wanted()) {
        if rules.require_pupils == Need::Yes && !pupils.contains(key) {
            *fate = Fate::left(Reason::GroupEmpty);
        } else if rules.require_teacher == Need::Yes && !teachers.contains(key) {
            *fate = Fate::left(Reason::GroupWithoutTeacher);
        }
    }
}

fn person_makings<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a Making> + use<'a> {
    facts.compiled.makings.iter().filter(|making| making.entity == Entity::Person)
}

/// What expressions see of the person.
pub(super) fn view<'a>(facts: &'a Facts<'a>, record: &'a PersonRecord) -> View<'a> {
    let primary = primary(facts, record);
    let school = primary.and_then(|it| facts.roster.schools.get(&it.school()));
    View { person: Some(record), primary, school, ..View::new(facts) }
}

/// A duty before an enrolment (who works at a school is staff to a receiver), then the
/// earliest start, then the lower key.
fn primary<'a>(facts: &Facts<'_>, record: &'a PersonRecord) -> Option<Primary<'a>> {
    let duties = record.duties.iter().filter(|it| select::duty(facts, it).is_wanted());
    if let Some(duty) = duties.min_by_key(|it| (it.interval.start, it.school, it.role)) {
        return Some(Primary::Duty(duty));
    }
    let enrolments = record.enrolments.iter();
    let wanted = enrolments.filter(|it| select::enrolment(facts, it).is_wanted());
    wanted.min_by_key(|it| (it.interval.start, it.school)).map(Primary::Enrolment)
}

/// The schools of the person's wanted places, sorted.
pub(super) fn schools(facts: &Facts<'_>, record: &PersonRecord) -> Vec<Key> {
    let enrolments = record.enrolments.iter();
    let enrolments = enrolments.filter(|it| select::enrolment(facts, it).is_wanted());
    let duties = record.duties.iter().filter(|it| select::duty(facts, it).is_wanted());
    let mut found: Vec<Key> =
        enrolments.map(|it| it.school).chain(duties.map(|it| it.school)).collect();
    if found.is_empty() {
        let groups = record.memberships.iter().map(|it| it.group);
        let groups = groups.chain(record.teachings.iter().map(|it| it.group));
        let wanted = groups.filter(|key| facts.groups.get(key) == Some(&Fate::Wanted));
        found = wanted.filter_map(|key| facts.roster.groups.get(&key)?.school).collect();
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The memberships of a wanted person, in no order yet; what holds today comes first of
/// what is the same to the receiver.
pub(super) fn members(
    known: &Known,
    view: &View<'_>,
    record: &PersonRecord,
    kind: Kind,
    objects: &Objects,
    put: &mut dyn FnMut(&Row),
) {
    for joining in view.facts.compiled.joinings.iter().filter(|it| it.member == kind) {
        let mut places = places(known, view.facts, record, joining.relation);
        places.sort_by_key(|(_, _, link)| !holds_today(view.facts, *link));
        for (container, schools, link) in places {
            let row =
                member(&View { link: Some(link), ..*view }, joining, container, schools, objects);
            if let Some(row) = row {
                put(&row);
            }
        }
    }
}

fn holds_today(facts: &Facts<'_>, link: Link<'_>) -> bool {
    match link {
        Link::Enrolment(it) => it.interval.holds_on(facts.today),
        Link::Duty(it) => it.interval.holds_on(facts.today),
        Link::Dated(interval) => interval.holds_on(facts.today),
        Link::Responsible(_) => true,
    }
}

type Place<'a> = (Key, Option<Key>, Link<'a>);

fn places<'a>(
    known: &'a Known,
    facts: &Facts<'_>,
    record: &'a PersonRecord,
    relation: Relation,
) -> Vec<Place<'a>> {
    let school_of = |group: &Key| facts.roster.groups.get(group).and_then(|it| it.school);
    match relation {
        Relation::Enrolment => {
            let all = record.enrolments.iter();
            let wanted = all.filter(|it| select::enrolment(facts, it).is_wanted());
            wanted.map(|it| (it.school, Some(it.school), Link::Enrolment(it))).collect()
        }
        Relation::Duty => {
            let wanted = record.duties.iter().filter(|it| select::duty(facts, it).is_wanted());
            wanted.map(|it| (it.school, Some(it.school), Link::Duty(it))).collect()
        }
        Relation::GroupMember => {
            let all = record.memberships.iter();
            let wanted = all.filter(|it| select::membership(facts, it).is_wanted());
            wanted.map(|it| (it.group, school_of(&it.group), Link::Dated(it.interval))).collect()
        }
        Relation::GroupTeacher => {
            let all = record.teachings.iter();
            let wanted = all.filter(|it| select::teaching(facts, it).is_wanted());
            wanted.map(|it| (it.group, school_of(&it.group), Link::Dated(it.interval))).collect()
        }
        Relation::Responsible => {
            let children = known.children.get(&record.person.key).into_iter().flatten();
            let written = children.filter(|(child, _)| !known.withheld.contains(child));
            written.map(|(child, it)| (*child, None, Link::Responsible(it))).collect()
        }
    }
}

fn member(
    view: &View<'_>,
    joining: &Joining,
    container: Key,
    school: Option<Key>,
    objects: &Objects,
) -> Option<Row> {
    let person = view.person?;
    let wanted = objects.get(usize::from(joining.container.0))?;
    if !matches!(view.link, Some(Link::Responsible(_))) && !wanted.contains(&container) {
        return None;
    }
    let role = joining.role.text(view, &view.facts.compiled.environment)?;
    if !joining.roles.is_empty() && !joining.roles.contains(&&*role) {
        return None;
    }
    Some(Row::Member(Member {
        kind: joining.kind,
        container: ObjectRef { kind: joining.container, key: container },
        member: ObjectRef { kind: joining.member, key: person.person.key },
        role: role.into_owned(),
        values: things::values(view, &joining.values, objects).ok()?,
        schools: school.into_iter().collect(),
    }))
}
