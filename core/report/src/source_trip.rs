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

/// What tripped, in sentences after each other. The first names the scope; what was lost in
/// number is one sentence, and so are years.
pub(crate) fn sentences(
    trips: &[SourceTrip],
    school: &dyn Fn(Key) -> String,
    last_read: LastRead,
    lang: Lang,
) -> String {
    let Some(first) = trips.first() else { return String::new() };
    let scope = match first.scope {
        TripScope::Tenant => words::THE_SOURCE.of(lang).to_owned(),
        TripScope::School(key) => school(key),
    };
    let when = last_read.words(lang);
    let mut sentences = Vec::new();
    sentences.extend(numbers(trips, &scope, &when, lang));
    sentences.extend(trips.iter().filter_map(|trip| other(trip, &scope, &when, lang)));
    let is_named = !sentences.is_empty();
    sentences.extend(years(trips, &scope, &when, is_named, lang));
    sentences.join(" ")
}

/// `Ekskolan gav 221 elever, i går 408 (−46 %), 14 tjänstgöringar mot 30 (−53 %).`
fn numbers(trips: &[SourceTrip], scope: &str, when: &str, lang: Lang) -> Option<String> {
    let mut text = String::new();
    for trip in trips {
        let (TripKind::Empty(count) | TripKind::Lost(count)) = trip.kind else { continue };
        let now = format!("{} {}", number(trip.now), counted(count, trip.now).of(lang));
        let before = number(trip.before);
        let lost = percent(trip.before.saturating_sub(trip.now), trip.before);
        if text.is_empty() {
            text = words::GAVE.with(lang, &[scope, &now, when, &before, &lost]);
        } else {
            text.push_str(", ");
            text.push_str(&words::GAVE_ALSO.with(lang, &[&now, &before, &lost]));
        }
    }
    (!text.is_empty()).then(|| text + ".")
}

/// What is neither a number nor a year.
fn other(trip: &SourceTrip, scope: &str, when: &str, lang: Lang) -> Option<String> {
    let (before, now) = (number(trip.before), number(trip.now));
    match trip.kind {
        TripKind::Empty(_) | TripKind::Lost(_) | TripKind::YearLost(_) => None,
        TripKind::SchoolLost => {
            let who = counted(Count::Persons, trip.before).of(lang);
            Some(words::SCHOOL_LOST.with(lang, &[scope, when, &before, who]))
        }
        TripKind::Dangling => Some(words::DANGLING.with(lang, &[scope, &now, &before])),
        TripKind::Repeated => Some(words::REPEATED.with(lang, &[scope, &now, &before])),
    }
}

/// `Årskurs 9 saknas helt.`; where nothing is said of the scope before, with its name and how
/// many there were.
fn years(trips: &[SourceTrip], scope: &str, when: &str, is_named: bool, lang: Lang) -> Vec<String> {
    let lost: Vec<_> = trips
        .iter()
        .filter_map(|trip| {
            let TripKind::YearLost(year) = trip.kind else { return None };
            Some((year.to_string(), trip.before))
        })
        .collect();
    if !is_named {
        let one = |(year, before): &(String, u64)| {
            let who = counted(Count::Pupils, *before).of(lang);
            words::YEAR_LOST_AT.with(lang, &[scope, year, when, &number(*before), who])
        };
        return lost.iter().map(one).collect();
    }
    let years: Vec<&str> = lost.iter().map(|(year, _)| year.as_str()).collect();
    match years[..] {
        [] => Vec::new(),
        [year] => vec![words::YEAR_LOST.with(lang, &[year])],
        _ => vec![words::YEARS_LOST.with(lang, &[&years.join(", ")])],
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
