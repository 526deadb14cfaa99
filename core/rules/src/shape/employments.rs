//! Objects made from duties: one per person and school unit, for receivers that know an
//! employment apart from the person.
//!
//! They are in memory: far fewer than pupils, and in another order than persons.

use std::collections::{BTreeMap, VecDeque};

use roster::{Duty, Key, Maccer, PersonRecord, SpoolError, TenantKey};
use state::{Entity, Kind, Mark, ObjectRef, Reason};

use super::compile::Making;
use super::members;
use super::people;
use super::select::{self, Judged};
use super::things;
use super::values;
use super::view::{Link, View};
use super::wanted::{Shaped, Shaper};

/// Makes the keys of employments, which no register names.
pub struct EmploymentKeys(Maccer);

impl EmploymentKeys {
    /// Those of a tenant.
    #[must_use]
    pub fn new(tenant: &TenantKey) -> Self {
        Self(tenant.maccer("duty"))
    }

    /// The key of a person's employment at a school.
    #[must_use]
    pub fn key(&self, person: Key, school: Key) -> Key {
        self.0.key(&[person.as_bytes(), school.as_bytes()])
    }
}

/// The rows of every kind that is made from duties, in the order of keys.
pub(super) fn rows(
    shaper: &Shaper<'_>,
    keys: &EmploymentKeys,
) -> Result<Vec<(Kind, VecDeque<Shaped>)>, SpoolError> {
    let makings = &shaper.facts.compiled.makings;
    let mut all = Vec::new();
    for making in makings.iter().filter(|making| making.entity == Entity::Duty) {
        let mut rows = BTreeMap::new();
        let mut persons = shaper.facts.roster.persons()?;
        while let Some(record) = persons.next_person()? {
            if !record.duties.is_empty() {
                of_person(shaper, keys, making, &record, &mut rows);
            }
        }
        let mut whole = Shaped::default();
        for rows in rows.values() {
            whole.append(rows);
        }
        all.push((making.kind, VecDeque::from([whole])));
    }
    Ok(all)
}

fn of_person(
    shaper: &Shaper<'_>,
    keys: &EmploymentKeys,
    making: &Making,
    record: &PersonRecord,
    rows: &mut BTreeMap<Key, Shaped>,
) {
    let Shaper { facts, known, objects } = shaper;
    let judged = select::judge(facts, record);
    let whole = people::view(facts, record, &judged);
    let mut persons = facts.compiled.makings.iter().filter(|it| it.entity == Entity::Person);
    let mut scratch = Vec::new();
    let user = persons.find(|it| {
        scratch.clear();
        known.write(&whole, &judged, it, objects, &mut scratch).is_ok()
    });
    let Some(user) = user else { return };
    let sure = Some(ObjectRef { kind: user.kind, key: record.person.key });
    let duties = one_a_school(&judged);
    for (place, duty) in duties.iter().enumerate() {
        let key = keys.key(record.person.key, duty.school);
        let id = ObjectRef { kind: making.kind, key };
        let school = facts.roster.schools.get(&duty.school);
        let view = View { school, link: Some(Link::Duty(duty)), sure, ..whole };
        let mut out = Shaped::default();
        let written = if things::passes(&view, making) {
            out.object(id, &[duty.school], |row| {
                values::write(&view, &making.values, objects, row)
                    .map_err(|missing| Mark::Withheld(missing.reason))
            })
        } else {
            Err(Mark::Left { reason: Reason::FilteredOut, end: None })
        };
        match written {
            Ok(()) => {
                let has_own = |school| duties.iter().any(|it| Some(it.school) == school);
                let takes = |school: Option<Key>| {
                    school == Some(duty.school) || (place == 0 && !has_own(school))
                };
                out.members(facts.compiled.rules.card, |bytes, written| {
                    members::write_of_duty(shaper, &view, &judged, id, &takes, bytes, written);
                });
            }
            Err(mark) => out.put(&state::Row::Mark { id, mark }),
        }
        rows.insert(key, out);
    }
}

/// The duty that speaks for each school: the earliest, then the first in the list of roles.
fn one_a_school<'a>(judged: &Judged<'a>) -> Vec<&'a Duty> {
    let mut duties: Vec<&Duty> = judged.duties.clone();
    duties.sort_by_key(|it| (it.interval.start, it.school, it.role));
    let mut schools = std::collections::BTreeSet::new();
    duties.retain(|it| schools.insert(it.school));
    duties
}
