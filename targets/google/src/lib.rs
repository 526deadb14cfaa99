//! Google Workspace for Education: accounts, groups and courses in Classroom.
//!
//! | | |
//! |---|---|
//! | Reads  | organisational units, users and groups whole, by pages; members and rosters of what is ours |
//! | Writes | users, groups with their settings, courses, and who is in them: one call a container, many requests in one batch |
//! | Ids    | Google's; ours stands in `externalIds` of users and groups, and is the alias of a course |
//! | Sign-in | a service account's key, on behalf of an administrator (domain-wide delegation) |
//! | Limits | Directory 2,400 calls a minute and 10 new users a second, Classroom 1,200 a minute for each administrator |
//! | Source | reference/google.md (developers.google.com, read 2026-04 to 2026-11) |
//!
//! Organisational units are never made (K127), accounts of administrators never changed, foreign
//! entries in lists of ids kept, courses archived before they are deleted.

mod card;
mod check;
mod client;
mod closed;
mod group_settings;
mod locked;
mod map;
mod observe;
mod password;
mod quotas;
mod refusals;
mod send;
mod settings;
mod wire;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use connect::http::{Now, Setup};
use roster::Key;
use secret::Secrets;
use state::{
    Call, Card, Closed, Ids, Look, Material, ObjectRef, Operation, Receipt, Seen, Target,
    TargetError,
};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use client::{Answer, Clients, Gone};
use closed::WhyClosed;
use password::Passwords;

pub use card::{
    CARD, COURSE, COURSE_STUDENT, COURSE_TEACHER, GROUP, GROUP_MEMBER, ID, ORG_UNIT, USER,
};
pub use check::Finding;
pub use client::{Function, scope_lines};
pub use group_settings::{GroupSettings, Who};
pub use locked::Locked;
pub use quotas::Quotas;
pub use refusals::refusal;
pub use settings::{
    Addresses, Alias, Begins, Characters, ClassroomSettings, PasswordSettings, Problem, Settings,
    TestSettings,
};

/// As many calls as may be on their way: so batches are filled while others wait.
const WIDTH: usize = 512;

/// A customer of Google's.
pub struct Google {
    name: String,
    settings: Settings,
    clients: Clients,
    passwords: Passwords,
    /// Google's ids of what this has made, and when: it is not seen everywhere yet.
    fresh: Mutex<BTreeMap<String, Instant>>,
    /// Whether Google was seen to keep no external ids of groups.
    drops_group_ids: AtomicBool,
    /// Google's ids of users by the published ids that they bear, read when one is needed.
    marked: OnceCell<BTreeMap<Key, String>>,
    /// Why courses are closed to us, and the settings of groups; asked once.
    classroom_closed: OnceCell<Option<WhyClosed>>,
    /// What was learned with it.
    first_courses: Mutex<Option<Answer>>,
    settings_closed: OnceCell<Option<WhyClosed>>,
}

impl Google {
    /// The target that the tenant calls `name`.
    ///
    /// # Errors
    ///
    /// Something that a person must put right: [`Setup`].
    pub fn new(
        name: &str,
        settings: Settings,
        now: &Now,
        secrets: &dyn Secrets,
    ) -> Result<Self, Setup> {
        let clients = Clients::new(name, &settings, now, secrets)?;
        let standard = settings.password.standard.as_ref();
        let standard = standard.map(|reference| secrets.secret(reference)).transpose()?;
        let passwords = Passwords::new(&settings.password, standard)
            .ok_or(Setup::Settings("password.standard"))?;
        let (fresh, drops_group_ids) = (Mutex::default(), AtomicBool::new(false));
        Ok(Self {
            name: name.to_owned(),
            settings,
            clients,
            passwords,
            fresh,
            drops_group_ids,
            marked: OnceCell::new(),
            classroom_closed: OnceCell::new(),
            first_courses: Mutex::default(),
            settings_closed: OnceCell::new(),
        })
    }

    fn invalid(&self, detail: &str) -> TargetError {
        TargetError::Invalid { target: self.name.clone(), detail: detail.to_owned() }
    }

    fn is_fresh(&self, id: &str) -> bool {
        self.made_at(id).is_some()
    }

    fn made_at(&self, id: &str) -> Option<Instant> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied()
    }

    fn made(&self, id: &str) {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.insert(id.to_owned(), Instant::now());
    }

    /// What "not there" means for something that concerns these ids.
    fn gone(&self, ids: &[&str], otherwise: Gone) -> Gone {
        if ids.iter().any(|id| self.is_fresh(id)) { Gone::NotYet } else { otherwise }
    }

    fn drops_group_ids(&self) -> bool {
        self.drops_group_ids.load(Ordering::Relaxed)
    }
}

#[async_trait::async_trait]
impl Target for Google {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn width(&self) -> usize {
        WIDTH
    }

    fn bundle(&self, operations: &[Operation]) -> Vec<Call> {
        send::bundle(operations)
    }

    async fn closed(&self) -> Vec<Closed> {
        self.closed_kinds().await
    }

    async fn send(
        &self,
        _: &Call,
        operations: &[Operation],
        material: Material<'_>,
    ) -> Result<Receipt, TargetError> {
        let Material::Object(resource) = material else {
            return Err(self.invalid("the object is needed"));
        };
        let outcomes = self.carry(operations, &resource).await;
        // Courses are others now.
        drop(self.first_courses().take());
        let outcomes = outcomes?;
        Ok(Receipt { outcomes, notes: Vec::new() })
    }

    async fn observe(
        &self,
        look: Look<'_>,
        ids: &Ids<'_>,
        seen: &mut dyn Seen,
    ) -> Result<(), TargetError> {
        self.look(look, ids, seen).await
    }

    async fn forget(&self, _: &[Key]) -> Result<(), TargetError> {
        // Nothing is kept here.
        Ok(())
    }
}

/// The published id of an object.
fn published(ids: &Ids<'_>, object: ObjectRef) -> ObjectRef {
    ObjectRef { kind: object.kind, key: ids.after(object) }
}

#[cfg(test)]
mod tests;
