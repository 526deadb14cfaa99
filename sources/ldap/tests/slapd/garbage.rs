//! A directory whose answers are not whole.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// An element of BER.
fn ber(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let mut all = vec![tag, 0x81, u8::try_from(content.len()).unwrap()];
    all.extend(content);
    all
}

/// The success of an operation with this tag, as a message (RFC 4511 §4.1.9).
fn success(id: u8, operation: u8, controls: &[u8]) -> Vec<u8> {
    let result = ber(operation, &[&[0x0a, 1, 0], &[0x04, 0], &[0x04, 0]]);
    ber(0x30, &[&[0x02, 1, id], &result, controls])
}

/// A directory that lets everybody in and answers a search with this: an entry and the value of
/// the control for pages.
async fn answers(entry: &'static [u8], page: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        for id in 1.. {
            let Ok(1..) = stream.read(&mut asked).await else { return };
            let answer = if id == 1 {
                success(id, 0x61, &[])
            } else {
                let control =
                    ber(0x30, &[&ber(0x04, &[b"1.2.840.113556.1.4.319"]), &ber(0x04, &[page])]);
                let mut answer = ber(0x30, &[&[0x02, 1, id], entry]);
                answer.extend(success(id, 0x65, &ber(0xa0, &[&control])));
                answer
            };
            stream.write_all(&answer).await.unwrap();
        }
    });
    url
}

const ENTRY: &[u8] = &[0x64, 4, 0x04, 0, 0x30, 0];
const LAST: &[u8] = &[0x30, 5, 0x02, 1, 0, 0x04, 0];

/// K008, K211: what cannot be read is told with its place, and nothing of it is used.
#[tokio::test]
async fn what_is_not_whole_is_told() {
    #[rustfmt::skip]
    let table: [(&[u8], &[u8], &str); 8] = [
        (&[0x64, 0],                                     LAST,                      "content malformed_entry"),
        (&[0x64, 2, 0x04, 0],                            LAST,                      "content malformed_entry"),
        (&[0x64, 5, 0x04, 1, 0xff, 0x30, 0],             LAST,                      "content malformed_entry"),
        (&[0x64, 6, 0x04, 0, 0x30, 2, 0x04, 0],          LAST,                      "content malformed_entry"),
        (&[0x64, 8, 0x04, 0, 0x30, 4, 0x30, 2, 0x04, 0], LAST,                      "content malformed_entry"),
        (ENTRY,                                          &[],                       "content malformed_page"),
        (ENTRY,                                          &[0x30, 3, 0x02, 1, 0],    "content malformed_page"),
        (ENTRY,                                          b"nothing of the kind",    "content malformed_page"),
    ];
    for (entry, page, says) in table {
        let url = answers(entry, page).await;
        let settings = settings(&url, "bases = [\"dc=x\"]\nread_seconds = 5");
        assert_eq!(told(&read(&settings).await.unwrap_err()), says, "{entry:02x?} {page:02x?}");
    }
}
