//! Nothing secret and nobody's name in what is traced or told.

use std::io;
use std::sync::{Arc, Mutex};

use connect::http::{AuthSettings, Client, Credentials, CredentialsIn};
use secret::SecretRef;
use tracing_subscriber::fmt::MakeWriter;

use crate::server::{Server, json, reply, secrets, settings};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// K069 for whoever reads logs: traces at the finest level, errors and their `Debug` name
/// host, template and status, and neither secret, query, id nor body.
#[tokio::test]
async fn traces_and_errors_hold_neither_secrets_nor_names() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let tokens =
        Server::start(|_, _| json(r#"{"access_token":"HUSH-token","expires_in":3600}"#)).await;
    let server = Server::start(|number, _| match number {
        0 => json(r#"{"name":"Anna Ek"}"#),
        1 => reply(500, &[], r#"{"code":"Anna Ek"}"#),
        2 => reply(302, &["location: /v2/Anna?Ek=1"], ""),
        3 => reply(403, &[], r#"{"error":{"code":"Forbidden","message":"Anna Ek"}}"#),
        _ => reply(200, &["content-type: application/json"], r#"{"name":"Anna Ek"#),
    })
    .await;
    let auth = AuthSettings::ClientCredentials(Credentials {
        token_url: tokens.base(),
        client_id: "skolbro".to_owned(),
        secret: Some(SecretRef::Env("S".to_owned())),
        scope: None,
        audience: None,
        credentials_in: CredentialsIn::Body,
    });
    let client = Client::new(&server.base(), &settings(), &auth, &secrets).unwrap();
    let mut told = format!("{client:?}{auth:?}");
    for _ in 0..4 {
        let request = client.get("/persons/{id}").with("id", "Anna").query("name", "Ek");
        if let Err(error) = request.json::<serde_json::Value>().await {
            told = format!("{told}{error}{error:?}{:?}", error.explain());
        }
    }

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for text in [&log, &told] {
        for never in ["HUSH", "Anna", "Ek=", "=Ek", "name="] {
            assert!(!text.contains(never), "{never}: {text}");
        }
    }
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let calls: Vec<_> =
        lines.iter().filter(|line| line["fields"]["message"] == "called over HTTP").collect();
    assert_eq!(calls.len(), 6, "four calls, a token and a redirect: {log}");
    let first = calls.iter().find(|call| call["fields"]["http.path"] == "/persons/{id}").unwrap();
    for field in [
        "http.method",
        "http.host",
        "http.status",
        "http.bytes",
        "http.attempt",
        "http.request_id",
        "http.outcome",
        "duration_ms",
    ] {
        assert!(!first["fields"][field].is_null(), "{field}: {first}");
    }
    assert_eq!(first["fields"]["http.bytes"], 18);
    assert!(told.contains("403 Forbidden"), "{told}");
}
