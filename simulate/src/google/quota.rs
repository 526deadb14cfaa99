//! Limits on calls, as windows that move with simulated time.

use std::collections::{HashMap, VecDeque};

use super::clock::{DAY, MINUTE, Moment, SECOND};
use super::counts::Counts;
use super::key::PROJECT;
use super::methods::{Api, Method};
use super::refusal::{Form, Refusal};
use super::switches::{Quotas, Told};

/// What has been used lately.
#[derive(Debug, Default)]
pub(super) struct Used(HashMap<(Bucket, String), Window>);

/// What is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Bucket {
    Directory,
    UserInserts,
    UnitWrites,
    Classroom,
    ClassroomProject,
    Settings,
}

impl Bucket {
    fn name(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::UserInserts => "user-inserts",
            Self::UnitWrites => "unit-writes",
            Self::Classroom => "classroom",
            Self::ClassroomProject => "classroom-project",
            Self::Settings => "settings",
        }
    }

    fn span(self) -> Moment {
        match self {
            Self::UserInserts | Self::UnitWrites => SECOND,
            Self::Directory | Self::Classroom | Self::ClassroomProject => MINUTE,
            Self::Settings => DAY,
        }
    }

    fn limit(self, quotas: &Quotas) -> Option<u32> {
        match self {
            Self::Directory => quotas.directory,
            Self::UserInserts => quotas.user_inserts,
            Self::UnitWrites => quotas.unit_writes,
            Self::Classroom => quotas.classroom,
            Self::ClassroomProject => quotas.classroom_project,
            Self::Settings => quotas.settings,
        }
    }

    /// Those that a call takes from.
    fn of(method: &Method) -> &'static [Self] {
        match (method.api(), method.id) {
            (_, "directory.users.insert") => &[Self::Directory, Self::UserInserts],
            (
                _,
                "directory.orgunits.insert"
                | "directory.orgunits.update"
                | "directory.orgunits.patch",
            ) => &[Self::Directory, Self::UnitWrites],
            (Api::Directory, _) => &[Self::Directory],
            (Api::Classroom, _) => &[Self::Classroom, Self::ClassroomProject],
            (Api::Settings, _) => &[Self::Settings],
        }
    }

    /// What is counted for each subject, and what for all together.
    fn whose(self, subject: &str) -> String {
        match self {
            Self::Directory | Self::Classroom => subject.to_owned(),
            Self::UserInserts | Self::UnitWrites | Self::ClassroomProject | Self::Settings => {
                String::new()
            }
        }
    }
}

impl Used {
    /// Takes one call's worth; a refused call takes nothing.
    pub(super) fn take(
        &mut self,
        (quotas, now): (&Quotas, Moment),
        method: &Method,
        subject: &str,
        counts: &mut Counts,
    ) -> Result<(), Refusal> {
        let buckets = Bucket::of(method);
        for bucket in buckets {
            let Some(limit) = bucket.limit(quotas) else { continue };
            let window = self.0.entry((*bucket, bucket.whose(subject))).or_default();
            window.forget(now - bucket.span());
            if window.sum >= u64::from(limit) {
                counts.throttled(bucket.name());
                return Err(refusal(*bucket, quotas.told));
            }
        }
        for bucket in buckets {
            counts.used(bucket.name());
            if bucket.limit(quotas).is_some() {
                let window = self.0.entry((*bucket, bucket.whose(subject))).or_default();
                window.add(now, bucket.span() / 200);
            }
        }
        Ok(())
    }
}

/// Calls of a while, those of moments close together in one number.
#[derive(Debug, Default)]
struct Window {
    steps: VecDeque<(Moment, u64)>,
    sum: u64,
}

impl Window {
    fn forget(&mut self, until: Moment) {
        while let Some((moment, many)) = self.steps.front().copied().filter(|it| it.0 <= until) {
            debug_assert!(moment <= until, "in order");
            self.sum -= many;
            self.steps.pop_front();
        }
    }

    fn add(&mut self, now: Moment, grain: Moment) {
        self.sum += 1;
        match self.steps.back_mut() {
            Some((moment, many)) if now - *moment < grain => *many += 1,
            Some(_) | None => self.steps.push_back((now, 1)),
        }
    }
}

/// google.md §1.4, §1.5, §2.2.
fn refusal(bucket: Bucket, told: Told) -> Refusal {
    let used_up = |status, (name, limit, service)| {
        Refusal::new(status, "rateLimitExceeded", metric(name, limit, service))
    };
    let directory = ("Queries", "per minute per user", "admin.googleapis.com");
    let classroom = |limit| ("Requests", limit, "classroom.googleapis.com");
    match (bucket, told) {
        (Bucket::Directory, Told::Forbidden) => used_up(403, directory).in_form(Form::Both),
        (Bucket::Directory, Told::TooMany) => used_up(429, directory).in_form(Form::Newer),
        (Bucket::UserInserts, _) => {
            Refusal::new(503, "backendError", "Quota exceeded for the current request")
                .in_form(Form::Text)
        }
        (Bucket::UnitWrites, _) => {
            Refusal::new(403, "quotaExceeded", "Request rate higher than configured.")
        }
        (Bucket::Classroom, _) => used_up(429, classroom("per minute per user")),
        (Bucket::ClassroomProject, _) => used_up(429, classroom("per minute")),
        (Bucket::Settings, _) => {
            used_up(403, ("Queries", "per day", "groupssettings.googleapis.com"))
                .in_form(Form::Both)
        }
    }
}

fn metric(name: &str, limit: &str, service: &str) -> String {
    format!(
        "Quota exceeded for quota metric '{name}' and limit '{name} {limit}' of service \
         '{service}' for consumer 'project_number:{PROJECT}'."
    )
}
