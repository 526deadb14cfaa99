//! What a vendor gets by the profile `skolsynk`: ten data, and what the receiver cannot do
//! without (K159–K168; reference/targets.md §3.2, §4.1).

/// An attribute of the card that is sent.
pub struct Sent {
    /// The kind on the card.
    pub kind: &'static str,
    /// The attribute.
    pub attribute: &'static str,
    /// Which of the ten data it is, or why it is sent beside them.
    pub why: &'static str,
}

const fn sent(kind: &'static str, attribute: &'static str, why: &'static str) -> Sent {
    Sent { kind, attribute, why }
}

/// All that the profile sends. Ids of schools, users and groups are ids of objects; who is in
/// a group and at which school are memberships.
pub const SKOLSYNK: &[Sent] = &[
    sent("organisation", "displayName", "required by the receiver: a school unit's reference"),
    sent("schoolUnitGroup", "displayName", "required by the receiver: a school unit's reference"),
    sent("schoolUnit", "displayName", "2 of 10: school name"),
    sent("schoolUnit", "schoolUnitCode", "3 of 10: school SCB code"),
    sent("schoolUnit", "organisation", "a reference"),
    sent("schoolUnit", "schoolUnitGroup", "a reference"),
    sent("user", "userName", "4 of 10: user id, that of the sign-in"),
    sent("user", "givenName", "5 of 10: user name"),
    sent("user", "familyName", "5 of 10: user name"),
    sent("user", "displayName", "5 of 10: user name"),
    sent("user", "email", "6 of 10: e-mail"),
    sent("employment", "employedAt", "7 of 10: the user's school"),
    sent("employment", "user", "required by the receiver: whose employment"),
    sent("employment", "employmentRole", "required by the receiver: the role"),
    sent("studentGroup", "displayName", "9 of 10: group name"),
    sent("studentGroup", "owner", "required by the receiver: the group's school"),
    sent("activity", "displayName", "9 of 10: group name"),
    sent("activity", "owner", "required by the receiver: the group's school"),
    sent("activity", "groups", "8 of 10: which group its teachers teach"),
];

/// Attributes of the card that the profile does not send, by kind.
pub fn left_out() -> impl Iterator<Item = (&'static str, &'static str)> {
    let card = &super::CARD;
    let objects = card.objects.iter().map(|kind| (kind.name, kind.attributes));
    let all = objects.chain(card.memberships.iter().map(|kind| (kind.name, kind.attributes)));
    let all = all.flat_map(|(kind, attributes)| attributes.iter().map(move |it| (kind, it.name)));
    all.filter(|(kind, name)| {
        !SKOLSYNK.iter().any(|sent| (sent.kind, sent.attribute) == (*kind, *name))
    })
}
