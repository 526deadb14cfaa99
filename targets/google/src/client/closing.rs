//! Whether a service can be used at all, and what is missing where it cannot.

use connect::http::{Error, Fault, NoGrant};

use super::answer::{Answer, Lock, Next};
use super::courier::{Courier, Stop, is_locked_out};
use super::part::Part;
use super::scopes::Function;
use crate::Locked;
use crate::closed::WhyClosed;

/// Scopes that were not delegated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    /// By which number the administrator knows the service account.
    pub(crate) client_id: String,
    /// What they are for.
    pub(crate) functions: Vec<Function>,
    /// All scopes that these settings need, with commas between them: the line takes the place of
    /// the one before.
    pub(crate) line: String,
}

impl Courier {
    /// Reads the beginning of a list, as [`Courier::knock`]: who may not list at all lacks a role.
    pub(crate) async fn knock_at_list(&self, part: Part) -> Result<Option<Answer>, WhyClosed> {
        let answer = self.knocked(part).await?;
        let is_refused = |it: &Answer| it.next == Next::Refused && it.status == 403;
        if answer.as_ref().is_some_and(is_refused) {
            return Err(WhyClosed::Locked(Locked::new(self.service, Lock::Role)));
        }
        Ok(answer.filter(Answer::is_fine))
    }

    /// Makes a call once, and tells whether a person must act before any can do good; else what it
    /// asked for, where that came. Trouble that passes says nothing.
    pub(crate) async fn knock(&self, part: Part) -> Result<Option<Answer>, WhyClosed> {
        Ok(self.knocked(part).await?.filter(Answer::is_fine))
    }

    async fn knocked(&self, part: Part) -> Result<Option<Answer>, WhyClosed> {
        match self.aside(&part).await {
            Err(Stop::Http(error)) if is_locked_out(&error) => Err(self.closed_by(error)),
            Ok(Some(Answer { next: Next::Locked(lock), .. })) => {
                Err(WhyClosed::Locked(Locked::new(self.service, lock)))
            }
            Ok(answer) => Ok(answer),
            Err(_) => Ok(None),
        }
    }

    /// What a refusal of the sign-in is: scopes that are missing are told with all that are needed.
    pub(crate) fn closed_by(&self, error: Error) -> WhyClosed {
        match self.missing(&error) {
            Some(missing) => WhyClosed::Locked(Locked::undelegated(self.service, missing)),
            None => WhyClosed::SignIn(error),
        }
    }

    fn missing(&self, error: &Error) -> Option<Missing> {
        let Fault::NoGrant(why) = &*error.fault else { return None };
        let NoGrant::NotDelegated { client_id, missing, wanted: _ } = &**why else { return None };
        let line: Vec<&str> = self.functions.iter().map(|function| function.scope).collect();
        let is_missing = |function: &&Function| missing.iter().any(|it| it == function.scope);
        let functions = self.functions.iter().filter(is_missing).copied().collect();
        Some(Missing { client_id: client_id.clone(), functions, line: line.join(",") })
    }
}
