//! Whether each permission is there, for `doctor` (K092): one function at a time.

use connect::http::Words;
use state::TargetError;

use crate::client::{Courier, Function, Lock, Next, Part, Said, Service, scope_lines};
use crate::closed::NOWHERE;
use crate::{Google, Locked, wire};

/// What one function needs, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is for.
    pub function: Words,
    /// The scope that it needs.
    pub scope: &'static str,
    /// What is missing, and what to do.
    pub problem: Option<Words>,
}

impl Google {
    /// The number by which an administrator delegates scopes to the service account.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.clients.account.client_id()
    }

    /// Makes one small call for each function, and tells how it went.
    pub async fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for function in scope_lines(&self.settings) {
            let problem = self.tried(&function).await;
            let (scope, function) = (function.scope, function.words());
            findings.push(Finding { function, scope, problem });
        }
        findings
    }

    async fn tried(&self, function: &Function) -> Option<Words> {
        for (courier, part) in self.calls(function) {
            let said = match courier.try_to(part, crate::client::Gone::Answer).await {
                Ok(said) => said,
                Err(stop) => return Some(words(&courier.failed(stop))),
            };
            let locked = |lock| Some(Locked::new(courier.service, lock).explain());
            let problem = match said {
                Said::Nothing => Some(Words::new(
                    "Google svarade inte. Försök igen senare.",
                    "Google did not answer. Try again later.",
                )),
                Said::Reply(answer) => match answer.next {
                    // What is looked for need not be there.
                    Next::Fine | Next::NotThere => None,
                    Next::Locked(lock) => locked(lock),
                    Next::Refused if answer.status == 403 => locked(Lock::Role),
                    Next::TooMany { .. }
                    | Next::Busy
                    | Next::Soon
                    | Next::Taken
                    | Next::Stale
                    | Next::Refused => Some(Words::new(
                        format!("Google avvisade anropet ({}).", answer.code),
                        format!("Google refused the call ({}).", answer.code),
                    )),
                },
            };
            if problem.is_some() {
                return problem;
            }
        }
        None
    }

    /// Reads that show whether a function can be used. Rosters and settings of what is not there
    /// are refused as they would be of what is.
    fn calls(&self, function: &Function) -> Vec<(&Courier, Part)> {
        let customer = self.settings.customer.as_str();
        let directory = &self.clients.directory;
        match function.service {
            Service::Directory if function.scope.ends_with("orgunit.readonly") => {
                vec![(directory, wire::units(customer))]
            }
            Service::Directory if function.scope.ends_with("group") => {
                vec![(directory, wire::groups(customer, None))]
            }
            Service::Directory => vec![(directory, wire::users(customer, None))],
            Service::Classroom => {
                let is_courses = function.scope.ends_with("courses");
                let part = || {
                    if is_courses {
                        wire::course(NOWHERE)
                    } else {
                        wire::roster(NOWHERE, wire::Roster::Students, None)
                    }
                };
                self.clients.classrooms().iter().map(|courier| (courier, part())).collect()
            }
            Service::GroupSettings => {
                let part = wire::group_settings(&format!("{NOWHERE}@{}", self.domain()));
                self.clients.group_settings.iter().map(|courier| (courier, part.clone())).collect()
            }
        }
    }
}

fn words(error: &TargetError) -> Words {
    match std::error::Error::source(error) {
        Some(source) if let Some(locked) = source.downcast_ref::<Locked>() => locked.explain(),
        Some(source) => match source.downcast_ref::<connect::http::Error>() {
            Some(error) => error.explain(),
            None => Words::new(source.to_string(), source.to_string()),
        },
        None => Words::new(error.to_string(), error.to_string()),
    }
}
