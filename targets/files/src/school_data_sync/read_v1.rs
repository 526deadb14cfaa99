//! The files of v1 read back: what they do not tell (roles beside the first, types of terms)
//! is named, so that nothing is taken for a change.

use std::collections::{BTreeMap, BTreeSet};

use roster::Key;
use state::{Kind, ObjectRef, Value};

use super::card::{CLASS, COURSE, ORG, ROLE, SESSION, USER};
use super::map::at;
use super::read_back::{DeliveredSet, ReadError, Untold, text};
use super::table_v1 as table;

/// Reads the set; returns what it does not tell.
pub(super) fn read(set: &mut DeliveredSet<'_>) -> Result<Untold, ReadError> {
    set.lines(&table::SCHOOL, |out, line| {
        let id = line.key(0)?;
        let values = vec![line.text(1), text("school"), Value::None];
        out.object(ORG, id, values, &BTreeSet::from([id]))
    })?;
    sections(set)?;
    let mut users = BTreeSet::new();
    set.lines(&table::STUDENT, |out, line| {
        let (id, school) = (line.key(0)?, line.key(1)?);
        users.insert(id);
        let mut values = vec![Value::None; 11];
        let told = [
            (at::USERNAME, 2),
            (at::GIVEN_NAME, 3),
            (at::FAMILY_NAME, 4),
            (at::EMAIL, 7),
            (at::USER_NUMBER, 8),
        ];
        for (to, from) in told {
            values[to] = line.text(from);
        }
        values[at::BIRTH_DATE] = line.date(12);
        out.object(USER, id, values, &BTreeSet::new())?;
        let values = vec![Value::None, line.text(10), Value::None, Value::None, Value::None];
        out.role(school, id, "student", values, vec![school])
    })?;
    set.lines(&table::TEACHER, |out, line| {
        let (id, school) = (line.key(0)?, line.key(1)?);
        if users.insert(id) {
            let mut values = vec![Value::None; 11];
            let told = [
                (at::USERNAME, 2),
                (at::GIVEN_NAME, 3),
                (at::FAMILY_NAME, 4),
                (at::USER_NUMBER, 7),
                (at::EMAIL, 10),
            ];
            for (to, from) in told {
                values[to] = line.text(from);
            }
            out.object(USER, id, values, &BTreeSet::new())?;
        }
        out.role(school, id, "teacher", vec![Value::None; 5], vec![school])
    })?;
    set.lines(&table::STUDENT_ENROLLMENT, |out, line| {
        out.place(line.key(0)?, line.key(1)?, "student")
    })?;
    set.lines(&table::TEACHER_ROSTER, |out, line| {
        out.place(line.key(0)?, line.key(1)?, "teacher")
    })?;
    contacts(set, &users)?;
    Ok(Untold { attributes: untold(), partly: vec![ROLE] })
}

/// Classes, with the terms and courses that stand in their lines.
fn sections(set: &mut DeliveredSet<'_>) -> Result<(), ReadError> {
    let mut seen = BTreeSet::new();
    set.lines(&table::SECTION, |out, line| {
        let (id, school) = (line.key(0)?, line.key(1)?);
        let at = BTreeSet::from([school]);
        let org = || Value::Ref(ObjectRef { kind: ORG, key: school });
        let (session, course) = (line.references(4, SESSION)?, line.reference(8, COURSE)?);
        if let [session] = session.refs()
            && seen.insert(*session)
        {
            let dates = [line.date(6), line.date(7)];
            let mut values = vec![line.text(5), Value::None, Value::None];
            values.extend(dates);
            out.object(SESSION, session.key, values, &BTreeSet::new())?;
        }
        if let [course] = course.refs()
            && seen.insert(*course)
        {
            let values =
                vec![org(), line.text(9), line.text(10), line.text(12), Value::None, Value::None];
            out.object(COURSE, course.key, values, &at)?;
        }
        out.object(CLASS, id, vec![org(), line.text(2), session, course, line.text(3)], &at)
    })
}

fn contacts(set: &mut DeliveredSet<'_>, users: &BTreeSet<Key>) -> Result<(), ReadError> {
    let mut by_address = BTreeMap::new();
    set.lines(&table::USER, |out, line| {
        let id = line.key(4)?;
        by_address.insert(line.cell(0).to_owned(), id);
        if users.contains(&id) {
            return Ok(());
        }
        let mut values = vec![Value::None; 11];
        let told = [
            (at::USERNAME, 0),
            (at::EMAIL, 0),
            (at::GIVEN_NAME, 1),
            (at::FAMILY_NAME, 2),
            (at::PHONE, 3),
        ];
        for (to, from) in told {
            values[to] = line.text(from);
        }
        out.object(USER, id, values, &BTreeSet::new())
    })?;
    set.lines(&table::GUARDIAN, |out, line| {
        let Some(contact) = by_address.get(line.cell(1)) else { return Ok(()) };
        out.contact(line.key(0)?, *contact, &line.cell(2).to_ascii_lowercase())
    })
}

fn untold() -> Vec<(Kind, usize)> {
    let of = |kind: Kind, attributes: &[usize]| -> Vec<_> {
        attributes.iter().map(|&attribute| (kind, attribute)).collect()
    };
    [
        of(ORG, &[at::ORG_PARENT]),
        of(SESSION, &[at::SESSION_TITLE + 1, at::SESSION_TITLE + 2]),
        of(COURSE, &[at::COURSE_GRADE, at::COURSE_YEAR]),
        of(CLASS, &[at::CLASS_SESSIONS, at::CLASS_COURSE]),
        of(USER, &[at::MATCH_ID, at::PHONE, at::SMS, at::SEX, at::BIRTH_DATE, at::FLAGS]),
    ]
    .concat()
}
