//! What was delivered comes back as the rows that it was made from.

use std::collections::BTreeMap;

use state::{Intact, Numbered, ReadBack, RowRef, Untold};

use super::delta::moved;
use super::*;

async fn back(settings: &Settings) -> Result<(ReadBack, Vec<Row>), TargetError> {
    let mut rows = Vec::new();
    let target = OneRosterCsv::new("vendor", settings.clone());
    let how = target
        .read_back(&mut |row| {
            rows.push(RowRef::new(row).unwrap().decode().unwrap());
            Ok(())
        })
        .await?;
    Ok((how, rows))
}

/// Rows by id, without what the delivery does not tell.
fn by_id(rows: &[Row], untold: &Untold) -> BTreeMap<Vec<u8>, Vec<Value>> {
    let without = |kind: Kind, mut values: Vec<Value>, untold: &[(Kind, usize)]| {
        values.resize(20, Value::None);
        for (_, at) in untold.iter().filter(|(of, _)| *of == kind) {
            values[*at] = Value::None;
        }
        // A text of nothing is none.
        let told = |value: Value| if value.text() == Some("") { Value::None } else { value };
        values.into_iter().map(told).collect::<Vec<_>>()
    };
    let mut all = BTreeMap::new();
    for row in rows {
        let values = match row {
            Row::Object(it) => without(it.id.kind, it.values.clone(), &untold.attributes),
            Row::Member(it) => {
                if untold.partly.contains(&it.kind) || untold.unsure.contains(&(it.kind, it.member))
                {
                    continue;
                }
                without(it.kind, it.values.clone(), &untold.of_memberships)
            }
            Row::Mark { .. } => continue,
        };
        let encoded = row.encoded();
        all.insert(RowRef::new(&encoded).unwrap().id.to_vec(), values);
    }
    all
}

async fn ensure_back(settings: &Settings, rows: &[Row], shows: &str) -> Untold {
    let (how, found) = back(settings).await.unwrap();
    let ReadBack::Rows { intact: Intact::Yes, untold } = how else { panic!("{shows}: {how:?}") };
    assert_eq!(by_id(&found, &untold), by_id(rows, &untold), "{shows}");
    untold
}

/// Names that break exports, and everything that a user can have.
fn rich() -> Vec<Row> {
    let mut rows = small();
    rows.push(user(23, "eva", "Eva, \"Evan\"", "von Ek"));
    rows.push(role(23, 3, "ext:personal", ""));
    for row in &mut rows {
        if let Row::Object(it) = row
            && it.id == id(USER, 23)
        {
            for (at, text) in
                [(4, "{LDAP:eva}"), (5, "M"), (6, "E-1"), (8, "0701"), (9, "08"), (11, "Evan")]
            {
                it.values[at] = t(text);
            }
            it.values[3] = t("false");
        }
        if let Row::Object(it) = row
            && it.id == id(CLASS, 9)
        {
            it.values[card::at::CLASS_SUBJECTS] = t("Svenska,Matematik");
        }
    }
    rows
}

/// K197, K205: whole sets and changes, zipped and unpacked, in both versions, come back as the
/// rows that were delivered last: who left is gone, who came back is there.
#[tokio::test]
async fn every_form_comes_back_as_what_was_delivered_last() {
    let days: [(&str, Vec<Row>); 5] = [
        ("first", small()),
        ("a pupil moved", moved()),
        ("somebody came", rich()),
        ("everybody left", frame()),
        ("and came back", rich()),
    ];
    for version in [Version::V1_1, Version::V1_2] {
        for (form, sends) in
            [(Form::Zip, Sends::Bulk), (Form::Zip, Sends::Delta), (Form::Files, Sends::Bulk)]
        {
            let folder = tempfile::tempdir().unwrap();
            let mut settings = settings(&folder.path().join("out"), version, sends);
            settings.deliver.form = form;
            let mut receiver = Receiver::new(settings.clone());
            assert_eq!(back(&settings).await.unwrap(), (ReadBack::Nothing, vec![]));
            for (what, rows) in &days {
                receiver.at = receiver.at.checked_add(jiff::Span::new().hours(24)).unwrap();
                let rows_now = Rows::new(rows);
                receiver.try_send(&rows_now, receiver.number + 1).await.unwrap();
                receiver.number += 1;
                receiver.before = rows_now;
                let shows = format!("{what}, {form:?}, {sends:?}, {version:?}");
                let untold = ensure_back(&settings, rows, &shows).await;
                let is_told = !untold.partly.contains(&ROLE);
                assert_eq!(is_told, version == Version::V1_2, "{shows}");
                assert!(untold.unsure.is_empty(), "{shows}: {:?}", untold.unsure);
            }
        }
    }
}

/// What settings say now is not what lies there: it is read as it was delivered.
#[tokio::test]
async fn what_lies_there_is_read_whatever_the_settings_say_now() {
    let folder = tempfile::tempdir().unwrap();
    let delivered = settings(&folder.path().join("out"), Version::V1_1, Sends::Delta);
    let mut receiver = Receiver::new(delivered.clone());
    receiver.deliver(&small()).await;
    receiver.deliver(&rich()).await;
    let now = Settings { version: Version::V1_2, grades: Grades::Ceds, ..delivered };
    ensure_back(&now, &rich(), "other settings").await;
}

/// Guardians come back with their children, and a role that was added to who has none is not
/// taken for one of the register's.
#[tokio::test]
async fn what_was_added_to_a_user_is_not_taken_for_the_registers() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&folder.path().join("out"), Version::V1_2, Sends::Bulk);
    settings.include = vec![Extra::Guardians];
    let mut rows = small();
    rows.extend([
        user(30, "dag", "Dag", "Öberg"),
        member(RELATIONSHIP, id(USER, 20), 30, "parent", vec![]),
        user(31, "fia", "Fia", "Ek"),
        place(31, 9, "teacher"),
    ]);
    Receiver::new(settings.clone()).deliver(&rows).await;
    let untold = ensure_back(&settings, &rows, "guardians").await;
    let added = [30, 31].map(|user| (ROLE, id(USER, user)));
    assert_eq!(untold.unsure, added.into());
    let (_, found) = back(&settings).await.unwrap();
    let related: Vec<&Member> = found
        .iter()
        .filter_map(|row| match row {
            Row::Member(it) if it.kind == RELATIONSHIP => Some(it),
            Row::Object(_) | Row::Member(_) | Row::Mark { .. } => None,
        })
        .collect();
    let [it] = &related[..] else { panic!("{related:?}") };
    assert_eq!((it.container, it.member, &*it.role), (id(USER, 20), id(USER, 30), "parent"));
}

/// The school year of a pupil comes back in the register's words, whichever way it is written.
#[tokio::test]
async fn a_school_year_comes_back_in_the_registers_words() {
    for (grades, grade) in [
        (Grades::Swedish, "kg"),
        (Grades::Swedish, "09"),
        (Grades::Swedish, "12"),
        (Grades::Ceds, "kg"),
        (Grades::Ceds, "12"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(&folder.path().join("out"), Version::V1_2, Sends::Bulk);
        settings.grades = grades;
        let mut rows = frame();
        rows.extend([user(20, "asa", "Åsa", "Öberg"), role(20, 2, "student", grade)]);
        Receiver::new(settings.clone()).deliver(&rows).await;
        let (_, found) = back(&settings).await.unwrap();
        let read = found.iter().find_map(|row| match row {
            Row::Member(it) if it.kind == ROLE => it.values[card::at::ROLE_GRADE].text(),
            Row::Object(_) | Row::Member(_) | Row::Mark { .. } => None,
        });
        assert_eq!(read, Some(grade), "{grades:?}");
    }
}

async fn three(folder: &Path) -> Receiver {
    let mut receiver = Receiver::new(settings(folder, Version::V1_2, Sends::Delta));
    for rows in [small(), moved(), rich()] {
        receiver.deliver(&rows).await;
    }
    receiver
}

/// A chain with a link missing is refused by name, and what was changed by hand is told.
#[tokio::test]
async fn a_chain_that_is_not_whole_is_refused_by_name() {
    for (at, kind) in [(0, "bulk"), (1, "delta"), (2, "delta")] {
        let folder = tempfile::tempdir().unwrap();
        let receiver = three(&folder.path().join("out")).await;
        let gone = receiver.packages()[at].clone();
        fs::remove_file(&gone).unwrap();
        let refused = back(&receiver.settings).await;
        let Err(TargetError::Invalid { detail, .. }) = refused else { panic!("{refused:?}") };
        let name = gone.file_name().unwrap().to_string_lossy().into_owned();
        assert!(detail.contains(&name) && name.contains(kind), "{detail}");
    }
    let folder = tempfile::tempdir().unwrap();
    let receiver = three(&folder.path().join("out")).await;
    let packages = receiver.packages();
    fs::copy(&packages[1], &packages[2]).unwrap();
    let (how, _) = back(&receiver.settings).await.unwrap();
    assert!(matches!(how, ReadBack::Rows { intact: Intact::No, .. }), "{how:?}");
    fs::write(&packages[2], "no zip").unwrap();
    let refused = back(&receiver.settings).await;
    assert!(matches!(refused, Err(TargetError::Invalid { .. })), "{refused:?}");
}

/// Lines that are not ours are refused by file and line, without what stood there.
#[tokio::test]
async fn a_line_that_is_not_ours_is_refused_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(&folder.path().join("out"), Version::V1_2, Sends::Bulk);
    settings.deliver.form = Form::Files;
    let rows = Rows::new(&small());
    Receiver::new(settings.clone()).try_send(&rows, 1).await.unwrap();
    let path = settings.deliver.folder.join("users.csv");
    let text = fs::read_to_string(&path).unwrap();
    let lines = text.lines().count();
    for (bad, place) in [
        (format!("{text}Kalle{}\r\n", ",".repeat(21)), format!("users.csv line {}", lines + 1)),
        (text.replace("sourcedId", "id"), "users.csv line 1".to_owned()),
        (format!("{text}Kalle\r\n"), format!("users.csv line {}", lines + 1)),
    ] {
        fs::write(&path, bad).unwrap();
        let refused = back(&settings).await;
        let Err(TargetError::Invalid { detail, .. }) = refused else { panic!("{refused:?}") };
        assert!(detail.contains(&place) && !detail.contains("Kalle"), "{detail}");
    }
}

/// Number and time of the newest package are told from the folder's manifest, also when the
/// receiver has taken the packages away; the whole set is due when the folder does not hold
/// what was delivered last.
#[tokio::test]
async fn the_whole_set_is_due_when_the_folder_lacks_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let receiver = three(&out).await;
    let target = |settings: &Settings| OneRosterCsv::new("vendor", settings.clone());
    let ours = target(&receiver.settings);
    let (now, later) =
        (receiver.at, receiver.at.checked_add(jiff::Span::new().hours(24 * 7)).unwrap());
    let newest = Some(Numbered { number: 3, at: now });
    assert_eq!(ours.newest().await.unwrap(), newest);
    assert!(!ours.is_due(3, now).await.unwrap());
    assert!(ours.is_due(2, now).await.unwrap(), "another delivery is the last that is known");
    assert!(ours.is_due(3, later).await.unwrap(), "the whole set is a week old");
    let mut whole = receiver.settings.clone();
    whole.deliver.sends = Sends::Bulk;
    assert!(!target(&whole).is_due(3, later).await.unwrap(), "no changes build on it");
    whole.grades = Grades::Ceds;
    assert!(target(&whole).is_due(3, now).await.unwrap(), "made by other settings");
    for package in receiver.packages() {
        fs::remove_file(package).unwrap();
    }
    assert_eq!(ours.newest().await.unwrap(), newest);
    assert!(!ours.is_due(3, now).await.unwrap(), "the receiver took them");
    fs::remove_dir_all(&out).unwrap();
    assert_eq!(ours.newest().await.unwrap(), None);
    assert!(ours.is_due(3, now).await.unwrap(), "the folder was emptied");
    whole.deliver.form = Form::Files;
    assert!(target(&whole).is_due(3, now).await.unwrap());
}
