//! What we say to a directory (RFC 4511 §4).

use crate::answer::{CONTROLS, PAGES};
use crate::ber::{BOOLEAN, ENUMERATED, INTEGER, SEQUENCE, STRING, element, number};

/// How far below a base is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Base = 0,
    Subtree = 2,
}

/// What is searched for.
pub(crate) struct Search<'a> {
    pub(crate) base: &'a str,
    /// As it is sent.
    pub(crate) filter: &'a [u8],
    pub(crate) names: &'a [String],
    pub(crate) page_size: u32,
}

/// A message with this number: `SEQUENCE { messageID, protocolOp, [0] controls OPTIONAL }`.
pub(crate) fn message(id: u32, operation: &[u8], controls: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[&number(INTEGER, id), operation, controls])
}

/// Signs in by name and password, in LDAP version 3 (§4.2).
pub(crate) fn bind(user: &str, password: &str) -> Vec<u8> {
    let (user, password) =
        (element(STRING, &[user.as_bytes()]), element(0x80, &[password.as_bytes()]));
    element(0x60, &[&number(INTEGER, 3), &user, &password])
}

/// Takes leave (§4.3).
pub(crate) fn unbind() -> Vec<u8> {
    element(0x42, &[])
}

/// Asks for TLS from here on (§4.14.1).
pub(crate) fn start_tls() -> Vec<u8> {
    element(0x77, &[&element(0x80, &[b"1.3.6.1.4.1.1466.20037"])])
}

/// A search without limits of ours, which follows no alias (§4.5.1).
pub(crate) fn search(scope: Scope, search: &Search<'_>) -> Vec<u8> {
    let names: Vec<u8> =
        search.names.iter().flat_map(|name| element(STRING, &[name.as_bytes()])).collect();
    element(
        0x63,
        &[
            &element(STRING, &[search.base.as_bytes()]),
            &number(ENUMERATED, scope as u32),
            &number(ENUMERATED, 0),
            &number(INTEGER, 0),
            &number(INTEGER, 0),
            &element(BOOLEAN, &[&[0]]),
            search.filter,
            &element(SEQUENCE, &[&names]),
        ],
    )
}

/// The control that asks for a page from `cookie` on (RFC 2696 §2).
pub(crate) fn page(size: u32, cookie: &[u8]) -> Vec<u8> {
    let value = element(SEQUENCE, &[&number(INTEGER, size), &element(STRING, &[cookie])]);
    let control =
        element(SEQUENCE, &[&element(STRING, &[PAGES.as_bytes()]), &element(STRING, &[&value])]);
    element(CONTROLS, &[&control])
}
