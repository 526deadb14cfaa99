use super::*;

fn object(kind: u8, key: u8) -> ObjectRef {
    ObjectRef { kind: Kind(kind), key: Key::from_bytes([key; 16]) }
}

fn rows() -> Vec<Row> {
    let school = Key::from_bytes([9; 16]);
    let user = Object {
        id: object(4, 1),
        values: vec![
            Value::Text("åsa".to_owned()),
            Value::None,
            Value::Ref(object(0, 9)),
            Value::Refs(vec![object(1, 1), object(1, 2)]),
        ],
        schools: vec![school],
    };
    let member = Member {
        kind: Kind(1),
        container: object(3, 7),
        member: object(4, 1),
        role: "student".to_owned(),
        values: vec![Value::Text("05".to_owned())],
        schools: vec![school, Key::from_bytes([10; 16])],
    };
    let date = Date::new(2026, 6, 12).ok();
    vec![
        Row::Object(user),
        Row::Member(member),
        Row::Mark { id: object(4, 3), mark: Mark::Withheld(Reason::DuplicateUsername) },
        Row::Mark { id: object(4, 4), mark: Mark::Left { reason: Reason::Ended, end: date } },
    ]
}

#[test]
fn a_row_is_read_back_as_it_was_written() {
    for row in rows() {
        assert_eq!(RowRef::new(&row.encoded()).unwrap().decode(), Ok(row));
    }
}

#[test]
fn an_object_stands_before_its_memberships_and_those_before_the_next_object() {
    let rows = rows();
    let next = Row::Object(Object { id: object(4, 2), values: vec![], schools: vec![] });
    let encoded: Vec<_> = rows[..2].iter().chain([&next]).map(Row::encoded).collect();
    let ids: Vec<_> = encoded.iter().map(|row| RowRef::new(row).unwrap().id).collect();
    assert!(ids.is_sorted());
}

#[test]
fn a_cut_row_is_an_error_and_never_a_panic() {
    for row in rows() {
        let encoded = row.encoded();
        for end in 0..encoded.len() {
            let outcome = RowRef::new(&encoded[..end]).and_then(|row| row.decode());
            assert_ne!(outcome, Ok(row.clone()), "cut at {end}");
        }
    }
}
