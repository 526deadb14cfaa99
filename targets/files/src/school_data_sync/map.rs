//! From rows to what lines are made of: ids, references and who counts as what.

use std::collections::BTreeSet;

use roster::Key;
use state::{Kind, Member, Object, ObjectRef, PublishedIds, Value};

use super::card::{CARD, CLASS, COURSE, ENROLLMENT, ORG, RELATIONSHIP, ROLE, SESSION, USER};
use super::settings::{MatchRule, MatchSource, Matching};

/// Places of attributes on the card.
pub(super) mod at {
    pub(in super::super) const ORG_NAME: usize = 0;
    pub(in super::super) const ORG_TYPE: usize = 1;
    pub(in super::super) const ORG_PARENT: usize = 2;
    pub(in super::super) const SESSION_TITLE: usize = 0;
    pub(in super::super) const SESSION_START: usize = 3;
    pub(in super::super) const SESSION_END: usize = 4;
    pub(in super::super) const COURSE_ORG: usize = 0;
    pub(in super::super) const COURSE_TITLE: usize = 1;
    pub(in super::super) const COURSE_CODE: usize = 2;
    pub(in super::super) const COURSE_SUBJECT: usize = 3;
    pub(in super::super) const COURSE_GRADE: usize = 4;
    pub(in super::super) const COURSE_YEAR: usize = 5;
    pub(in super::super) const CLASS_ORG: usize = 0;
    pub(in super::super) const CLASS_TITLE: usize = 1;
    pub(in super::super) const CLASS_SESSIONS: usize = 2;
    pub(in super::super) const CLASS_COURSE: usize = 3;
    pub(in super::super) const CLASS_CODE: usize = 4;
    pub(in super::super) const USERNAME: usize = 0;
    pub(in super::super) const GIVEN_NAME: usize = 1;
    pub(in super::super) const FAMILY_NAME: usize = 2;
    pub(in super::super) const MATCH_ID: usize = 3;
    pub(in super::super) const EMAIL: usize = 4;
    pub(in super::super) const PHONE: usize = 5;
    pub(in super::super) const SMS: usize = 6;
    pub(in super::super) const USER_NUMBER: usize = 7;
    pub(in super::super) const SEX: usize = 8;
    pub(in super::super) const BIRTH_DATE: usize = 9;
    pub(in super::super) const FLAGS: usize = 10;
    pub(in super::super) const ROLE_SESSION: usize = 0;
    pub(in super::super) const ROLE_GRADE: usize = 1;
    pub(in super::super) const ROLE_PRIMARY: usize = 2;
    pub(in super::super) const ROLE_START: usize = 3;
    pub(in super::super) const ROLE_END: usize = 4;
}

/// The text of an attribute; empty when there is none.
pub(super) fn text(values: &[Value], attribute: usize) -> &str {
    values.get(attribute).and_then(Value::text).unwrap_or_default()
}

/// A user with every row that names it as member.
pub(super) struct User {
    pub(super) id: Key,
    pub(super) values: Vec<Value>,
    pub(super) members: Vec<Member>,
}

/// What a user is to the receiver's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Student,
    Staff,
    /// Nothing but somebody's contact.
    Contact,
    /// No role anywhere.
    None,
}

impl User {
    pub(super) fn text(&self, attribute: usize) -> &str {
        text(&self.values, attribute)
    }

    pub(super) fn roles(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.kind == ROLE)
    }

    pub(super) fn enrollments(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.kind == ENROLLMENT)
    }

    pub(super) fn relationships(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.kind == RELATIONSHIP)
    }

    /// Whose rule of identity matching applies: the student's when every primary role is a
    /// student's, or, with no primary, every role (reference/microsoft.md §1.4).
    pub(super) fn standing(&self) -> Standing {
        let says = |primary: bool| {
            let mut roles = self
                .roles()
                .filter(|role| !primary || is_primary(role))
                .map(|role| role.role.as_str())
                .filter(|role| *role != "other")
                .peekable();
            roles.peek()?;
            Some(if roles.all(|role| role == "student") {
                Standing::Student
            } else {
                Standing::Staff
            })
        };
        says(true).or_else(|| says(false)).unwrap_or_else(|| {
            let only_contact =
                self.relationships().next().is_some() && self.enrollments().next().is_none();
            if only_contact { Standing::Contact } else { Standing::None }
        })
    }

    /// Whether it has what the receiver asks of a contact.
    pub(super) fn can_be_contact(&self) -> bool {
        [at::GIVEN_NAME, at::FAMILY_NAME, at::EMAIL]
            .iter()
            .all(|attribute| !self.text(*attribute).trim().is_empty())
    }
}

/// Whether the role is marked as the user's primary one.
pub(super) fn is_primary(role: &Member) -> bool {
    text(&role.values, at::ROLE_PRIMARY).eq_ignore_ascii_case("true")
}

/// Why a set cannot be delivered: rule and place, by our ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken(pub(super) String);

/// What has been written so far, and what must still come.
pub(super) struct Known<'a> {
    published: &'a PublishedIds,
    seen: [BTreeSet<Key>; 5],
    awaited: Vec<(&'static str, Key, ObjectRef)>,
}

const KINDS: [Kind; 5] = [ORG, SESSION, COURSE, CLASS, USER];

impl<'a> Known<'a> {
    pub(super) fn new(published: &'a PublishedIds) -> Self {
        Self { published, seen: Default::default(), awaited: Vec::new() }
    }

    /// Notes an object, and gives the id that the receiver knows.
    pub(super) fn add(&mut self, object: ObjectRef) -> Result<Key, Broken> {
        let id = self.published.of(object);
        let Some(seen) = self.seen.get_mut(usize::from(object.kind.0)) else {
            return Err(Broken(format!("{id} is of no kind on the card")));
        };
        if !seen.insert(id) {
            return Err(Broken(format!("{} {id} stands twice in the set", name(object.kind))));
        }
        Ok(id)
    }

    fn has(&self, object: ObjectRef) -> bool {
        let id = self.published.of(object);
        self.seen.get(usize::from(object.kind.0)).is_some_and(|seen| seen.contains(&id))
    }

    /// The id of something that must already stand in the set.
    pub(super) fn resolve(
        &self,
        place: &'static str,
        from: Key,
        to: ObjectRef,
        kind: Kind,
    ) -> Result<Key, Broken> {
        if to.kind == kind && self.has(to) {
            return Ok(self.published.of(to));
        }
        Err(self.leads_nowhere(place, from, to))
    }

    /// The id of something of this kind that stands in the set, or will before it ends.
    pub(super) fn await_one(
        &mut self,
        place: &'static str,
        from: Key,
        to: ObjectRef,
        kind: Kind,
    ) -> Result<Key, Broken> {
        if to.kind != kind {
            return Err(self.leads_nowhere(place, from, to));
        }
        if !self.has(to) {
            self.awaited.push((place, from, to));
        }
        Ok(self.published.of(to))
    }

    /// The ids in an attribute that refers, with commas between.
    pub(super) fn refs(
        &self,
        place: &'static str,
        from: Key,
        values: &[Value],
        attribute: usize,
        kind: Kind,
    ) -> Result<String, Broken> {
        let mut ids = String::new();
        for to in values.get(attribute).map(Value::refs).unwrap_or_default() {
            if !ids.is_empty() {
                ids.push(',');
            }
            ids.push_str(&self.resolve(place, from, *to, kind)?.to_string());
        }
        Ok(ids)
    }

    /// Whether everything awaited came.
    pub(super) fn close(&self) -> Result<(), Broken> {
        match self.awaited.iter().find(|(_, _, to)| !self.has(*to)) {
            Some((place, from, to)) => Err(self.leads_nowhere(place, *from, *to)),
            None => Ok(()),
        }
    }

    fn leads_nowhere(&self, place: &str, from: Key, to: ObjectRef) -> Broken {
        let (kind, to) = (name(to.kind), self.published.of(to));
        Broken(format!("{place}: {from} refers to {kind} {to}, which is not in the set"))
    }
}

fn name(kind: Kind) -> &'static str {
    CARD.object(kind).map_or("object", |kind| kind.name)
}

/// Whether rows of an object are of a kind on the card.
pub(super) fn is_known_kind(object: &Object) -> bool {
    KINDS.contains(&object.id.kind)
}

/// Users that the receiver's identity matching would not find.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unmatched {
    missing: u64,
    no_domain: u64,
}

impl Unmatched {
    /// Counts a user that the rule for it would not find.
    pub(super) fn count(&mut self, user: &User, matching: &Matching) {
        let rule = match user.standing() {
            Standing::Student => &matching.student,
            Standing::Staff => &matching.staff,
            Standing::Contact | Standing::None => return,
        };
        let Some(MatchRule { source, domain }) = rule else { return };
        let value = user.text(match source {
            MatchSource::Username => at::USERNAME,
            MatchSource::ActiveDirectoryMatchId => at::MATCH_ID,
            MatchSource::Email => at::EMAIL,
        });
        if value.trim().is_empty() {
            self.missing += 1;
        } else if domain.is_none()
            && !value.contains('@')
            && *source != MatchSource::ActiveDirectoryMatchId
        {
            self.no_domain += 1;
        }
    }

    /// What to tell people.
    pub(super) fn notes(self) -> Vec<String> {
        let said = [
            (self.missing, "users lack the value that identity matching reads"),
            (self.no_domain, "users have a name without a domain, and no domain is set"),
        ];
        said.into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}: School Data Sync will not find them"))
            .collect()
    }
}
