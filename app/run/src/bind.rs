//! From the settings' words to what the stages work with.

use std::collections::{BTreeMap, BTreeSet};

use roster::{Key, Roster};
use rules::LifeCycle;
use rules::config::{self, Schools, Settings, TargetSettings};
use rules::shape::{self, SchoolChoice, TargetRules};
use state::{Card, Kind, Observe, Verb};

use crate::RunError;

/// What the settings want of one target; schools are chosen when the roster is known.
#[must_use]
pub fn target_rules(
    settings: &Settings,
    target: &TargetSettings,
    card: &'static Card,
) -> TargetRules {
    let need = |needed: bool| if needed { shape::Need::Yes } else { shape::Need::No };
    TargetRules {
        card,
        schools: SchoolChoice::All,
        select: selection(&settings.select),
        mapping: target.mapping.clone(),
        filters: target.filter.clone(),
        terms: settings.calendar.terms.iter().map(term).collect(),
        require_pupils: need(target.require_pupils),
        require_teacher: need(target.require_teacher),
        top: Some(shape::TopOrganisation {
            name: settings.tenant.name.clone(),
            organisation_type: roster::terms::OrganisationType::Huvudman,
        }),
    }
}

/// Life cycle and drift of one target, by the kinds of its card.
#[must_use]
pub fn policies(target: &TargetSettings, card: &'static Card) -> plan::Policies {
    let mut policies = plan::Policies::default();
    for (number, kind) in (0_u8..).zip(card.objects) {
        let number = Kind(number);
        let life_cycle =
            target.life_cycle.get(kind.name).copied().unwrap_or_else(|| habit(card, kind));
        policies.life_cycle.insert(number, life_cycle);
        for (place, attribute) in kind.attributes.iter().enumerate() {
            policies
                .drift
                .insert((number, place), target.drift.of(kind.name, Some(attribute.name)));
        }
    }
    for (number, kind) in (0_u8..).zip(card.memberships) {
        policies.membership_drift.insert(Kind(number), target.drift.of(kind.name, None));
    }
    policies
}

/// What is usual where the tenant says nothing. What can be archived is archived 14 days
/// after its end and never deleted (K062); accounts that can be suspended are suspended at
/// once and never deleted (K122, K123); in a file set the line leaves the set.
fn habit(card: &Card, kind: &state::ObjectKind) -> LifeCycle {
    let none = LifeCycle::default();
    if kind.verbs.has(Verb::Archive) {
        return LifeCycle { archive_after_days: Some(14), ..none };
    }
    if kind.verbs.has(Verb::Suspend) {
        return LifeCycle { suspend_after_days: Some(0), ..none };
    }
    match card.observe {
        Observe::FileSet | Observe::Served | Observe::DeltaOnly => {
            LifeCycle { delete_after_days: Some(0), ..none }
        }
        Observe::Live => none,
    }
}

fn term(term: &config::Term) -> shape::Term {
    let config::Term { name, term_type, school_year, start, end } = term;
    let term_type = match term_type {
        config::TermType::Term => shape::TermType::Term,
        config::TermType::SchoolYear => shape::TermType::SchoolYear,
    };
    shape::Term {
        name: name.clone(),
        term_type,
        school_year: *school_year,
        start: *start,
        end: *end,
    }
}

fn selection(select: &config::Select) -> shape::Selection {
    let config::Select {
        schools: _, // chosen per run, when the roster is known
        school_types,
        groups,
        group_marker,
        roles,
        lead_days,
        lag_days,
        days,
        guardians,
        inactive_persons,
    } = select;
    shape::Selection {
        school_types: school_types.iter().copied().collect(),
        groups: groups.iter().copied().collect(),
        group_marker: group_marker.clone(),
        roles: roles.iter().copied().map(role).collect(),
        lead_days: *lead_days,
        lag_days: *lag_days,
        days: days.iter().copied().map(days_rule).collect(),
        guardians: if *guardians {
            shape::Guardians::OfWantedChildren
        } else {
            shape::Guardians::No
        },
        inactive_persons: if *inactive_persons {
            shape::InactivePersons::Kept
        } else {
            shape::InactivePersons::Left
        },
    }
}

fn role(role: config::PersonRole) -> shape::PersonRole {
    match role {
        config::PersonRole::Pupil => shape::PersonRole::Pupil,
        config::PersonRole::Teacher => shape::PersonRole::Teacher,
        config::PersonRole::Staff => shape::PersonRole::Staff,
    }
}

fn days_rule(rule: config::DaysRule) -> shape::DaysRule {
    let config::DaysRule { relation, school_type, lead_days, lag_days } = rule;
    let relation = relation.map(|relation| match relation {
        config::DatedRelation::Enrolment => shape::DatedRelation::Enrolment,
        config::DatedRelation::Duty => shape::DatedRelation::Duty,
        config::DatedRelation::Group => shape::DatedRelation::Group,
        config::DatedRelation::Membership => shape::DatedRelation::Membership,
        config::DatedRelation::Teaching => shape::DatedRelation::Teaching,
    });
    shape::DaysRule { relation, school_type, lead_days, lag_days }
}

/// The schools that both the tenant and the target chose, by key.
///
/// # Errors
///
/// [`RunError::Unknown`] when a school is named that the register does not have: a
/// misspelt name must not look like "no schools".
pub fn chosen_schools(chosen: [&Schools; 2], roster: &Roster) -> Result<SchoolChoice, RunError> {
    let mut choice: Option<BTreeSet<Key>> = None;
    for schools in chosen {
        let Schools::Only(named) = schools else { continue };
        let mut keys = BTreeSet::new();
        for name in named {
            keys.insert(school_named(roster, name)?);
        }
        choice = Some(match choice {
            None => keys,
            Some(before) => before.intersection(&keys).copied().collect(),
        });
    }
    Ok(choice.map_or(SchoolChoice::All, SchoolChoice::Only))
}

/// The school with this code, name or id.
///
/// # Errors
///
/// [`RunError::Unknown`] when there is none, or several with that name.
pub fn school_named(roster: &Roster, text: &str) -> Result<Key, RunError> {
    let wanted = text.trim().to_lowercase();
    let by_name: BTreeMap<&Key, &str> = roster
        .schools
        .iter()
        .filter(|(key, school)| {
            school.code.as_deref() == Some(text.trim())
                || school.name.trim().to_lowercase() == wanted
                || key.to_string() == wanted
        })
        .map(|(key, school)| (key, school.name.as_str()))
        .collect();
    match by_name.first_key_value() {
        Some((key, _)) if by_name.len() == 1 => Ok(**key),
        _ => Err(RunError::Unknown {
            what: "school",
            name: text.to_owned(),
            known: roster.schools.values().map(|school| school.name.clone()).collect(),
        }),
    }
}
