//! Checks of organisations, schools and groups, made when all persons have passed.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

use super::{Checker, Code, Field};
use crate::school_register::Standing;
use crate::terms::GroupType;
use crate::{Date, Group, Interval, Key, Roster, SchoolUnit};

/// What the pass over persons needs to know of a group.
pub(super) struct GroupFacts {
    pub(super) is_active: bool,
    pub(super) group_type: GroupType,
    /// Whether somebody was seen to teach it today.
    pub(super) is_taught: bool,
}

impl GroupFacts {
    pub(super) fn of(group: &Group, today: Date) -> Self {
        let is_active = group.interval.holds_on(today);
        Self { is_active, group_type: group.group_type, is_taught: false }
    }
}

/// Whether a text holds control or direction characters, or would be read as a formula by
/// a spreadsheet (OWASP, "CSV Injection"). A tab or a line break is a control character.
pub(super) fn has_odd_characters(text: &str) -> bool {
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    text.trim_start().starts_with(['=', '+', '-', '@']) || (!is_plain && text.chars().any(is_odd))
}

impl Checker<'_> {
    pub(super) fn entities(&mut self) {
        let roster = self.roster;
        for it in roster.organisations.values() {
            if it.parent.is_some_and(|parent| !roster.organisations.contains_key(&parent)) {
                self.of_entity(Code::D12, Field::Parent, it.key, &it.source_id, None);
            }
            if has_odd_characters(&it.name) {
                self.of_entity(Code::D13, Field::Name, it.key, &it.source_id, None);
            }
            if roster.repeated.contains(&it.key) {
                self.of_entity(Code::D11, Field::Row, it.key, &it.source_id, None);
            }
        }
        for school in roster.schools.values() {
            self.school(school);
        }
        for (place, group) in roster.groups.values().enumerate() {
            self.group(place, group);
        }
        self.same_names();
    }

    fn school(&mut self, it: &SchoolUnit) {
        let organisations = &self.roster.organisations;
        if let Some(code) = self.code_of(it) {
            self.of_entity(code, Field::SchoolCode, it.key, &it.source_id, Some(it.key));
        }
        let found = [
            (Code::D08, Field::Interval, it.interval.is_reversed()),
            (Code::D11, Field::Row, self.roster.repeated.contains(&it.key)),
            (
                Code::D12,
                Field::Parent,
                it.organisation.is_some_and(|parent| !organisations.contains_key(&parent)),
            ),
            (Code::D13, Field::Name, has_odd_characters(&it.name)),
        ];
        for (code, field, _) in found.into_iter().filter(|(_, _, holds)| *holds) {
            self.of_entity(code, field, it.key, &it.source_id, Some(it.key));
        }
    }

    /// What is to be said of a school's code. Without a copy of the register only its form
    /// can be seen.
    fn code_of(&self, it: &SchoolUnit) -> Option<Code> {
        let without_code = !it.school_types.is_empty()
            && it.school_types.iter().all(|form| self.settings.forms_without_code.contains(form));
        if it.code.is_none() && without_code {
            return Some(Code::D15);
        }
        let Some(register) = &self.settings.school_register else {
            return (!it.has_valid_code()).then_some(Code::D07);
        };
        match register.standing(it) {
            Standing::Sound => None,
            Standing::NoCode | Standing::NotThere => Some(Code::D07),
            Standing::Over(_) => Some(Code::D16),
            Standing::NotActive(_) => Some(Code::D17),
            Standing::OtherName(_) => Some(Code::D18),
        }
    }

    fn group(&mut self, place: usize, it: &Group) {
        let GroupFacts { is_active, group_type, is_taught } = &self.groups[place];
        let school = it.school.filter(|school| self.roster.schools.contains_key(school));
        let should_be_taught = *is_active && self.settings.taught_groups.contains(group_type);
        let found = [
            (Code::D03, Field::Teaching, should_be_taught && !is_taught),
            (Code::D08, Field::Interval, it.interval.is_reversed()),
            (Code::D11, Field::Row, self.roster.repeated.contains(&it.key)),
            (Code::D12, Field::School, it.school.is_some() && school.is_none()),
            (Code::D13, Field::Name, has_odd_characters(&it.name)),
        ];
        for (code, field, _) in found.into_iter().filter(|(_, _, holds)| *holds) {
            self.of_entity(code, field, it.key, &it.source_id, school);
        }
    }

    fn of_entity(&mut self, code: Code, field: Field, key: Key, id: &str, school: Option<Key>) {
        let roster = self.roster;
        let source = roster
            .groups
            .get(&key)
            .map(|it| it.source)
            .or_else(|| roster.schools.get(&key).map(|it| it.source))
            .or_else(|| roster.organisations.get(&key).map(|it| it.source));
        self.emit(code, field, key, (source, Some(id)), school.into_iter().collect());
    }

    /// D09.
    fn same_names(&mut self) {
        let roster = self.roster;
        let SameNames(found) =
            self.same_names.take().unwrap_or_else(|| SameNames::of(roster, self.today));
        for (school, key) in found {
            let school = Some(school).filter(|school| roster.schools.contains_key(school));
            let id = roster.groups.get(&key).map_or("", |group| &group.source_id);
            self.of_entity(Code::D09, Field::Name, key, id, school);
        }
    }
}

/// Groups of one school that have, at the same time, the same name but for case and spaces (D09).
/// It takes no person to tell, so that it may be found beside them.
pub struct SameNames(Vec<(Key, Key)>);

impl SameNames {
    /// Those of a roster. Groups that are over by today are not looked at.
    #[must_use]
    pub fn of(roster: &Roster, today: Date) -> Self {
        let mut named: Vec<(Key, u64, Interval, Key)> = roster
            .groups
            .values()
            .filter(|group| !group.interval.ended_before(today))
            .filter(|group| !group.interval.is_reversed())
            .filter_map(|it| Some((it.school?, name_print(&it.name), it.interval, it.key)))
            .collect();
        named.sort_unstable();
        let mut found = Vec::new();
        for same in named.chunk_by(|one, two| (one.0, one.1) == (two.0, two.1)) {
            let spans = same.iter().map(|it| (it.2, it.3));
            found.extend(overlapping(spans).into_iter().map(|key| (same[0].0, key)));
        }
        Self(found)
    }
}

/// A name without case and surplus spaces, as a number: a school has some hundred names, of which
/// two share 64 bits once in a hundred million million schools.
fn name_print(name: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    for (at, word) in name.split_whitespace().enumerate() {
        if at > 0 {
            hasher.write_u8(b' ');
        }
        if word.is_ascii() {
            word.bytes().for_each(|byte| hasher.write_u8(byte.to_ascii_lowercase()));
        } else {
            hasher.write(word.to_lowercase().as_bytes());
        }
    }
    hasher.finish()
}

/// The keys whose intervals share a day with another's. `spans` are sorted by start: it is
/// enough to look at the one that lasts longest so far.
fn overlapping(spans: impl Iterator<Item = (Interval, Key)>) -> Vec<Key> {
    let mut found = Vec::new();
    let mut longest: Option<(Interval, Key)> = None;
    for (interval, key) in spans {
        if let Some((other, other_key)) = longest
            && !interval.start.is_some_and(|start| other.ended_before(start))
        {
            found.extend([other_key, key]);
        }
        let lasts_longer = longest.is_none_or(|(other, _)| {
            other.end.is_some_and(|end| interval.end.is_none_or(|mine| mine > end))
        });
        if lasts_longer {
            longest = Some((interval, key));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
