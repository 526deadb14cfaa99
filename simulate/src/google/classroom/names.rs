//! Names of courses, which Google calls aliases: google.md §2.1.

use serde_json::{Value, json};

use super::courses::{list_of, size};
use super::{course_id, exists, missing, wrong};
use crate::google::asked::{Asked, Done};
use crate::google::directory::page;
use crate::google::refusal::Refusal;
use crate::google::world::World;

/// `d:…` for the domain or `p:…` for the project, at most 256 letters.
pub(super) fn fits(name: &str) -> Result<(), Refusal> {
    let own = name.strip_prefix("d:").or_else(|| name.strip_prefix("p:"));
    if own.is_some_and(|it| !it.is_empty()) && name.chars().count() <= 256 {
        return Ok(());
    }
    Err(wrong("Invalid alias."))
}

pub(in crate::google) fn create(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = course_id(world, asked, asked.part("courseId"))?;
    let name = asked.text("alias").ok_or_else(|| wrong("Alias is required."))?;
    fits(name)?;
    if world.course_names.contains_key(name) {
        return Err(exists());
    }
    world.course_names.insert(name.to_owned(), id);
    if let Some(course) = world.courses.get_mut(&id) {
        course.names.insert(name.to_owned());
    }
    Ok(Done::of(json!({ "alias": name })))
}

pub(in crate::google) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = course_id(world, asked, asked.part("courseId"))?;
    let after = page::after(asked)?;
    let many = size(asked, 100, 500);
    let names = world.courses.get(&id).ok_or_else(missing)?.names.iter();
    let found: Vec<&String> =
        names.filter(|it| after.as_ref().is_none_or(|after| *it > after)).take(many + 1).collect();
    let next = (found.len() > many).then(|| found.get(many - 1)).flatten();
    let next = next.map(|it| page::token(asked, it));
    let all: Vec<Value> = found.iter().take(many).map(|it| json!({ "alias": it })).collect();
    Ok(Done::of(list_of("aliases", all, next)))
}

pub(in crate::google) fn delete(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = course_id(world, asked, asked.part("courseId"))?;
    let name = asked.part("alias");
    let course = world.courses.get_mut(&id).ok_or_else(missing)?;
    if !course.names.remove(name) {
        return Err(missing());
    }
    world.course_names.remove(name);
    Ok(Done::empty())
}
