//! Where tokens are given out: OAuth 2.0 client credentials (RFC 6749 §4.4), which is how the
//! registers do it (reference/sources.md §1.2).

use serde_json::json;

use super::Credentials;
use super::params::decoded;
use super::reply::Reply;
use super::serve::Call;
use super::state::Shared;

/// Gives a token, or says why not.
pub(super) fn answer(shared: &Shared, call: &Call) -> Reply {
    if call.method != "POST" {
        return Reply::empty(405).with("allow", "POST".to_owned());
    }
    let wrong = |status: u16, error: &str| {
        Reply::json(status, json!({ "error": error }).to_string().into_bytes())
    };
    if !call.content_type.starts_with("application/x-www-form-urlencoded") {
        return wrong(400, "invalid_request");
    }
    let body = String::from_utf8_lossy(&call.body);
    let field = |name: &str| {
        let mut pairs = body.split('&').filter_map(|it| it.split_once('='));
        pairs.find(|(it, _)| *it == name).and_then(|(_, value)| decoded(value))
    };
    if field("grant_type").as_deref() != Some("client_credentials") {
        return wrong(400, "unsupported_grant_type");
    }
    let given = match call.authorization.as_deref().and_then(|it| it.strip_prefix("Basic ")) {
        Some(coded) => basic(coded),
        None => field("client_id")
            .zip(field("client_secret"))
            .map(|(id, secret)| Credentials { id, secret }),
    };
    if given.as_ref() != Some(&shared.switches.credentials) {
        return wrong(401, "invalid_client").with("www-authenticate", "Basic".to_owned());
    }
    let seconds = shared.switches.token_seconds;
    let token = shared.live().give_token(seconds);
    let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": seconds });
    Reply::json(200, body.to_string().into_bytes()).with("cache-control", "no-store".to_owned())
}

/// Name and secret, each form-encoded before they were joined (RFC 6749 §2.3.1).
fn basic(coded: &str) -> Option<Credentials> {
    let text = String::from_utf8(base64(coded)?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some(Credentials { id: decoded(id)?, secret: decoded(secret)? })
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_decoded() {
        for (coded, expected) in [
            ("ZGVtbzpkZW1v", Some(("demo", "demo"))),
            ("YTpiJTNhYw==", Some(("a", "b:c"))),
            ("ZGVtbw==", None),
            ("?", None),
        ] {
            let expected = expected.map(|(id, secret): (&str, &str)| Credentials {
                id: id.to_owned(),
                secret: secret.to_owned(),
            });
            assert_eq!(basic(coded), expected, "{coded}");
        }
    }
}
