use std::collections::BTreeSet;

use proptest::prelude::*;
use state::{Row, RowRef, Subject};

use super::support::*;
use crate::{Draft, document};

/// A closed state of a small receiver: nothing refers to what is not there.
fn states() -> impl Strategy<Value = Vec<Row>> {
    let users = prop::collection::btree_map(1..8_u32, (0..3_u32, 0..3_u32), 0..8);
    let classes = prop::collection::btree_map(1..5_u32, 0..3_u32, 0..5);
    let places = prop::collection::btree_map((1..8_u32, 1..5_u32), any::<bool>(), 0..12);
    (users, classes, places).prop_map(|(users, classes, places)| {
        let mut rows = Vec::new();
        let at: BTreeSet<u32> =
            classes.values().copied().chain(users.values().map(|it| it.1)).collect();
        rows.extend(at.into_iter().map(school));
        for (&number, &at) in &classes {
            rows.push(class(number, "7A", at));
        }
        for (&number, &(name, at)) in &users {
            // User names wander between users: unique values are freed and taken.
            rows.push(user(
                number,
                ["Ek", "Al", "Ask"][name as usize],
                &format!("n{}", number + name),
                at,
            ));
        }
        for ((user, class), teaches) in places {
            if users.contains_key(&user) && classes.contains_key(&class) {
                let role = if teaches { "teacher" } else { "student" };
                rows.push(place(user, class, role, classes[&class]));
            }
        }
        rows.sort_by(|one, two| {
            let (one, two) = (one.encoded(), two.encoded());
            RowRef::new(&one).unwrap().id.cmp(RowRef::new(&two).unwrap().id)
        });
        rows
    })
}

fn drafted(a: &[Row], b: &[Row]) -> Draft {
    world(a, b).draft()
}

fn bodies(rows: &[Row]) -> Vec<(Vec<u8>, Vec<u8>)> {
    rows.iter()
        .map(|row| {
            let row = row.encoded();
            let row = RowRef::new(&row).unwrap();
            (row.id.to_vec(), row.body.to_vec())
        })
        .collect()
}

/// What a row refers to.
fn targets(row: &Row) -> Vec<state::ObjectRef> {
    crate::settle::refs(&row.encoded()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Design §10: with an immediate life cycle a plan that was carried out leaves nothing.
    #[test]
    fn a_plan_carried_out_gives_what_is_wanted_and_leaves_nothing(a in states(), b in states()) {
        let draft = drafted(&a, &b);
        let after = apply_rows(&a, &draft.operations);
        prop_assert_eq!(bodies(&after), bodies(&b));
        prop_assert_eq!(drafted(&b, &b).operations, vec![]);
        prop_assert_eq!(drafted(&after, &b).operations, vec![]);
    }

    /// Design §5: numbers are the order; what is needed comes first; at no time does a row
    /// refer to something that is not there.
    #[test]
    fn the_order_keeps_needs_and_references(a in states(), b in states()) {
        let operations = drafted(&a, &b).operations;
        let mut rows = a.clone();
        for (number, operation) in (0..).zip(&operations) {
            prop_assert_eq!(operation.number, number);
            prop_assert!(operation.needs.iter().all(|need| *need < number));
            rows = apply_rows(&rows, std::slice::from_ref(operation));
            let there: BTreeSet<_> = rows.iter().filter_map(|row| match row {
                Row::Object(object) => Some(object.id),
                Row::Member(_) | Row::Mark { .. } => None,
            }).collect();
            for row in &rows {
                prop_assert!(targets(row).iter().all(|id| there.contains(id)), "{}", brief(&operations));
            }
        }
    }

    /// Invariant 5: the same input gives the same plan; a document is read back as it was.
    #[test]
    fn a_document_is_read_back_as_it_was_written(a in states(), b in states()) {
        let operations = drafted(&a, &b).operations;
        let write = || {
            let mut text = String::new();
            let id = document::write(
                &super::documents::about(),
                &operations,
                &crate::Verdicts::default(),
                |pieces| pieces.into_iter().rev().for_each(|piece| piece()),
                |lines| { text.push_str(lines); Ok::<(), crate::PlanError>(()) },
            ).unwrap();
            (id, text.lines().map(str::to_owned).collect::<Vec<_>>())
        };
        let (id, lines) = write();
        prop_assert_eq!((&id, &lines), (&write().0, &write().1));
        let lines = lines.iter().map(String::as_str);
        let read = document::read_checked(id.as_str(), lines, &FILES).unwrap();
        prop_assert_eq!(read.operations, operations);
    }

    /// A membership has one subject: no two operations are about the same thing, but for a
    /// removal and an addition.
    #[test]
    fn nothing_is_done_twice(a in states(), b in states()) {
        let operations = drafted(&a, &b).operations;
        let subjects: BTreeSet<(Subject, _)> =
            operations.iter().map(|it| (it.subject().unwrap(), it.verb)).collect();
        prop_assert_eq!(subjects.len(), operations.len());
    }
}
