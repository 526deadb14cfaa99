//! Signed assertions: a JWT with RS256 (RFC 7515, RFC 7518 §3.3, RFC 7523 §3).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use jiff::Timestamp;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use secret::Secret;
use serde_json::{Value as Json, json};

/// How long an assertion may be used: an hour is the most (reference/google.md §3.1).
const LASTS: i64 = 3600;

/// Signs with a private key, which nobody can print.
pub(super) struct Signer {
    key: KeyPair,
    key_id: String,
}

/// What an assertion says.
pub(super) struct Claims<'a> {
    pub(super) issuer: &'a str,
    pub(super) subject: Option<&'a str>,
    pub(super) scopes: &'a [&'a str],
    pub(super) audience: &'a str,
    pub(super) made: Timestamp,
}

impl Signer {
    /// From a key in PEM (PKCS #8); `None` when it is none.
    pub(super) fn new(pem: &Secret, key_id: &str) -> Option<Self> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.expose().as_bytes()).ok()?;
        let key = KeyPair::from_pkcs8(der.secret_pkcs8_der()).ok()?;
        Some(Self { key, key_id: key_id.to_owned() })
    }

    /// A signed assertion.
    pub(super) fn assertion(&self, claims: &Claims<'_>) -> Option<Secret> {
        let mut header = json!({ "alg": "RS256", "typ": "JWT" });
        if !self.key_id.is_empty() {
            header["kid"] = json!(self.key_id);
        }
        let mut token = base64url(header.to_string().as_bytes());
        token.push('.');
        token.push_str(&base64url(payload(claims).to_string().as_bytes()));
        let mut signature = vec![0; self.key.public_modulus_len()];
        let signed = token.as_bytes();
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed, &mut signature).ok()?;
        token.push('.');
        token.push_str(&base64url(&signature));
        Some(Secret::new(token))
    }
}

fn payload(claims: &Claims<'_>) -> Json {
    let made = claims.made.as_second();
    let mut payload = json!({
        "iss": claims.issuer,
        "scope": claims.scopes.join(" "),
        "aud": claims.audience,
        "iat": made,
        "exp": made + LASTS,
    });
    if let Some(subject) = claims.subject {
        payload["sub"] = json!(subject);
    }
    payload
}

/// Base64 for addresses, without padding (RFC 4648 §5).
fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for piece in bytes.chunks(3) {
        let mut held = [0; 3];
        held[..piece.len()].copy_from_slice(piece);
        let [a, b, c] = held.map(usize::from);
        let letters = [a >> 2, (a & 3) << 4 | b >> 4, (b & 15) << 2 | c >> 6, c & 63];
        text.extend(letters[..=piece.len()].iter().map(|&at| char::from(LETTERS[at])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 §10, without the padding.
    #[test]
    fn base64_for_addresses() {
        #[rustfmt::skip]
        let table = [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy")];
        for (bytes, text) in table {
            assert_eq!(base64url(bytes.as_bytes()), text);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn an_assertion_lasts_an_hour_and_names_its_subject() {
        let claims = |subject| Claims {
            issuer: "sync@project.example",
            subject,
            scopes: &["https://a", "https://b"],
            audience: "https://tokens.example/token",
            made: Timestamp::from_second(1_000).unwrap(),
        };
        let said = payload(&claims(Some("admin@skola.example")));
        assert_eq!((said["iat"].as_i64(), said["exp"].as_i64()), (Some(1_000), Some(4_600)));
        assert_eq!(said["scope"], "https://a https://b");
        assert_eq!(said["sub"], "admin@skola.example");
        assert_eq!(payload(&claims(None)).get("sub"), None);
    }
}
