//! The journal.

use store::{CallState, JournalLines, Refusal, SentCall, SettledCall, StoreError};

use crate::common::{Done, Place, at, on_both};

on_both!(
    /// K221: after a crash, what may have reached the receiver is known.
    calls_without_an_answer_are_known,
    /// K221: nothing is sent twice.
    a_call_is_journalled_once,
    many_calls_are_one_batch
);

fn sent(call_no: i64) -> SentCall {
    SentCall { call_no, operations: format!("{call_no}-{}", call_no + 9) }
}

fn settled(call_no: i64, state: CallState) -> SettledCall {
    SettledCall { call_no, state, code: None, request_id: Some("r1".to_owned()), receiver_id: None }
}

/// Lines of a run.
fn lines<'a>(
    run: i64,
    plan: &'a str,
    second: i64,
    sent: &'a [SentCall],
    settled: &'a [SettledCall],
) -> JournalLines<'a> {
    JournalLines { run, plan, at: at(second), sent, settled, ledger: ("x", &[]) }
}

async fn calls_without_an_answer_are_known(place: &Place) -> Done {
    let store = place.open().await?;
    store.journal_write(&lines(1, "p1", 0, &[sent(1), sent(2), sent(3), sent(4)], &[])).await?;
    store.journal_write(&lines(2, "p2", 0, &[sent(1)], &[])).await?;
    let refused = SettledCall { code: Some("invalid".to_owned()), ..settled(2, CallState::Failed) };
    store
        .journal_write(&lines(
            1,
            "p1",
            1,
            &[],
            &[settled(1, CallState::Done), refused, settled(3, CallState::Unknown)],
        ))
        .await?;

    let unknown = place.open().await?.unknown_calls("p1").await?;
    let unknown: Vec<_> =
        unknown.iter().map(|call| (call.call_no, call.state, call.operations.as_str())).collect();
    assert_eq!(unknown, [(3, CallState::Unknown, "3-12"), (4, CallState::Sent, "4-13")]);

    store
        .journal_write(&lines(
            1,
            "p1",
            2,
            &[],
            &[settled(3, CallState::Done), settled(4, CallState::Failed)],
        ))
        .await?;
    assert_eq!(store.unknown_calls("p1").await?, []);
    let all = store.journal("p1").await?;
    assert_eq!(all.len(), 4);
    assert_eq!(
        (all[1].code.as_deref(), all[1].settled_at, all[1].sent_at),
        (Some("invalid"), Some(at(1)), at(0))
    );
    Ok(())
}

async fn a_call_is_journalled_once(place: &Place) -> Done {
    let store = place.open().await?;
    store.journal_write(&lines(1, "p1", 0, &[sent(1)], &[])).await?;
    let twice = store.journal_write(&lines(1, "p1", 0, &[sent(2), sent(1)], &[])).await;
    assert!(matches!(twice, Err(StoreError::Refused(Refusal::Journal { .. }))), "{twice:?}");
    assert_eq!(store.journal("p1").await?.len(), 1, "none of the batch");

    store.journal_write(&lines(1, "p1", 1, &[], &[settled(1, CallState::Done)])).await?;
    for wrong in [settled(1, CallState::Failed), settled(9, CallState::Done)] {
        let refused = store.journal_write(&lines(1, "p1", 2, &[], &[wrong])).await;
        assert!(
            matches!(refused, Err(StoreError::Refused(Refusal::Journal { .. }))),
            "{refused:?}"
        );
    }
    assert_eq!(store.journal("p1").await?[0].state, CallState::Done);
    Ok(())
}

async fn many_calls_are_one_batch(place: &Place) -> Done {
    let store = place.open().await?;
    let calls: Vec<_> = (1..=1_234).map(sent).collect();
    store.journal_write(&lines(1, "p1", 0, &calls, &[])).await?;
    assert_eq!(store.unknown_calls("p1").await?.len(), calls.len());
    Ok(())
}
