//! Profiles of users in Classroom: google.md §2.3.

use serde_json::{Value, json};

use super::{member_id, missing};
use crate::google::asked::{Asked, Done};
use crate::google::refusal::Refusal;
use crate::google::world::{World, user_text};

pub(in crate::google) fn get(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let id = member_id(world, asked, asked.part("userId"))?;
    if !world.users.contains_key(&id) {
        return Err(missing());
    }
    Ok(Done::of(profile(world, asked, id)))
}

/// The address only with its own scope (google.md §2.2).
pub(super) fn profile(world: &World, asked: &Asked<'_>, id: u64) -> Value {
    let Some(user) = world.users.get(&id) else {
        return json!({ "id": user_text(id), "name": { "fullName": "Unknown user" } });
    };
    let mut profile = json!({
        "id": user_text(id),
        "name": {
            "givenName": user.given,
            "familyName": user.family,
            "fullName": user.full_name(),
        },
    });
    let Some(map) = profile.as_object_mut() else { return profile };
    let has = |scope: &str| asked.who.scopes.iter().any(|it| it == scope);
    if has("classroom.profile.emails") {
        map.insert("emailAddress".to_owned(), (&*user.email).into());
    }
    if has("classroom.profile.photos") {
        map.insert("photoUrl".to_owned(), "//lh3.googleusercontent.invalid/a".into());
    }
    // We take those for teachers who teach.
    if world.taught.get(&id).is_some_and(|it| !it.is_empty()) {
        map.insert("permissions".to_owned(), json!([{ "permission": "CREATE_COURSE" }]));
        map.insert("verifiedTeacher".to_owned(), true.into());
    }
    profile
}
