//! Guardians of students. Nobody has any, since nobody is asked (google.md §2.3).

use super::{missing, user_id};
use crate::google::asked::{Asked, Done};
use crate::google::directory::page;
use crate::google::refusal::Refusal;
use crate::google::world::World;

pub(in crate::google) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Done, Refusal> {
    let key = asked.part("studentId");
    if key != "-" && user_id(world, asked, key).is_none() {
        return Err(missing());
    }
    page::after(asked)?;
    Ok(Done::empty())
}
