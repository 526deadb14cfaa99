//! Google's services as they are called: tokens, batches, quotas, refusals.

mod answer;
mod batch;
mod chance;
mod closing;
mod courier;
mod limits;
mod part;
mod queue;
mod ripeness;
mod scopes;
mod sending;

use connect::http::{Client, Now, ServiceAccount, Setup};
use connect::pacer::Pacer;
use roster::Key;
use secret::Secrets;

pub(crate) use answer::{Answer, Lock, Next};
pub(crate) use closing::Missing;
pub(crate) use courier::{Courier, Found, Gone, Said, Since, Waited};
pub(crate) use limits::Service;
pub(crate) use part::{Counts, Fresh, Part};
pub use scopes::{Function, scope_lines};

use crate::settings::Settings;

/// All services, each with its own tokens: so `doctor` can tell of each what is missing
/// (reference/google.md §3.1). A run needs all that are used.
pub(crate) struct Clients {
    pub(crate) account: ServiceAccount,
    pub(crate) directory: Courier,
    /// One a subject; empty where Classroom is not used.
    classroom: Vec<Courier>,
    pub(crate) group_settings: Option<Courier>,
}

impl Clients {
    pub(crate) fn new(
        target: &str,
        settings: &Settings,
        now: &Now,
        secrets: &dyn Secrets,
    ) -> Result<Self, Setup> {
        let account = ServiceAccount::read(&secrets.secret(&settings.key)?)?;
        let project = (!settings.more_classroom_subjects.is_empty())
            .then(|| Pacer::new(Service::of_project(&settings.quotas)));
        let courier = |service: Service, subject: &str| {
            let scopes = scopes::of(service, settings);
            let now = now.clone();
            let tokens = account.tokens(Some(subject), &scopes, now, &settings.http, secrets)?;
            let base = match service {
                Service::Directory => &settings.addresses.directory,
                Service::Classroom => &settings.addresses.classroom,
                Service::GroupSettings => &settings.addresses.group_settings,
            };
            let client = Client::with_tokens(base, &settings.http, tokens, secrets)?;
            let project = project.clone().filter(|_| service == Service::Classroom);
            Ok::<_, Setup>(Courier::new(target, service, client, project, settings))
        };
        let subject = settings.subject.as_str();
        let directory = courier(Service::Directory, subject)?;
        let more = settings.more_classroom_subjects.iter().map(String::as_str);
        let subjects = [subject].into_iter().chain(more).filter(|_| settings.classrooms);
        let classroom = subjects
            .map(|subject| courier(Service::Classroom, subject))
            .collect::<Result<_, _>>()?;
        let sets = settings.groups && settings.group_settings.set;
        let group_settings = sets.then(|| courier(Service::GroupSettings, subject)).transpose()?;
        Ok(Self { account, directory, classroom, group_settings })
    }

    /// The subject that calls about a course: the same for all that is done to it.
    pub(crate) fn classroom(&self, course: Key) -> Option<&Courier> {
        let number = course.as_bytes().iter().fold(0_usize, |sum, byte| sum + usize::from(*byte));
        self.classroom.get(number % self.classroom.len().max(1))
    }

    /// All subjects that call Classroom.
    pub(crate) fn classrooms(&self) -> &[Courier] {
        &self.classroom
    }
}
