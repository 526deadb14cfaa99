//! What is closed to us until a person has acted, while the rest goes on: courses, and the
//! settings of new groups. Accounts are what all else stands on: without them nothing does.

use std::sync::{MutexGuard, PoisonError};

use connect::http::Error;
use state::{Closed, TargetError};

use crate::card::COURSE;
use crate::client::Answer;
use crate::{Google, Locked, wire};

/// Why a service cannot be used.
#[derive(Debug, Clone)]
pub(crate) enum WhyClosed {
    /// It refuses us, or is not delegated to us.
    Locked(Locked),
    /// The sign-in is refused.
    SignIn(Error),
}

impl WhyClosed {
    /// As it is told when it stops a run.
    pub(crate) fn denied(self, target: &str) -> TargetError {
        let target = target.to_owned();
        match self {
            Self::Locked(locked) => TargetError::Denied { target, source: Box::new(locked) },
            Self::SignIn(error) => TargetError::Denied { target, source: Box::new(error) },
        }
    }
}

impl Google {
    /// Why courses cannot be worked with, if they cannot: asked once a run. That is known before
    /// anything is planned, so that what cannot be read does not look gone. Who lists courses is
    /// asked for the first of them, which is kept for the list.
    pub(crate) async fn classroom_closed(&self) -> Option<&WhyClosed> {
        let ask = async {
            let mut administrators = self.clients.classrooms().iter();
            let first = administrators.next()?;
            match first.knock_at_list(wire::courses(None)).await {
                Err(why) => return Some(why),
                Ok(page) => *self.first_courses() = page,
            }
            for courier in administrators {
                if let Err(why) = courier.knock(wire::course(NOWHERE)).await {
                    return Some(why);
                }
            }
            None
        };
        self.classroom_closed.get_or_init(|| ask).await.as_ref()
    }

    /// The first page of all courses, where it has come and is not used yet.
    pub(crate) fn first_courses(&self) -> MutexGuard<'_, Option<Answer>> {
        self.first_courses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why new groups cannot get their settings: asked when the first is made.
    pub(crate) async fn settings_closed(&self) -> Option<&WhyClosed> {
        let ask = async {
            let courier = self.clients.group_settings.as_ref()?;
            let part = wire::group_settings(&format!("{NOWHERE}@{}", self.domain()));
            courier.knock(part).await.err()
        };
        self.settings_closed.get_or_init(|| ask).await.as_ref()
    }

    /// The kinds that are left alone.
    pub(crate) async fn closed_kinds(&self) -> Vec<Closed> {
        let why = self.classroom_closed().await;
        let closed = |why: &WhyClosed| Closed { kind: COURSE, why: why.clone().denied(&self.name) };
        why.map(closed).into_iter().collect()
    }

    /// The domain of groups, or of the administrator.
    pub(crate) fn domain(&self) -> &str {
        let own = self.settings.subject.rsplit('@').next().unwrap_or_default();
        self.settings.domain.as_deref().unwrap_or(own)
    }
}

/// The id of nothing.
pub(crate) const NOWHERE: &str = "0";
