//! JSON, written straight to bytes.

use std::fmt::Display;
use std::io::Write as _;

/// A string with its quotes.
pub(in crate::ss12000) fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut from = 0;
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend(bytes.get(from..at).unwrap_or_default());
        from = at + 1;
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            // Writing to memory does not fail.
            _ => _ = write!(out, "\\u{byte:04x}"),
        }
    }
    out.extend(bytes.get(from..).unwrap_or_default());
    out.push(b'"');
}

/// The fields of an object that is being written.
pub(super) struct Fields<'a> {
    pub(super) out: &'a mut Vec<u8>,
    first: bool,
}

/// Writes an object.
pub(super) fn object(out: &mut Vec<u8>, write: impl FnOnce(&mut Fields<'_>)) {
    out.push(b'{');
    write(&mut Fields { out, first: true });
    out.push(b'}');
}

/// Writes fields that follow others.
pub(super) fn more(out: &mut Vec<u8>, write: impl FnOnce(&mut Fields<'_>)) {
    write(&mut Fields { out, first: false });
}

/// Writes a list.
pub(super) fn list<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    let from = out.len();
    for item in items {
        if out.len() > from {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

impl Fields<'_> {
    /// The name of a field; its value is written to what is returned.
    pub(super) fn field(&mut self, name: &str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend(name.as_bytes());
        self.out.extend(b"\":");
        self.out
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        quoted(self.field(name), value);
    }

    /// A date, a number, true or false: what needs no escape; in quotes.
    pub(super) fn shown(&mut self, name: &str, value: impl Display) {
        // Writing to memory does not fail.
        _ = write!(self.field(name), "\"{value}\"");
    }

    /// The same without quotes.
    pub(super) fn bare(&mut self, name: &str, value: impl Display) {
        _ = write!(self.field(name), "{value}");
    }

    pub(super) fn object(&mut self, name: &str, write: impl FnOnce(&mut Fields<'_>)) {
        object(self.field(name), write);
    }

    pub(super) fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        write: impl FnMut(&mut Vec<u8>, T),
    ) {
        list(self.field(name), items, write);
    }
}
