use super::*;
use crate::EntityKind;
use crate::sample::{self, Line, class, enrolment, membership, person, school, someone};

const IDS: [&str; 60] = [
    "00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15",
    "16", "17", "18", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30", "31",
    "32", "33", "34", "35", "36", "37", "38", "39", "40", "41", "42", "43", "44", "45", "46", "47",
    "48", "49", "50", "51", "52", "53", "54", "55", "56", "57", "58", "59",
];

/// Schools A and B; pupils 00–39 at A, of them ten in each of the years 6 to 9; the rest at
/// B in year 7. All are in their school's class and have an own row.
fn register() -> Vec<Line> {
    let mut lines = vec![school("A"), school("B"), class("a", "A"), class("b", "B")];
    for (place, id) in (0_u8..).zip(IDS) {
        lines.push(Line::Person(someone(id)));
        if place < 40 {
            let interval = crate::Interval::ALWAYS;
            lines.push(Line::Enrolment { person: id, school: "A", year: 6 + place / 10, interval });
            lines.push(membership(id, "a"));
        } else {
            lines.push(enrolment(id, "B"));
            lines.push(membership(id, "b"));
        }
    }
    lines
}

fn stats(lines: &[Line]) -> Stats {
    Stats::of(&sample::roster(&[lines])).unwrap()
}

fn who(line: &Line) -> Option<usize> {
    match line {
        Line::Person(it) => it.id.parse().ok(),
        Line::Enrolment { person, .. } | Line::Membership { person, .. } => person.parse().ok(),
        Line::Organisation { .. }
        | Line::School { .. }
        | Line::Group { .. }
        | Line::GroupDated { .. }
        | Line::Duty { .. }
        | Line::Teaching { .. }
        | Line::Responsible { .. }
        | Line::Without { .. } => None,
    }
}

fn at(school: &str) -> TripScope {
    TripScope::School(sample::key(0, EntityKind::SchoolUnit, school))
}

fn trips(keep: impl Fn(&Line) -> bool) -> Vec<(TripScope, TripKind)> {
    let before = register();
    let now: Vec<Line> = before.iter().filter(|line| keep(line)).cloned().collect();
    let found = compare(&stats(&before), &stats(&now), &SourceLimits::default());
    found.into_iter().map(|trip| (trip.scope, trip.kind)).collect()
}

/// K210: what is like yesterday trips nothing, nor does a handful who left.
#[test]
fn small_losses_pass() {
    assert_eq!(trips(|_| true), []);
    assert_eq!(trips(|line| !matches!(who(line), Some(0 | 11 | 41 | 42 | 43 | 44))), []);
}

/// K210: a register without rows of a kind never means that all have left.
#[test]
fn an_empty_kind_trips_for_the_whole_register() {
    use TripKind::Empty;
    let found = trips(|line| !matches!(line, Line::Membership { .. }));
    assert!(found.contains(&(TripScope::Tenant, Empty(Count::Memberships))));
    let found = trips(|_| false);
    for count in [Count::Schools, Count::Groups, Count::Persons, Count::Pupils] {
        assert!(found.contains(&(TripScope::Tenant, Empty(count))), "{count:?}");
    }
}

/// K211: a file that was cut trips for the register and for each school that lost much.
#[test]
fn a_cut_file_trips() {
    let found = trips(|line| who(line).is_none_or(|who| who < 50));
    let lost = TripKind::Lost(Count::Pupils);
    assert!(found.contains(&(TripScope::Tenant, lost)), "10 of 60");
    assert!(found.contains(&(at("B"), lost)), "10 of 20");
    assert!(!found.iter().any(|(scope, _)| *scope == at("A")));
}

/// K210: a school that vanished is one trip, not one for each kind.
#[test]
fn a_lost_school_is_found_whatever_the_total_says() {
    let gone = |line: &Line| who(line).is_none_or(|who| who < 40);
    let found = trips(|line| gone(line) && !matches!(line, Line::School { id: "B", .. }));
    let of_b: Vec<_> = found.iter().filter(|(scope, _)| *scope == at("B")).collect();
    assert_eq!(of_b, [&(at("B"), TripKind::SchoolLost)]);
    let still_named = trips(gone);
    assert!(still_named.contains(&(at("B"), TripKind::SchoolLost)), "nobody is left");
}

/// K210: an årskurs of a school that vanished is found; one that was nearly empty may.
#[test]
fn a_lost_year_is_found() {
    let lost = TripKind::YearLost(9);
    assert!(trips(|line| !matches!(who(line), Some(30..40))).contains(&(at("A"), lost)));

    let few = |line: &&Line| !matches!(who(line), Some(33..40));
    let before: Vec<Line> = register().iter().filter(few).cloned().collect();
    let now: Vec<Line> =
        before.iter().filter(|line| !matches!(who(line), Some(30..33))).cloned().collect();
    assert_eq!(compare(&stats(&before), &stats(&now), &SourceLimits::default()), []);
}

/// Relations to what is not there, and ids with two contents, trip on a first read too.
#[test]
fn contradictions_trip_without_a_read_before() {
    let kinds = |lines: &[Line]| -> Vec<TripKind> {
        let found = compare(&Stats::default(), &stats(lines), &SourceLimits::default());
        found.into_iter().map(|trip| trip.kind).collect()
    };
    assert_eq!(kinds(&register()), []);

    let mut dangling = register();
    dangling.extend(IDS[..3].iter().map(|id| membership(id, "gone")));
    dangling.extend(["x", "y"].map(|id| enrolment(id, "A")));
    assert_eq!(kinds(&dangling[..dangling.len() - 1]), [], "four: too few to tell");
    assert_eq!(kinds(&dangling), [TripKind::Dangling]);

    let mut repeated = register();
    repeated.extend(IDS[..4].iter().map(|id| person(id, "20130101-9806", "")));
    repeated.push(Line::School { id: "A", code: None });
    assert_eq!(kinds(&repeated), [TripKind::Repeated]);
}

/// The defaults are those of reference/portal.md §2.4 with least counts of our own.
#[test]
fn the_default_limits() {
    let SourceLimits { tenant_loss, school_loss, year_at_least, dangling, repeated } =
        SourceLimits::default();
    assert_eq!((tenant_loss.percent, tenant_loss.at_least), (10, 10));
    assert_eq!((school_loss.percent, school_loss.at_least), (20, 5));
    assert_eq!((dangling.percent, repeated.percent, year_at_least), (1, 1, 5));
    let just = Share { percent: 10, at_least: 10 };
    assert!(!just.is_exceeded(10, 100) && just.is_exceeded(11, 100), "more than the share");
    assert!(!just.is_exceeded(9, 10), "fewer than the least count");
}

#[test]
fn stats_are_read_back_as_written() {
    let stats = stats(&register());
    let mut bytes = Vec::new();
    stats.encode(&mut bytes);
    assert_eq!(Stats::decode(&bytes), Ok(stats));
    for end in 0..bytes.len() {
        assert!(Stats::decode(&bytes[..end]).is_err(), "cut at {end}");
    }
}

/// What an older program wrote is read: it counted no courses, so none are missing.
#[test]
fn stats_of_the_first_version_are_read() {
    let bytes = [&[1][..], &[3; 8], &[0, 0, 0, 0]].concat();
    let stats = Stats::decode(&bytes).unwrap();
    assert_eq!((stats.total.get(Count::Responsibles), stats.total.get(Count::Courses)), (3, 0));
    assert!(Stats::decode(&[&[1][..], &[3; 9], &[0, 0, 0, 0]].concat()).is_err());
}

/// Counts per school: a person at two schools counts at both, once in all.
#[test]
fn a_person_at_two_schools_counts_at_both() {
    let mut lines = register();
    lines.extend([enrolment("00", "B"), Line::Duty { person: "00", school: "B" }]);
    lines.push(Line::Teaching { person: "00", group: "b" });
    let stats = stats(&lines);
    let b = stats.schools[&sample::key(0, EntityKind::SchoolUnit, "B")];
    assert_eq!((stats.total.get(Count::Pupils), stats.total.get(Count::Persons)), (60, 60));
    assert_eq!((b.get(Count::Pupils), b.get(Count::Persons)), (21, 21));
    assert_eq!((b.get(Count::Duties), b.get(Count::Teachings), b.get(Count::Groups)), (1, 1, 1));
    assert_eq!(b.get(Count::Memberships), 20);
}
