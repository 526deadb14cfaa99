//! Lists: RFC 7644 §3.4.2 and §3.4.3.

use serde_json::{Value, json};

use super::{ENTERPRISE, Provider, USER, group, refused, user};

/// Three users and a group of the first two.
fn filled() -> (Provider, [String; 3]) {
    let mut provider = Provider::start();
    let ids = [1, 2, 3].map(|number: u32| {
        let mut body = user(&format!("elev{number}@example.com"));
        body["externalId"] = json!(format!("E{number}"));
        body["name"] = json!({ "familyName": format!("Exempel{number}"), "givenName": "Elev" });
        body["active"] = json!(number != 3);
        if number == 1 {
            body["emails"] = json!([
                { "value": "elev1@example.com", "type": "work", "primary": true },
                { "value": "hemma@example.org", "type": "home" },
            ]);
            body["schemas"] = json!([USER, ENTERPRISE]);
            body[ENTERPRISE] = json!({ "employeeNumber": "7", "manager": { "value": "m1" } });
        }
        provider.create("Users", &body)
    });
    provider.create("Groups", &group("7A", &[&ids[0], &ids[1]]));
    (provider, ids)
}

fn encoded(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|it| format!("%{it:02X}")).collect();
    bytes.concat()
}

/// The numbers of the users that a filter finds.
fn found(provider: &mut Provider, filter: &str) -> String {
    let list = provider.get(&format!("/Users?filter={}", encoded(filter)));
    let resources = list["Resources"].as_array().cloned().unwrap_or_default();
    let number = |it: &Value| it["externalId"].as_str().unwrap()[1..].to_owned();
    let mut numbers: Vec<String> = resources.iter().map(number).collect();
    numbers.sort();
    assert_eq!(list["totalResults"], numbers.len());
    numbers.concat()
}

#[test]
fn filters() {
    let (mut provider, ids) = filled();
    let by_id = format!("id eq \"{}\"", ids[1]);
    let by_urn = format!("{USER}:userName sw \"elev2\"");
    let extension = format!("{ENTERPRISE}:employeeNumber eq \"7\"");
    let manager = format!("{ENTERPRISE}:manager.value eq \"m1\"");
    #[rustfmt::skip]
    let table: &[(&str, &str)] = &[
        // filter                                                    finds
        (r#"userName eq "elev1@example.com""#,                       "1"),
        (r#"userName eq "ELEV1@EXAMPLE.COM""#,                       "1"),
        (r#"USERNAME Eq "elev1@example.com""#,                       "1"),
        (r#"externalId eq "E2""#,                                    "2"),
        (r#"externalId eq "e2""#,                                    ""),
        (&by_id,                                                     "2"),
        (r#"userName ne "elev1@example.com""#,                       "23"),
        (r#"name.familyName co "pel3""#,                             "3"),
        (r#"userName sw "elev""#,                                    "123"),
        (r#"userName ew "2@example.com""#,                           "2"),
        (r#"name.familyName gt "Exempel1""#,                         "23"),
        (r#"name.familyName le "Exempel2""#,                         "12"),
        ("active eq true",                                           "12"),
        ("active eq false",                                          "3"),
        ("emails pr",                                                "1"),
        ("not (emails pr)",                                          "23"),
        ("nickName pr",                                              ""),
        ("nickName eq null",                                         "123"),
        (r#"emails co "example.org""#,                               "1"),
        (r#"emails.type eq "home""#,                                 "1"),
        (r#"emails[type eq "work" and value co "@example.com"]"#,    "1"),
        (r#"emails[type eq "work" and value co "@example.org"]"#,    ""),
        (r#"userName eq "elev1@example.com" or externalId eq "E3""#, "13"),
        (r#"active eq true and userName sw "elev2""#,                "2"),
        (r#"externalId eq "E1" and active eq false"#,                ""),
        (r#"externalId eq "E1" or externalId eq "E2" and active eq false"#,   "1"),
        (r#"(externalId eq "E1" or externalId eq "E3") and active eq false"#, "3"),
        (r#"meta.resourceType eq "User""#,                           "123"),
        (r#"meta.lastModified gt "2020-01-01T00:00:00Z""#,           "123"),
        (&by_urn,                                                    "2"),
        (&extension,                                                 "1"),
        (&manager,                                                   "1"),
    ];
    for (filter, finds) in table {
        assert_eq!(found(&mut provider, filter), *finds, "{filter}");
    }
}

#[test]
fn filters_that_are_none() {
    let (mut provider, _) = filled();
    let deep = "(".repeat(100) + "active eq true" + &")".repeat(100);
    for filter in [
        "userName",
        "userName eq",
        "userName eq elev1",
        "userName is \"x\"",
        "userName eq \"x\" and",
        "(userName eq \"x\"",
        "userName eq \"x\")",
        "emails[type eq \"work\"",
        "emails[colour eq \"red\"]",
        "colour eq \"red\"",
        "userName eq [1]",
        &deep,
    ] {
        let path = format!("/Users?filter={}", encoded(filter));
        let answer = provider.ask("GET", &path, &Value::Null);
        assert_eq!(refused(&answer), (400, "invalidFilter".to_owned()), "{filter}");
    }
}

#[test]
fn groups_are_found_by_member() {
    let (mut provider, ids) = filled();
    for (number, many) in [(0, 1), (1, 1), (2, 0)] {
        for filter in ["members.value eq", "members eq"] {
            let filter = encoded(&format!("{filter} \"{}\"", ids[number]));
            let list = provider.get(&format!("/Groups?filter={filter}"));
            assert_eq!(list["totalResults"], many, "{number}");
        }
    }
    let both = encoded(&format!("members[value eq \"{}\"]", ids[0]));
    assert_eq!(provider.get(&format!("/Groups?filter={both}"))["totalResults"], 1);
}

/// §3.4.2.4.
#[test]
fn pages() {
    let mut provider = Provider::start();
    (0..150).for_each(|it| _ = provider.user(&format!("elev{it}@example.com")));
    #[rustfmt::skip]
    let table: &[(&str, u64, usize)] = &[
        // query                     startIndex  items
        ("",                         1,          100),
        ("?count=10",                1,          10),
        ("?startIndex=101",          101,        50),
        ("?startIndex=141&count=20", 141,        10),
        ("?startIndex=151",          151,        0),
        ("?startIndex=0&count=2",    1,          2),
        ("?startIndex=-5&count=2",   1,          2),
        ("?count=0",                 1,          0),
        ("?count=-3",                1,          0),
        ("?count=100000",            1,          150),
    ];
    for (query, start, items) in table {
        let list = provider.get(&format!("/Users{query}"));
        assert_eq!(list["totalResults"], 150, "{query}");
        assert_eq!(list["startIndex"], *start, "{query}");
        assert_eq!(list["itemsPerPage"], *items, "{query}");
        assert_eq!(list["Resources"].as_array().map_or(0, Vec::len), *items, "{query}");
    }
    let mut seen: Vec<String> = Vec::new();
    for start in [1, 61, 121] {
        let list = provider.get(&format!("/Users?startIndex={start}&count=60"));
        let ids = list["Resources"].as_array().unwrap().iter();
        seen.extend(ids.map(|it| it["id"].as_str().unwrap().to_owned()));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 150, "each once");
    let answer = provider.ask("GET", "/Users?count=many", &Value::Null);
    assert_eq!(refused(&answer), (400, "invalidValue".to_owned()));
}

/// §3.4.2.5: `id` is always there.
#[test]
fn attributes_that_are_wished_for() {
    let (mut provider, ids) = filled();
    let path = format!("/Users/{}", ids[0]);
    let extension = format!("attributes={ENTERPRISE}:employeeNumber");
    let whole = format!("attributes={ENTERPRISE}");
    let without =
        format!("excludedAttributes={ENTERPRISE}:manager,meta,name,emails,active,externalId");
    #[rustfmt::skip]
    let table: &[(&str, Value)] = &[
        ("attributes=userName",                       json!({ "userName": "elev1@example.com" })),
        ("attributes=USERNAME,active",                json!({ "userName": "elev1@example.com", "active": true })),
        ("attributes=name.givenName",                 json!({ "name": { "givenName": "Elev" } })),
        ("attributes=emails.type",                    json!({ "emails": [{ "type": "work" }, { "type": "home" }] })),
        ("attributes=emails.type,emails.value",       json!({ "emails": [
            { "type": "work", "value": "elev1@example.com" }, { "type": "home", "value": "hemma@example.org" },
        ] })),
        ("attributes=colour",                         json!({})),
        (&extension,                                  json!({ ENTERPRISE: { "employeeNumber": "7" } })),
        (&whole,                                      json!({ ENTERPRISE: { "employeeNumber": "7", "manager": { "value": "m1" } } })),
        (&without,                                    json!({ "userName": "elev1@example.com", ENTERPRISE: { "employeeNumber": "7" } })),
    ];
    for (query, expected) in table {
        let mut expected = expected.clone();
        expected["id"] = json!(ids[0]);
        expected["schemas"] = json!([USER, ENTERPRISE]);
        assert_eq!(provider.get(&format!("{path}?{query}")), expected, "{query}");
        let filter = encoded(&format!("id eq \"{}\"", ids[0]));
        let list = provider.get(&format!("/Users?{query}&filter={filter}"));
        assert_eq!(list["Resources"][0], expected, "{query} in a list");
    }
    let shown = provider.get(&format!("{path}?excludedAttributes=id,userName,name.givenName"));
    assert_eq!(shown["id"], json!(ids[0]));
    assert_eq!(shown.get("userName"), None);
    assert_eq!(shown["name"], json!({ "familyName": "Exempel1" }));
}

/// §3.4.3: the same by POST, over one type or all.
#[test]
fn searches() {
    let (mut provider, ids) = filled();
    let search = |filter: &str| {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
            "filter": filter, "attributes": ["id"], "startIndex": 1, "count": 10,
        })
    };
    let member = format!("members.value eq \"{}\"", ids[0]);
    #[rustfmt::skip]
    let table: &[(&str, Value, u16, u64)] = &[
        ("/Users/.search", search("userName sw \"elev\""), 200, 3),
        ("/.search",       search("meta.version pr"),      200, 4),
        ("/.search",       search(&member),                200, 1),
        ("/.search",       search("colour pr"),            200, 0),
        ("/Users/.search", search("colour pr"),            400, 0),
        ("/Users/.search", json!({}),                      400, 0),
        ("/Pupils/.search", search("id pr"),               404, 0),
    ];
    for (path, body, status, many) in table {
        let answer = provider.ask("POST", path, body);
        assert_eq!(answer.status, *status, "{path} {body}");
        assert_eq!(answer.json()["totalResults"].as_u64().unwrap_or(0), *many, "{path} {body}");
    }
    assert_eq!(provider.get("")["totalResults"], 4, "the root lists all");
}
