//! Calls with several operations: what was left out stays out, what others changed stays, and
//! what no row tells is done again.

use std::sync::Mutex;

use roster::Key;
use state::{
    Card, Expected, Home, Kind, Member, MembershipKind, Object, ObjectKind, ObjectRef, Observe,
    Outcome, Relation, Required, Row, RowRef, Value, Verb, Verbs, Words,
};

use super::still::Still;
use super::*;

const USER: Kind = Kind(0);
const GROUP: Kind = Kind(1);
const MEMBER: Kind = Kind(0);
const WORDS: Words = Words { sv: "saker", en: "things" };

const fn kind(name: &'static str) -> ObjectKind {
    ObjectKind { name, words: WORDS, from: &[], attributes: &[], verbs: Verbs(Verb::ALL) }
}

const CARD: Card = Card {
    id: "groups",
    name: "Groups",
    observe: Observe::Live,
    objects: &[kind("user"), kind("group")],
    memberships: &[MembershipKind {
        name: "member",
        words: WORDS,
        container: GROUP,
        member: USER,
        home: Home::Container,
        from: &[(Relation::GroupMember, "")],
        roles: &[""],
        attributes: &[],
        verbs: Verbs(Verb::ALL),
    }],
    read_always: &[],
    quotas: &[],
    min_interval: None,
    school_code: Required::No,
    source: "",
};

#[derive(Clone, Copy, PartialEq)]
enum Answer {
    /// Done, and nobody hears of it.
    Lost,
    /// Not done, and nobody hears of it.
    Missed,
    Refused,
}

/// A receiver: its rows by id, how it answers next, and what was sent to it.
#[derive(Default)]
struct Receiver {
    rows: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
    answers: Mutex<Vec<Answer>>,
    sent: Mutex<Vec<Vec<u32>>>,
    after: Mutex<Vec<Vec<u8>>>,
    /// Whether nobody is let into groups: nothing is told of what stands in them.
    is_shut: bool,
}

#[async_trait::async_trait]
impl Target for Receiver {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn bundle(&self, operations: &[Operation]) -> Vec<Call> {
        Call::each_object(&CARD, operations)
    }

    async fn send(
        &self,
        call: &Call,
        operations: &[Operation],
        material: Material<'_>,
    ) -> Result<Receipt, TargetError> {
        let Material::Object(resource) = material else { panic!("no object") };
        *self.after.lock().unwrap() = resource.after;
        self.sent.lock().unwrap().push(call.operations.clone());
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.is_empty() { None } else { Some(answers.remove(0)) };
        if !matches!(answer, Some(Answer::Missed | Answer::Refused)) {
            let mut rows = self.rows.lock().unwrap();
            for operation in operations {
                let id = |row: &[u8]| RowRef::new(row).unwrap().id.to_vec();
                operation.before.as_deref().map(|row| rows.remove(&id(row)));
                operation.after.as_deref().map(|row| rows.insert(id(row), row.to_vec()));
            }
        }
        let outcome = match answer {
            None => Outcome::Done { receiver_id: None },
            Some(Answer::Refused) => Outcome::Refused { code: "400".to_owned() },
            Some(Answer::Lost | Answer::Missed) => Outcome::Unsure,
        };
        Ok(Receipt { outcomes: vec![outcome; operations.len()], notes: vec![] })
    }

    async fn observe(
        &self,
        _: state::Look<'_>,
        _: &Ids<'_>,
        seen: &mut dyn state::Seen,
    ) -> Result<(), TargetError> {
        if self.is_shut {
            seen.shut(object(GROUP, 9));
            return Ok(());
        }
        for row in self.rows.lock().unwrap().values() {
            seen.row(row, None).unwrap();
        }
        Ok(())
    }

    async fn forget(&self, _: &[Key]) -> Result<(), TargetError> {
        Ok(())
    }
}

#[derive(Default)]
struct Stock(Ids<'static>);

impl Materials for Stock {
    fn of(&self, _: &Call, operations: &[Operation]) -> Result<Material<'_>, SpoolError> {
        let rows = |side: fn(&Operation) -> Option<&[u8]>| {
            operations.iter().filter_map(|it| Some(side(it)?.to_vec())).collect()
        };
        let (before, after) = (rows(|it| it.before.as_deref()), rows(|it| it.after.as_deref()));
        Ok(Material::Object(state::Resource {
            before,
            after,
            ids: &self.0,
            handover: &state::NoHandover,
        }))
    }

    fn ids(&self) -> &Ids<'_> {
        &self.0
    }
}

struct Kept(BTreeMap<u32, Known>);

#[async_trait::async_trait]
impl Journal for Kept {
    fn known(&self, number: u32) -> Option<Known> {
        self.0.get(&number).cloned()
    }

    async fn write(&mut self, _: &[Entry<'_>]) -> Result<(), JournalError> {
        Ok(())
    }
}

fn object(kind: Kind, of: u8) -> ObjectRef {
    ObjectRef { kind, key: Key::from_bytes([of; 16]) }
}

fn thing(id: ObjectRef, values: &[&str]) -> Vec<u8> {
    let values = values.iter().map(|text| Value::Text((*text).to_owned())).collect();
    Row::Object(Object { id, values, schools: vec![] }).encoded()
}

fn membership(of: u8) -> Vec<u8> {
    let (container, member) = (object(GROUP, 9), object(USER, of));
    let (values, schools) = (vec![], vec![]);
    Row::Member(Member { kind: MEMBER, container, member, role: String::new(), values, schools })
        .encoded()
}

fn operation(number: u32, verb: Verb, rows: [Option<&[u8]>; 2], needs: &[u32]) -> Operation {
    let [before, after] = rows.map(|row| row.map(Into::into));
    let (was, reason, needs) = (None, Some(Reason::InRegister), needs.to_vec());
    Operation { number, verb, before, after, was, reason, is_expected: Expected::No, needs }
}

fn carried(
    receiver: &Receiver,
    known: &[(u32, Known)],
    operations: &[Operation],
) -> BTreeMap<u32, Standing> {
    let mut journal = Kept(known.iter().cloned().collect());
    let mut carrier = Carrier { journal: &mut journal, timer: &Still, progress: &mut Still };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let stock = Stock::default();
    runtime.block_on(carry_out(receiver, operations, &stock, &mut carrier)).unwrap()
}

/// K221: what a call went without before the run was cut off is not done when it is taken up.
#[test]
fn what_a_call_went_without_stays_left_out() {
    let (anna, bo) = (thing(object(USER, 1), &["Anna"]), thing(object(USER, 2), &["Bo"]));
    let (has_anna, has_bo) = (membership(1), membership(2));
    let operations = [
        operation(0, Verb::Create, [None, Some(&anna)], &[]),
        operation(1, Verb::Create, [None, Some(&bo)], &[]),
        operation(2, Verb::Add, [None, Some(&has_anna)], &[0]),
        operation(3, Verb::Add, [None, Some(&has_bo)], &[1]),
    ];
    let done = Known::Done { receiver_id: None };
    let refused = Known::Refused { code: "409".to_owned() };
    let receiver = Receiver::default();
    let known = [(0, done.clone()), (1, refused.clone()), (2, done)];
    let standings = carried(&receiver, &known, &operations);
    assert_eq!(standings[&2], Standing::Done { receiver_id: None });
    assert_eq!(standings[&3], Standing::Skipped(Reason::DependsOnHeld));
    assert!(receiver.sent.lock().unwrap().is_empty());

    // Where it is not known whether the call arrived, it is looked for without it, too.
    let receiver = Receiver::default();
    let known = [(0, Known::Done { receiver_id: None }), (1, refused), (2, Known::Unknown)];
    let standings = carried(&receiver, &known, &operations);
    assert_eq!(standings[&3], Standing::Skipped(Reason::DependsOnHeld));
    assert_eq!(*receiver.sent.lock().unwrap(), [[2]]);
}

/// K221: what cannot be looked into is not known to be gone: a removal of which nobody knows is not
/// taken for done, and the next plan sees to it again.
#[test]
fn what_is_shut_is_not_gone() {
    let has_anna = membership(1);
    let operations = [operation(0, Verb::Remove, [Some(&has_anna), None], &[])];
    for (is_shut, expected) in [
        (true, Standing::Refused { code: "unconfirmed".to_owned() }),
        (false, Standing::Done { receiver_id: None }),
    ] {
        let receiver = Receiver { is_shut, ..Receiver::default() };
        let standings = carried(&receiver, &[(0, Known::Unknown)], &operations);
        assert_eq!(standings[&0], expected);
        assert!(receiver.sent.lock().unwrap().is_empty());
    }
}

/// K221: of a call that was refused in part, what was done is known again when it is taken up.
#[test]
fn a_call_that_was_refused_in_part_is_looked_for() {
    let (group, has_anna) = (thing(object(GROUP, 9), &["7A"]), membership(1));
    let operations = [
        operation(0, Verb::Create, [None, Some(&group)], &[]),
        operation(1, Verb::Add, [None, Some(&has_anna)], &[0]),
    ];
    let receiver = Receiver::default();
    let id = RowRef::new(&group).unwrap().id.to_vec();
    receiver.rows.lock().unwrap().insert(id, group);
    *receiver.answers.lock().unwrap() = vec![Answer::Refused];
    let refused = Known::Refused { code: "404".to_owned() };
    let standings = carried(&receiver, &[(0, refused)], &operations);
    assert_eq!(*receiver.sent.lock().unwrap(), [[0, 1]], "it is asked for once more");
    assert_eq!(standings.len(), 2, "{standings:?}");

    let receiver = Receiver::default();
    for row in [thing(object(GROUP, 9), &["7A"]), membership(1)] {
        receiver.rows.lock().unwrap().insert(RowRef::new(&row).unwrap().id.to_vec(), row);
    }
    let refused = Known::Refused { code: "404".to_owned() };
    let standings = carried(&receiver, &[(0, refused)], &operations);
    assert!(receiver.sent.lock().unwrap().is_empty());
    assert!(standings.values().all(|it| matches!(it, Standing::Done { .. })), "{standings:?}");
}

/// K221: no row tells whether an account sleeps, so what may have been done is done again.
#[test]
fn a_suspension_that_may_be_lost_is_made_again() {
    let anna = thing(object(USER, 1), &["Anna"]);
    for verb in [Verb::Suspend, Verb::Reactivate, Verb::Archive, Verb::Unarchive] {
        let receiver = Receiver::default();
        receiver.rows.lock().unwrap().insert(RowRef::new(&anna).unwrap().id.to_vec(), anna.clone());
        let operations = [operation(0, verb, [Some(&anna), Some(&anna)], &[])];
        let standings = carried(&receiver, &[(0, Known::Unknown)], &operations);
        assert_eq!(*receiver.sent.lock().unwrap(), [[0]], "{verb:?}");
        assert_eq!(standings[&0], Standing::Done { receiver_id: None }, "{verb:?}");
    }
}

/// Decision 0004: who became protected leaves also where another call was refused.
#[test]
fn a_protected_person_leaves_whatever_was_refused() {
    let (anna, has_anna) = (thing(object(USER, 1), &["Anna"]), membership(1));
    let untold = |operation| Operation { reason: None, ..operation };
    let operations = [
        untold(operation(0, Verb::Remove, [Some(&has_anna), None], &[])),
        untold(operation(1, Verb::Delete, [Some(&anna), None], &[0])),
    ];
    let receiver = Receiver::default();
    *receiver.answers.lock().unwrap() = vec![Answer::Refused];
    let standings = carried(&receiver, &[], &operations);
    assert_eq!(standings[&1], Standing::Done { receiver_id: None }, "{standings:?}");
}

/// Design §5: what somebody changed at the receiver is theirs also after an answer was lost.
#[test]
fn what_others_changed_stays_after_a_lost_answer() {
    let user = object(USER, 1);
    let (old, new) = (thing(user, &["old", "ours"]), thing(user, &["new", "ours"]));
    let operations = [operation(0, Verb::Update, [Some(&old), Some(&new)], &[])];
    let id = RowRef::new(&old).unwrap().id.to_vec();
    let known = [(0, Known::Unknown)];

    let done = Receiver::default();
    done.rows.lock().unwrap().insert(id.clone(), thing(user, &["new", "theirs"]));
    assert_eq!(carried(&done, &known, &operations)[&0], Standing::Done { receiver_id: None });
    assert!(done.sent.lock().unwrap().is_empty(), "it is as the operation makes it");

    let missed = Receiver::default();
    missed.rows.lock().unwrap().insert(id, thing(user, &["old", "theirs"]));
    *missed.answers.lock().unwrap() = vec![Answer::Missed, Answer::Lost];
    carried(&missed, &known, &operations);
    assert_eq!(*missed.after.lock().unwrap(), [thing(user, &["new", "theirs"])]);
}
