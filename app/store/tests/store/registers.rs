//! Quality issues, identity index, marks of protected persons.

use std::collections::BTreeSet;

use roster::Mac;
use state::{Kind, ObjectRef};
use store::{
    Cutoffs, Erase, IdentityRow, ObstacleRow, PasswordRow, QualityIssue, Severity, Store,
    StoreError, Told,
};

use crate::common::{Done, Place, at, date, key, mac, on_both};

on_both!(
    an_issue_keeps_its_age,
    /// K137: what stands in the way keeps its age, and is gone when nobody tells of it.
    an_obstacle_keeps_its_age_and_goes_by_itself,
    /// Design §3: a first password is kept until it is handed over or 180 days old.
    a_first_password_is_kept_until_it_is_handed_over,
    /// Design §5: the index follows the register, and costs nothing when nothing changed.
    the_identity_index_follows_the_register,
    /// K070: a new mark is told apart from those known.
    new_marks_are_told
);

fn issue(code: &str, subject: u8) -> QualityIssue {
    QualityIssue {
        code: code.to_owned(),
        subject_kind: "person".to_owned(),
        subject: key(subject),
        schools: vec![key(200)],
        severity: Severity::Warning,
        detail: "{}".to_owned(),
    }
}

async fn an_issue_keeps_its_age(place: &Place) -> Done {
    let store = place.open().await?;
    store.put_issues(1, at(0), &[issue("D01", 1), issue("D01", 2), issue("D02", 1)]).await?;
    store.close_check(1, date("2026-11-23")).await?;
    let worse = QualityIssue { severity: Severity::Error, ..issue("D01", 2) };
    store.put_issues(2, at(9), &[worse.clone(), issue("D03", 3)]).await?;
    assert_eq!(store.issues().await?.len(), 4, "an unfinished check solves nothing");
    store.close_check(2, date("2026-11-24")).await?;

    let issues = store.issues().await?;
    assert_eq!(
        issues.iter().map(|row| row.issue.clone()).collect::<Vec<_>>(),
        [worse, issue("D03", 3)]
    );
    assert_eq!((issues[0].first_seen, issues[0].last_seen, issues[0].last_run), (at(0), at(9), 2));
    let trend = store.trend(date("2026-11-01")).await?;
    let trend: Vec<_> =
        trend.iter().map(|row| (row.on.day(), row.code.as_str(), row.issues)).collect();
    assert_eq!(trend, [(23, "D01", 2), (23, "D02", 1), (24, "D01", 1), (24, "D03", 1)]);
    store.forget_issues(&[key(2)]).await?;
    assert_eq!(store.issues().await?.len(), 1);
    Ok(())
}

fn account(number: u8) -> ObjectRef {
    ObjectRef { kind: Kind(1), key: key(number) }
}

fn obstacle(number: u8, code: &str, second: i64) -> ObstacleRow {
    ObstacleRow {
        object: account(number),
        code: code.to_owned(),
        schools: vec![key(200)],
        detail: vec![7, 8],
        first_seen: at(second),
    }
}

async fn an_obstacle_keeps_its_age_and_goes_by_itself(place: &Place) -> Done {
    let store = place.open().await?;
    let first = [obstacle(1, "P13", 0), obstacle(2, "T05", 0), obstacle(3, "T05", 0)];
    store.put_obstacles("google", &first, Told::All).await?;
    store.put_obstacles("other", &first[..1], Told::All).await?;
    store.put_obstacles("google", &[obstacle(4, "P13", 9)], Told::Some).await?;
    assert_eq!(store.obstacles("google").await?.len(), 4, "an unfinished read solves nothing");
    let changed = ObstacleRow { detail: vec![9], ..obstacle(2, "T05", 20) };
    store.put_obstacles("google", &[changed.clone(), obstacle(4, "P13", 20)], Told::All).await?;
    let stands = [ObstacleRow { first_seen: at(0), ..changed }, obstacle(4, "P13", 9)];
    assert_eq!(store.obstacles("google").await?, stands);
    store.forget_obstacles(&[key(1), key(4)]).await?;
    assert_eq!(store.obstacles("google").await?.len(), 1);
    assert_eq!(store.obstacles("other").await?.len(), 0);
    Ok(())
}

async fn a_first_password_is_kept_until_it_is_handed_over(place: &Place) -> Done {
    let store = place.open().await?;
    let row = |number: u8, sealed: u8| PasswordRow {
        account: account(number),
        schools: vec![key(200)],
        made: at(i64::from(number)),
        sealed: vec![sealed],
    };
    for number in 1..=4 {
        store.put_password("google", &row(number, 1)).await?;
    }
    let read = store.passwords("google").await?;
    for (target, number) in [("google", 2), ("google", 9), ("another", 2)] {
        let one = store.password(target, account(number)).await?.map(|it| it.account);
        assert_eq!(one, (target == "google" && number == 2).then(|| account(2)));
    }
    // Drawn anew while the file was being written.
    store.put_password("google", &row(2, 2)).await?;
    store.forget_passwords("google", &read[..2]).await?;
    let left = |rows: Vec<PasswordRow>| {
        rows.iter().map(|it| (it.account, it.sealed[0])).collect::<Vec<_>>()
    };
    let expected = [(account(2), 2), (account(3), 1), (account(4), 1)];
    assert_eq!(left(store.passwords("google").await?), expected);
    store.forget_passwords_of(&[key(4)]).await?;
    let half_a_year = jiff::SignedDuration::from_hours(24 * 180);
    let cutoffs = Cutoffs::defaults(at(3) + half_a_year, date("2027-05-24"));
    assert_eq!(store.retain(&cutoffs, Erase::Now).await?.passwords, 1);
    assert_eq!(left(store.passwords("google").await?), [(account(3), 1)]);
    Ok(())
}

fn row(kind: u8, hash: u8, owner: u8) -> IdentityRow {
    IdentityRow { kind, mac: mac(hash), key: key(owner) }
}

/// What the index has of an owner.
async fn of(store: &Store, owner: u8) -> Result<Vec<IdentityRow>, StoreError> {
    let found = store.identities_of(&BTreeSet::from([key(owner), key(99)])).await?;
    Ok(found.into_values().flatten().collect())
}

async fn the_identity_index_follows_the_register(place: &Place) -> Done {
    let store = place.open().await?;
    let first = vec![row(2, 9, 1), row(1, 5, 1), row(1, 5, 2), row(1, 7, 3)];
    assert_eq!(store.replace_identities(first.clone()).await?, 4);
    assert_eq!(store.replace_identities(first).await?, 0);
    let found = store.find_identities(1, &[mac(5), mac(7), mac(9)]).await?;
    assert_eq!(
        found.into_iter().collect::<Vec<_>>(),
        [(mac(5), vec![key(1), key(2)]), (mac(7), vec![key(3)])]
    );
    assert_eq!(of(&store, 1).await?, [row(1, 5, 1), row(2, 9, 1)]);

    let second = vec![row(1, 5, 2), row(1, 7, 4), row(1, 8, 5), row(2, 9, 1)];
    assert_eq!(store.replace_identities(second).await?, 4, "two gone, two new");
    assert_eq!(of(&store, 3).await?, []);
    assert_eq!(of(&store, 5).await?, [row(1, 8, 5)]);
    assert_eq!(store.replace_identities(Vec::new()).await?, 4);

    let wide = |n: u32| {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        IdentityRow { kind: 1, mac: Mac::from_bytes(bytes), key: key(1) }
    };
    let many: Vec<_> = (0..25_000).map(wide).collect();
    assert_eq!(store.replace_identities(many.clone()).await?, 25_000);
    assert_eq!(store.replace_identities(many[1..].to_vec()).await?, 1);
    let asked: Vec<_> = many.iter().step_by(10).map(|row| row.mac).collect();
    assert_eq!(store.find_identities(1, &asked).await?.len(), asked.len() - 1);
    Ok(())
}

async fn new_marks_are_told(place: &Place) -> Done {
    let store = place.open().await?;
    let set = |marks: &[u8]| marks.iter().map(|&m| mac(m)).collect::<BTreeSet<_>>();
    assert_eq!(store.set_protected_marks(&set(&[1, 2]), at(0)).await?.new, set(&[1, 2]));
    let change = store.set_protected_marks(&set(&[2, 3]), at(1)).await?;
    assert_eq!((change.new, change.gone), (set(&[3]), set(&[1])));
    assert_eq!(store.protected_marks().await?, set(&[2, 3]));
    assert_eq!(
        store.set_protected_marks(&set(&[2, 3]), at(2)).await?,
        store::MarkChange::default()
    );
    Ok(())
}
