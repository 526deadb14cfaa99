//! Servers that do not answer, and statuses.

use std::time::{Duration, Instant};

use connect::http::{AuthSettings, Client, Error, Fault, NoAnswer, TlsFault};
use tokio::io::AsyncWriteExt as _;

use crate::server::{Reply, Server, client, head, reply, secrets, settings};

#[tokio::test]
async fn a_server_that_says_nothing_is_left_in_time() {
    let server = Server::start(|number, _| match number {
        0 => Reply::Hang,
        _ => Reply::Stall([head(200, &[], "content-length: 9"), b"{".to_vec()].concat()),
    })
    .await;
    let mut settings = settings();
    settings.timeouts.read_seconds = 1;
    let client = client(&server, &settings);
    let before = Clock::start();

    let silent = client.get("/x").bytes().await.unwrap_err();
    assert!(matches!(*silent.fault, Fault::NoAnswer(NoAnswer::Timeout)), "{silent}");
    let stalled = client.get("/x").bytes().await.unwrap_err();
    assert!(matches!(*stalled.fault, Fault::NoAnswer(NoAnswer::Timeout)), "{stalled}");

    assert!(before.spent() < Duration::from_secs(5));
}

/// One that sends a byte now and then never trips the wait for the next piece.
#[tokio::test]
async fn a_drip_is_left_when_the_call_is_too_long() {
    let server = Server::start(|_, _| Reply::Hang).await;
    let mut settings = settings();
    settings.timeouts.total_seconds = 1;
    let error = client(&server, &settings).get("/x").bytes().await.unwrap_err();
    assert!(matches!(*error.fault, Fault::NoAnswer(NoAnswer::Timeout)), "{error}");
}

#[tokio::test]
async fn a_connection_torn_down_and_one_never_made() {
    let server = Server::start(|_, _| Reply::Reset).await;
    let torn = client(&server, &settings()).get("/x").bytes().await.unwrap_err();
    assert!(matches!(*torn.fault, Fault::NoAnswer(NoAnswer::Closed)), "{torn}");

    let server = Server::start(|_, _| Reply::Raw(Vec::new())).await;
    let empty = client(&server, &settings()).get("/x").bytes().await.unwrap_err();
    assert!(matches!(*empty.fault, Fault::NoAnswer(NoAnswer::Closed)), "{empty}");

    let nobody = Client::new("http://127.0.0.1:9/", &settings(), &AuthSettings::None, &secrets);
    let error = nobody.unwrap().get("/x").bytes().await.unwrap_err();
    assert!(matches!(*error.fault, Fault::NoAnswer(NoAnswer::Connect)), "{error}");

    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let wrong = format!("https://localhost:{}/", plain.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Plain HTTP here\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_mins(1)).await;
    });
    let client = Client::new(&wrong, &settings(), &AuthSettings::None, &secrets).unwrap();
    let error = client.get("/x").bytes().await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Tls(TlsFault::Other)), "{error}");
}

#[tokio::test]
async fn statuses_mean_what_to_do_next() {
    fn next(error: &Error) -> &'static str {
        match &*error.fault {
            Fault::Unauthorized { .. } => "credentials",
            Fault::Denied { .. } => "permission",
            Fault::Gone { .. } => "gone",
            Fault::Throttled { .. } => "wait",
            Fault::Unavailable { .. } => "later",
            Fault::Refused { .. } => "report",
            Fault::Nonsense(_) => "look",
            Fault::NoAnswer(_) | Fault::Tls(_) | Fault::NoGrant(_) | Fault::Ours(_) => "other",
        }
    }
    #[rustfmt::skip]
    let table: &[(u16, &[&str], &str, &str)] = &[
        (400, &[],                  "report",      "400 ValidationError"),
        (401, &[],                  "credentials", "401 ValidationError"),
        (403, &[],                  "permission",  "403 ValidationError"),
        (404, &[],                  "gone",        "404 ValidationError"),
        (408, &[],                  "later",       "408 ValidationError"),
        (409, &[],                  "report",      "409 ValidationError"),
        (410, &[],                  "gone",        "410 ValidationError"),
        (412, &[],                  "report",      "412 ValidationError"),
        (413, &[],                  "report",      "413 ValidationError"),
        (429, &[],                  "wait",        "429 ValidationError"),
        (500, &[],                  "later",       "500 ValidationError"),
        (501, &[],                  "report",      "501 ValidationError"),
        (502, &[],                  "later",       "502 ValidationError"),
        (503, &[],                  "later",       "503 ValidationError"),
        (503, &["retry-after: 9"],  "wait",        "503 ValidationError"),
        (304, &[],                  "look",        "answered with status 304"),
    ];
    for &(status, headers, expected, text) in table {
        let body = if status == 304 {
            ""
        } else {
            r#"{"code":"ValidationError","message":"Zelda Ek, 20120101-9876"}"#
        };
        let server = Server::start(move |_, _| reply(status, headers, body)).await;
        let error = client(&server, &settings())
            .get("/persons/{id}")
            .with("id", "zelda")
            .send()
            .await
            .err()
            .unwrap();
        assert_eq!(next(&error), expected, "{status}");
        let shown = format!("{error} {error:?} {:?}", error.explain());
        assert!(shown.contains(text), "{status}: {shown}");
        assert!(!shown.to_lowercase().contains("zelda"), "{shown}");
        assert!(
            error.to_string().starts_with(&format!("localhost:{}/persons/{{id}}: ", server.port)),
            "{error}"
        );
    }
}

/// Refusals whose body matters are read by the connector.
#[tokio::test]
async fn any_status_can_be_an_answer() {
    let server =
        Server::start(|_, _| reply(409, &["content-type: application/json"], r#"{"id":7}"#)).await;
    let answer =
        client(&server, &settings()).post("/users").json_body(&1).send_any().await.unwrap();
    assert_eq!(answer.status(), 409);
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["id"], 7);
}

/// The test's clock.
struct Clock(Instant);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "a test that looks at the time on purpose")]
    fn start() -> Self {
        Self(Instant::now())
    }

    fn spent(&self) -> Duration {
        self.0.elapsed()
    }
}
