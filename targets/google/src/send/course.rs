//! Courses: made by their alias, changed, given another owner, archived, opened again, deleted
//! (reference/google.md §2.1).

use serde_json::{Map, Value as Json, json};
use state::{Object, ObjectRef, Outcome, TargetError, Value, Verb};

use super::group::Stands;
use super::{Seat, Work, done, id_of, plainly, refused};
use crate::card::course;
use crate::client::{Courier, Found, Fresh, Gone, Next, Said};
use crate::settings::Begins;
use crate::wire::Roster;
use crate::{Google, map, wire};

/// A course and the subject who calls about it.
pub(super) struct Course<'a> {
    pub(super) courier: &'a Courier,
    pub(super) id: String,
    /// The owner of a course that was made just now: he is a teacher of it already.
    pub(super) new_owner: Option<ObjectRef>,
}

impl Google {
    /// Does what is planned for a course; gives what became of the course itself.
    pub(super) async fn carry_course(
        &self,
        work: &Work<'_>,
        seats: &[Seat],
        outcomes: &mut [Option<Outcome>],
    ) -> Result<Outcome, TargetError> {
        let Some(courier) = self.clients.classroom(work.object.key) else {
            return Ok(refused("classroomOff"));
        };
        if !work.verbs.is_empty() && work.after.object.is_none() {
            return self.delete_course(work, courier).await;
        }
        // Who leaves a course that ends stays in it, to be found there (§0 no 7).
        if work.verbs.contains(&Verb::Archive) {
            let outcome = self.archive_course(work, courier).await?;
            for seat in seats {
                seat.tell(outcomes, &refused("archived"));
            }
            return Ok(outcome);
        }
        let stands = self.stand_course(work, courier).await?;
        let (id, outcome) = match stands {
            Stands::Yes { id, outcome } => (id, outcome),
            Stands::No(outcome) => return Ok(outcome),
        };
        let is_new = work.before.object.is_none() && self.is_fresh(&id);
        let owner = work.after.object.as_ref().filter(|_| is_new).and_then(owner_of);
        let course = Course { courier, id, new_owner: owner };
        let seats = self.within_limits(work, seats, outcomes);
        self.teachers_first(work, &course, &seats, outcomes).await?;
        let refusal = self.change_owner(work, &course).await?;
        self.then_the_others(work, &course, &seats, outcomes).await?;
        Ok(refusal.unwrap_or(outcome))
    }

    /// Sees to it that the course is there, with its values but for a change of owner.
    async fn stand_course(
        &self,
        work: &Work<'_>,
        courier: &Courier,
    ) -> Result<Stands, TargetError> {
        match (&work.before.object, &work.after.object) {
            (None, Some(after)) if !work.verbs.is_empty() => {
                self.create_course(work, courier, after).await
            }
            (Some(before), Some(after)) if !work.verbs.is_empty() => {
                let mut body = wire::course_values(Some(before), after);
                if work.verbs.contains(&Verb::Unarchive) {
                    return self.unarchive_course(work, courier, body).await;
                }
                let id = self.course_id(work);
                if body.is_empty() {
                    return self.course_there(work, courier, id).await;
                }
                self.patch_course(courier, &id, &mut body).await
            }
            (None | Some(_), None | Some(_)) => {
                let id = self.course_id(work);
                self.course_there(work, courier, id).await
            }
        }
    }

    /// Google's id where it is remembered, else the alias, which serves for it everywhere.
    fn course_id(&self, work: &Work<'_>) -> String {
        let id = work.resource.ids.of_receiver(work.object);
        id.unwrap_or_else(|| map::alias(self.settings.classroom.alias, &work.published()))
    }

    /// A course whose id is remembered is there; of another it is learnt.
    async fn course_there(
        &self,
        work: &Work<'_>,
        courier: &Courier,
        id: String,
    ) -> Result<Stands, TargetError> {
        if work.resource.ids.of_receiver(work.object).is_some() {
            return Ok(Stands::Yes { outcome: done(&id), id });
        }
        Ok(match courier.find(wire::course(&id)).await? {
            Found::Here(answer) => match id_of(&answer) {
                Some(id) => Stands::Yes { outcome: done(&id), id },
                None => Stands::No(Outcome::Unsure),
            },
            Found::NotThere => Stands::No(refused("courseNotFound")),
            Found::Unclear(answer) => Stands::No(refused(&answer.code)),
        })
    }

    async fn patch_course(
        &self,
        courier: &Courier,
        id: &str,
        body: &mut Map<String, Json>,
    ) -> Result<Stands, TargetError> {
        let part = wire::change_course(id, body);
        let said = courier.ask(part, self.gone(&[id], Gone::Doubtful)).await?;
        let Said::Reply(answer) = &said else { return Ok(Stands::No(Outcome::Unsure)) };
        if !answer.is_fine() {
            return Ok(Stands::No(refused(&answer.code)));
        }
        let id = id_of(answer).unwrap_or_else(|| id.to_owned());
        Ok(Stands::Yes { outcome: done(&id), id })
    }

    async fn create_course(
        &self,
        work: &Work<'_>,
        courier: &Courier,
        after: &Object,
    ) -> Result<Stands, TargetError> {
        let Some(owner) = self.owner(work, after).await? else {
            return Ok(Stands::No(refused("ownerNotFound")));
        };
        let alias = map::alias(self.settings.classroom.alias, &work.published());
        let mut body = wire::course_values(None, after);
        let values = body.clone();
        body.insert("id".to_owned(), json!(alias));
        body.insert("ownerId".to_owned(), json!(owner));
        let begins = match self.settings.classroom.begins {
            Begins::Provisioned => "PROVISIONED",
            Begins::Active => "ACTIVE",
        };
        body.insert("courseState".to_owned(), json!(begins));
        let gone = self.gone(&[&owner], Gone::Answer);
        let fresh = Fresh { account: self.made_at(&owner), course: None };
        let part = wire::new_course(Json::Object(body)).about_what_is(fresh);
        let said = courier.ask(part, gone).await?;
        let Said::Reply(answer) = &said else { return Ok(Stands::No(Outcome::Unsure)) };
        if answer.is_fine() {
            let Some(id) = id_of(answer) else { return Ok(Stands::No(Outcome::Unsure)) };
            self.made(&id);
            return Ok(Stands::Yes { outcome: done(&id), id });
        }
        if answer.next != Next::Taken {
            return Ok(Stands::No(refused(&answer.code)));
        }
        // The alias is ours alone: it was made before, by whatever plan, and is linked now.
        self.made(&alias);
        self.unarchive_course(work, courier, values).await
    }

    /// Google's id of the owner that a course is to have.
    async fn owner(&self, work: &Work<'_>, object: &Object) -> Result<Option<String>, TargetError> {
        match owner_of(object) {
            Some(owner) => self.user_id(owner, work.resource).await,
            None => Ok(None),
        }
    }

    /// Makes another the owner: a teacher of the course first, else he is not eligible. Gives a
    /// refusal, if it was refused.
    async fn change_owner(
        &self,
        work: &Work<'_>,
        course: &Course<'_>,
    ) -> Result<Option<Outcome>, TargetError> {
        let Some(after) = work.after.object.as_ref().filter(|_| !work.verbs.is_empty()) else {
            return Ok(None);
        };
        let is_same = |it: &Object| it.values.get(course::OWNER) == after.values.get(course::OWNER);
        if course.new_owner.is_some() || work.before.object.as_ref().is_some_and(is_same) {
            return Ok(None);
        }
        let Some(owner) = self.owner(work, after).await? else {
            return Ok(Some(refused("ownerNotFound")));
        };
        // One that was found by its alias may have any owner.
        if work.before.object.is_none()
            && let Found::Here(seen) = course.courier.find(wire::course(&course.id)).await?
            && seen.text("ownerId").as_deref() == Some(&owner)
        {
            return Ok(None);
        }
        let added = self.enrol(course, Roster::Teachers, &owner).await?;
        // Who is no teacher of it can never own it: waiting does not help.
        if matches!(added, Outcome::Unsure | Outcome::Refused { .. }) {
            return Ok(Some(added));
        }
        let body = Map::from_iter([("ownerId".to_owned(), json!(owner))]);
        let part = wire::change_course(&course.id, &body);
        // One who was just added is not eligible everywhere at once (§2.1).
        let said = course.courier.ask(part, Gone::NotYet).await?;
        Ok(match &said {
            Said::Reply(answer) if answer.is_fine() || answer.code == "UserAlreadyOwner" => None,
            Said::Reply(_) | Said::Nothing => Some(plainly(&said, Outcome::Unsure)),
        })
    }

    /// The state of a course.
    async fn state_of(&self, courier: &Courier, id: &str) -> Result<Stage, TargetError> {
        Ok(match courier.find(wire::course(id)).await? {
            Found::Here(answer) => match answer.text("courseState").as_deref() {
                Some("PROVISIONED") => Stage::Provisioned,
                Some("DECLINED") => Stage::Declined,
                Some("ARCHIVED") => Stage::Archived,
                Some("SUSPENDED") => Stage::Unclear { code: "courseSuspended".to_owned() },
                Some(_) | None => Stage::Open,
            },
            Found::NotThere => Stage::Gone,
            Found::Unclear(answer) => Stage::Unclear { code: answer.code },
        })
    }

    async fn archive_course(
        &self,
        work: &Work<'_>,
        courier: &Courier,
    ) -> Result<Outcome, TargetError> {
        let id = self.course_id(work);
        // One that no teacher has accepted cannot be archived: it is declined (§2.1).
        let to = match self.state_of(courier, &id).await? {
            Stage::Gone | Stage::Archived | Stage::Declined => return Ok(Outcome::AlreadySo),
            Stage::Provisioned => "DECLINED",
            Stage::Open => "ARCHIVED",
            Stage::Unclear { code } => return Ok(refused(&code)),
        };
        let said = courier.ask(wire::course_state(&id, to), Gone::Answer).await?;
        Ok(plainly(&said, Outcome::Done { receiver_id: None }))
    }

    async fn unarchive_course(
        &self,
        work: &Work<'_>,
        courier: &Courier,
        mut body: Map<String, Json>,
    ) -> Result<Stands, TargetError> {
        let id = self.course_id(work);
        let to = match self.state_of(courier, &id).await? {
            Stage::Gone => return Ok(Stands::No(refused("courseNotFound"))),
            Stage::Unclear { code } => return Ok(Stands::No(refused(&code))),
            // Only so can a declined one come back; then a teacher accepts it (§2.1).
            Stage::Declined => {
                let said =
                    courier.ask(wire::course_state(&id, "PROVISIONED"), Gone::Answer).await?;
                if !matches!(&said, Said::Reply(answer) if answer.is_fine()) {
                    return Ok(Stands::No(plainly(&said, Outcome::Unsure)));
                }
                None
            }
            Stage::Archived => Some("ACTIVE"),
            Stage::Provisioned | Stage::Open => None,
        };
        if let Some(to) = to {
            body.insert("courseState".to_owned(), json!(to));
        }
        if body.is_empty() {
            return self.course_there(work, courier, id).await;
        }
        self.patch_course(courier, &id, &mut body).await
    }

    /// An open course cannot be deleted: it is archived first (§2.1).
    async fn delete_course(
        &self,
        work: &Work<'_>,
        courier: &Courier,
    ) -> Result<Outcome, TargetError> {
        let id = self.course_id(work);
        match self.state_of(courier, &id).await? {
            Stage::Gone => return Ok(Outcome::AlreadySo),
            Stage::Unclear { code } => return Ok(refused(&code)),
            Stage::Open => {
                let said = courier.ask(wire::course_state(&id, "ARCHIVED"), Gone::Answer).await?;
                if !matches!(&said, Said::Reply(answer) if answer.is_fine()) {
                    return Ok(plainly(&said, Outcome::Unsure));
                }
            }
            Stage::Provisioned | Stage::Declined | Stage::Archived => {}
        }
        let said = courier.ask(wire::delete_course(&id), Gone::Answer).await?;
        Ok(match &said {
            Said::Reply(answer) if answer.next == Next::NotThere => Outcome::AlreadySo,
            Said::Reply(_) | Said::Nothing => plainly(&said, Outcome::Done { receiver_id: None }),
        })
    }
}

/// How a course stands.
enum Stage {
    Provisioned,
    Declined,
    Archived,
    Open,
    Gone,
    /// It cannot be told of this one.
    Unclear {
        code: String,
    },
}

fn owner_of(object: &Object) -> Option<ObjectRef> {
    object.values.get(course::OWNER).map(Value::refs).unwrap_or_default().first().copied()
}
