//! Links and due days.

use state::{Link, LinkState, Maker};
use store::{DueRow, LinkRow};

use crate::common::{Done, Place, date, key, object, on_both};

on_both!(
    only_what_changed_is_written,
    only_the_exceptions_are_read,
    /// K154, K156: what is gone leaves a marker that names nobody.
    a_deleted_object_leaves_a_marker,
    due_days_come_in_order_and_can_move
);

fn plain(number: u8) -> LinkRow {
    let link = Link {
        published: key(number),
        receiver_id: None,
        state: LinkState::Active,
        since: None,
        maker: Maker::Us,
    };
    LinkRow { object: object(1, number), link, schools: vec![key(200), key(201)] }
}

async fn only_what_changed_is_written(place: &Place) -> Done {
    let store = place.open().await?;
    let mut rows: Vec<_> = (0..100).map(plain).collect();
    assert_eq!(store.put_links("sds", &rows).await?, 100);
    assert_eq!(store.put_links("sds", &rows).await?, 0);
    rows[3].link.state = LinkState::Ended;
    rows[3].link.since = Some(date("2026-11-24"));
    rows[4].schools.pop();
    rows[5].link.receiver_id = Some("g5".to_owned());
    assert_eq!(store.put_links("sds", &rows).await?, 3);
    for row in &rows {
        assert_eq!(store.link("sds", row.object).await?.as_ref(), Some(row));
    }
    assert_eq!(store.count_links("sds").await?, 100);
    assert_eq!(store.count_links("google").await?, 0);
    Ok(())
}

async fn only_the_exceptions_are_read(place: &Place) -> Done {
    let store = place.open().await?;
    let mut rows: Vec<_> = (0..10).map(plain).collect();
    rows[1].link.published = key(99);
    rows[2].link.state = LinkState::Archived;
    rows[3].link.state = LinkState::Suspended;
    rows[4].link.maker = Maker::Linked;
    store.put_links("sds", &rows).await?;
    assert_eq!(store.link_exceptions("sds").await?, &rows[1..5]);
    let links = store.links("sds").await?;
    for row in &rows {
        assert_eq!(links.get(row.object), row.link, "an ordinary one needs no row");
    }
    Ok(())
}

async fn a_deleted_object_leaves_a_marker(place: &Place) -> Done {
    let store = place.open().await?;
    store.put_links("sds", &[plain(1), plain(2)]).await?;
    store.mark_deleted("sds", &[object(1, 1)], date("2026-11-24")).await?;
    assert_eq!(store.link("sds", object(1, 1)).await?, None);
    assert_eq!((store.count_links("sds").await?, store.links("sds").await?.0.len()), (1, 0));
    let markers = store.deleted_links("sds").await?;
    assert_eq!(
        markers.iter().map(|m| (m.object, m.link.since)).collect::<Vec<_>>(),
        [(object(1, 1), Some(date("2026-11-24")))]
    );
    // One of which nothing special was remembered, and no more than that it is gone.
    store.mark_deleted("sds", &[object(1, 9), object(1, 1)], date("2026-11-25")).await?;
    let markers = store.deleted_links("sds").await?;
    assert_eq!(
        markers.iter().map(|it| it.object).collect::<Vec<_>>(),
        [object(1, 1), object(1, 9)]
    );
    assert!(markers.iter().all(|it| it.schools.is_empty() && it.link.receiver_id.is_none()));
    store.forget_links("sds", &[object(1, 1), object(1, 2), object(1, 9)]).await?;
    assert_eq!((store.deleted_links("sds").await?.len(), store.count_links("sds").await?), (0, 0));
    Ok(())
}

async fn due_days_come_in_order_and_can_move(place: &Place) -> Done {
    let store = place.open().await?;
    let due = |on, number, what: &str| DueRow {
        on: date(on),
        object: object(3, number),
        what: what.to_owned(),
    };
    let rows = [
        due("2026-12-08", 1, "archive"),
        due("2026-12-01", 2, "archive"),
        due("2027-01-01", 1, "delete"),
    ];
    store.put_due("teams", &rows).await?;
    assert_eq!(store.due("teams", date("2026-11-30")).await?, []);
    assert_eq!(store.due("teams", date("2026-12-08")).await?, [rows[1].clone(), rows[0].clone()]);

    store.put_due("teams", &[due("2027-06-01", 2, "archive")]).await?;
    store.cancel_due("teams", &rows[..1]).await?;
    assert_eq!(store.due("teams", date("2026-12-31")).await?, []);
    assert_eq!(
        store.due("teams", date("2027-12-31")).await?,
        [rows[2].clone(), due("2027-06-01", 2, "archive")]
    );
    Ok(())
}
