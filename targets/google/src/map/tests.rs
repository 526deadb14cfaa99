use super::*;

const ID: &str = "018f5b2e-0000-8000-8000-000000000001";

fn values(row: Row) -> Vec<Option<String>> {
    let Row::Object(object) = row else { panic!("no object") };
    texts(&object)
}

fn key() -> Key {
    Key::parse_uuid(ID).unwrap()
}

/// What others keep there stays, whatever it is.
#[test]
fn foreign_ids_stay() {
    let seen = json!({ "externalIds": [
        { "type": "organization", "value": "4711" },
        { "type": "custom", "customType": "skolbro", "value": "old" },
        { "type": "custom", "customType": "other", "value": "7" },
    ]});
    let ids = user_ids(&seen, ID);
    assert_eq!(
        ids,
        json!([
            { "type": "organization", "value": "4711" },
            { "type": "custom", "customType": "other", "value": "7" },
            { "type": "custom", "customType": "skolbro", "value": ID },
        ])
    );
    assert_eq!(marked_user(&json!({ "externalIds": ids })), Some(key()));
    assert_eq!(marked_user(&seen), None, "an id that is none of ours");
    assert_eq!(marked_user(&json!({})), None);
    let ids = group_ids(&json!({ "externalIds": [{ "namespace": "ad", "id": "1" }] }), ID);
    assert_eq!(ids[0], json!({ "namespace": "ad", "id": "1" }));
    assert_eq!(marked_group(&json!({ "externalIds": ids })), Some(key()));
}

#[test]
fn a_group_can_bear_its_mark_in_its_description() {
    for text in ["", "Klass 7A", "Två\nrader"] {
        let line = with_line(text, ID);
        assert_eq!(without_line(&line), text);
        assert_eq!(with_line(&line, ID), line, "once only");
        assert_eq!(marked_group(&json!({ "description": line })), Some(key()));
        assert_eq!(marked_group(&json!({ "description": text })), None);
        let row =
            group(key(), &json!({ "email": "a@b.se", "name": "A", "description": line }), None);
        assert_eq!(values(row)[2].as_deref().unwrap_or_default(), text);
    }
}

#[test]
fn a_user_tells_what_it_is() {
    let seen = json!({
        "primaryEmail": "ada@skola.se", "orgUnitPath": "/Elever", "suspended": true, "isAdmin": false,
        "isDelegatedAdmin": true, "name": { "givenName": "Ada", "familyName": "L", "displayName": "Ada L" },
    });
    let told = values(user(key(), &seen));
    let told: Vec<_> = told.iter().map(Option::as_deref).collect();
    assert_eq!(
        told,
        [
            Some("ada@skola.se"),
            Some("Ada"),
            Some("L"),
            None,
            Some("/Elever"),
            Some("suspended"),
            Some("admin")
        ]
    );
    let plain =
        values(user(key(), &json!({ "primaryEmail": "x@y.se", "name": { "displayName": "X" } })));
    assert_eq!((plain[3].as_deref(), &plain[5], &plain[6]), (Some("X"), &None, &None));
}

#[test]
fn addresses_of_groups_are_short_where_the_tenant_has_a_domain() {
    let email = |domain| {
        let row = group(key(), &json!({ "email": "7a@Skola.se", "name": "7A" }), domain);
        values(row)[0].clone().unwrap()
    };
    assert_eq!(email(None), "7a@Skola.se");
    assert_eq!(email(Some("skola.se")), "7a");
    assert_eq!(email(Some("ola.se")), "7a@Skola.se");
    assert_eq!(address("7a", Some("skola.se")).as_deref(), Some("7a@skola.se"));
    assert_eq!(address("7a@x.se", Some("skola.se")).as_deref(), Some("7a@x.se"));
    assert_eq!(address("7a", None), None);
}

#[test]
fn keys_of_what_is_foreign_differ_by_kind() {
    assert_ne!(foreign_key(USER, "1"), foreign_key(GROUP, "1"));
    assert_eq!(foreign_key(USER, "1"), foreign_key(USER, "1"));
}
