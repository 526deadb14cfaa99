//! What becomes of an object that is no longer wanted.

use roster::{Date, Key};
use rules::LifeCycle;
use state::{Link, LinkState, Maker, Operation, Reason, RowRef, Verb, Verbs};

/// The next step of an object that is no longer wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It stays as it is.
    Wait,
    /// Suspend it.
    Suspend,
    /// Archive it.
    Archive,
    /// Delete it.
    Delete,
}

/// The step that is due today.
///
/// # Units
///
/// Days of the tenant's calendar: with 14 days, an object that ended on the 1st is archived
/// on the 15th. `since` is the day of the suspension or archiving.
#[must_use]
pub fn next_step(
    link: &Link,
    ended: Date,
    life_cycle: LifeCycle,
    verbs: Verbs,
    today: Date,
) -> Step {
    let LifeCycle { suspend_after_days, archive_after_days, delete_after_days } = life_cycle;
    let can = |verb, days: Option<u32>| days.filter(|_| verbs.has(verb));
    let suspend = can(Verb::Suspend, suspend_after_days);
    let archive = can(Verb::Archive, archive_after_days);
    let delete = can(Verb::Delete, delete_after_days);
    let due =
        |from: Date, days: Option<u32>| days.is_some_and(|days| has_passed(from, days, today));
    let since = link.since.unwrap_or(ended);
    match link.state {
        LinkState::Active | LinkState::Ended => {
            if due(ended, archive) {
                Step::Archive
            } else if due(ended, suspend) {
                Step::Suspend
            } else if suspend.is_none() && archive.is_none() && due(ended, delete) {
                Step::Delete
            } else {
                Step::Wait
            }
        }
        LinkState::Suspended | LinkState::Archived if due(since, delete) => Step::Delete,
        LinkState::Suspended if due(ended, archive) => Step::Archive,
        LinkState::Suspended | LinkState::Archived => Step::Wait,
    }
}

fn has_passed(from: Date, days: u32, today: Date) -> bool {
    from.until(today).is_ok_and(|span| i64::from(span.get_days()) >= i64::from(days))
}

/// What to remember of an object when an operation on it was done on `today`; `None` when
/// the object is gone. `link` is what was remembered, of the old key where the key changed:
/// so the published id stays.
#[must_use]
pub fn link_after(operation: &Operation, link: &Link, today: Date) -> Option<Link> {
    let with = |state, since| Some(Link { state, since, ..link.clone() });
    match operation.verb {
        Verb::Suspend => with(LinkState::Suspended, Some(today)),
        Verb::Archive => with(LinkState::Archived, Some(today)),
        Verb::Delete => None,
        Verb::Link if is_found(operation) => Some(Link {
            // It keeps the id that it was found under.
            published: found(operation).unwrap_or(link.published),
            maker: Maker::Linked,
            state: LinkState::Active,
            since: None,
            ..link.clone()
        }),
        Verb::Link
        | Verb::Create
        | Verb::Update
        | Verb::Rename
        | Verb::Move
        | Verb::Reactivate
        | Verb::Unarchive
        | Verb::Add
        | Verb::ChangeRole
        | Verb::Remove => with(LinkState::Active, None),
    }
}

/// Whether it was there, and nothing of ours was known of it.
fn is_found(operation: &Operation) -> bool {
    let reasons = [Some(Reason::FoundAtReceiver), Some(Reason::Reused)];
    operation.was.is_none() && reasons.contains(&operation.reason)
}

/// The key that an object was found under at the receiver.
fn found(operation: &Operation) -> Option<Key> {
    let before = RowRef::new(operation.before.as_deref()?).ok()?;
    before.membership().is_none().then(|| before.owner().key)
}
