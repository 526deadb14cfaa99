//! Google's three services that we call, with their quotas (reference/google.md §1.5, §2.4).

use connect::pacer::Limits;

use super::queue::Room;
use crate::quotas::Quotas;

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

impl Service {
    pub(super) fn limits(self, quotas: &Quotas) -> Limits {
        let buckets = match self {
            Self::Directory => vec![quotas.directory(QUERIES), quotas.users(NEW_USERS)],
            Self::Classroom => vec![quotas.classroom(QUERIES)],
            // 100,000 a day: one call a new group, and nobody makes so many.
            Self::GroupSettings => Vec::new(),
        };
        Limits { buckets, concurrency: AT_ONCE, ..Limits::default() }
    }

    /// What all subjects share in Classroom.
    pub(super) fn of_project(quotas: &Quotas) -> Limits {
        let buckets = vec![quotas.project(QUERIES)];
        let most = connect::pacer::MOST_AT_ONCE;
        Limits { buckets, start: most, concurrency: most, ..Limits::default() }
    }

    /// What goes in one request: no more than a quota has at once.
    pub(super) fn room(self, quotas: &Quotas) -> Room {
        let parts = match self {
            Self::Directory => DIRECTORY_PARTS,
            Self::Classroom | Self::GroupSettings => CLASSROOM_PARTS,
        };
        let mut room = Room { parts, new_users: parts };
        let project = (self == Self::Classroom).then(|| quotas.project(QUERIES));
        for bucket in self.limits(quotas).buckets.into_iter().chain(project) {
            let most = bucket.count as usize;
            if bucket.name == QUERIES {
                room.parts = room.parts.min(most);
            } else {
                room.new_users = room.new_users.min(most);
            }
        }
        room
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
