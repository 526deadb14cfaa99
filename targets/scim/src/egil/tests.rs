use roster::Key;
use serde_json::{Value as Json, json};
use state::{Card, Member, Object, ObjectRef, Row, RowRef, Value};

use super::card::*;
use super::{map, wire};

fn key(number: u8) -> Key {
    Key::from_bytes([number; 16])
}

fn id(kind: state::Kind, number: u8) -> ObjectRef {
    ObjectRef { kind, key: key(number) }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn object(kind: state::Kind, number: u8, values: Vec<Value>) -> Row {
    Row::Object(Object { id: id(kind, number), values, schools: vec![] })
}

fn member(
    kind: state::Kind,
    container: ObjectRef,
    member: ObjectRef,
    role: &str,
    values: Vec<Value>,
) -> Row {
    Row::Member(Member { kind, container, member, role: role.to_owned(), values, schools: vec![] })
}

fn named(object: ObjectRef) -> String {
    object.key.to_string()
}

/// Every type with all that it can hold, and the body that it becomes.
fn bodies() -> Vec<(Vec<Row>, Json)> {
    let (school, pupil, group, employment, activity) =
        (id(SCHOOL_UNIT, 3), id(USER, 4), id(STUDENT_GROUP, 6), id(EMPLOYMENT, 5), id(ACTIVITY, 6));
    let of = |object: ObjectRef| key(object.key.as_bytes()[0]).to_string();
    let reference = |endpoint: &str, object: ObjectRef| json!({ "value": of(object), "$ref": format!("{endpoint}/{}", of(object)) });
    let urn = |name: &str| format!("urn:scim:schemas:extension:sis:school:1.0:{name}");
    vec![
        (
            vec![object(
                SCHOOL_UNIT,
                3,
                vec![
                    text("Ekskolan"),
                    text("99999901"),
                    Value::Ref(id(ORGANISATION, 1)),
                    Value::Ref(id(SCHOOL_UNIT_GROUP, 2)),
                    text("0180"),
                ],
            )],
            json!({
                "schemas": [urn("SchoolUnit")], "externalId": of(school), "displayName": "Ekskolan",
                "schoolUnitCode": "99999901",
                "organisation": reference("Organisations", id(ORGANISATION, 1)),
                "schoolUnitGroup": reference("SchoolUnitGroups", id(SCHOOL_UNIT_GROUP, 2)),
                "municipalityCode": "0180",
            }),
        ),
        (
            vec![
                object(
                    USER,
                    4,
                    vec![
                        text("kim@x.se"),
                        text("Kim"),
                        text("Ek"),
                        text("Kim Ek"),
                        text("kim@x.se"),
                    ],
                ),
                member(
                    ENROLMENT,
                    school,
                    pupil,
                    "student",
                    vec![text("7"), text("GR"), Value::None],
                ),
            ],
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", urn("User")],
                "externalId": of(pupil), "userName": "kim@x.se",
                "name": { "givenName": "Kim", "familyName": "Ek" }, "displayName": "Kim Ek",
                "emails": [{ "value": "kim@x.se", "type": "work" }],
                urn("User"): { "enrolments": [{
                    "value": of(school), "$ref": format!("SchoolUnits/{}", of(school)),
                    "schoolYear": 7, "schoolType": "GR",
                }] },
            }),
        ),
        (
            vec![object(
                EMPLOYMENT,
                5,
                vec![Value::Ref(school), Value::Ref(pupil), text("Lärare"), Value::None],
            )],
            json!({
                "schemas": [urn("Employment")], "externalId": of(employment),
                "employedAt": reference("SchoolUnits", school), "user": reference("Users", pupil),
                "employmentRole": "Lärare",
            }),
        ),
        (
            // Members stand before the group: rows are in the order of members.
            vec![
                member(STUDENT, group, pupil, "student", vec![]),
                object(
                    STUDENT_GROUP,
                    6,
                    vec![text("7A"), Value::Ref(school), text("Klass"), text("GR")],
                ),
            ],
            json!({
                "schemas": [urn("StudentGroup")], "externalId": of(group), "displayName": "7A",
                "owner": reference("SchoolUnits", school), "studentGroupType": "Klass",
                "schoolType": "GR", "studentMemberships": [reference("Users", pupil)],
            }),
        ),
        (
            vec![
                member(TEACHER, activity, employment, "teacher", vec![]),
                object(ACTIVITY, 6, vec![text("7A"), Value::Ref(school), Value::Ref(group)]),
            ],
            json!({
                "schemas": [urn("Activity")], "externalId": of(activity), "displayName": "7A",
                "owner": reference("SchoolUnits", school), "groups": [reference("StudentGroups", group)],
                "teachers": [reference("Employments", employment)],
            }),
        ),
    ]
}

/// Targets.md §4.1: the bodies of the types; and what is read back is what was sent.
#[test]
fn rows_become_bodies_and_bodies_rows() {
    for (rows, body) in bodies() {
        let encoded: Vec<Vec<u8>> = rows.iter().map(Row::encoded).collect();
        assert_eq!(map::body(&encoded, &named, &named).unwrap().unwrap(), body);
        let owner = rows.iter().find_map(|row| match row {
            Row::Object(it) => Some(it.id),
            Row::Member(_) | Row::Mark { .. } => None,
        });
        let (owner, kind) = (owner.unwrap(), wire::of(owner.unwrap().kind).unwrap());
        let known = |kind, id: &str| ObjectRef { kind, key: map::key_of(id) };
        let mut back = map::rows(kind, owner, &body, &known);
        back.sort_by_key(|row| RowRef::new(&row.encoded()).unwrap().id.to_vec());
        assert_eq!(back, rows);
    }
}

/// What the receiver adds of its own, or leaves empty, is no difference.
#[test]
fn what_the_receiver_adds_is_no_difference() {
    let (rows, mut body) = bodies().remove(1);
    body["id"] = json!("its-own");
    body["meta"] = json!({ "version": "7" });
    body["nickName"] = json!("Kimmen");
    body["emails"][0]["primary"] = json!(true);
    body["userType"] = json!("");
    let kind = wire::of(USER).unwrap();
    let known = |kind, id: &str| ObjectRef { kind, key: map::key_of(id) };
    assert_eq!(map::rows(kind, id(USER, 4), &body, &known), rows);
}

/// Invariant 3: an id that is none of ours never becomes one of ours.
#[test]
fn a_foreign_id_has_a_key_of_its_own() {
    let ours = key(7).to_string();
    assert_eq!(map::key_of(&ours), key(7));
    let foreign = map::key_of("elev-4711");
    assert_eq!(foreign, map::key_of("elev-4711"));
    assert_ne!(foreign, map::key_of("elev-4712"));
    assert_eq!(foreign.as_bytes()[6] >> 4, 8, "a UUID of version 8");
}

/// Each attribute of the card stands somewhere in the body, in the card's order.
#[test]
fn the_table_of_types_fits_the_card() {
    let card: &Card = &CARD;
    for (kind, declared) in wire::TYPES.iter().zip(card.objects) {
        assert_eq!(kind.places.len(), declared.attributes.len(), "{}", declared.name);
    }
}

/// K159–K168: the profile names each datum that it sends, and leaves the rest of the card out.
#[test]
fn the_profile_skolsynk_covers_the_card() {
    let left: Vec<_> = super::left_out().collect();
    assert_eq!(
        left,
        [
            ("schoolUnit", "municipalityCode"),
            ("employment", "signature"),
            ("studentGroup", "studentGroupType"),
            ("studentGroup", "schoolType"),
            ("enrolment", "schoolYear"),
            ("enrolment", "schoolType"),
            ("enrolment", "programCode"),
        ]
    );
    assert!(super::SKOLSYNK.iter().all(|sent| {
        let kind = CARD.object_named(sent.kind).and_then(|kind| CARD.object(kind));
        kind.is_some_and(|kind| kind.attributes.iter().any(|it| it.name == sent.attribute))
    }));
}
