//! The hash chain.

use store::{AuditHead, AuditVerdict, NewAudit, Store, StoreError};

use crate::common::{Done, Place, at, on_both};

on_both!(
    /// K208: whoever changes, removes or cuts off a row is found out.
    tampering_shows,
    /// K208: rows written at the same time are one chain.
    the_chain_never_forks,
    what_was_written_is_read_back
);

async fn write(store: &Store, second: i64) -> Result<AuditHead, StoreError> {
    let what = "plan.approved";
    store.audit(&NewAudit { at: at(second), who: "u1", what, subject: "7f3a", detail: "{}" }).await
}

async fn tampering_shows(place: &Place) -> Done {
    let store = place.open().await?;
    assert_eq!(store.verify_audit(None).await?, AuditVerdict::Whole(0));
    for second in 0..5 {
        write(&store, second).await?;
    }
    let head = store.audit_head().await?;
    assert_eq!(store.verify_audit(Some(&head)).await?, AuditVerdict::Whole(5));

    place.sql("UPDATE audit SET who = 'u2' WHERE seq = 3").await?;
    assert_eq!(store.verify_audit(None).await?, AuditVerdict::BrokenAt(3));
    place.sql("UPDATE audit SET who = 'u1' WHERE seq = 3").await?;
    assert_eq!(store.verify_audit(None).await?, AuditVerdict::Whole(5));

    place.sql("DELETE FROM audit WHERE seq = 5").await?;
    assert_eq!(
        store.verify_audit(None).await?,
        AuditVerdict::BrokenAt(5),
        "our own note of the end"
    );
    place
        .sql("UPDATE meta SET audit_seq = 4, audit_head = (SELECT hash FROM audit WHERE seq = 4)")
        .await?;
    assert_eq!(
        store.verify_audit(None).await?,
        AuditVerdict::Whole(4),
        "the note was changed as well"
    );
    assert_eq!(
        store.verify_audit(Some(&head)).await?,
        AuditVerdict::BrokenAt(5),
        "but not the exported end"
    );

    place.sql("DELETE FROM audit WHERE seq = 2").await?;
    assert_eq!(store.verify_audit(None).await?, AuditVerdict::BrokenAt(2));
    Ok(())
}

async fn the_chain_never_forks(place: &Place) -> Done {
    let (first, second) = (place.open().await?, place.open().await?);
    let write_ten = |store: Store| async move {
        for second in 0..10 {
            write(&store, second).await?;
        }
        Ok::<_, StoreError>(())
    };
    let (one, two) =
        tokio::join!(tokio::spawn(write_ten(first.clone())), tokio::spawn(write_ten(second)));
    one??;
    two??;
    assert_eq!(first.verify_audit(None).await?, AuditVerdict::Whole(20));
    Ok(())
}

async fn what_was_written_is_read_back(place: &Place) -> Done {
    let store = place.open().await?;
    let head = write(&store, 1).await?;
    write(&store, 2).await?;
    let rows = store.audit_after(0, 10).await?;
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(
        (rows[0].hash.to_vec(), rows[0].at, rows[0].what.as_str()),
        (head.hash, at(1), "plan.approved")
    );
    assert_eq!(store.audit_after(1, 10).await?.len(), 1);
    Ok(())
}
