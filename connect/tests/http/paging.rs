//! Lists in pages.

use connect::http::{Error, Fault, Nonsense, Url};

use crate::server::{Server, client, json, settings};

fn nonsense(error: &Error) -> &Nonsense {
    let Fault::Nonsense(nonsense) = &*error.fault else { panic!("{error}") };
    nonsense
}

#[tokio::test]
async fn a_list_without_end_ends() {
    let server = Server::start(|_, _| json("[]")).await;
    let mut settings = settings();
    settings.limits.max_pages = 3;
    let client = client(&server, &settings);

    let mut pages = client.pages("/persons");
    pages.token("a").unwrap();
    assert_eq!(nonsense(&pages.token("a").unwrap_err()), &Nonsense::PageRepeats { page: 3 });

    let mut pages = client.pages("/persons");
    pages.token("a").unwrap();
    pages.token("b").unwrap();
    let error = pages.token("c").unwrap_err();
    assert_eq!(nonsense(&error), &Nonsense::TooManyPages { limit: 3 });
    assert!(error.to_string().contains("/persons: the list is over 3 pages"), "{error}");
}

#[tokio::test]
async fn a_link_to_the_next_page_stays_at_the_host() {
    let server = Server::start(|_, _| json("[]")).await;
    let client = client(&server, &settings());
    let from = Url::parse("https://a.example/v2/persons?page=1").unwrap();

    let mut pages = client.pages("/persons");
    let next = pages.link(&from, "?page=2").unwrap();
    assert_eq!(next.as_str(), "https://a.example/v2/persons?page=2");
    let whole = "https://a.example:443/v2/persons?page=2";
    assert_eq!(
        nonsense(&pages.link(&from, whole).unwrap_err()),
        &Nonsense::PageRepeats { page: 3 }
    );
    for elsewhere in [
        "https://b.example/",
        "http://a.example/v2/persons?page=3",
        "//a.example:444/",
        "data:x",
        "https://",
    ] {
        assert_eq!(
            nonsense(&pages.link(&from, elsewhere).unwrap_err()),
            &Nonsense::LinkElsewhere,
            "{elsewhere}"
        );
    }
}

/// A value of ours is one part of the path, whatever it holds.
#[tokio::test]
async fn a_path_is_filled_and_cannot_be_left() {
    let server = Server::start(|_, _| json("[]")).await;
    let client = client(&server, &settings());
    for (value, path) in [("a/b?c#d%20å", "a%2Fb%3Fc%23d%2520%C3%A5"), ("7A", "7A"), ("..x", "..x")]
    {
        client
            .get("/groups/{id}/members")
            .with("id", value)
            .query("q", "å&b")
            .send()
            .await
            .unwrap();
        let asked = server.asked();
        let line = asked.last().unwrap().lines().next().unwrap();
        assert_eq!(line, format!("GET /v2/groups/{path}/members?q=%C3%A5%26b HTTP/1.1"));
    }
    let before = server.asked().len();
    for value in ["..", ".", ""] {
        let error = client.get("/groups/{id}").with("id", value).send().await.err().unwrap();
        assert!(matches!(*error.fault, Fault::Ours(_)), "{error}");
    }
    let missing = client.get("/groups/{id}").send().await.err().unwrap();
    assert!(matches!(*missing.fault, Fault::Ours(_)), "{missing}");
    assert_eq!(server.asked().len(), before);
}
