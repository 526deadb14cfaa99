//! Courses: google.md §2.1.

use std::collections::BTreeSet;
use std::ops::Bound;

use serde_json::{Map, Value};

use super::course::{Course, State};
use super::{course_id, exists, is_seen, missing, precondition, settled, states, user_id, wrong};
use crate::google::asked::{Asked, Done};
use crate::google::directory::page;
use crate::google::refusal::Refusal;
use crate::google::world::World;

/// How long the texts may be (google.md §2.1).
const TEXTS: [(&str, usize); 7] = [
    ("name", 750),
    ("section", 2_800),
    ("descriptionHeading", 3_600),
    ("description", 30_000),
    ("room", 650),
    ("subject", 1_000),
    ("levels", 1_000),
];

/// What `updateMask` may name besides texts.
const MASKED: [&str; 3] = ["courseState", "ownerId", "learningStandardSettings"];

pub(in crate::google) fn create(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let mut texts = Map::new();
    for (field, _) in TEXTS {
        laid(&mut texts, field, asked.body.get(field))?;
    }
    let owner = asked.text("ownerId").ok_or_else(|| wrong("Course owner is required."))?;
    let owner = owner_id(world, asked, owner)?;
    let state = first_state(asked)?;
    let name = asked.text("id").filter(|it| !it.is_empty());
    if let Some(name) = name {
        super::names::fits(name)?;
        if world.course_names.contains_key(name) {
            return Err(exists());
        }
    }
    // Numbers of twelve digits, the newest the highest.
    let id = 600_000_000_000 + world.number();
    let course = Course {
        id,
        texts,
        owner,
        state,
        created: asked.now,
        updated: asked.now,
        teachers: BTreeSet::from([owner]),
        students: BTreeSet::new(),
        names: name.map(str::to_owned).into_iter().collect(),
        owned_before: None,
    };
    if let Some(name) = name {
        world.course_names.insert(name.to_owned(), id);
    }
    world.taught.entry(owner).or_default().insert(id);
    let json = course.json();
    world.courses.insert(id, course);
    Ok(Done::of(json))
}

fn first_state(asked: &Asked<'_>) -> Result<State, Refusal> {
    match asked.text("courseState") {
        None | Some("PROVISIONED" | "COURSE_STATE_UNSPECIFIED") => Ok(State::Provisioned),
        Some("ACTIVE") => Ok(State::Active),
        Some(_) => {
            let text = "The requested course state is not allowed.";
            Err(Refusal::new(403, "forbidden", format!("@CourseStateDenied {text}")))
        }
    }
}

/// Somebody who may own a course: in the domain, in use, known to Classroom.
fn owner_id(world: &World, asked: &Asked<'_>, key: &str) -> Result<u64, Refusal> {
    let found = user_id(world, asked, key).filter(|it| settled(world, asked, *it));
    let fit = found.filter(|it| world.users.get(it).is_some_and(|it| !it.suspended));
    fit.ok_or_else(|| Refusal::precondition("UserCannotOwnCourse", "The user cannot own a course."))
}

/// Lays a text over the others; one that is missing, empty or null goes.
fn laid(texts: &mut Map<String, Value>, field: &str, value: Option<&Value>) -> Result<(), Refusal> {
    let longest = TEXTS.iter().find(|(it, _)| *it == field).map_or(0, |(_, most)| *most);
    let text = value.and_then(Value::as_str).unwrap_or_default();
    if text.chars().count() > longest || (field == "name" && text.trim().is_empty()) {
        return Err(wrong("Request contains an invalid argument."));
    }
    let lower = text.to_lowercase();
    if field == "name" && ["http://", "https://", "www."].iter().any(|it| lower.contains(it)) {
        let text = "The course title cannot contain a URL.";
        return Err(Refusal::precondition("CourseTitleCannotContainUrl", text));
    }
    if text.is_empty() {
        texts.remove(field);
    } else {
        texts.insert(field.to_owned(), text.into());
    }
    Ok(())
}

pub(in crate::google) fn get(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = course_id(world, asked, asked.part("id"))?;
    Ok(Done::of(world.courses.get(&id).ok_or_else(missing)?.json()))
}

pub(in crate::google) fn patch(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let mask = asked.wish("updateMask").ok_or_else(|| wrong("Update mask is required."))?;
    let fields: Vec<&str> = mask.split(',').map(str::trim).collect();
    let known = |it: &&str| MASKED.contains(it) || TEXTS.iter().any(|(text, _)| text == it);
    if !fields.iter().all(known) {
        return Err(wrong("Invalid update mask."));
    }
    change(world, asked, &fields)
}

/// Everything is replaced but `levels` (google.md §2.1).
pub(in crate::google) fn update(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let texts = TEXTS.iter().map(|(it, _)| *it).filter(|it| *it != "levels");
    let given = ["courseState", "ownerId"].into_iter().filter(|it| asked.text(it).is_some());
    let fields: Vec<&str> = texts.chain(given).collect();
    change(world, asked, &fields)
}

fn change(world: &mut World, asked: &Asked<'_>, fields: &[&str]) -> Result<Done, Refusal> {
    let id = course_id(world, asked, asked.part("id"))?;
    let course = world.courses.get(&id).ok_or_else(missing)?;
    whole(world, course)?;
    let mut changed = course.clone();
    let to = match asked.text("courseState").filter(|_| fields.contains(&"courseState")) {
        None if fields.contains(&"courseState") => return Err(wrong("Invalid course state.")),
        None => course.state,
        Some(text) => State::read(text).ok_or_else(|| wrong("Invalid course state."))?,
    };
    states::step(course.state, to)?;
    if fields.iter().any(|it| *it != "courseState") {
        states::changeable(course, to)?;
    }
    changed.state = to;
    for field in fields.iter().filter(|it| TEXTS.iter().any(|(text, _)| text == *it)) {
        laid(&mut changed.texts, field, asked.body.get(*field))?;
    }
    if fields.contains(&"ownerId") {
        let key = asked.text("ownerId").ok_or_else(|| wrong("Course owner is required."))?;
        hand_over(world, asked, &mut changed, key)?;
    }
    changed.updated = asked.now;
    let json = changed.json();
    world.courses.insert(id, changed);
    Ok(Done::of(json))
}

/// A course whose owner is gone answers 500 for ever (google.md §0 no 6, §2.1).
fn whole(world: &World, course: &Course) -> Result<(), Refusal> {
    if world.users.contains_key(&course.owner) {
        return Ok(());
    }
    Err(Refusal::new(500, "internalError", "Internal error encountered."))
}

/// To a teacher of the course (google.md §2.1).
fn hand_over(
    world: &World,
    asked: &Asked<'_>,
    course: &mut Course,
    key: &str,
) -> Result<(), Refusal> {
    let owner = owner_id(world, asked, key)?;
    if owner == course.owner {
        let text = "The user already owns the course.";
        return Err(Refusal::precondition("UserAlreadyOwner", text));
    }
    if !course.teachers.contains(&owner) {
        let text = "The new owner must be a co-teacher of the course.";
        return Err(Refusal::precondition("IneligibleOwner", text));
    }
    let mut pending = world.invited.range((course.id, 0)..(course.id + 1, 0));
    if pending.any(|(key, id)| {
        key.1 == owner && world.invitations.get(id).is_some_and(|it| it.role == "OWNER")
    }) {
        let text = "The course owner invitation is pending.";
        return Err(Refusal::precondition("PendingInvitationExists", text));
    }
    course.owned_before = Some((course.owner, asked.now));
    course.owner = owner;
    Ok(())
}

/// ACTIVE ones are archived first (google.md §2.1).
pub(in crate::google) fn delete(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = course_id(world, asked, asked.part("id"))?;
    let course = world.courses.get(&id).ok_or_else(missing)?;
    whole(world, course)?;
    if matches!(course.state, State::Active | State::Suspended) {
        return Err(precondition());
    }
    let Some(course) = world.courses.remove(&id) else { return Err(missing()) };
    for name in &course.names {
        world.course_names.remove(name);
    }
    for (members, index) in
        [(&course.teachers, &mut world.taught), (&course.students, &mut world.attended)]
    {
        for member in members {
            if let Some(own) = index.get_mut(member) {
                own.remove(&id);
            }
        }
    }
    let invited: Vec<(u64, u64)> =
        world.invited.range((id, 0)..(id + 1, 0)).map(|(key, _)| *key).collect();
    for key in invited {
        if let Some(invitation) = world.invited.remove(&key) {
            world.invitations.remove(&invitation);
        }
    }
    Ok(Done::empty())
}

/// Newest first (google.md §2.1).
pub(in crate::google) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let states: Vec<State> = asked
        .query
        .iter()
        .filter(|(name, _)| name == "courseStates")
        .filter_map(|(_, value)| State::read(value))
        .collect();
    let person = |field: &str| match asked.wish(field) {
        None => Ok(None),
        Some(key) => super::member_id(world, asked, key).map(Some),
    };
    let (teacher, student) = (person("teacherId")?, person("studentId")?);
    if teacher.is_some() && student.is_some() {
        let text = "Courses cannot be listed by teacher and student at once.";
        return Err(Refusal::precondition("ListCoursesStudentAndTeacherFilter", text));
    }
    let before = page::after(asked)?.and_then(|it| it.parse::<u64>().ok());
    let limits = &asked.switches.limits;
    let many = size(asked, limits.course_page, limits.largest_course_page);
    let range = (Bound::Unbounded, before.map_or(Bound::Unbounded, Bound::Excluded));
    let wanted =
        |it: &&Course| is_seen(asked, it) && (states.is_empty() || states.contains(&it.state));
    let none = BTreeSet::new();
    let found: Vec<&Course> = match (teacher, student) {
        (None, None) => {
            let all = world.courses.range::<u64, _>(range).rev().map(|(_, it)| it);
            all.filter(wanted).take(many + 1).collect()
        }
        (teacher, student) => {
            let taught = teacher.map(|it| world.taught.get(&it).unwrap_or(&none));
            let attended = student.map(|it| world.attended.get(&it).unwrap_or(&none));
            let ids = taught.or(attended).unwrap_or(&none).range::<u64, _>(range).rev();
            let all = ids.filter_map(|it| world.courses.get(it));
            all.filter(wanted).take(many + 1).collect()
        }
    };
    let next = (found.len() > many).then(|| found.get(many - 1)).flatten();
    let next = next.map(|it| page::token(asked, &it.id.to_string()));
    let all = found.iter().take(many).map(|it| it.json()).collect();
    Ok(Done::of(list_of("courses", all, next)))
}

/// How many are on a page; 0 means as many as the server likes.
pub(super) fn size(asked: &Asked<'_>, usual: usize, most: usize) -> usize {
    asked.number("pageSize").filter(|it| *it > 0).unwrap_or(usual).min(most)
}

/// A list of Classroom: what is empty is left out.
pub(super) fn list_of(name: &str, items: Vec<Value>, next: Option<String>) -> Value {
    let mut list = Map::new();
    if !items.is_empty() {
        list.insert(name.to_owned(), Value::Array(items));
    }
    if let Some(next) = next {
        list.insert("nextPageToken".to_owned(), next.into());
    }
    Value::Object(list)
}
