//! Leases.

use store::{Refusal, StoreError};

use crate::common::{Done, Place, at, on_both};

on_both!(
    /// K220: of two runs at once, one is told who has the lease.
    of_two_at_once_one_gets_it,
    /// K220: a dead holder's lease can be taken, and the holder, waking up, is told.
    a_lease_that_ran_out_can_be_taken,
    a_lease_given_back_is_free
);

async fn of_two_at_once_one_gets_it(place: &Place) -> Done {
    let (first, second) = (place.open().await?, place.open().await?);
    let (one, two) = tokio::join!(
        tokio::spawn(async move { first.acquire("google", "a", at(0), at(60)).await }),
        tokio::spawn(async move { second.acquire("google", "b", at(0), at(60)).await }),
    );
    let (won, lost) = match (one?, two?) {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        both => panic!("one and only one: {both:?}"),
    };
    let StoreError::Refused(Refusal::Held { name, holder, until }) = lost else {
        panic!("{lost:?}")
    };
    assert_eq!((name.as_str(), holder, until), ("google", won.holder, at(60)));
    Ok(())
}

async fn a_lease_that_ran_out_can_be_taken(place: &Place) -> Done {
    let store = place.open().await?;
    let mut dead = store.acquire("google", "a", at(0), at(60)).await?;
    store.renew(&mut dead, at(30), at(90)).await?;
    assert!(store.acquire("google", "b", at(60), at(120)).await.is_err(), "it was renewed");
    let taken = store.acquire("google", "b", at(90), at(150)).await?;
    assert!(taken.fence > dead.fence);

    let lost = store.renew(&mut dead, at(91), at(180)).await;
    assert!(matches!(lost, Err(StoreError::Refused(Refusal::LeaseLost { .. }))), "{lost:?}");
    store.release(&dead).await?;
    assert_eq!(
        store.lease("google", at(91)).await?,
        Some(taken),
        "it was not the dead one's to give back"
    );
    Ok(())
}

async fn a_lease_given_back_is_free(place: &Place) -> Done {
    let store = place.open().await?;
    let first = store.acquire("google", "a", at(0), at(60)).await?;
    store.acquire("sds", "b", at(0), at(60)).await?;
    store.release(&first).await?;
    assert_eq!(store.lease("google", at(1)).await?, None);
    let second = store.acquire("google", "b", at(1), at(60)).await?;
    assert_eq!(second.fence, first.fence + 1);
    Ok(())
}
