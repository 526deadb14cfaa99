//! What of the roster is used, and whether the sources can say it.

use roster::terms::GroupType;
use state::Relation;

use super::check::Check;
use super::connector::{Connector, Feature};
use super::file::{DaysPart, File, SelectPart};
use super::load::Entries;
use super::problem::{Code, Text};
use super::settings::{Schools, Select, SourceSettings};
use crate::shape::{DaysRule, Guardians, InactivePersons, PersonRole, Selection};

pub(crate) fn schools(written: Option<&Vec<String>>) -> Schools {
    written.map_or(Schools::All, |list| Schools::Only(list.clone()))
}

pub(crate) fn select(part: &SelectPart) -> Select {
    let groups = part.groups.as_ref().map(|list| list.iter().map(|word| word.0).collect());
    let everybody = [PersonRole::Pupil, PersonRole::Teacher, PersonRole::Staff];
    let roles = part.roles.as_deref().unwrap_or(&everybody);
    let guardians = if part.guardians { Guardians::OfWantedChildren } else { Guardians::No };
    let kept = if part.inactive_persons { InactivePersons::Kept } else { InactivePersons::Left };
    let what = Selection {
        school_types: part.school_types.iter().map(|word| word.0).collect(),
        groups: groups.unwrap_or_else(|| [GroupType::Class, GroupType::Teaching].into()),
        group_marker: part.group_marker.clone().filter(|marker| !marker.is_empty()),
        roles: roles.iter().copied().collect(),
        lead_days: part.lead_days,
        lag_days: part.lag_days,
        days: part.days.iter().map(days).collect(),
        guardians,
        inactive_persons: kept,
    };
    Select { schools: schools(part.schools.as_ref()), what }
}

fn days(part: &DaysPart) -> DaysRule {
    DaysRule {
        relation: part.relation,
        school_type: part.school_type.map(|word| word.0),
        lead_days: part.lead_days,
        lag_days: part.lag_days,
    }
}

fn feature_words(feature: Feature) -> (&'static str, &'static str) {
    match feature {
        Feature::GroupTeachers => ("vilka lärare en grupp har", "which teachers a group has"),
        Feature::Guardians => ("vårdnadshavare", "guardians"),
        Feature::InactivePersons => ("inaktiva personer", "inactive persons"),
        Feature::SchoolTypes => ("skolform", "the form of schooling"),
        Feature::GroupTypes => ("gruppens typ", "the type of a group"),
        Feature::Duties => ("personalens tjänster", "the duties of staff"),
    }
}

impl Check<'_> {
    /// K021: a rule that no source can answer is refused; a receiver that would get less
    /// than it could is warned of.
    pub(crate) fn features(&mut self, file: &File, entries: &Entries<'_>) {
        let sources: Vec<&Connector> = entries.sources.iter().map(|e| e.connector).collect();
        let lacks = |feature: Feature| {
            !sources.is_empty() && !sources.iter().any(|c| c.expresses.contains(&feature))
        };
        let select = &file.select;
        let asked: [(&str, Feature, Option<()>); 4] = [
            ("guardians", Feature::Guardians, select.guardians.then_some(())),
            ("inactive_persons", Feature::InactivePersons, select.inactive_persons.then_some(())),
            ("school_types", Feature::SchoolTypes, select.school_types.first().map(|_| ())),
            ("groups", Feature::GroupTypes, select.groups.as_ref().map(|_| ())),
        ];
        for (key, feature, asked) in asked {
            if asked.is_some() && lacks(feature) {
                self.source_cannot(&["select", key], feature);
            }
        }
        for entry in &entries.targets {
            let name = entry.name.as_str();
            if file.target.get(name).is_some_and(|t| t.require_teacher)
                && lacks(Feature::GroupTeachers)
            {
                self.source_cannot(&["target", name, "require_teacher"], Feature::GroupTeachers);
            }
            for feature in wanted_by(entry.connector).into_iter().filter(|&f| lacks(f)) {
                let (sv, en) = feature_words(feature);
                let text = Text::new(
                    format!("Ingen källa anger {sv}; målet får leveranser utan det."),
                    format!("No source tells {en}; the target is delivered to without it."),
                );
                let span = self.root.key_at(&["target", name]);
                self.warn(Code::SourceCannot, span, text, None);
            }
        }
    }

    fn source_cannot(&mut self, path: &[&str], feature: Feature) {
        let (sv, en) = feature_words(feature);
        let text = Text::new(format!("Ingen källa anger {sv}."), format!("No source tells {en}."));
        let hint = Text::new(
            "Ta bort raden, eller lägg till en källa som anger det.",
            "Take the line out, or add a source that tells it.",
        );
        self.add(Code::SourceCannot, self.root.key_at(path), text, Some(hint));
    }

    pub(crate) fn nothing_to_do(&mut self, sources: &[SourceSettings], entries: &Entries<'_>) {
        if sources.is_empty() && !self.root.has(&["source"]) {
            let text = Text::new(
                "Filen har ingen källa: ingenting läses.",
                "The file has no source: nothing is read.",
            );
            self.warn(Code::NothingToDo, 0..0, text, None);
        }
        if entries.targets.is_empty() && !self.root.has(&["target"]) {
            let text = Text::new(
                "Filen har inget mål: ingenting levereras.",
                "The file has no target: nothing is delivered.",
            );
            self.warn(Code::NothingToDo, 0..0, text, None);
        }
    }
}

fn wanted_by(target: &Connector) -> Vec<Feature> {
    let memberships = target.card.map_or(&[][..], |card| card.memberships);
    let from = |relation: Relation| {
        memberships.iter().any(|kind| kind.from.iter().any(|(one, _)| *one == relation))
    };
    let pairs =
        [(Relation::GroupTeacher, Feature::GroupTeachers), (Relation::Duty, Feature::Duties)];
    pairs.into_iter().filter(|(relation, _)| from(*relation)).map(|(_, feature)| feature).collect()
}
