//! What a target declares of itself, as data.

use std::time::Duration;

use crate::Verb;

/// A kind of object or of membership at one target: its place in the target's [`Card`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(pub u8);

/// A word in the two languages that people meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// Swedish.
    pub sv: &'static str,
    /// English.
    pub en: &'static str,
}

/// How much of a receiver can be seen, and what absence means there (design §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observe {
    /// The receiver can be read back.
    Live,
    /// The whole set is delivered each time; absence ends. Nothing can be read back.
    FileSet,
    /// Objects are sent one by one and can be listed: what is there is a mirror of ours, and
    /// whose it is besides is not ours to keep.
    Mirror,
    /// Others pull from us.
    Served,
    /// Only changes are sent; nothing can be read back.
    DeltaOnly,
}

/// A set of verbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verbs(pub &'static [Verb]);

impl Verbs {
    /// Whether the verb is among them.
    #[must_use]
    pub fn has(self, verb: Verb) -> bool {
        self.0.contains(&verb)
    }
}

/// What of the roster an object is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entity {
    /// Huvudman and what lies between it and the schools; where the card tells school groups
    /// apart, all but those.
    Organisation,
    /// An organisation that is a school made of several school units.
    SchoolGroup,
    /// A school unit.
    SchoolUnit,
    /// A term or a school year of the tenant's calendar.
    Term,
    /// A course, subject or level taught at a school.
    Course,
    /// A group.
    Group,
    /// A person.
    Person,
    /// A person's duties at one school unit.
    Duty,
}

/// What of the roster a membership is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// A pupil's enrolment at a school unit.
    Enrolment,
    /// A duty at a school unit.
    Duty,
    /// A pupil in a group.
    GroupMember,
    /// A teacher of a group.
    GroupTeacher,
    /// An adult who answers for a child.
    Responsible,
}

/// Whether a receiver insists on an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// Without it the object cannot be sent.
    Always,
    /// May be missing.
    No,
}

/// One attribute of an object or membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// The receiver's name of it.
    pub name: &'static str,
    /// Whether it may be missing.
    pub required: Required,
    /// The default expression of the mapping; empty when nothing is sent unless the tenant
    /// says what.
    pub default: &'static str,
    /// The kind of object that it refers to, if it is a reference.
    pub refers_to: Option<Kind>,
    /// Whether no two objects of the kind may have the same value.
    pub unique: bool,
    /// The kind of object at the receiver whose unique value it must be: an organisational unit.
    /// What names none that was seen there is not made (K127).
    pub names: Option<Kind>,
    /// What a value of it tells of an object that was seen.
    pub tells: Tells,
}

impl Attribute {
    /// An attribute that may be missing, is made from nothing and means nothing special.
    pub const PLAIN: Self = Self {
        name: "",
        required: Required::No,
        default: "",
        refers_to: None,
        unique: false,
        names: None,
        tells: Tells::Itself,
    };
}

/// What a value tells of an object that was seen at a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tells {
    /// Nothing more than itself.
    #[default]
    Itself,
    /// With any value: the object sleeps. Who made it sleep is not told.
    Asleep,
    /// With any value: an administrator's, or kept by another program. It is never changed.
    NotOurs,
}

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectKind {
    /// Its name in settings and plans, e.g. `user`.
    pub name: &'static str,
    /// For people, in the plural: `användare`, `users`.
    pub words: Words,
    /// What it is made from.
    pub from: &'static [Entity],
    /// Its attributes, in the order in which [`crate::Object::values`] holds them.
    pub attributes: &'static [Attribute],
    /// What can be done with it.
    pub verbs: Verbs,
}

/// Where a membership stands at the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// It is a thing of its own.
    Own,
    /// In the object that holds, which holds each member once: in one role of the kind.
    Container,
    /// In the object that is held.
    Member,
}

/// A kind of membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MembershipKind {
    /// Its name in settings and plans, e.g. `enrollment`.
    pub name: &'static str,
    /// For people, in the plural.
    pub words: Words,
    /// The kind of object that holds.
    pub container: Kind,
    /// The kind of object that is held.
    pub member: Kind,
    /// Where it stands at the receiver.
    pub home: Home,
    /// What it is made from, each with the default expression of its role.
    pub from: &'static [(Relation, &'static str)],
    /// The roles that the receiver knows, the highest last.
    pub roles: &'static [&'static str],
    /// Its attributes.
    pub attributes: &'static [Attribute],
    /// What can be done with it.
    pub verbs: Verbs,
}

/// A published limit: so many calls in so long a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// What is counted, e.g. `calls`.
    pub name: &'static str,
    /// How many.
    pub count: u32,
    /// In what time.
    pub per: Duration,
}

/// What a target is and can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card {
    /// Its name in settings, e.g. `school_data_sync`.
    pub id: &'static str,
    /// The name that customers know.
    pub name: &'static str,
    /// How much of it can be seen.
    pub observe: Observe,
    /// Kinds of object; an object may refer only to kinds that stand before its own, and to
    /// its own.
    pub objects: &'static [ObjectKind],
    /// Kinds of membership.
    pub memberships: &'static [MembershipKind],
    /// Kinds of object that every run reads whole, where the receiver can be read.
    pub read_always: &'static [Kind],
    /// Published limits.
    pub quotas: &'static [Quota],
    /// The shortest time between two deliveries, where the receiver has a limit (K081).
    pub min_interval: Option<Duration>,
    /// Whether a school unit must have a valid skolenhetskod (K171, K194): with all that
    /// belongs to it, one without waits until it has.
    pub school_code: Required,
    /// The longest that a value may be, where the receiver says so; and other facts stand
    /// with the connector. Address of the receiver's description.
    pub source: &'static str,
}

impl Card {
    /// The kind of object with this name.
    #[must_use]
    pub fn object_named(&self, name: &str) -> Option<Kind> {
        position(self.objects.iter().position(|kind| kind.name == name))
    }

    /// The kind of membership with this name.
    #[must_use]
    pub fn membership_named(&self, name: &str) -> Option<Kind> {
        position(self.memberships.iter().position(|kind| kind.name == name))
    }

    /// What was declared of a kind of object.
    #[must_use]
    pub fn object(&self, kind: Kind) -> Option<&ObjectKind> {
        self.objects.get(usize::from(kind.0))
    }

    /// What was declared of a kind of membership.
    #[must_use]
    pub fn membership(&self, kind: Kind) -> Option<&MembershipKind> {
        self.memberships.get(usize::from(kind.0))
    }
}

fn position(at: Option<usize>) -> Option<Kind> {
    at.and_then(|at| u8::try_from(at).ok()).map(Kind)
}
