use std::collections::BTreeSet;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use generate::Size;
use serde_json::Value;

use super::{Reader, start, start_with};
use crate::ss12000::drain::{Line, bearer, drain, split};
use crate::ss12000::{Dialect, Fault, Planted, Switches};

fn planted(text: &str) -> Planted {
    text.parse().expect(text)
}

/// Everything that comes after a request on a connection of its own, and how it ended.
fn bytes(reader: &Reader, path: &str) -> (Vec<u8>, Option<ErrorKind>) {
    let origin = reader.running.origin();
    let mut stream = TcpStream::connect(split(&origin).unwrap().0).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}\r\n",
        bearer(&reader.token)
    );
    stream.write_all(head.as_bytes()).unwrap();
    let (mut all, mut part) = (Vec::new(), [0; 1 << 14]);
    loop {
        match stream.read(&mut part) {
            Ok(0) => return (all, None),
            Ok(many) => all.extend(&part[..many]),
            Err(error) => return (all, Some(error.kind())),
        }
    }
}

fn body(answer: &[u8]) -> &[u8] {
    let at = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    &answer[at + 4..]
}

#[test]
fn pages_that_never_end() {
    let mut reader = start(Dialect::Standard);
    reader.running.plant(planted("endless-paging@groups"));
    let mut tokens = BTreeSet::new();
    let mut page = reader.get("groups?limit=100");
    for _ in 0..20 {
        let token = page["pageToken"].as_str().unwrap().to_owned();
        assert!(tokens.insert(token.clone()), "each token is new");
        page = reader.get(&format!("groups?pageToken={token}"));
        assert!(!page["data"].as_array().unwrap().is_empty());
    }
    assert!(reader.pages("persons?limit=100").len() > 5, "other lists end");
    reader.running.mend();
    reader.running.plant(planted("repeated-token@groups"));
    let first = reader.get("groups?limit=100")["pageToken"].as_str().unwrap().to_owned();
    let again = reader.get(&format!("groups?pageToken={first}"));
    assert_eq!(again["pageToken"], first.as_str());
}

#[test]
fn in_the_middle_of_a_read_then_well_again() {
    let mut reader = start(Dialect::Standard);
    for (text, status) in [
        ("status=401@persons:2x1", 401),
        ("status=403@persons:2x1", 403),
        ("status=404@persons:2x1", 404),
        ("status=410@persons:2x1", 410),
        ("status=429/0.5@persons:2x1", 429),
        ("status=500@persons:2x1", 500),
        ("status=503@persons:2x1", 503),
    ] {
        reader.running.mend();
        reader.running.plant(planted(text));
        let mut token = None;
        let mut seen = Vec::new();
        for _ in 0..4 {
            let path = token.as_ref().map_or_else(
                || "persons?limit=100".to_owned(),
                |it| format!("persons?pageToken={it}"),
            );
            let (found, page) = reader.ask("GET", &path, "");
            seen.push(found);
            if found == 200 {
                token = page["pageToken"].as_str().map(str::to_owned);
            } else {
                assert!(page["code"].is_string(), "{text}");
            }
            if status == 429 && found == 429 {
                assert_eq!(reader.line.header("retry-after"), Some("0.5"));
            }
            assert_eq!(reader.ask("GET", "groups?limit=1", "").0, 200, "{text}");
        }
        assert_eq!(seen, [200, 200, status, 200], "{text}");
    }
}

#[test]
fn answers_that_are_no_json() {
    let mut reader = start(Dialect::Standard);
    reader.running.plant(Fault::Html.at("persons").times(1));
    let (status, page) = reader.ask("GET", "persons", "");
    assert_eq!((status, page), (200, Value::Null));
    assert_eq!(reader.line.header("content-type"), Some("text/html; charset=utf-8"));
    reader.running.plant(Fault::InvalidUtf8.at("groups"));
    let (answer, _) = bytes(&reader, "/v2/groups");
    assert!(std::str::from_utf8(body(&answer)).is_err());
    assert!(body(&answer).starts_with(b"{\"data\":[") && body(&answer).ends_with(b"}"));
}

#[test]
fn pages_that_are_cut() {
    let reader = start(Dialect::Standard);
    reader.running.plant(Fault::CutLength.at("persons"));
    let (answer, error) = bytes(&reader, "/v2/persons");
    let text = String::from_utf8_lossy(&answer);
    let length = text.split("Content-Length: ").nth(1).unwrap();
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    let kept = body(&answer).len();
    assert!(kept > length / 2 && kept < length, "{kept} of {length}, {error:?}");
    reader.running.plant(Fault::CutChunked.at("groups"));
    let (answer, _) = bytes(&reader, "/v2/groups");
    assert!(String::from_utf8_lossy(&answer).contains("Transfer-Encoding: chunked"));
    assert!(!answer.ends_with(b"0\r\n\r\n"), "no last chunk");
    assert!(answer.len() > 1_000);
}

#[test]
fn a_connection_that_is_reset() {
    let mut reader = start(Dialect::Standard);
    reader.running.plant(Fault::Reset.at("persons").times(1));
    let (answer, error) = bytes(&reader, "/v2/persons");
    assert_eq!((answer.len(), error), (0, Some(ErrorKind::ConnectionReset)));
    reader.get("persons");
}

#[test]
fn one_string_without_end_is_streamed() {
    let reader = start(Dialect::Standard);
    reader.running.plant(planted("huge-string=50000000@persons"));
    let (answer, _) = bytes(&reader, "/v2/persons");
    let body = body(&answer);
    assert_eq!(body.len(), 50_000_000 + 16 + 21);
    assert!(serde_json::from_slice::<Value>(body).is_ok(), "well-formed to the end");
}

#[test]
fn slow_answers_come_late() {
    let mut reader = start(Dialect::Standard);
    reader.running.plant(planted("slow=300@organisations"));
    let before = tokio::time::Instant::now();
    reader.get("organisations");
    assert!(before.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_token_that_ends_in_the_middle() {
    let mut reader = start(Dialect::Standard);
    reader.running.plant(Fault::TokensExpire.at("persons").after(1));
    let token = reader.get("persons?limit=100")["pageToken"].as_str().unwrap().to_owned();
    let next = format!("persons?pageToken={token}");
    assert_eq!(reader.ask("GET", &next, "").0, 401);
    assert_eq!(reader.ask("GET", &next, "").0, 401, "not by itself well again");
    reader.token = reader.line.token("/token", &Switches::default().credentials).unwrap();
    reader.get(&next);
}

#[test]
fn a_clock_that_jumps_back() {
    let mut reader = start(Dialect::Standard);
    let before = reader.running.time();
    reader.running.plant(planted("clock-jump=-7200@persons"));
    reader.get("persons?limit=1");
    assert!(reader.running.time() < before);
    assert!(reader.line.header("date").unwrap().contains(" 04:00:"), "the answer says so too");
    let after = reader.running.time();
    reader.get("persons?limit=1");
    assert!(reader.running.time() >= after, "once");
}

#[test]
fn deletions_of_everything() {
    let mut reader = start(Dialect::Standard);
    let persons = reader.ids("persons").len();
    assert_eq!(reader.get("deletedEntities")["data"], serde_json::json!({}));
    reader.running.plant(Fault::DeletedEverything.everywhere());
    let page = reader.get("deletedEntities?limit=5000&entities=Person");
    assert_eq!(page["data"]["persons"].as_array().unwrap().len(), persons);
}

#[test]
fn registers_that_have_lost_something() {
    let mut reader = start(Dialect::Standard);
    let whole =
        [reader.ids("persons"), reader.ids("groups"), reader.ids("duties")].map(|it| it.len());
    let mut counts = |fault: Fault| {
        reader.running.mend();
        reader.running.plant(fault.everywhere());
        let counts = [reader.ids("persons"), reader.ids("groups"), reader.ids("duties")];
        assert_eq!(
            reader.get("deletedEntities")["data"],
            serde_json::json!({}),
            "nothing is named"
        );
        counts.map(|it| it.len())
    };
    assert_eq!(counts(Fault::EmptyRegister), [0, 0, 0]);
    let [persons, groups, duties] = counts(Fault::SchoolLost);
    assert!(persons == whole[0] && groups < whole[1] && duties < whole[2]);
    let [persons, groups, _] = counts(Fault::HalfOfPersons);
    assert!(persons == whole[0].div_ceil(2) && groups == whole[1]);
    reader.running.mend();
    let again = [reader.ids("persons"), reader.ids("groups"), reader.ids("duties")];
    assert_eq!(again.map(|it| it.len()), whole);
    assert!(
        reader.ids("persons?meta.modified.after=2026-08-18T00:00:00Z").is_empty(),
        "a fault changes nothing"
    );
}

#[test]
fn fields_of_some_objects_are_lost_or_wrong() {
    let mut reader = start(Dialect::Standard);
    let mut sexes = |fault: &str| {
        reader.running.mend();
        reader.running.plant(planted(fault));
        let page = reader.get("persons?limit=10");
        let all = page["data"].as_array().unwrap().clone();
        let sex = |it: &serde_json::Value| it.get("sex").map(|it| it.as_str().unwrap().to_owned());
        all.iter().map(sex).enumerate().filter(|(_, it)| it.as_deref() != Some("Man")).collect()
    };
    let women: Vec<(usize, Option<String>)> = sexes("field-lost=none/1");
    let lost: Vec<_> = sexes("field-lost=sex/5@persons");
    assert_eq!(lost.iter().filter(|it| it.1.is_none()).map(|it| it.0).collect::<Vec<_>>(), [0, 5]);
    let wrong: Vec<_> = sexes("field-wrong=sex/5@persons");
    let odd = wrong.iter().filter(|it| it.1.as_deref() == Some("?")).map(|it| it.0);
    assert_eq!(odd.collect::<Vec<_>>(), [0, 5]);
    assert!(women.iter().all(|it| it.1.as_deref() == Some("Kvinna")));
}

#[test]
fn markings_that_are_missing_everywhere() {
    let mut reader = start(Dialect::Standard);
    reader.running.plant(Fault::NoSecurityMarking.everywhere());
    for resource in ["persons", "groups", "duties"] {
        for page in reader.pages(resource) {
            assert!(!page.to_string().contains("securityMarking"), "{resource}");
        }
    }
}

/// Edlevo names mentors' groups by the mentor's personnummer (reference/sources.md §2.2).
#[test]
fn groups_that_are_named_by_a_number() {
    for (dialect, kind) in [(Dialect::Standard, "Mentor"), (Dialect::Edlevo, "Övrigt")] {
        let mut reader = start(dialect);
        reader.running.plant(Fault::MentorNumbers.everywhere());
        let groups = reader.all("groups");
        let numbered: Vec<_> = groups.iter().filter(|it| it["groupType"] == kind).collect();
        assert!(!numbered.is_empty(), "{dialect}");
        for group in numbered {
            let name = group["displayName"].as_str().unwrap();
            assert!(name.len() == 12 && name.bytes().all(|it| it.is_ascii_digit()), "{dialect}");
        }
    }
}

#[test]
fn values_that_no_list_has() {
    let mut reader = start(Dialect::Standard);
    reader.running.plant(Fault::UnknownValues.everywhere());
    for (resource, value) in [
        ("persons", "Delvis skyddad"),
        ("persons", "Skola gäst"),
        ("persons", "NYFORM"),
        ("persons", "Annat"),
        ("duties", "Vaktmästare"),
        ("groups", "Läxhjälp"),
    ] {
        let found = reader.pages(resource).iter().any(|it| it.to_string().contains(value));
        assert!(found, "{resource} {value}");
    }
}

#[test]
fn persons_that_come_twice() {
    let mut reader = start(Dialect::Standard);
    for (fault, same) in [(Fault::DuplicatePersons, true), (Fault::ChangedDuplicates, false)] {
        reader.running.mend();
        reader.running.plant(fault.everywhere());
        let pages = reader.pages("persons?limit=100");
        for pair in pages.windows(2) {
            let last = pair[0]["data"].as_array().unwrap().last().unwrap();
            let first = &pair[1]["data"][0];
            assert_eq!(last["id"], first["id"]);
            assert_eq!(last == first, same);
        }
    }
}

#[test]
fn faults_are_planted_over_http() {
    let mut reader = start(Dialect::Standard);
    assert_eq!(reader.raw("POST", "/_control/fault", "", "status=503@persons").0, 200);
    assert_eq!(reader.ask("GET", "persons", "").0, 503);
    assert_eq!(reader.raw("POST", "/_control/fault", "", "no-such-thing").0, 400);
    assert_eq!(reader.raw("DELETE", "/_control/fault", "", "").0, 200);
    assert_eq!(reader.ask("GET", "persons", "").0, 200);
}

#[test]
fn the_token_endpoint_fails_when_it_is_named() {
    let faults = vec![planted("status=500@token:x1"), planted("status=503:x1")];
    let running =
        super::Register::new(super::town(Size::Xs), Switches { faults, ..Switches::default() });
    let running = running.start().unwrap();
    let origin = running.origin();
    let mut line = Line::open(split(&origin).unwrap().0).unwrap();
    let credentials = Switches::default().credentials;
    assert!(line.token("/token", &credentials).is_err());
    assert!(line.token("/token", &credentials).is_ok(), "503 is not for the token endpoint");
}

#[test]
fn everything_is_drained() {
    let mut reader = start_with(Size::Xs, Switches::default());
    let running = &reader.running;
    let credentials = Switches::default().credentials;
    let small =
        drain(&running.base_url(), &running.token_url(), &credentials, "limit=10", 3).unwrap();
    let large =
        drain(&running.base_url(), &running.token_url(), &credentials, "limit=5000", 1).unwrap();
    let pages = |many: usize| u64::try_from(many.div_ceil(10)).unwrap();
    let lists = ["organisations", "persons", "duties", "groups", "activities", "syllabuses"];
    let expected = lists.map(|it| pages(reader.ids(it).len()));
    assert_eq!(small.pages, expected.iter().sum::<u64>());
    assert_eq!(large.pages, 6);
    assert!(small.bytes > large.bytes && large.bytes > 300_000);
}
