//! A directory whose answers are not whole, or not of LDAP.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::spoken::*;

/// Settings that search one place.
const ONE: &str = "bases = [\"dc=x\"]\nread_seconds = 3";

/// So many sequences, each in another.
fn nested(depth: usize) -> Vec<u8> {
    // From the innermost, each longer by its own header.
    let mut headers: Vec<Vec<u8>> = Vec::new();
    let mut length = 0_u32;
    for _ in 0..depth {
        let header = [&[0x30, 0x84][..], &length.to_be_bytes()].concat();
        length += 6;
        headers.push(header);
    }
    headers.reverse();
    headers.concat()
}

async fn wrong_of(table: Vec<(&str, Vec<Vec<u8>>, Then, &str)>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (shows, answers, then, expected) in table {
        let found = outcome(&says(answers, then).await, ONE).await;
        if found != expected {
            wrong.push(format!("{shows}: {found}, not {expected}"));
        }
    }
    wrong
}

/// K008, K211: what a sign-in is answered with is told with its place, and nothing of it is
/// repeated.
#[tokio::test]
async fn an_answer_to_a_sign_in_that_is_none_is_told() {
    let (ok, good) = (result(0x61, 0), message(1, &[&result(0x61, 0)]));
    let name = string(SOMEBODY);
    let code = [0x0a, 1, 0];
    let malformed = |byte: usize| format!("content malformed_answer message=1; byte={byte}");
    #[rustfmt::skip]
    let table: Vec<(&str, Vec<u8>, usize)> = vec![
        ("HTTP",                     b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),           0),
        ("a TLS alert",              vec![0x15, 3, 1, 0, 2, 2, 0x28],                        0),
        ("one byte",                 vec![0xff],                                             0),
        ("indefinite",               [&[0x30, 0x80, 2, 1, 1][..], &ok, &[0, 0]].concat(),    1),
        ("nine bytes of length",     [&[0x30, 0x89][..], &[0; 9]].concat(),                  1),
        ("two gigabytes",            vec![0x30, 0x84, 0x7f, 0xff, 0xff, 0xff],               1),
        ("more than there is",       [&[0x30, 0x88][..], &[0xff; 8]].concat(),               1),
        ("empty",                    vec![0x30, 0],                                          2),
        ("a number alone",           vec![0x30, 3, 2, 1, 1],                                 5),
        ("no number",                ber(0x30, &[&ok]),                                      2),
        ("negative number",          ber(0x30, &[&[2, 1, 0xff], &ok]),                       4),
        ("empty number",             ber(0x30, &[&[2, 0], &ok]),                             4),
        ("large number",             ber(0x30, &[&[2, 5, 1, 0, 0, 0, 1], &ok]),              4),
        ("number as text",           ber(0x30, &[&string("1"), &ok]),                        2),
        ("another's number",         message(7, &[&ok]),                                     0),
        ("nobody's number",          message(0, &[&ok]),                                     0),
        ("unknown operation",        message(1, &[&result(0x6f, 0)]),                        5),
        ("a question",               message(1, &[&result(0x60, 0)]),                        5),
        ("in one piece",             message(1, &[&result(0x41, 0)]),                        5),
        ("a long tag",               message(1, &[&[0x7f, 0x81, 1, 0]]),                     5),
        ("an entry",                 message(1, &[&entry(1)]),                               0),
        ("another operation's end",  message(1, &[&result(0x78, 0)]),                        0),
        ("a search's end",           message(1, &[&result(0x65, 0)]),                        0),
        ("no parts",                 message(1, &[&ber(0x61, &[])]),                         7),
        ("no code",                  message(1, &[&ber(0x61, &[&name, &name])]),             7),
        ("empty code",               message(1, &[&ber(0x61, &[&[0x0a, 0], &name, &name])]), 9),
        ("negative code",            message(1, &[&result(0x61, 0x80)]),                     9),
        ("no text",                  message(1, &[&ber(0x61, &[&code, &name])]),             22),
        ("name not UTF-8",           message(1, &[&ber(0x61, &[&code, &string(b"\xff"), &name])]), 12),
        ("name in pieces",           message(1, &[&ber(0x61, &[&code, &ber(0x24, &[&name]), &name])]), 10),
        ("length over the end",      message(1, &[&ber(0x61, &[&code, &[4, 9, b'K'], &[]])]), 10),
        ("length over its parent",   message(1, &[&[0x61, 30], &code]),                      5),
        ("referral not in a list",   message(1, &[&ber(0x61, &[&code, &name, &name, &ber(0xa3, &[&[2, 1, 0]])])]), 36),
        ("half an element after",    message(1, &[&ber(0x61, &[&code, &name, &name, &[0x87]])]), 34),
        ("controls that are none",   message(1, &[&ok, &ber(0xa0, &[b"\x04\x01K"])]),         26),
        ("a control without a name", message(1, &[&ok, &ber(0xa0, &[&[0x30, 0]])]),           28),
        ("criticality of two bytes", message(1, &[&ok, &ber(0xa0, &[&ber(0x30, &[&string("1.2"), &[1, 2, 0, 0]])])]), 35),
        ("half a control",           message(1, &[&ok, &[0xa0, 9, 0x30]]),                    24),
        ("deep",                     message(1, &[&nested(200_000)]),                         9),
    ];
    let table =
        table.iter().map(|(shows, answer, byte)| (*shows, answer.clone(), malformed(*byte)));
    let table: Vec<_> = table.collect();
    let cases = table.iter().map(|(shows, answer, expected)| {
        (*shows, vec![answer.clone()], Then::Stays, expected.as_str())
    });
    let mut cases: Vec<_> = cases.collect();
    let cut = "unavailable reason=cut_off";
    cases.push(("nothing", vec![], Then::Goes, cut));
    cases.push(("cut in its head", vec![good[..1].to_vec()], Then::Goes, cut));
    cases.push(("cut", vec![good[..9].to_vec()], Then::Goes, cut));
    cases.push((
        "half, and silence",
        vec![good[..9].to_vec()],
        Then::Stays,
        "unavailable reason=timeout",
    ));
    let wrong = wrong_of(cases).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// K008, K211: so is what a search is answered with; what was read before is not used.
#[tokio::test]
async fn an_answer_to_a_search_that_is_none_is_told() {
    let dn = string(SOMEBODY);
    let last = message(2, &[&result(0x65, 0), &page("")]);
    let with = |content: &[&[u8]]| ber(0x64, content);
    let of = |content: &[u8]| ber(0x64, &[&dn, &ber(0x30, &[content])]);
    let mail = string("mail");
    #[rustfmt::skip]
    let entries: Vec<(&str, Vec<u8>, usize)> = vec![
        ("empty",                   with(&[]),                                            7),
        ("no list",                 with(&[&dn]),                                         19),
        ("name not UTF-8",          with(&[&string(b"Kim \xe5"), &[0x30, 0]]),            9),
        ("name is a number",        with(&[&[2, 1, 1], &[0x30, 0]]),                      7),
        ("list is a text",          with(&[&dn, &dn]),                                    19),
        ("list in one piece",       with(&[&dn, &[0x10, 0]]),                             19),
        ("attribute is a text",     of(&dn),                                            21),
        ("attribute is empty",      of(&[0x30, 0]),                                     23),
        ("attribute not UTF-8",     of(&ber(0x30, &[&string(b"\xff"), &[0x31, 0]])),    25),
        ("no values",               of(&ber(0x30, &[&mail])),                           29),
        ("values are a sequence",   of(&ber(0x30, &[&mail, &[0x30, 0]])),               29),
        ("a value is a number",     of(&ber(0x30, &[&mail, &ber(0x31, &[&[2, 1, 1]])])), 31),
        ("a value over the end",    of(&ber(0x30, &[&mail, &ber(0x31, &[&[4, 9, 1]])])), 31),
        ("indefinite values",       of(&ber(0x30, &[&mail, &[0x31, 0x80, 0, 0]])),      30),
        ("deep",                    with(&[&dn, &nested(100_000)]),                       39),
    ];
    let signed_in = message(1, &[&result(0x61, 0)]);
    let mut expected = Vec::new();
    for (shows, entry, byte) in entries {
        let answer = [message(2, &[&entry]), last.clone()].concat();
        expected.push((shows, answer, format!("content malformed_entry message=2; byte={byte}")));
    }
    let done = |controls: &[u8]| message(2, &[&result(0x65, 0), controls]);
    let pages = [
        ("no value", ber(0xa0, &[&ber(0x30, &[&string("1.2.840.113556.1.4.319")])]), 52),
        ("empty value", paged(&[]), 57),
        ("no cookie", paged(&[0x30, 3, 2, 1, 0]), 62),
        ("negative size", paged(&[0x30, 5, 2, 1, 0xff, 4, 0]), 61),
        ("more after it", paged(&[0x30, 5, 2, 1, 0, 4, 0, 0]), 64),
        ("cookie over the end", paged(&[0x30, 5, 2, 1, 0, 4, 9]), 62),
        ("text", paged(b"nothing of the kind"), 57),
    ];
    for (shows, controls, byte) in pages {
        let answer = [message(2, &[&entry(1)]), done(&controls)].concat();
        expected.push((shows, answer, format!("content malformed_page message=3; byte={byte}")));
    }
    let others: [(&str, Vec<u8>, usize); 6] = [
        ("another operation's end", result(0x78, 0), 0),
        ("a sign-in's end", result(0x61, 0), 0),
        ("a referral without address", ber(0x73, &[]), 7),
        ("a referral that is none", ber(0x73, &[&string(b"\xff")]), 9),
        ("a name not UTF-8", ber(0x79, &[&ber(0x80, &[b"\xff"])]), 9),
        ("half a message", vec![0x79, 9], 5),
    ];
    for (shows, operation, byte) in others {
        let answer = message(2, &[&operation]);
        expected.push((shows, answer, format!("content malformed_answer message=2; byte={byte}")));
    }
    let cases = expected.iter().map(|(shows, answer, expected)| {
        (*shows, vec![signed_in.clone(), answer.clone()], Then::Stays, expected.as_str())
    });
    let wrong = wrong_of(cases.collect()).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// K030: what the standard allows is no fault: parts that came later, referrals, words between,
/// and the notice that Active Directory writes askew.
#[tokio::test]
async fn what_is_allowed_is_no_fault() {
    let signed_in = message(1, &[&ber(0x61, &[&result(0x61, 0)[2..], &ber(0x87, &[b"x"])])]);
    let later = ber(0x64, &[&entry(1)[6..], &ber(0x9e, &[b"later"])]);
    let elsewhere = message(2, &[&ber(0x73, &[&string("ldap://dc2.example")])]);
    let meanwhile = message(2, &[&ber(0x79, &[&ber(0x80, &[b"1.2.3"]), &ber(0x81, &[b"x"])])]);
    let done = message(2, &[&result(0x65, 0), &page("")]);
    let whole = [&message(2, &[&later])[..], &elsewhere, &meanwhile, &done].concat();
    let bare = [message(2, &[&entry(1)]), message(2, &[&result(0x65, 0)])].concat();
    let notice =
        |code: u8| message(0, &[&result(0x78, code), &ber(0x8a, &[b"1.3.6.1.4.1.1466.20036"])]);
    let more = [message(2, &[&entry(1)]), message(2, &[&result(0x65, 0), &page("x")])].concat();
    let next = [message(3, &[&entry(2)]), message(3, &[&result(0x65, 0), &page("")])].concat();
    let endless = elsewhere.repeat(100_001);
    #[rustfmt::skip]
    let table = vec![
        ("later parts",       vec![signed_in.clone(), whole],            Then::Stays, "1 entries"),
        ("no control",        vec![signed_in.clone(), bare],             Then::Stays, "1 entries"),
        ("two pages",         vec![signed_in.clone(), more, next],       Then::Stays, "2 entries"),
        ("leaves",            vec![signed_in.clone(), notice(52)],       Then::Goes,  "unavailable reason=busy"),
        ("leaves with thanks", vec![notice(0)],                          Then::Goes,  "unavailable reason=cut_off"),
        ("refuses",           vec![message(1, &[&result(0x61, 49)])],    Then::Stays, "denied (49)"),
        ("endless referrals", vec![signed_in, endless],                  Then::Stays, "content endless_paging"),
    ];
    let wrong = wrong_of(table).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// K008: before the connection is secure no more is believed than after.
#[tokio::test]
async fn an_answer_to_start_tls_that_is_none_is_told() {
    let ok = message(1, &[&result(0x78, 0)]);
    #[rustfmt::skip]
    let table: [(&str, Vec<u8>, &str); 6] = [
        ("HTTP",               b"HTTP/1.1 400\r\n\r\n".to_vec(),           "content malformed_answer message=1; byte=0"),
        ("a sign-in's end",    message(1, &[&result(0x61, 0)]),            "content malformed_answer message=1; byte=0"),
        ("empty",              message(1, &[&ber(0x78, &[])]),             "content malformed_answer message=1; byte=7"),
        ("refused",            message(1, &[&result(0x78, 2)]),            "unavailable reason=no_start_tls"),
        ("words slipped in",   [ok.clone(), message(2, &[&result(0x61, 0)])].concat(), "content malformed_answer message=2; byte=0"),
        ("no TLS after it",    ok,                                         "unavailable reason=closed"),
    ];
    let mut wrong = Vec::new();
    for (shows, answer, expected) in table {
        let url = says(vec![answer], Then::Goes).await;
        let found = outcome(&url, "start_tls = true").await;
        if found != expected {
            wrong.push(format!("{shows}: {found}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Chance from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((bits ^ bits >> 31) % end as u64).unwrap()
    }

    /// Changes a few bytes, or takes out or repeats a piece.
    fn spoil(&mut self, bytes: &mut Vec<u8>) {
        const TELLING: [u8; 14] =
            [0, 1, 2, 4, 0x0a, 0x30, 0x31, 0x61, 0x64, 0x65, 0x7f, 0x80, 0x84, 0xff];
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len().max(1)).min(bytes.len());
            let end = (at + 1 + self.below(8)).min(bytes.len());
            match self.below(6) {
                0 => bytes.iter_mut().skip(at).take(1).for_each(|it| *it ^= 1 << self.below(8)),
                1 => bytes.iter_mut().skip(at).take(1).for_each(|it| *it = TELLING[self.below(14)]),
                2 => drop(bytes.drain(at..end)),
                3 => bytes.extend_from_within(at..end),
                4 => bytes.insert(at, TELLING[self.below(14)]),
                _ => bytes.truncate(at),
            }
        }
    }
}

/// The answers to all that one read asks: sign-in, what there is, two pages.
fn conversation() -> Vec<Vec<u8>> {
    let root = attribute("namingContexts", &["dc=exempel"]);
    let root = ber(0x64, &[&string(""), &ber(0x30, &[&root])]);
    let page_of = |id: u8, cookie: &str| {
        let entries: Vec<u8> =
            (0..3).flat_map(|at| message(id, &[&entry(usize::from(id) * 3 + at)])).collect();
        let elsewhere = message(id, &[&ber(0x73, &[&string("ldap://dc2.example")])]);
        let meanwhile = message(id, &[&ber(0x79, &[&ber(0x80, &[b"1.2.3"])])]);
        let done = message(id, &[&result(0x65, 0), &page(cookie)]);
        [entries, elsewhere, meanwhile, done].concat()
    };
    vec![
        message(1, &[&result(0x61, 0)]),
        [message(2, &[&root]), message(2, &[&result(0x65, 0)])].concat(),
        page_of(3, "more"),
        page_of(4, ""),
    ]
}

/// K211: whatever becomes of the bytes on their way, the read ends with entries or with words,
/// never in a panic. By seed: the same bytes each time.
#[test]
fn no_bytes_end_the_program() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let read = |answers: Vec<Vec<u8>>| {
        runtime
            .block_on(async { outcome(&says(answers, Then::Goes).await, "read_seconds = 5").await })
    };
    assert_eq!(read(conversation()), "6 entries");
    let mut seen = std::collections::BTreeMap::new();
    for seed in 0..4_000 {
        let mut dice = Dice(seed);
        let mut answers = conversation();
        let at = dice.below(answers.len());
        answers.truncate(at + 1);
        dice.spoil(&mut answers[at]);
        let found = catch_unwind(AssertUnwindSafe(|| read(answers)));
        let found = found.unwrap_or_else(|_| panic!("seed {seed}"));
        let kind = found.split(" message=").next().unwrap().to_owned();
        *seen.entry(kind).or_insert(0) += 1;
    }
    for kind in ["malformed_answer", "malformed_entry", "malformed_page"] {
        assert!(seen.get(&format!("content {kind}")).is_some_and(|it| *it > 5), "{seen:?}");
    }
    assert!(!seen.contains_key("unavailable reason=timeout"), "{seen:?}");
}
