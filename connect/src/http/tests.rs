//! What can be asked without a server: settings, waits, codes, pins.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::error::{Fault, NoAnswer, Nonsense};
use super::request::Repeat;
use super::retry::wait;
use super::settings::{RetrySettings, Settings};
use super::tls::Pin;
use super::{AuthSettings, classify, retry_after};

#[derive(Debug, Deserialize)]
struct Written {
    #[serde(default)]
    http: Settings,
    #[serde(default)]
    auth: AuthSettings,
}

fn written(text: &str) -> Result<Written, String> {
    toml::from_str(text).map_err(|error| error.message().to_owned())
}

/// Whoever changes a default changes what every tenant does: that is a decision.
#[test]
fn defaults_are_careful() {
    let settings = written("").unwrap().http;
    let shown = format!("{settings:?}");
    let expected = "Settings { timeouts: Timeouts { connect_seconds: 10, read_seconds: 60, total_seconds: 900 }, limits: Limits { max_body_mb: 1024, max_whole_mb: 64, max_pages: 100000 }, retry: RetrySettings { attempts: 5, first_wait_ms: 1000, max_wait_seconds: 30, total_seconds: 300 }, proxy: System, proxy_user: None, proxy_password: None, ca_file: None, pins: [], client_certificate: None, allow_plain_http: false }";
    assert_eq!(shown, expected);
    assert_eq!(settings.problems(), []);
}

#[test]
fn every_key_can_be_written() {
    let text = r#"
        auth.client_credentials = { token_url = "https://t.example/token", client_id = "c", secret = "env:S", scope = "s", audience = "a", credentials_in = "basic" }
        [http]
        timeouts = { connect_seconds = 1, read_seconds = 2, total_seconds = 3 }
        limits = { max_body_mb = 1, max_whole_mb = 2, max_pages = 3 }
        retry = { attempts = 1, first_wait_ms = 2, max_wait_seconds = 3, total_seconds = 4 }
        proxy = "socks5h://p.example:1080"
        proxy_user = "u"
        proxy_password = "credential:p"
        ca_file = "ca.pem"
        pins = ["sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]
        client_certificate = { certificate = "c.pem", key = "file:c.key" }
        allow_plain_http = true
    "#;
    let mut both = written(text).unwrap();
    assert_eq!(both.http.problems(), []);
    assert_eq!(both.auth.problems(), []);
    both.http.seen_from(Path::new("/etc/skolbro"));
    let own = both.http.client_certificate.unwrap();
    assert_eq!(own.certificate, Path::new("/etc/skolbro/c.pem"));
    assert_eq!(both.http.ca_file.unwrap(), Path::new("/etc/skolbro/ca.pem"));
}

#[test]
fn ways_to_sign_in_are_told_apart() {
    #[rustfmt::skip]
    let table: &[(&str, &str)] = &[
        (r#"auth = "none""#,                                                     "None"),
        (r#"auth.bearer = "env:T""#,                                             "Bearer("),
        (r#"auth.api_key = { header = "X-Key", key = "env:K" }"#,                "ApiKey("),
        (r#"auth.basic = { user = "u", password = "env:P" }"#,                   "Basic("),
        (r#"auth.client_credentials = { token_url = "https://t/", client_id = "c" }"#, "ClientCredentials("),
    ];
    for (text, begins) in table {
        let auth = written(text).unwrap().auth;
        assert!(format!("{auth:?}").starts_with(begins), "{auth:?}");
        assert_eq!(auth.problems(), [], "{text}");
    }
    let secret = written(r#"auth.bearer = "hunter2""#).unwrap_err();
    assert!(secret.contains(secret::NOT_A_REFERENCE) && !secret.contains("hunter2"), "{secret}");
    assert!(written(r#"auth.bearer_token = "env:T""#).is_err());
    assert!(written("http.timeout = 3").unwrap_err().contains("unknown field"));
}

#[test]
fn everything_wrong_is_told_at_once() {
    let text = r#"
        auth.client_credentials = { token_url = "t.example", client_id = "c", credentials_in = "basic" }
        [http]
        timeouts.read_seconds = 0
        retry.attempts = 0
        proxy = "http://u:p@proxy.example"
        proxy_user = "u"
        pins = ["47DEQpj8HBSa"]
    "#;
    let both = written(text).unwrap();
    let found = |problems: Vec<super::Problem>| -> Vec<String> {
        problems.iter().map(|problem| problem.path.join(".")).collect()
    };
    let expected = ["timeouts.read_seconds", "retry.attempts", "proxy", "proxy_user", "pins"];
    assert_eq!(found(both.http.problems()), expected);
    let expected = ["client_credentials.token_url", "client_credentials.secret"];
    assert_eq!(found(both.auth.problems()), expected);
    let header = written(r#"auth.api_key = { header = "a b", key = "env:K" }"#);
    assert_eq!(found(header.unwrap().auth.problems()), ["api_key.header"]);
    let unused = written("http.proxy_user = 'u'\nhttp.proxy_password = 'env:P'");
    assert_eq!(found(unused.unwrap().http.problems()), ["proxy_user"]);
}

/// What it shows, fault, attempt, seconds spent, chance; milliseconds to wait.
type Row = (&'static str, Fault, u32, u64, f64, Option<u64>);

#[test]
fn waits_grow_and_end() {
    let settings =
        RetrySettings { attempts: 8, first_wait_ms: 1000, max_wait_seconds: 10, total_seconds: 60 };
    let later = || Fault::Unavailable { status: 503, code: None };
    let asked = |seconds| Fault::Throttled {
        status: 429,
        after: Some(Duration::from_secs(seconds)),
        code: None,
    };
    #[rustfmt::skip]
    let table: &[Row] = &[
        // what it shows            fault                attempt  spent s  chance  wait ms
        ("first",                   later(),             1,       0,       0.0,    Some(1000)),
        ("twice as long",           later(),             2,       0,       0.0,    Some(2000)),
        ("and again",               later(),             3,       0,       0.0,    Some(4000)),
        ("at most a half less",     later(),             1,       0,       1.0,    Some(500)),
        ("up to the longest",       later(),             7,       0,       0.0,    Some(10_000)),
        ("as asked, to the second", asked(17),           1,       0,       0.9,    Some(17_000)),
        ("asked for too long",      asked(61),           1,       0,       0.0,    None),
        ("no time left",            later(),             2,       59,      0.0,    None),
        ("often enough",            later(),             8,       0,       0.0,    None),
        ("no answer",               Fault::NoAnswer(NoAnswer::Timeout), 1, 0, 0.0, Some(1000)),
        ("credentials",             Fault::Unauthorized { status: 401, code: None }, 1, 0, 0.0, None),
        ("nonsense",                Fault::Nonsense(Nonsense::Html), 1, 0, 0.0,    None),
    ];
    for (shows, fault, attempt, spent, chance, expected) in table {
        let spent = Duration::from_secs(*spent);
        let found = wait(&settings, Repeat::Safe, fault, *attempt, spent, *chance);
        assert_eq!(found, expected.map(Duration::from_millis), "{shows}");
        assert_eq!(wait(&settings, Repeat::Never, fault, *attempt, spent, *chance), None);
    }
}

#[test]
fn retry_after_in_all_its_forms() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    #[rustfmt::skip]
    let table: &[(&str, Option<&str>, Option<f64>)] = &[
        ("120",                           None,       Some(120.0)),
        (" 0 ",                           None,       Some(0.0)),
        ("1.5",                           None,       Some(1.5)),
        ("99999999",                      None,       Some(86_400.0)),
        ("1e400",                         None,       None),
        ("-1",                            None,       None),
        ("Sun, 06 Nov 1994 08:50:37 GMT", Some(date), Some(60.0)),
        ("Sun, 06 Nov 1994 08:48:37 GMT", Some(date), Some(0.0)),
        ("Sun, 06 Nov 1994 08:50:37 GMT", None,       None),
        ("2.128",                         None,       Some(2.128)),
        // The two older forms of RFC 9110 §5.6.7, and a `Date` written so.
        ("Sunday, 06-Nov-94 08:50:37 GMT", Some(date), Some(60.0)),
        ("Sun Nov  6 08:50:37 1994",      Some(date), Some(60.0)),
        ("Sun, 06 Nov 1994 08:50:37 GMT", Some("Sun Nov  6 08:49:37 1994"), Some(60.0)),
        ("Sun Nov 16 08:49:37 1994",      Some(date), None),
        ("tomorrow",                      Some(date), None),
        ("",                              None,       None),
    ];
    for &(text, date, expected) in table {
        let found = retry_after::parse(text, date);
        assert_eq!(found, expected.map(Duration::from_secs_f64), "{text}");
    }
}

/// The receiver's code is kept, its words never are.
#[test]
fn a_code_is_a_short_token() {
    #[rustfmt::skip]
    let table: &[(&str, Option<&str>)] = &[
        (r#"{"code":"NOT_FOUND","message":"Anna Ek"}"#,                              Some("NOT_FOUND")),
        (r#"{"error":"invalid_client","error_description":"x"}"#,                    Some("invalid_client")),
        (r#"{"error":{"code":"Request_BadRequest","message":"x"}}"#,                 Some("Request_BadRequest")),
        (r#"{"error":{"code":403,"status":"PERMISSION_DENIED","message":"x"}}"#,     Some("PERMISSION_DENIED")),
        (r#"{"error":{"code":403,"errors":[{"reason":"quotaExceeded"}]}}"#,          Some("quotaExceeded")),
        (r#"{"status":"409","scimType":"uniqueness","detail":"anna"}"#,              Some("uniqueness")),
        (r#"{"code":"Anna Ek"}"#,                                                    None),
        (r#"{"code":"20120101-9876"}"#,                                              None),
        (r#"{"code":"elev201201019876"}"#,                                           None),
        (r#"{"code":"anna@skola.example"}"#,                                         None),
        (r#"{"code":""}"#,                                                           None),
        (r#"{"message":"Anna"}"#,                                                    None),
        ("<html>",                                                                   None),
        ("",                                                                         None),
    ];
    for &(body, expected) in table {
        assert_eq!(classify::code(body.as_bytes()).as_deref(), expected, "{body}");
    }
}

#[test]
fn a_pin_is_what_curl_takes() {
    let good = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    assert!(Pin::parse(good).is_some());
    for bad in [
        "",
        "sha256//",
        &good[8..],
        &good[..50],
        "sha256//!!==",
        &format!("{good}AAAA"),
        "sha1//47DEQpj8",
    ] {
        assert!(Pin::parse(bad).is_none(), "{bad}");
    }
}
