//! Calls through a pacer: what is made again, and what the caller is told of it.

use std::time::Duration;

use connect::http::{Client, Earlier, Fault, Pace, Repeat, Reply, RetrySettings, Unmade};
use connect::pacer::{Bucket, CircuitState, Cost, Denied, Lane, Limits, Pacer};

use crate::server::{Reply as Says, Server, client, head, reply, settings};

const CREATE: &str = "/Users";

fn budget(attempts: u32) -> RetrySettings {
    RetrySettings { attempts, first_wait_ms: 1, ..RetrySettings::default() }
}

/// Makes a create that the caller can check afterwards.
async fn create(client: &Client, pacer: &Pacer) -> Result<Reply, Unmade> {
    let (lane, cost, budget) = (Lane::new("run"), Cost::none(), budget(4));
    let request = client.post(CREATE).json_body(&1).repeat(Repeat::Safe);
    request.paced(&Pace::new(pacer, &lane, &cost, &budget)).await
}

fn pacer() -> Pacer {
    Pacer::new(Limits::default())
}

fn refusal(result: Result<Reply, Unmade>) -> (u16, Earlier) {
    match result {
        Err(Unmade::Refused { error: _, reply }) => (reply.status, reply.earlier),
        other => panic!("{other:?}"),
    }
}

/// "Exists already" on the first attempt is somebody else's; after an attempt whose end nobody
/// saw it may be our own (peers.md §2.2).
#[tokio::test]
async fn exists_already_is_told_with_what_came_before() {
    type Make = fn() -> Says;
    #[rustfmt::skip]
    let table: &[(&str, Option<Make>, Earlier)] = &[
        ("at once",         None,                                              Earlier::NotDone),
        ("too many",        Some(|| reply(429, &["retry-after: 0.01"], "")),   Earlier::NotDone),
        ("in maintenance",  Some(|| reply(503, &["retry-after: 0"], "")),      Earlier::NotDone),
        ("locked",          Some(|| reply(500, &[], "database is locked")),    Earlier::MaybeDone),
        ("no time given",   Some(|| reply(503, &[], "")),                      Earlier::MaybeDone),
        ("connection lost", Some(|| Says::Reset),                              Earlier::MaybeDone),
        ("answer cut off",  Some(|| Says::Raw(head(201, &[], "content-length: 9"))), Earlier::MaybeDone),
    ];
    for &(shows, first, earlier) in table {
        let server = Server::start(move |number, _| match (number, first) {
            (0, Some(first)) => first(),
            _ => reply(409, &[], r#"{"scimType":"uniqueness"}"#),
        })
        .await;
        let pacer = pacer();
        let result = create(&client(&server, &settings()), &pacer).await;
        assert_eq!(refusal(result), (409, earlier), "{shows}");
        let calls = 1 + usize::from(first.is_some());
        assert_eq!(server.asked().len(), calls, "{shows}");
        let snapshot = pacer.snapshot();
        assert_eq!((snapshot.refused, snapshot.retried), (1, calls as u64 - 1), "{shows}");
        assert_eq!(snapshot.in_flight, 0, "{shows}");
    }
}

/// A call that may not be made twice is made again only if it was not made at all.
#[tokio::test]
async fn what_may_not_be_made_twice_is_not() {
    type Make = fn() -> Says;
    #[rustfmt::skip]
    let table: &[(&str, Make, usize)] = &[
        ("too many",        || reply(429, &["retry-after: 0"], ""), 2),
        ("locked",          || reply(500, &[], ""),                 1),
        ("connection lost", || Says::Reset,                         1),
    ];
    for &(shows, first, calls) in table {
        let server = Server::start(move |number, _| match number {
            0 => first(),
            _ => reply(201, &[], "{}"),
        })
        .await;
        let (pacer, lane, cost, budget) = (pacer(), Lane::new("run"), Cost::none(), budget(4));
        let request = client(&server, &settings()).post(CREATE).json_body(&1);
        let result = request.paced(&Pace::new(&pacer, &lane, &cost, &budget)).await;
        assert_eq!(server.asked().len(), calls, "{shows}");
        match result {
            Ok(reply) => assert_eq!((reply.status, reply.earlier), (201, Earlier::NotDone)),
            Err(unmade) => assert_eq!(unmade.earlier(), Earlier::MaybeDone, "{shows}"),
        }
    }
}

/// A success is its status, headers and body.
#[tokio::test]
async fn a_success_has_its_whole_body() {
    let server = Server::start(|_, _| reply(201, &["location: /Users/7"], r#"{"id":"Ek"}"#)).await;
    let reply = create(&client(&server, &settings()), &pacer()).await.unwrap();
    assert_eq!((reply.status, reply.header("location")), (201, Some("/Users/7")));
    assert_eq!(reply.json::<serde_json::Value>().unwrap()["id"], "Ek");
    let broken = reply.json::<u8>().unwrap_err();
    assert!(matches!(*broken.fault, Fault::Nonsense(_)) && !broken.to_string().contains("Ek"));
}

/// A budget that is used up is told with the last failure, and with the doubt.
#[tokio::test]
async fn a_budget_ends() {
    let server = Server::start(|_, _| reply(500, &[], r#"{"code":"SQLITE_BUSY"}"#)).await;
    let pacer = pacer();
    let unmade = create(&client(&server, &settings()), &pacer).await.unwrap_err();
    let Unmade::Failed { error, earlier } = unmade else { panic!("{unmade}") };
    assert_eq!(
        (error.attempts, error.code(), earlier),
        (4, Some("SQLITE_BUSY"), Earlier::MaybeDone)
    );
    assert_eq!((server.asked().len(), pacer.snapshot().busy), (4, 4));

    let server = Server::start(|_, _| reply(429, &["retry-after: 0.02"], "")).await;
    let unmade = create(&client(&server, &settings()), &pacer).await.unwrap_err();
    let Unmade::Failed { error, earlier } = unmade else { panic!("{unmade}") };
    assert_eq!(error.retry_after(), Some(Duration::from_millis(20)));
    assert_eq!((error.attempts, earlier), (4, Earlier::NotDone));
}

/// The time that a call waits for its turn is not its own: a budget of a second outlives a
/// quota for which its attempts wait longer.
#[tokio::test]
async fn waiting_for_a_turn_uses_no_budget() {
    let server = Server::start(|number, _| match number {
        1 | 2 => reply(500, &[], ""),
        _ => reply(200, &[], "{}"),
    })
    .await;
    let buckets = vec![Bucket::new("writes", 1, Duration::from_millis(520))];
    let pacer = Pacer::new(Limits { buckets, ..Limits::default() });
    let budget = RetrySettings { total_seconds: 1, max_wait_seconds: 1, ..budget(3) };
    let (lane, cost) = (Lane::new("run"), Cost::none().draw("writes", 1));
    let (pace, client) = (Pace::new(&pacer, &lane, &cost, &budget), client(&server, &settings()));
    let one = || client.put(CREATE).json_body(&1).paced(&pace);
    let (first, second) = tokio::join!(one(), one());
    assert_eq!((first.unwrap().status, second.unwrap().status), (200, 200));
    assert_eq!(server.asked().len(), 4);
}

/// What only the connector can tell: Google says "too many" with 403 as well (google.md §1.4).
#[tokio::test]
async fn a_connector_judges_refusals_that_no_status_tells() {
    const TOO_MANY: &str = r#"{"error":{"errors":[{"reason":"rateLimitExceeded"}]}}"#;
    let server = Server::start(|number, _| match number {
        0 => reply(403, &[], TOO_MANY),
        1 => reply(403, &[], r#"{"error":{"errors":[{"reason":"forbidden"}]}}"#),
        _ => reply(200, &[], "{}"),
    })
    .await;
    let limits = Limits::default();
    let (pacer, lane, cost, budget) =
        (Pacer::new(limits), Lane::new("run"), Cost::none(), budget(4));
    let pace = Pace::new(&pacer, &lane, &cost, &budget).judged_by(|reply| {
        let is_rate = reply.body.windows(17).any(|part| part == b"rateLimitExceeded");
        let after = Some(Duration::from_millis(5));
        is_rate.then_some(Fault::Throttled { status: reply.status, after, code: None })
    });
    let result = client(&server, &settings()).get("/x").paced(&pace).await;
    assert_eq!(refusal(result), (403, Earlier::NotDone));
    let snapshot = pacer.snapshot();
    assert_eq!((snapshot.throttled, snapshot.refused), (1, 1));
}

/// A day's pause stops everybody, the call that was told so among them.
#[tokio::test]
async fn an_absurd_pause_is_an_error_of_its_own() {
    let server = Server::start(|_, _| reply(429, &["retry-after: 86400"], "")).await;
    let pacer = pacer();
    let unmade = create(&client(&server, &settings()), &pacer).await.unwrap_err();
    let Unmade::Denied { denied: Denied::TooLong { pause }, earlier } = unmade else {
        panic!("{unmade}")
    };
    assert!(pause > Duration::from_hours(23));
    assert_eq!((earlier, server.asked().len()), (Earlier::NotDone, 1));
}

/// A receiver that is away is called a few times, then nobody calls it.
#[tokio::test]
async fn a_receiver_that_is_away_is_told_at_once() {
    let server = Server::start(|_, _| Says::Reset).await;
    let pacer = Pacer::new(Limits { failures: 2, ..Limits::default() });
    let client = client(&server, &settings());
    let unmade = create(&client, &pacer).await.unwrap_err();
    assert!(matches!(unmade, Unmade::Denied { denied: Denied::NoAnswer { .. }, .. }), "{unmade}");
    assert_eq!((unmade.earlier(), server.asked().len()), (Earlier::MaybeDone, 2));
    assert_eq!(pacer.snapshot().circuit, CircuitState::Open);
    let unmade = create(&client, &pacer).await.unwrap_err();
    assert_eq!((unmade.earlier(), server.asked().len()), (Earlier::NotDone, 2));
}
