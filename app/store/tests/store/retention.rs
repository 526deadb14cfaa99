//! What is erased, and what stays.

use jiff::SignedDuration;
use store::{
    Approval, AuditVerdict, BlobKind, Cutoffs, DueRow, Erase, Erased, JournalLines, LinkRow,
    NewAudit, NewPlan, NewRun, RunState, SentCall, Store,
};

use crate::common::{Done, Place, at, date, key, object, on_both};

on_both!(
    /// K169: the end of a target erases what we know of it, and nothing of the others.
    a_purged_target_leaves_the_others,
    /// K156, K158: reference/portal.md §2.8, each kind on its own day.
    what_is_old_is_erased
);

/// K169, K170: what was erased is not left in free pages or in the log either.
#[tokio::test]
async fn erased_bytes_are_overwritten() -> Done {
    let place = Place::file();
    let store = place.open().await?;
    let canary = b"canary-4711-canary";
    store.set("sds", &[("stats", canary)]).await?;
    store.put_blob(BlobKind::Written, "sds", at(0), &mut canary.repeat(50_000).as_slice()).await?;
    assert!(traces(&place, canary)? > 1_000);
    store.purge("sds").await?;
    assert_eq!(traces(&place, canary)?, 0);
    Ok(())
}

/// How often the bytes stand in the files of the store.
fn traces(place: &Place, bytes: &[u8]) -> std::io::Result<usize> {
    let path = place.path().expect("a file");
    let mut found = 0;
    for file in std::fs::read_dir(path.parent().expect("a folder"))? {
        found +=
            std::fs::read(file?.path())?.windows(bytes.len()).filter(|part| *part == bytes).count();
    }
    Ok(found)
}

async fn fill(store: &Store, target: &str) -> Done {
    let run = store.queue_run(&NewRun { target, started: at(0), worker: "w" }).await?;
    let expires = at(86_400);
    let plan = NewPlan {
        id: &format!("plan-{target}"),
        target,
        created: at(0),
        expires,
        counts: "{}",
        header: "{\"a\":1}",
    };
    store.put_plan(&plan, &mut &b"body"[..]).await?;
    store
        .journal_write(&JournalLines {
            run,
            plan: plan.id,
            at: at(0),
            sent: &[SentCall { call_no: 1, operations: "1".to_owned() }],
            settled: &[],
            ledger: (target, &[]),
        })
        .await?;
    let link = state::Links::default().get(object(1, 1));
    let links = [1, 2].map(|n| LinkRow {
        object: object(1, n),
        link: link.clone(),
        schools: vec![key(200)],
    });
    store.put_links(target, &links).await?;
    store.mark_deleted(target, &[object(1, 2)], date("2026-02-28")).await?;
    store
        .put_due(
            target,
            &[DueRow { on: date("2026-11-24"), object: object(1, 1), what: "archive".to_owned() }],
        )
        .await?;
    store.put_blob(BlobKind::Written, target, at(0), &mut &b"rows"[..]).await?;
    store.put_blob(BlobKind::Snapshot, "edlevo", at(0), &mut &b"rows"[..]).await?;
    store.set(target, &[("stats", b"1")]).await?;
    Ok(())
}

async fn a_purged_target_leaves_the_others(place: &Place) -> Done {
    let store = place.open().await?;
    fill(&store, "sds").await?;
    fill(&store, "google").await?;
    store.set("", &[("stats", b"1")]).await?;
    assert_eq!(store.known_targets().await?, ["google", "sds"].map(str::to_owned).into());
    store.purge("sds").await?;
    assert_eq!(store.known_targets().await?, ["google".to_owned()].into());
    for (target, left) in [("sds", 0), ("google", 1)] {
        assert_eq!(store.plans(target, 9).await?.len(), left, "{target}");
        assert_eq!(store.journal(&format!("plan-{target}")).await?.len(), left, "{target}");
        assert_eq!(store.count_links(target).await?, left as u64, "{target}");
        assert_eq!(store.deleted_links(target).await?.len(), left, "{target}");
        assert_eq!(store.due(target, date("2027-01-01")).await?.len(), left, "{target}");
        assert_eq!(
            store.blob_generations(BlobKind::Written, target).await?.len(),
            left,
            "{target}"
        );
        assert_eq!(
            store.blob_generations(BlobKind::Plan, &format!("plan-{target}")).await?.len(),
            left,
            "{target}"
        );
        assert_eq!(store.get(target, "stats").await?.is_some(), left == 1, "{target}");
    }
    assert_eq!(store.runs(9).await?.len(), 2, "runs name nobody");
    Ok(())
}

async fn what_is_old_is_erased(place: &Place) -> Done {
    let store = place.open().await?;
    fill(&store, "sds").await?;
    store.put_blob(BlobKind::Snapshot, "edlevo", at(2), &mut &b"newest"[..]).await?;
    let approval = Approval {
        scope: "all".to_owned(),
        who: "u1".to_owned(),
        at: at(1),
        comment: "a name".to_owned(),
        counts: "{}".to_owned(),
    };
    store.approve("plan-sds", &approval).await?;
    for state in [RunState::Reading, RunState::Failed] {
        store.step_run(1, state, at(1)).await?;
    }
    for second in [0, 1, 1_000] {
        let entry =
            NewAudit { at: at(second), who: "u1", what: "run.started", subject: "1", detail: "{}" };
        store.audit(&entry).await?;
    }
    let head = store.audit_head().await?;

    let days = |days: i64| at(0) + SignedDuration::from_hours(24 * days);
    // K156: six calendar months after 28 February is 28 August, not 31 August.
    let none = Erased::default();
    let cases = [
        (days(1), "2026-08-27", none),
        (days(1), "2026-08-28", Erased { markers: 1, ..none }),
        (days(14), "2026-08-28", none),
        (days(15), "2026-08-28", Erased { snapshots: 1, ..none }),
        (days(91), "2026-08-28", Erased { plans: 1, ..none }),
        (days(401), "2026-08-28", Erased { runs: 1, ..none }),
        (days(730) + SignedDuration::from_secs(5), "2026-08-28", Erased { audit: 2, ..none }),
    ];
    for (now, today, erased) in cases {
        let cutoffs = Cutoffs::defaults(now, date(today));
        assert_eq!(store.retain(&cutoffs, Erase::Count).await?, erased, "counted {now} {today}");
        assert_eq!(
            store.retain(&Cutoffs::defaults(now, date(today)), Erase::Now).await?,
            erased,
            "{now} {today}"
        );
        if erased.plans == 1 {
            let plan = store.plan("plan-sds").await?;
            assert_eq!((plan.header.as_str(), plan.counts.as_str()), ("{}", "{}"));
            assert!(store.plan_body("plan-sds").await?.is_none());
            assert_eq!(store.approvals("plan-sds").await?[0].comment, "", "who and when stay");
        }
    }
    assert!(store.plan("plan-sds").await.is_err(), "its counts went with the run");
    assert_eq!(
        store.verify_audit(Some(&head)).await?,
        AuditVerdict::Whole(1),
        "the chain goes on from the cut"
    );
    assert_eq!(store.count_links("sds").await?, 1, "what is there stays");
    assert_eq!(store.blob_generations(BlobKind::Written, "sds").await?.len(), 1);
    let kept = store.blob_generations(BlobKind::Snapshot, "edlevo").await?;
    assert_eq!(kept.iter().map(|it| it.created).collect::<Vec<_>>(), [at(2)], "the newest stays");
    Ok(())
}
