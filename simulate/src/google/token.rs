//! The token endpoint: a signed assertion for a subject becomes a bearer token
//! (google.md §3.1; RFC 7523).

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::base64::url_decoded;
use super::clock::{MINUTE, Moment, SECOND, millis};
use super::key::Account;
use super::switches::Switches;
use super::world::World;
use crate::receiver::{self, Call, Chance, Reply, decoded, header};

/// Whom a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    /// The subject's id; what is counted is counted on it.
    pub(super) id: u64,
    pub(super) subject: String,
    /// Without `https://www.googleapis.com/auth/`.
    pub(super) scopes: Vec<String>,
}

/// Tokens that were given out.
#[derive(Debug, Default)]
pub(super) struct Tokens(HashMap<String, (Who, Moment)>);

/// The beginning of every scope.
const SCOPE: &str = "https://www.googleapis.com/auth/";
/// How long a token works (google.md §3.1).
const LIFE: Moment = 3_599 * SECOND;
/// How far a client's clock may be off (google.md §3.1, believed).
const SKEW: Moment = 5 * MINUTE;
/// Where Google's own endpoint is; its libraries name it as audience wherever they ask.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";

/// Why no token is given: a word of RFC 6749 and a text.
type No = (u16, &'static str, &'static str);

impl Tokens {
    /// Whom this call's bearer token speaks for, while it lives.
    pub(super) fn who(&self, authorization: &str, now: Moment) -> Option<Who> {
        let (scheme, token) = authorization.split_once(' ')?;
        let (who, until) = self.0.get(token.trim())?;
        (scheme.eq_ignore_ascii_case("bearer") && now < *until).then(|| who.clone())
    }

    /// Answers the token endpoint.
    pub(super) fn answer(
        &mut self,
        (account, world, switches): (&Account, &World, &Switches),
        (now, chance): (Moment, &Chance),
        call: &Call,
    ) -> Reply {
        // Those who ask go by the system's clock, whatever the speed of ours.
        let asked = millis(receiver::now());
        let lives = millis(Duration::from_millis(LIFE.unsigned_abs()).div_f64(switches.speed));
        let answer = granted((account, world, switches), asked, call).map(|who| {
            let token = format!("ya29.c.{:016x}{:016x}", chance.draw(), chance.draw());
            self.0.retain(|_, (_, until)| now < *until);
            self.0.insert(token.clone(), (who, now + LIFE));
            json!({ "access_token": token, "expires_in": (lives / SECOND).max(1), "token_type": "Bearer" })
        });
        let reply = |status, value: &Value| {
            Reply::new(status, "application/json; charset=utf-8", value.to_string())
                .with(header::CACHE_CONTROL, "no-store")
        };
        match answer {
            Ok(value) => reply(200, &value),
            Err((status, error, text)) => {
                reply(status, &json!({ "error": error, "error_description": text }))
            }
        }
    }

    /// Every token ends.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

fn granted(
    (account, world, switches): (&Account, &World, &Switches),
    now: Moment,
    call: &Call,
) -> Result<Who, No> {
    let invalid = |text| (400, "invalid_grant", text);
    let claims = claims(account, &assertion(&call.body)?)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(&account.email) {
        return Err(invalid("Invalid JWT: No valid verifier found for issuer"));
    }
    let own = format!("{}/token", call.host);
    let audience = text("aud").unwrap_or_default();
    if audience != AUDIENCE && audience.split("://").nth(1) != Some(&own) {
        return Err(invalid("Invalid JWT: Failed audience check"));
    }
    timely(&claims, now)?;
    let scopes: Vec<String> =
        text("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() {
        return Err((400, "invalid_scope", "Invalid OAuth scope or ID token audience provided."));
    }
    let subject = text("sub").or_else(|| text("prn")).unwrap_or_default();
    if !subject.contains('@') {
        return Err((400, "invalid_request", "Invalid impersonation prn email address."));
    }
    let scopes = delegated(switches, &scopes)?;
    let subject = subject.to_lowercase();
    match world.user_at(&subject) {
        Some(user) if user.suspended => Err(invalid("Account has been suspended")),
        Some(user) => Ok(Who { id: user.id, subject: user.email.to_string(), scopes }),
        None if world.was_deleted(&subject) => Err(invalid("The account has been deleted")),
        None => Err(invalid("Invalid email or User ID")),
    }
}

/// What is signed, out of the form.
fn assertion(body: &[u8]) -> Result<String, No> {
    let body = String::from_utf8_lossy(body);
    let pairs = body.split('&').filter_map(|it| it.split_once('='));
    let value = |name: &str| pairs.clone().find(|(it, _)| *it == name).map(|(_, it)| decoded(it));
    if value("grant_type").as_deref() != Some("urn:ietf:params:oauth:grant-type:jwt-bearer") {
        return Err((400, "unsupported_grant_type", "Invalid grant_type: "));
    }
    value("assertion").ok_or((400, "invalid_request", "Missing assertion"))
}

/// The scopes without their beginning, when all of them are granted: one that is not fails the
/// whole token (google.md §3.1).
fn delegated(switches: &Switches, scopes: &[String]) -> Result<Vec<String>, No> {
    let own = |scope: &String| {
        let name = scope.strip_prefix(SCOPE)?;
        let granted = switches.granted.as_ref();
        granted.is_none_or(|it| it.iter().any(|it| it == name)).then(|| name.to_owned())
    };
    scopes.iter().map(own).collect::<Option<Vec<_>>>().ok_or((
        401,
        "unauthorized_client",
        "Client is unauthorized to retrieve access tokens using this method, or client not \
         authorized for any of the scopes requested.",
    ))
}

fn claims(account: &Account, assertion: &str) -> Result<Value, No> {
    let invalid = |text| (400, "invalid_grant", text);
    let malformed = || invalid("Invalid JWT: Token must be a short-lived token");
    let (signed, signature) = assertion.rsplit_once('.').ok_or_else(malformed)?;
    let (head, body) = signed.split_once('.').ok_or_else(malformed)?;
    let read = |text: &str| -> Option<Value> { serde_json::from_slice(&url_decoded(text)?).ok() };
    let head = read(head).ok_or_else(malformed)?;
    if head.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(invalid("Invalid JWT: Unsupported algorithm"));
    }
    let signature = url_decoded(signature).ok_or_else(malformed)?;
    let kid = head.get("kid").and_then(Value::as_str);
    if kid.is_some_and(|it| it != account.key_id) || !account.signed(signed, &signature) {
        return Err(invalid("Invalid JWT Signature."));
    }
    read(body).filter(Value::is_object).ok_or_else(malformed)
}

/// `exp` at most an hour after `iat`, and now between them.
fn timely(claims: &Value, now: Moment) -> Result<(), No> {
    const TEXT: &str = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a \
                        reasonable timeframe. Check your iat and exp values in the JWT claim.";
    let moment = |name: &str| claims.get(name).and_then(Value::as_f64).map(|it| it * 1_000.0);
    #[expect(clippy::cast_precision_loss, reason = "moments are far below 2^52")]
    let (now, skew, hour) = (now as f64, SKEW as f64, (60 * MINUTE) as f64);
    let timely = moment("iat").zip(moment("exp")).is_some_and(|(issued, expires)| {
        issued <= expires
            && expires - issued <= hour
            && issued - skew <= now
            && now <= expires + skew
    });
    if timely { Ok(()) } else { Err((400, "invalid_grant", TEXT)) }
}
