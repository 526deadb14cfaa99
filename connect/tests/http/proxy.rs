//! Through a proxy.

use connect::http::{AuthSettings, Client, Fault, NoAnswer, Settings};
use secret::SecretRef;

use crate::server::{Server, header, json, reply, secrets, settings};

fn through(proxy: &Server) -> Settings {
    let mut settings = settings();
    settings.proxy = format!("http://localhost:{}", proxy.port).into();
    settings.proxy_user = Some("u".to_owned());
    settings.proxy_password = Some(SecretRef::Env("P".to_owned()));
    settings.allow_plain_http = true;
    settings
}

#[tokio::test]
async fn a_proxy_is_used_with_our_name() {
    let proxy = Server::start(|_, _| json("[]")).await;
    let settings = through(&proxy);
    let client =
        Client::new("http://register.example/v2", &settings, &AuthSettings::None, &secrets);
    client.unwrap().get("/persons").bytes().await.unwrap();
    let asked = proxy.asked();
    assert!(
        asked[0].starts_with("GET http://register.example/v2/persons HTTP/1.1"),
        "{}",
        asked[0]
    );
    // "u:HUSH-env-P"
    assert_eq!(header(&asked[0], "proxy-authorization"), Some("Basic dTpIVVNILWVudi1Q"));
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_apart_from_the_server() {
    let proxy = Server::start(|_, _| reply(407, &[], "")).await;
    let make =
        |base: &str| Client::new(base, &through(&proxy), &AuthSettings::None, &secrets).unwrap();

    let error = make("https://register.example/").get("/x").bytes().await.unwrap_err();
    assert!(matches!(*error.fault, Fault::NoAnswer(NoAnswer::Proxy)), "{error}");
    assert!(proxy.asked()[0].starts_with("CONNECT register.example:443 "));
    let error = make("http://register.example/").get("/x").bytes().await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Unauthorized { status: 407, .. }), "{error}");
}
