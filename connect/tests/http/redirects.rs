//! Redirects: inside the origin only, never without end.

use connect::http::{AuthSettings, Client, Error, Fault, Nonsense};
use secret::SecretRef;

use crate::server::{Reply, Server, header, json, reply, secrets, settings};

fn signed_in(server: &Server) -> Client {
    let auth = AuthSettings::Bearer(SecretRef::Env("TOKEN".to_owned()));
    Client::new(&server.base(), &settings(), &auth, &secrets).unwrap()
}

fn nonsense(error: &Error) -> &Nonsense {
    let Fault::Nonsense(nonsense) = &*error.fault else { panic!("{error}") };
    nonsense
}

#[tokio::test]
async fn a_redirect_inside_the_origin_is_followed_with_our_credentials() {
    let server = Server::start(|number, request| {
        if number == 0 {
            return reply(302, &["location: /v2/new?a=1"], "");
        }
        assert!(request.starts_with("GET /v2/new?a=1 "), "{request}");
        assert_eq!(header(request, "authorization"), Some("Bearer HUSH-env-TOKEN"));
        json("[]")
    })
    .await;
    signed_in(&server).get("/old").send().await.unwrap();
    assert_eq!(server.asked().len(), 2);
}

/// Credentials never leave the host, not even for another port of it.
#[tokio::test]
async fn a_redirect_elsewhere_is_refused() {
    let other = Server::start(|_, _| json("[]")).await;
    let port = other.port;
    for place in [
        format!("http://localhost:{port}/v2/x"),
        "https://localhost/".to_owned(),
        "//127.0.0.1/".to_owned(),
        "ftp://localhost/".to_owned(),
    ] {
        let location = format!("location: {place}");
        let server = Server::start(move |_, _| reply(307, &[&location], "")).await;
        let error = signed_in(&server).get("/x").send().await.err().unwrap();
        assert_eq!(nonsense(&error), &Nonsense::RedirectElsewhere, "{place}");
    }
    assert_eq!(other.asked().len(), 0);
}

#[tokio::test]
async fn a_ring_of_redirects_ends() {
    let itself = Server::start(|_, _| reply(302, &["location: /v2/x"], "")).await;
    let growing =
        Server::start(|number, _| reply(302, &[&format!("location: /v2/{number}")], "")).await;
    let nowhere = Server::start(|_, _| reply(302, &[], "")).await;
    for server in [&itself, &growing, &nowhere] {
        let error = signed_in(server).get("/x").send().await.err().unwrap();
        assert_eq!(nonsense(&error), &Nonsense::RedirectLoop);
        assert!(server.asked().len() <= 6);
    }
}

/// A write is never turned into a read on the way.
#[tokio::test]
async fn a_write_is_sent_on_whole_or_not_at_all() {
    let server = Server::start(|number, _| match number {
        0 => reply(308, &["location: /v2/there"], ""),
        _ => json("{}"),
    })
    .await;
    signed_in(&server).post("/here").json_body(&[7]).send().await.unwrap();
    let asked = server.asked();
    assert!(asked[1].starts_with("POST /v2/there "), "{}", asked[1]);
    assert!(asked[1].ends_with("\r\n\r\n[7]"), "{}", asked[1]);

    let server = Server::start(|_, _| reply(302, &["location: /v2/there"], "")).await;
    let error = signed_in(&server).post("/here").json_body(&[7]).send().await.err().unwrap();
    assert_eq!(nonsense(&error), &Nonsense::Status(302));
    assert_eq!(server.asked().len(), 1);
}

/// A link that the server gave leads nowhere but to itself.
#[tokio::test]
async fn a_link_elsewhere_is_not_followed() {
    let server = Server::start(|_, _| Reply::Reset).await;
    let client = signed_in(&server);
    let link = connect::http::Url::parse("http://localhost:1/persons?page=2").unwrap();
    let error = client.follow("/persons", &link).send().await.err().unwrap();
    assert_eq!(nonsense(&error), &Nonsense::LinkElsewhere);
    assert_eq!(server.asked().len(), 0);
}
