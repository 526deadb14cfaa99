//! The order that a reader asks for.

use generate::Day;

use super::kind::Kind;
use super::world::{Org, Shelf, World};

/// What objects are compared by; what has no value comes last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Text(String),
    Day(Day),
    Number(i64),
    Missing,
}

/// Sorts places on the shelf; equals stay as they lie.
pub(super) fn sort(world: &World, kind: Kind, shelf: &Shelf, found: &mut [u32], key: &str) {
    if key == "ModifiedDesc" {
        found.sort_by_key(|at| {
            std::cmp::Reverse(shelf.modified.get(*at as usize).copied().unwrap_or(0))
        });
        return;
    }
    let of = |at: &u32| {
        shelf.rows.get(*at as usize).map_or(Key::Missing, |row| value(world, kind, *row, key))
    };
    if key.ends_with("Desc") {
        found.sort_by_cached_key(|at| std::cmp::Reverse(of(at)));
    } else {
        found.sort_by_cached_key(of);
    }
}

fn value(world: &World, kind: Kind, row: u32, key: &str) -> Key {
    let town = &world.town;
    let at = row as usize;
    let field = key.trim_end_matches("Asc").trim_end_matches("Desc");
    let found = match (kind, field) {
        (Kind::Organisation, _) => Some(Key::Text(world.organisation_name(Org::of_row(row)))),
        (Kind::Person, field) => town.persons.get(at).map(|it| {
            let it = &it.person;
            Key::Text(match field {
                "GivenName" => it.given_name.clone(),
                "FamilyName" => it.family_name.clone(),
                "CivicNo" => it.identity_number.clone(),
                _ => format!("{} {}", it.given_name, it.family_name),
            })
        }),
        (Kind::Duty, _) => town.duties.get(at).map(|it| Key::Day(it.validity.start)),
        (Kind::Group, "DisplayName") => Some(Key::Text(world.group_name(row))),
        (Kind::Group, "EndDate") => {
            town.groups.get(at).and_then(|it| it.validity.end).map(Key::Day)
        }
        (Kind::Group, _) => town.groups.get(at).map(|it| Key::Day(it.validity.start)),
        (Kind::Activity, _) => Some(Key::Text(world.activity_name(row))),
        (Kind::Syllabus, field) => world.links.courses.get(at).map(|it| {
            Key::Text(if field.ends_with("Name") { it.name.clone() } else { it.code.clone() })
        }),
        (_, _) => Some(Key::Number(i64::from(row))),
    };
    found.unwrap_or(Key::Missing)
}
