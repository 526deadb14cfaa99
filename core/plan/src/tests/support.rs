//! A small receiver: schools, classes, users, enrolments.

use std::collections::{BTreeMap, BTreeSet};

use roster::{Date, Key, RowStream, SpoolError};
use rules::{Guards, LifeCycle};
use state::{
    Attribute, Card, Entity, Home, Kind, Link, LinkState, Links, Maker, Mark, Member,
    MembershipKind, Object, ObjectKind, ObjectRef, Observe, Operation, Reason, Relation, Required,
    Row, RowRef, Subject, Value, Verb, Verbs, Words,
};

use crate::{
    Continuity, Coverage, Draft, GuardInputs, History, Inputs, Observed, Policies, RulesVersion,
    Unseen, WantedValues, Window, draft,
};

pub(crate) const SCHOOL: Kind = Kind(0);
pub(crate) const CLASS: Kind = Kind(1);
pub(crate) const USER: Kind = Kind(2);
pub(crate) const PLACE: Kind = Kind(0);

const fn attribute(name: &'static str, refers_to: Option<Kind>, unique: bool) -> Attribute {
    Attribute { name, required: Required::No, default: "", refers_to, unique, ..Attribute::PLAIN }
}

const WORDS: Words = Words { sv: "saker", en: "things" };
const ALL: Verbs = Verbs(Verb::ALL);

pub(crate) const LIVE: Card = Card {
    id: "live",
    name: "Live",
    observe: Observe::Live,
    objects: &[
        ObjectKind {
            name: "school",
            words: WORDS,
            from: &[Entity::SchoolUnit],
            attributes: &[attribute("title", None, false)],
            verbs: ALL,
        },
        ObjectKind {
            name: "class",
            words: Words { sv: "grupper", en: "groups" },
            from: &[Entity::Group],
            attributes: &[
                attribute("title", None, false),
                attribute("school", Some(SCHOOL), false),
            ],
            verbs: ALL,
        },
        ObjectKind {
            name: "user",
            words: Words { sv: "användare", en: "users" },
            from: &[Entity::Person],
            attributes: &[
                attribute("familyName", None, false),
                attribute("username", None, true),
                attribute("school", Some(SCHOOL), false),
            ],
            verbs: ALL,
        },
    ],
    memberships: &[MembershipKind {
        name: "place",
        words: Words { sv: "medlemskap", en: "memberships" },
        container: CLASS,
        member: USER,
        home: Home::Own,
        from: &[(Relation::GroupMember, "student"), (Relation::GroupTeacher, "teacher")],
        roles: &["student", "teacher"],
        attributes: &[],
        verbs: ALL,
    }],
    read_always: &[],
    quotas: &[],
    min_interval: None,
    school_code: Required::No,
    source: "",
};

pub(crate) const FILES: Card =
    Card { id: "files", name: "Files", observe: Observe::FileSet, ..LIVE };

pub(crate) fn key(number: u32) -> Key {
    let mut bytes = [0; 16];
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    Key::from_bytes(bytes)
}

pub(crate) fn id(kind: Kind, number: u32) -> ObjectRef {
    ObjectRef { kind, key: key(number) }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(crate) fn school(number: u32) -> Row {
    Row::Object(Object {
        id: id(SCHOOL, number),
        values: vec![text("skola")],
        schools: vec![key(number)],
    })
}

pub(crate) fn class(number: u32, title: &str, at: u32) -> Row {
    Row::Object(Object {
        id: id(CLASS, number),
        values: vec![text(title), Value::Ref(id(SCHOOL, at))],
        schools: vec![key(at)],
    })
}

pub(crate) fn user(number: u32, name: &str, username: &str, at: u32) -> Row {
    Row::Object(Object {
        id: id(USER, number),
        values: vec![text(name), text(username), Value::Ref(id(SCHOOL, at))],
        schools: vec![key(at)],
    })
}

pub(crate) fn place(user: u32, class: u32, role: &str, at: u32) -> Row {
    Row::Member(Member {
        kind: PLACE,
        container: id(CLASS, class),
        member: id(USER, user),
        role: role.to_owned(),
        values: vec![],
        schools: vec![key(at)],
    })
}

pub(crate) fn withheld(kind: Kind, number: u32) -> Row {
    Row::Mark { id: id(kind, number), mark: Mark::Withheld(Reason::DuplicateUsername) }
}

pub(crate) fn ended(kind: Kind, number: u32, reason: Reason, end: Date) -> Row {
    Row::Mark { id: id(kind, number), mark: Mark::Left { reason, end: Some(end) } }
}

pub(crate) struct Rows(std::vec::IntoIter<Vec<u8>>, Vec<u8>);

impl Rows {
    pub(crate) fn of(rows: &[Row]) -> Self {
        Self::encoded(rows.iter().map(Row::encoded).collect())
    }

    pub(crate) fn encoded(mut rows: Vec<Vec<u8>>) -> Self {
        rows.sort_by(|one, two| RowRef::new(one).unwrap().id.cmp(RowRef::new(two).unwrap().id));
        Self(rows.into_iter(), Vec::new())
    }
}

impl RowStream for Rows {
    fn next_row(&mut self) -> Result<Option<&[u8]>, SpoolError> {
        let Some(row) = self.0.next() else { return Ok(None) };
        self.1 = row;
        Ok(Some(&self.1))
    }
}

/// Everything that a test may change.
pub(crate) struct World {
    pub(crate) card: Card,
    pub(crate) wanted: Vec<Row>,
    pub(crate) written: Vec<Row>,
    pub(crate) observed: Option<(Vec<Row>, Coverage)>,
    pub(crate) shut: BTreeSet<ObjectRef>,
    pub(crate) links: Links,
    pub(crate) policies: Policies,
    pub(crate) continuity: Continuity,
    pub(crate) protected: BTreeSet<Key>,
    pub(crate) uncertain: BTreeSet<Key>,
    pub(crate) rules: RulesVersion,
    pub(crate) unseen: Unseen,
    pub(crate) today: Date,
}

pub(crate) const TODAY: Date = jiff::civil::date(2026, 11, 24);
pub(crate) const AT_ONCE: LifeCycle =
    LifeCycle { suspend_after_days: None, archive_after_days: None, delete_after_days: Some(0) };

pub(crate) fn world(written: &[Row], wanted: &[Row]) -> World {
    World {
        card: FILES,
        wanted: wanted.to_vec(),
        written: written.to_vec(),
        observed: None,
        shut: BTreeSet::new(),
        links: Links::default(),
        policies: Policies {
            life_cycle: [SCHOOL, CLASS, USER].map(|kind| (kind, AT_ONCE)).into(),
            ..Policies::default()
        },
        continuity: Continuity::default(),
        protected: BTreeSet::new(),
        uncertain: BTreeSet::new(),
        rules: RulesVersion::Same,
        unseen: Unseen::default(),
        today: TODAY,
    }
}

impl World {
    pub(crate) fn life_cycle(mut self, kind: Kind, days: [Option<u32>; 3]) -> Self {
        let [suspend_after_days, archive_after_days, delete_after_days] = days;
        let life_cycle = LifeCycle { suspend_after_days, archive_after_days, delete_after_days };
        self.policies.life_cycle.insert(kind, life_cycle);
        self
    }

    pub(crate) fn live(self) -> Self {
        Self { card: LIVE, ..self }
    }

    /// What guards look at, in an ordinary week and after a good read.
    pub(crate) fn guarding<'a>(
        &'a self,
        draft: &'a Draft,
        guards: &'a Guards,
        history: &'a History,
    ) -> GuardInputs<'a> {
        GuardInputs {
            operations: &draft.operations,
            card: &self.card,
            guards,
            policies: &self.policies,
            totals: &draft.totals,
            trips: &[],
            continuity: &self.continuity,
            conflicts: &draft.conflicts,
            history,
            window: Window::Ordinary,
        }
    }

    pub(crate) fn linked(mut self, id: ObjectRef, state: LinkState, since: Date) -> Self {
        let (published, maker) = (id.key, Maker::Us);
        let since = Some(since);
        self.links.0.insert(id, Link { published, receiver_id: None, state, since, maker });
        self
    }

    pub(crate) fn draft(&self) -> Draft {
        let values = WantedValues::of(&self.card, &mut Rows::of(&self.wanted)).unwrap();
        self.draft_with(&values)
    }

    /// A draft in which others' objects matter that have one of `values`.
    pub(crate) fn draft_with(&self, values: &WantedValues) -> Draft {
        let mut observed = self.observed.as_ref().map(|(rows, it)| (Rows::of(rows), it.clone()));
        draft(Inputs {
            card: &self.card,
            wanted: &mut Rows::of(&self.wanted),
            written: &mut Rows::of(&self.written),
            observed: observed.as_mut().map(|(rows, coverage)| Observed {
                rows,
                coverage: coverage.clone(),
                values,
                shut: &self.shut,
            }),
            links: &self.links,
            policies: &self.policies,
            continuity: &self.continuity,
            protected: &self.protected,
            uncertain: &self.uncertain,
            rules: self.rules,
            unseen: &self.unseen,
            today: self.today,
        })
        .unwrap()
    }

    pub(crate) fn brief(&self) -> String {
        brief_at(&self.card, &self.draft().operations)
    }
}

fn name(card: &Card, id: ObjectRef) -> String {
    let bytes = id.key.as_bytes();
    let number = u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
    format!("{}{number}", &card.object(id.kind).unwrap().name[..1])
}

/// Operations in a line: `create u1 P15, add u1>c1 student M08`.
pub(crate) fn brief(operations: &[Operation]) -> String {
    brief_at(&LIVE, operations)
}

pub(crate) fn brief_at(card: &Card, operations: &[Operation]) -> String {
    let line = |operation: &Operation| {
        let subject = match operation.subject().unwrap() {
            Subject::Object(id) => name(card, id),
            Subject::Membership { kind: _, container, member, role } => {
                format!("{}>{} {role}", name(card, member), name(card, container))
            }
        };
        let reason = operation.reason.map_or("-", Reason::code);
        format!("{} {subject} {reason}", operation.verb.word())
    };
    operations.iter().map(line).collect::<Vec<_>>().join(", ")
}

/// What the operations make of rows.
pub(crate) fn apply_rows(rows: &[Row], operations: &[Operation]) -> Vec<Row> {
    let mut state: BTreeMap<Vec<u8>, Row> = BTreeMap::new();
    let put = |state: &mut BTreeMap<_, _>, row: &[u8]| {
        let row = RowRef::new(row).unwrap();
        state.insert(row.id.to_vec(), row.decode().unwrap());
    };
    for row in rows {
        put(&mut state, &row.encoded());
    }
    for operation in operations {
        if let Some(before) = operation.before.as_deref() {
            state.remove(RowRef::new(before).unwrap().id);
        }
        if let Some(after) = operation.after.as_deref() {
            put(&mut state, after);
        }
    }
    state.into_values().collect()
}
