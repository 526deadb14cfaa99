//! Opening, versions, and what the tables may hold.

use store::{Store, StoreError, VERSION};

use crate::common::{Done, Place, at, on_both};

on_both!(
    a_newer_schema_is_refused,
    a_store_belongs_to_one_tenant,
    opening_twice_changes_nothing,
    two_may_open_a_new_store_at_once,
    small_values_are_kept,
    /// K065, K077: no column is made for an identity number, a name or an address.
    no_column_holds_a_person,
    /// K170: a purged tenant leaves nothing.
    a_purged_tenant_leaves_nothing
);

async fn a_newer_schema_is_refused(place: &Place) -> Done {
    place.open().await?.close().await;
    let newer = VERSION + 1;
    place.sql(&format!("UPDATE meta SET version = {newer}")).await?;
    if place.path().is_some() {
        place.sql(&format!("PRAGMA user_version = {newer}")).await?;
    }
    let refused = place.open().await.err();
    assert!(
        matches!(refused, Some(StoreError::Newer { found, known: VERSION }) if found == newer),
        "{refused:?}"
    );

    place.sql(&format!("UPDATE meta SET version = {VERSION}")).await?;
    if place.path().is_some() {
        place.sql(&format!("PRAGMA user_version = {VERSION}")).await?;
    }
    Ok(())
}

async fn a_store_belongs_to_one_tenant(place: &Place) -> Done {
    let store = place.open().await?;
    assert_eq!(store.tenant().await?, None);
    store.claim("exempelkoping", at(0)).await?;
    store.claim("exempelkoping", at(9)).await?;
    assert!(store.claim("provstad", at(9)).await.is_err());
    assert_eq!(store.tenant().await?, Some(("exempelkoping".to_owned(), at(0))));
    Ok(())
}

async fn opening_twice_changes_nothing(place: &Place) -> Done {
    let store = place.open().await?;
    store.set("", &[("rules", b"v1")]).await?;
    store.close().await;
    let (one, two) = tokio::join!(place.open(), place.open());
    assert_eq!(one?.get("", "rules").await?.as_deref(), Some(&b"v1"[..]));
    assert_eq!(two?.get("", "rules").await?.as_deref(), Some(&b"v1"[..]));
    Ok(())
}

async fn two_may_open_a_new_store_at_once(place: &Place) -> Done {
    let (one, two, three, four) =
        tokio::join!(place.open(), place.open(), place.open(), place.open());
    three?;
    four?;
    one?.set("", &[("rules", b"v1")]).await?;
    assert_eq!(two?.get("", "rules").await?.as_deref(), Some(&b"v1"[..]));
    Ok(())
}

async fn small_values_are_kept(place: &Place) -> Done {
    let store = place.open().await?;
    store.set("sds", &[("stats", b"1"), ("hash", b"")]).await?;
    store.set("sds", &[("stats", b"2")]).await?;
    assert_eq!(store.get("sds", "stats").await?.as_deref(), Some(&b"2"[..]));
    assert_eq!(store.get("sds", "hash").await?.as_deref(), Some(&b""[..]));
    assert_eq!(store.get("", "stats").await?, None);
    store.unset("sds", "stats").await?;
    assert_eq!(store.get("sds", "stats").await?, None);
    Ok(())
}

async fn no_column_holds_a_person(place: &Place) -> Done {
    place.open().await?.close().await;
    let sql = match place {
        Place::File(_) => {
            "SELECT t.name || '.' || c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
        }
        Place::Schema { .. } => {
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        }
    };
    let columns = place.sql(sql).await?;
    assert!(columns.len() > 80, "{columns:?}");
    for column in &columns {
        for word in [
            "personnummer",
            "pnr",
            "civic",
            "ssn",
            "identity_number",
            "first",
            "given",
            "family",
            "birth",
            "mail",
            "phone",
            "address",
        ] {
            let hit = column.contains(word) && !column.ends_with(".first_seen");
            assert!(!hit, "{column} looks like {word}");
        }
    }
    // Where a column is called `name`, it is a lease's, a blob's or a value's.
    let names: Vec<_> = columns
        .iter()
        .filter(|column| column.rsplit_once('.').is_some_and(|(_, name)| name == "name"))
        .collect();
    assert_eq!(names.len(), 4, "{names:?}");
    Ok(())
}

async fn a_purged_tenant_leaves_nothing(place: &Place) -> Done {
    let store = place.open().await?;
    store.set("", &[("rules", b"v1")]).await?;
    store.purge_tenant().await?;
    if let Place::File(folder) = place {
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    }
    assert_eq!(place.open().await?.get("", "rules").await?, None);
    Ok(())
}

#[tokio::test]
async fn what_is_no_database_is_damaged() -> Done {
    let place = Place::file();
    let path = place.path().expect("a file");
    std::fs::write(&path, "persons;schools\n".repeat(1_000))?;
    let error = Store::open_file(&path).await.err();
    assert!(matches!(error, Some(StoreError::Damaged { .. })), "{error:?}");
    assert!(std::fs::read(&path)?.starts_with(b"persons;schools"), "it was left alone");
    Ok(())
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_an_io_error() {
    let place = Place::file();
    let path = place.path().expect("a file").join("not/there.db");
    let error = Store::open_file(&path).await.err();
    assert!(matches!(error, Some(StoreError::Io { .. })), "{error:?}");
}

/// The second tenant's tables are out of reach (`SET LOCAL search_path`).
#[tokio::test]
async fn tenants_of_one_server_do_not_meet() -> Done {
    let (Some(first), Some(second)) = (Place::schema(), Place::schema()) else { return Ok(()) };
    let (one, two) = (first.open().await?, second.open().await?);
    one.set("", &[("rules", b"v1")]).await?;
    assert_eq!(two.get("", "rules").await?, None);
    one.purge_tenant().await?;
    two.set("", &[("rules", b"v2")]).await?;
    two.purge_tenant().await?;
    Ok(())
}
