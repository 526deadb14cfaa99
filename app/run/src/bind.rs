//! From the settings' words to what the stages work with.

use std::collections::{BTreeMap, BTreeSet};

use plan::Off;
use roster::{Key, Roster, SchoolUnit};
use rules::config::{Schools, Settings, TargetSettings};
use rules::shape::{self, SchoolChoice, TargetRules};
use rules::{Drift, LifeCycle};
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
        select: settings.select.what.clone(),
        mapping: target.mapping.clone(),
        filters: target.filter.clone(),
        terms: settings.calendar.terms.clone(),
        require_pupils: need(target.require_pupils),
        require_teacher: need(target.require_teacher),
        domains: domains(&target.domains),
        top: Some(shape::TopOrganisation {
            name: settings.tenant.name.clone(),
            organisation_type: roster::terms::OrganisationType::Huvudman,
        }),
        transliterate: settings.transliterate.clone(),
    }
}

/// Domains as addresses end in them: in small letters, without what stands before.
fn domains(written: &[String]) -> BTreeSet<String> {
    let bare = |it: &String| it.trim().trim_start_matches('@').to_lowercase();
    written.iter().map(bare).filter(|it| !it.is_empty()).collect()
}

/// Life cycle and drift of one target, by the kinds of its card.
#[must_use]
pub fn policies(target: &TargetSettings, card: &'static Card) -> plan::Policies {
    let mut policies = plan::Policies {
        on_reused_name: target.on_reused_name,
        on_found: target.on_found,
        ..plan::Policies::default()
    };
    // A mirror is ours: what differs there is put right. Elsewhere people work.
    let usual = match card.observe {
        Observe::Mirror => Drift::Keep,
        Observe::Live | Observe::FileSet | Observe::Served | Observe::DeltaOnly => Drift::Report,
    };
    for (number, kind) in (0_u8..).zip(card.objects) {
        let number = Kind(number);
        let life_cycle =
            target.life_cycle.get(kind.name).copied().unwrap_or_else(|| habit(card, kind));
        policies.life_cycle.insert(number, life_cycle);
        for (place, attribute) in kind.attributes.iter().enumerate() {
            policies
                .drift
                .insert((number, place), target.drift.of(kind.name, Some(attribute.name), usual));
        }
    }
    for (number, kind) in (0_u8..).zip(card.memberships) {
        policies.membership_drift.insert(Kind(number), target.drift.of(kind.name, None, usual));
    }
    policies
}

/// Leaves a kind of object alone: nothing of it is made, and what was made of it has not ended.
pub fn switch_off(kind: Kind, why: Off, rules: &mut TargetRules, policies: &mut plan::Policies) {
    if let Some(known) = rules.card.object(kind) {
        rules.filters.insert(known.name.to_owned(), "false".to_owned());
    }
    policies.life_cycle.insert(kind, LifeCycle::default());
    policies.off.entry(kind).or_insert(why);
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
        Observe::FileSet | Observe::Mirror | Observe::Served | Observe::DeltaOnly => {
            LifeCycle { delete_after_days: Some(0), ..none }
        }
        Observe::Live => none,
    }
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
            keys.insert(school_named(&roster.schools, name)?);
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
pub fn school_named(schools: &BTreeMap<Key, SchoolUnit>, text: &str) -> Result<Key, RunError> {
    let wanted = text.trim().to_lowercase();
    let mut found = schools.iter().filter(|(key, school)| {
        school.code.as_deref() == Some(text.trim())
            || school.name.trim().to_lowercase() == wanted
            || key.to_string() == wanted
    });
    match (found.next(), found.next()) {
        (Some((key, _)), None) => Ok(*key),
        (Some(_) | None, _) => Err(RunError::Unknown {
            what: "school",
            name: text.to_owned(),
            known: schools.values().map(|school| school.name.clone()).collect(),
        }),
    }
}
