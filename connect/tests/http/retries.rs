//! What is tried again, and when.

use std::time::Duration;

use connect::http::{Client, Fault, Repeat, Settings};

use crate::server::{Reply, Server, client, head, json, reply, settings};

fn patient() -> Settings {
    let mut settings = settings();
    settings.retry.attempts = 4;
    settings
}

#[tokio::test]
async fn what_passes_by_itself_is_tried_again() {
    let server = Server::start(|number, _| match number {
        0 => reply(503, &[], "<html>"),
        1 => Reply::Reset,
        2 => Reply::Raw(
            [head(200, &["content-type: application/json"], "content-length: 9"), b"[".to_vec()]
                .concat(),
        ),
        _ => json("[1]"),
    })
    .await;
    let body: Vec<u8> = client(&server, &patient()).get("/x").json().await.unwrap();
    assert_eq!(body, [1]);
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn trying_ends_and_says_how_often() {
    let server = Server::start(|_, _| reply(500, &[], "")).await;
    let error = client(&server, &patient()).get("/x").bytes().await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Unavailable { status: 500, .. }), "{error}");
    assert_eq!((error.attempts, server.asked().len()), (4, 4));
}

/// What might have been done already is not done twice.
#[tokio::test]
async fn a_write_is_tried_again_only_where_that_is_safe() {
    type Make = fn(&Client) -> connect::http::Request;
    #[rustfmt::skip]
    let table: &[(&str, Make, usize)] = &[
        ("a read",              |client| client.get("/x"),                         4),
        ("a replacement",       |client| client.put("/x").json_body(&1),           4),
        ("a deletion",          |client| client.delete("/x"),                      4),
        ("a creation",          |client| client.post("/x").json_body(&1),          1),
        ("a change",            |client| client.patch("/x").json_body(&1),         1),
        ("a creation, keyed",   |client| client.post("/x").repeat(Repeat::Safe),   4),
        ("a read, once",        |client| client.get("/x").repeat(Repeat::Never),   1),
    ];
    for (shows, make, calls) in table {
        let server = Server::start(|_, _| Reply::Reset).await;
        make(&client(&server, &patient())).send().await.err().unwrap();
        assert_eq!(server.asked().len(), *calls, "{shows}");
    }
    for status in [400, 401, 403, 404, 410, 422, 501] {
        let server = Server::start(move |_, _| reply(status, &[], "")).await;
        client(&server, &patient()).get("/x").send().await.err().unwrap();
        assert_eq!(server.asked().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn the_server_says_how_long_to_wait() {
    #[rustfmt::skip]
    let table: &[(&str, &[&str], Option<u64>)] = &[
        ("seconds",         &["retry-after: 1"],   Some(1000)),
        ("decimals",        &["retry-after: 0.2"], Some(200)),
        ("a date",          &["date: Sun, 06 Nov 1994 08:49:36 GMT", "retry-after: Sun, 06 Nov 1994 08:49:37 GMT"], Some(1000)),
        ("a date, passed",  &["date: Sun, 06 Nov 1994 08:49:38 GMT", "retry-after: Sun, 06 Nov 1994 08:49:37 GMT"], Some(0)),
        ("no words of its", &["retry-after: soon"], None),
    ];
    for &(shows, headers, expected) in table {
        let server = Server::start(move |number, _| match number {
            0 => reply(429, headers, ""),
            _ => json("[]"),
        })
        .await;
        let error = client(&server, &settings()).get("/x").bytes().await.unwrap_err();
        let Fault::Throttled { after, .. } = *error.fault else { panic!("{shows}: {error}") };
        assert_eq!(after, expected.map(Duration::from_millis), "{shows}");
    }
    // And is obeyed: by the program's own clock, not by ours.
    let server = Server::start(|number, _| match number {
        0 => reply(429, &["retry-after: 1"], ""),
        _ => json("[]"),
    })
    .await;
    let before = tokio::time::Instant::now();
    client(&server, &patient()).get("/x").bytes().await.unwrap();
    assert!(before.elapsed() >= Duration::from_secs(1));
}

/// Nobody holds a run for an hour inside one call: the caller decides.
#[tokio::test]
async fn a_wait_that_is_too_long_is_the_callers() {
    let server = Server::start(|_, _| reply(429, &["retry-after: 3600"], "")).await;
    let error = client(&server, &patient()).get("/x").bytes().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_hours(1)));
    assert_eq!(server.asked().len(), 1);
}
