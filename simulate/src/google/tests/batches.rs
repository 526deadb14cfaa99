use std::time::Duration;

use serde_json::{Value, json};

use super::{ADMIN, Answer, Tenant, USERS, user};
use crate::google::{Quotas, Switches, Windows};

/// A part: verb, path, body.
type Part = (&'static str, String, Value);

/// As google-api-python-client writes it (google.md §1.7).
fn batch(tenant: &mut Tenant, path: &str, parts: &[Part]) -> Answer {
    let mut body = String::new();
    for (number, (verb, target, json)) in parts.iter().enumerate() {
        let sent = if json.is_null() { String::new() } else { json.to_string() };
        let head =
            "Content-Type: application/http\nMIME-Version: 1.0\nContent-Transfer-Encoding: binary";
        let inner = "Content-Type: application/json\nHost: x";
        let id = format!("Content-ID: <abc + {number}>");
        let part =
            format!("--===1==\n{head}\n{id}\n\n{verb} {target} HTTP/1.1\n{inner}\n\n{sent}\n");
        body.push_str(&part);
    }
    body.push_str("--===1==--");
    let bearer = format!("Bearer {}", tenant.token);
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "multipart/mixed; boundary=\"===1==\""),
    ];
    tenant.client.send("POST", path, &headers, &body).unwrap()
}

/// Content-ID, status and body of each part, as they come.
fn parts(answer: &Answer) -> Vec<(String, u16, Value)> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let kind = answer.header("content-type").to_owned();
    let boundary = kind.strip_prefix("multipart/mixed; boundary=").unwrap();
    let text = answer.text();
    assert!(text.ends_with(&format!("--{boundary}--\r\n")));
    let line = format!("--{boundary}");
    let pieces = text.split(line.as_str());
    let pieces = pieces.filter(|it| it.starts_with("\r\n") && it.len() > 2);
    pieces
        .map(|piece| {
            let mut three = piece.splitn(3, "\r\n\r\n");
            let (outer, head, body) =
                (three.next().unwrap(), three.next().unwrap(), three.next().unwrap());
            assert!(outer.contains("Content-Type: application/http"), "{outer}");
            let id = outer.lines().find_map(|it| it.strip_prefix("Content-ID: ")).unwrap();
            assert!(head.starts_with("HTTP/1.1 "), "{head}");
            let status = head.split(' ').nth(1).unwrap().parse().unwrap();
            (id.to_owned(), status, serde_json::from_str(body.trim()).unwrap_or(Value::Null))
        })
        .collect()
}

fn inserts(from: usize, many: usize) -> Vec<Part> {
    (from..from + many).map(|it| ("POST", USERS.to_owned(), user(&format!("e{it:04}")))).collect()
}

#[test]
fn parts_are_answered_in_order_and_done_in_another() {
    let mut tenant = Tenant::new();
    for (from, path) in [(0, "/batch"), (100, "/batch/admin/directory_v1")] {
        let answer = batch(&mut tenant, path, &inserts(from, 20));
        let all = parts(&answer);
        for (at, (id, status, body)) in all.iter().enumerate() {
            assert_eq!((id.as_str(), *status), (format!("<response-abc + {at}>").as_str(), 200));
            assert_eq!(body["primaryEmail"], format!("e{:04}@exempel.se", from + at));
        }
        let ids: Vec<&str> = all.iter().map(|it| it.2["id"].as_str().unwrap()).collect();
        assert!(!ids.is_sorted(), "{ids:?}");
    }
    let counts = tenant.google.counts();
    assert_eq!((counts.batches, counts.of("directory.users.insert", 200)), (2, 40));
    assert_eq!(counts.requests, 3, "a token and two batches");
    let mixed = [
        ("GET", format!("{USERS}/e0001@exempel.se?fields=primaryEmail"), Value::Null),
        ("GET", format!("{USERS}/nobody@exempel.se"), Value::Null),
        ("DELETE", format!("{USERS}/e0002@exempel.se"), Value::Null),
        ("POST", USERS.to_owned(), user("e0003")),
        ("GET", "/nowhere".to_owned(), Value::Null),
    ];
    let all = parts(&batch(&mut tenant, "/batch", &mixed));
    let statuses: Vec<u16> = all.iter().map(|it| it.1).collect();
    assert_eq!(statuses, [200, 404, 204, 409, 404]);
    assert_eq!(all[0].2, json!({ "primaryEmail": "e0001@exempel.se" }));
}

/// The same seed, the same order.
#[test]
fn the_order_is_that_of_the_seed() {
    let order = |seed: u64| -> Vec<String> {
        let mut tenant = Tenant::with(Switches { seed, ..Switches::default() });
        let all = parts(&batch(&mut tenant, "/batch", &inserts(0, 10)));
        all.iter().map(|it| it.2["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(order(1), order(1));
    assert_ne!(order(1), order(2));
}

/// google.md §1.7: a thousand, and fifty for Classroom; one API.
#[test]
fn a_batch_has_a_size_and_one_api() {
    let mut tenant = Tenant::new();
    let get = |many: usize, path: &str| vec![("GET", path.to_owned(), Value::Null); many];
    let (me, courses) = (format!("{USERS}/{ADMIN}"), "/v1/courses");
    assert_eq!(parts(&batch(&mut tenant, "/batch", &get(1_000, &me))).len(), 1_000);
    #[rustfmt::skip]
    let table = [
        ("1,001 parts",             "/batch",                     get(1_001, &me)),
        ("51 parts for Classroom",  "/batch/classroom/v1",        get(51, courses)),
        ("the same without a name", "/batch",                     get(51, courses)),
        ("two APIs",                "/batch",                     [get(1, &me), get(1, courses)].concat()),
        ("another API's",           "/batch/admin/directory_v1",  get(1, courses)),
        ("none",                    "/batch",                     Vec::new()),
    ];
    for (shows, path, parts) in table {
        assert_eq!(batch(&mut tenant, path, &parts).status, 400, "{shows}");
    }
    assert_eq!(parts(&batch(&mut tenant, "/batch", &get(50, courses))).len(), 50);
    assert_eq!(tenant.ask("POST", "/batch", &json!({})).status, 400, "no multipart");
    assert_eq!(tenant.google.counts().of("classroom.courses.list", 200), 50, "nothing was done");
}

/// A batch of n counts as n (google.md §0 no 1), and its parts are refused one by one.
#[test]
fn the_parts_of_a_batch_count_one_by_one() {
    let quotas = Quotas { directory: Some(30), ..Quotas::OFF };
    let mut tenant = Tenant::with(Switches { quotas, speed: 1e-6, ..Switches::default() });
    let all = parts(&batch(&mut tenant, "/batch", &inserts(0, 40)));
    assert_eq!(all.iter().filter(|it| it.1 == 200).count(), 30);
    assert_eq!(all.iter().filter(|it| it.1 == 403).count(), 10);
    assert_eq!(tenant.google.counts().throttled["directory"], 10);
    // A part without a token is refused by itself.
    tenant.token = "none".to_owned();
    let all = parts(&batch(&mut tenant, "/batch", &inserts(0, 1)));
    assert_eq!(all[0].1, 401);
}

/// google.md §2.2: what is new is not found by the parts of a batch, and by a single call it is.
#[test]
fn a_batch_does_not_find_what_is_new() {
    let windows = Windows { in_batch: Duration::from_secs(10), ..Windows::OFF };
    let mut tenant = Tenant::with(Switches { windows, speed: 1e-6, ..Switches::default() });
    for name in ["elev001", "elev002"] {
        tenant.user(name);
    }
    let course = super::courses::course(&mut tenant, "d:7A");
    let path = format!("/v1/courses/{course}/students");
    let add = |who: &str| ("POST", path.clone(), json!({ "userId": format!("{who}@exempel.se") }));
    let one = |tenant: &mut Tenant, who: &str| parts(&batch(tenant, "/batch", &[add(who)]))[0].1;
    assert_eq!(one(&mut tenant, "elev001"), 404, "a new course");
    let (_, _, body) = add("elev001");
    tenant.done("POST", &path, &body);
    tenant.google.pass(Duration::from_secs(10));
    assert_eq!(one(&mut tenant, "elev002"), 200);
    tenant.done("DELETE", &format!("{path}/elev002@exempel.se"), &Value::Null);
    assert_eq!(one(&mut tenant, "elev002"), 404, "just removed");
    tenant.google.pass(Duration::from_secs(10));
    assert_eq!(one(&mut tenant, "elev002"), 200);
}
