//! Copies of all of the memory, from either engine into either.

use store::{AuditVerdict, BlobKind, NewAudit, Store, StoreError};

use crate::common::{Done, Place, at, on_both};

on_both!(
    /// K094, K112: a copy made by one engine is the same memory in the other.
    a_copy_becomes_the_same_memory_in_either_engine,
    /// A copy goes into an empty memory alone, and one that was cut leaves it empty.
    a_copy_is_all_or_nothing,
    /// What is written while a copy is being written is not in it.
    a_copy_is_of_one_moment,
    /// Every table is in the copy, or says nothing of the tenant; the end of a target erases
    /// what each table knows of it (K169).
    every_table_is_copied_and_purged
);

/// A row in every table, made without knowing any of them.
async fn fill(place: &Place, store: &Store) -> Done {
    for table in store.table_names().await? {
        if table == "meta" {
            continue;
        }
        let columns = match place {
            Place::File(_) => {
                let sql = format!("SELECT name || ' ' || type FROM pragma_table_info('{table}')");
                place.sql(&sql).await?
            }
            Place::Schema { name, .. } => {
                let sql = format!(
                    "SELECT column_name || ' ' || data_type FROM information_schema.columns \
                     WHERE table_schema = '{name}' AND table_name = '{table}'"
                );
                place.sql(&sql).await?
            }
        };
        let value = |column: &String| match column.split_once(' ').unwrap_or_default() {
            ("kind", "TEXT" | "text") => "'written'",
            (_, "BIGINT" | "bigint") => "1",
            (_, "TEXT" | "text") => "'x'",
            (_, "bytea") => "'\\x00ff07'",
            (_, _) => "x'00ff07'",
        };
        let names: Vec<_> = columns.iter().filter_map(|column| column.split(' ').next()).collect();
        let values: Vec<_> = columns.iter().map(value).collect();
        let (names, values) = (names.join(", "), values.join(", "));
        place
            .sql(&format!("INSERT INTO {table} ({names}) VALUES ({values}) RETURNING 'x'"))
            .await?;
    }
    Ok(())
}

async fn copy(store: &Store) -> Result<(Vec<u8>, store::Sums), StoreError> {
    let mut bytes = Vec::new();
    let sums = store.begin_export().await?.write_to(&mut bytes).await?;
    store::Frame::write(&mut bytes, b'M', b"").expect("room");
    Ok((bytes, sums))
}

async fn a_copy_becomes_the_same_memory_in_either_engine(place: &Place) -> Done {
    let store = place.open().await?;
    fill(place, &store).await?;
    let large: Vec<u8> = (0..3_000_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    store.put_blob(BlobKind::Snapshot, "roster", at(0), &mut large.as_slice()).await?;
    let many: Vec<_> = (0..3_000).map(|at| format!("value/{at}")).collect();
    let values: Vec<_> = many.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
    store.set("åäö", &values).await?;
    let (bytes, sums) = copy(&store).await?;
    assert_eq!(sums.tables["kv"].rows, 3_001);
    assert_eq!(sums.tables["blob_chunk"].rows, 13);
    // SQLite's last page is filled.
    let most = if matches!(place, Place::File(_)) { 3_016_384 } else { 3_000_000 };
    assert!((3_000_000..=most).contains(&sums.blobs["snapshot/roster/1"].0));
    for other in [Some(Place::file()), Place::schema()].into_iter().flatten() {
        let restored = other.open().await?;
        let mut import = restored.begin_import(store::VERSION).await?;
        assert_eq!(import.read_from(&mut bytes.as_slice()).await?.tag, b'M');
        assert_eq!(import.sums().await?, sums);
        import.commit(at(9)).await?;
        let again = other.open().await?;
        let mut all = copy(&again).await?.1;
        // The note that it is a copy, and plans that nobody may start any more.
        assert_eq!(all.tables["kv"].rows, 3_002);
        for table in ["kv", "plan", "run"] {
            all.tables.insert(table.to_owned(), sums.tables[table].clone());
        }
        assert_eq!(all, sums);
        assert_eq!(again.restored().await?, Some(at(9)));
        restored.purge_tenant().await?;
    }
    Ok(())
}

async fn a_copy_is_all_or_nothing(place: &Place) -> Done {
    let store = place.open().await?;
    for second in 0..5 {
        let entry = NewAudit { at: at(second), who: "u", what: "w", subject: "s", detail: "{}" };
        store.audit(&entry).await?;
    }
    let (bytes, _) = copy(&store).await?;
    assert!(store.begin_import(store::VERSION).await.is_err(), "not over what is there");
    let empty = Place::file();
    let restored = empty.open().await?;
    assert!(restored.is_empty().await?);
    for cut in [0, 3, bytes.len() / 2, bytes.len() - 6] {
        let mut import = restored.begin_import(store::VERSION).await?;
        assert!(import.read_from(&mut &bytes[..cut]).await.is_err(), "cut at {cut}");
        drop(import);
        assert!(restored.is_empty().await?, "cut at {cut}");
    }
    assert!(matches!(
        restored.begin_import(store::VERSION + 1).await,
        Err(StoreError::Newer { .. })
    ));
    let mut import = restored.begin_import(store::VERSION).await?;
    import.read_from(&mut bytes.as_slice()).await?;
    assert_eq!(import.verify_audit().await?, AuditVerdict::Whole(5));
    import.commit(at(9)).await?;
    assert_eq!(
        restored.verify_audit(Some(&store.audit_head().await?)).await?,
        AuditVerdict::Whole(5)
    );
    assert!(!restored.is_empty().await?);
    Ok(())
}

async fn a_copy_is_of_one_moment(place: &Place) -> Done {
    let store = place.open().await?;
    store.set("", &[("before", b"1")]).await?;
    let export = store.begin_export().await?;
    store.set("", &[("after", b"1")]).await?;
    let sums = export.write_to(&mut std::io::sink()).await?;
    assert_eq!(sums.tables["kv"].rows, 1);
    Ok(())
}

/// What the end of a target does to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// Its rows of the target go.
    Gone,
    /// It names no target's persons: counts, hashes, the tenant's own.
    Stays,
}

/// A table that is not here has been forgotten by [`Store::purge`], or by this list.
const TABLES: &[(&str, Ends)] = &[
    ("meta", Ends::Stays),
    ("run", Ends::Stays),
    ("lease", Ends::Stays),
    ("plan", Ends::Gone),
    ("approval", Ends::Gone),
    ("journal", Ends::Gone),
    ("link", Ends::Gone),
    ("ledger", Ends::Gone),
    ("obstacle", Ends::Gone),
    ("handover", Ends::Gone),
    ("due", Ends::Gone),
    ("blob", Ends::Gone),
    ("blob_chunk", Ends::Gone),
    ("quality_issue", Ends::Stays),
    ("quality_trend", Ends::Stays),
    ("protected_mark", Ends::Stays),
    ("identity_index", Ends::Stays),
    ("audit", Ends::Stays),
    ("kv", Ends::Gone),
];

async fn every_table_is_copied_and_purged(place: &Place) -> Done {
    let store = place.open().await?;
    fill(place, &store).await?;
    let (_, sums) = copy(&store).await?;
    let mut tables = store.table_names().await?;
    assert_eq!(tables.len(), TABLES.len(), "{tables:?}");
    tables.retain(|table| !Store::not_exported().contains(&table.as_str()));
    assert_eq!(tables.len(), sums.tables.len());
    assert!(sums.tables.values().all(|sum| sum.rows == 1), "{sums:?}");
    store.purge("x").await?;
    let (_, sums) = copy(&store).await?;
    for (table, ends) in TABLES {
        let Some(sum) = sums.tables.get(*table) else { continue };
        assert_eq!(sum.rows, u64::from(*ends == Ends::Stays), "{table}");
    }
    Ok(())
}
