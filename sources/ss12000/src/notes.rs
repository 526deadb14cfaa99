//! What is odd about a register: noted once a kind and place, with a count, never a value.

use std::borrow::Cow;
use std::collections::BTreeMap;

use roster::{Notice, NoticeLevel};

use crate::profile::Collection;

/// What kind of oddity it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Odd {
    /// A field that the standard does not have.
    UnknownField,
    /// A field that the standard requires is missing.
    MissingField,
    /// A value of another type than the standard's.
    WrongType,
    /// One object where the standard has a list.
    NotAList,
    /// A time without offset from UTC.
    NoOffset,
    /// An identity number in another form than twelve characters.
    NumberForm,
    /// A date in another form than the standard's.
    DateForm,
    /// A value that no list of the standard has; what it means is guessed or left open.
    UnknownValue,
    /// A list of deleted ids without their types.
    DeletedList,
    /// Only a private e-mail address, which is not used.
    OnlyPrivateEmail,
    /// An enrolment that was cancelled, without an end date.
    CancelledWithoutEnd,
    /// A duty at something that is no school.
    DutyNotAtSchool,
    /// A group whose name held an identity number.
    NumberInName,
    /// A school whose municipality is not known, while municipalities are chosen.
    NoMunicipality,
    /// The same object several times with the same content.
    Repeated,
    /// The same object several times with different content: left as it is.
    Contradicted,
    /// A value that could not be understood: it is left out.
    BadValue,
    /// As `BadValue`, where the whole relation or object is left out.
    BadRow,
    /// An identity number that could not be understood.
    BadNumber,
    /// A person without marking in a register that has it: withheld.
    NoMarking,
    /// A reference that names nobody: its school counts as not read.
    NamesNobody,
}

impl Odd {
    const fn code(self) -> &'static str {
        match self {
            Self::UnknownField => "unknown_field",
            Self::MissingField => "missing_field",
            Self::WrongType => "wrong_type",
            Self::NotAList => "not_a_list",
            Self::NoOffset => "no_offset",
            Self::NumberForm => "number_form",
            Self::DateForm => "date_form",
            Self::UnknownValue => "unknown_value",
            Self::DeletedList => "deleted_list",
            Self::OnlyPrivateEmail => "only_private_email",
            Self::CancelledWithoutEnd => "cancelled_without_end",
            Self::DutyNotAtSchool => "duty_not_at_school",
            Self::NumberInName => "number_in_name",
            Self::NoMunicipality => "no_municipality",
            Self::Repeated => "repeated_object",
            Self::Contradicted => "contradicted_object",
            Self::BadValue => "bad_value",
            Self::BadRow => "bad_row",
            Self::BadNumber => "bad_number",
            Self::NoMarking => "no_marking",
            Self::NamesNobody => "names_nobody",
        }
    }

    const fn level(self) -> NoticeLevel {
        match self {
            Self::UnknownField
            | Self::MissingField
            | Self::WrongType
            | Self::NotAList
            | Self::NoOffset
            | Self::NumberForm
            | Self::DateForm
            | Self::DeletedList
            | Self::OnlyPrivateEmail
            | Self::DutyNotAtSchool
            | Self::NumberInName
            | Self::Repeated => NoticeLevel::Notice,
            Self::UnknownValue
            | Self::CancelledWithoutEnd
            | Self::NoMunicipality
            | Self::BadValue
            | Self::BadNumber
            | Self::NamesNobody => NoticeLevel::Warning,
            Self::Contradicted | Self::BadRow | Self::NoMarking => NoticeLevel::Error,
        }
    }

    /// Whether it departs from the published standard, which strict reading refuses.
    const fn departs(self) -> bool {
        match self {
            Self::UnknownField
            | Self::MissingField
            | Self::WrongType
            | Self::NotAList
            | Self::NoOffset
            | Self::NumberForm
            | Self::DateForm
            | Self::UnknownValue
            | Self::DeletedList
            | Self::Repeated
            | Self::Contradicted
            | Self::BadValue
            | Self::BadRow
            | Self::BadNumber => true,
            Self::OnlyPrivateEmail
            | Self::CancelledWithoutEnd
            | Self::DutyNotAtSchool
            | Self::NumberInName
            | Self::NoMunicipality
            | Self::NoMarking
            | Self::NamesNobody => false,
        }
    }
}

/// Kinds and places that are told apart; a register cannot fill memory with them.
const MOST: usize = 500;

type Place = (Odd, &'static str, Cow<'static, str>);

/// Notes of one read. What is noted of an object is pending until it is known whether the
/// object tells of a protected person: then it is in no count (K069).
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pending: Vec<Place>,
    counts: BTreeMap<Place, u64>,
    /// A field with a value that is too long: the page is not used.
    long: Option<&'static str>,
}

impl Notes {
    /// Notes something at a field. `at`: the object's path, e.g. `/persons/enrolments`.
    pub(crate) fn note(&mut self, odd: Odd, at: &'static str, field: &'static str) {
        self.pending.push((odd, at, Cow::Borrowed(field)));
    }

    /// Notes a field that the standard does not have; its name comes from outside.
    pub(crate) fn unknown_field(&mut self, at: &'static str, field: &str) {
        if self.pending.len() < MOST {
            self.pending.push((Odd::UnknownField, at, Cow::Owned(shown(field))));
        }
    }

    /// Says that a field's value is too long, with which the reading of the page ends.
    pub(crate) fn long<E: serde::de::Error>(&mut self, path: &'static str) -> E {
        self.long = Some(path);
        E::custom("a value is too long")
    }

    /// The field whose value was too long.
    pub(crate) fn too_long(&self) -> Option<&'static str> {
        self.long
    }

    /// Counts what is pending.
    pub(crate) fn commit(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.drain(..).for_each(|place| self.add(place, 1));
        self.pending = pending;
    }

    /// Counts what was counted elsewhere.
    pub(crate) fn add_all(&mut self, other: Self) {
        other.counts.into_iter().for_each(|(place, count)| self.add(place, count));
    }

    /// Of fields that the standard does not have, the first by name are kept: those, whatever
    /// the order in which pages come. All else has names of ours.
    fn add(&mut self, place: Place, count: u64) {
        *self.counts.entry(place).or_default() += count;
        if self.counts.len() > MOST {
            let mut unknown = self.counts.range(..(Odd::MissingField, "", Cow::Borrowed("")));
            if let Some(last) = unknown.next_back().map(|(place, _)| place.clone()) {
                self.counts.remove(&last);
            }
        }
    }

    /// Forgets what is pending.
    pub(crate) fn discard(&mut self) {
        self.pending.clear();
    }

    /// Counts something at once.
    pub(crate) fn count(&mut self, odd: Odd, at: &'static str, times: u64) {
        if times > 0 {
            *self.counts.entry((odd, at, Cow::Borrowed(""))).or_default() += times;
        }
    }

    /// Everything that departs from the standard, with counts; empty when nothing does.
    pub(crate) fn departures(&self) -> Vec<String> {
        let departing = self.counts.iter().filter(|((odd, ..), _)| odd.departs());
        departing
            .map(|((odd, at, field), count)| {
                format!("{} {} ×{count}", odd.code(), place(at, field))
            })
            .collect()
    }

    /// How many objects or relations were left out, by list and place.
    pub(crate) fn rows_left_out(&self) -> impl Iterator<Item = (Odd, Collection, String, u64)> {
        self.counts.iter().filter_map(|((odd, at, field), count)| {
            let list = at.split('/').nth(1)?;
            let list = Collection::ALL.into_iter().find(|it| it.name() == list)?;
            let is_left_out = matches!(odd, Odd::BadRow | Odd::NoMarking);
            is_left_out.then(|| (*odd, list, place(at, field), *count))
        })
    }

    /// As notices, in order of kind and place.
    pub(crate) fn into_notices(self) -> Vec<Notice> {
        let notice = |((odd, at, field), count): (Place, u64)| Notice {
            level: odd.level(),
            code: odd.code(),
            place: place(at, &field),
            detail: format!("count={count}"),
            count,
        };
        self.counts.into_iter().map(notice).collect()
    }
}

fn place(at: &str, field: &str) -> String {
    if field.is_empty() { at.to_owned() } else { format!("{at}/{field}") }
}

/// A field's name as messages show it: one that looks like data is not shown.
fn shown(field: &str) -> String {
    let fits = !field.is_empty()
        && field.len() <= 40
        && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.$@".contains(&byte))
        && field.bytes().filter(u8::is_ascii_digit).count() < 4;
    if fits { field.to_owned() } else { "?".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// K069: what was noted of a protected person's object is in no count.
    #[test]
    fn what_is_noted_of_a_protected_person_is_not_counted() {
        let mut notes = Notes::default();
        notes.note(Odd::MissingField, "/persons", "meta");
        notes.discard();
        notes.note(Odd::MissingField, "/persons", "meta");
        notes.unknown_field("/persons", "19 991231-1234");
        notes.commit();
        let shown: Vec<_> =
            notes.into_notices().into_iter().map(|it| (it.code, it.place, it.count)).collect();
        assert_eq!(
            shown,
            [
                ("unknown_field", "/persons/?".to_owned(), 1),
                ("missing_field", "/persons/meta".to_owned(), 1)
            ]
        );
    }
}
