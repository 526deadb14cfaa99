//! Bodies: limits, broken ones, packed ones, of another kind.

use std::fs;

use connect::http::{Error, Fault, NoAnswer, Nonsense, Settings};

use crate::server::{Reply, Server, client, head, json, reply, settings};

fn small() -> Settings {
    let mut settings = settings();
    settings.limits.max_body_mb = 50;
    settings.limits.max_whole_mb = 1;
    settings
}

/// Reads a body to its end in pieces, and forgets them.
async fn drain(server: &Server, settings: &Settings) -> Result<u64, Error> {
    let mut answer = client(server, settings).get("/persons").send().await?;
    while answer.chunk().await?.is_some() {}
    Ok(answer.bytes_read())
}

/// The most memory that this process ever had, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() * 1024
}

/// A string of 10 GB: reading ends at the limit, and what was read is not kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_body_ends_at_the_limit_in_little_memory() {
    let server = Server::start(|_, _| {
        Reply::Endless(head(200, &[], "content-length: 10000000000"), vec![b'a'; 65536])
    })
    .await;
    let announced = drain(&server, &small()).await.unwrap_err();
    assert!(matches!(*announced.fault, Fault::Nonsense(Nonsense::TooLarge { limit: 50_000_000 })));

    let chunk = [b"10000\r\n".to_vec(), vec![b'a'; 65536], b"\r\n".to_vec()].concat();
    let server = Server::start(move |_, _| {
        Reply::Endless(head(200, &[], "transfer-encoding: chunked"), chunk.clone())
    })
    .await;
    let before = peak();
    let error = drain(&server, &small()).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Nonsense(Nonsense::TooLarge { limit: 50_000_000 })));
    assert!(peak() - before < 10_000_000, "{} bytes more", peak() - before);
    assert!(error.explain().sv.contains("större än 50000000 byte"), "{}", error.explain().sv);

    let whole = client(&server, &small()).get("/persons").bytes().await.unwrap_err();
    assert!(matches!(*whole.fault, Fault::Nonsense(Nonsense::TooLarge { limit: 1_000_000 })));
}

/// The limit counts what a packed body becomes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decompression_bomb_ends_at_the_limit() {
    let server = Server::start(|_, _| {
        let mut bits = Bits::default();
        bits.gzip_head();
        bits.push(&[1, 1, 0]); // last block, fixed codes
        bits.code(0x91, 8); // 'a'
        let (first, _) = bits.clone().finish();
        let mut again = Bits { bytes: Vec::new(), ..bits };
        for _ in 0..8000 {
            again.code(0b1100_0101, 8); // 258 times
            again.code(0, 5); // the letter before
        }
        let start = [head(200, &["content-encoding: gzip"], "x-bomb: yes"), first].concat();
        Reply::Endless(start, again.bytes)
    })
    .await;
    let before = peak();
    let error = drain(&server, &small()).await.unwrap_err();
    assert!(matches!(*error.fault, Fault::Nonsense(Nonsense::TooLarge { .. })), "{error}");
    assert!(peak() - before < 10_000_000, "{} bytes more", peak() - before);
}

#[tokio::test]
async fn a_packed_body_is_unpacked() {
    let server = Server::start(|_, request| {
        assert!(request.contains("accept-encoding: gzip"), "{request}");
        let headers = ["content-type: application/json", "content-encoding: gzip"];
        reply(200, &headers, stored(br#"{"a":1}"#))
    })
    .await;
    let body: serde_json::Value = client(&server, &settings()).get("/x").json().await.unwrap();
    assert_eq!(body["a"], 1);
}

/// A page cut in the middle is never a whole page.
#[tokio::test]
async fn what_breaks_off_is_an_error() {
    let mut packed = stored(br#"{"data":[1,2,3]}"#);
    packed.truncate(packed.len() - 12);
    #[rustfmt::skip]
    let table: Vec<(&str, Vec<u8>)> = vec![
        ("shorter than announced", [head(200, &["content-type: application/json"], "content-length: 50"), b"{\"a\":1}".to_vec()].concat()),
        ("a chunk cut off",        [head(200, &["content-type: application/json"], "transfer-encoding: chunked"), b"20\r\n{\"a\":1}".to_vec()].concat()),
        ("no last chunk",          [head(200, &["content-type: application/json"], "transfer-encoding: chunked"), b"7\r\n{\"a\":1}\r\n".to_vec()].concat()),
        ("packing cut off",        [head(200, &["content-type: application/json", "content-encoding: gzip"], &format!("content-length: {}", packed.len())), packed.clone()].concat()),
    ];
    for (shows, raw) in table {
        let server = Server::start(move |_, _| Reply::Raw(raw.clone())).await;
        let streamed = drain(&server, &settings()).await.unwrap_err();
        assert!(
            matches!(*streamed.fault, Fault::NoAnswer(NoAnswer::CutOff)),
            "{shows}: {streamed}"
        );
        let client = client(&server, &settings());
        let whole = client.get("/x").json::<serde_json::Value>().await.unwrap_err();
        assert!(matches!(*whole.fault, Fault::NoAnswer(NoAnswer::CutOff)), "{shows}: {whole}");
    }
}

#[tokio::test]
async fn what_is_not_json_is_told_apart() {
    let json = "content-type: application/json; charset=utf-8";
    #[rustfmt::skip]
    let table: Vec<(&str, &'static str, &'static str, Nonsense)> = vec![
        ("a web page",              "content-type: text/html; charset=utf-8", "<html>Logga in", Nonsense::Html),
        ("a page that says JSON",   json,                       " \n<!doctype html>", Nonsense::Html),
        ("a page that says plain",  "content-type: text/plain", "<html>",             Nonsense::Html),
        ("a page that says nothing","x-nothing: 1",             "<html>",             Nonsense::Html),
        ("another type",            "content-type: text/csv",   "a;b",                Nonsense::ContentType { found: "text/csv".to_owned() }),
        ("broken JSON",             json,                       "{\"a\":\n 1,}",      Nonsense::Json { line: 2, column: 4 }),
        ("half of it",              json,                       "{\"a\":",            Nonsense::Json { line: 1, column: 5 }),
        ("nothing",                 json,                       "",                   Nonsense::Json { line: 1, column: 0 }),
    ];
    for (shows, header, body, expected) in table {
        let server = Server::start(move |_, _| reply(200, &[header], body)).await;
        let error = client(&server, &settings()).get("/x").json::<serde_json::Value>().await;
        let Fault::Nonsense(found) = &*error.unwrap_err().fault else { panic!("{shows}") };
        assert_eq!(*found, expected, "{shows}");
    }
}

#[tokio::test]
async fn careless_types_are_let_through() {
    for header in ["content-type: application/scim+json", "content-type: text/json", "x-none: 1"] {
        let server = Server::start(move |_, _| reply(200, &[header], "[1]")).await;
        let body: Vec<u8> = client(&server, &settings()).get("/x").json().await.unwrap();
        assert_eq!(body, [1], "{header}");
    }
    let server = Server::start(|_, _| json("[]")).await;
    let answer = client(&server, &settings()).get("/x").send().await.unwrap();
    let other = answer.expect_type(&["application/zip"]).err().unwrap();
    assert!(matches!(*other.fault, Fault::Nonsense(Nonsense::ContentType { .. })), "{other}");
}

/// Gzip without compression (RFC 1952, RFC 1951 §3.2.4).
fn stored(data: &[u8]) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.gzip_head();
    let length = u16::try_from(data.len()).unwrap();
    bits.bytes.push(1);
    bits.bytes.extend(length.to_le_bytes());
    bits.bytes.extend((!length).to_le_bytes());
    bits.bytes.extend(data);
    let mut crc = u32::MAX;
    for &byte in data {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    bits.bytes.extend((!crc).to_le_bytes());
    bits.bytes.extend(u32::from(length).to_le_bytes());
    bits.bytes
}

/// Bits into bytes, lowest first.
#[derive(Default, Clone)]
struct Bits {
    bytes: Vec<u8>,
    held: u8,
    count: u8,
}

impl Bits {
    fn gzip_head(&mut self) {
        self.bytes.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    }

    fn push(&mut self, bits: &[u8]) {
        for bit in bits {
            self.held |= bit << self.count;
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.held);
                (self.held, self.count) = (0, 0);
            }
        }
    }

    /// A Huffman code: its highest bit first.
    fn code(&mut self, code: u8, length: u8) {
        for at in (0..length).rev() {
            self.push(&[code >> at & 1]);
        }
    }

    fn finish(self) -> (Vec<u8>, u8) {
        (self.bytes, self.held)
    }
}
