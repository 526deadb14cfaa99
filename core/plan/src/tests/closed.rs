//! Kinds of object that are off, or closed for now.

use state::LinkState;

use super::support::*;
use crate::{Coverage, Off};

/// A class that belongs to a user: here the school plays the user.
fn owned() -> World {
    let written = [school(1), school(2), class(5, "7A", 1)];
    let mut world = world(&written, &[school(2)]).live();
    world = world.life_cycle(SCHOOL, [Some(0), None, None]);
    world.life_cycle(CLASS, [None, None, None])
}

/// K052: what is off has not ended: its days begin when it is seen to again.
#[test]
fn k052_what_is_off_has_not_ended() {
    let mut world = owned();
    let classes = |world: &World| {
        let noted = world.draft().noted;
        noted.into_iter().filter(|(object, _)| object.kind == CLASS).count()
    };
    assert_eq!(classes(&world), 1);
    for off in [Off::Unwanted, Off::Closed] {
        world.policies.off = [(CLASS, off)].into();
        assert_eq!(classes(&world), 0, "{off:?}");
    }
    // A class that ended long ago, as far as is remembered, is not deleted for that.
    let mut world = world.life_cycle(CLASS, [None, None, Some(7)]);
    world.policies.off.clear();
    assert_eq!(world.brief(), "suspend s1 P01");
    world = world.linked(id(CLASS, 5), LinkState::Ended, jiff::civil::date(2026, 11, 1));
    assert!(world.brief().contains("delete c5"), "{}", world.brief());
}

/// Google's reference §0 no 6: whoever owns what cannot be given to another for now is not put
/// to sleep; where the tenant does not keep such things, they are.
#[test]
fn who_owns_what_is_closed_stays_awake() {
    let mut world = owned();
    let suspends = "suspend s1 P01";
    assert_eq!(world.brief(), suspends);
    world.policies.off = [(CLASS, Off::Unwanted)].into();
    assert_eq!(world.brief(), suspends);
    world.policies.off = [(CLASS, Off::Closed)].into();
    assert_eq!(world.brief(), "");
    // What was not read is not gone.
    world.observed = Some((vec![school(1), school(2)], Coverage::Kinds([SCHOOL].into())));
    assert_eq!(world.brief(), "");
    assert_eq!(world.draft().drift, []);
}
