use serde_json::{Value, json};

use super::{ADMIN, Tenant, USERS};
use crate::google::{Limits, Switches};

const COURSES: &str = "/v1/courses";

pub(super) fn course(tenant: &mut Tenant, name: &str) -> String {
    let body = json!({ "id": name, "name": "7A Matematik", "ownerId": ADMIN });
    tenant.done("POST", COURSES, &body)["id"].as_str().unwrap().to_owned()
}

fn to_state(tenant: &mut Tenant, id: &str, state: &str) -> (u16, String) {
    let path = format!("{COURSES}/{id}?updateMask=courseState");
    let answer = tenant.ask("PATCH", &path, &json!({ "courseState": state }));
    if answer.status == 200 { (200, String::new()) } else { super::said(&answer) }
}

/// google.md §2.1.
#[test]
fn a_course_that_google_would_refuse_is_refused() {
    let mut tenant = Tenant::new();
    tenant.user("elev001");
    tenant.done("PUT", &format!("{USERS}/elev001@exempel.se"), &json!({ "suspended": true }));
    course(&mut tenant, "d:7A");
    let with = |field: &str, value: Value| {
        let mut body = json!({ "name": "7A", "ownerId": "me" });
        body[field] = value;
        body
    };
    #[rustfmt::skip]
    let table = [
        // what it shows           body                                        status named
        ("a name that is taken",   with("id", json!("d:7A")),                  409, "Requested entity already exists"),
        ("a name without scope",   with("id", json!("7A")),                    400, "Invalid alias."),
        ("a long name",            with("id", json!(format!("d:{}", "x".repeat(255)))), 400, "Invalid alias."),
        ("no title",               with("name", Value::Null),                  400, "Request contains"),
        ("a long title",           with("name", json!("x".repeat(751))),       400, "Request contains"),
        ("an address as title",    with("name", json!("https://x.se")),        400, "@CourseTitleCannotContainUrl "),
        ("no owner",               with("ownerId", Value::Null),               400, "Course owner"),
        ("an owner who is not",    with("ownerId", json!("x@exempel.se")),     400, "@UserCannotOwnCourse "),
        ("a suspended owner",      with("ownerId", json!("elev001@exempel.se")), 400, "@UserCannotOwnCourse "),
        ("archived at once",       with("courseState", json!("ARCHIVED")),     403, "@CourseStateDenied "),
        ("no such state",          with("courseState", json!("NEW")),          400, "Invalid value at 'course_state'"),
        ("no such field",          with("color", json!("red")),                400, "Invalid JSON payload"),
        ("a long section",         with("section", json!("x".repeat(2_801))),  400, "Request contains"),
    ];
    for (shows, body, status, named) in table {
        let answer = tenant.ask("POST", COURSES, &body);
        let (code, text) = super::said(&answer);
        assert!(code == status && text.starts_with(named), "{shows}: {code} {text}");
        assert!(answer.json()["error"]["status"].is_string(), "{shows}: the newer form");
    }
}

/// google.md §2.1: the state machine.
#[test]
fn a_course_goes_from_state_to_state() {
    let states = ["PROVISIONED", "ACTIVE", "ARCHIVED", "DECLINED"];
    let way = |state: &str| {
        match state {
            "ARCHIVED" => vec!["ACTIVE", "ARCHIVED"],
            "PROVISIONED" => vec![],
            other => vec![other],
        }
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>()
    };
    let mut tenant = Tenant::new();
    for from in states {
        for to in states {
            let id = course(&mut tenant, &format!("d:{from}-{to}"));
            for step in way(from) {
                assert_eq!(to_state(&mut tenant, &id, &step).0, 200, "{from}");
            }
            let may = from == to
                || [
                    ("PROVISIONED", "ACTIVE"),
                    ("PROVISIONED", "DECLINED"),
                    ("DECLINED", "PROVISIONED"),
                    ("ACTIVE", "ARCHIVED"),
                    ("ARCHIVED", "ACTIVE"),
                ]
                .contains(&(from, to));
            let (code, text) = to_state(&mut tenant, &id, to);
            assert_eq!(code == 200, may, "{from} to {to}: {text}");
            let (path, title) = (format!("{COURSES}/{id}"), json!({ "name": "Ny" }));
            if from == to {
                let answer = tenant.ask("PATCH", &format!("{path}?updateMask=name"), &title);
                let fixed = ["ARCHIVED", "DECLINED"].contains(&from);
                assert_eq!(answer.status, if fixed { 400 } else { 200 }, "{from}");
                assert_eq!(answer.text().contains("@CourseNotModifiable "), fixed, "{from}");
                let deleted = tenant.ask("DELETE", &path, &Value::Null);
                assert_eq!(deleted.status, if from == "ACTIVE" { 400 } else { 200 }, "{from}");
            }
        }
    }
    let id = course(&mut tenant, "d:both");
    assert_eq!(to_state(&mut tenant, &id, "ACTIVE").0, 200);
    assert_eq!(to_state(&mut tenant, &id, "ARCHIVED").0, 200);
    let both = json!({ "courseState": "ACTIVE", "name": "Ny" });
    tenant.done("PATCH", &format!("{COURSES}/{id}?updateMask=courseState,name"), &both);
    assert_eq!(to_state(&mut tenant, &id, "SUSPENDED").0, 400);
}

#[test]
fn a_patch_needs_a_mask_that_is_known() {
    let mut tenant = Tenant::new();
    let id = course(&mut tenant, "p:7A");
    for mask in ["", "?updateMask=", "?updateMask=color", "?updateMask=name,id"] {
        let path = format!("{COURSES}/{id}{mask}");
        assert_eq!(tenant.refused("PATCH", &path, &json!({ "name": "B" })).0, 400, "{mask}");
    }
    let path = format!("{COURSES}/p:7A?updateMask=section,room");
    let patched = tenant.done("PATCH", &path, &json!({ "section": "S", "room": "R", "name": "B" }));
    assert_eq!((&patched["section"], &patched["name"]), (&json!("S"), &json!("7A Matematik")));
    let cleared = tenant.done("PATCH", &format!("{COURSES}/{id}?updateMask=room"), &json!({}));
    assert!(cleared.get("room").is_none(), "{cleared}");
    let replaced = tenant.done("PUT", &format!("{COURSES}/{id}"), &json!({ "name": "C" }));
    assert!(replaced.get("section").is_none() && replaced["name"] == "C", "{replaced}");
}

/// google.md §2.1: aliases.
#[test]
fn a_course_is_found_by_each_of_its_names() {
    let mut tenant = Tenant::new();
    let id = course(&mut tenant, "d:7A/MA 1");
    let aliases = format!("{COURSES}/{id}/aliases");
    tenant.done("POST", &aliases, &json!({ "alias": "p:x" }));
    assert_eq!(tenant.refused("POST", &aliases, &json!({ "alias": "p:x" })).0, 409);
    for key in ["d%3A7A%2FMA%201", "p:x", id.as_str()] {
        assert_eq!(tenant.get(&format!("{COURSES}/{key}"))["id"], id, "{key}");
    }
    assert_eq!(
        tenant.get(&aliases),
        json!({ "aliases": [{ "alias": "d:7A/MA 1" }, { "alias": "p:x" }] })
    );
    tenant.done("DELETE", &format!("{aliases}/p:x"), &Value::Null);
    assert_eq!(tenant.refused("GET", &format!("{COURSES}/p:x"), &Value::Null).0, 404);
    assert_eq!(tenant.refused("DELETE", &format!("{aliases}/p:x"), &Value::Null).0, 404);
}

/// google.md §2.1: newest first, by state, teacher or student.
#[test]
fn courses_are_listed_newest_first() {
    let limits = Limits { course_page: 3, largest_course_page: 5, ..Limits::default() };
    let mut tenant = Tenant::with(Switches { limits, ..Switches::default() });
    tenant.user("elev001");
    let ids: Vec<String> = (0..7).map(|it| course(&mut tenant, &format!("d:{it}"))).collect();
    for id in &ids[..4] {
        to_state(&mut tenant, id, "ACTIVE");
        let body = json!({ "userId": "elev001@exempel.se" });
        tenant.done("POST", &format!("{COURSES}/{id}/students"), &body);
    }
    let mut all = |query: &str| {
        let (mut found, mut token) = (Vec::new(), String::new());
        loop {
            let page = tenant.get(&format!("{COURSES}?{query}{token}"));
            let own = page["courses"].as_array().cloned().unwrap_or_default();
            assert!(own.len() <= 5);
            found.extend(own.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["nextPageToken"].as_str() else { return found };
            token = format!("&pageToken={next}");
        }
    };
    let newest: Vec<String> = ids.iter().rev().cloned().collect();
    assert_eq!(all(""), newest);
    assert_eq!(all("pageSize=100"), newest);
    assert_eq!(all("courseStates=ACTIVE"), newest[3..]);
    assert_eq!(all("courseStates=ACTIVE&courseStates=PROVISIONED"), newest);
    assert_eq!(all("studentId=elev001@exempel.se"), newest[3..]);
    assert_eq!(all("teacherId=me&courseStates=PROVISIONED"), newest[..3]);
    let both = format!("{COURSES}?teacherId=me&studentId=elev001@exempel.se");
    let (status, text) = tenant.refused("GET", &both, &Value::Null);
    assert!(status == 400 && text.starts_with("@ListCoursesStudentAndTeacherFilter "), "{text}");
    assert_eq!(
        tenant.refused("GET", &format!("{COURSES}?studentId=x@exempel.se"), &Value::Null).0,
        404
    );
}

/// google.md §2.1: a course that Google has suspended is seen by its owner alone.
#[test]
fn a_suspended_course_is_closed() {
    let mut tenant = Tenant::new();
    tenant.user("larare1");
    let course = json!({ "name": "7A", "owner": "larare1@exempel.se", "courseState": "SUSPENDED", "aliases": ["d:7A"] });
    tenant.google.fill(json!({ "courses": [course] }).as_object().unwrap()).unwrap();
    for path in ["", "/students", "/teachers"] {
        let refused = tenant.refused("GET", &format!("{COURSES}/d:7A{path}"), &Value::Null);
        assert_eq!(refused, (403, "The caller does not have permission".to_owned()), "{path}");
    }
    assert_eq!(tenant.done("GET", COURSES, &Value::Null).get("courses"), None);
}
