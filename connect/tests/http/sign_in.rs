//! Signing in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use connect::http::{
    ApiKey, AuthSettings, Basic, Client, Credentials, CredentialsIn, Error, Fault, Place, Setup,
    Token, TokenSource,
};
use secret::{Secret, SecretError, SecretRef};

use crate::server::{Server, header, json, reply, secrets, settings};

fn named(name: &str) -> SecretRef {
    SecretRef::Env(name.to_owned())
}

fn credentials(tokens: &Server) -> Credentials {
    Credentials {
        token_url: tokens.base(),
        client_id: "skolbro å".to_owned(),
        secret: Some(named("S")),
        scope: Some("roster.read".to_owned()),
        audience: Some("https://register".to_owned()),
        credentials_in: CredentialsIn::Body,
    }
}

fn signed_in(server: &Server, auth: &AuthSettings) -> Client {
    Client::new(&server.base(), &settings(), auth, &secrets).unwrap()
}

#[tokio::test]
async fn what_does_not_change_is_sent_with_each_call() {
    let key = ApiKey { header: "X-API-Key".to_owned(), key: named("K") };
    let basic = Basic { user: "u".to_owned(), password: named("P") };
    #[rustfmt::skip]
    let table: &[(AuthSettings, &str, Option<&str>)] = &[
        (AuthSettings::None,               "authorization", None),
        (AuthSettings::Bearer(named("T")), "authorization", Some("Bearer HUSH-env-T")),
        (AuthSettings::ApiKey(key),        "x-api-key",     Some("HUSH-env-K")),
        (AuthSettings::Basic(basic),       "authorization", Some("Basic dTpIVVNILWVudi1Q")),
    ];
    for (auth, name, value) in table {
        let server = Server::start(|_, _| json("[]")).await;
        signed_in(&server, auth).get("/x").send().await.unwrap();
        let asked = server.asked();
        assert_eq!(header(&asked[0], name), *value);
        assert!(header(&asked[0], "user-agent").unwrap().starts_with("skolbro/"));
        assert_eq!(header(&asked[0], "x-request-id").map(str::len), Some(32));
        assert_eq!(header(&asked[0], "referer"), None);
    }
}

#[tokio::test]
async fn a_token_is_fetched_once_and_kept() {
    let tokens = Server::start(|_, _| json(r#"{"access_token":"t1","expires_in":"3600"}"#)).await;
    let server = Server::start(|_, _| json("[]")).await;
    let auth = AuthSettings::ClientCredentials(credentials(&tokens));
    let client = signed_in(&server, &auth);

    let calls = (0..8).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.get("/x").bytes().await.unwrap() })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }

    let asked = tokens.asked();
    assert_eq!(asked.len(), 1, "eight calls at once, one token");
    let body = asked[0].split("\r\n\r\n").nth(1).unwrap();
    assert_eq!(
        body,
        "grant_type=client_credentials&client_id=skolbro+%C3%A5&client_secret=HUSH-env-S&scope=roster.read&audience=https%3A%2F%2Fregister"
    );
    assert!(server.asked().iter().all(|call| header(call, "authorization") == Some("Bearer t1")));
}

#[tokio::test]
async fn name_and_secret_can_stand_in_the_header() {
    let tokens = Server::start(|_, _| json(r#"{"access_token":"t1"}"#)).await;
    let server = Server::start(|_, _| json("[]")).await;
    let basic = Credentials { credentials_in: CredentialsIn::Basic, ..credentials(&tokens) };
    signed_in(&server, &AuthSettings::ClientCredentials(basic)).get("/x").bytes().await.unwrap();
    let asked = tokens.asked();
    // "skolbro+%C3%A5:HUSH-env-S"
    let expected = "Basic c2tvbGJybyslQzMlQTU6SFVTSC1lbnYtUw==";
    assert_eq!(header(&asked[0], "authorization"), Some(expected));
    assert!(!asked[0].contains("client_secret"), "{}", asked[0]);
}

/// A token ends before it is sent for the last time.
#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let tokens = Server::start(|number, _| {
        json(&format!(r#"{{"access_token":"t{number}","expires_in":1}}"#))
    })
    .await;
    let server = Server::start(|_, _| json("[]")).await;
    let client = signed_in(&server, &AuthSettings::ClientCredentials(credentials(&tokens)));
    client.get("/x").bytes().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(950)).await;
    client.get("/x").bytes().await.unwrap();
    assert_eq!(tokens.asked().len(), 2);
    assert_eq!(header(&server.asked()[1], "authorization"), Some("Bearer t1"));
}

/// A token that was withdrawn is renewed once; a second refusal is the answer.
#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let tokens = Server::start(|number, _| {
        json(&format!(r#"{{"access_token":"t{number}","expires_in":3600}}"#))
    })
    .await;
    let server = Server::start(|_, request| match header(request, "authorization") {
        Some("Bearer t0") => reply(401, &[], ""),
        _ => json("[]"),
    })
    .await;
    let auth = AuthSettings::ClientCredentials(credentials(&tokens));
    signed_in(&server, &auth).post("/x").json_body(&1).send().await.unwrap();
    assert_eq!((tokens.asked().len(), server.asked().len()), (2, 2));

    let server = Server::start(|_, _| reply(401, &[], "")).await;
    let error = signed_in(&server, &auth).get("/x").bytes().await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Unauthorized { status: 401, .. }), "{error}");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_refused_sign_in_says_so() {
    let tokens = Server::start(|_, _| {
        let body = r#"{"error":"invalid_client","error_description":"HUSH-env-S is wrong"}"#;
        reply(400, &["content-type: application/json"], body)
    })
    .await;
    let server = Server::start(|_, _| json("[]")).await;
    let auth = AuthSettings::ClientCredentials(credentials(&tokens));
    let error = signed_in(&server, &auth).get("/x").bytes().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "localhost:{} (sign-in): our credentials were refused (400 invalid_client)",
            tokens.port
        )
    );
    assert_eq!(server.asked().len(), 0);

    let tokens = Server::start(|_, _| json(r#"{"token":"x"}"#)).await;
    let auth = AuthSettings::ClientCredentials(credentials(&tokens));
    let error = signed_in(&server, &auth).get("/x").bytes().await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Nonsense(_)), "{error}");
}

/// Calls that waited for the same token share its failure: one after the other they would
/// wait for hours.
#[tokio::test]
async fn a_failed_sign_in_is_everybodys() {
    let tokens = Server::start(|_, _| reply(401, &[], "")).await;
    let server = Server::start(|_, _| json("[]")).await;
    let client = signed_in(&server, &AuthSettings::ClientCredentials(credentials(&tokens)));
    let calls = (0..8).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.get("/x").bytes().await.unwrap_err() })
    });
    for call in calls.collect::<Vec<_>>() {
        let error = call.await.unwrap();
        assert!(matches!(*error.fault, Fault::Unauthorized { status: 401, .. }), "{error}");
    }
    assert_eq!((tokens.asked().len(), server.asked().len()), (1, 0));
    client.get("/x").bytes().await.unwrap_err();
    assert_eq!(tokens.asked().len(), 2, "who comes later tries again");
}

/// A connector with a sign-in of its own keeps the same rules.
#[tokio::test]
async fn a_connector_may_bring_its_own_tokens() {
    struct Own(AtomicUsize);

    #[async_trait::async_trait]
    impl TokenSource for Own {
        async fn token(&self) -> Result<Token, Error> {
            let number = self.0.fetch_add(1, Ordering::Relaxed);
            let place = Place { host: "here".into(), label: "" };
            if number > 1 {
                return Err(Error::new(place, Fault::Ours("no more")));
            }
            Ok(Token { value: Secret::new(format!("own{number}")), lasts: None })
        }
    }

    let server =
        Server::start(|number, _| if number == 1 { reply(401, &[], "") } else { json("[]") }).await;
    let own = Arc::new(Own(AtomicUsize::new(0)));
    let client = Client::with_tokens(&server.base(), &settings(), own, &secrets).unwrap();
    client.get("/x").bytes().await.unwrap();
    client.get("/x").bytes().await.unwrap();
    let sent: Vec<String> = server
        .asked()
        .iter()
        .map(|call| header(call, "authorization").unwrap().to_owned())
        .collect();
    assert_eq!(sent, ["Bearer own0", "Bearer own0", "Bearer own1"]);
}

#[tokio::test]
async fn what_cannot_be_sent_or_found_is_told_when_the_client_is_made() {
    let auth = AuthSettings::Bearer(named("T"));
    let make = |base: &str, secrets: &dyn secret::Secrets| {
        Client::new(base, &settings(), &auth, secrets).err()
    };

    let missing = |reference: &SecretRef| Err(SecretError::Empty { reference: reference.clone() });
    let error = make("https://localhost/", &missing).unwrap();
    assert!(matches!(error, Setup::Secret(_)), "{error:?}");
    let broken = |_: &SecretRef| Ok(Secret::new("a\nb".to_owned()));
    let error = make("https://localhost/", &broken).unwrap();
    assert!(matches!(error, Setup::SecretText), "{error:?}");
    for bad in
        ["register.example", "ftp://a/", "https://u:p@a/", "https://a/?x", "https://a/#x", ""]
    {
        let error = make(bad, &secrets).unwrap();
        assert!(matches!(error, Setup::Address), "{bad}: {error:?}");
    }
    // Nothing goes unencrypted to another machine unless the settings say so.
    let error = make("http://register.example/", &secrets).unwrap();
    assert!(matches!(error, Setup::PlainHttp { .. }), "{error:?}");
    for here in ["http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost/"] {
        assert!(make(here, &secrets).is_none(), "{here}");
    }
}
