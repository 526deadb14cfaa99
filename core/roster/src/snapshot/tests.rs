use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::sample;
use crate::sample::{Line, Someone, class, enrolment, membership, person, school, someone};
use crate::{Interval, Stats};

/// Written rows, readable as often as wanted.
struct Kept(Vec<Vec<u8>>);

impl RowSource for Kept {
    fn stream(&self) -> Result<Box<dyn RowStream + Send + '_>, SpoolError> {
        struct Rows<'a>(std::slice::Iter<'a, Vec<u8>>);
        impl RowStream for Rows<'_> {
            fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
                Ok(self.0.next().map(Vec::as_slice))
            }
        }
        Ok(Box::new(Rows(self.0.iter())))
    }
}

fn register() -> (Vec<Line>, Vec<Line>) {
    let interval = Interval::new(Some(date(2026, 8, 17)), Some(date(2027, 6, 11)));
    let first = vec![
        Line::Organisation { id: "Exempelköping" },
        school("S"),
        Line::School { id: "F", code: None },
        class("7A", "S"),
        Line::GroupDated { id: "m", school: "S", name: "Mentor", interval },
        person("1", "20130101-9806", "Ingen"),
        person("2", "20130102-9813", "Sekretessmarkering"),
        enrolment("1", "S"),
        membership("1", "7A"),
    ];
    let mailed =
        Someone { number: Some("130101-9806"), email: Some("kim@example.se"), ..someone("b") };
    (first, vec![Line::Person(mailed), school("S")])
}

/// A snapshot gives the same roster, with the precedence it was made with.
#[test]
fn what_was_written_is_read() {
    let (first, second) = register();
    let mut roster = sample::roster(&[&first, &second]);
    roster.precedence.set(PersonField::Email, vec![SourceIndex(1), SourceIndex(0)]);
    let rows = sample::content(&roster);

    let read = open(Box::new(Kept(rows.clone()))).unwrap();

    assert_eq!(sample::content(&read), rows);
    assert_eq!(read.precedence, roster.precedence);
    assert_eq!(schools(&Kept(rows)).unwrap(), roster.schools);
    assert_eq!(
        (&read.organisations, &read.schools, &read.groups),
        (&roster.organisations, &roster.schools, &roster.groups)
    );
    assert_eq!(sample::persons(&read), [("1".to_owned(), 2)]);
    assert_eq!(sample::persons(&read), sample::persons(&roster), "read a second time");
    assert_eq!(Stats::of(&read).unwrap(), Stats::of(&roster).unwrap());
}

/// K211: a snapshot that was cut anywhere is an error, never a smaller roster.
#[test]
fn a_cut_snapshot_is_an_error() {
    let (first, second) = register();
    let rows = sample::content(&sample::roster(&[&first, &second]));
    for kept in 0..rows.len() {
        let cut = open(Box::new(Kept(rows[..kept].to_vec())));
        assert!(cut.and_then(|roster| Stats::of(&roster)).is_err(), "{kept} of {}", rows.len());
    }
}

proptest! {
    /// Damage is an error or another roster, never a panic.
    #[test]
    fn a_damaged_row_does_not_panic(row in 0_usize..9, at in 0_usize..60, byte: u8) {
        let (first, second) = register();
        let mut rows = sample::content(&sample::roster(&[&first, &second]));
        let row = row % rows.len();
        let at = at % rows[row].len();
        rows[row][at] = byte;
        let _ = open(Box::new(Kept(rows))).and_then(|roster| Stats::of(&roster));
    }
}

/// Of a snapshot those are opened who are asked for, and a cut one is not.
#[test]
fn few_groups_and_persons_are_opened_and_no_other() {
    let (first, second) = register();
    let roster = sample::roster(&[&first, &second]);
    let rows = sample::content(&roster);
    let person = roster.persons().unwrap().next_person().unwrap().unwrap();
    let class = person.memberships[0].group;

    let few = open_among(&Kept(rows.clone()), &BTreeSet::from([person.person.key])).unwrap();
    assert_eq!(sample::persons(&few), [("1".to_owned(), 2)]);
    assert_eq!(sample::persons(&few), [("1".to_owned(), 2)], "read a second time");
    assert_eq!((&few.schools, few.groups.len()), (&roster.schools, 0));

    let few = open_among(&Kept(rows.clone()), &BTreeSet::from([class])).unwrap();
    assert_eq!(sample::persons(&few), []);
    assert_eq!(few.groups.keys().collect::<Vec<_>>(), [&class]);

    for kept in 0..rows.len() {
        let cut = open_among(&Kept(rows[..kept].to_vec()), &BTreeSet::from([class]));
        assert!(cut.is_err(), "{kept} of {}", rows.len());
    }
}
