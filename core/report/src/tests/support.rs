//! A small receiver and a small plan for it.

use plan::document::{CountWire, Header};
use plan::{GuardName, Held, Names, Scope, Verdict, Verdicts};
use roster::{Count, Key, TripKind};
use state::{
    Attribute, Card, Entity, Home, Kind, Member, MembershipKind, Object, ObjectKind, ObjectRef,
    Observe, Operation, Reason, Relation, Required, Row, Value, Verb, Verbs, Words,
};

use crate::{Beside, Lang, LastRead, Line, PlanView, plan_summary};

pub(super) const SCHOOL: Kind = Kind(0);
pub(super) const GROUP: Kind = Kind(1);
pub(super) const USER: Kind = Kind(2);
pub(super) const PLACE: Kind = Kind(0);

const fn attribute(name: &'static str, refers_to: Option<Kind>) -> Attribute {
    Attribute { name, required: Required::No, default: "", refers_to, ..Attribute::PLAIN }
}

pub(super) const CARD: Card = Card {
    id: "toy",
    name: "Leksak",
    observe: Observe::Live,
    objects: &[
        ObjectKind {
            name: "school",
            words: Words { sv: "skolor", en: "schools" },
            from: &[Entity::SchoolUnit],
            attributes: &[attribute("name", None)],
            verbs: Verbs(Verb::ALL),
        },
        ObjectKind {
            name: "group",
            words: Words { sv: "grupper", en: "groups" },
            from: &[Entity::Group],
            attributes: &[attribute("name", None), attribute("school", Some(SCHOOL))],
            verbs: Verbs(Verb::ALL),
        },
        ObjectKind {
            name: "user",
            words: Words { sv: "användare", en: "users" },
            from: &[Entity::Person],
            attributes: &[
                attribute("username", None),
                attribute("givenName", None),
                attribute("familyName", None),
                attribute("school", Some(SCHOOL)),
            ],
            verbs: Verbs(Verb::ALL),
        },
    ],
    memberships: &[MembershipKind {
        name: "membership",
        words: Words { sv: "medlemskap", en: "memberships" },
        container: GROUP,
        member: USER,
        home: Home::Own,
        from: &[(Relation::GroupMember, "student")],
        roles: &["student", "teacher"],
        attributes: &[],
        verbs: Verbs(Verb::ALL),
    }],
    read_always: &[],
    quotas: &[],
    min_interval: None,
    school_code: Required::No,
    source: "",
};

pub(super) fn key(number: u8) -> Key {
    let mut bytes = [0; 16];
    bytes[0] = number;
    Key::from_bytes(bytes)
}

pub(super) fn id(kind: Kind, number: u8) -> ObjectRef {
    ObjectRef { kind, key: key(number) }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn user(number: u8, username: &str, given: &str) -> Box<[u8]> {
    let values = vec![text(username), text(given), text("Berg"), Value::Ref(id(SCHOOL, 0xee))];
    let schools = vec![key(0xee)];
    Row::Object(Object { id: id(USER, number), values, schools }).encoded().into()
}

pub(super) fn group(number: u8, name: &str) -> Box<[u8]> {
    let values = vec![text(name), Value::Ref(id(SCHOOL, 0xee))];
    let schools = vec![key(0xee)];
    Row::Object(Object { id: id(GROUP, number), values, schools }).encoded().into()
}

pub(super) fn place(user: u8, group: u8, role: &str) -> Box<[u8]> {
    Row::Member(Member {
        kind: PLACE,
        container: id(GROUP, group),
        member: id(USER, user),
        role: role.to_owned(),
        values: vec![],
        schools: vec![key(0xee)],
    })
    .encoded()
    .into()
}

pub(super) fn operation(
    number: u32,
    verb: Verb,
    reason: Option<Reason>,
    before: Option<Box<[u8]>>,
    after: Option<Box<[u8]>>,
) -> Operation {
    let is_expected = state::Expected::No;
    Operation { number, verb, before, after, was: None, reason, is_expected, needs: vec![] }
}

pub(super) fn header(counts: &[(&str, Verb, u64)]) -> Header {
    Header {
        schema: 1,
        target: "google".to_owned(),
        connector: CARD.id.to_owned(),
        objects: vec![],
        memberships: vec![],
        snapshot: String::new(),
        rules: String::new(),
        written_generation: 1,
        written_hash: String::new(),
        created: "2026-11-22T01:14:00Z".to_owned(),
        expires: "2026-11-23T01:14:00Z".to_owned(),
        operations: counts.iter().map(|it| it.2).sum(),
        counts: counts
            .iter()
            .map(|&(kind, verb, count)| CountWire {
                kind: kind.to_owned(),
                verb: verb.word().to_owned(),
                count,
            })
            .collect(),
        schools: vec![],
        verdicts: vec![],
        calls: 614,
        seconds: 20,
        purpose: plan::document::Purpose::Real,
    }
}

pub(super) fn verdict(guard: GuardName, scope: Scope, total: u64, count: u64) -> Verdict {
    Verdict { guard, scope, total, count, earlier: 0, allowed: 0, held: 0 }
}

/// Ekskolan lost many pupils and a year.
pub(super) fn lost() -> Vec<Verdict> {
    let at = Scope::School(key(0xee));
    vec![
        verdict(GuardName::Source(TripKind::Lost(Count::Pupils)), at, 408, 221),
        verdict(GuardName::Source(TripKind::YearLost(9)), at, 130, 0),
    ]
}

/// `count` operations held by all verdicts.
pub(super) fn verdicts(verdicts: Vec<Verdict>, count: u32) -> Verdicts {
    let by: Vec<u32> = (0..).zip(&verdicts).map(|(place, _)| place).collect();
    let held = |_| Held { by: by.clone(), reason: Reason::Guarded };
    Verdicts { held: (0..count).map(|number| (number, held(number))).collect(), verdicts }
}

pub(super) fn summary(
    header: &Header,
    verdicts: &Verdicts,
    beside: Beside,
    school: &str,
    lang: Lang,
) -> Vec<Line> {
    viewed(header, verdicts, beside, school, |view| plan_summary(view, lang))
}

pub(super) fn viewed<T>(
    header: &Header,
    verdicts: &Verdicts,
    beside: Beside,
    school: &str,
    show: impl Fn(&PlanView<'_>) -> T,
) -> T {
    let names =
        Names { card: &CARD, school: &|_| school.to_owned(), container: &|_| school.to_owned() };
    let expires = jiff::civil::date(2026, 11, 23).at(2, 14, 0, 0);
    let last_read = LastRead::Yesterday;
    let view = PlanView { id: "7f3a", header, verdicts, beside, expires, last_read, names: &names };
    show(&view)
}
