//! What bad values get.

use super::*;

async fn package_of(rows: &[Row], version: Version) -> Package {
    let folder = tempfile::tempdir().unwrap();
    Receiver::new(settings(&folder.path().join("out"), version, Sends::Bulk)).deliver(rows).await
}

/// K054: line breaks and control characters become spaces, formulas and quotes stay, what is
/// longer than every receiver takes is cut.
#[tokio::test]
async fn odd_names_go_out_whole_and_long_ones_are_cut() {
    let long = "å".repeat(300);
    for version in [Version::V1_1, Version::V1_2] {
        let mut rows = frame();
        for (byte, name) in
            (20..).zip(["=SUM(A1)", "rad\r\nbrytning", "Ek, \"Kalle\"", &long, "\u{feff}x\0y"])
        {
            rows.push(user(byte, &format!("u{byte}"), name, "Ek"));
            rows.push(role(byte, 2, "student", ""));
        }
        let users = package_of(&rows, version).await.text("users.csv");
        assert!(users.contains(",=SUM(A1),") && users.contains(",rad  brytning,"), "{users}");
        assert!(users.contains(",\"Ek, \"\"Kalle\"\"\",") && users.contains(",x y,"));
        assert!(users.contains(&"å".repeat(255)) && !users.contains(&"å".repeat(256)));
    }
}

/// K009, K065: no value that reads as an identity number is sent: an optional one is left out,
/// and whoever has it as a user name stays out with everything of theirs.
#[tokio::test]
async fn identity_numbers_are_never_sent() {
    const NUMBER: &str = "20110203-9802";
    let valid: Vec<String> = (0..10)
        .map(|check| {
            format!(
                "2011020398{check}{}",
                (0..10)
                    .find(|last| { cells::tells_a_number(&format!("2011020398{check}{last}")) })
                    .unwrap()
            )
        })
        .collect();
    assert!(
        cells::tells_a_number(&valid[0]) && !cells::tells_a_number(&NUMBER.replace("9802", ""))
    );
    for number in [
        valid[0].clone(),
        valid[1][2..].to_owned(),
        format!("{}-{}", &valid[2][..8], &valid[2][8..]),
    ] {
        for version in [Version::V1_1, Version::V1_2] {
            let mut rows = small();
            let mut other = user(30, "eva", "Eva", "Ek");
            text_of(&mut other, card::at::IDENTIFIER, &number);
            text_of(&mut other, card::at::USER_IDS, &format!("{{pnr:{number}}}"));
            text_of(&mut other, card::at::MASTER_IDENTIFIER, &number);
            text_of(&mut other, card::at::EMAIL, &format!("{number}@example.se"));
            rows.extend([other, role(30, 2, "student", "")]);
            rows.extend([
                user(31, &number, "Dan", "Ek"),
                role(31, 2, "student", ""),
                place(31, 9, "student"),
            ]);
            rows.extend([class(40, &number, 8, 2, &[5], "homeroom"), place(31, 40, "student")]);
            let package = package_of(&rows, version).await;
            for (name, bytes) in &package.files {
                let text = String::from_utf8_lossy(bytes);
                assert!(!text.contains(&number), "{name}");
                assert!(!text.contains(&key(31).to_string()), "{name}");
            }
            assert!(package.text("users.csv").contains("eva"));
        }
    }
}

/// A class without a school, a course or a term never goes out, nor its places; a session
/// whose dates are missing does not either.
#[tokio::test]
async fn what_lacks_what_it_refers_to_stays_out() {
    let mut rows = small();
    rows.extend([
        class(40, "no school", 8, 99, &[5], "homeroom"),
        class(41, "no course", 99, 2, &[5], "homeroom"),
        class(42, "no term", 8, 2, &[99], "homeroom"),
        class(43, "a year is no term", 8, 2, &[4], "homeroom"),
        class(44, "the district is no school", 8, 1, &[5], "homeroom"),
        session(45, "no dates", "term", ["", ""], Value::None),
        class(46, "a term without dates", 8, 2, &[45], "homeroom"),
        object(ORG, 47, vec![t("Lost"), t("school"), t(""), to(ORG, 99)]),
        course(48, to(SESSION, 5), "a term is no year", "", 2),
        user(30, "eva", "Eva", "Ek"),
        role(30, 99, "student", ""),
    ]);
    rows.extend((40..=46).filter(|it| *it != 45).map(|it| place(20, it, "student")));
    for version in [Version::V1_1, Version::V1_2] {
        let package = package_of(&rows, version).await;
        assert_eq!(shown(&package, "classes.csv").lines().count(), 3);
        assert!(!shown(&package, "academicSessions.csv").contains("<45>"));
        assert!(shown(&package, "orgs.csv").contains("<47>,,,Lost,school,,\n"));
        assert!(shown(&package, "courses.csv").contains("<48>,,,,a term"));
        assert!(!shown(&package, "users.csv").contains("<30>"), "no role anywhere");
    }
}

/// Who has no place of their own in the register has a role where their classes are.
#[tokio::test]
async fn who_is_only_in_classes_has_a_role_there() {
    let mut rows = frame();
    rows.extend([user(20, "asa", "Åsa", "Öberg"), place(20, 9, "student")]);
    let package = package_of(&rows, Version::V1_2).await;
    assert!(shown(&package, "roles.csv").contains(",<20>,primary,student,,,<2>,"));
}

/// K054: what the mapping makes and no receiver takes is refused with its place, by ids
/// alone, and nothing is written.
#[tokio::test]
async fn what_the_receiver_would_refuse_is_not_delivered() {
    let bad: [(Row, &str); 8] = [
        (object(ORG, 50, vec![t("X"), t("skola")]), "orgs.csv type of"),
        (class(50, "X", 8, 2, &[5], "klass"), "classes.csv classType of"),
        (
            session(50, "X", "term", ["2026-02-30", "2026-12-31"], Value::None),
            "academicSessions.csv startDate of",
        ),
        (
            session(50, "X", "term", ["2026-01-01", "later"], Value::None),
            "academicSessions.csv endDate of",
        ),
        (role(20, 2, "elev", ""), "roles.csv role of"),
        (place(20, 9, "elev"), "enrollments.csv role of"),
        (role(50, 2, "student", ""), "is not in the set"),
        (object(Kind(9), 50, vec![]), "no kind on the card"),
    ];
    for (row, expected) in bad {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("out");
        let receiver = Receiver::new(settings(&at, Version::V1_2, Sends::Bulk));
        let mut rows = small();
        rows.push(row);
        match receiver.try_send(&Rows::new(&rows), 1).await {
            Err(TargetError::Invalid { detail, .. }) => {
                assert!(detail.contains(expected), "{expected}: {detail}");
                assert!(!detail.contains("example"), "our ids alone: {detail}");
            }
            other => panic!("{expected}: {other:?}"),
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left lying");
    }
}

/// An extension with the standard's sign is a role, and an aide in the version without.
#[tokio::test]
async fn a_role_of_ones_own_is_told_as_an_extension() {
    let mut rows = small();
    rows.extend([user(30, "eva", "Eva", "Ek"), role(30, 2, "ext:personal", "")]);
    let roles = shown(&package_of(&rows, Version::V1_2).await, "roles.csv");
    assert!(roles.contains(",<30>,primary,ext:personal,"));
    let users = shown(&package_of(&rows, Version::V1_1).await, "users.csv");
    assert!(users.contains("<30>,,,true,<2>,aide,"));
}

/// K170: a folder that holds anything else is refused and left whole.
#[tokio::test]
async fn a_folder_of_somebody_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("skolbro.toml"), "settings").unwrap();
    let receiver = Receiver::new(settings(folder.path(), Version::V1_2, Sends::Bulk));
    let refused = receiver.try_send(&Rows::new(&small()), 1).await;
    let Err(TargetError::Invalid { detail, .. }) = refused else { panic!("{refused:?}") };
    assert!(detail.contains("choose an empty folder"), "{detail}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A disk that fails in the middle leaves no package.
#[tokio::test]
async fn rows_that_cannot_be_read_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("out");
    let receiver = Receiver::new(settings(&at, Version::V1_2, Sends::Bulk));
    assert!(receiver.try_send(&Rows::broken(&small()), 1).await.is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
