use serde_json::{Value, json};

use super::{Client, JSON, held, id, organisation, post, start};
use crate::egil;
use crate::receiver::{Proof, Running, Sign, SignIn, Switches};

fn status(running: &Running) -> Value {
    Client::to(&running.admin_url()).send("GET", "/status", &[], "").unwrap().json()
}

#[test]
fn everything_is_counted() {
    let running = start(&[]);
    let mut client = Client::to(&running.base_url());
    let mut send = |method: &str, path: &str, body: &str| {
        client.send(method, path, &[JSON], body).unwrap().status
    };
    let path = format!("/Organisations/{}", id(1));
    assert_eq!(send("POST", "/Organisations", &organisation(1, "A")), 201);
    assert_eq!(send("POST", "/Organisations", &organisation(1, "A")), 409);
    assert_eq!(send("PUT", &path, &organisation(1, "B")), 200);
    // The same in another order of keys is the same.
    let again = format!(r#"{{"displayName":"B","externalId":"{}","schemas":["x"]}}"#, id(1));
    assert_eq!(send("PUT", &path, &again), 200);
    assert_eq!(send("GET", "/Nothing", ""), 404);

    let told = status(&running);
    assert_eq!(told["requests"], 5);
    assert_eq!(told["needless"], 1);
    assert_eq!(told["conflicts"], 1);
    assert_eq!(told["most_in_flight"], 1);
    assert_eq!(
        told["calls"],
        json!([
            { "method": "GET", "type": "-", "status": 404, "count": 1 },
            { "method": "POST", "type": "Organisations", "status": 201, "count": 1 },
            { "method": "POST", "type": "Organisations", "status": 409, "count": 1 },
            { "method": "PUT", "type": "Organisations", "status": 200, "count": 2 },
        ])
    );
    Client::to(&running.admin_url()).send("DELETE", "/status", &[], "").unwrap();
    assert_eq!(status(&running)["requests"], 0);
    assert_eq!(held(&running), 1, "counts alone are forgotten");
}

#[test]
fn a_person_changes_things_by_hand() {
    let running = start(&[]);
    (1..=6).for_each(|it| assert_eq!(post(&running, it).unwrap().status, 201));
    let mut admin = Client::to(&running.admin_url());
    let mut ask = |path: &str, body: &str| {
        let answer = admin.send("POST", path, &[], body).unwrap();
        (answer.status, answer.json()["objects"].clone())
    };
    let named = format!("/remove?type=Organisations&id={}&id={}", id(6), id(99));
    let change = format!("/change?type=Organisations&id={}&path=name.x", id(4));
    #[rustfmt::skip]
    let table: &[(&str, &str, u16, Value)] = &[
        // what it is asked                                       body        status objects
        ("/remove?type=Organisations&n=2",                        "",         200, json!(2)),
        (&named,                                                  "",         200, json!(1)),
        ("/change?type=Organisations&n=1&path=displayName",       "\"Ny\"",   200, json!(1)),
        (&change,                                                 "[1]",      200, json!(1)),
        ("/change?type=Organisations&n=1&path=displayName",       "Ny",       400, Value::Null),
        ("/remove?type=Organisations",                            "",         400, Value::Null),
        ("/remove?n=1",                                           "",         400, Value::Null),
        ("/remove?type=Organisations&n=1&tenant=nobody",          "",         400, Value::Null),
        ("/remove?type=Nothing&n=1",                              "",         200, json!(0)),
        ("/nothing",                                              "",         404, Value::Null),
    ];
    for (path, body, status, objects) in table {
        assert_eq!(ask(path, body), (*status, objects.clone()), "{path}");
    }
    let dump = Client::to(&running.admin_url()).send("GET", "/dump?tenant=demo", &[], "").unwrap();
    let left = &dump.json()["Organisations"];
    assert_eq!(left.as_array().unwrap().len(), 3);
    assert_eq!(left[0]["displayName"], "Ny");
    assert_eq!(left[1]["name"]["x"], json!([1]));
    assert_eq!(ask("/reset", "").0, 200);
    assert_eq!(held(&running), 0);
}

#[test]
fn a_dump_is_the_same_whatever_came_first() {
    let (one, other) = (start(&[]), start(&[]));
    (1..=5).for_each(|it| _ = post(&one, it).unwrap());
    (1..=5).rev().for_each(|it| _ = post(&other, it).unwrap());
    assert_eq!(one.dump(), other.dump());
    let text = String::from_utf8(one.dump()).unwrap();
    assert!(
        text.starts_with(
            r#"{"demo":{"Activities":[],"Employments":[],"Organisations":[{"displayName""#
        ),
        "{text}"
    );
}

#[test]
fn the_state_outlives_the_receiver() {
    let folder = std::env::temp_dir().join(format!("skolbro-receiver-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("state.json");
    let sign = |name: &str| Sign { tenant: name.to_owned(), proof: Proof::Key(name.to_owned()) };
    let start = || {
        let sign_in = SignIn::with(vec![sign("aby"), sign("beby")]);
        let common = Switches { state: Some(file.clone()), sign_in, ..Switches::default() };
        egil::start(egil::Switches { common, ..egil::Switches::default() }).unwrap()
    };
    let running = start();
    let mut client = Client::to(&running.base_url());
    let headers = [JSON, ("X-API-Key", "beby")];
    client.send("POST", "/Organisations", &headers, &organisation(1, "B")).unwrap();
    Client::to(&running.admin_url()).send("POST", "/save", &[], "").unwrap();
    let saved = std::fs::read(&file).unwrap();
    assert_eq!(saved, running.dump(), "on request");
    client.send("POST", "/Organisations", &headers, &organisation(2, "B")).unwrap();
    let before = running.dump();
    drop(client);
    drop(running);
    assert_eq!(std::fs::read(&file).unwrap(), before, "at the end");
    assert_eq!(start().dump(), before);
    std::fs::remove_dir_all(&folder).unwrap();
}
