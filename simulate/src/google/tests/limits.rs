//! Quotas, windows in which what was done is not seen everywhere, and troubles.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use super::{ADMIN, GROUPS, Tenant, UNITS, USERS, user};
use crate::google::{Quotas, Switches, Told, Windows};

/// Asks until it is refused; how often it was not, and the refusal.
fn until_refused(
    tenant: &mut Tenant,
    mut path: impl FnMut(usize) -> (String, Value),
) -> (usize, super::Answer) {
    for number in 0..5_000 {
        let (path, body) = path(number);
        let method = if body.is_null() { "GET" } else { "POST" };
        let answer = tenant.ask(method, &path, &body);
        if answer.status >= 300 {
            return (number, answer);
        }
    }
    panic!("never refused")
}

/// google.md §1.5, §2.4: the figures, the statuses and the bodies.
#[test]
fn the_real_quotas() {
    // A clock that hardly moves, so that no second passes by itself.
    let switches = Switches { quotas: Quotas::REAL, speed: 1e-6, ..Switches::default() };
    let mut tenant = Tenant::with(switches.clone());
    let me = format!("{USERS}/{ADMIN}");
    let (many, answer) = until_refused(&mut tenant, |_| (me.clone(), Value::Null));
    let error = answer.json();
    assert_eq!((many, answer.status), (2_400, 403));
    assert_eq!(error["error"]["errors"][0]["reason"], "rateLimitExceeded");
    assert_eq!(error["error"]["errors"][0]["domain"], "usageLimits");
    assert_eq!(tenant.google.counts().throttled["directory"], 1);
    tenant.google.pass(Duration::from_secs(59));
    assert_eq!(tenant.refused("GET", &me, &Value::Null).0, 403);
    tenant.google.pass(Duration::from_secs(1));
    tenant.get(&me);

    let (many, answer) =
        until_refused(&mut tenant, |it| (USERS.to_owned(), user(&format!("e{it}"))));
    assert_eq!((many, answer.status), (10, 503));
    assert_eq!(answer.text(), "Quota exceeded for the current request");
    tenant.google.pass(Duration::from_secs(1));
    tenant.user("e100");

    let unit = |it: usize| json!({ "name": format!("u{it}"), "parentOrgUnitPath": "/" });
    let (many, answer) = until_refused(&mut tenant, |it| (UNITS.to_owned(), unit(it)));
    let error = answer.json();
    assert_eq!((many, answer.status), (1, 403));
    assert_eq!(error["error"]["message"], "Request rate higher than configured.");
    assert_eq!(error["error"]["errors"][0]["reason"], "quotaExceeded");

    let (many, answer) = until_refused(&mut tenant, |_| ("/v1/courses".to_owned(), Value::Null));
    assert_eq!((many, answer.status), (1_200, 429));
    assert_eq!(answer.json()["error"]["status"], "RESOURCE_EXHAUSTED");
    // Another subject has another minute, and all share the project's.
    let admins = ["a@exempel.se", "b@exempel.se"];
    let mut more = Tenant::with(Switches {
        admins: [ADMIN].iter().chain(&admins).map(|it| (*it).to_owned()).collect(),
        ..switches
    });
    let mut all = 0;
    for admin in [ADMIN, admins[0], admins[1]] {
        more.act_as(admin);
        all += until_refused(&mut more, |_| ("/v1/courses".to_owned(), Value::Null)).0;
    }
    assert_eq!(all, 3_000);
    assert_eq!(more.google.counts().throttled["classroom-project"], 1);
    assert_eq!(more.google.counts().used["classroom"], 3_000);
}

#[test]
fn directory_can_say_429() {
    let quotas = Quotas { directory: Some(1), told: Told::TooMany, ..Quotas::OFF };
    let mut tenant = Tenant::with(Switches { quotas, speed: 1e-6, ..Switches::default() });
    let (many, answer) = until_refused(&mut tenant, |_| (format!("{USERS}/{ADMIN}"), Value::Null));
    assert_eq!((many, answer.status), (1, 429));
    assert_eq!(answer.json()["error"]["details"][0]["reason"], "RATE_LIMIT_EXCEEDED");
}

/// google.md §0 no 5, §1.1, §2.2.
#[test]
fn what_was_done_is_not_seen_everywhere_at_once() {
    let switches = Switches { windows: Windows::REAL, speed: 1e-6, ..Switches::default() };
    let mut tenant = Tenant::with(switches);
    let id = tenant.user("elev001");
    let (by_id, by_address) = (format!("{USERS}/{id}"), format!("{USERS}/elev001@exempel.se"));
    assert_eq!(tenant.refused("GET", &by_id, &Value::Null).0, 404);
    tenant.get(&by_address);
    let change = json!({ "suspended": false });
    let early = tenant.refused("PUT", &by_address, &change);
    assert_eq!(early, (412, "User creation is not complete.".to_owned()));
    tenant.google.pass(Duration::from_secs(20));
    tenant.get(&by_id);
    tenant.done("PUT", &by_address, &json!({ "primaryEmail": "ny@exempel.se" }));
    let moving = tenant.refused("PUT", &by_id, &change);
    assert_eq!(moving, (409, "Entity already exists.".to_owned()));

    tenant.google.pass(Duration::from_mins(20));
    let course = super::courses::course(&mut tenant, "d:7A");
    let students = format!("/v1/courses/{course}/students");
    tenant.user("elev002");
    let fresh = json!({ "userId": "elev002@exempel.se" });
    let (status, text) = tenant.refused("POST", &students, &fresh);
    assert!(status == 403 && text.starts_with("@CannotDirectAddUser "), "{text}");
    tenant.google.pass(Duration::from_mins(15));
    tenant.done("POST", &students, &fresh);

    let group = json!({ "email": "g@exempel.se" });
    tenant.done("POST", GROUPS, &group);
    tenant.done("DELETE", &format!("{GROUPS}/g@exempel.se"), &Value::Null);
    assert_eq!(tenant.refused("POST", GROUPS, &group).0, 409);
    tenant.google.pass(Duration::from_secs(20));
    tenant.done("POST", GROUPS, &group);
    assert_eq!(tenant.refused("GET", &format!("{GROUPS}/g@exempel.se"), &Value::Null).0, 404);
    tenant.google.pass(Duration::from_secs(20));
    tenant.get(&format!("{GROUPS}/g@exempel.se"));

    let aliases = format!("{by_id}/aliases");
    tenant.done("DELETE", &format!("{aliases}/elev001@exempel.se"), &Value::Null);
    let alias = json!({ "alias": "elev001@exempel.se" });
    assert_eq!(tenant.refused("POST", &aliases, &alias).0, 409);
    tenant.google.pass(Duration::from_secs(2));
    tenant.done("POST", &aliases, &alias);
}

/// google.md §1.4: one body of each kind.
#[test]
fn troubles_come_in_every_form() {
    let mut tenant = Tenant::new();
    let me = format!("{USERS}/{ADMIN}");
    #[rustfmt::skip]
    let table = [
        // trouble               path                     status type                 holds
        ("status=503",           me.as_str(),             503, "application/json",   "\"reason\":\"backendError\""),
        ("status=503",           "/v1/courses",           503, "application/json",   "\"status\":\"UNAVAILABLE\""),
        ("status=500,both",      me.as_str(),             500, "application/json",   "\"status\":\"INTERNAL\""),
        ("status=429,newer",     me.as_str(),             429, "application/json",   "google.rpc.ErrorInfo"),
        ("status=502,html",      me.as_str(),             502, "text/html",          "Bad Gateway"),
        ("status=503,text",      me.as_str(),             503, "text/plain",         "The service is currently unavailable."),
        ("quota",                me.as_str(),             403, "application/json",   "Request rate higher than configured."),
        ("rate",                 me.as_str(),             403, "application/json",   "userRateLimitExceeded"),
        ("conflict",             me.as_str(),             409, "application/json",   "Conflicting requests. Please try again"),
        ("aborted",              "/v1/courses",           409, "application/json",   "\"status\":\"ABORTED\""),
        ("not-configured",       me.as_str(),             403, "application/json",   "accessNotConfigured"),
        ("domain-off",           me.as_str(),             403, "application/json",   "domainCannotUseApis"),
        ("incomplete",           me.as_str(),             412, "application/json",   "User creation is not complete."),
    ];
    for (trouble, path, status, kind, holds) in table {
        tenant.google.trouble(format!("{trouble}x1").parse().unwrap());
        let answer = tenant.ask("GET", path, &Value::Null);
        assert_eq!(answer.status, status, "{trouble}");
        assert!(answer.header("content-type").starts_with(kind), "{trouble}");
        assert!(answer.text().contains(holds), "{trouble}: {}", answer.text());
        tenant.get(path);
    }
    for wrong in ["status=200", "status=x", "status=503,pdf", "fire", "quota=3"] {
        assert!(wrong.parse::<crate::google::Trouble>().is_err(), "{wrong}");
    }
}

#[test]
fn troubles_hit_as_often_as_they_are_told_to() {
    let mut tenant = Tenant::new();
    let statuses = |tenant: &mut Tenant, many: usize| -> Vec<bool> {
        (0..many)
            .map(|_| tenant.ask("GET", &format!("{USERS}/{ADMIN}"), &Value::Null).status == 200)
            .collect()
    };
    tenant.google.trouble("status=503/3@directory.users:1x2".parse().unwrap());
    let well = statuses(&mut tenant, 10);
    assert_eq!(well, [true, true, true, false, true, true, false, true, true, true]);
    tenant.get("/v1/courses");
    tenant.google.mend();
    tenant.google.trouble("status=429/30%".parse().unwrap());
    let hit = statuses(&mut tenant, 400).iter().filter(|it| !**it).count();
    assert!((80..160).contains(&hit), "{hit} of 400");
    assert_eq!(tenant.google.counts().troubled, 2 + u64::try_from(hit).unwrap());
    tenant.google.mend();
    // Carried out, and not said so: in the answer, or by a connection that ends.
    tenant.google.trouble("done=503@POSTx1".parse().unwrap());
    assert_eq!(tenant.refused("POST", USERS, &user("elev001")).0, 503);
    assert_eq!(tenant.refused("POST", USERS, &user("elev001")).0, 409);
    tenant.google.plant("lost@POSTx1".parse().unwrap());
    let lost: io::Result<_> = tenant.client.send(
        "POST",
        USERS,
        &[("Authorization", &format!("Bearer {}", tenant.token))],
        &user("elev002").to_string(),
    );
    assert!(lost.is_err(), "{lost:?}");
    tenant.client = crate::receiver::tests::Client::to(&tenant.google.base_url());
    tenant.get(&format!("{USERS}/elev002@exempel.se"));
}
