use std::path::PathBuf;

use connect::http::{Fault, NoAnswer, Nonsense};
use roster::Date;
use roster::school_register::{SchoolRegister, UnitStatus};
use secret::{Secret, SecretError, SecretRef};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

const TODAY: Date = Date::constant(2026, 11, 28);

fn secrets(_: &SecretRef) -> Result<Secret, SecretError> {
    Err(SecretError::NotSet { name: "none".to_owned() })
}

/// Answers every call with these bytes; gives the address and the calls' first lines.
async fn serve(raw: Vec<u8>) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/skolenhetsregistret", listener.local_addr().unwrap());
    let (told, asked) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let read = stream.read(&mut head).await.unwrap();
            let text = String::from_utf8_lossy(&head[..read]).into_owned();
            let _ = told.send(text.lines().next().unwrap_or_default().to_owned());
            stream.write_all(&raw).await.unwrap();
        }
    });
    (base, asked)
}

fn http(status: &str, media: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {media}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").into_bytes()
}

async fn answered(raw: Vec<u8>) -> Result<SchoolRegister, FetchError> {
    let (url, _asked) = serve(raw).await;
    let mut settings = Settings { url, ..Settings::default() };
    settings.http.retry.attempts = 1;
    settings.http.proxy = "none".to_owned().into();
    fetch(&settings, &secrets, TODAY).await
}

/// As specs/skolverket describes it.
fn list(units: &[(&str, &str, &str)]) -> Value {
    let unit = |&(code, name, status): &(&str, &str, &str)| json!({ "schoolUnitCode": code, "name": name, "status": status });
    let units: Vec<Value> = units.iter().map(unit).collect();
    json!({
        "meta": { "extractDate": "2026-11-28T00:06:10.19+02:00" },
        "data": { "type": "schoolunit", "attributes": units },
    })
}

const UNITS: &[(&str, &str, &str)] = &[
    ("99999901", "Björkskolan", "AKTIV"),
    ("99999902", "Ekskolan", "UPPHORT"),
    ("99999903", "Lönnskolan", "VILANDE"),
    ("99999904", "Askskolan", "PLANERAD"),
];

#[tokio::test]
async fn the_register_is_read_as_its_description_says() {
    let body = list(UNITS).to_string();
    let (url, mut asked) = serve(http("200 OK", "application/json", &body)).await;
    let mut settings = Settings { url, ..Settings::default() };
    settings.http.proxy = "none".to_owned().into();
    let register = fetch(&settings, &secrets, TODAY).await.unwrap();
    assert_eq!(asked.recv().await.unwrap(), "GET /skolenhetsregistret/v2/school-units HTTP/1.1");
    assert_eq!(register.retrieved, TODAY);
    let found: Vec<_> = register
        .units
        .iter()
        .map(|(code, unit)| (code.as_str(), unit.name.as_str(), unit.status.word()))
        .collect();
    assert_eq!(found, UNITS);
}

/// Each ends with words of its own, and none with a register that could replace a copy.
#[tokio::test]
async fn bad_answers_are_told_apart() {
    let body = list(UNITS).to_string();
    let half = &body[..body.len() / 2];
    let cut = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{half}",
        body.len()
    );
    let fault = |error: FetchError| {
        let FetchError::Http(error) = error else { panic!("{error}") };
        error.fault
    };

    let html = answered(http("200 OK", "text/html", "<html>Underhåll")).await.unwrap_err();
    assert!(matches!(*fault(html), Fault::Nonsense(Nonsense::Html)));
    let cut = answered(cut.into_bytes()).await.unwrap_err();
    assert!(matches!(*fault(cut), Fault::NoAnswer(NoAnswer::CutOff)));
    let half = answered(http("200 OK", "application/json", half)).await.unwrap_err();
    assert!(matches!(*fault(half), Fault::Nonsense(Nonsense::Json { .. })));
    let broken = answered(http("500 X", "application/json", r#"{"title":"x","status":"500"}"#))
        .await
        .unwrap_err();
    assert!(matches!(*fault(broken), Fault::Unavailable { status: 500, .. }));
    let other = answered(http("200 OK", "application/json", r#"{"items":[]}"#)).await.unwrap_err();
    assert!(matches!(*fault(other), Fault::Nonsense(Nonsense::Json { .. })));
    let codes = list(&[("99999901", "A", "AKTIV"), ("1234", "B", "AKTIV")]).to_string();
    let error = answered(http("200 OK", "application/json", &codes)).await.unwrap_err();
    assert!(matches!(error, FetchError::Shape { unusable: 1, units: 2 }), "{error}");
    assert!(error.explain().sv.contains("1 av 2"), "{}", error.explain().sv);
}

/// The description itself: the names and words that we read are those that stand there.
#[test]
fn names_and_words_are_those_of_the_description() {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs");
    let folder = std::env::var_os("SKOLBRO_SPECS").map_or(default, PathBuf::from);
    let path = folder.join("skolverket/skolenhetsregistret_v2_openapi.yaml");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not here (SKOLBRO_SPECS names its folder)", path.display());
        return;
    };
    let answer = list(UNITS);
    let names =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(properties(&text, "SchoolUnitResponse"), names(&answer));
    assert_eq!(properties(&text, "SchoolUnitResponseData"), names(&answer["data"]));
    assert_eq!(properties(&text, "SchoolUnit"), names(&answer["data"]["attributes"][0]));
    let statuses = words(&text, "CodeSchoolUnitStatus");
    assert_eq!(statuses.len(), 4);
    for word in statuses {
        assert_ne!(UnitStatus::parse(&word), UnitStatus::Unknown, "{word}");
        assert_eq!(UnitStatus::parse(&word).word(), word);
    }
    assert!(text.contains("/v2/school-units:"));
}

/// The lines of a schema of the description, from its name to the next at the same depth.
fn schema<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let head = format!("    {name}:");
    let mut lines = text.lines().skip_while(|line| *line != head);
    assert!(lines.next().is_some(), "{name}");
    lines.take_while(|line| line.is_empty() || line.starts_with("     ")).collect()
}

/// The properties of a schema.
fn properties(text: &str, name: &str) -> Vec<String> {
    let inner = |line: &&str| line.starts_with("        ") && !line.starts_with("         ");
    let lines = schema(text, name);
    let lines = lines.iter().copied().skip_while(|line| line.trim() != "properties:").skip(1);
    lines.filter(inner).filter_map(|line| Some(line.trim().strip_suffix(':')?.to_owned())).collect()
}

/// The words of an enumeration.
fn words(text: &str, name: &str) -> Vec<String> {
    let lines = schema(text, name);
    let lines = lines.iter().skip_while(|line| line.trim() != "enum:").skip(1);
    lines.filter_map(|line| Some(line.trim().strip_prefix("- ")?.to_owned())).collect()
}

#[test]
fn settings_have_defaults_and_problems() {
    let read = |text: &str| toml::from_str::<Settings>(text).unwrap();
    assert_eq!(read("").problems(), []);
    assert_eq!(read("").url, "https://api.skolverket.se/skolenhetsregistret");
    let wrong = read("url = \"api.skolverket.se\"\nhttp.limits.max_pages = 0");
    let paths: Vec<String> = wrong.problems().iter().map(|it| it.path.join(".")).collect();
    assert_eq!(paths, ["http.limits.max_pages", "url"]);
    assert!(toml::from_str::<Settings>("adress = \"x\"").is_err());
}
