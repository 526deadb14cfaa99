//! Ids of what has no row of its own: a role, a place in a class.

use std::fmt;

use roster::Key;
use sha2::{Digest as _, Sha256};

/// The id of a row that follows from others, always the same: a UUID of version 8 (RFC 9562
/// §5.8) over ids that receivers know already. They are UUIDs, so that nothing personal can
/// be guessed from it.
pub(super) fn derived(kind: &str, user: Key, container: Key, role: &str) -> Key {
    let mut hash = Sha256::new();
    for part in [kind.as_bytes(), user.as_bytes(), container.as_bytes(), role.as_bytes()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Key::from_bytes(bytes)
}

/// Ids with commas between.
pub(super) fn joined(ids: impl IntoIterator<Item = impl fmt::Display>) -> String {
    let mut text = String::new();
    for id in ids {
        if !text.is_empty() {
            text.push(',');
        }
        text += &id.to_string();
    }
    text
}
