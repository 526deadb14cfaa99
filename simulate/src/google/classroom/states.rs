//! What may become of a course (google.md §2.1).

use super::course::{Course, State};
use super::precondition;
use crate::google::refusal::Refusal;

/// From one state to another.
pub(super) fn step(from: State, to: State) -> Result<(), Refusal> {
    let may = match (from, to) {
        (State::Provisioned, State::Active | State::Declined)
        | (State::Declined, State::Provisioned)
        | (State::Active, State::Archived)
        | (State::Archived, State::Active) => true,
        (State::Suspended, _) => false,
        (from, to) => from == to,
    };
    if may { Ok(()) } else { Err(precondition()) }
}

/// Whether anything but the state may be changed, now that the state becomes `to`.
pub(super) fn changeable(course: &Course, to: State) -> Result<(), Refusal> {
    let may = match course.state {
        State::Active | State::Provisioned => true,
        // Together with the state (google.md §2.1).
        State::Archived => to != State::Archived,
        State::Declined | State::Suspended => false,
    };
    if may {
        return Ok(());
    }
    let text = "The course is in a state in which it cannot be modified.";
    Err(Refusal::precondition("CourseNotModifiable", text))
}
