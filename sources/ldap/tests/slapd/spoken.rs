//! A directory that says what a test wants, and messages written by hand.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// A word that stands in names and values of every answer, and must never be repeated.
pub(crate) const SOMEBODY: &str = "Kim Hemlig";

/// An element of BER.
pub(crate) fn ber(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut all = vec![tag];
    match content.len() {
        length @ ..128 => all.push(u8::try_from(length).unwrap()),
        length => {
            // As Active Directory writes them.
            all.push(0x84);
            all.extend(u32::try_from(length).unwrap().to_be_bytes());
        }
    }
    all.extend(content);
    all
}

pub(crate) fn string(text: impl AsRef<[u8]>) -> Vec<u8> {
    ber(0x04, &[text.as_ref()])
}

pub(crate) fn message(id: u8, parts: &[&[u8]]) -> Vec<u8> {
    ber(0x30, &[&[2, 1, id], &parts.concat()])
}

/// How an operation with this tag ended (RFC 4511 §4.1.9).
pub(crate) fn result(tag: u8, code: u8) -> Vec<u8> {
    ber(tag, &[&[0x0a, 1, code], &string(""), &string(SOMEBODY)])
}

/// An attribute with its values.
pub(crate) fn attribute(name: &str, values: &[&str]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(string).collect();
    ber(0x30, &[&string(name), &ber(0x31, &[&values])])
}

pub(crate) fn entry(at: usize) -> Vec<u8> {
    let attributes = [
        attribute("employeeNumber", &[&number(at)]),
        attribute("mail", &[&format!("u{at}@elev.exempel.se"), "u@privat.example"]),
        attribute("sAMAccountName", &[SOMEBODY]),
        attribute("userAccountControl", &["512"]),
    ];
    let dn = format!("cn={SOMEBODY},ou=elever,dc=exempel");
    ber(0x64, &[&string(dn), &ber(0x30, &[&attributes.concat()])])
}

/// The controls of a message with this value of the one for pages (RFC 2696 §2).
pub(crate) fn paged(value: &[u8]) -> Vec<u8> {
    let control = ber(0x30, &[&string("1.2.840.113556.1.4.319"), &[1, 1, 0], &string(value)]);
    ber(0xa0, &[&control])
}

pub(crate) fn page(cookie: &str) -> Vec<u8> {
    paged(&ber(0x30, &[&[2, 1, 0], &string(cookie)]))
}

/// What the directory does after its last answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Stays,
    Goes,
}

/// A directory that gives these answers, one a question, to whoever comes.
pub(crate) async fn says(answers: Vec<Vec<u8>>, then: Then) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        for answer in answers {
            let Ok(1..) = stream.read(&mut asked).await else { return };
            // Who has heard enough may be gone.
            drop(stream.write_all(&answer).await);
        }
        if then == Then::Stays {
            while let Ok(1..) = stream.read(&mut asked).await {}
        } else {
            drop(stream.shutdown().await);
        }
    });
    url
}

/// What comes of reading all of a directory: how many entries, or the error with its place.
pub(crate) async fn outcome(url: &str, more: &str) -> String {
    let mut entries = Entries::new(&TenantKey::new([1; 32]), &matching(), TODAY);
    let error = match made(&settings(url, more)).unwrap().read(&mut entries).await {
        Ok(()) => return format!("{} entries", entries.taken()),
        Err(error) => error,
    };
    let all = format!(
        "{error} {error:?} {} {}",
        explain(&error, Language::Swedish),
        explain(&error, Language::English)
    );
    for word in SOMEBODY.split(' ').chain(["dc=exempel"]) {
        assert!(!all.contains(word), "{all}");
    }
    let SourceError::Content { detail, .. } = &error else { return told(&error) };
    if detail.starts_with("message=") {
        return format!("{} {detail}", told(&error));
    }
    told(&error)
}
