use serde_json::{Value, json};

use super::{GROUPS, Tenant, USERS};

/// Thirty users from `elev000`, every third suspended, half of them in a class.
fn thirty() -> Tenant {
    let tenant = Tenant::new();
    let users: Vec<Value> = (0..30)
        .map(|it| {
            json!({
                "primaryEmail": format!("elev{it:03}@exempel.se"),
                "name": { "givenName": format!("G{it:03}"), "familyName": format!("F{:03}", 99 - it) },
                "orgUnitPath": if it % 2 == 0 { "/Elever/7A" } else { "/Personal" },
                "suspended": it % 3 == 0,
                "externalIds": [{ "type": "account", "value": format!("p{it}") }],
            })
        })
        .collect();
    tenant.fill(&json!({ "users": users }));
    tenant
}

fn paged(tenant: &mut Tenant, path: &str, name: &str, key: &str) -> (Vec<String>, usize) {
    let (mut found, mut pages, mut token) = (Vec::new(), 0, String::new());
    loop {
        let page = tenant.get(&format!("{path}{token}"));
        pages += 1;
        let items = page[name].as_array().cloned().unwrap_or_default();
        found.extend(items.iter().map(|it| it[key].as_str().unwrap().to_owned()));
        let Some(next) = page["nextPageToken"].as_str() else { return (found, pages) };
        token = format!("&pageToken={next}");
    }
}

/// google.md §1.1: in order of address, page by page.
#[test]
fn pages_follow_each_other_in_the_order_of_addresses() {
    let mut tenant = thirty();
    let list = format!("{USERS}?customer=my_customer&maxResults=7");
    let (addresses, pages) = paged(&mut tenant, &list, "users", "primaryEmail");
    assert_eq!((addresses.len(), pages), (31, 5));
    assert!(addresses.is_sorted(), "{addresses:?}");
    let (mut backwards, _) = paged(
        &mut tenant,
        &format!("{list}&orderBy=email&sortOrder=DESCENDING"),
        "users",
        "primaryEmail",
    );
    backwards.reverse();
    assert_eq!(backwards, addresses);
    let by_name =
        format!("{USERS}?domain=exempel.se&orderBy=familyName&maxResults=4&query=isAdmin=false");
    let (by_name, _) = paged(&mut tenant, &by_name, "users", "primaryEmail");
    assert_eq!(by_name.first().unwrap(), "elev029@exempel.se");
    // A token is for the same question, and no other.
    let next = tenant.get(&list)["nextPageToken"].as_str().unwrap().to_owned();
    let other = format!("{USERS}?domain=exempel.se&pageToken={next}");
    assert_eq!(tenant.refused("GET", &other, &Value::Null).0, 400);
    let more = tenant.get(&format!("{USERS}?customer=my_customer&maxResults=500&pageToken={next}"));
    assert_eq!(more["users"].as_array().unwrap().len(), 24, "another size is the same question");
}

/// google.md §1.1: `query`.
#[test]
fn a_query_finds_what_meets_every_clause() {
    let mut tenant = thirty();
    #[rustfmt::skip]
    let table = [
        // query                                            found
        ("isSuspended=true",                                10),
        ("isSuspended=false",                               21),
        ("orgUnitPath=/Elever",                             15),
        ("orgUnitPath='/Elever/7A'%20isSuspended=true",     5),
        ("email:elev00*",                                   10),
        ("email=elev007@exempel.se",                        1),
        ("externalId=p7",                                   1),
        ("externalId='p7'%20isSuspended=true",              0),
        ("givenName:G01*",                                  10),
        ("familyName='F099'",                               1),
        ("isAdmin=true",                                    1),
    ];
    for (query, found) in table {
        let path = format!("{USERS}?customer=my_customer&maxResults=4&query={query}");
        assert_eq!(paged(&mut tenant, &path, "users", "id").0.len(), found, "{query}");
    }
    #[rustfmt::skip]
    let wrong = [
        ("customer=my_customer&query=orgUnitPath=/Nej",  400, "Invalid Input: INVALID_OU_ID"),
        ("customer=my_customer&query=shoeSize=42",       400, "Invalid Input: query"),
        ("customer=my_customer&query=email",             400, "Invalid Input: query"),
        ("customer=C123",                                400, "Invalid Customer Id"),
        ("domain=annan.se",                              404, "Domain not found."),
        ("maxResults=10",                                400, "Bad Request"),
        ("customer=my_customer&maxResults=501",          400, "Invalid value '501'. Values must be within the range: [1, 500]"),
        ("customer=my_customer&maxResults=many",         400, "Invalid value at 'max_results' (TYPE_INT32), \"many\""),
        ("customer=my_customer&orderBy=age",             400, "Invalid value at 'order_by' (TYPE_ENUM), \"age\""),
        ("customer=my_customer&pageToken=abc",           400, "Invalid Input: pageToken"),
        ("customer=my_customer&fields=users(",           400, "Invalid field selection users("),
    ];
    for (query, status, message) in wrong {
        let said = tenant.refused("GET", &format!("{USERS}?{query}"), &Value::Null);
        assert_eq!((said.0, said.1.as_str()), (status, message), "{query}");
    }
}

/// google.md §1.5: partial answers.
#[test]
fn a_mask_leaves_what_is_asked_for() {
    let mut tenant = thirty();
    let path = format!(
        "{USERS}?customer=my_customer&maxResults=2&fields=nextPageToken,users(id,name/givenName)"
    );
    let page = tenant.get(&path);
    let names: Vec<&String> = page.as_object().unwrap().keys().collect();
    assert_eq!(names, ["users", "nextPageToken"]);
    let user = page["users"][1].as_object().unwrap();
    assert_eq!(user.keys().collect::<Vec<_>>(), ["id", "name"]);
    assert_eq!(user["name"], json!({ "givenName": "G000" }));
    let quiet =
        tenant.done("POST", &format!("{GROUPS}?fields="), &json!({ "email": "g@exempel.se" }));
    assert_eq!(quiet, json!({}), "an empty mask leaves nothing");
}
