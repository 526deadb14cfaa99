//! Courses of all states, and who is in those that are ours.

use std::collections::BTreeSet;

use futures_util::StreamExt as _;
use serde_json::Value as Json;
use state::{ObjectRef, TargetError};

use super::pages::Listed;
use super::{AT_ONCE, Sight, Whose, text};
use crate::card::{COURSE, USER};
use crate::client::{Answer, Courier, Found};
use crate::wire::{self, Roster};
use crate::{Google, map, published};

impl Google {
    pub(super) async fn look_at_courses(&self, sight: &mut Sight<'_>) -> Result<(), TargetError> {
        let Some(courier) = self.clients.classrooms().first() else { return Ok(()) };
        let ours = match sight.look.only {
            Some(_) => self.these_courses(courier, sight).await?,
            None => self.all_courses(courier, sight).await?,
        };
        let mut lists = futures_util::stream::iter(ours)
            .flat_map(|(object, id)| {
                let both = [Roster::Teachers, Roster::Students];
                futures_util::stream::iter(both.map(|roster| (object, id.clone(), roster)))
            })
            .map(|(object, id, roster)| self.roster_of(object, id, roster))
            .buffer_unordered(AT_ONCE);
        let mut closed = Closed::default();
        while let Some(listed) = lists.next().await {
            let (object, roster, users, unclear) = listed?;
            if unclear.is_some() {
                sight.seen.shut(object);
            }
            closed.note(unclear);
            for user in users.iter().filter_map(|id| sight.users.get(USER, id)) {
                let row = map::of_roster(object, user, roster);
                sight.seen.row(&row.encoded(), None).map_err(|error| {
                    self.invalid(&format!("what was read could not be kept: {error}"))
                })?;
            }
        }
        closed.verdict(courier)
    }

    /// Every course that the administrator sees; gives those of ours.
    async fn all_courses(
        &self,
        courier: &Courier,
        sight: &mut Sight<'_>,
    ) -> Result<Vec<(ObjectRef, String)>, TargetError> {
        let (mut ours, mut listed) = (Vec::new(), BTreeSet::new());
        let first = self.first_courses().take();
        self.list_after(courier, "courses", first, wire::courses, |course| {
            listed.extend(text(&course, "id").map(str::to_owned));
            ours.extend(self.saw_course(sight, &course, None)?);
            Ok(())
        })
        .await?;
        // One that Google has suspended is in no list of an administrator's.
        let of_receiver = sight.ids.all_of_receiver();
        let unlisted = of_receiver.filter(|(it, id)| it.kind == COURSE && !listed.contains(*id));
        let unlisted: Vec<_> =
            unlisted.map(|(it, id)| (published(sight.ids, it), id.to_owned())).collect();
        let closed = Closed { open: listed.len(), ..Closed::default() };
        ours.extend(self.look_for(courier, sight, unlisted, closed).await?);
        Ok(ours)
    }

    /// The courses that are looked for, by Google's id or else by their alias: a create whose
    /// answer was lost is found so.
    async fn these_courses(
        &self,
        courier: &Courier,
        sight: &mut Sight<'_>,
    ) -> Result<Vec<(ObjectRef, String)>, TargetError> {
        let mut looked_for = Vec::new();
        for object in sight.look.only.into_iter().flatten() {
            if object.kind == COURSE {
                let public = published(sight.ids, *object);
                let alias = map::alias(self.settings.classroom.alias, &public.key.to_string());
                let key = sight.ids.of_receiver(*object).unwrap_or(alias);
                looked_for.push((public, key));
            }
        }
        self.look_for(courier, sight, looked_for, Closed::default()).await
    }

    /// Courses by their published ids and what Google knows them by.
    async fn look_for(
        &self,
        courier: &Courier,
        sight: &mut Sight<'_>,
        looked_for: Vec<(ObjectRef, String)>,
        mut closed: Closed,
    ) -> Result<Vec<(ObjectRef, String)>, TargetError> {
        let mut answers = futures_util::stream::iter(looked_for)
            .map(|(public, key)| self.course_at(public, key))
            .buffer_unordered(AT_ONCE);
        let mut ours = Vec::new();
        while let Some(found) = answers.next().await {
            match found? {
                (public, Found::Here(answer)) => {
                    closed.note(None);
                    ours.extend(self.saw_course(sight, &answer.json(), Some(public))?);
                }
                (_, Found::NotThere) => closed.note(None),
                (public, Found::Unclear(answer)) => {
                    sight.seen.shut(public);
                    closed.note(Some(answer));
                }
            }
        }
        closed.verdict(courier)?;
        Ok(ours)
    }

    async fn course_at(
        &self,
        public: ObjectRef,
        key: String,
    ) -> Result<(ObjectRef, Found), TargetError> {
        let Some(courier) = self.clients.classroom(public.key) else {
            return Ok((public, Found::NotThere));
        };
        Ok((public, courier.find(wire::course(&key)).await?))
    }

    /// Takes a course in; gives it back when it is ours and its rosters are to be read.
    fn saw_course(
        &self,
        sight: &mut Sight<'_>,
        course: &Json,
        known: Option<ObjectRef>,
    ) -> Result<Option<(ObjectRef, String)>, TargetError> {
        let Some(id) = text(course, "id") else {
            return Err(self.invalid("a course has no id"));
        };
        let (object, whose) = match known {
            Some(object) => (object, Whose::Ours),
            None => sight.of(COURSE, id, None),
        };
        if whose == Whose::Ours && text(course, "courseState") == Some(SUSPENDED) {
            // Its owner sees it, and may be who we sign in as; nobody can change it.
            sight.seen.shut(object);
            return Ok(None);
        }
        let owner = text(course, "ownerId").and_then(|id| sight.users.get(USER, id));
        sight.row(&map::course(object.key, course, owner), Some(id), self)?;
        let reads = whose == Whose::Ours && sight.reads_into(object);
        Ok(reads.then(|| (object, id.to_owned())))
    }

    /// Google's ids of the teachers or the students of a course; with an answer where that cannot
    /// be told of this one.
    async fn roster_of(
        &self,
        object: ObjectRef,
        course: String,
        roster: Roster,
    ) -> Result<(ObjectRef, Roster, Vec<String>, Option<Answer>), TargetError> {
        let (mut users, mut unclear) = (Vec::new(), None);
        if let Some(courier) = self.clients.classroom(object.key) {
            let call = |token: Option<&str>| wire::roster(&course, roster, token);
            let listed = self.list_of_one(courier, roster.list(), call, |user| {
                users.extend(text(&user, "userId").map(str::to_owned));
                Ok(())
            });
            if let Listed::Unclear(answer) = listed.await? {
                unclear = Some(answer);
            }
        }
        Ok((object, roster, users, unclear))
    }
}

/// A course that Google has closed (reference/google.md §2.1).
const SUSPENDED: &str = "SUSPENDED";

/// Courses that cannot be looked into: one that has no owner, or that Google has suspended, is
/// told as shut, so that it does not hold up all others. When each is closed it is not the courses.
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
