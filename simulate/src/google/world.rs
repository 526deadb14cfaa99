//! All that is held.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::classroom::course::{Course, Invitation};
use super::clock::{DAY, Moment};
use super::directory::group::Group;
use super::directory::unit::Units;
use super::directory::user::User;
use super::refusal::Refusal;
use super::switches::Switches;

/// A customer with its users, groups and courses.
///
/// Every id is drawn from one row of numbers, so that a member's id is that of one thing.
#[derive(Debug)]
pub(super) struct World {
    pub(super) domains: Vec<String>,
    next: u64,
    pub(super) units: Units,
    pub(super) users: HashMap<u64, User>,
    /// Primary addresses, in order.
    pub(super) by_email: BTreeMap<Box<str>, u64>,
    /// Every address, aliases too.
    pub(super) addresses: HashMap<Box<str>, Owner>,
    pub(super) external_ids: HashMap<Box<str>, BTreeSet<u64>>,
    pub(super) deleted: BTreeMap<(Box<str>, u64), User>,
    pub(super) groups: HashMap<u64, Group>,
    pub(super) groups_by_email: BTreeMap<Box<str>, u64>,
    /// Groups that somebody is a direct member of.
    pub(super) memberships: HashMap<u64, BTreeSet<u64>>,
    /// Members from elsewhere, both ways.
    pub(super) strangers: HashMap<Box<str>, u64>,
    pub(super) stranger_addresses: HashMap<u64, Box<str>>,
    /// Addresses of deleted groups and aliases, and when they went.
    pub(super) gone_groups: HashMap<Box<str>, Moment>,
    pub(super) gone_aliases: HashMap<Box<str>, Moment>,
    pub(super) courses: BTreeMap<u64, Course>,
    pub(super) course_names: HashMap<String, u64>,
    pub(super) taught: HashMap<u64, BTreeSet<u64>>,
    pub(super) attended: HashMap<u64, BTreeSet<u64>>,
    pub(super) invitations: BTreeMap<u64, Invitation>,
    /// Invitations by course and user.
    pub(super) invited: BTreeMap<(u64, u64), u64>,
    /// Invitations of the last day, by the subject.
    pub(super) invited_lately: HashMap<u64, Vec<Moment>>,
    /// Course and user of those who were just removed.
    pub(super) removed: HashMap<(u64, u64), Moment>,
}

/// What an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    User(u64),
    UserAlias(u64),
    Group(u64),
    GroupAlias(u64),
}

/// How long a deleted user can be brought back (google.md §1.1).
const KEPT: Moment = 20 * DAY;

impl World {
    /// A customer with its administrators and the units asked for.
    pub(super) fn new(switches: &Switches, now: Moment) -> Self {
        let mut world = Self {
            domains: switches.domains.iter().map(|it| it.to_lowercase()).collect(),
            next: 0,
            units: Units::new(),
            users: HashMap::new(),
            by_email: BTreeMap::new(),
            addresses: HashMap::new(),
            external_ids: HashMap::new(),
            deleted: BTreeMap::new(),
            groups: HashMap::new(),
            groups_by_email: BTreeMap::new(),
            memberships: HashMap::new(),
            strangers: HashMap::new(),
            stranger_addresses: HashMap::new(),
            gone_groups: HashMap::new(),
            gone_aliases: HashMap::new(),
            courses: BTreeMap::new(),
            course_names: HashMap::new(),
            taught: HashMap::new(),
            attended: HashMap::new(),
            invitations: BTreeMap::new(),
            invited: BTreeMap::new(),
            invited_lately: HashMap::new(),
            removed: HashMap::new(),
        };
        for path in &switches.units {
            world.units.ensure(path);
        }
        for address in &switches.admins {
            let id = world.number();
            let mut user = User::new(id, &address.to_lowercase(), Units::ROOT, now);
            (user.given, user.family, user.admin) = ("Admin".into(), "Exempel".into(), true);
            world.keep_user(user);
        }
        world
    }

    /// A number that nothing has.
    pub(super) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Sees to it that no number up to this one is given out.
    pub(super) fn skip_to(&mut self, number: u64) {
        self.next = self.next.max(number);
    }

    /// Whether an address is in one of the customer's domains.
    pub(super) fn ours(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.domains.iter().any(|it| it == domain)
    }

    /// Forgets users who were deleted too long ago.
    pub(super) fn tidy(&mut self, now: Moment) {
        self.deleted.retain(|_, user| user.deleted_at.is_none_or(|at| now - at < KEPT));
    }

    /// Takes a user in, under all addresses.
    pub(super) fn keep_user(&mut self, user: User) {
        self.by_email.insert(user.email.clone(), user.id);
        self.addresses.insert(user.email.clone(), Owner::User(user.id));
        for alias in &user.aliases {
            self.addresses.insert(alias.clone(), Owner::UserAlias(user.id));
        }
        for value in user.external_values() {
            self.external_ids.entry(value.into()).or_default().insert(user.id);
        }
        self.units.came(user.unit);
        self.users.insert(user.id, user);
    }

    /// Takes a user away, with all addresses.
    pub(super) fn part_with_user(&mut self, id: u64) -> Option<User> {
        let user = self.users.remove(&id)?;
        self.by_email.remove(&user.email);
        for address in std::iter::once(&user.email).chain(&user.aliases) {
            self.addresses.remove(address);
        }
        for value in user.external_values() {
            if let Some(ids) = self.external_ids.get_mut(value) {
                ids.remove(&id);
            }
        }
        self.units.went(user.unit);
        Some(user)
    }

    /// The user with this primary address or alias, in small letters.
    pub(super) fn user_at(&self, address: &str) -> Option<&User> {
        match self.addresses.get(address)? {
            Owner::User(id) | Owner::UserAlias(id) => self.users.get(id),
            Owner::Group(_) | Owner::GroupAlias(_) => None,
        }
    }

    /// Whether somebody with this address was deleted, and can be brought back.
    pub(super) fn was_deleted(&self, address: &str) -> bool {
        let mut from = self.deleted.range((address.into(), 0)..);
        from.next().is_some_and(|((it, _), _)| &**it == address)
    }

    /// The user that a key means: primary address, alias or id.
    pub(super) fn user_id(&self, key: &str) -> Option<u64> {
        if key.contains('@') {
            return self.user_at(&key.to_lowercase()).map(|it| it.id);
        }
        parsed(key).filter(|it| self.users.contains_key(it))
    }

    pub(super) fn user(&self, key: &str) -> Result<&User, Refusal> {
        let found = self.user_id(key).and_then(|it| self.users.get(&it));
        found.ok_or_else(|| Refusal::missing("userKey"))
    }

    /// The group that a key means: address, alias or id.
    pub(super) fn group_id(&self, key: &str) -> Option<u64> {
        if key.contains('@') {
            return match self.addresses.get(key.to_lowercase().as_str())? {
                Owner::Group(id) | Owner::GroupAlias(id) => Some(*id),
                Owner::User(_) | Owner::UserAlias(_) => None,
            };
        }
        parsed(key).filter(|it| self.groups.contains_key(it))
    }

    pub(super) fn group(&self, key: &str, now: Moment) -> Result<&Group, Refusal> {
        let found = self.group_id(key).and_then(|it| self.groups.get(&it));
        found.filter(|it| it.seen_from <= now).ok_or_else(|| Refusal::missing("groupKey"))
    }

    pub(super) fn group_mut(&mut self, key: &str, now: Moment) -> Result<&mut Group, Refusal> {
        let id = self.group(key, now)?.id;
        self.groups.get_mut(&id).ok_or_else(|| Refusal::missing("groupKey"))
    }
}

/// Ids as texts: those of users are 21 digits, those of groups letters and digits, as Google's.
pub(super) fn user_text(id: u64) -> String {
    format!("1{id:020}")
}

/// The id of a group as a text.
pub(super) fn group_text(id: u64) -> String {
    format!("01{id:013x}")
}

/// The number in the text of an id.
pub(super) fn parsed(text: &str) -> Option<u64> {
    match text.len() {
        21 => text.strip_prefix('1')?.parse().ok(),
        15 => u64::from_str_radix(text.strip_prefix("01")?, 16).ok(),
        _ => None,
    }
}
