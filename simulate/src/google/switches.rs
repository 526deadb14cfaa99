//! What a simulated Google is asked to be.

use std::time::Duration;

use crate::receiver;

/// Everything that can be chosen.
#[derive(Debug, Clone)]
pub struct Switches {
    /// What every receiver is asked to be; `sign_in` is not used, since Google has tokens.
    pub common: receiver::Switches,
    /// The customer's domains, the primary one first.
    pub domains: Vec<String>,
    /// Addresses of super administrators. They are there from the start.
    pub admins: Vec<String>,
    /// Which scopes have been delegated to the service account, without
    /// `https://www.googleapis.com/auth/`; all when `None`.
    pub granted: Option<Vec<String>>,
    /// Paths of organisational units that are there from the start, as `/Elever/7A`; those above
    /// them come too.
    pub units: Vec<String>,
    /// Custom fields that exist, as `Schema.field`.
    pub fields: Vec<String>,
    /// Addresses of consumer accounts that nobody manages (`resolveConflictAccount`).
    pub unmanaged: Vec<String>,
    /// Whether `externalIds` of groups is kept, or dropped without a word (google.md §1.3).
    pub group_ids: Kept,
    /// Whether Classroom is on.
    pub classroom: Power,
    /// How many calls may be made.
    pub quotas: Quotas,
    /// How long what was done is not seen everywhere.
    pub windows: Windows,
    /// Sizes that Google sets.
    pub limits: Limits,
    /// How much faster than the system's the clock runs.
    pub speed: f64,
    /// Decides what chance decides.
    pub seed: u64,
    /// What goes wrong with single calls, those of batches too.
    pub troubles: Vec<super::Trouble>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            common: receiver::Switches::default(),
            domains: vec!["exempel.se".to_owned()],
            admins: vec!["admin@exempel.se".to_owned()],
            granted: None,
            units: Vec::new(),
            fields: Vec::new(),
            unmanaged: Vec::new(),
            group_ids: Kept::Yes,
            classroom: Power::On,
            quotas: Quotas::OFF,
            windows: Windows::OFF,
            limits: Limits::default(),
            speed: 1.0,
            seed: 1,
            troubles: Vec::new(),
        }
    }
}

/// Whether something that is sent stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It does.
    Yes,
    /// It is left out without a word.
    Dropped,
}

/// Whether a service is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// It is.
    On,
    /// Every call is refused.
    Off,
}

/// How many calls may be made, in moving windows of simulated time; no limit where `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Directory: a minute, for each subject.
    pub directory: Option<u32>,
    /// Directory: users created, a second.
    pub user_inserts: Option<u32>,
    /// Directory: organisational units created or changed, a second.
    pub unit_writes: Option<u32>,
    /// Classroom: a minute, for each subject.
    pub classroom: Option<u32>,
    /// Classroom: a minute, for the whole project.
    pub classroom_project: Option<u32>,
    /// Groups Settings: a day, for the whole project.
    pub settings: Option<u32>,
    /// How Directory says that a minute's calls are used up.
    pub told: Told,
}

/// How Directory says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// 403 `rateLimitExceeded`.
    Forbidden,
    /// 429 `RESOURCE_EXHAUSTED`.
    TooMany,
}

impl Quotas {
    /// None.
    pub const OFF: Self = Self {
        directory: None,
        user_inserts: None,
        unit_writes: None,
        classroom: None,
        classroom_project: None,
        settings: None,
        told: Told::Forbidden,
    };

    /// The published ones (google.md §1.3, §1.5, §2.4).
    pub const REAL: Self = Self {
        directory: Some(2_400),
        user_inserts: Some(10),
        unit_writes: Some(1),
        classroom: Some(1_200),
        classroom_project: Some(3_000),
        settings: Some(100_000),
        told: Told::Forbidden,
    };
}

/// How long what was done is not seen everywhere, in simulated time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// A new user: 404 by id, 412 to changes.
    pub fresh_user: Duration,
    /// A new user in Classroom: 403 `@CannotDirectAddUser`.
    pub fresh_in_classroom: Duration,
    /// A renamed user: 409 to further changes.
    pub renamed: Duration,
    /// An address whose group was deleted: 409 to a new one, then 404 for it.
    pub group_again: Duration,
    /// An alias that was deleted: 409 when it is made anew.
    pub alias_again: Duration,
    /// A new course, or a member who was just removed: 404 inside batches.
    pub in_batch: Duration,
    /// A course that changed owner: the old one cannot leave.
    pub owner_moves: Duration,
}

impl Windows {
    /// All is seen at once.
    pub const OFF: Self = Self {
        fresh_user: Duration::ZERO,
        fresh_in_classroom: Duration::ZERO,
        renamed: Duration::ZERO,
        group_again: Duration::ZERO,
        alias_again: Duration::ZERO,
        in_batch: Duration::ZERO,
        owner_moves: Duration::ZERO,
    };

    /// As they have been seen (google.md §1.1, §2.1, §2.2).
    pub const REAL: Self = Self {
        fresh_user: Duration::from_secs(20),
        fresh_in_classroom: Duration::from_mins(15),
        renamed: Duration::from_mins(1),
        group_again: Duration::from_secs(40),
        alias_again: Duration::from_secs(2),
        in_batch: Duration::from_secs(10),
        owner_moves: Duration::from_secs(30),
    };
}

/// Sizes that Google sets, and that a tenant may find otherwise (google.md §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Parts of a batch for Directory and Groups Settings.
    pub batch: usize,
    /// Parts of a batch for Classroom.
    pub classroom_batch: usize,
    /// Aliases of a user.
    pub aliases: usize,
    /// Groups that a user is a direct member of.
    pub groups_of_user: usize,
    /// Users in all; `None` for any number.
    pub users: Option<usize>,
    /// Users that can be archived; `None` for any number.
    pub archived: Option<usize>,
    /// Teachers of a course.
    pub teachers: usize,
    /// Teachers and students of a course.
    pub members: usize,
    /// Courses that one can be a member of.
    pub courses_of_user: usize,
    /// Invitations a day.
    pub invitations: usize,
    /// Members of a course on a page when nobody says.
    pub roster_page: usize,
    /// And at most.
    pub largest_roster_page: usize,
    /// Courses on a page when nobody says.
    pub course_page: usize,
    /// And at most.
    pub largest_course_page: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch: 1_000,
            classroom_batch: 50,
            aliases: 30,
            groups_of_user: 3_000,
            users: None,
            archived: None,
            teachers: 50,
            members: 1_000,
            courses_of_user: 1_000,
            invitations: 500,
            roster_page: 30,
            largest_roster_page: 100,
            course_page: 100,
            largest_course_page: 500,
        }
    }
}

/// What can be set by a name.
pub trait Named {
    /// The names there are.
    const NAMES: &'static [&'static str];

    /// Sets one; `false` when there is no such name.
    fn set(&mut self, name: &str, value: u32) -> bool;
}

impl Named for Quotas {
    const NAMES: &'static [&'static str] =
        &["directory", "user-inserts", "unit-writes", "classroom", "classroom-project", "settings"];

    /// 0 takes the quota away.
    fn set(&mut self, name: &str, value: u32) -> bool {
        let quota = match name {
            "directory" => &mut self.directory,
            "user-inserts" => &mut self.user_inserts,
            "unit-writes" => &mut self.unit_writes,
            "classroom" => &mut self.classroom,
            "classroom-project" => &mut self.classroom_project,
            "settings" => &mut self.settings,
            _ => return false,
        };
        *quota = Some(value).filter(|it| *it > 0);
        true
    }
}

impl Named for Windows {
    const NAMES: &'static [&'static str] = &[
        "fresh-user",
        "fresh-in-classroom",
        "renamed",
        "group-again",
        "alias-again",
        "in-batch",
        "owner-moves",
    ];

    /// In seconds.
    fn set(&mut self, name: &str, value: u32) -> bool {
        let window = match name {
            "fresh-user" => &mut self.fresh_user,
            "fresh-in-classroom" => &mut self.fresh_in_classroom,
            "renamed" => &mut self.renamed,
            "group-again" => &mut self.group_again,
            "alias-again" => &mut self.alias_again,
            "in-batch" => &mut self.in_batch,
            "owner-moves" => &mut self.owner_moves,
            _ => return false,
        };
        *window = Duration::from_secs(u64::from(value));
        true
    }
}

impl Named for Limits {
    const NAMES: &'static [&'static str] = &[
        "batch",
        "classroom-batch",
        "aliases",
        "groups-of-user",
        "users",
        "archived",
        "teachers",
        "members",
        "courses-of-user",
        "invitations",
        "roster-page",
        "largest-roster-page",
        "course-page",
        "largest-course-page",
    ];

    fn set(&mut self, name: &str, value: u32) -> bool {
        let value = usize::try_from(value).unwrap_or(usize::MAX);
        let limit = match name {
            "users" | "archived" => {
                let limit = if name == "users" { &mut self.users } else { &mut self.archived };
                *limit = Some(value);
                return true;
            }
            "batch" => &mut self.batch,
            "classroom-batch" => &mut self.classroom_batch,
            "aliases" => &mut self.aliases,
            "groups-of-user" => &mut self.groups_of_user,
            "teachers" => &mut self.teachers,
            "members" => &mut self.members,
            "courses-of-user" => &mut self.courses_of_user,
            "invitations" => &mut self.invitations,
            "roster-page" => &mut self.roster_page,
            "largest-roster-page" => &mut self.largest_roster_page,
            "course-page" => &mut self.course_page,
            "largest-course-page" => &mut self.largest_course_page,
            _ => return false,
        };
        *limit = value.max(1);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, Named, Quotas, Windows};

    fn every_name<T: Named + PartialEq + Copy>(all: T) {
        for name in T::NAMES {
            let mut one = all;
            assert!(one.set(name, 7_919), "{name}");
            assert!(one != all, "{name} sets something");
        }
        let mut one = all;
        assert!(!one.set("nothing", 1));
    }

    #[test]
    fn every_name_sets_one_thing() {
        every_name(Quotas::OFF);
        every_name(Windows::OFF);
        every_name(Limits::default());
    }
}
