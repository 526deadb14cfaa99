//! Persons: whether each is wanted and with which values; and what must be known of all of
//! them first.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

use roster::{Date, Key, PersonRecord, Responsible, SpoolError, TenantKey};
use siphasher::sip::SipHasher13;
use state::{Entity, Kind, Mark, ObjectRef, Reason, RowBuilder};

use super::compile::Making;
use super::facts::Facts;
use super::rules::{Guardians, Need};
use super::select::{self, Fate, Judged};
use super::things;
use super::values::{self, Objects};
use super::view::{Primary, View};

/// What must be known of all persons before the first row.
#[derive(Default)]
pub(super) struct Known {
    /// Children by adult, where guardians are wanted; whether the child is withheld.
    children: BTreeMap<Key, Vec<(Key, Responsible)>>,
    withheld: BTreeSet<Key>,
    /// Fingerprints of values that several persons share, sorted, by kind and attribute.
    shared: BTreeMap<(Kind, usize), Vec<u64>>,
    secret: [u8; 16],
}

impl Known {
    /// What is known before everybody was asked: whose guardians are wanted.
    pub(super) fn new(facts: &Facts<'_>, tenant: &TenantKey) -> Result<Self, SpoolError> {
        let mut known = Self::default();
        known.secret.copy_from_slice(&tenant.derive("shape/unique")[..16]);
        if facts.compiled.rules.select.guardians == Guardians::OfWantedChildren {
            known.find_children(facts)?;
        }
        Ok(known)
    }

    /// Takes in what parts of all persons said; groups that lack whom they need are marked
    /// in `facts`.
    pub(super) fn settle(&mut self, facts: &mut Facts<'_>, parts: Vec<Surveyed>) {
        let mut all = Surveyed::default();
        for Surveyed { seen, staffed, owners } in parts {
            for (at, prints) in seen {
                all.seen.entry(at).or_default().extend(prints);
            }
            all.staffed.pupils.extend(staffed.pupils);
            all.staffed.teachers.extend(staffed.teachers);
            for (group, owner) in owners {
                own(&mut all.owners, group, owner);
            }
        }
        facts.owners = all.owners.into_iter().map(|(group, (_, owner))| (group, owner)).collect();
        self.shared = all.seen.into_iter().map(|(at, prints)| (at, repeated(prints))).collect();
        self.shared.retain(|_, prints| !prints.is_empty());
        require(facts, &all.staffed);
    }

    fn find_children(&mut self, facts: &Facts<'_>) -> Result<(), SpoolError> {
        let mut reader = facts.roster.persons()?;
        while let Some(record) = reader.next_person()? {
            if record.responsibles.is_empty() {
                continue;
            }
            let judged = select::judge(facts, &record);
            let view = view(facts, &record, &judged);
            let sent = || person_makings(facts).any(|making| things::passes(&view, making));
            if judged.fate.is_wanted() && sent() {
                for it in &record.responsibles {
                    self.children.entry(it.adult).or_default().push((record.person.key, *it));
                }
            }
        }
        Ok(())
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
        let mut row = Vec::new();
        while let Some(record) = reader.next_person()? {
            let judged = select::judge(facts, &record);
            let view = view(facts, &record, &judged);
            row.clear();
            let withheld = person_makings(facts)
                .any(|making| self.write(&view, &judged, making, objects, &mut row).is_err());
            if withheld {
                self.withheld.insert(record.person.key);
            }
        }
        Ok(())
    }

    /// The children that the adult answers for and that are written, with the relation.
    pub(super) fn children_of(&self, adult: Key) -> impl Iterator<Item = (Key, &Responsible)> {
        let children = self.children.get(&adult).into_iter().flatten();
        let written = children.filter(|(child, _)| !self.withheld.contains(child));
        written.map(|(child, it)| (*child, it))
    }

    fn fate(&self, record: &PersonRecord, judged: &Judged<'_>) -> Fate {
        let is_guardian = self.children.contains_key(&record.person.key);
        if is_guardian { Fate::Wanted } else { judged.fate }
    }

    /// Writes the object; else its mark, and nothing is written.
    pub(super) fn write(
        &self,
        view: &View<'_>,
        judged: &Judged<'_>,
        making: &Making,
        objects: &Objects,
        out: &mut Vec<u8>,
    ) -> Result<(), Mark> {
        let Some(record) = view.person else { return Ok(()) };
        if let Some(mark) = self.fate(record, judged).mark() {
            return Err(mark);
        }
        if !things::passes(view, making) {
            return Err(Mark::Left { reason: Reason::FilteredOut, end: None });
        }
        let start = out.len();
        let id = ObjectRef { kind: making.kind, key: record.person.key };
        let mut row = RowBuilder::object(out, id);
        if let Err(missing) = values::write(view, &making.values, objects, &mut row) {
            out.truncate(start);
            return Err(Mark::Withheld(missing.reason));
        }
        row.finish(&schools(view.facts, record, judged));
        if self.is_shared(view, making) {
            out.truncate(start);
            return Err(Mark::Withheld(Reason::DuplicateUsername));
        }
        if has_foreign_address(view, making) {
            out.truncate(start);
            return Err(Mark::Withheld(Reason::WrongDomain));
        }
        Ok(())
    }

    fn is_shared(&self, view: &View<'_>, making: &Making) -> bool {
        // Nobody shares, as a rule; then nobody's values are looked at twice.
        if self.shared.is_empty() {
            return false;
        }
        self.prints(view, making).any(|(at, print)| {
            let shared = self.shared.get(&(making.kind, at));
            shared.is_some_and(|prints| prints.binary_search(&print).is_ok())
        })
    }

    /// Keyed fingerprints of unique values, in any case of letters (K076).
    fn prints<'v>(
        &'v self,
        view: &'v View<'v>,
        making: &'v Making,
    ) -> impl Iterator<Item = (usize, u64)> + 'v {
        making.unique().filter_map(|(at, compute)| {
            let text = compute.expression.text(view, &view.facts.compiled.environment)?;
            let mut hasher = SipHasher13::new_with_key(&self.secret);
            hasher.write(text.trim().to_lowercase().as_bytes());
            Some((at, hasher.finish()))
        })
    }
}

/// Whether a value that nobody may share is an address in a domain that is not the tenant's.
fn has_foreign_address(view: &View<'_>, making: &Making) -> bool {
    let domains = &view.facts.compiled.rules.domains;
    if domains.is_empty() {
        return false;
    }
    making.unique().any(|(_, compute)| {
        let text = compute.expression.text(view, &view.facts.compiled.environment);
        let domain = text.as_deref().and_then(|text| text.trim().rsplit_once('@'));
        domain.is_some_and(|(_, domain)| !domains.contains(&domain.to_lowercase()))
    })
}

/// What some of all persons say of the values that nobody may share, and of who is in groups.
#[derive(Default)]
pub struct Surveyed {
    /// Fingerprints of unique values, by kind and attribute.
    seen: BTreeMap<(Kind, usize), Vec<u64>>,
    staffed: Staffed,
    /// By group, its first teacher so far.
    owners: BTreeMap<Key, Tenure>,
}

/// Since when somebody teaches a group, and who: the least is the owner. So a new teacher takes
/// nothing over while the one before teaches on.
type Tenure = (Option<Date>, Key);

fn own(owners: &mut BTreeMap<Key, Tenure>, group: Key, tenure: Tenure) {
    let first = owners.entry(group).or_insert(tenure);
    *first = tenure.min(*first);
}

/// Whether the tenant's rules or the receiver ask who is in groups.
pub(super) fn asks_for_members(facts: &Facts<'_>) -> bool {
    let rules = &facts.compiled.rules;
    (rules.require_pupils, rules.require_teacher) != (Need::No, Need::No)
        || facts.compiled.asks_for_owners()
}

/// Whether all persons must be asked before the first row.
pub(super) fn asks_everybody(facts: &Facts<'_>) -> bool {
    asks_for_members(facts) || person_makings(facts).any(|it| it.unique().next().is_some())
}

impl Surveyed {
    /// Asks one person.
    pub(super) fn ask(&mut self, facts: &Facts<'_>, known: &Known, record: &PersonRecord) {
        let judged = select::judge(facts, record);
        if !known.fate(record, &judged).is_wanted() {
            return;
        }
        self.staffed.note(facts, record);
        let view = view(facts, record, &judged);
        let asks = facts.compiled.asks_for_owners() && !record.teachings.is_empty();
        let mut is_sent = false;
        for making in person_makings(facts).filter(|making| things::passes(&view, making)) {
            is_sent |= asks && has_texts(&view, making);
            for (at, print) in known.prints(&view, making) {
                self.seen.entry((making.kind, at)).or_default().push(print);
            }
        }
        if is_sent {
            self.note_owner(facts, record);
        }
    }

    fn note_owner(&mut self, facts: &Facts<'_>, record: &PersonRecord) {
        let places = record.teachings.iter();
        for it in places.filter(|it| select::teaching(facts, it).is_wanted()) {
            own(&mut self.owners, it.group, (it.interval.start, record.person.key));
        }
    }
}

/// Whether the texts are there that the receiver insists on.
fn has_texts(view: &View<'_>, making: &Making) -> bool {
    let environment = &view.facts.compiled.environment;
    let mut insists = making.values.iter().filter(|it| it.is_required());
    insists.all(|it| {
        it.attribute.refers_to.is_some() || it.expression.text(view, environment).is_some()
    })
}

/// Groups that have somebody.
#[derive(Default)]
pub(super) struct Staffed {
    pupils: BTreeSet<Key>,
    teachers: BTreeSet<Key>,
}

impl Staffed {
    fn note(&mut self, facts: &Facts<'_>, record: &PersonRecord) {
        let rules = &facts.compiled.rules;
        if rules.require_pupils == Need::Yes {
            let places = record.memberships.iter();
            let wanted = places.filter(|it| select::membership(facts, it).is_wanted());
            self.pupils.extend(wanted.map(|it| it.group));
        }
        if rules.require_teacher == Need::Yes {
            let places = record.teachings.iter();
            let wanted = places.filter(|it| select::teaching(facts, it).is_wanted());
            self.teachers.extend(wanted.map(|it| it.group));
        }
    }
}

fn repeated(mut prints: Vec<u64>) -> Vec<u64> {
    prints.sort_unstable();
    let pairs = prints.windows(2).filter(|two| two[0] == two[1]);
    let mut repeated: Vec<u64> = pairs.map(|two| two[0]).collect();
    repeated.dedup();
    repeated
}

fn require(facts: &mut Facts<'_>, staffed: &Staffed) {
    let rules = &facts.compiled.rules;
    if !asks_for_members(facts) {
        return;
    }
    facts.groups.change(|key, group| {
        if !group.fate.is_wanted() {
            return;
        }
        if rules.require_pupils == Need::Yes && !staffed.pupils.contains(&key) {
            group.fate = Fate::left(Reason::GroupEmpty);
        } else if rules.require_teacher == Need::Yes && !staffed.teachers.contains(&key) {
            group.fate = Fate::left(Reason::GroupWithoutTeacher);
        }
    });
}

fn person_makings<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a Making> + use<'a> {
    facts.compiled.makings.iter().filter(|making| making.entity == Entity::Person)
}

/// What expressions see of the person.
pub(super) fn view<'a>(
    facts: &'a Facts<'a>,
    record: &'a PersonRecord,
    judged: &Judged<'a>,
) -> View<'a> {
    let primary = primary(judged);
    let school = primary.and_then(|it| facts.school(it.school()));
    View { person: Some(record), primary, school, ..View::new(facts) }
}

/// A duty before an enrolment (who works at a school is staff to a receiver), then the
/// earliest start, then the lower key.
fn primary<'a>(judged: &Judged<'a>) -> Option<Primary<'a>> {
    let duties = judged.duties.iter().copied();
    if let Some(duty) = duties.min_by_key(|it| (it.interval.start, it.school, it.role)) {
        return Some(Primary::Duty(duty));
    }
    let enrolments = judged.enrolments.iter().copied();
    enrolments.min_by_key(|it| (it.interval.start, it.school)).map(Primary::Enrolment)
}

/// The schools of the person's wanted places, sorted.
fn schools(facts: &Facts<'_>, record: &PersonRecord, judged: &Judged<'_>) -> Vec<Key> {
    let enrolments = judged.enrolments.iter().map(|it| it.school);
    let mut found: Vec<Key> = enrolments.chain(judged.duties.iter().map(|it| it.school)).collect();
    if found.is_empty() {
        let groups = record.memberships.iter().map(|it| it.group);
        let groups = groups.chain(record.teachings.iter().map(|it| it.group));
        let groups = groups.filter_map(|key| facts.groups.get(key));
        found = groups.filter(|it| it.fate.is_wanted()).filter_map(|it| it.school).collect();
    }
    found.sort_unstable();
    found.dedup();
    found
}
