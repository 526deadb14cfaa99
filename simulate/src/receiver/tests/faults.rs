use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::{Client, JSON, held, organisation, post, start};
use crate::receiver::{Every, Fault, Limited, Planted};

type Check = fn(&str) -> bool;

/// The status; 0 when the connection ended instead, which must not take until we give up.
fn status(answer: &std::io::Result<super::Answer>) -> u16 {
    let kind = answer.as_ref().err().map(std::io::Error::kind);
    assert!(!matches!(kind, Some(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{kind:?}");
    answer.as_ref().map_or(0, |it| it.status)
}

#[expect(clippy::disallowed_methods, reason = "how long an answer takes is what is tested")]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn a_fault_is_written_as_fault_every_place_after_times() {
    let planted = |fault, every, place: Option<&str>, after, times| {
        Ok(Planted { fault, every, place: place.map(str::to_owned), after, times })
    };
    let ms = Duration::from_millis;
    let limit = |per_second, burst, kind| Fault::Limit { per_second, burst, kind };
    let each = Every::Nth(1);
    #[rustfmt::skip]
    let table = [
        ("error",                 planted(Fault::Error, each, None, 0, None)),
        ("error/50@POST:3x2",     planted(Fault::Error, Every::Nth(50), Some("POST"), 3, Some(2))),
        ("locked/15%",            planted(Fault::Locked, Every::Percent(15), None, 0, None)),
        ("latency=20~5@Users",    planted(Fault::Latency { least: ms(20), jitter: ms(5) }, each, Some("Users"), 0, None)),
        ("dribble=7x1",           planted(Fault::Dribble(ms(7)), each, None, 0, Some(1))),
        ("limit=20+40,waits",     planted(limit(20.0, 40.0, Limited::Waits), each, None, 0, None)),
        ("limit=0.5",             planted(limit(0.5, 1.0, Limited::Seconds), each, None, 0, None)),
        ("closed=3",              planted(Fault::Closed(Duration::from_secs(3)), each, None, 0, None)),
        ("content-type=text/html", planted(Fault::ContentType("text/html".to_owned()), each, None, 0, None)),
        ("limit=0",               Err(super::super::UnknownFault)),
        ("limit=5,later",         Err(super::super::UnknownFault)),
        ("error=1",               Err(super::super::UnknownFault)),
        ("error/0",               Err(super::super::UnknownFault)),
        ("fire",                  Err(super::super::UnknownFault)),
    ];
    for (text, expected) in table {
        assert_eq!(text.parse(), expected, "{text}");
    }
}

#[test]
fn who_is_hit_and_whether_it_was_done() {
    #[rustfmt::skip]
    let table: &[(&str, &[u16], usize)] = &[
        // fault                  answers to six POSTs            held after
        ("error/3",               &[201, 201, 500, 201, 201, 500], 4),
        ("error:1x2",             &[201, 500, 500, 201, 201, 201], 4),
        ("error@Users",           &[201, 201, 201, 201, 201, 201], 6),
        ("error@DELETE",          &[201, 201, 201, 201, 201, 201], 6),
        ("reset/2",               &[201, 0, 201, 0, 201, 0],       3),
        ("lost/2",                &[201, 0, 201, 0, 201, 0],       6),
        ("locked",                &[201, 201, 201, 201, 201, 201], 6),
        ("closed=60x2",           &[503, 503, 201, 201, 201, 201], 4),
    ];
    for (fault, answers, many) in table {
        let running = start(&[fault]);
        let got: Vec<u16> = (0..6).map(|it| status(&post(&running, it))).collect();
        assert_eq!(got, *answers, "{fault}");
        assert_eq!(held(&running), *many, "{fault}");
        assert_eq!(running.counters().status(0), got.iter().filter(|it| **it == 0).count() as u64);
    }
}

#[test]
fn faults_are_planted_and_taken_away_while_it_runs() {
    let running = start(&[]);
    let mut admin = Client::to(&running.admin_url());
    assert_eq!(post(&running, 1).unwrap().status, 201);
    assert_eq!(admin.send("POST", "/fault", &[], "error\n").unwrap().status, 200);
    assert_eq!(post(&running, 2).unwrap().status, 500);
    assert_eq!(admin.send("DELETE", "/fault", &[], "").unwrap().status, 200);
    assert_eq!(post(&running, 2).unwrap().status, 201);
    assert_eq!(admin.send("POST", "/fault", &[], "fire").unwrap().status, 400);
}

/// `SQLite` over eight connections (reference/peers.md §3.6): one writer at a time is well, two
/// are not.
#[test]
fn the_database_is_locked_when_two_write_at_once() {
    let running = start(&["locked", "latency=300"]);
    let answers = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..3)
            .map(|it| {
                scope.spawn({
                    let running = &running;
                    move || post(running, it).unwrap()
                })
            })
            .collect();
        calls.into_iter().map(|it| it.join().unwrap()).collect::<Vec<_>>()
    });
    let locked: Vec<_> = answers.iter().filter(|it| it.status == 500).collect();
    assert!(!locked.is_empty(), "one was refused");
    assert!(locked.iter().all(|it| it.text() == "database is locked\n"));
    assert!(running.counters().most_in_flight > 1);
}

#[test]
fn beyond_a_limit_the_answer_says_when_to_come_back() {
    #[rustfmt::skip]
    let table: &[(&str, Check)] = &[
        ("limit=0.5+2,seconds", |it| it == "2"),
        ("limit=0.5+2,decimal", |it| it.parse::<f64>().is_ok_and(|it| it > 1.0 && it < 2.01) && it.contains('.')),
        ("limit=0.5+2,date",    |it| it.ends_with(" GMT")),
    ];
    for (fault, right) in table {
        let running = start(&[fault]);
        let answers: Vec<_> = (0..3).map(|it| post(&running, it).unwrap()).collect();
        let status: Vec<u16> = answers.iter().map(|it| it.status).collect();
        assert_eq!(status, [201, 201, 429], "{fault}");
        let after = answers[2].header("retry-after");
        assert!(right(after), "{fault}: {after}");
    }
}

/// reference/targets.md §4.2: windermere delays.
#[test]
fn a_limit_that_waits_refuses_nobody() {
    let running = start(&["limit=20+1,waits"]);
    let began = now();
    for number in 0..5 {
        assert_eq!(post(&running, number).unwrap().status, 201);
    }
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(190), "four waited 50 ms each: {took:?}");
}

#[test]
fn late_slow_and_of_another_type() {
    let running = start(&["latency=150~50"]);
    let began = now();
    assert_eq!(post(&running, 1).unwrap().status, 201);
    assert!(began.elapsed() >= Duration::from_millis(150));

    let running = start(&["dribble=20"]);
    let began = now();
    let answer = post(&running, 1).unwrap();
    let pieces = u32::try_from(answer.body.len() / 16).unwrap();
    assert_eq!(answer.json()["displayName"], "Exempelstad", "whole all the same");
    assert!(began.elapsed() >= Duration::from_millis(20) * pieces);

    let running = start(&["content-type=text/html"]);
    assert_eq!(post(&running, 1).unwrap().header("content-type"), "text/html");
}

#[test]
fn a_closed_door_opens_by_itself() {
    let running = start(&["closed=1"]);
    let answer = post(&running, 1).unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    let began = now();
    while post(&running, 1).unwrap().status != 201 {
        assert!(began.elapsed() < Duration::from_secs(10), "it opens");
    }
}

#[test]
fn a_connection_serves_many_calls() {
    let running = start(&[]);
    let mut client = Client::to(&running.base_url());
    for number in 0..50 {
        let body = organisation(number, "Exempelstad");
        let answer = client.send("POST", "/Organisations", &[JSON], &body).unwrap();
        assert_eq!(answer.status, 201);
    }
    assert_eq!(running.counters().of("POST", "Organisations", 201), 50);
    assert_eq!(running.counters().most_in_flight, 1);
}
