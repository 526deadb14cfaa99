use std::time::Duration;

use serde_json::{Value, json};

use super::courses::course;
use super::{ADMIN, Tenant, USERS, token};
use crate::google::{Limits, Switches, Windows};

fn active(tenant: &mut Tenant, name: &str) -> String {
    let id = course(tenant, name);
    let path = format!("/v1/courses/{id}?updateMask=courseState");
    tenant.done("PATCH", &path, &json!({ "courseState": "ACTIVE" }));
    format!("/v1/courses/{id}")
}

fn named(said: &(u16, String)) -> (u16, &str) {
    (said.0, said.1.split(' ').next().unwrap())
}

fn add(who: &str) -> Value {
    json!({ "userId": format!("{who}@exempel.se") })
}

/// google.md §2.2.
#[test]
fn one_is_teacher_or_student_and_once() {
    let limits = Limits { teachers: 2, members: 4, courses_of_user: 2, ..Limits::default() };
    let mut tenant = Tenant::with(Switches { limits, ..Switches::default() });
    for name in ["elev001", "elev002", "elev003", "elev004", "larare1"] {
        tenant.user(name);
    }
    let course = active(&mut tenant, "d:7A");
    let (students, teachers) = (format!("{course}/students"), format!("{course}/teachers"));
    let made = tenant.done("POST", &students, &add("elev001"));
    assert_eq!(made["profile"]["emailAddress"], "elev001@exempel.se");
    tenant.done("POST", &teachers, &add("larare1"));
    #[rustfmt::skip]
    let refused = [
        (&students, add("elev001"),                       409, "Requested"),
        (&teachers, add("elev001"),                       409, "Requested"),
        (&students, add("larare1"),                       409, "Requested"),
        (&teachers, add("elev002"),                       400, "@CourseTeacherLimitReached"),
        (&students, add("nobody"),                        404, "Requested"),
        (&students, json!({ "userId": "x@annan.se" }),    403, "@CannotDirectAddUser"),
        (&students, json!({}),                            400, "User"),
    ];
    for (path, body, status, name) in refused {
        assert_eq!(named(&tenant.refused("POST", path, &body)), (status, name), "{body}");
    }
    tenant.done("POST", &students, &add("elev002"));
    let full = tenant.refused("POST", &students, &add("elev003"));
    assert_eq!(named(&full), (400, "@CourseMemberLimitReached"));
    let other = active(&mut tenant, "d:7B");
    tenant.done("POST", &format!("{other}/students"), &add("elev001"));
    let third = active(&mut tenant, "d:7C");
    let many = tenant.refused("POST", &format!("{third}/students"), &add("elev001"));
    assert_eq!(named(&many), (400, "@UserGroupsMembershipLimitReached"));
    tenant.done("PUT", &format!("{USERS}/elev004@exempel.se"), &json!({ "suspended": true }));
    let disabled = tenant.refused("POST", &format!("{third}/students"), &add("elev004"));
    assert_eq!(disabled, (400, "Precondition check failed.".to_owned()));
    assert_eq!(
        tenant.done("DELETE", &format!("{students}/elev001@exempel.se"), &Value::Null),
        json!({})
    );
    assert_eq!(
        tenant.refused("GET", &format!("{students}/elev001@exempel.se"), &Value::Null).0,
        404
    );
    tenant.done(
        "PATCH",
        &format!("{course}?updateMask=courseState"),
        &json!({ "courseState": "ARCHIVED" }),
    );
    for (method, path, body) in [
        ("POST", students.clone(), add("elev003")),
        ("DELETE", format!("{students}/elev002@exempel.se"), Value::Null),
    ] {
        assert_eq!(named(&tenant.refused(method, &path, &body)), (400, "@CourseNotModifiable"));
    }
    // An address is told to those who may see it (google.md §2.2).
    let scopes = "classroom.rosters.readonly";
    tenant.token = token(&tenant.google, &mut tenant.client, scopes, ADMIN);
    let seen = tenant.get(&format!("{students}/elev002@exempel.se"));
    assert!(seen["profile"].get("emailAddress").is_none(), "{seen}");
}

/// google.md §2.1, §0 no 6.
#[test]
fn a_course_is_handed_over_and_never_left_alone() {
    let windows = Windows { owner_moves: Duration::from_secs(30), ..Windows::OFF };
    let mut tenant = Tenant::with(Switches { windows, ..Switches::default() });
    for name in ["larare1", "larare2", "elev001", "elev002"] {
        tenant.user(name);
    }
    let course = active(&mut tenant, "d:7A");
    let (teachers, owner) = (format!("{course}/teachers"), format!("{course}?updateMask=ownerId"));
    let own = |who: &str| json!({ "ownerId": format!("{who}@exempel.se") });
    assert_eq!(named(&tenant.refused("PATCH", &owner, &own("larare1"))), (400, "@IneligibleOwner"));
    assert_eq!(named(&tenant.refused("PATCH", &owner, &own("admin"))), (400, "@UserAlreadyOwner"));
    tenant.done("POST", &teachers, &add("larare1"));
    let remove = |who: &str| format!("{teachers}/{who}@exempel.se");
    let kept = tenant.refused("DELETE", &remove("admin"), &Value::Null);
    assert_eq!(named(&kept), (400, "@CannotRemoveCourseOwner"));
    tenant.done("PATCH", &owner, &own("larare1"));
    let early = tenant.refused("DELETE", &remove("admin"), &Value::Null);
    assert_eq!(named(&early), (400, "@CannotRemoveCourseOwnerTransferIncomplete"));
    tenant.google.pass(Duration::from_secs(30));
    tenant.done("DELETE", &remove("admin"), &Value::Null);
    tenant.done("POST", &teachers, &add("larare2"));
    let one = format!("{USERS}/larare1@exempel.se");
    tenant.done("PUT", &one, &json!({ "suspended": true }));
    let inactive = tenant.refused("POST", &format!("{course}/students"), &add("elev001"));
    assert_eq!(named(&inactive), (400, "@InactiveCourseOwner"));
    let id = tenant.get(&one)["id"].as_str().unwrap().to_owned();
    tenant.done("DELETE", &one, &Value::Null);
    let alone = tenant.refused("DELETE", &remove("larare2"), &Value::Null);
    assert_eq!(named(&alone), (400, "@CannotRemoveTeacherWithNoCourseOwner"));
    for (method, path) in [("PATCH", owner.as_str()), ("DELETE", course.as_str())] {
        let answer = tenant.refused(method, path, &own("larare2"));
        assert_eq!(answer, (500, "Internal error encountered.".to_owned()));
    }
    // The cure: back, hand over, away again.
    tenant.done("POST", &format!("{USERS}/{id}/undelete"), &json!({ "orgUnitPath": "/" }));
    tenant.done("PUT", &format!("{USERS}/{id}"), &json!({ "suspended": false }));
    tenant.done("PATCH", &owner, &own("larare2"));
}

/// google.md §2.2: pages of thirty.
#[test]
fn students_come_in_pages_of_thirty() {
    let mut tenant = Tenant::new();
    let users: Vec<Value> =
        (0..130).map(|it| json!({ "primaryEmail": format!("e{it:03}@exempel.se") })).collect();
    let students: Vec<String> = (0..130).map(|it| format!("e{it:03}@exempel.se")).collect();
    let course =
        json!({ "id": "600000009999", "name": "7A", "owner": ADMIN, "students": students });
    tenant.fill(&json!({ "users": users, "courses": [course] }));
    let path = "/v1/courses/600000009999/students";
    #[rustfmt::skip]
    let table = [("", 30), ("?pageSize=0", 30), ("?pageSize=10", 10), ("?pageSize=500", 100)];
    for (query, many) in table {
        let page = tenant.get(&format!("{path}{query}"));
        assert_eq!(page["students"].as_array().unwrap().len(), many, "{query}");
        assert!(page["nextPageToken"].is_string(), "{query}");
    }
    assert_eq!(tenant.refused("GET", &format!("{path}?pageSize=-1"), &Value::Null).0, 400);
    let teachers = tenant.get("/v1/courses/600000009999/teachers");
    assert_eq!(teachers["teachers"][0]["profile"]["verifiedTeacher"], true);
    assert!(teachers.get("nextPageToken").is_none());
}

/// google.md §2.3.
#[test]
fn invitations_are_accepted_by_the_invited_alone() {
    let limits = Limits { invitations: 3, ..Limits::default() };
    let mut tenant = Tenant::with(Switches { limits, ..Switches::default() });
    for name in ["elev001", "elev002", "larare1"] {
        tenant.user(name);
    }
    let course = active(&mut tenant, "d:7A");
    let id = course.rsplit('/').next().unwrap().to_owned();
    let invite = |who: &str, role: &str| json!({ "courseId": id, "userId": who, "role": role });
    let path = "/v1/invitations";
    let made = tenant.done("POST", path, &invite("elev001@exempel.se", "STUDENT"));
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    #[rustfmt::skip]
    let refused = [
        (invite("elev001@exempel.se", "STUDENT"),                   409, "Requested"),
        (invite("me", "TEACHER"),                                   400, "Precondition"),
        (invite("elev002@exempel.se", "OWNER"),                     400, "@IneligibleOwner"),
        (invite("x@annan.se", "STUDENT"),                           403, "@CannotInviteUserInUntrustedDomain"),
        (invite("nobody@exempel.se", "STUDENT"),                    404, "Requested"),
        (invite("elev002@exempel.se", "COURSE_ROLE_UNSPECIFIED"),   400, "Request"),
    ];
    for (body, status, name) in refused {
        assert_eq!(named(&tenant.refused("POST", path, &body)), (status, name), "{body}");
    }
    assert_eq!(tenant.get(&format!("{path}?courseId={id}"))["invitations"][0], made);
    assert_eq!(tenant.refused("GET", path, &Value::Null).0, 400, "whose?");
    assert_eq!(tenant.refused("POST", &format!("{one}:accept"), &Value::Null).0, 403);
    tenant.act_as("elev001@exempel.se");
    tenant.done("POST", &format!("{one}:accept"), &Value::Null);
    tenant.act_as(ADMIN);
    tenant.get(&format!("{course}/students/elev001@exempel.se"));
    assert_eq!(tenant.refused("GET", &one, &Value::Null).0, 404, "used");
    tenant.done("POST", &format!("{course}/teachers"), &add("larare1"));
    tenant.done("POST", path, &invite("larare1@exempel.se", "OWNER"));
    let owner = json!({ "ownerId": "larare1@exempel.se" });
    let pending = tenant.refused("PATCH", &format!("{course}?updateMask=ownerId"), &owner);
    assert_eq!(named(&pending), (400, "@PendingInvitationExists"));
    let last = tenant.done("POST", path, &invite("elev002@exempel.se", "STUDENT"));
    tenant.done("DELETE", &format!("{path}/{}", last["id"].as_str().unwrap()), &Value::Null);
    let spent = tenant.refused("POST", path, &invite("elev002@exempel.se", "STUDENT"));
    assert_eq!(named(&spent), (429, "@UserInvitationQuotaExhausted"));
}

#[test]
fn a_student_joins_with_the_code() {
    let mut tenant = Tenant::new();
    tenant.user("elev001");
    let course = active(&mut tenant, "d:7A");
    let code = tenant.get(&course)["enrollmentCode"].as_str().unwrap().to_owned();
    tenant.act_as("elev001@exempel.se");
    let path = format!("{course}/students");
    let me = json!({ "userId": "me" });
    assert_eq!(tenant.refused("POST", &path, &me).0, 403);
    tenant.done("POST", &format!("{path}?enrollmentCode={code}"), &me);
}

#[test]
fn nobody_has_guardians() {
    let mut tenant = Tenant::new();
    tenant.user("elev001");
    for who in ["-", "elev001@exempel.se"] {
        assert_eq!(tenant.get(&format!("/v1/userProfiles/{who}/guardians")), json!({}));
    }
    assert_eq!(
        tenant.refused("GET", "/v1/userProfiles/x@exempel.se/guardians", &Value::Null).0,
        404
    );
    let me = tenant.get("/v1/userProfiles/me");
    assert_eq!((&me["emailAddress"], me.get("verifiedTeacher")), (&json!(ADMIN), None));
}
