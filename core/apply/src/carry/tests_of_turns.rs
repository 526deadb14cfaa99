//! Kinds of objects take turns, and what others wait for goes in the order in which they can go.

use std::collections::BTreeSet;
use std::sync::Mutex;

use roster::Key;
use state::{
    Card, Expected, Kind, Object, ObjectKind, ObjectRef, Observe, Outcome, Required, Row, Verb,
    Verbs, Words,
};
use tokio::sync::Semaphore;

use super::still::Still;
use super::*;

const USER: Kind = Kind(0);
const COURSE: Kind = Kind(1);

const fn kind(name: &'static str) -> ObjectKind {
    let words = Words { sv: "saker", en: "things" };
    ObjectKind { name, words, from: &[], attributes: &[], verbs: Verbs(Verb::ALL) }
}

const CARD: Card = Card {
    id: "school",
    name: "School",
    observe: Observe::Live,
    objects: &[kind("user"), kind("course")],
    memberships: &[],
    read_always: &[],
    quotas: &[],
    min_interval: None,
    school_code: Required::No,
    source: "",
};

/// A receiver whose users are made only while there is leave for them.
struct Receiver {
    width: usize,
    /// The stage of calls about each kind.
    stages: [u16; 2],
    leave: Semaphore,
    /// A course gives leave for so many users.
    gives: usize,
    sent: Mutex<Vec<u32>>,
    at_once: Mutex<[usize; 2]>,
}

impl Receiver {
    fn of_width(width: usize) -> Self {
        let (sent, at_once) = (Mutex::default(), Mutex::default());
        let leave = Semaphore::new(1_000);
        Self { width, stages: [0; 2], leave, gives: 0, sent, at_once }
    }

    fn sent(&self) -> Vec<u32> {
        self.sent.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl Target for Receiver {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn width(&self) -> usize {
        self.width
    }

    fn bundle(&self, operations: &[Operation]) -> Vec<Call> {
        let mut calls = Call::each_object(&CARD, operations);
        for call in &mut calls {
            call.stage = self.stages[usize::from(call.about.unwrap().kind.0)];
        }
        calls
    }

    async fn send(
        &self,
        call: &Call,
        operations: &[Operation],
        _: Material<'_>,
    ) -> Result<Receipt, TargetError> {
        {
            let mut at_once = self.at_once.lock().unwrap();
            at_once[0] += 1;
            at_once[1] = at_once[1].max(at_once[0]);
        }
        self.sent.lock().unwrap().push(call.operations[0]);
        if call.about.unwrap().kind == USER {
            self.leave.acquire().await.unwrap().forget();
        } else {
            self.leave.add_permits(self.gives);
        }
        tokio::task::yield_now().await;
        self.at_once.lock().unwrap()[0] -= 1;
        let outcomes = vec![Outcome::Done { receiver_id: None }; operations.len()];
        Ok(Receipt { outcomes, notes: vec![] })
    }

    async fn forget(&self, _: &[Key]) -> Result<(), TargetError> {
        Ok(())
    }
}

#[derive(Default)]
struct Bare(Ids<'static>);

impl Materials for Bare {
    fn of(&self, _: &Call, _: &[Operation]) -> Result<Material<'_>, SpoolError> {
        Ok(Material::Nothing)
    }

    fn ids(&self) -> &Ids<'_> {
        &self.0
    }
}

/// What was written of each call, in its order; and what was known of it before.
#[derive(Default)]
struct Diary {
    known: BTreeMap<u32, Known>,
    lines: Vec<(u32, bool)>,
}

#[async_trait::async_trait]
impl Journal for Diary {
    fn known(&self, number: u32) -> Option<Known> {
        self.known.get(&number).cloned()
    }

    async fn write(&mut self, entries: &[Entry<'_>]) -> Result<(), JournalError> {
        self.lines.extend(entries.iter().map(|entry| match entry {
            Entry::Sent { number, .. } => (*number, false),
            Entry::Settled { number, .. } => (*number, true),
        }));
        Ok(())
    }
}

/// Users that are made first in the plan, then a course for each of these lists of users.
fn plan(users: u32, courses: &[&[u32]]) -> Vec<Operation> {
    let create = |(number, kind, needs): (u32, Kind, &[u32])| {
        let id = ObjectRef { kind, key: Key::from_bytes([number.to_le_bytes()[0]; 16]) };
        let row = Row::Object(Object { id, values: vec![], schools: vec![] }).encoded();
        let (after, needs) = (Some(row.into()), needs.to_vec());
        let (verb, is_expected) = (Verb::Create, Expected::No);
        let (before, was, reason) = (None, None, Some(Reason::InRegister));
        Operation { number, verb, before, after, was, reason, is_expected, needs }
    };
    let courses = (users..).zip(courses).map(|(number, needs)| (number, COURSE, *needs));
    (0..users).map(|number| (number, USER, &[][..])).chain(courses).map(create).collect()
}

fn carried(receiver: &Receiver, operations: &[Operation], journal: &mut Diary) -> usize {
    let mut carrier = Carrier { journal, timer: &Still, progress: &mut Still };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let bare = Bare::default();
    let work = async {
        let work = carry_out(receiver, operations, &bare, &mut carrier);
        tokio::time::timeout(Duration::from_secs(20), work).await
    };
    runtime.block_on(work).expect("one kind holds the places of another").unwrap().len()
}

fn sent(receiver: &Receiver, operations: &[Operation]) -> Vec<u32> {
    assert_eq!(carried(receiver, operations, &mut Diary::default()), operations.len());
    receiver.sent()
}

/// A kind whose calls wait leaves places to others, and takes them all while nobody else can go.
#[test]
fn a_slow_kind_does_not_hold_the_places_of_another() {
    // Ten users wait until the third course is there: no course waits for a user.
    let slow = Receiver { leave: Semaphore::new(0), gives: 5, ..Receiver::of_width(4) };
    let sent = sent(&slow, &plan(10, &[&[], &[], &[]]));
    assert_eq!(sent.len(), 13);
    assert_eq!(slow.at_once.into_inner().unwrap()[1], 4);

    let alone = Receiver::of_width(4);
    self::sent(&alone, &plan(10, &[]));
    assert_eq!(alone.at_once.into_inner().unwrap()[1], 4, "all places are taken");
}

/// One call at a time: so all of the order is seen.
#[test]
fn what_courses_wait_for_goes_in_their_order() {
    for (what, users, courses, expected) in [
        ("nobody waits: the order of the plan", 3, &[][..], &[0, 1, 2][..]),
        ("who is needed goes first", 3, &[&[2][..]], &[2, 0, 1]),
        ("one course after another", 4, &[&[1, 3], &[0, 2]], &[1, 3, 0, 2]),
        (
            "a course whose users are most there is next",
            5,
            &[&[0, 4], &[1, 2], &[0, 3, 4]],
            &[0, 4, 3, 1, 2],
        ),
    ] {
        let operations = plan(users, courses);
        let order = sent(&Receiver::of_width(1), &operations);
        let of_users: Vec<u32> = order.iter().copied().filter(|it| *it < users).collect();
        assert_eq!(of_users, expected, "{what}");
        let at = |number: u32| order.iter().position(|it| *it == number).unwrap();
        for operation in &operations {
            let whole = operation.needs.iter().all(|need| at(*need) < at(operation.number));
            assert!(whole, "{what}: {order:?}");
        }
        assert_eq!(order, sent(&Receiver::of_width(1), &operations), "{what}: the same again");
    }
}

/// A stage begins when the one before is settled, also for a kind of which nothing is on its way.
#[test]
fn turns_are_taken_within_a_stage() {
    let receiver = Receiver { stages: [0, 1], ..Receiver::of_width(4) };
    let mut diary = Diary::default();
    carried(&receiver, &plan(6, &[&[], &[]]), &mut diary);
    let users_end = diary.lines.iter().rposition(|line| line.0 < 6).unwrap();
    let courses_begin = diary.lines.iter().position(|line| line.0 >= 6).unwrap();
    assert!(users_end < courses_begin, "{:?}", diary.lines);
}

/// K221: wherever the work is cut off, the rest is sent once, and what is done is not.
#[test]
fn what_was_sent_in_turns_is_taken_up_at_any_line() {
    let operations = plan(6, &[&[4, 5], &[0, 4], &[1, 2, 3]]);
    let mut whole = Diary::default();
    carried(&Receiver::of_width(3), &operations, &mut whole);
    // Lines of calls that came back: whether the others arrived is not known, and is looked for
    // in other tests.
    let done: Vec<u32> = whole.lines.iter().filter(|line| line.1).map(|line| line.0).collect();
    assert_eq!(done.len(), operations.len());
    for cut in 0..=done.len() {
        let known = done[..cut].iter().map(|it| (*it, Known::Done { receiver_id: None }));
        let mut rest = Diary { known: known.collect(), lines: Vec::new() };
        let receiver = Receiver::of_width(3);
        assert_eq!(carried(&receiver, &operations, &mut rest), operations.len());
        let sent: BTreeSet<u32> = receiver.sent().into_iter().collect();
        assert_eq!(sent, done[cut..].iter().copied().collect(), "cut at {cut}");
        assert_eq!(receiver.sent().len(), done.len() - cut);
    }
}
