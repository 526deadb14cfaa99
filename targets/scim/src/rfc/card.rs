//! What a plain SCIM service provider is and can do, as data (RFC 7643 §4).

use state::{
    Attribute, Card, Entity, Home, Kind, MembershipKind, ObjectKind, Observe, Relation, Required,
    Verb, Verbs, Words,
};

/// Name in settings, plans and log lines.
pub const ID: &str = "scim";

/// Kinds of object, by their place on the card.
pub const USER: Kind = Kind(0);
/// A class or a teaching group.
pub const GROUP: Kind = Kind(1);

/// Kinds of membership: a user in a group.
pub const MEMBER: Kind = Kind(0);

use Required::{Always, No};

const fn text(name: &'static str, required: Required, default: &'static str) -> Attribute {
    Attribute { name, required, default, ..Attribute::PLAIN }
}

/// The card. Attributes stand in the order in which rows hold them.
pub const CARD: Card = Card {
    id: ID,
    name: "SCIM 2.0 (RFC 7644)",
    observe: Observe::Mirror,
    objects: &[USERS, GROUPS],
    memberships: &[MEMBERS],
    read_always: &[],
    quotas: &[],
    min_interval: None,
    school_code: No,
    source: "https://www.rfc-editor.org/rfc/rfc7644",
};

const USERS: ObjectKind = ObjectKind {
    name: "user",
    words: Words { sv: "användare", en: "users" },
    from: &[Entity::Person],
    attributes: &[
        Attribute {
            name: "userName",
            required: Always,
            default: "{{ person.email }}",
            unique: true,
            ..Attribute::PLAIN
        },
        text("givenName", No, "{{ person.given_name }}"),
        text("familyName", No, "{{ person.family_name }}"),
        text("displayName", No, "{{ person.display_name }}"),
        text("email", No, "{{ person.email }}"),
        text("userType", No, "{{ person.role }}"),
    ],
    verbs: Verbs(&[Verb::Create, Verb::Update, Verb::Suspend, Verb::Reactivate, Verb::Delete]),
};

const GROUPS: ObjectKind = ObjectKind {
    name: "group",
    words: Words { sv: "grupper", en: "groups" },
    from: &[Entity::Group],
    attributes: &[text("displayName", Always, "{{ group.name }}")],
    verbs: Verbs(&[Verb::Create, Verb::Update, Verb::Delete]),
};

const MEMBERS: MembershipKind = MembershipKind {
    name: "member",
    words: Words { sv: "medlemmar", en: "members" },
    container: GROUP,
    member: USER,
    home: Home::Container,
    from: &[(Relation::GroupMember, "member"), (Relation::GroupTeacher, "member")],
    roles: &["member"],
    attributes: &[],
    verbs: Verbs(&[Verb::Add, Verb::Remove]),
};
