//! How much Google takes, where it has raised its figures on request (reference/google.md §1.5,
//! §2.4).

use std::time::Duration;

use connect::http::Words;
use connect::pacer::Bucket;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::card::{
    CLASSROOM_A_MINUTE, CLASSROOM_PROJECT_A_MINUTE, DIRECTORY_A_MINUTE, USERS_A_SECOND,
};

/// Google's quotas. The defaults are the published ones; it raises them on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quotas {
    /// Calls to Directory a minute. Default: 2400.
    pub directory_a_minute: u32,
    /// New accounts a second. Default: 10.
    pub users_a_second: u32,
    /// Calls to Classroom a minute, for each administrator. Default: 1200.
    pub classroom_a_minute: u32,
    /// Calls to Classroom a minute, for the project: all administrators together. Default: 3000.
    pub classroom_project_a_minute: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            directory_a_minute: DIRECTORY_A_MINUTE,
            users_a_second: USERS_A_SECOND,
            classroom_a_minute: CLASSROOM_A_MINUTE,
            classroom_project_a_minute: CLASSROOM_PROJECT_A_MINUTE,
        }
    }
}

/// By this part the second of new accounts is taken longer. They come ten in one request, and
/// Google counts them when they arrive: what left a second apart comes closer together where the
/// first was late on its way, and then all ten are refused. With what the pacer keeps anyway it is
/// 47 ms, more than arrivals differ by but seldom; a run that makes accounts alone takes 4.7 %
/// longer. The minutes of other quotas are taken longer by a second anyway.
const MARGIN: u32 = 32;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

impl Quotas {
    /// The key of a figure that is none, and what to do.
    pub(crate) fn problem(&self) -> Option<(&'static str, Words)> {
        let Self {
            directory_a_minute,
            users_a_second,
            classroom_a_minute,
            classroom_project_a_minute,
        } = *self;
        let all = [
            ("directory_a_minute", directory_a_minute),
            ("users_a_second", users_a_second),
            ("classroom_a_minute", classroom_a_minute),
            ("classroom_project_a_minute", classroom_project_a_minute),
        ];
        let (name, _) = all.into_iter().find(|(_, count)| *count == 0)?;
        let says = Words::new(
            "Ange minst 1, eller ta bort raden: då gäller Googles publicerade gräns.",
            "Give at least 1, or take the line away: Google's published figure holds then.",
        );
        Some((name, says))
    }

    pub(crate) fn directory(&self, name: &'static str) -> Bucket {
        bucket(name, self.directory_a_minute, (DIRECTORY_A_MINUTE, MINUTE))
    }

    pub(crate) fn users(&self, name: &'static str) -> Bucket {
        let mut bucket = bucket(name, self.users_a_second, (USERS_A_SECOND, SECOND));
        bucket.per += bucket.per / MARGIN;
        bucket
    }

    pub(crate) fn classroom(&self, name: &'static str) -> Bucket {
        bucket(name, self.classroom_a_minute, (CLASSROOM_A_MINUTE, MINUTE))
    }

    pub(crate) fn project(&self, name: &'static str) -> Bucket {
        let published = (CLASSROOM_PROJECT_A_MINUTE, MINUTE);
        bucket(name, self.classroom_project_a_minute, published)
    }
}

/// What is more than published comes evenly: as many at once as published, the more often.
fn bucket(name: &'static str, count: u32, (published, per): (u32, Duration)) -> Bucket {
    if count <= published {
        return Bucket::new(name, count, per);
    }
    Bucket::new(name, published, per.mul_f64(f64::from(published) / f64::from(count)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_raised_comes_evenly_and_what_is_lowered_is_kept_to() {
        let it = |directory_a_minute| {
            let bucket = Quotas { directory_a_minute, ..Quotas::default() }.directory("calls");
            (bucket.count, bucket.per)
        };
        assert_eq!(it(2_400), (2_400, MINUTE));
        assert_eq!(it(600), (600, MINUTE));
        assert_eq!(it(4_800), (2_400, MINUTE / 2));
        let users = Quotas { users_a_second: 200, ..Quotas::default() }.users("users");
        assert_eq!((users.count, users.per), (10, SECOND / 20 + SECOND / 20 / MARGIN));
    }

    #[test]
    fn nothing_at_all_is_no_quota() {
        assert_eq!(Quotas::default().problem(), None);
        let none = Quotas { classroom_a_minute: 0, ..Quotas::default() };
        assert_eq!(none.problem().map(|(name, _)| name), Some("classroom_a_minute"));
        let mut settings = crate::tests::settings("http://127.0.0.1:1");
        assert!(settings.problems().is_empty());
        settings.quotas = none;
        assert_eq!(settings.problems()[0].path, ["quotas", "classroom_a_minute"]);
    }
}
