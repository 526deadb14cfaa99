//! Runs.

use store::{NewRun, Refusal, RunState, StoreError};

use crate::common::{Done, Place, at, on_both};

on_both!(a_run_goes_its_way, an_illegal_step_is_refused_and_leaves_the_run, numbers_are_given_once);

async fn a_run_goes_its_way(place: &Place) -> Done {
    let store = place.open().await?;
    let run = store.queue_run(&NewRun { target: "sds", started: at(0), worker: "w1" }).await?;
    assert_eq!(run, 1);
    for (second, state) in
        (1..).zip([RunState::Reading, RunState::Checking, RunState::Planning, RunState::Applying])
    {
        store.step_run(run, state, at(second)).await?;
    }
    assert_eq!(store.open_runs().await?.len(), 1);
    store.set_run_versions(run, "s1", "r1").await?;
    store.set_run_plan(run, "7f3a").await?;
    store.set_run_outcome(run, "{\"done\":3}", 0).await?;
    store.step_run(run, RunState::Done, at(9)).await?;

    let run = store.run(run).await?;
    assert_eq!((run.state, run.started, run.finished), (RunState::Done, at(0), Some(at(9))));
    assert_eq!(
        (run.plan.as_deref(), run.source_hash.as_deref(), run.exit_code),
        (Some("7f3a"), Some("s1"), Some(0))
    );
    assert_eq!(
        (run.counts.as_str(), run.worker.as_str(), run.rules_hash.as_deref()),
        ("{\"done\":3}", "w1", Some("r1"))
    );
    assert_eq!(store.open_runs().await?, []);
    Ok(())
}

async fn an_illegal_step_is_refused_and_leaves_the_run(place: &Place) -> Done {
    let store = place.open().await?;
    let run = store.queue_run(&NewRun { target: "sds", started: at(0), worker: "w1" }).await?;
    let refused = store.step_run(run, RunState::Applying, at(1)).await;
    assert!(matches!(refused, Err(StoreError::Refused(Refusal::Transition { .. }))), "{refused:?}");
    assert_eq!(store.run(run).await?.state, RunState::Queued);
    store.step_run(run, RunState::Cancelled, at(1)).await?;
    assert!(store.step_run(run, RunState::Reading, at(2)).await.is_err(), "over is over");
    assert!(matches!(store.run(99).await, Err(StoreError::Refused(Refusal::Missing { .. }))));
    assert!(store.set_run_plan(99, "p").await.is_err());
    Ok(())
}

async fn numbers_are_given_once(place: &Place) -> Done {
    let (first, second) = (place.open().await?, place.open().await?);
    let new = |target| NewRun { target, started: at(0), worker: "w" };
    let (one, two) = (new("sds"), new("google"));
    let (one, two) = tokio::join!(first.queue_run(&one), second.queue_run(&two));
    let mut numbers = [one?, two?];
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(first.runs(1).await?.len(), 1);
    Ok(())
}
