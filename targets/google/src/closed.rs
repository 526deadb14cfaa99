//! What is closed to us until a person has acted, while the rest goes on: courses, and the
//! settings of new groups. Accounts are what all else stands on: without them nothing does.

use connect::http::{Error, Fault, NoGrant};
use state::{Closed, TargetError};

use crate::card::COURSE;
use crate::client::{Courier, Missing, scope_lines};
use crate::{Google, Locked, wire};

/// Why a service cannot be used.
#[derive(Debug, Clone)]
pub(crate) enum WhyClosed {
    /// It refuses us, or is not delegated to us.
    Locked(Locked),
    /// The sign-in is refused.
    SignIn(Error),
}

impl Google {
    /// Why courses cannot be worked with, if they cannot: asked once a run. That is known before
    /// anything is planned, so that what cannot be read does not look gone.
    pub(crate) async fn classroom_closed(&self) -> Option<&WhyClosed> {
        let ask = async {
            for courier in self.clients.classrooms() {
                if let Some(why) = courier.why_closed(wire::course(NOWHERE)).await {
                    return Some(self.named(courier, why));
                }
            }
            None
        };
        self.classroom_closed.get_or_init(|| ask).await.as_ref()
    }

    /// Why new groups cannot get their settings: asked when the first is made.
    pub(crate) async fn settings_closed(&self) -> Option<&WhyClosed> {
        let ask = async {
            let courier = self.clients.group_settings.as_ref()?;
            let part = wire::group_settings(&format!("{NOWHERE}@{}", self.domain()));
            Some(self.named(courier, courier.why_closed(part).await?))
        };
        self.settings_closed.get_or_init(|| ask).await.as_ref()
    }

    /// The kinds that are left alone.
    pub(crate) async fn closed_kinds(&self) -> Vec<Closed> {
        let why = self.classroom_closed().await;
        let closed = |why: &WhyClosed| Closed { kind: COURSE, why: self.denied(why) };
        why.map(closed).into_iter().collect()
    }

    fn denied(&self, why: &WhyClosed) -> TargetError {
        let target = self.name.clone();
        match why {
            WhyClosed::Locked(locked) => {
                TargetError::Denied { target, source: Box::new(locked.clone()) }
            }
            WhyClosed::SignIn(error) => {
                TargetError::Denied { target, source: Box::new(error.clone()) }
            }
        }
    }

    /// Scopes that are missing, with what they are for and all that are to stand in the line: it
    /// takes the place of the one before.
    fn named(&self, courier: &Courier, why: WhyClosed) -> WhyClosed {
        let WhyClosed::SignIn(error) = &why else { return why };
        let missing = self.missing(error);
        missing.map_or(why, |it| WhyClosed::Locked(Locked::undelegated(courier.service, it)))
    }

    /// The scopes that a refusal of the sign-in names.
    pub(crate) fn missing(&self, error: &Error) -> Option<Missing> {
        let Fault::NoGrant(why) = &*error.fault else { return None };
        let NoGrant::NotDelegated { client_id, missing, wanted: _ } = &**why else { return None };
        let all = scope_lines(&self.settings);
        let line: Vec<&str> = all.iter().map(|function| function.scope).collect();
        let (client_id, line) = (client_id.clone(), line.join(","));
        let of = all.into_iter().filter(|function| missing.iter().any(|it| it == function.scope));
        Some(Missing { client_id, functions: of.collect(), line })
    }

    /// The domain of groups, or of the administrator.
    pub(crate) fn domain(&self) -> &str {
        let own = self.settings.subject.rsplit('@').next().unwrap_or_default();
        self.settings.domain.as_deref().unwrap_or(own)
    }
}

/// The id of nothing.
pub(crate) const NOWHERE: &str = "0";
