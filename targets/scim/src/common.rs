//! What every receiver over SCIM has: the checks of its settings, keys for what is foreign.

use connect::http::{self, Words};
use roster::Key;
use sha2::{Digest as _, Sha256};

/// Keys from the connector's table down, and what is wrong there.
pub(crate) type Found = (Vec<&'static str>, Words);

/// What is wrong with addresses and pace.
pub(crate) fn problems(
    url: &str,
    test_url: Option<&str>,
    concurrency: u32,
    calls_per_second: Option<u32>,
) -> Vec<Found> {
    let mut found = Vec::new();
    let mut add = |at, sv, en| found.push((vec![at], Words::new(sv, en)));
    for (name, url) in [("url", Some(url)), ("test_url", test_url)] {
        if url.is_some_and(|url| !http::is_address(url)) {
            add(
                name,
                "Skriv en adress utan användarnamn och frågedel, t.ex. https://leverantör.example/scim.",
                "Write an address without user name and query, e.g. https://vendor.example/scim.",
            );
        }
    }
    if test_url == Some(url) {
        add(
            "test_url",
            "Testadressen är den skarpa adressen. Ange mottagarens testmiljö, eller ta bort raden.",
            "The address for tests is the real one. Give the receiver's test environment, or take the line out.",
        );
    }
    if !(1..=64).contains(&concurrency) {
        add("concurrency", "Ange 1–64.", "Give 1–64.");
    }
    if calls_per_second == Some(0) {
        add("calls_per_second", "Ange minst 1.", "Give at least 1.");
    }
    found
}

/// Problems of a sub-table.
pub(crate) fn below(name: &'static str, problems: Vec<http::Problem>) -> Vec<Found> {
    let below =
        |problem: http::Problem| ([name].into_iter().chain(problem.path).collect(), problem.says);
    problems.into_iter().map(below).collect()
}

/// A key made of a receiver's own id: what is foreign stands beside what is ours and is never it.
pub(crate) fn foreign_key(label: &str, id: &str) -> Key {
    let hash = Sha256::new().chain_update(label).chain_update(id).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    // Version 8 and the variant of RFC 9562 §5.8.
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Key::from_bytes(bytes)
}

/// Whether a key may be one of [`foreign_key`]'s: of version 8, which few ids of others are.
pub(crate) fn may_be_foreign(key: Key) -> bool {
    key.as_bytes()[6] >> 4 == 8
}
