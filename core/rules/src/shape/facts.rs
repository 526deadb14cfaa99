//! Schools, groups and terms of one run: what is in memory while persons pass.

use std::collections::{BTreeMap, BTreeSet};

use roster::terms::{GroupType, SchoolType};
use roster::{Course, Date, Group, Key, Organisation, Roster, SchoolUnit, SourceIndex, TenantKey};
use state::{Entity, Kind, Reason, Relation};

use super::calendar::{self, Calendar};
use super::compile::Compiled;
use super::groups::Groups;
use super::lookup::Lookup;
use super::rules::{SchoolChoice, Term};
use super::select::{self, Fate};
use super::values::Objects;

/// What is asked of a group for every place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GroupFact {
    pub(super) fate: Fate,
    pub(super) school: Option<Key>,
    pub(super) school_type: Option<SchoolType>,
    /// Kinds in which it is a wanted object that has members, by bit.
    containers: u64,
}

impl GroupFact {
    /// Whether the group is a wanted object of this kind, which has members.
    pub(super) fn is_container(&self, kind: Kind) -> bool {
        self.containers & bit(kind) != 0
    }
}

fn bit(kind: Kind) -> u64 {
    1_u64.checked_shl(u32::from(kind.0)).unwrap_or(0)
}

/// What is in memory while persons pass.
pub(super) struct Facts<'a> {
    pub(super) compiled: &'a Compiled,
    pub(super) roster: &'a Roster,
    pub(super) today: Date,
    pub(super) organisations: BTreeMap<Key, Fate>,
    schools: Lookup<(Fate, &'a SchoolUnit)>,
    pub(super) groups: Groups,
    pub(super) course_of: Lookup<Key>,
    pub(super) calendar: Calendar,
    /// Courses of groups that have none, where the receiver insists on one.
    made_up: MadeUp,
    /// By group, the teacher that it belongs to; empty where nobody asks.
    pub(super) owners: Lookup<Key>,
    /// Stands above all schools where the register names no organisation.
    pub(super) top: Option<Organisation>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        compiled: &'a Compiled,
        roster: &'a Roster,
        today: Date,
        tenant: &TenantKey,
    ) -> Self {
        let calendar = Calendar::new(compiled, today, tenant);
        let mut facts = Self {
            compiled,
            roster,
            today,
            organisations: BTreeMap::new(),
            schools: Lookup::default(),
            groups: Groups::default(),
            course_of: Lookup::default(),
            calendar,
            made_up: MadeUp::default(),
            owners: Lookup::default(),
            top: top(compiled, roster, tenant),
        };
        let schools = roster.schools.values().map(|it| (it.key, (select::school(&facts, it), it)));
        facts.schools = schools.collect();
        let groups = roster.groups.values().map(|it| (it.key, facts.group_fact(it)));
        facts.groups = groups.collect();
        facts.organisations = facts.chosen_organisations();
        facts.course_of = facts.courses(tenant);
        facts
    }

    /// The course of each group; for groups without one, where the receiver insists, one per
    /// school, school year and kind of group.
    fn courses(&self, tenant: &TenantKey) -> Lookup<Key> {
        let (named, made_up) = (tenant.maccer("course"), tenant.maccer("course/made-up"));
        let insists = calendar::insists(self.compiled.rules.card, Entity::Course);
        let course_of = |group: &Group| {
            let school = group.school?;
            if let Some(course) = &group.course {
                return Some(named.key(&[school.as_bytes(), course.code.as_bytes()]));
            }
            let year = if insists { self.made_up_year(group)? } else { return None };
            let kind = if group.group_type == GroupType::Class { b"class" } else { &b"group"[..] };
            Some(made_up.key(&[school.as_bytes(), year.as_bytes(), kind]))
        };
        let groups = self.roster.groups.values();
        groups.filter_map(|group| Some((group.key, course_of(group)?))).collect()
    }

    /// The course of a group at its school, with its key.
    pub(super) fn course_at<'f>(&'f self, group: &'f Group) -> Option<(Key, &'f Course)> {
        let key = *self.course_of.get(group.key)?;
        let is_class = group.group_type == GroupType::Class;
        let made_up = if is_class { &self.made_up.class } else { &self.made_up.group };
        Some((key, group.course.as_ref().unwrap_or(made_up)))
    }

    /// The school year of a group without a course.
    pub(super) fn made_up_year(&self, group: &Group) -> Option<Key> {
        let first = self.terms_of(group).into_iter().next().filter(|_| group.course.is_none())?;
        self.year_above(self.calendar.terms.get(&first)?)
    }

    /// The school year that a term lies in.
    pub(super) fn year_above(&self, term: &Term) -> Option<Key> {
        self.calendar.year_above(term)
    }

    /// Terms of one school year that share a day with the group: of this year, if it has any.
    pub(super) fn terms_of(&self, group: &Group) -> Vec<Key> {
        self.calendar.terms_of_one_year(&group.interval)
    }

    fn group_fact(&self, group: &Group) -> GroupFact {
        let Group { school, school_type, .. } = group;
        let (school, school_type) = (*school, *school_type);
        GroupFact { fate: select::group(self, group), school, school_type, containers: 0 }
    }

    /// Notes which groups have members, now that the objects are known: a card has far fewer
    /// than 64 kinds.
    pub(super) fn note_containers(&mut self, objects: &Objects) {
        let joinings = &self.compiled.joinings;
        let in_group = |it: Relation| matches!(it, Relation::GroupMember | Relation::GroupTeacher);
        let kinds = joinings.iter().filter(|it| in_group(it.relation)).map(|it| it.container);
        let kinds: BTreeSet<Kind> = kinds.collect();
        for kind in kinds {
            let Some(wanted) = objects.get(usize::from(kind.0)) else { continue };
            self.groups.change(|key, group| {
                if wanted.has(key) {
                    group.containers |= bit(kind);
                }
            });
        }
        self.groups.settle();
    }

    /// The teacher that a group belongs to at receivers where it must belong to one.
    pub(super) fn owner_of(&self, group: Key) -> Option<Key> {
        self.owners.get(group).copied()
    }

    pub(super) fn group_fate(&self, group: Key) -> Fate {
        self.groups.get(group).map_or(Fate::left(Reason::NotInSource), |it| it.fate)
    }

    pub(super) fn school_fate(&self, school: Key) -> Fate {
        self.known_school(school).unwrap_or(Fate::left(Reason::NotInSource))
    }

    /// What becomes of a school, if the register has it.
    pub(super) fn known_school(&self, school: Key) -> Option<Fate> {
        self.schools.get(school).map(|(fate, _)| *fate)
    }

    pub(super) fn school(&self, school: Key) -> Option<&'a SchoolUnit> {
        self.schools.get(school).map(|(_, unit)| *unit)
    }

    /// Those above the chosen schools; all when all schools are chosen.
    fn chosen_organisations(&self) -> BTreeMap<Key, Fate> {
        let all = &self.roster.organisations;
        let first = match self.compiled.rules.schools {
            SchoolChoice::All => Fate::Wanted,
            SchoolChoice::Only(_) => Fate::left(Reason::SchoolNotChosen),
        };
        let mut fates: BTreeMap<Key, Fate> = all.keys().map(|key| (*key, first)).collect();
        if let Some(top) = &self.top {
            fates.insert(top.key, Fate::Wanted);
        }
        for school in self.roster.schools.values() {
            if self.known_school(school.key) != Some(Fate::Wanted) {
                continue;
            }
            let mut above = school.organisation;
            // A chain longer than all organisations is a ring.
            for _ in 0..all.len() {
                let Some(organisation) = above.and_then(|key| all.get(&key)) else { break };
                fates.insert(organisation.key, Fate::Wanted);
                above = organisation.parent;
            }
        }
        fates
    }

    /// What the school belongs to.
    pub(super) fn parent_of(&self, school: &SchoolUnit) -> Option<Key> {
        school.organisation.or_else(|| self.top.as_ref().map(|top| top.key))
    }

    /// The organisation with this key.
    pub(super) fn organisation(&self, key: Key) -> Option<&Organisation> {
        let top = self.top.as_ref().filter(|top| top.key == key);
        top.or_else(|| self.roster.organisations.get(&key))
    }

    /// Terms that share a day with the group, by key.
    pub(super) fn sessions(&self, group: &Group) -> Vec<Key> {
        self.calendar.sessions(&group.interval)
    }
}

/// What is taught in groups of which the register says no course. A receiver's mapping may
/// say it otherwise.
struct MadeUp {
    class: Course,
    group: Course,
}

impl Default for MadeUp {
    fn default() -> Self {
        let named = |name: &str| Course { code: String::new(), name: name.to_owned() };
        Self { class: named("Klass"), group: named("Grupp") }
    }
}

fn top(compiled: &Compiled, roster: &Roster, tenant: &TenantKey) -> Option<Organisation> {
    let top = compiled.rules.top.as_ref().filter(|_| roster.organisations.is_empty())?;
    Some(Organisation {
        // Not from the name: a renamed huvudman stays the same.
        key: tenant.derived_key("organisation", &[b"top"]),
        source: SourceIndex(0),
        source_id: String::new(),
        name: top.name.clone(),
        organisation_type: top.organisation_type,
        parent: None,
    })
}
