//! Registers that are read over SS12000, the Swedish standard for registers of schools.
//!
//! | | |
//! |---|---|
//! | Known as | SS12000; Edlevo (Tieto Education, Lifecare), IST `EduCloud` (Extens, IST Administration), `SchoolSoft`, and other registers that speak it |
//! | Editions | REST 2.0 and 2.1 |
//! | Reads  | organisations, school units, persons with enrolments and guardians, duties, groups with members, activities (who teaches whom), syllabuses |
//! | How    | everything, or changes alone (`meta.modified.after` and `deletedEntities`) on top of what was kept |
//! | Sign-in | client credentials, a token that does not change, a client certificate; see `connect::http` |
//! | Never  | placements, grades, attendance, calendars; mentors (the roster has no such relation) |
//! | Edlevo | SS12000 says nothing of Regi: what Edlevo serves is chosen there (Regi = Kommunal regi). `municipalities` chooses by Kommun; Verksamhetskod comes as `schoolUnitCode`; the marker "Portal" becomes the group's notes |
//! | Source | SS12000:2020 with its correction of 2022; reference/sources.md §1, §2.4, §3 |
//!
//! A new register with quirks is a profile, which is data, not code.

mod fetch;
mod head;
mod map;
mod mask;
mod messages;
mod notes;
mod print;
mod profile;
mod query;
mod read;
mod rows;
mod settings;
mod take;
#[cfg(test)]
mod tests;
mod wire;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use connect::http::{Client, Setup};
use jiff::Timestamp;
use roster::{Date, Intake, MarkingPolicy, ReadReport, Source, SourceError};
use secret::Secrets;

use crate::head::Head;
pub use crate::messages::{Language, explain, explain_notice};
use crate::profile::Profile;
pub use crate::profile::{
    ArrayStyle, Collection, PathOf, ProfilePart, Query, QueryValue, Reads, Words, names,
};
pub use crate::read::count_objects;
pub use crate::settings::{DeltaSettings, MarkingSettings, Numbers, Problem, Ss12000Settings};

/// The source's name in the settings file.
pub const KIND: &str = "ss12000";

/// A register over SS12000.
pub struct Ss12000 {
    settings: Ss12000Settings,
    profile: Arc<Profile>,
    client: Client,
    today: Date,
    now: Timestamp,
    /// Of everything that what is kept depends on.
    print: u64,
}

/// Why a source cannot be made.
#[derive(Debug)]
pub enum CannotMake {
    /// The settings have problems.
    Settings(Vec<Problem>),
    /// A file, a secret or an address is not as it should be.
    Setup(Setup),
}

impl Ss12000 {
    /// The source that the settings describe. `today` is for the days between full reads, for
    /// dates in queries and for the century of short identity numbers; `now`, since the
    /// register's clock may be wrong. Calls nobody.
    ///
    /// # Errors
    ///
    /// [`CannotMake`]: a person must put something right.
    pub fn new(
        settings: Ss12000Settings,
        today: Date,
        now: Timestamp,
        secrets: &dyn Secrets,
    ) -> Result<Self, CannotMake> {
        let problems = settings.problems();
        let profile = match Profile::of(&settings.profile, &settings.adjust) {
            Ok(profile) if problems.is_empty() => profile,
            Ok(_) | Err(_) => return Err(CannotMake::Settings(problems)),
        };
        let Ss12000Settings { base_url, http, auth, .. } = &settings;
        let client = Client::new(base_url, http, auth, secrets).map_err(CannotMake::Setup)?;
        let mut print = DefaultHasher::new();
        // Names of secrets stand there, never secrets.
        format!("{settings:?}{:?}", profile.part).hash(&mut print);
        Ok(Self { settings, profile: Arc::new(profile), client, today, now, print: print.finish() })
    }

    /// What the gate must be told of the marking's values; for [`roster::Assembly::intake`].
    #[must_use]
    pub fn marking_policy(&self) -> MarkingPolicy {
        MarkingPolicy::open_values(self.settings.marking.open_values())
    }

    /// Where the register is, for people.
    #[must_use]
    pub fn host(&self) -> String {
        self.client.place("").host.as_ref().to_owned()
    }

    /// Asks for one organisation: whether the register is reached and lets us in.
    ///
    /// # Errors
    ///
    /// As [`Source::read`].
    pub async fn probe(&self) -> Result<(), SourceError> {
        let parameters = vec![("limit".to_owned(), "1".to_owned())];
        let job = fetch::job(&self.client, PathOf::Organisations, parameters);
        let path = self.profile.path(PathOf::Organisations).to_owned();
        let answer = fetch::fetch(&self.client, &path, &job, Vec::new()).await;
        answer.map(drop).map_err(|error| fetch::refused(&self.client, &job, &error))
    }

    /// Whether rows are kept for reads of changes.
    fn reads_changes(&self) -> bool {
        self.settings.delta.enabled && self.profile.has_deltas()
    }

    /// The last read, where changes since then are enough.
    fn since(&self, head: &[u8]) -> Option<Head> {
        let head = Head::decode(head).ok()?;
        let days = i64::from(self.settings.delta.full_every_days);
        let next = head.full_on.checked_add(jiff::Span::new().days(days)).ok()?;
        let is_fresh = head.full_on <= self.today && self.today < next;
        (self.reads_changes() && is_fresh && head.settings == self.print).then_some(head)
    }
}

#[async_trait::async_trait]
impl Source for Ss12000 {
    async fn read(&self, intake: &mut Intake<'_>) -> Result<ReadReport, SourceError> {
        read::read(self, intake).await
    }
}
