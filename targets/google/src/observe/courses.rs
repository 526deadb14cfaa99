//! Courses of all states, and who is in those that are ours.

use futures_util::StreamExt as _;
use futures_util::future::try_join;
use serde_json::Value as Json;
use state::{ObjectRef, Row, TargetError};

use super::pages::Listed;
use super::{AT_ONCE, Sight, Whose, text};
use crate::card::COURSE;
use crate::client::{Answer, Courier, Found};
use crate::wire::{self, Roster};
use crate::{Google, map, published};

/// A course of ours that is looked into.
struct Ours {
    object: ObjectRef,
    id: String,
    row: Row,
}

impl Google {
    pub(super) async fn look_at_courses(&self, sight: &mut Sight<'_>) -> Result<(), TargetError> {
        let Some(courier) = self.clients.classrooms().first() else { return Ok(()) };
        let mut closed = Closed::default();
        let ours = match sight.look.only {
            Some(_) => {
                let wanted = self.looked_for(sight);
                self.these_courses(wanted, sight, &mut closed).await?
            }
            None => self.all_courses(courier, sight, &mut closed).await?,
        };
        let mut looks = futures_util::stream::iter(ours)
            .map(|ours| self.rosters_of(ours))
            .buffer_unordered(AT_ONCE);
        while let Some(looked) = looks.next().await {
            let (Ours { object, id, row }, rosters) = looked?;
            let mut members = Vec::new();
            let mut is_open = true;
            for (roster, listed) in rosters {
                match listed {
                    Ok(users) => members.extend(users.into_iter().map(|user| (roster, user))),
                    Err(answer) => {
                        is_open = false;
                        closed.note(Some(answer));
                    }
                }
            }
            if !is_open {
                sight.row(&map::closed_course(object.key), Some(&id), self)?;
                continue;
            }
            closed.note(None);
            sight.row(&row, Some(&id), self)?;
            for (roster, user) in members {
                if let Some(user) = sight.users.get(&user).copied() {
                    sight.row(&map::of_roster(object, user, roster), None, self)?;
                }
            }
        }
        closed.verdict(courier)
    }

    /// Every course that the administrator sees; gives those of ours. One that he does not see
    /// need not be gone: of one that Google has suspended only its owner is told
    /// (reference/google.md §2.1).
    async fn all_courses(
        &self,
        courier: &Courier,
        sight: &mut Sight<'_>,
        closed: &mut Closed,
    ) -> Result<Vec<Ours>, TargetError> {
        let mut ours = Vec::new();
        let mut unseen = sight.known(COURSE);
        self.list(courier, "courses", wire::courses, |course| {
            if let Some(id) = text(&course, "id") {
                unseen.remove(id);
            }
            ours.extend(self.saw_course(sight, &course, None)?);
            Ok(())
        })
        .await?;
        let unseen = unseen.into_iter().map(|(id, object)| (object, id)).collect();
        ours.extend(self.these_courses(unseen, sight, closed).await?);
        Ok(ours)
    }

    /// The courses that are looked for, by Google's id or else by their alias: a create whose
    /// answer was lost is found so.
    fn looked_for(&self, sight: &Sight<'_>) -> Vec<(ObjectRef, String)> {
        let mut wanted = Vec::new();
        for object in sight.look.only.into_iter().flatten() {
            if object.kind == COURSE {
                let public = published(sight.ids, *object);
                let alias = map::alias(self.settings.classroom.alias, &public.key.to_string());
                wanted.push((public, sight.ids.of_receiver(*object).unwrap_or(alias)));
            }
        }
        wanted
    }

    async fn these_courses(
        &self,
        wanted: Vec<(ObjectRef, String)>,
        sight: &mut Sight<'_>,
        closed: &mut Closed,
    ) -> Result<Vec<Ours>, TargetError> {
        let mut answers = futures_util::stream::iter(wanted)
            .map(|(public, key)| self.course_at(public, key))
            .buffer_unordered(AT_ONCE);
        let mut ours = Vec::new();
        while let Some(found) = answers.next().await {
            match found? {
                (public, _, Found::Here(answer)) => {
                    closed.note(None);
                    ours.extend(self.saw_course(sight, &answer.json(), Some(public))?);
                }
                (_, _, Found::NotThere) => closed.note(None),
                (public, key, Found::Unclear(answer)) => {
                    closed.note(Some(answer));
                    sight.row(&map::closed_course(public.key), Some(&key), self)?;
                }
            }
        }
        Ok(ours)
    }

    async fn course_at(
        &self,
        public: ObjectRef,
        key: String,
    ) -> Result<(ObjectRef, String, Found), TargetError> {
        let Some(courier) = self.clients.classroom(public.key) else {
            return Ok((public, key, Found::NotThere));
        };
        let found = courier.find(wire::course(&key)).await?;
        Ok((public, key, found))
    }

    /// Takes a course in; gives it back when it is ours and its rosters are to be read.
    fn saw_course(
        &self,
        sight: &mut Sight<'_>,
        course: &Json,
        known: Option<ObjectRef>,
    ) -> Result<Option<Ours>, TargetError> {
        let Some(id) = text(course, "id") else {
            return Err(self.invalid("a course has no id"));
        };
        let (object, whose) = match known {
            Some(object) => (object, Whose::Ours),
            None => sight.of(COURSE, id, None),
        };
        let owner = text(course, "ownerId").and_then(|id| sight.users.get(id).copied());
        let row = map::course(object.key, course, owner);
        let is_suspended = text(course, "courseState") == Some("SUSPENDED");
        if whose == Whose::Ours && sight.reads_into(object) && !is_suspended {
            return Ok(Some(Ours { object, id: id.to_owned(), row }));
        }
        sight.row(&row, Some(id), self)?;
        Ok(None)
    }

    /// Google's ids of the teachers and the students of a course; an answer where they cannot
    /// be told of this one.
    async fn rosters_of(&self, ours: Ours) -> Result<(Ours, [Listing; 2]), TargetError> {
        let of = |roster| self.roster_of(&ours, roster);
        let both = try_join(of(Roster::Teachers), of(Roster::Students)).await?;
        Ok((ours, both.into()))
    }

    async fn roster_of(&self, ours: &Ours, roster: Roster) -> Result<Listing, TargetError> {
        let mut users = Vec::new();
        if let Some(courier) = self.clients.classroom(ours.object.key) {
            let call = |token: Option<&str>| wire::roster(&ours.id, roster, token);
            let listed = self.list_of_one(courier, roster.list(), call, |user| {
                users.extend(text(&user, "userId").map(str::to_owned));
                Ok(())
            });
            if let Listed::Unclear(answer) = listed.await? {
                return Ok((roster, Err(answer)));
            }
        }
        Ok((roster, Ok(users)))
    }
}

/// Google's ids of those in a roster, or the answer instead.
type Listing = (Roster, Result<Vec<String>, Answer>);

/// Courses that cannot be looked into: one that has no owner, or that Google has suspended, stands
/// by itself, so that it does not hold up all others, and does not look gone. When each is closed
/// it is not the courses.
#[derive(Default)]
struct Closed {
    open: usize,
    count: usize,
    last: Option<Answer>,
}

/// As many closed courses, and none that is open, are a permission that is missing.
const TOO_MANY_CLOSED: usize = 4;

impl Closed {
    fn note(&mut self, unclear: Option<Answer>) {
        if unclear.is_some() {
            self.count += 1;
            self.last = unclear;
        } else {
            self.open += 1;
        }
    }

    fn verdict(self, courier: &Courier) -> Result<(), TargetError> {
        match self.last {
            Some(answer) if self.open == 0 && self.count > TOO_MANY_CLOSED => {
                Err(courier.unreadable("courses", &answer))
            }
            Some(_) | None => Ok(()),
        }
    }
}
