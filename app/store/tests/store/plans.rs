//! Plans and approvals.

use std::io::Read as _;

use jiff::Timestamp;
use store::{Approval, NewPlan, PlanStatus, Refusal, Store, StoreError};

use crate::common::{Done, Place, at, on_both};

on_both!(
    a_plan_is_read_back,
    an_approval_is_bound_to_one_plan,
    time_limits_starting_not_finishing,
    a_plan_ends_once
);

async fn put(store: &Store, id: &str, created: Timestamp) -> Result<(), StoreError> {
    let expires = created + jiff::SignedDuration::from_hours(24);
    let plan = NewPlan {
        id,
        target: "sds",
        created,
        expires,
        counts: "{\"create\":1}",
        header: "{\"v\":1}",
    };
    store.put_plan(&plan, &mut id.repeat(3).as_bytes()).await
}

fn approval(second: i64) -> Approval {
    Approval {
        scope: "\"all\"".to_owned(),
        who: "u1".to_owned(),
        at: at(second),
        comment: "stämmer".to_owned(),
        counts: "{}".to_owned(),
    }
}

fn refused<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Refused(Refusal::PlanClosed { .. } | Refusal::Missing { .. })))
}

async fn a_plan_is_read_back(place: &Place) -> Done {
    let store = place.open().await?;
    put(&store, "7f3a", at(0)).await?;
    put(&store, "7f4b", at(1)).await?;
    let plan = store.plan("7f3a").await?;
    assert_eq!(
        (plan.target.as_str(), plan.status, plan.header.as_str()),
        ("sds", PlanStatus::Ready, "{\"v\":1}")
    );
    let mut body = String::new();
    store.plan_body("7f3a").await?.expect("a body").read_to_string(&mut body)?;
    assert_eq!(body, "7f3a7f3a7f3a");
    let ids = |plans: Vec<store::Plan>| plans.into_iter().map(|plan| plan.id).collect::<Vec<_>>();
    assert_eq!(ids(store.plans("sds", 9).await?), ["7f4b", "7f3a"]);
    assert_eq!(ids(store.plans_beginning("7f3").await?), ["7f3a"]);
    assert_eq!(ids(store.plans_beginning("7f").await?).len(), 2);
    assert_eq!(ids(store.plans_beginning("%").await?).len(), 0);
    assert!(refused(&store.plan("none").await));
    Ok(())
}

async fn an_approval_is_bound_to_one_plan(place: &Place) -> Done {
    let store = place.open().await?;
    put(&store, "one", at(0)).await?;
    put(&store, "two", at(0)).await?;
    store.approve("one", &approval(1)).await?;
    store.approve("one", &approval(2)).await?;
    assert_eq!(store.approvals("one").await?, [approval(1), approval(2)]);
    assert_eq!(store.approvals("two").await?, []);
    assert!(refused(&store.approve("three", &approval(1)).await), "no such plan");
    assert!(refused(&store.approve("two", &approval(86_400)).await), "out of date");
    store.end_plan("two", PlanStatus::Stale).await?;
    assert!(refused(&store.approve("two", &approval(1)).await), "stale");

    put(&store, "one", at(3)).await?;
    assert_eq!(store.approvals("one").await?.len(), 2, "the same plan again, in time");
    store.end_plan("one", PlanStatus::Discarded).await?;
    put(&store, "one", at(4)).await?;
    assert_eq!(store.approvals("one").await?, [], "a yes from before the no counts for nothing");
    Ok(())
}

async fn time_limits_starting_not_finishing(place: &Place) -> Done {
    let store = place.open().await?;
    put(&store, "one", at(0)).await?;
    put(&store, "two", at(0)).await?;
    assert!(refused(&store.start_plan("one", at(86_400)).await));
    store.start_plan("two", at(86_399)).await?;
    assert!(refused(&store.start_plan("two", at(86_399)).await), "once");
    store.end_plan("two", PlanStatus::Done).await?;
    assert_eq!(store.plan("two").await?.status, PlanStatus::Done);
    put(&store, "one", at(90_000)).await?;
    store.start_plan("one", at(90_001)).await?;
    assert!(refused(&put(&store, "one", at(90_002)).await), "a started plan is not made new");
    assert_eq!(store.plan("one").await?.status, PlanStatus::Started);
    Ok(())
}

async fn a_plan_ends_once(place: &Place) -> Done {
    let store = place.open().await?;
    put(&store, "one", at(0)).await?;
    assert!(refused(&store.end_plan("one", PlanStatus::Done).await), "it was not started");
    store.end_plan("one", PlanStatus::Discarded).await?;
    for end in [
        PlanStatus::Ready,
        PlanStatus::Started,
        PlanStatus::Done,
        PlanStatus::Discarded,
        PlanStatus::Stale,
    ] {
        assert!(refused(&store.end_plan("one", end).await), "{end:?}");
    }
    Ok(())
}
