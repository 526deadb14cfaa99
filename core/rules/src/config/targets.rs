//! Targets against what their receivers are and can do.

use std::collections::BTreeMap;
use std::ops::Range;

use state::{Attribute, Card, Observe, Tells, Verb, Verbs};

use super::check::Check;
use super::connector::Place;
use super::file::{File, TargetPart};
use super::load::{Entries, Entry};
use super::problem::{Code, Text, suggestion};
use super::schedule::spoken;
use super::select::schools;
use super::settings::{Package, Schedule, TargetSettings};
use crate::{Guards, LifeCycle};

impl Check<'_> {
    pub(crate) fn targets(
        &mut self,
        file: &File,
        entries: &Entries<'_>,
        guards: &Guards,
        schedule: &Schedule,
        package: Package,
    ) -> Vec<TargetSettings> {
        for name in file.target.keys() {
            self.entry_name("target", name);
        }
        let mut targets = Vec::new();
        for entry in &entries.targets {
            let Some(part) = file.target.get(&entry.name) else { continue };
            let mut guards = guards.clone();
            part.guards.over(&mut guards);
            if let Some(card) = entry.connector.card {
                self.against_card(&entry.name, part, card);
            }
            if package == Package::Brons {
                self.brons_copies(&entry.name, part);
            }
            targets.push(TargetSettings {
                name: entry.name.clone(),
                mode: part.mode,
                schools: schools(part.schools.as_ref()),
                life_cycle: part.life_cycle.clone(),
                drift: part.drift.clone().unwrap_or_default(),
                guards,
                schedule: self.target_schedule(entry, part, schedule),
                mapping: part.mapping.clone(),
                filter: part.filter.clone(),
                require_pupils: part.require_pupils,
                require_teacher: part.require_teacher,
                domains: part.domains.clone(),
                on_reused_name: part.on_reused_name.unwrap_or_default(),
                on_found: part.on_found.unwrap_or_default(),
                section: entry.section.clone(),
            });
        }
        targets
    }

    /// K081: the receiver's own limit wins, and the tenant is told.
    fn target_schedule(
        &mut self,
        entry: &Entry<'_>,
        part: &TargetPart,
        tenant: &Schedule,
    ) -> Schedule {
        let path = ["target", entry.name.as_str(), "schedule"];
        let own = self.schedule(part.schedule.as_ref(), &path);
        let wished = own.unwrap_or_else(|| tenant.clone());
        let min = entry.connector.card.and_then(|card| card.min_interval);
        let clamped = wished.clamped(min);
        if let Some(min) = min.filter(|_| clamped != wished) {
            let spoken = spoken(min);
            let name = &entry.name;
            let text = Text::new(
                format!("`{name}` tar emot högst en leverans per {spoken}; schemat glesas ut."),
                format!(
                    "`{name}` takes one delivery per {spoken} at most; the schedule is thinned."
                ),
            );
            let path = if self.root.has(&path) { &path[..] } else { &["schedule"] };
            self.warn(Code::ScheduleClamped, self.root.key_at(path), text, None);
        }
        clamped
    }

    fn against_card(&mut self, name: &str, part: &TargetPart, card: &'static Card) {
        let objects: Vec<&str> = card.objects.iter().map(|kind| kind.name).collect();
        for (kind, cycle) in &part.life_cycle {
            let path = ["target", name, "life_cycle", kind];
            match card.object_named(kind).and_then(|kind| card.object(kind)) {
                Some(found) => self.life_cycle(&path, *cycle, found.verbs),
                None => self.unknown_kind(&path, kind, &objects),
            }
        }
        self.drift(name, part, card);
        self.reused_name(name, part, card);
        self.found(name, part, card);
        for (kind, attributes) in &part.mapping {
            let path = ["target", name, "mapping", kind];
            let Some(known) = attributes_of(card, kind) else {
                self.unknown_kind(&path, kind, &kinds_of(card));
                continue;
            };
            for (attribute, expression) in attributes {
                let path = ["target", name, "mapping", kind, attribute];
                if self.attribute(&path, kind, attribute, known) {
                    let place = Place { card, kind, attribute: Some(attribute) };
                    self.expression(&path, expression, place);
                }
            }
        }
        for (kind, expression) in &part.filter {
            let path = ["target", name, "filter", kind];
            if attributes_of(card, kind).is_none() {
                self.unknown_kind(&path, kind, &kinds_of(card));
            } else {
                self.expression(&path, expression, Place { card, kind, attribute: None });
            }
        }
    }

    fn unknown_kind(&mut self, path: &[&str], kind: &str, known: &[&str]) {
        let text = Text::new(
            format!("Mottagaren har inget objekt av slaget `{kind}`."),
            format!("The receiver has no kind `{kind}`."),
        );
        self.add(Code::UnknownKind, self.root.key_at(path), text, suggestion(kind, known));
    }

    /// Whether the attribute is known.
    fn attribute(
        &mut self,
        path: &[&str],
        kind: &str,
        attribute: &str,
        known: &'static [Attribute],
    ) -> bool {
        if known.iter().any(|one| one.name == attribute) {
            return true;
        }
        let names: Vec<&str> = known.iter().map(|one| one.name).collect();
        let text = Text::new(
            format!("`{kind}` har inget attribut `{attribute}`."),
            format!("`{kind}` has no attribute `{attribute}`."),
        );
        let span = self.root.key_at(path);
        self.add(Code::UnknownAttribute, span, text, suggestion(attribute, &names));
        false
    }

    fn life_cycle(&mut self, path: &[&str], cycle: LifeCycle, verbs: Verbs) {
        let steps = [
            (
                "suspend_after_days",
                cycle.suspend_after_days,
                Verb::Suspend,
                "inaktivera",
                "suspend",
            ),
            ("archive_after_days", cycle.archive_after_days, Verb::Archive, "arkivera", "archive"),
            ("delete_after_days", cycle.delete_after_days, Verb::Delete, "ta bort", "delete"),
        ];
        for (key, _, _, sv, en) in
            steps.into_iter().filter(|(_, days, verb, ..)| days.is_some() && !verbs.has(*verb))
        {
            let text = Text::new(
                format!("Mottagaren kan inte {sv} det här."),
                format!("The receiver cannot {en} this."),
            );
            let hint = Text::new("Ta bort raden.", "Take the line out.");
            let span = self.root.key_at(&[path, &[key]].concat());
            self.add(Code::VerbNotPossible, span, text, Some(hint));
        }
    }

    fn drift(&mut self, name: &str, part: &TargetPart, card: &'static Card) {
        let Some(drift) = &part.drift else { return };
        let path = ["target", name, "drift"];
        if !matches!(card.observe, Observe::Live | Observe::Mirror) {
            let text = Text::new(
                "Mottagaren går inte att läsa, så ändringar där kan inte ses.",
                "The receiver cannot be read, so changes there cannot be seen.",
            );
            let hint = Text::new(
                "Ta bort `drift` för det här målet.",
                "Take `drift` out for this target.",
            );
            self.add(Code::DriftNotVisible, self.root.key_at(&path), text, Some(hint));
            return;
        }
        for kind in drift.kinds.keys().filter(|kind| attributes_of(card, kind).is_none()) {
            self.unknown_kind(&["target", name, "drift", "kinds", kind], kind, &kinds_of(card));
        }
        for (kind, attributes) in &drift.attributes {
            let path = ["target", name, "drift", "attributes", kind];
            let Some(known) = attributes_of(card, kind) else {
                self.unknown_kind(&path, kind, &kinds_of(card));
                continue;
            };
            for attribute in attributes.keys() {
                let path = ["target", name, "drift", "attributes", kind, attribute];
                self.attribute(&path, kind, attribute, known);
            }
        }
    }

    /// K136: only where accounts can be seen to sleep.
    fn reused_name(&mut self, name: &str, part: &TargetPart, card: &'static Card) {
        let attributes = card.objects.iter().flat_map(|kind| kind.attributes);
        let is_seen = attributes.into_iter().any(|it| it.tells == Tells::Asleep);
        if part.on_reused_name.is_none() || is_seen {
            return;
        }
        let text = Text::new(
            "Mottagaren visar inga inaktiva konton, så inget kan återanvändas.",
            "The receiver shows no sleeping accounts, so none can be used again.",
        );
        let hint = Text::new("Ta bort raden.", "Take the line out.");
        let span = self.root.key_at(&["target", name, "on_reused_name"]);
        self.add(Code::NothingSleeps, span, text, Some(hint));
    }

    /// Only where others make accounts beside us.
    fn found(&mut self, name: &str, part: &TargetPart, card: &'static Card) {
        if part.on_found.is_none() || card.observe == Observe::Live {
            return;
        }
        let text = Text::new(
            "Hos mottagaren skapar ingen annan konton, så inget kan hittas där.",
            "Nobody else makes accounts at the receiver, so none can be found there.",
        );
        let hint = Text::new("Ta bort raden.", "Take the line out.");
        let span = self.root.key_at(&["target", name, "on_found"]);
        self.add(Code::NothingFound, span, text, Some(hint));
    }

    fn expression(&mut self, path: &[&str], expression: &str, place: Place<'_>) {
        let value = self.root.value_at(path);
        for fault in (self.connectors.check_expression)(expression, place) {
            let span = within(self.text, &value, expression, &fault.at);
            self.add(Code::Expression, span, fault.message, fault.hint);
        }
    }

    /// K007, and requirements §1.13 no 11: brons passes data on as they are.
    fn brons_copies(&mut self, name: &str, part: &TargetPart) {
        let adjusted: BTreeMap<_, _> = part
            .mapping
            .iter()
            .flat_map(|(kind, list)| list.iter().map(move |(a, text)| ((kind, a), text)))
            .filter(|(_, text)| !is_plain_copy(text))
            .collect();
        for (kind, attribute) in adjusted.into_keys() {
            let text = Text::new(
                "Paketet brons lämnar uppgifterna oförändrade; här ändras de.",
                "Package brons passes data on unchanged; here they are changed.",
            );
            let hint = Text::new(
                "Ange ett fält som det är, t.ex. `person.email`, eller välj paketet silver.",
                "Give a field as it is, e.g. `person.email`, or choose package silver.",
            );
            let span = self.root.value_at(&["target", name, "mapping", kind, attribute]);
            self.add(Code::BronsAdjusts, span, text, Some(hint));
        }
    }
}

/// Whether an expression copies one field as it is: `person.email` or `{{ person.email }}`.
fn is_plain_copy(expression: &str) -> bool {
    let inner = expression.trim();
    let inner =
        inner.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map_or(inner, str::trim);
    let name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    inner.contains('.') && inner.split('.').all(name)
}

fn kinds_of(card: &'static Card) -> Vec<&'static str> {
    let objects = card.objects.iter().map(|kind| kind.name);
    objects.chain(card.memberships.iter().map(|kind| kind.name)).collect()
}

fn attributes_of(card: &'static Card, kind: &str) -> Option<&'static [Attribute]> {
    let object = card.object_named(kind).and_then(|kind| card.object(kind));
    let membership = || card.membership_named(kind).and_then(|kind| card.membership(kind));
    object.map(|kind| kind.attributes).or_else(|| membership().map(|kind| kind.attributes))
}

/// Bytes of the file for bytes of a text in it; the whole value where it holds escapes.
fn within(text: &str, value: &Range<usize>, inner: &str, at: &Range<usize>) -> Range<usize> {
    let start = value.start + 1;
    let same = text.get(start..value.end.saturating_sub(1)) == Some(inner);
    if same { start + at.start..start + at.end } else { value.clone() }
}
