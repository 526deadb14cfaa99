use std::collections::BTreeMap;

use jiff::civil::date;
use roster::codec::{PersonRow, encode};
use roster::terms::{GroupType, PersonStatus, SchoolType};
use roster::{
    Date, Enrolment, Group, Interval, Key, Membership, MemorySpool, Person, Roster, SortSink,
    SourceIndex,
};
use state::Expected;

use super::support::*;
use crate::mark_expected;

const SOURCE: SourceIndex = SourceIndex(0);

fn person(key: Key) -> PersonRow {
    PersonRow::Person(Box::new(Person {
        key,
        source: SOURCE,
        source_id: String::new(),
        given_name: "Bo".to_owned(),
        family_name: "Ek".to_owned(),
        email: None,
        username: None,
        birth_date: None,
        sex: None,
        status: PersonStatus::ALL[0],
        number: None,
        temporary_number: None,
        extra: vec![],
    }))
}

fn until(end: Date) -> Interval {
    Interval::new(None, Some(end))
}

/// Pupils 21 and 22 at school 1 and in class 11, with these ends; class 11 ends as said.
fn snapshot(enrolments: [Interval; 2], places: [Interval; 2], class: Interval) -> Roster {
    let mut sink = SortSink::new(MemorySpool::default(), 1 << 20);
    for (at, number) in [21, 22].into_iter().enumerate() {
        let rows = [
            person(key(number)),
            PersonRow::Enrolment(Enrolment {
                source: SOURCE,
                school: key(1),
                school_type: SchoolType::ALL[0],
                school_year: None,
                interval: enrolments[at],
            }),
            PersonRow::Membership(Membership {
                source: SOURCE,
                group: key(11),
                interval: places[at],
            }),
        ];
        for row in rows {
            let mut bytes = Vec::new();
            encode(key(number), &row, &mut bytes);
            sink.push(&bytes).unwrap();
        }
    }
    let group = Group {
        key: key(11),
        source: SOURCE,
        source_id: String::new(),
        school: Some(key(1)),
        name: "7A".to_owned(),
        group_type: GroupType::ALL[0],
        school_type: None,
        course: None,
        interval: class,
        notes: None,
    };
    let rows = Box::new(sink.finish().unwrap());
    Roster::from_rows(BTreeMap::new(), BTreeMap::new(), [(key(11), group)].into(), rows)
}

/// Design §5: only what the last good snapshot already held is expected.
#[test]
fn an_end_date_that_was_known_is_expected() {
    let written = [
        school(1),
        class(11, "7A", 1),
        user(21, "Ek", "a", 1),
        user(22, "Ek", "b", 1),
        place(21, 11, "student", 1),
        place(22, 11, "student", 1),
    ];
    let (always, over) = (Interval::ALWAYS, until(date(2026, 11, 23)));
    let last_day = until(TODAY);
    let rest = &written[..4];
    #[rustfmt::skip]
    let table = [
        // shows                         enrolments        places            class   wanted         expected
        ("a pupil's end was known",      [over, always],   [always, always], always, &written[..2], vec![true, false, true, false]),
        ("the last day is not over",     [last_day, over], [always, always], always, &written[..2], vec![false, true, false, true]),
        ("a place's end was known",      [always, always], [over, always],   always, rest,          vec![true, false]),
        ("the class's end was known",    [always, always], [always, always], over,   rest,          vec![true, true]),
        ("nothing was known",            [always, always], [always, always], always, rest,          vec![false, false]),
    ];
    for (shows, enrolments, places, class, wanted, expected) in table {
        let mut operations = world(&written, wanted).draft().operations;
        mark_expected(&mut operations, &snapshot(enrolments, places, class), TODAY).unwrap();
        let found: Vec<_> = operations.iter().map(|it| it.is_expected == Expected::Yes).collect();
        assert_eq!(found, expected, "{shows}: {}", brief(&operations));
    }
}
