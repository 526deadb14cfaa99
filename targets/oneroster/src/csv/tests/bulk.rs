//! Whole sets.

use super::*;
use testkit::{FileSet, file_set};

/// K037, K054, K197: the columns of every file, in order, and the rows of the manifest are
/// those of the specification.
#[test]
fn the_columns_are_those_of_the_specification() {
    for version in [Version::V1_1, Version::V1_2] {
        let Some(spec) = Spec::load(version.word()) else { return };
        for file in columns::File::ALL {
            let ours = file.columns(version).iter().map(|column| column.name);
            let ours: Vec<_> = columns::FIRST.into_iter().chain(ours).collect();
            let theirs = spec.columns(&file.name());
            if file == columns::File::Roles && version == Version::V1_1 {
                assert!(theirs.is_empty());
            } else {
                assert_eq!(ours, theirs, "{}", file.name());
            }
        }
    }
}

/// K037, K046, K215: a whole set of each version is as the rules want it, without a fault;
/// roles stand by context, and a user has one primary role at a school, a class one primary
/// teacher.
#[tokio::test]
async fn a_whole_set_keeps_every_rule() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("out");
    let mut receiver = Receiver::new(settings(&at, Version::V1_2, Sends::Bulk));
    let package = receiver.deliver(&small()).await;
    assert_eq!(
        shown(&package, "academicSessions.csv"),
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\n\
         <4>,,,2026/2027,schoolYear,2026-07-01,2027-07-01,,2027\n\
         <5>,,,HT 2026,term,2026-07-01,2027-01-01,<4>,2027\n\
         <6>,,,VT 2027,term,2027-01-01,2027-07-01,<4>,2027\n"
    );
    assert!(shown(&package, "orgs.csv").contains("<2>,,,Ekskolan,school,99999901,<1>\n"));
    assert!(shown(&package, "courses.csv").contains("<7>,,,<4>,Klass,,,<2>,,\n"));
    let classes = shown(&package, "classes.csv");
    assert!(classes.contains("<9>,,,\"9A, \"\"eken\"\"\",,<7>,,homeroom,,<2>,\"<5>,<6>\",,,\n"));
    let users = shown(&package, "users.csv");
    assert!(
        users.contains("<20>,,,true,asa,,Åsa,Öberg,,,20@example.se,,,,09,,,,,,<2>,\n"),
        "{users}"
    );
    let roles = shown(&package, "roles.csv");
    assert!(roles.contains(",,,<20>,primary,student,2026-08-17,2027-06-12,<2>,\n"), "{roles}");
    assert_eq!(roles.matches(",<21>,primary,").count(), 1);
    assert_eq!(roles.matches(",<21>,secondary,").count(), 1);
    let enrollments = shown(&package, "enrollments.csv");
    assert!(enrollments.contains(",,,<9>,<2>,<20>,student,,2026-08-17,\n"), "{enrollments}");
    assert!(enrollments.contains(",,,<9>,<2>,<21>,teacher,true,2026-08-17,\n"));
    assert!(enrollments.contains(",,,<9>,<2>,<22>,teacher,false,2026-08-17,\n"));
    assert!(package.text("manifest.csv").contains("file.demographics,absent\r\n"));

    let at = folder.path().join("old");
    let mut receiver = Receiver::new(settings(&at, Version::V1_1, Sends::Bulk));
    let package = receiver.deliver(&small()).await;
    let users = shown(&package, "users.csv");
    assert!(
        users.contains("<20>,,,true,<2>,student,asa,,Åsa,Öberg,,,20@example.se,,,,09,\n"),
        "{users}"
    );
    assert!(users.contains("<22>,,,true,<2>,administrator,cia,"));
    assert_eq!(package.text("roles.csv"), "");
}

/// A file without rows is left out and told absent; nothing that carries passwords or more of
/// a person is made at all.
#[tokio::test]
async fn no_file_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver =
        Receiver::new(settings(&folder.path().join("out"), Version::V1_2, Sends::Bulk));
    let package = receiver.deliver(&frame()[..3]).await;
    let names: Vec<_> = package.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["manifest.csv", "orgs.csv"]);
    assert_eq!(package.property("file.users").as_deref(), Some("absent"));
    assert_eq!(package.property("file.orgs").as_deref(), Some("bulk"));
}

/// A file that has become empty may not be in the package, and what is absent says nothing:
/// its rows are told as to be deleted, beside the whole files.
#[tokio::test]
async fn the_last_row_of_a_file_is_told_to_be_deleted() {
    let folder = tempfile::tempdir().unwrap();
    for version in [Version::V1_1, Version::V1_2] {
        let at = folder.path().join(version.word());
        let mut receiver = Receiver::new(settings(&at, version, Sends::Bulk));
        receiver.deliver(&small()).await;
        let package = receiver.deliver(&frame()[..3]).await;
        assert_eq!(package.property("file.orgs").as_deref(), Some("bulk"));
        assert_eq!(package.property("file.users").as_deref(), Some("delta"));
        assert_eq!(receiver.total.0.keys().collect::<Vec<_>>(), ["orgs.csv"]);
        assert_eq!(receiver.deliver(&frame()[..3]).await.files.len(), 2, "told once");
    }
}

/// The same rows give the same bytes, and so the same checksum.
#[tokio::test]
async fn the_same_rows_give_the_same_package() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    for place in ["one", "other"] {
        let at = folder.path().join(place);
        let mut receiver = Receiver::new(settings(&at, Version::V1_2, Sends::Bulk));
        receiver.deliver(&small()).await;
        bytes.push(fs::read(&receiver.packages()[0]).unwrap());
        let sums = fs::read_to_string(at.join(connect::files::MANIFEST)).unwrap();
        assert!(sums.contains("-000001-bulk-1.2-"), "{sums}");
    }
    assert_eq!(bytes[0], bytes[1]);
}

/// K213: a group without a teacher goes out, and has no primary one.
#[tokio::test]
async fn a_class_without_teacher_or_pupils_goes_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver =
        Receiver::new(settings(&folder.path().join("out"), Version::V1_1, Sends::Bulk));
    let package = receiver.deliver(&frame()).await;
    assert_eq!(shown(&package, "classes.csv").lines().count(), 3);
    assert_eq!(package.text("enrollments.csv"), "");
}

/// K203: guardians are sent only where the settings say so; then they are users with a role
/// at the top, and their children name them.
#[tokio::test]
async fn guardians_are_off_until_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = small();
    rows.extend([
        user(30, "dag", "Dag", "Öberg"),
        member(RELATIONSHIP, id(USER, 20), 30, "guardian", vec![]),
    ]);
    for version in [Version::V1_1, Version::V1_2] {
        let at = folder.path().join(version.word());
        let mut receiver = Receiver::new(settings(&at, version, Sends::Bulk));
        assert!(!shown(&receiver.deliver(&rows).await, "users.csv").contains("Dag"));
        receiver.settings.include = vec![Extra::Guardians];
        let users = shown(&receiver.deliver(&rows).await, "users.csv");
        assert!(users.contains("Dag"), "{users}");
        let child = users.lines().find(|line| line.starts_with("<20>")).unwrap();
        assert!(child.contains(",<30>,"), "{child}");
    }
}

/// Grades are written as the receiver and the tenant have agreed.
#[tokio::test]
async fn grades_follow_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    #[rustfmt::skip]
    let table = [
        (Grades::Swedish, "kg", ",F,"), (Grades::Swedish, "10", ",GY1,"),
        (Grades::Swedish, "01", ",01,"), (Grades::Ceds, "kg", ",KG,"),
        (Grades::Ceds, "12", ",12,"), (Grades::None, "12", ",,"),
    ];
    for (at, (grades, grade, expected)) in table.into_iter().enumerate() {
        let usual = settings(&folder.path().join(at.to_string()), Version::V1_2, Sends::Bulk);
        let mut receiver = Receiver::new(Settings { grades, ..usual });
        let mut rows = frame();
        rows.extend([user(20, "asa", "Åsa", "Öberg"), role(20, 2, "student", grade)]);
        let package = receiver.deliver(&rows).await;
        let users = shown(&package, "users.csv");
        assert!(users.contains(&format!("20@example.se,,,{expected}")), "{users}");
    }
}

fn people(names: &[&str]) -> Vec<Row> {
    let mut rows = frame();
    for (at, name) in (0_u8..).zip(names) {
        let byte = FileSet::person(USER, at).key.as_bytes()[0];
        rows.push(user(byte, &format!("p{at}"), name, name));
        rows.push(role(byte, 2, "student", "09"));
        rows.push(place(byte, 9, "student"));
    }
    rows
}

/// K059: unpacked files keep what every target of files must.
#[tokio::test]
async fn unpacked_files_keep_what_every_file_set_must() {
    for version in [Version::V1_1, Version::V1_2] {
        let folder = tempfile::tempdir().unwrap();
        let make = |at: &Path| -> Box<dyn Target> {
            let mut settings = settings(at, version, Sends::Bulk);
            settings.deliver.form = Form::Files;
            Box::new(OneRosterCsv::new("vendor", settings))
        };
        let set = FileSet { make: &make, rows: &people, person: USER };
        assert_eq!(file_set(&set, folder.path()).await, Ok(()));
    }
}

/// K065: the card says what the writer does; nothing on it can hold a password or, unless
/// a tenant writes the expression, an identity number; references lead to kinds before.
#[test]
fn the_card_fits_the_writer() {
    let place = |kind: Kind, name: &str| {
        let attributes = CARD.object(kind).unwrap().attributes;
        attributes.iter().position(|attribute| attribute.name == name)
    };
    assert_eq!(place(ORG, "parentSourcedId"), Some(card::at::ORG_PARENT));
    assert_eq!(place(SESSION, "schoolYear"), Some(card::at::SESSION_YEAR));
    assert_eq!(place(COURSE, "subjectCodes"), Some(card::at::COURSE_SUBJECT_CODES));
    assert_eq!(place(CLASS, "periods"), Some(card::at::CLASS_PERIODS));
    assert_eq!(place(USER, "pronouns"), Some(card::at::PRONOUNS));
    assert_eq!(place(USER, "password"), None);
    for (at, kind) in CARD.objects.iter().enumerate() {
        for attribute in kind.attributes {
            assert!(attribute.refers_to.is_none_or(|to| usize::from(to.0) <= at));
            assert!(!attribute.default.contains("number"));
        }
    }
}

/// What the settings leave out has a usual value, and what cannot be is told with its place.
#[test]
fn settings_are_read_and_checked() {
    let parse = |text: &str| serde_json::from_str::<Settings>(text);
    let usual = parse(r#"{"deliver": {"folder": "out"}}"#).unwrap();
    assert_eq!(usual, settings(Path::new("out"), Version::V1_2, Sends::Bulk));
    assert_eq!(usual.problems(), []);
    assert!(parse(r#"{"deliver": {"folder": "out"}, "versoin": "1.1"}"#).is_err());
    let wrong = r#"{"deliver": {"folder": "/", "form": "files", "sends": "delta",
        "bulk_every_days": 0, "keep_bulks": 0}}"#;
    let paths: Vec<_> = parse(wrong).unwrap().problems().iter().map(|it| it.path[1]).collect();
    assert_eq!(paths, ["folder", "sends", "bulk_every_days", "keep_bulks"]);
}
