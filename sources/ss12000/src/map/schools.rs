//! Which school units an organisation means.
//!
//! The standard ties enrolments to a Skolenhet, groups and duties to a Skolenhet or a Skola;
//! Edlevo ties all groups and duties to a Skola (reference/sources.md §2.4). So:
//!
//! - A Skolenhet is a school unit. So is a Skola without any Skolenhet below it, as Edlevo has
//!   preschools: a unit without code is kept (K018).
//! - A duty at a Skola counts at each of its units, since the register does not say at which.
//! - A group at a Skola with several units belongs to the one where most of its members are
//!   enrolled, among those that give the group's form of schooling.

use std::collections::{BTreeMap, BTreeSet};

use roster::terms::{OrganisationType, SchoolType};
use roster::{Interval, Key, Organisation, Record, SchoolUnit, SourceIndex};

/// An organisation as it was kept.
#[derive(Debug, Clone)]
pub(super) struct Org {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: OrganisationType,
    pub(super) parent: Option<Key>,
    pub(super) code: Option<String>,
    pub(super) school_types: Vec<SchoolType>,
    pub(super) municipality: Option<String>,
    pub(super) interval: Interval,
}

/// What an organisation means for what is tied to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// One school unit.
    Unit(Key),
    /// One of these, or all of them.
    Units(&'a [Key]),
    /// None that counts: a municipality that was not chosen.
    Outside,
    /// No school.
    NotASchool,
    /// Something that the register did not name.
    Unknown(Key),
}

/// All organisations of a register.
#[derive(Debug, Default)]
pub(super) struct Schools {
    orgs: BTreeMap<Key, Org>,
    units: BTreeSet<Key>,
    outside: BTreeSet<Key>,
    /// Units below an organisation whose units count for it.
    below: BTreeMap<Key, Vec<Key>>,
    /// Units that share an organisation with others.
    pub(super) shared: BTreeSet<Key>,
    pub(super) without_municipality: u64,
}

/// No chain of organisations is longer; a ring ends here.
const DEEPEST: usize = 16;

impl Schools {
    pub(super) fn of(
        orgs: BTreeMap<Key, Org>,
        units_below: &[OrganisationType],
        municipalities: &[String],
    ) -> Self {
        let mut schools = Self { orgs, ..Self::default() };
        let is_unit = |org: &Org| org.kind == OrganisationType::Skolenhet;
        let with_units: BTreeSet<Key> = schools
            .orgs
            .values()
            .filter(|org| is_unit(org))
            .flat_map(|org| schools.above(org))
            .collect();
        schools.units = schools
            .orgs
            .iter()
            .filter(|(key, org)| {
                let is_lone = org.kind == OrganisationType::Skola && !with_units.contains(key);
                is_unit(org) || is_lone
            })
            .map(|(key, _)| *key)
            .collect();
        schools.choose(municipalities);
        for unit in &schools.units {
            let Some(org) = schools.orgs.get(unit) else { continue };
            for above in schools.above(org) {
                let kind = schools.orgs.get(&above).map(|it| it.kind);
                if kind.is_some_and(|kind| units_below.contains(&kind)) {
                    schools.below.entry(above).or_default().push(*unit);
                }
            }
        }
        let several = schools.below.values().filter(|units| units.len() > 1);
        schools.shared = several.flatten().copied().collect();
        schools
    }

    fn above(&self, org: &Org) -> Vec<Key> {
        let mut above = Vec::new();
        let mut next = org.parent;
        while let Some(key) = next.filter(|_| above.len() < DEEPEST) {
            above.push(key);
            next = self.orgs.get(&key).and_then(|org| org.parent);
        }
        above
    }

    fn municipality(&self, org: &Org) -> Option<String> {
        let own = org.municipality.clone();
        own.or_else(|| {
            let mut above = self.above(org).into_iter().filter_map(|key| self.orgs.get(&key));
            above.find_map(|org| org.municipality.clone())
        })
    }

    /// Leaves out the units of municipalities that were not chosen.
    fn choose(&mut self, municipalities: &[String]) {
        if municipalities.is_empty() {
            return;
        }
        let mut outside = BTreeSet::new();
        for unit in &self.units {
            let Some(org) = self.orgs.get(unit) else { continue };
            match self.municipality(org) {
                Some(code) if !municipalities.contains(&code) => drop(outside.insert(*unit)),
                Some(_) => {}
                None => self.without_municipality += 1,
            }
        }
        self.units.retain(|unit| !outside.contains(unit));
        self.outside = outside;
    }

    /// What an organisation means.
    pub(super) fn place(&self, key: Key) -> Place<'_> {
        if self.units.contains(&key) {
            return Place::Unit(key);
        }
        if self.outside.contains(&key) {
            return Place::Outside;
        }
        match (self.below.get(&key).map(Vec::as_slice), self.orgs.contains_key(&key)) {
            (Some([unit]), _) => Place::Unit(*unit),
            (Some(units), _) => Place::Units(units),
            (None, true) if self.has_outside_below(key) => Place::Outside,
            (None, true) => Place::NotASchool,
            (None, false) => Place::Unknown(key),
        }
    }

    fn has_outside_below(&self, key: Key) -> bool {
        let mut outside = self.outside.iter().filter_map(|unit| self.orgs.get(unit));
        outside.any(|org| self.above(org).contains(&key))
    }

    /// Those of the units that give a form of schooling; all when none does.
    pub(super) fn giving(&self, units: &[Key], form: Option<SchoolType>) -> Vec<Key> {
        let gives = |unit: &&Key| {
            let forms = self.orgs.get(unit).map(|org| org.school_types.as_slice());
            form.is_some_and(|form| forms.is_some_and(|forms| forms.contains(&form)))
        };
        let giving: Vec<Key> = units.iter().filter(gives).copied().collect();
        if giving.is_empty() { units.to_vec() } else { giving }
    }

    /// Every organisation and school unit that counts.
    pub(super) fn records(&self, source: SourceIndex) -> Vec<Record> {
        let mut records = Vec::new();
        for (key, org) in &self.orgs {
            let Org { id, name, kind, parent, code, school_types, interval, .. } = org.clone();
            if self.units.contains(key) {
                records.push(Record::SchoolUnit(SchoolUnit {
                    key: *key,
                    source,
                    source_id: id,
                    code,
                    name,
                    organisation: parent,
                    school_types,
                    municipality_code: self.municipality(org),
                    interval,
                }));
            } else if !self.outside.contains(key) {
                records.push(Record::Organisation(Organisation {
                    key: *key,
                    source,
                    source_id: id,
                    name,
                    organisation_type: kind,
                    parent,
                }));
            }
        }
        records
    }
}
