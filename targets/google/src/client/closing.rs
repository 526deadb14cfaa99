//! Whether a service can be used at all.

use super::answer::{Answer, Next};
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
    /// All scopes that these settings need, with commas between them.
    pub(crate) line: String,
}

impl Courier {
    /// Makes a call once, and tells whether a person must act before any can do good. Trouble
    /// that passes says nothing of that.
    pub(crate) async fn why_closed(&self, part: Part) -> Option<WhyClosed> {
        match self.aside(&part).await {
            Err(Stop::Http(error)) if is_locked_out(&error) => Some(WhyClosed::SignIn(error)),
            Ok(Some(Answer { next: Next::Locked(lock), .. })) => {
                Some(WhyClosed::Locked(Locked::new(self.service, lock)))
            }
            Ok(_) | Err(_) => None,
        }
    }
}
