//! What has changed.

use super::*;

fn begin(folder: &Path) -> Receiver {
    Receiver::new(settings(&folder.join("out"), Version::V1_2, Sends::Delta))
}

fn mode(package: &Package, file: &str) -> String {
    package.property(&format!("file.{file}")).unwrap_or_default()
}

/// The rows of `small` with the pupil in the other teaching group of another school.
fn moved() -> Vec<Row> {
    let mut rows = small();
    rows.retain(|row| !matches!(row, Row::Member(it) if it.member.key == key(20)));
    rows.extend([
        course(50, Value::None, "Matematik", "GRGRMAT01", 3),
        class(51, "Ma 9B", 50, 3, &[5, 6], "scheduled"),
        role(20, 3, "student", "09"),
        place(20, 51, "student"),
    ]);
    rows
}

/// K197, K205: the first delivery is whole, and then only what changed is told: what is new as
/// active, what is gone as to be deleted, each with the time of the delivery.
#[tokio::test]
async fn a_moved_pupil_is_told_as_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = begin(folder.path());
    assert_eq!(mode(&receiver.deliver(&small()).await, "users"), "bulk");
    let package = receiver.deliver(&moved()).await;
    assert_eq!(mode(&package, "orgs"), "absent", "nothing of the schools changed");
    assert_eq!(mode(&package, "roles"), "delta");
    let roles = shown(&package, "roles.csv");
    let lines: Vec<&str> =
        roles.lines().skip(1).map(|line| line.split_once(',').unwrap().1).collect();
    let (gone, new): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|it| it.starts_with("tobedeleted"));
    assert_eq!(gone, ["tobedeleted,2026-09-03T02:14:00.000Z,<20>,secondary,student,,,<2>,"]);
    assert_eq!(
        new,
        ["active,2026-09-03T02:14:00.000Z,<20>,primary,student,2026-08-17,2027-06-12,<3>,"]
    );
    assert!(shown(&package, "users.csv").contains("<20>,active,"), "the primary school changed");
    assert_eq!(shown(&package, "users.csv").lines().count(), 2);
    let enrollments = shown(&package, "enrollments.csv");
    assert_eq!(enrollments.matches(",tobedeleted,").count(), 2, "{enrollments}");
    assert_eq!(enrollments.matches(",active,").count(), 1);
}

/// K205: who leaves and comes back is active again, under the same ids.
#[tokio::test]
async fn what_reappears_is_active_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = begin(folder.path());
    receiver.deliver(&small()).await;
    let whole = receiver.total.clone();
    let gone = receiver.deliver(&frame()).await;
    assert_eq!(receiver.total.rows("users.csv"), 0);
    let users = shown(&gone, "users.csv");
    assert!(
        users.contains("<20>,tobedeleted,2026-09-03T02:14:00.000Z,false,<20>,,-,-,"),
        "{users}"
    );
    assert!(!users.contains("Åsa") && !users.contains("example"), "a removal names nobody");
    receiver.deliver(&small()).await;
    assert_eq!(receiver.total, whole);
}

/// Another teacher becomes the primary one when the first leaves, although nothing of theirs
/// changed.
#[tokio::test]
async fn a_change_that_follows_from_another_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = begin(folder.path());
    receiver.deliver(&small()).await;
    let mut rows = small();
    rows.retain(
        |row| !matches!(row, Row::Member(it) if it.member.key == key(21) && it.kind == ENROLLMENT),
    );
    let package = receiver.deliver(&rows).await;
    let enrollments = shown(&package, "enrollments.csv");
    assert!(enrollments.contains(",<9>,<2>,<22>,teacher,true,"), "{enrollments}");
    assert_eq!(enrollments.lines().count(), 3);
}

/// K056, K074: a renamed class is a change of it alone; a person whose key changes keeps the
/// published id, and nothing is told.
#[tokio::test]
async fn ids_last() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = begin(folder.path());
    receiver.deliver(&small()).await;
    let mut rows = small();
    rows[8] = class(9, "9B", 7, 2, &[5, 6], "homeroom");
    let package = receiver.deliver(&rows).await;
    let names: Vec<_> = package.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["manifest.csv", "classes.csv"]);
    for row in &mut rows {
        match row {
            Row::Object(it) if it.id == id(USER, 20) => it.id = id(USER, 60),
            Row::Member(it) if it.member == id(USER, 20) => it.member = id(USER, 60),
            Row::Object(_) | Row::Member(_) | Row::Mark { .. } => {}
        }
    }
    let published = PublishedIds::new([(id(USER, 60), key(20))]);
    let package = receiver.deliver_as(&rows, published).await;
    assert_eq!(package.files.len(), 1, "the manifest alone: no change");
}

/// K221: a delivery that is sent again is the same package; nothing is overwritten or doubled.
#[tokio::test]
async fn a_delivery_that_is_sent_again_is_the_same_package() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = begin(folder.path());
    receiver.deliver(&small()).await;
    receiver.at = receiver.at.checked_add(jiff::Span::new().hours(24)).unwrap();
    let rows = Rows::new(&moved());
    let first = receiver.try_send(&rows, 2).await.unwrap();
    assert!(matches!(first, Outcome::Done { .. }));
    let made: Vec<_> = receiver.packages().iter().map(|it| fs::read(it).unwrap()).collect();
    assert_eq!(receiver.try_send(&rows, 2).await.unwrap(), Outcome::AlreadySo);
    // The run was killed after the rows were kept: before and after are the same now.
    receiver.before = rows.clone();
    assert_eq!(receiver.try_send(&rows, 2).await.unwrap(), Outcome::AlreadySo);
    let now: Vec<_> = receiver.packages().iter().map(|it| fs::read(it).unwrap()).collect();
    assert_eq!(made, now);
}

/// A whole set comes when nothing is known of the last, when its number is not the one that
/// was confirmed, when the settings make other lines, and every so many days.
#[tokio::test]
async fn a_whole_set_comes_when_changes_would_not_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = begin(folder.path());
    receiver.deliver(&small()).await;
    assert_eq!(mode(&receiver.deliver(&moved()).await, "users"), "delta");
    receiver.settings.grades = Grades::Ceds;
    assert_eq!(mode(&receiver.deliver(&small()).await, "users"), "bulk", "other settings");
    assert_eq!(mode(&receiver.deliver(&moved()).await, "users"), "delta");
    receiver.number += 1;
    assert_eq!(mode(&receiver.deliver(&small()).await, "users"), "bulk", "another was confirmed");
    for day in 1..7 {
        let rows = if day % 2 == 0 { small() } else { moved() };
        assert_eq!(mode(&receiver.deliver(&rows).await, "users"), "delta", "day {day}");
    }
    assert_eq!(mode(&receiver.deliver(&moved()).await, "users"), "bulk", "a week has passed");
    fs::remove_dir_all(receiver.folder()).unwrap();
    assert_eq!(mode(&receiver.deliver(&small()).await, "users"), "bulk", "nothing is known");
}

/// What the receiver has fetched and removed is known all the same.
#[tokio::test]
async fn a_package_that_was_fetched_does_not_break_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = begin(folder.path());
    receiver.deliver(&small()).await;
    for package in receiver.packages() {
        fs::remove_file(package).unwrap();
    }
    assert_eq!(mode(&receiver.deliver(&moved()).await, "users"), "delta");
}

/// Old packages leave when enough whole sets are newer; the changes after a kept one stay.
#[tokio::test]
async fn old_packages_leave() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = begin(folder.path());
    receiver.settings.deliver.bulk_every_days = 2;
    for day in 0..7 {
        receiver.deliver(&if day % 2 == 0 { small() } else { moved() }).await;
    }
    let names: Vec<String> = receiver
        .packages()
        .iter()
        .map(|it| it.file_name().unwrap().to_string_lossy()[17..30].to_owned())
        .collect();
    assert_eq!(names, ["000005-bulk-1", "000006-delta-", "000007-bulk-1"]);
}

/// A clock that was set back must not make a package that sorts before the last.
#[tokio::test]
async fn a_clock_that_was_set_back_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = begin(folder.path());
    receiver.deliver(&small()).await;
    receiver.at = receiver.at.checked_sub(jiff::Span::new().hours(1)).unwrap();
    let refused = receiver.try_send(&Rows::new(&moved()), 2).await;
    assert!(matches!(refused, Err(TargetError::Invalid { .. })), "{refused:?}");
}

/// Everything in every package and beside.
fn names_anywhere(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(package) =
            fs::read(&path).map_err(|_| ()).and_then(|it| Package::zip(&it).map_err(|_| ()))
        else {
            continue;
        };
        for (name, bytes) in package.files {
            for line in String::from_utf8_lossy(&bytes).lines().filter(|it| it.contains(text)) {
                found.push(format!("{} {name}: {line}", path.display()));
            }
        }
    }
    found
}

/// K069, K070: whoever has become protected is in no kept package any more, but for the row
/// that removes the id; others stay, and every package is valid still.
#[tokio::test]
async fn the_forgotten_are_in_no_package() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = begin(folder.path());
    receiver.settings.include = vec![Extra::Guardians];
    let mut rows = small();
    rows.extend([
        user(30, "dag", "Dag", "Öberg"),
        member(RELATIONSHIP, id(USER, 20), 30, "guardian", vec![]),
    ]);
    receiver.deliver(&frame()).await;
    receiver.deliver(&rows).await;
    let target = OneRosterCsv::new("vendor", receiver.settings.clone());
    let [child, adult] = [key(20), key(30)];
    assert!(!names_anywhere(receiver.folder(), &child.to_string()).is_empty());
    target.forget(&[child, adult]).await.unwrap();
    for text in [child.to_string(), adult.to_string(), "Åsa".to_owned(), "Dag".to_owned()] {
        assert_eq!(names_anywhere(receiver.folder(), &text), Vec::<String>::new());
    }
    assert!(!names_anywhere(receiver.folder(), "cia").is_empty());
    assert!(sums_hold(receiver.folder()));

    // What is kept of them has no values any more; the removal follows by id alone.
    let blanked = |row: &mut Row| match row {
        Row::Object(it) if [child, adult].contains(&it.id.key) => it.values.fill(Value::None),
        Row::Member(it) if [child, adult].contains(&it.member.key) => it.values.fill(Value::None),
        Row::Object(_) | Row::Member(_) | Row::Mark { .. } => {}
    };
    rows.iter_mut().for_each(blanked);
    receiver.before = Rows::new(&rows);
    let of_others = |row: &Row| match row {
        Row::Object(it) => ![child, adult].contains(&it.id.key),
        Row::Member(it) => ![child, adult].contains(&it.member.key),
        Row::Mark { .. } => false,
    };
    rows.retain(of_others);
    let package = receiver.deliver(&rows).await;
    assert_eq!(shown(&package, "users.csv").matches(",tobedeleted,").count(), 2);
    assert!(!receiver.total.0["users.csv"].contains_key(&child.to_string()));
    target.forget(&[child, adult]).await.unwrap();
    for line in names_anywhere(receiver.folder(), &child.to_string()) {
        assert!(line.contains(",tobedeleted,"), "{line}");
    }
    let before: Vec<_> = receiver.packages().iter().map(|it| fs::read(it).unwrap()).collect();
    target.forget(&[child, adult]).await.unwrap();
    let after: Vec<_> = receiver.packages().iter().map(|it| fs::read(it).unwrap()).collect();
    assert_eq!(before, after, "to forget twice changes nothing");
}

fn sums_hold(folder: &Path) -> bool {
    connect::files::check(folder).unwrap()
}

/// A child's only guardian, forgotten, leaves the child.
#[tokio::test]
async fn a_forgotten_guardian_leaves_the_child() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = begin(folder.path());
    receiver.settings.include = vec![Extra::Guardians];
    let mut rows = small();
    rows.extend([
        user(30, "dag", "Dag", "Öberg"),
        member(RELATIONSHIP, id(USER, 20), 30, "guardian", vec![]),
    ]);
    receiver.deliver(&rows).await;
    let target = OneRosterCsv::new("vendor", receiver.settings.clone());
    target.forget(&[key(30)]).await.unwrap();
    assert_eq!(names_anywhere(receiver.folder(), &key(30).to_string()), Vec::<String>::new());
    let package = receiver.newest();
    assert!(shown(&package, "users.csv").contains("<20>,,,true,asa,"));
    receiver.total = Total::default();
    assert_eq!(receiver.wrong(&package), []);
}
