//! Policies: life cycle, drift and guards, as the tenant sets them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// What happens to an object that is no longer wanted. Days are counted from the day the
/// register gives as its last, else from the day we first missed it. A step that is left
/// out never happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifeCycle {
    /// Days until the object is suspended. 0: in the next run.
    pub suspend_after_days: Option<u32>,
    /// Days until the object is archived. 14 is the habit for class teams (K062).
    pub archive_after_days: Option<u32>,
    /// Days until the object is deleted, counted from its suspension or archiving where it
    /// has one (K124). Left out: never.
    pub delete_after_days: Option<u32>,
}

/// What to do when somebody at the receiver changed what we wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// Write our value again.
    Keep,
    /// Write the value at creation only; later it belongs to the receiver (K115).
    CreateOnly,
    /// Leave it, and say so (K114).
    #[default]
    Report,
    /// Leave it.
    Ignore,
}

/// What becomes of a sleeping account at the receiver whose name a new person should get (K136).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnReusedName {
    /// Nothing until a person has decided: the account holds what was another's.
    #[default]
    Hold,
    /// The new person gets the account, with everything that is in it.
    Reuse,
}

/// What becomes of an account or group at a directory that is found by the address that a new
/// person or group should get, and that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnFound {
    /// It waits for a person's yes: once linked it is ours to change, suspend and delete.
    #[default]
    Hold,
    /// It is linked at once.
    Link,
}

/// A limit: the smaller of a share of what there is and a count. Going over it trips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Share in per mille of what there is; `None`: no share.
    pub per_mille: Option<u32>,
    /// Count; `None`: no count.
    pub count: Option<u64>,
}

impl Limit {
    /// A limit of so many percent, or of so many, whichever is smaller.
    #[must_use]
    pub const fn of(percent: Option<u32>, count: Option<u64>) -> Self {
        let per_mille = match percent {
            Some(percent) => Some(percent * 10),
            None => None,
        };
        Self { per_mille, count }
    }

    /// The largest number that does not trip when there are `total`.
    #[must_use]
    pub fn allowed(self, total: u64) -> u64 {
        let share =
            self.per_mille.map(|per_mille| total.saturating_mul(u64::from(per_mille)) / 1000);
        match (share, self.count) {
            (Some(share), Some(count)) => share.min(count),
            (one, two) => one.or(two).unwrap_or(u64::MAX),
        }
    }
}

/// The guards on a plan. Every one is on from the beginning; defaults as in
/// reference/portal.md §2.4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guards {
    /// Suspensions, deletions and archivings of persons' objects over the whole target.
    pub removals: Limit,
    /// Deletions and archivings of groups' objects over the whole target.
    pub group_removals: Limit,
    /// Removals from one container's members, where it has at least
    /// [`Guards::container_at_least`].
    pub container_members: Limit,
    /// Containers smaller than this are not watched one by one.
    pub container_at_least: u64,
    /// All changes of one kind of object: creates, updates and removals.
    pub changes: Limit,
    /// Kinds of object of which there are fewer than this are not watched for changes.
    pub changes_at_least: u64,
    /// Removals at one school: of persons, and of memberships.
    pub school_removals: Limit,
    /// Schools with fewer persons than this are not watched one by one.
    pub school_at_least: u64,
    /// Changes of one attribute over all objects of a kind.
    pub attribute_changes: Limit,
    /// Removals of memberships over the whole target.
    pub membership_removals: Limit,
    /// Limits for operations that the last good snapshot already foresaw.
    pub expected: Limit,
    /// Limits that replace the above inside a `shift` window of the calendar, by the name of
    /// the field.
    pub shift: BTreeMap<String, Limit>,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            removals: Limit::of(Some(5), Some(50)),
            group_removals: Limit::of(Some(10), None),
            container_members: Limit::of(Some(50), None),
            container_at_least: 10,
            changes: Limit::of(Some(75), None),
            changes_at_least: 20,
            school_removals: Limit::of(Some(20), None),
            school_at_least: 10,
            attribute_changes: Limit::of(Some(75), None),
            membership_removals: Limit::of(Some(30), None),
            expected: Limit::of(Some(30), None),
            shift: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Design §5: the smaller of share and count.
    #[test]
    fn a_limit_is_the_smaller_of_share_and_count() {
        #[rustfmt::skip]
        let table = &[
            // shows              limit                          total  allowed
            ("count is smaller",  Limit::of(Some(5), Some(50)),  6_118, 50),
            ("share is smaller",  Limit::of(Some(5), Some(50)),    400, 20),
            ("share alone",       Limit::of(Some(10), None),       312, 31),
            ("no limit",          Limit::of(None, None),           312, u64::MAX),
        ];
        for &(shows, limit, total, allowed) in table {
            assert_eq!(limit.allowed(total), allowed, "{shows}");
        }
    }
}
