use serde_json::Value;

use super::{start, start_with};
use crate::ss12000::{Dialect, Switches};
use generate::Size;

/// What the description does not have is refused, with a code and words.
#[test]
fn what_the_standard_does_not_have_is_refused() {
    let mut reader = start(Dialect::Standard);
    let token = reader.get("persons?limit=5")["pageToken"].as_str().unwrap().to_owned();
    let unknown = "00000000-0000-4000-8000-000000000000";
    #[rustfmt::skip]
    let table: &[(&str, &str, &str, u16, &str)] = &[
        // what it shows         method    path                                              status  code
        ("unknown parameter",    "GET",    "persons?colour=red",                             400, "invalid_filter"),
        ("another's parameter",  "GET",    "groups?civicNo=1",                               400, "invalid_filter"),
        ("no uuid",              "GET",    "duties?organisation=7",                          400, "invalid_filter"),
        ("no date",              "GET",    "groups?startDate.onOrAfter=1/9",                 400, "invalid_filter"),
        ("a time, not a date",   "GET",    "groups?startDate.onOrAfter=2026-09-01T00:00:00Z", 400, "invalid_filter"),
        ("no offset",            "GET",    "persons?meta.modified.after=2026-09-01T00:00:00", 400, "invalid_filter"),
        ("limit 0",              "GET",    "persons?limit=0",                                400, "invalid_filter"),
        ("limit -1",             "GET",    "persons?limit=-1",                               400, "invalid_filter"),
        ("twice",                "GET",    "persons?limit=1&limit=2",                        400, "invalid_filter"),
        ("no such value",        "GET",    "groups?groupType=Fritids",                       400, "invalid_filter"),
        ("no such sort key",     "GET",    "groups?sortkey=Name",                            400, "invalid_filter"),
        ("no such expansion",    "GET",    "groups?expand=members",                          400, "invalid_filter"),
        ("commas in a list",     "GET",    "persons?expand=duties,placements",               400, "invalid_filter"),
        ("brackets in a list",   "GET",    "persons?expand[]=duties",                        400, "invalid_filter"),
        ("neither true nor false", "GET",  "groups?expandReferenceNames=1",                  400, "invalid_filter"),
        ("token and filter",     "GET",    "persons?nameContains=a&pageToken=TOKEN",         400, "invalid_filter"),
        ("token and expand",     "GET",    "persons?expand=duties&pageToken=TOKEN",          400, "invalid_filter"),
        ("unknown token",        "GET",    "persons?pageToken=abc",                          400, "invalid_filter"),
        ("not UTF-8",            "GET",    "persons?nameContains=%ff",                       400, "invalid_filter"),
        ("no uuid in the path",  "GET",    "persons/7",                                      400, "invalid_id"),
        ("an empty token",       "GET",    "persons?pageToken=",                             400, "invalid_filter"),
        ("nobody",               "GET",    "persons/UNKNOWN",                                404, "not_found"),
        ("no such resource",     "GET",    "pupils",                                         404, "not_found"),
        ("no such path",         "GET",    "persons/UNKNOWN/duties",                         404, "not_found"),
        ("no lookup",            "POST",   "studyplans/lookup",                              404, "not_found"),
        ("nothing is deleted",   "DELETE", "persons/UNKNOWN",                                405, "method_not_allowed"),
        ("nothing is posted",    "POST",   "persons",                                        405, "method_not_allowed"),
        ("lookup is a POST",     "GET",    "persons/lookup",                                 405, "method_not_allowed"),
        ("a body that is none",  "POST",   "persons/lookup",                                 400, "invalid_body"),
        ("missing times",        "GET",    "calendarEvents",                                 400, "invalid_filter"),
        ("a type of deletion",   "GET",    "deletedEntities?entities=persons",               400, "invalid_filter"),
    ];
    for &(shows, method, path, status, code) in table {
        let path = path.replace("TOKEN", &token).replace("UNKNOWN", unknown);
        let (found, body) = reader.ask(method, &path, "");
        assert_eq!((found, body["code"].as_str()), (status, Some(code)), "{shows}");
        assert!(body["message"].as_str().is_some_and(|it| !it.is_empty()), "{shows}");
    }
    for (body, status) in [
        ("{\"names\":[\"a\"]}", 400),
        ("{\"ids\":\"a\"}", 400),
        ("{\"ids\":[\"a\"]}", 400),
        ("[]", 400),
        ("{\"ids\":[]}", 200),
    ] {
        for resource in ["groups", "rooms"] {
            let (found, _) = reader.ask("POST", &format!("{resource}/lookup"), body);
            assert_eq!(found, status, "{resource} {body}");
        }
    }
}

#[test]
fn nobody_reads_without_a_token_that_works() {
    let switches = Switches { token_seconds: 60, ..Switches::default() };
    let mut reader = start_with(Size::Xs, switches);
    let path = "/v2/persons?limit=1";
    for headers in
        ["", "Authorization: Bearer nonsense\r\n", "Authorization: Basic ZGVtbzpkZW1v\r\n"]
    {
        let (status, body) = reader.raw("GET", path, headers, "");
        assert_eq!(status, 401, "{headers}");
        assert!(body["code"].is_string(), "{headers}");
        assert_eq!(reader.line.header("www-authenticate"), Some("Bearer"));
    }
    reader.get("persons?limit=1");
    // The register's clock passes the token's end.
    let (status, _) = reader.raw("POST", "/_control/set-time", "", "2026-09-01T07:00:00Z");
    assert_eq!(status, 200);
    assert_eq!(reader.ask("GET", "persons", "").0, 401);
}

#[test]
fn tokens_are_given_for_the_right_secret_alone() {
    let mut reader = start(Dialect::Standard);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let basic = format!("{form}Authorization: Basic ZGVtbzpkZW1v\r\n");
    #[rustfmt::skip]
    let table: &[(&str, &str, &str, u16)] = &[
        ("a form",          form,   "grant_type=client_credentials&client_id=demo&client_secret=demo", 200),
        ("Basic",           &basic, "grant_type=client_credentials&scope=ss12000",                     200),
        ("wrong secret",    form,   "grant_type=client_credentials&client_id=demo&client_secret=x",    401),
        ("no secret",       form,   "grant_type=client_credentials",                                   401),
        ("another grant",   form,   "grant_type=password&client_id=demo&client_secret=demo",           400),
        ("not a form",      "",     "{}",                                                              400),
    ];
    for &(shows, headers, body, status) in table {
        let (found, answer) = reader.raw("POST", "/token", headers, body);
        assert_eq!(found, status, "{shows}");
        assert_eq!(answer["access_token"].is_string(), status == 200, "{shows}");
    }
    assert_eq!(reader.raw("GET", "/token", "", "").0, 405);
}

#[test]
fn subscriptions_are_made_renewed_and_ended() {
    let mut reader = start(Dialect::Standard);
    let wanted = r#"{"name":"Vi","target":"http://127.0.0.1:9/hook","resourceTypes":[{"resource":"Person"},"Duty"]}"#;
    let (status, made) = reader.ask("POST", "subscriptions", wanted);
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["expires"], "2026-11-30T06:00:00Z", "ninety days");
    let path = format!("subscriptions/{}", made["id"].as_str().unwrap());
    assert_eq!(reader.get(&path), made);
    assert_eq!(reader.get("subscriptions")["data"], Value::Array(vec![made.clone()]));
    _ = reader.raw("POST", "/_control/set-time", "", "2026-09-01T06:10:00Z");
    let (_, renewed) = reader.ask("PATCH", &path, "");
    assert_eq!(renewed["expires"], "2026-11-30T06:10:00Z");
    assert_eq!(reader.ask("DELETE", &path, "").0, 204);
    assert_eq!(reader.ask("GET", &path, "").0, 404);
    for wrong in ["", "{}", r#"{"name":"Vi","target":"x","resourceTypes":[{"resource":"Pupil"}]}"#]
    {
        assert_eq!(reader.ask("POST", "subscriptions", wrong).0, 400, "{wrong}");
    }
}

#[test]
fn readers_report_back() {
    let mut reader = start(Dialect::Standard);
    let entry = r#"{"message":"okänd kurs","severityLevel":"Warning"}"#;
    assert_eq!(reader.ask("POST", "log/", entry).0, 201);
    for wrong in [
        "{}",
        r#"{"message":"x","severityLevel":"Loud"}"#,
        r#"{"message":"x","severityLevel":"Info","timeOfOccurance":{}}"#,
    ] {
        assert_eq!(reader.ask("POST", "log/", wrong).0, 400, "{wrong}");
    }
    let counts = r#"{"resourceType":"Person","newCount":1,"updatedCount":0,"deletedCount":0}"#;
    assert_eq!(reader.ask("POST", "statistics/", counts).0, 201);
}
