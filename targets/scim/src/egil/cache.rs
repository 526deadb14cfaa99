//! The memory of EgilSCIM: what it has sent to a receiver, so that a municipality can change
//! to us without sending all of it again (reference/peers.md §2.1 and §6 no 6).
//!
//! A file is a number that marks it, a version, how many objects there are, and then for each
//! its id, its type and its JSON, each with its length before it; whole numbers are of eight
//! bytes, the lowest first (Sambruk/EgilSCIM baae135, read 2026-11-28).

use std::io::{self, Read};

use serde_json::Value as Json;
use state::{Kind, ObjectRef, Row};

use super::card;
use super::map;
use super::wire;

const MARK: u64 = 0xFFEE_DDCC_FEDC_FEDC;
const VERSION: u8 = 1;

/// No id, type or object is longer; a longer one is a damaged file.
const LONGEST: u64 = 16 << 20;

/// Why a memory cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub(super) enum CacheError {
    /// Another kind of file, or a later version.
    #[error(
        "it is not a cache file of EgilSCIM, version 1: name the file that its setting cache-file names"
    )]
    Form,
    /// It ends too early, or a length is impossible.
    #[error("object {object} is cut off: copy the file again while EgilSCIM is not running")]
    Cut {
        /// Its number in the file, from 1.
        object: u64,
    },
    /// Reading failed.
    #[error(transparent)]
    Io(io::Error),
    /// Who takes the rows will have no more of them.
    #[error("a row could not be kept")]
    Rows(#[source] roster::SpoolError),
}

/// The kind of a type of EgilSCIM's.
fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "Organisation" => card::ORGANISATION,
        "SchoolUnitGroup" => card::SCHOOL_UNIT_GROUP,
        "SchoolUnit" => card::SCHOOL_UNIT,
        "Student" | "Teacher" | "User" => card::USER,
        "Employment" => card::EMPLOYMENT,
        "StudentGroup" => card::STUDENT_GROUP,
        "Activity" => card::ACTIVITY,
        _ => return None,
    })
}

/// Hands the rows of every object to `push`. An object that EgilSCIM could not create or
/// change stands there without its values, and so it is sent again.
pub(super) fn read(file: &mut dyn Read, push: state::PushRow<'_>) -> Result<u64, CacheError> {
    let mut head = [0; 9];
    file.read_exact(&mut head).map_err(|error| early(error, CacheError::Form))?;
    let (mark, version) = head.split_at(8);
    if mark != MARK.to_le_bytes() || version != [VERSION] {
        return Err(CacheError::Form);
    }
    let count = number(file, 0)?;
    let known = |kind: Kind, id: &str| ObjectRef { kind, key: map::key_of(id) };
    let mut row = Vec::new();
    for object in 1..=count {
        let [id, name, json] = [text(file, object)?, text(file, object)?, text(file, object)?];
        let Some(kind) = kind(&name).and_then(wire::of) else { continue };
        let key = map::key_of(&id);
        let body: Json = serde_json::from_str(&json).unwrap_or(Json::Null);
        for told in map::rows(kind, ObjectRef { kind: kind.kind, key }, &body, &known) {
            row.clear();
            Row::encode(&told, &mut row);
            push(&row).map_err(CacheError::Rows)?;
        }
    }
    Ok(count)
}

fn number(file: &mut dyn Read, object: u64) -> Result<u64, CacheError> {
    let mut bytes = [0; 8];
    file.read_exact(&mut bytes).map_err(|error| early(error, CacheError::Cut { object }))?;
    Ok(u64::from_le_bytes(bytes))
}

fn text(file: &mut dyn Read, object: u64) -> Result<String, CacheError> {
    let length = number(file, object)?;
    if length > LONGEST {
        return Err(CacheError::Cut { object });
    }
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(CacheError::Io)?;
    if bytes.len() as u64 != length {
        return Err(CacheError::Cut { object });
    }
    String::from_utf8(bytes).map_err(|_| CacheError::Cut { object })
}

fn early(error: io::Error, cut: CacheError) -> CacheError {
    if error.kind() == io::ErrorKind::UnexpectedEof { cut } else { CacheError::Io(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(objects: &[(&str, &str, &str)]) -> Vec<u8> {
        let mut file = MARK.to_le_bytes().to_vec();
        file.push(VERSION);
        file.extend((objects.len() as u64).to_le_bytes());
        for text in objects.iter().flat_map(|(id, name, json)| [id, name, json]) {
            file.extend((text.len() as u64).to_le_bytes());
            file.extend(text.as_bytes());
        }
        file
    }

    fn rows(file: &[u8]) -> Result<Vec<Row>, CacheError> {
        let mut rows = Vec::new();
        read(&mut &file[..], &mut |row| {
            rows.push(state::RowRef::new(row).unwrap().decode().unwrap());
            Ok(())
        })?;
        Ok(rows)
    }

    const SCHOOL: &str = "1c1d9c0a-6f0e-4a55-9d5b-8a62b5d8a001";
    const PUPIL: &str = "1c1d9c0a-6f0e-4a55-9d5b-8a62b5d8a002";

    /// Peers.md §6 no 6: what EgilSCIM has sent is what we have sent.
    #[test]
    fn its_objects_become_our_rows() {
        let pupil = format!(
            r#"{{"externalId":"{PUPIL}","userName":"kim@example.org","displayName":"Kim Ek",
            "name":{{"familyName":"Ek","givenName":"Kim"}},
            "urn:scim:schemas:extension:sis:school:1.0:User":{{"enrolments":[
            {{"value":"{SCHOOL}","$ref":"SchoolUnits/{SCHOOL}","schoolYear":7}}]}}}}"#
        );
        let school = format!(
            r#"{{"externalId":"{SCHOOL}","displayName":"Ekskolan","schoolUnitCode":"99999901"}}"#
        );
        let file = file(&[
            (SCHOOL, "SchoolUnit", &school),
            (PUPIL, "Student", &pupil),
            ("x", "Okänd", "{}"),
        ]);
        let rows = rows(&file).unwrap();
        assert_eq!(rows.len(), 3, "{rows:?}");
        let Row::Object(user) = &rows[1] else { panic!("{rows:?}") };
        assert_eq!(user.id.key.to_string(), PUPIL);
        assert_eq!(user.values[0].text(), Some("kim@example.org"));
        let Row::Member(enrolment) = &rows[2] else { panic!("{rows:?}") };
        assert_eq!(enrolment.container.key.to_string(), SCHOOL);
        assert_eq!(enrolment.values[0].text(), Some("7"));
    }

    #[test]
    fn another_file_or_one_that_is_cut_is_refused_with_its_place() {
        let whole = file(&[(SCHOOL, "SchoolUnit", "{}"), (PUPIL, "Student", "{}")]);
        assert!(matches!(rows(b"PK\x03\x04 a zip of something"), Err(CacheError::Form)));
        assert!(matches!(rows(b""), Err(CacheError::Form)));
        let mut later = whole.clone();
        later[8] = 2;
        assert!(matches!(rows(&later), Err(CacheError::Form)));
        for cut in 17..whole.len() {
            assert!(matches!(rows(&whole[..cut]), Err(CacheError::Cut { .. })), "cut at {cut}");
        }
        let mut endless = whole;
        endless[17..25].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(matches!(rows(&endless), Err(CacheError::Cut { object: 1 })));
    }
}
