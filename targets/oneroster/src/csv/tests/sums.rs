//! The whole set and the changes after it are the whole set of today.

use super::*;
use proptest::prelude::*;

/// A day of a town: which of its people, places and things there are, and as what.
#[derive(Debug, Clone)]
struct Day {
    names: Vec<u8>,
    places: Vec<(u8, u8, u8)>,
    roles: Vec<(u8, u8, u8)>,
    classes: Vec<(u8, u8, u8)>,
    guardians: Vec<(u8, u8)>,
    blanked: Option<u8>,
}

fn day() -> impl Strategy<Value = Day> {
    let some = |most| prop::collection::vec(0..most, 0..6_usize);
    (
        some(12_u8),
        prop::collection::vec((0..6_u8, 0..5_u8, 0..2_u8), 0..10),
        prop::collection::vec((0..6_u8, 1..4_u8, 0..3_u8), 0..8),
        prop::collection::vec((0..5_u8, 1..4_u8, 4..8_u8), 0..5),
        prop::collection::vec((0..6_u8, 0..6_u8), 0..3),
        prop::option::of(0..6_u8),
    )
        .prop_map(|(names, places, roles, classes, guardians, blanked)| Day {
            names,
            places,
            roles,
            classes,
            guardians,
            blanked,
        })
}

/// Rows with every kind of hole: classes at the district, in years, without a course; places
/// in classes that are not there; persons without a role.
fn rows(day: &Day) -> Vec<Row> {
    let mut rows = frame();
    rows.truncate(8);
    let unique = |mut all: Vec<Row>, one: fn(&Row) -> Vec<u8>| {
        all.sort_by_key(one);
        all.dedup_by_key(|row| one(row));
        all
    };
    let identity = |row: &Row| {
        let encoded = row.encoded();
        state::RowRef::new(&encoded).unwrap().id.to_vec()
    };
    let classes = day.classes.iter().map(|&(class_no, school, term)| {
        class(
            9 + class_no,
            &format!("{school}{term}"),
            7 + class_no % 3,
            school,
            &[term],
            "homeroom",
        )
    });
    rows.extend(unique(classes.collect(), identity));
    let persons = day
        .names
        .iter()
        .map(|&it| user(20 + it % 6, &format!("u{}", it % 6), &format!("N{it}"), "Ek"));
    let persons = unique(persons.collect(), identity);
    let there: Vec<u8> = persons.iter().map(|row| identity(row)[1]).collect();
    rows.extend(persons);
    let is_there = |who: u8| there.contains(&(20 + who));
    let mut members = Vec::new();
    for &(who, school, as_what) in day.roles.iter().filter(|it| is_there(it.0)) {
        let word = ["student", "teacher", "ext:personal"][usize::from(as_what)];
        members.push(role(20 + who, school, word, "10"));
    }
    for &(who, class_no, as_what) in day.places.iter().filter(|it| is_there(it.0)) {
        members.push(place(20 + who, 9 + class_no, ["student", "teacher"][usize::from(as_what)]));
    }
    for &(who, child) in day.guardians.iter().filter(|it| is_there(it.0) && it.0 != it.1) {
        members.push(member(RELATIONSHIP, id(USER, 20 + child), 20 + who, "guardian", vec![]));
    }
    rows.extend(unique(members, identity));
    rows
}

/// As a delivery is kept when a person of it has become protected.
fn blanked(mut rows: Vec<Row>, who: Option<u8>) -> Vec<Row> {
    let Some(who) = who.map(|it| key(20 + it)) else { return rows };
    for row in &mut rows {
        match row {
            Row::Object(it) if it.id.key == who => it.values.fill(Value::None),
            Row::Member(it) if it.member.key == who => it.values.fill(Value::None),
            Row::Object(_) | Row::Member(_) | Row::Mark { .. } => {}
        }
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// K205: total of the first day and the changes of all days since are the total of today,
    /// in both versions; every package on the way keeps every rule.
    #[test]
    fn the_first_total_and_all_changes_are_the_total_of_today(
        days in prop::collection::vec(day(), 2..6),
        old in any::<bool>(),
        guardians in any::<bool>(),
    ) {
        let version = if old { Version::V1_1 } else { Version::V1_2 };
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let usual = settings(&folder.path().join("delta"), version, Sends::Delta);
        let include = if guardians { vec![Extra::Guardians] } else { Vec::new() };
        let mut receiver = Receiver::new(Settings { include: include.clone(), ..usual });
        receiver.settings.deliver.bulk_every_days = 100;
        for day in &days {
            let is_first = receiver.number == 0;
            let package = runtime.block_on(receiver.deliver(&rows(day)));
            let told = package.text("manifest.csv");
            prop_assert_eq!(told.contains(",bulk"), is_first && package.files.len() > 1);
            receiver.before = Rows::new(&blanked(rows(day), day.blanked));
        }
        let last = rows(days.last().unwrap());
        let usual = settings(&folder.path().join("bulk"), version, Sends::Bulk);
        let mut fresh = Receiver::new(Settings { include, ..usual });
        runtime.block_on(fresh.deliver(&last));
        prop_assert_eq!(&receiver.total, &fresh.total);
    }
}
