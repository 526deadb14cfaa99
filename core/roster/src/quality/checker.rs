//! One pass over the persons; memory grows by a few bytes a person.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use siphasher::sip::SipHasher13;

use super::entities::{GroupFacts, SameNames, has_odd_characters};
use super::{Code, Field, Issue, Settings, Summary, row_id};
use crate::index::{InGroups, Places};
use crate::supplement::{Fills, Miss, Missed};
use crate::terms::{GroupType, PersonStatus};
use crate::{Date, Interval, Key, Mac, Person, PersonRecord, Roster, SourceIndex};

/// Checks a roster while its persons pass.
pub struct Checker<'a> {
    pub(super) roster: &'a Roster,
    pub(super) today: Date,
    pub(super) settings: Settings,
    pub(super) places: &'a Places,
    pub(super) groups: Vec<GroupFacts>,
    pub(super) same_names: Option<SameNames>,
    usernames: Vec<(u64, Holder)>,
    emails: Vec<(u64, Holder)>,
    temporary: Vec<(Mac, Holder)>,
    teachers: Vec<Holder>,
    out: Out,
}

/// A person whom a later comparison may be about: all that is kept of one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Holder {
    key: Key,
    source: SourceIndex,
    /// A school of the person by place + 1: four bytes, none included.
    school: Option<NonZeroU32>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Sorted by code, then subject; of each code at most [`Settings::kept_per_code`].
    pub issues: Vec<Issue>,
    /// All of them, counted.
    pub summary: Summary,
    /// Persons who teach today, with source and school, in order of their keys.
    teachers: Vec<(Key, SourceIndex, Option<Key>)>,
}

impl Findings {
    /// The teachers without an account at a receiver (D10), once it is known who has one.
    #[must_use]
    pub fn without_account(&self, has_account: impl Fn(Key) -> bool) -> Vec<Issue> {
        let missing = self.teachers.iter().filter(|(key, _, _)| !has_account(*key));
        let issue = |&(subject, source, school): &(Key, SourceIndex, Option<Key>)| Issue {
            code: Code::D10,
            subject,
            field: Field::Row,
            source: Some(source),
            row: None,
            schools: school.into_iter().collect(),
        };
        missing.map(issue).collect()
    }
}

/// Counts all issues and keeps some.
#[derive(Default)]
struct Out {
    issues: Vec<Issue>,
    summary: Summary,
}

impl Out {
    fn join(&mut self, other: Self, most: usize) {
        self.summary.join(other.summary);
        self.issues.extend(other.issues);
        // The order of a person's issues stays.
        self.issues.sort_by_key(|issue| issue.subject);
        let mut kept: BTreeMap<Code, usize> = BTreeMap::new();
        self.issues.retain(|issue| {
            let count = kept.entry(issue.code).or_default();
            *count += 1;
            *count <= most
        });
    }
}

impl<'a> Checker<'a> {
    /// A checker for one pass over the persons of `roster`.
    #[must_use]
    pub fn new(roster: &'a Roster, places: &'a Places, today: Date, settings: Settings) -> Self {
        let groups = roster.groups.values().map(|group| GroupFacts::of(group, today)).collect();
        Self {
            roster,
            today,
            settings,
            places,
            groups,
            same_names: None,
            usernames: Vec::new(),
            emails: Vec::new(),
            temporary: Vec::new(),
            teachers: Vec::new(),
            out: Out::default(),
        }
    }

    /// Checks one person, whose groups were looked up. To be called once for each, in any
    /// order.
    pub fn observe(&mut self, record: &PersonRecord, groups: &InGroups) {
        let PersonRecord { person, enrolments, duties, memberships, teachings, responsibles: _ } =
            record;
        for it in enrolments {
            self.relation(record, Field::Enrolment, &it.interval, self.has_school(it.school));
        }
        for it in duties {
            self.relation(record, Field::Duty, &it.interval, self.has_school(it.school));
        }
        for (it, place) in memberships.iter().zip(&groups.memberships) {
            self.relation(record, Field::Membership, &it.interval, place.is_some());
        }
        for (it, place) in teachings.iter().zip(&groups.teachings) {
            self.relation(record, Field::Teaching, &it.interval, place.is_some());
            if let Some(place) = place.filter(|_| it.interval.holds_on(self.today)) {
                self.groups[place as usize].is_taught = true;
            }
        }
        self.texts(record);
        self.remember(record);
        let is_pupil = enrolments.iter().any(|it| it.interval.holds_on(self.today));
        if is_pupil && person.status == PersonStatus::Active {
            self.pupil(record, groups);
        }
    }

    /// Notes that one source describes this person twice, differently (D11): what
    /// [`crate::PersonReader::last_repeated`] says of the person read last.
    pub fn repeated(&mut self, record: &PersonRecord) {
        self.report(Code::D11, Field::Row, record);
    }

    /// Takes in which groups have the same name, where that was found out beside the persons.
    pub fn know(&mut self, same_names: SameNames) {
        self.same_names = Some(same_names);
    }

    /// Sorts what duplicates are found by. Not needed; but who looks at a part of the persons
    /// beside others may do it there, so that [`Self::finish`] finds long runs in order.
    pub fn sort(&mut self) {
        self.usernames.sort_unstable();
        self.emails.sort_unstable();
        self.temporary.sort_unstable();
    }

    /// Takes in what another checker of this roster saw of other persons: as if all had passed
    /// here, in the order of their keys, which is the one that each must have seen its own in.
    pub fn join(&mut self, other: Self) {
        let Self {
            roster: _,
            today: _,
            settings: _,
            places: _,
            groups,
            same_names: _,
            usernames,
            emails,
            temporary,
            teachers,
            out,
        } = other;
        for (own, other) in self.groups.iter_mut().zip(groups) {
            own.is_taught |= other.is_taught;
        }
        self.usernames.extend(usernames);
        self.emails.extend(emails);
        self.temporary.extend(temporary);
        self.teachers.extend(teachers);
        self.out.join(out, self.settings.kept_per_code);
    }

    /// Notes what supplements could not fill in for this person (D20–D25): what
    /// [`crate::PersonReader::last_missed`] says of the person read last.
    pub fn missed(&mut self, record: &PersonRecord, missed: &[Missed]) {
        for Missed { field, why } in missed {
            let field = match field {
                Fills::Email => Field::Email,
                Fills::Username => Field::Username,
            };
            let code = match why {
                Miss::Nobody => Code::D20,
                Miss::Several => Code::D21,
                Miss::Disabled => Code::D22,
                Miss::WrongDomain => Code::D23,
                Miss::Unidentified => Code::D24,
                Miss::NoValue => Code::D25,
            };
            self.report(code, field, record);
        }
    }

    fn has_school(&self, school: Key) -> bool {
        self.places.schools.get(school).is_some()
    }

    /// Once per person and kind of relation would hide how many rows to mend: once per row.
    fn relation(&mut self, of: &PersonRecord, field: Field, interval: &Interval, known: bool) {
        if interval.is_reversed() {
            self.report(Code::D08, field, of);
        }
        if !known {
            self.report(Code::D12, field, of);
        }
    }

    fn texts(&mut self, record: &PersonRecord) {
        let Person { given_name, family_name, email, username, .. } = &record.person;
        for (field, text) in [
            (Field::GivenName, Some(given_name)),
            (Field::FamilyName, Some(family_name)),
            (Field::Email, email.as_ref()),
            (Field::Username, username.as_ref()),
        ] {
            if text.is_some_and(|text| has_odd_characters(text)) {
                self.report(Code::D13, field, record);
            }
        }
    }

    /// Keeps what duplicates are found by.
    fn remember(&mut self, record: &PersonRecord) {
        let PersonRecord { person, enrolments, duties, teachings, .. } = record;
        let mut schools =
            enrolments.iter().map(|it| it.school).chain(duties.iter().map(|it| it.school));
        let school = schools.find_map(|key| self.places.schools.get(key));
        let school = school.and_then(|place| NonZeroU32::new(u32::try_from(place + 1).ok()?));
        let holder = Holder { key: person.key, source: person.source, school };
        let username = person.username.as_deref().map(str::trim);
        if let Some(username) = username.filter(|name| !name.is_empty()) {
            self.usernames.push((fingerprint(username), holder));
        }
        // Two guardians may well share an address.
        let is_theirs = !enrolments.is_empty() || !duties.is_empty();
        let email = person.email.as_deref().map(str::trim).filter(|_| is_theirs);
        if let Some(email) = email.filter(|email| !email.is_empty()) {
            self.emails.push((fingerprint(email), holder));
        }
        if let Some(number) = person.temporary_number {
            self.temporary.push((number, holder));
        }
        let teaches =
            duties.iter().any(|it| it.role.is_teaching() && it.interval.holds_on(self.today))
                || teachings.iter().any(|it| it.interval.holds_on(self.today));
        if teaches && person.status == PersonStatus::Active {
            self.teachers.push(holder);
        }
    }

    fn pupil(&mut self, record: &PersonRecord, groups: &InGroups) {
        let PersonRecord { person, enrolments, memberships, .. } = record;
        if person.email.as_deref().is_none_or(|email| email.trim().is_empty()) {
            self.report(Code::D01, Field::Email, record);
        }
        let places = memberships.iter().zip(&groups.memberships);
        let active = places.filter(|(it, _)| it.interval.holds_on(self.today));
        let (mut is_in_group, mut class, mut is_in_two_classes) = (false, None, false);
        for (it, place) in active {
            let Some(facts) = place.map(|place| &self.groups[place as usize]) else { continue };
            if facts.is_active {
                is_in_group = true;
                if facts.group_type == GroupType::Class {
                    is_in_two_classes |= *class.get_or_insert(it.group) != it.group;
                }
            }
        }
        let has_classes = |it: &crate::Enrolment| {
            it.interval.holds_on(self.today) && self.settings.class_forms.contains(&it.school_type)
        };
        let in_class_form = enrolments.iter().any(has_classes);
        if !is_in_group {
            self.report(Code::D05, Field::Membership, record);
        }
        if class.is_none() && in_class_form {
            self.report(Code::D04, Field::Membership, record);
        }
        if is_in_two_classes {
            self.report(Code::D14, Field::Membership, record);
        }
    }

    fn report(&mut self, code: Code, field: Field, record: &PersonRecord) {
        let PersonRecord { person, enrolments, duties, .. } = record;
        let mut schools: Vec<Key> = enrolments.iter().map(|it| it.school).collect();
        schools.extend(duties.iter().map(|it| it.school));
        schools.retain(|&school| self.has_school(school));
        schools.sort_unstable();
        schools.dedup();
        let (source, row) = (Some(person.source), Some(person.source_id.as_str()));
        self.emit(code, field, person.key, (source, row), schools);
    }

    pub(super) fn emit(
        &mut self,
        code: Code,
        field: Field,
        subject: Key,
        (source, row): (Option<SourceIndex>, Option<&str>),
        schools: Vec<Key>,
    ) {
        self.out.summary.count(code, &schools);
        if self.out.summary.of(code) <= self.settings.kept_per_code as u64 {
            let row = row.and_then(|row| row_id(row, self.today));
            self.out.issues.push(Issue { code, subject, field, source, row, schools });
        }
    }

    /// What was found: of the persons that passed, and of all schools and groups.
    #[must_use]
    pub fn finish(mut self) -> Findings {
        let usernames = std::mem::take(&mut self.usernames);
        self.duplicates(Code::D02, Field::Username, usernames);
        let emails = std::mem::take(&mut self.emails);
        self.duplicates(Code::D19, Field::Email, emails);
        let temporary = std::mem::take(&mut self.temporary);
        self.duplicates(Code::D06, Field::Number, temporary);
        self.entities();
        let mut teachers = std::mem::take(&mut self.teachers);
        teachers.sort_unstable();
        let teacher = |it: &Holder| (it.key, it.source, self.school_key(it.school));
        let teachers = teachers.iter().map(teacher).collect();
        let Out { mut issues, summary } = self.out;
        issues.sort_unstable();
        Findings { issues, summary, teachers }
    }

    fn school_key(&self, place: Option<NonZeroU32>) -> Option<Key> {
        self.places.schools.key(place?.get() as usize - 1)
    }

    /// Every holder of a value that several have: both rows, never only the second (K076).
    fn duplicates<T: Ord + Copy>(&mut self, code: Code, field: Field, mut held: Vec<(T, Holder)>) {
        // Not `sort_unstable`: runs that are in order already are merged.
        held.sort();
        let double = held.chunk_by(|one, two| one.0 == two.0).filter(|same| same.len() > 1);
        for &(_, holder) in double.flatten() {
            let schools = self.school_key(holder.school).into_iter().collect();
            self.emit(code, field, holder.key, (Some(holder.source), None), schools);
        }
    }
}

/// User names are compared without regard to case. Among 1.5 million names two different
/// ones share 64 bits once in ten million rosters.
fn fingerprint(username: &str) -> u64 {
    use std::hash::Hasher as _;
    let mut hasher = SipHasher13::new();
    if username.is_ascii() {
        username.bytes().for_each(|byte| hasher.write_u8(byte.to_ascii_lowercase()));
    } else {
        hasher.write(username.to_lowercase().as_bytes());
    }
    hasher.finish()
}
