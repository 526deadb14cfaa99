//! Google's three services that we call, with their quotas (reference/google.md §1.5, §2.4).

use std::time::Duration;

use connect::pacer::{Bucket, Limits};

use super::queue::Room;
use crate::card::{
    CLASSROOM_A_MINUTE, CLASSROOM_PROJECT_A_MINUTE, DIRECTORY_A_MINUTE, USERS_A_SECOND,
};

/// A service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    /// Users, units, groups and their members.
    Directory,
    /// Courses and who is in them.
    Classroom,
    /// Who may do what in a group.
    GroupSettings,
}

/// Calls; each part of a batch is one.
pub(super) const QUERIES: &str = "queries";
/// Users created.
pub(super) const NEW_USERS: &str = "users created";

/// As many parts as one request has. Directory takes 1,000 (reference/google.md §1.7): a
/// tenth is no slower, and less is in doubt when its answer is lost (§8.5).
const DIRECTORY_PARTS: usize = 100;
/// Classroom takes no more.
const CLASSROOM_PARTS: usize = 50;
/// Requests at once. More calls for the concurrency that Directory counts as `quotaExceeded`.
const AT_ONCE: u32 = 8;

const MINUTE: Duration = Duration::from_mins(1);

impl Service {
    pub(super) fn limits(self) -> Limits {
        let buckets = match self {
            Self::Directory => vec![
                Bucket::new(QUERIES, DIRECTORY_A_MINUTE, MINUTE),
                Bucket::new(NEW_USERS, USERS_A_SECOND, Duration::from_secs(1)),
            ],
            Self::Classroom => vec![Bucket::new(QUERIES, CLASSROOM_A_MINUTE, MINUTE)],
            // 100,000 a day: one call a new group, and nobody makes so many.
            Self::GroupSettings => Vec::new(),
        };
        Limits { buckets, concurrency: AT_ONCE, ..Limits::default() }
    }

    /// What all subjects share in Classroom.
    pub(super) fn of_project() -> Limits {
        let buckets = vec![Bucket::new(QUERIES, CLASSROOM_PROJECT_A_MINUTE, MINUTE)];
        let most = connect::pacer::MOST_AT_ONCE;
        Limits { buckets, start: most, concurrency: most, ..Limits::default() }
    }

    pub(super) fn has(self, bucket: &str) -> bool {
        self.limits().buckets.iter().any(|it| it.name == bucket)
    }

    pub(super) fn room(self) -> Room {
        let parts = match self {
            Self::Directory => DIRECTORY_PARTS,
            Self::Classroom | Self::GroupSettings => CLASSROOM_PARTS,
        };
        Room { parts, new_users: USERS_A_SECOND as usize }
    }

    /// Where batches go (reference/google.md §0 no 9).
    pub(super) fn batch_path(self) -> &'static str {
        match self {
            Self::Directory => "/batch/admin/directory_v1",
            Self::Classroom => "/batch",
            Self::GroupSettings => "/batch/groupssettings/v1",
        }
    }
}
