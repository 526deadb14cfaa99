//! What was delivered comes back as the rows that it was made from.

use std::collections::{BTreeMap, BTreeSet};

use state::{Intact, ReadBack, RowRef};

use super::*;

/// Rows by id, with texts as they are delivered.
fn by_id(target: &SchoolDataSync, rows: &[Row]) -> BTreeMap<Vec<u8>, Vec<Value>> {
    let form = |value: &Value| match value {
        Value::Text(text) => Value::Text(target.as_delivered(text)),
        Value::None | Value::Ref(_) | Value::Refs(_) => value.clone(),
    };
    let row = |row: &Row| {
        let encoded = row.encoded();
        let seen = RowRef::new(&encoded).unwrap();
        (seen.id.to_vec(), seen.values().unwrap().iter().map(form).collect())
    };
    rows.iter().map(row).collect()
}

async fn back(target: &SchoolDataSync) -> Result<(ReadBack, Vec<Row>), TargetError> {
    let mut rows = Vec::new();
    let how = target
        .read_back(&mut |row| {
            rows.push(RowRef::new(row).unwrap().decode().unwrap());
            Ok(())
        })
        .await?;
    Ok((how, rows))
}

/// Every row of v2.1 comes back whole: names with quotes and commas, dates, flags, contacts
/// without the role that the receiver makes us write for them.
#[tokio::test]
async fn a_set_of_v2_1_comes_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder.path().join("sds"), Format::V2_1);
    let target = SchoolDataSync::new("sds", settings.clone());
    send(settings, &small()).await.unwrap();
    let (how, rows) = back(&target).await.unwrap();
    let whole = ReadBack::Rows { intact: Intact::Yes, untold: Vec::new(), partly: Vec::new() };
    assert_eq!(how, whole);
    assert_eq!(by_id(&target, &rows), by_id(&target, &small()));
    let schools = |rows: &[Row]| -> BTreeSet<Key> {
        let of = |row: &Row| match row {
            Row::Object(it) => it.schools.clone(),
            Row::Member(it) => it.schools.clone(),
            Row::Mark { .. } => Vec::new(),
        };
        rows.iter().flat_map(of).collect()
    };
    assert_eq!(schools(&rows), [key(2)].into(), "the municipality is no school");
}

/// v1 tells less: the same objects come back, and what it does not tell is named.
#[tokio::test]
async fn a_set_of_v1_comes_back_as_far_as_it_tells() {
    let folder = tempfile::tempdir().unwrap();
    for dates in [DateFormat::Iso, DateFormat::Compact] {
        let at = folder.path().join(format!("{dates:?}"));
        let settings = Settings { date_format: dates, ..settings(&at, Format::V1) };
        let target = SchoolDataSync::new("sds", settings.clone());
        send(settings, &small()).await.unwrap();
        let (how, rows) = back(&target).await.unwrap();
        let ReadBack::Rows { intact: Intact::Yes, untold, partly } = how else { panic!("{how:?}") };
        assert_eq!(partly, [ROLE]);
        let (found, sent) = (by_id(&target, &rows), by_id(&target, &small()));
        for (id, values) in &sent {
            let owner = &id[1..17];
            let is_municipality = owner == key(1).as_bytes();
            let is_role = id[17] == 1 && id[18] == ROLE.0;
            if is_municipality || is_role {
                continue;
            }
            let back = found.get(id).unwrap_or_else(|| panic!("{id:?} does not come back"));
            for (at, value) in values.iter().enumerate().filter(|_| id[17] == 0) {
                if !untold.contains(&(Kind(id[0]), at)) {
                    assert_eq!(&back[at], value, "{id:?} {at}");
                }
            }
        }
    }
}

/// A set that somebody changed is read and told of; one that is no set any more is not.
#[tokio::test]
async fn a_changed_set_is_told_of_and_a_broken_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&folder.path().join("sds"), Format::V2_1);
    let target = SchoolDataSync::new("sds", settings.clone());
    let users = settings.deliver.folder.join("users.csv");
    send(settings, &small()).await.unwrap();
    let text = fs::read_to_string(&users).unwrap();
    fs::write(&users, text.replace("Cia", "Mia")).unwrap();
    let (how, _) = back(&target).await.unwrap();
    assert!(matches!(how, ReadBack::Rows { intact: Intact::No, .. }));
    let last = text.lines().last().unwrap();
    for (broken, place) in [
        (text.replace("givenName", "name"), "users.csv line 1"),
        (text.replace(last, "not-an-id,x,,,,,,,,"), "users.csv line 4"),
        (text.replace(last, "a,b"), "users.csv line 4"),
    ] {
        fs::write(&users, broken).unwrap();
        let refused = back(&target).await.unwrap_err().to_string();
        assert!(refused.contains(place), "{refused}");
        assert!(!refused.contains("not-an-id"), "what stood there is not repeated: {refused}");
    }
}
