//! Many calls in one request: `multipart/mixed` of whole HTTP requests, and back
//! (reference/google.md §1.7).

use std::fmt::Write as _;

use connect::http::{Bytes, retry_after};

use super::answer::Answer;
use super::part::Part;

/// The body of a request that carries these calls; each is known by its place.
pub(super) fn encode<'a>(parts: impl Iterator<Item = &'a Part>, boundary: &str) -> Vec<u8> {
    let mut body = String::new();
    for (at, part) in parts.enumerate() {
        let _ = write!(
            body,
            "--{boundary}\r\nContent-Type: application/http\r\nContent-ID: <skolbro + {at}>\r\n\r\n{} {} HTTP/1.1\r\n",
            part.method, part.path
        );
        match &part.body {
            Some(json) => {
                let json = json.to_string();
                let _ = write!(
                    body,
                    "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}\r\n",
                    json.len()
                );
            }
            None => body.push_str("\r\n\r\n"),
        }
    }
    let _ = write!(body, "--{boundary}--\r\n");
    body.into_bytes()
}

/// The answers in a body, each with the place of its call; `None` when it is no such body. What
/// is cut off or makes no sense is left out: of that call nothing is known.
pub(super) fn decode(content_type: &str, body: &Bytes) -> Option<Vec<(usize, Answer)>> {
    let boundary = boundary(content_type)?;
    let mut found = Vec::new();
    for (start, end) in pieces(body, &boundary) {
        found.extend(answer(&body.slice(start..end)));
    }
    Some(found)
}

fn boundary(content_type: &str) -> Option<String> {
    let (kind, fields) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let value = fields.split(';').find_map(|field| {
        let (name, value) = field.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then_some(value.trim())
    })?;
    let value = value.trim_matches('"');
    (!value.is_empty()).then(|| format!("--{value}"))
}

/// From where to where each part goes. A part that no boundary ends is cut off, and left out.
fn pieces(body: &[u8], boundary: &str) -> Vec<(usize, usize)> {
    let mut marks = Vec::new();
    let mut from = 0;
    while let Some(at) = find(&body[from..], boundary.as_bytes()).map(|at| at + from) {
        from = at + boundary.len();
        // A boundary stands at the beginning of a line (RFC 2046 §5.1.1).
        let begins_line = at == 0 || body[..at].ends_with(b"\n");
        let is_whole = matches!(body.get(from), None | Some(b'\r' | b'\n' | b'-' | b' '));
        if begins_line && is_whole {
            marks.push((at, from));
        }
    }
    marks.windows(2).map(|pair| (pair[0].1, pair[1].0)).collect()
}

/// One part: its own head, then the head and the body of an HTTP answer.
fn answer(part: &Bytes) -> Option<(usize, Answer)> {
    let (head, rest) = split(part, 0)?;
    let place = header(head, "content-id").and_then(place)?;
    let (inner, body) = split(part, rest)?;
    let status = inner.lines().find(|line| !line.is_empty())?;
    let status = status.strip_prefix("HTTP/")?.split(' ').nth(1)?.parse().ok()?;
    let body = part.slice(body..);
    // A length that is more than what is there: it was cut off.
    let told = header(inner, "content-length").and_then(|text| text.parse::<usize>().ok());
    if told.is_some_and(|told| told > body.len()) {
        return None;
    }
    let body = match told {
        Some(told) => body.slice(..told),
        None => body.slice(..body.trim_ascii_end().len()),
    };
    let date = header(inner, "date");
    let after = header(inner, "retry-after").and_then(|text| retry_after(text, date));
    Some((place, Answer::new(status, after, body)))
}

/// A head that begins at `from`, and where what follows it begins.
fn split(part: &[u8], from: usize) -> Option<(&str, usize)> {
    let rest = part.get(from..)?;
    let (at, length) = [&b"\r\n\r\n"[..], b"\n\n"]
        .into_iter()
        .filter_map(|end| Some((find(rest, end)?, end.len())))
        .min()?;
    Some((std::str::from_utf8(&rest[..at]).ok()?, from + at + length))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, it)| it.trim())
}

/// `<response-skolbro + 7>`.
fn place(id: &str) -> Option<usize> {
    let id = id.trim_matches(['<', '>']).strip_prefix("response-")?;
    id.rsplit(['+', ' ']).next()?.parse().ok()
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::super::answer::Next;
    use super::*;

    const TYPE: &str = "multipart/mixed; boundary=\"batch_x\"";

    fn part(id: &str, inner: &str) -> String {
        format!("--batch_x\r\nContent-Type: application/http\r\nContent-ID: {id}\r\n\r\n{inner}")
    }

    fn read(body: &str) -> Vec<(usize, u16, String)> {
        let found = decode(TYPE, &Bytes::from(body.to_owned())).unwrap();
        let text = |body: &Bytes| String::from_utf8(body.to_vec()).unwrap();
        found.into_iter().map(|(at, it)| (at, it.status, text(&it.body))).collect()
    }

    #[test]
    fn calls_are_put_together() {
        let add = Part::new(connect::http::Method::POST, "/g/{id}/members", &["a@b"]);
        let parts = [add.body(json!({ "id": "1" })), Part::get("/users", &[])];
        let body = String::from_utf8(encode(parts.iter(), "bb")).unwrap();
        assert_eq!(
            body,
            "--bb\r\nContent-Type: application/http\r\nContent-ID: <skolbro + 0>\r\n\r\n\
             POST /g/a%40b/members HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"id\":\"1\"}\r\n\
             --bb\r\nContent-Type: application/http\r\nContent-ID: <skolbro + 1>\r\n\r\n\
             GET /users HTTP/1.1\r\n\r\n\r\n\
             --bb--\r\n"
        );
    }

    #[test]
    fn each_answer_is_its_calls_own() {
        let body = [
            part("<response-skolbro + 1>", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{\"a\":1}\n\r\n"),
            part("<response-skolbro + 0>", "HTTP/1.1 404 Not Found\r\nRetry-After: 3\r\n\r\n{}\r\n"),
            part("<response-skolbro + 2>", "HTTP/1.1 204 No Content\r\n\r\n\r\n"),
            "--batch_x--\r\n".to_owned(),
        ]
        .concat();
        let expected = [(1, 200, "{\"a\":1}\n"), (0, 404, "{}"), (2, 204, "")]
            .map(|(at, status, text)| (at, status, text.to_owned()));
        assert_eq!(read(&body), expected);
    }

    /// Nothing is known of what is cut off, wherever that is.
    #[test]
    fn what_is_cut_off_is_left_out() {
        let whole = [
            part("<response-skolbro + 0>", "HTTP/1.1 200 OK\r\n\r\n{}\r\n"),
            part("<response-skolbro + 1>", "HTTP/1.1 200 OK\r\n\r\n{}\r\n"),
        ]
        .concat();
        for cut in 0..whole.len() {
            let found = read(&whole[..cut]);
            assert!(found.iter().all(|(at, status, _)| (*at, *status) == (0, 200)), "{cut}");
            assert!(found.len() <= 1, "{cut}");
        }
        let short = part(
            "<response-skolbro + 0>",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}\r\n--batch_x--",
        );
        assert_eq!(read(&short), []);
    }

    #[test]
    fn what_is_no_batch_is_none() {
        let body = Bytes::from_static(b"<html>");
        for kind in [
            "text/html",
            "multipart/mixed",
            "multipart/mixed; boundary=",
            "application/json; boundary=a",
        ] {
            assert!(decode(kind, &body).is_none(), "{kind}");
        }
        assert_eq!(decode(TYPE, &body).unwrap().len(), 0);
    }

    /// A refusal in a batch means what it means alone.
    #[test]
    fn refusals_are_classified() {
        let text = "Request rate higher than configured.";
        for (told, expected) in
            [("7", Some(7)), ("99999999999999999", Some(86_400)), ("-1", None), ("soon", None)]
        {
            let body = part(
                "<response-skolbro + 0>",
                &format!(
                    "HTTP/1.1 403 Forbidden\r\nRetry-After: {told}\r\n\r\n{text}\r\n--batch_x--"
                ),
            );
            let found = decode(TYPE, &Bytes::from(body)).unwrap();
            let after = expected.map(Duration::from_secs);
            assert_eq!(found[0].1.next, Next::TooMany { after }, "{told}");
        }
    }
}
