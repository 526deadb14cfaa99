use std::time::Duration;

use serde_json::{Value, json};

use super::{ADMIN, SCOPES, Tenant, USERS, claims, exchange, signed, token, user};
use crate::google::{Power, Switches};

/// google.md §3.1: what the token endpoint refuses, and in which words.
#[test]
fn only_a_fit_assertion_becomes_a_token() {
    let granted = Some(SCOPES.split(' ').map(str::to_owned).collect());
    let mut tenant = Tenant::with(Switches { granted, ..Switches::default() });
    tenant.user("elev001");
    tenant.done("PUT", &format!("{USERS}/elev001@exempel.se"), &json!({ "suspended": true }));
    tenant.user("elev002");
    tenant.done("DELETE", &format!("{USERS}/elev002@exempel.se"), &Value::Null);
    // The host that this client says it calls.
    let own = "http://localhost/token";
    let now = crate::receiver::now().as_secs();
    #[rustfmt::skip]
    let table = [
        // what it shows         claim    value                              error
        ("as it is",             "aud",   json!("https://oauth2.googleapis.com/token"), ""),
        ("our own endpoint",     "aud",   json!(own),                        ""),
        ("another's",            "aud",   json!("https://example.com/token"), "invalid_grant"),
        ("another account",      "iss",   json!("x@y.iam.gserviceaccount.com"), "invalid_grant"),
        ("nobody",               "sub",   json!("nobody@exempel.se"),        "invalid_grant"),
        ("no address",           "sub",   json!("admin"),                    "invalid_request"),
        ("no subject",           "sub",   Value::Null,                       "invalid_request"),
        ("suspended",            "sub",   json!("elev001@exempel.se"),       "invalid_grant"),
        ("deleted",              "sub",   json!("elev002@exempel.se"),       "invalid_grant"),
        ("by capitals",          "sub",   json!("Admin@Exempel.se"),         ""),
        ("a scope not granted",  "scope", json!("https://www.googleapis.com/auth/drive"), "unauthorized_client"),
        ("half a scope",         "scope", json!("admin.directory.user"),     "unauthorized_client"),
        ("no scope",             "scope", json!(""),                         "invalid_scope"),
        ("too long",             "exp",   json!(now + 7_200),                "invalid_grant"),
        ("over",                 "exp",   json!(now - 400),                  "invalid_grant"),
        ("to come",              "iat",   json!(now + 400),                  "invalid_grant"),
        ("a little off",         "iat",   json!(now + 60),                   ""),
    ];
    for (shows, claim, value, error) in table {
        let mut claims = claims(&tenant.google, SCOPES, ADMIN);
        claims[claim] = value;
        if shows == "over" {
            claims["iat"] = json!(now - 4_000);
        }
        if shows == "a little off" {
            claims["exp"] = json!(now + 3_600);
        }
        let answer = exchange(&mut tenant.client, &signed(&tenant.google, &claims));
        let said = answer.json();
        assert_eq!(said["error"].as_str().unwrap_or_default(), error, "{shows}: {said}");
        assert_eq!(answer.status == 200, error.is_empty(), "{shows}");
        assert_eq!(said.get("access_token").is_some(), error.is_empty(), "{shows}");
    }
}

#[test]
fn a_signature_of_another_key_is_none() {
    let (mut tenant, other) = (Tenant::new(), Tenant::new());
    let claims = claims(&tenant.google, SCOPES, ADMIN);
    let mut forged = signed(&other.google, &claims);
    let kid = exchange(&mut tenant.client, &forged).json();
    assert_eq!(kid["error_description"], "Invalid JWT Signature.");
    // The right head and claims, and somebody else's signature beneath.
    let own = signed(&tenant.google, &claims);
    let (head, _) = own.rsplit_once('.').unwrap();
    let (_, signature) = forged.rsplit_once('.').unwrap();
    forged = format!("{head}.{signature}");
    assert_eq!(exchange(&mut tenant.client, &forged).json()["error"], "invalid_grant");
    let unsigned = own.replace(own.split('.').next().unwrap(), "eyJhbGciOiJub25lIn0");
    assert_eq!(exchange(&mut tenant.client, &unsigned).json()["error"], "invalid_grant");
    for wrong in ["", "a.b.c", "abc"] {
        assert_eq!(exchange(&mut tenant.client, wrong).status, 400, "{wrong}");
    }
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = tenant.client.send("POST", "/token", &form, "grant_type=password").unwrap();
    assert_eq!(answer.json()["error"], "unsupported_grant_type");
}

/// google.md §1.4: 401, 403 by scope, 403 by role.
#[test]
fn every_call_needs_a_token_a_scope_and_a_role() {
    let mut tenant = Tenant::new();
    tenant.user("elev001");
    let read = token(&tenant.google, &mut tenant.client, "admin.directory.user.readonly", ADMIN);
    let pupil = token(&tenant.google, &mut tenant.client, SCOPES, "elev001@exempel.se");
    #[rustfmt::skip]
    let table = [
        // what it shows          authorization                  method  status reason
        ("no token",              String::new(),                 "GET",  401, "authError"),
        ("another's token",       "Bearer abc".to_owned(),       "GET",  401, "authError"),
        ("no bearer",             format!("Basic {read}"),       "GET",  401, "authError"),
        ("a scope that reads",    format!("Bearer {read}"),      "GET",  200, ""),
        ("but does not write",    format!("Bearer {read}"),      "POST", 403, "insufficientPermissions"),
        ("no administrator",      format!("Bearer {pupil}"),     "GET",  403, "forbidden"),
    ];
    for (shows, authorization, method, status, reason) in table {
        let headers = [("Authorization", authorization.as_str())];
        let path = format!("{USERS}?customer=my_customer");
        let body = if method == "POST" { user("elev002").to_string() } else { String::new() };
        let path = if method == "POST" { USERS } else { &path };
        let answer = tenant.client.send(method, path, &headers, &body).unwrap();
        assert_eq!(answer.status, status, "{shows}: {}", answer.text());
        let error = &answer.json()["error"]["errors"][0]["reason"];
        assert_eq!(error.as_str().unwrap_or_default(), reason, "{shows}");
        if reason == "insufficientPermissions" {
            let header = answer.header("www-authenticate");
            assert!(header.contains("insufficient_scope"), "{header}");
            assert!(header.contains("auth/admin.directory.user"), "{header}");
        }
    }
    tenant.token = pupil;
    let denied = tenant.ask("GET", "/v1/courses", &Value::Null);
    assert_eq!(denied.json()["error"]["status"], "PERMISSION_DENIED");
}

#[test]
fn a_token_ends() {
    let mut tenant = Tenant::new();
    let path = format!("{USERS}/{ADMIN}");
    tenant.google.pass(Duration::from_mins(59));
    tenant.get(&path);
    tenant.google.pass(Duration::from_mins(1));
    assert_eq!(tenant.refused("GET", &path, &Value::Null).0, 401);
    tenant.act_as(ADMIN);
    tenant.get(&path);
    tenant.google.expire();
    assert_eq!(tenant.refused("GET", &path, &Value::Null).0, 401);
}

/// google.md §1.4: what is switched off says so.
#[test]
fn classroom_can_be_off() {
    let mut tenant = Tenant::with(Switches { classroom: Power::Off, ..Switches::default() });
    let (status, text) = tenant.refused("GET", "/v1/courses", &Value::Null);
    assert!(status == 403 && text.starts_with("@ClassroomDisabled "), "{text}");
    tenant.get(&format!("{USERS}/{ADMIN}"));
}

/// Those who ask go by their own clock: they are told how long a token lives by it.
#[test]
fn a_fast_clock_shortens_a_tokens_life() {
    let tenant = Tenant::with(Switches { speed: 60.0, ..Switches::default() });
    let mut client = crate::receiver::tests::Client::to(&tenant.google.base_url());
    let assertion = signed(&tenant.google, &claims(&tenant.google, SCOPES, ADMIN));
    assert_eq!(exchange(&mut client, &assertion).json()["expires_in"], 59);
}

/// At the admin port: counts, a fill, troubles, the clock, changes by hand.
#[test]
fn much_is_done_by_hand() {
    let mut tenant = Tenant::new();
    let mut admin = crate::receiver::tests::Client::to(&tenant.google.admin_url());
    let mut ask = |method: &str, path: &str, body: &str| {
        let answer = admin.send(method, path, &[], body).unwrap();
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        answer.json()
    };
    ask(
        "POST",
        "/fill",
        r#"{"users": [{"primaryEmail": "elev001@exempel.se"}], "groups": [{"email": "g@exempel.se", "members": ["elev001@exempel.se"]}]}"#,
    );
    let one = format!("{USERS}/elev001@exempel.se");
    let now = ask("POST", "/pass?seconds=60", "");
    assert!(now["now"].is_string(), "{now}");
    assert_eq!(ask("POST", "/change?type=users&n=1&path=name.givenName", "\"Bo\"")["objects"], 1);
    assert_eq!(tenant.get(&one)["name"]["givenName"], "Bo");
    ask("POST", "/fault", "status=503x1");
    assert_eq!(tenant.refused("GET", &one, &Value::Null).0, 503);
    ask("POST", "/fault", "status=503");
    ask("DELETE", "/fault", "");
    tenant.get(&one);
    assert_eq!(ask("GET", "/counts", "")["troubled"], 1);
    assert_eq!(ask("GET", "/dump", "")["demo"]["groups"][0]["members"][0]["role"], "MEMBER");
    assert_eq!(ask("POST", "/remove?type=users&n=5", "")["objects"], 1, "administrators stay");
    assert_eq!(tenant.refused("GET", &one, &Value::Null).0, 404);
    ask("POST", "/expire", "");
    assert_eq!(tenant.refused("GET", &one, &Value::Null).0, 401);
    ask("POST", "/reset", "");
    assert_eq!(ask("GET", "/dump", "")["demo"]["groups"], json!([]));
    assert_eq!(ask("DELETE", "/counts", "")["units"], 0);
}
