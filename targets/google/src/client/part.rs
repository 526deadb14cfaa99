//! One call to one of Google's services, before it is sent alone or with others.

use std::fmt::Write as _;

use connect::http::Method;
use serde_json::Value as Json;
use tokio::time::Instant;

/// A call: method, path with its query, body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) method: Method,
    /// From the host on, encoded.
    pub(crate) path: String,
    /// What traces and errors call the place.
    pub(crate) label: &'static str,
    pub(crate) body: Option<Json>,
    pub(crate) counts: Counts,
    /// What was made just now of what the call is about.
    pub(crate) fresh: Fresh,
}

/// When something was made, if that was just now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fresh {
    pub(crate) account: Option<Instant>,
    pub(crate) course: Option<Instant>,
}

/// What quota a call counts to besides that of its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    /// None.
    Plain,
    /// Users created (reference/google.md §1.5).
    NewUser,
}

impl Part {
    /// A call of `template`, with its parts in braces filled in their order.
    pub(crate) fn new(method: Method, template: &'static str, ids: &[&str]) -> Self {
        let mut path = String::new();
        let mut ids = ids.iter();
        for piece in template.split_inclusive('}') {
            let fixed = piece.split('{').next().unwrap_or_default();
            path.push_str(fixed);
            if piece.ends_with('}') {
                encode(ids.next().copied().unwrap_or_default(), &mut path);
            }
        }
        Self {
            method,
            path,
            label: template,
            body: None,
            counts: Counts::Plain,
            fresh: Fresh::default(),
        }
    }

    pub(crate) fn get(template: &'static str, ids: &[&str]) -> Self {
        Self::new(Method::GET, template, ids)
    }

    /// Adds a field to the query.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.path.push(if self.path.contains('?') { '&' } else { '?' });
        self.path.push_str(name);
        self.path.push('=');
        encode(value, &mut self.path);
        self
    }

    pub(crate) fn body(mut self, body: Json) -> Self {
        self.body = Some(body);
        self
    }

    pub(crate) fn about_what_is(mut self, fresh: Fresh) -> Self {
        self.fresh = fresh;
        self
    }

    pub(crate) fn counts(mut self, counts: Counts) -> Self {
        self.counts = counts;
        self
    }
}

/// Encodes all but the unreserved characters (RFC 3986 §2.3): a `#` would cut the address and a
/// `+` be read as a space (reference/google.md §1.2).
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_encoded_as_they_are_filled() {
        let part = Part::get("/v1/courses/{id}/students/{user}", &["d:7A/MA 1", "å+#"]);
        assert_eq!(part.path, "/v1/courses/d%3A7A%2FMA%201/students/%C3%A5%2B%23");
        let part = Part::get("/users", &[]).query("fields", "users(id)").query("x", "a&b");
        assert_eq!(part.path, "/users?fields=users%28id%29&x=a%26b");
    }
}
