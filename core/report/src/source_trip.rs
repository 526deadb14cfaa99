//! Guards that tripped on a source, as sentences.

use jiff::civil::Date;
use roster::{Count, Key, SourceTrip, TripKind, TripScope};

use crate::text::Text;
use crate::{Lang, Line, Style, date, number, percent, words};

/// When the last good read was, for sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LastRead {
    /// The day before.
    Yesterday,
    /// This day.
    On(Date),
    /// It is not known.
    #[default]
    Unknown,
}

impl LastRead {
    fn words(self, lang: Lang) -> String {
        match self {
            Self::Yesterday => words::YESTERDAY.of(lang).to_owned(),
            Self::On(day) => date(day),
            Self::Unknown => words::LAST_TIME.of(lang).to_owned(),
        }
    }
}

/// What tripped and what it means: `Ekskolan gav 221 elever, i går 408 (−46 %). Årskurs 9
/// saknas helt.` and `Skolan räknas som ej läst: …`
///
/// # Shapes
///
/// * `trips`: of one scope; the scope of the first is that of all.
/// * Returns nothing when there are none, else two lines.
#[must_use]
pub fn source_trip(
    trips: &[SourceTrip],
    school: &dyn Fn(Key) -> String,
    last_read: LastRead,
    lang: Lang,
) -> Vec<Line> {
    let Some(first) = trips.first() else { return Vec::new() };
    let what = sentences(trips, school, last_read, lang);
    vec![Line::new().and(Style::Bad, &what), Line::new().plain(meaning(first.scope, lang))]
}

/// What a tripped scope means.
pub(crate) fn meaning(scope: TripScope, lang: Lang) -> &'static str {
    match scope {
        TripScope::Tenant => words::SOURCE_NOT_READ.of(lang),
        TripScope::School(_) => words::SCHOOL_NOT_READ.of(lang),
    }
}

/// What tripped, in sentences after each other.
pub(crate) fn sentences(
    trips: &[SourceTrip],
    school: &dyn Fn(Key) -> String,
    last_read: LastRead,
    lang: Lang,
) -> String {
    let when = last_read.words(lang);
    let mut sentences = Vec::new();
    for trip in trips {
        let scope = match trip.scope {
            TripScope::Tenant => words::THE_SOURCE.of(lang).to_owned(),
            TripScope::School(key) => school(key),
        };
        let place = if sentences.is_empty() { Place::First } else { Place::Later };
        sentences.push(sentence(trip, &scope, &when, place, lang));
    }
    sentences.join(" ")
}

/// The first sentence names the scope.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Later,
}

fn sentence(trip: &SourceTrip, scope: &str, when: &str, place: Place, lang: Lang) -> String {
    let (before, now) = (number(trip.before), number(trip.now));
    match trip.kind {
        TripKind::Empty(count) | TripKind::Lost(count) => {
            let lost = percent(trip.before.saturating_sub(trip.now), trip.before);
            let what = counted(count, trip.now).of(lang);
            words::GAVE.with(lang, &[scope, &now, what, when, &before, &lost])
        }
        TripKind::SchoolLost => {
            let who = counted(Count::Persons, trip.before).of(lang);
            words::SCHOOL_LOST.with(lang, &[scope, when, &before, who])
        }
        TripKind::YearLost(year) if place == Place::First => {
            let who = counted(Count::Pupils, trip.before).of(lang);
            words::YEAR_LOST_AT.with(lang, &[scope, &year.to_string(), when, &before, who])
        }
        TripKind::YearLost(year) => words::YEAR_LOST.with(lang, &[&year.to_string()]),
        TripKind::Dangling => words::DANGLING.with(lang, &[scope, &now, &before]),
        TripKind::Repeated => words::REPEATED.with(lang, &[scope, &now, &before]),
    }
}

/// What is counted, as it is called beside this number.
fn counted(count: Count, number: u64) -> Text {
    let (one, many) = match count {
        Count::Schools => (words::ONE_SCHOOL, words::SCHOOLS),
        Count::Groups => (words::ONE_GROUP, words::GROUPS),
        Count::Persons => (Text { sv: "person", en: "person" }, words::PERSONS),
        Count::Pupils => (words::ONE_PUPIL, words::PUPILS),
        Count::Duties => (words::ONE_DUTY, words::DUTIES),
        // The same in singular and plural, in Swedish.
        Count::Memberships => (words::MEMBERSHIPS, words::MEMBERSHIPS),
        Count::Teachings => (words::TEACHINGS, words::TEACHINGS),
        Count::Responsibles => (words::RESPONSIBLES, words::RESPONSIBLES),
        Count::Courses => (words::ONE_COURSE, words::COURSES),
    };
    if number == 1 { one } else { many }
}
