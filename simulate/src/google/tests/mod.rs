//! A simulated Google over a real socket, by a client that knows HTTP and RS256 alone.

mod auth;
mod batches;
mod contract;
mod courses;
mod groups;
mod limits;
mod lists;
mod roster;
mod scale;
mod units;
mod users;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Map, Value, json};

use super::base64::{url_decoded, url_encoded};
use super::{Running, Switches, start};
use crate::receiver;
use crate::receiver::tests::{Answer, Client};

const ADMIN: &str = "admin@exempel.se";
const USERS: &str = "/admin/directory/v1/users";
const GROUPS: &str = "/admin/directory/v1/groups";
const UNITS: &str = "/admin/directory/v1/customer/my_customer/orgunits";

/// Every scope that is asked for here.
const SCOPES: &str = "admin.directory.user admin.directory.orgunit admin.directory.group admin.directory.domain admin.directory.customer admin.directory.user.security classroom.courses classroom.rosters classroom.profile.emails classroom.guardianlinks.students apps.groups.settings";

/// A Google, a connection to it, and a token.
struct Tenant {
    google: Running,
    client: Client,
    token: String,
}

impl Tenant {
    fn new() -> Self {
        Self::with(Switches::default())
    }

    /// With the units `/Elever/7A` and `/Personal`, and whatever is asked for.
    fn with(switches: Switches) -> Self {
        let units = ["/Elever/7A", "/Personal"].map(str::to_owned).to_vec();
        let google = start(Switches { units, ..switches }).unwrap();
        let mut client = Client::to(&google.base_url());
        let token = token(&google, &mut client, SCOPES, ADMIN);
        Self { google, client, token }
    }

    /// Speaks for somebody else from now on.
    fn act_as(&mut self, subject: &str) {
        self.token = token(&self.google, &mut self.client, SCOPES, subject);
    }

    fn ask(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.client.send(method, path, &headers, &body).unwrap()
    }

    fn get(&mut self, path: &str) -> Value {
        let answer = self.ask("GET", path, &Value::Null);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Something that is done; what is answered.
    fn done(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.ask(method, path, body);
        assert!([200, 204].contains(&answer.status), "{method} {path}: {}", answer.text());
        answer.json()
    }

    /// Something that is refused: status and message.
    fn refused(&mut self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let answer = self.ask(method, path, body);
        assert!(answer.status >= 400, "{method} {path}: {} {}", answer.status, answer.text());
        said(&answer)
    }

    /// A user, as `elev001`; its id.
    fn user(&mut self, name: &str) -> String {
        let made = self.done("POST", USERS, &user(name));
        made["id"].as_str().unwrap().to_owned()
    }

    fn fill(&self, state: &Value) {
        let state: &Map<String, Value> = state.as_object().unwrap();
        self.google.fill(state).unwrap();
    }
}

/// Status and message of a refusal in either form.
fn said(answer: &Answer) -> (u16, String) {
    let error = answer.json();
    let error = &error["error"];
    assert_eq!(error["code"], answer.status, "{}", answer.text());
    (answer.status, error["message"].as_str().unwrap().to_owned())
}

fn user(name: &str) -> Value {
    json!({
        "primaryEmail": format!("{name}@exempel.se"),
        "name": { "givenName": "Åsa", "familyName": "Exempel" },
        "password": "hemligt-nog",
    })
}

/// What is signed by default: an assertion as google-auth makes it (google.md §3.1).
fn claims(google: &Running, scopes: &str, subject: &str) -> Value {
    let now = receiver::now().as_secs();
    let scopes: Vec<String> =
        scopes.split(' ').map(|it| format!("https://www.googleapis.com/auth/{it}")).collect();
    json!({
        "iss": google.key()["client_email"],
        "sub": subject,
        "scope": scopes.join(" "),
        "aud": "https://oauth2.googleapis.com/token",
        "iat": now,
        "exp": now + 3_600,
    })
}

/// A signed assertion.
fn signed(google: &Running, claims: &Value) -> String {
    let key = google.key();
    let head = json!({ "alg": "RS256", "typ": "JWT", "kid": key["private_key_id"] });
    let pem = key["private_key"].as_str().unwrap();
    let plain: String = pem.lines().filter(|it| !it.starts_with('-')).collect();
    let plain = plain.replace('+', "-").replace('/', "_");
    let pair = RsaKeyPair::from_pkcs8(&url_decoded(&plain).unwrap()).unwrap();
    let text = [&head, claims].map(|it| url_encoded(it.to_string().as_bytes())).join(".");
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", url_encoded(&signature))
}

fn exchange(client: &mut Client, assertion: &str) -> Answer {
    let body = format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}"
    );
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    client.send("POST", "/token", &form, &body).unwrap()
}

fn token(google: &Running, client: &mut Client, scopes: &str, subject: &str) -> String {
    let answer = exchange(client, &signed(google, &claims(google, scopes, subject)));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}
