use std::sync::Mutex;

use roster::Key;
use state::{Card, Expected, Kind, Object, ObjectRef, Observe, Outcome, Required, Row, Verb};

use super::*;

const CARD: Card = Card {
    id: "made_up",
    name: "Made up",
    observe: Observe::Live,
    objects: &[],
    memberships: &[],
    read_always: &[],
    quotas: &[],
    min_interval: None,
    school_code: Required::No,
    source: "",
};

/// A receiver with one call an operation, which answers as told.
struct Receiver(Mutex<Vec<Result<Outcome, TargetError>>>);

#[async_trait::async_trait]
impl Target for Receiver {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn bundle(&self, operations: &[Operation]) -> Vec<Call> {
        operations
            .iter()
            .map(|it| Call { operations: vec![it.number], about: None, stage: 0 })
            .collect()
    }

    async fn send(
        &self,
        _: &Call,
        _: &[Operation],
        _: Material<'_>,
    ) -> Result<Receipt, TargetError> {
        let outcome = self.0.lock().unwrap().remove(0)?;
        Ok(Receipt { outcomes: vec![outcome], notes: vec![] })
    }

    async fn forget(&self, _: &[Key]) -> Result<(), TargetError> {
        Ok(())
    }
}

#[derive(Default)]
struct Diary(Vec<String>);

#[async_trait::async_trait]
impl Journal for Diary {
    fn known(&self, _: u32) -> Option<Known> {
        None
    }

    async fn write(&mut self, entries: &[Entry<'_>]) -> Result<(), JournalError> {
        for entry in entries {
            self.0.push(match entry {
                Entry::Sent { number, .. } => format!("sent {number}"),
                Entry::Settled { number, receipt: Some(_), .. } => format!("settled {number}"),
                Entry::Settled { number, receipt: None, .. } => format!("unknown {number}"),
            });
        }
        Ok(())
    }
}

#[derive(Default)]
struct Waits(Mutex<Vec<Duration>>);

#[async_trait::async_trait]
impl Timer for Waits {
    async fn wait(&self, duration: Duration) {
        self.0.lock().unwrap().push(duration);
    }
}

struct Quiet;

impl Progress for Quiet {
    fn settled(&mut self, _: u64, _: u64) {}
}

/// Calls that are made of their operations alone.
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

fn operation(number: u32, needs: &[u32]) -> Operation {
    let id = ObjectRef { kind: Kind(0), key: Key::from_bytes([number.to_le_bytes()[0]; 16]) };
    let row = Row::Object(Object { id, values: vec![], schools: vec![] }).encoded();
    Operation {
        number,
        verb: Verb::Create,
        before: None,
        after: Some(row.into()),
        was: None,
        reason: None,
        is_expected: Expected::No,
        needs: needs.to_vec(),
    }
}

/// What came of a run, what the journal says, and how long was waited.
type Ran = (Result<BTreeMap<u32, Standing>, CarryError>, Vec<String>, Vec<Duration>);

fn run(answers: Vec<Result<Outcome, TargetError>>, operations: &[Operation]) -> Ran {
    let (receiver, waits, mut diary) =
        (Receiver(Mutex::new(answers)), Waits::default(), Diary::default());
    let mut carrier = Carrier { journal: &mut diary, timer: &waits, progress: &mut Quiet };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let outcome =
        runtime.block_on(carry_out(&receiver, operations, &Bare::default(), &mut carrier));
    (outcome, diary.0, waits.0.into_inner().unwrap())
}

fn done() -> Outcome {
    Outcome::Done { receiver_id: None }
}

fn refused() -> Outcome {
    Outcome::Refused { code: "400".to_owned() }
}

/// K221: a call is in the journal before it is sent, and settled after.
#[test]
fn a_call_is_written_down_before_it_is_sent() {
    let (outcome, diary, _) =
        run(vec![Ok(done()), Ok(done())], &[operation(0, &[]), operation(1, &[0])]);
    assert_eq!(outcome.unwrap().len(), 2);
    assert_eq!(diary, ["sent 0", "settled 0", "sent 1", "settled 1"]);
}

/// Design §5: a failed operation skips its dependants with a reason; others go on.
#[test]
fn what_needs_a_refused_operation_is_skipped_and_the_rest_goes_on() {
    let operations = [operation(0, &[]), operation(1, &[0]), operation(2, &[1]), operation(3, &[])];
    let (outcome, diary, _) = run(vec![Ok(refused()), Ok(done())], &operations);
    let standings = outcome.unwrap();
    assert_eq!(standings[&0], Standing::Refused { code: "400".to_owned() });
    assert_eq!(standings[&1], Standing::Skipped(Reason::DependsOnHeld));
    assert_eq!(standings[&2], Standing::Skipped(Reason::DependsOnHeld));
    assert_eq!(standings[&3], Standing::Done { receiver_id: None });
    assert_eq!(diary, ["sent 0", "settled 0", "sent 3", "settled 3"]);
}

#[test]
fn a_receiver_that_asks_for_time_gets_it() {
    let after = Duration::from_secs(7);
    let busy = Err(TargetError::Throttled { target: "x".to_owned(), after });
    let (outcome, _, waits) = run(vec![busy, Ok(done())], &[operation(0, &[])]);
    assert!(outcome.is_ok());
    assert_eq!(waits, [after]);
}

/// K221: when the outcome is not known, the journal says so and nothing more is sent.
#[test]
fn refused_credentials_stop_the_work_and_leave_the_call_unknown() {
    let denied = Err(TargetError::Denied { target: "x".to_owned(), source: "refused".into() });
    let (outcome, diary, _) = run(vec![denied], &[operation(0, &[]), operation(1, &[])]);
    assert!(matches!(outcome, Err(CarryError::Target(TargetError::Denied { .. }))));
    assert_eq!(diary, ["sent 0", "unknown 0"]);
}

/// What is delivered again has no operations, and is written down before it is sent too.
#[test]
fn what_is_delivered_again_is_written_down_too() {
    for (answer, ended) in [
        (Ok(done()), "settled 0"),
        (
            Err(TargetError::Denied { target: "made up".to_owned(), source: "refused".into() }),
            "unknown 0",
        ),
    ] {
        let is_well = answer.is_ok();
        let target = Receiver(Mutex::new(vec![answer]));
        let (mut journal, timer) = (Diary::default(), Waits::default());
        let mut carrier = Carrier { journal: &mut journal, timer: &timer, progress: &mut Quiet };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ended_well =
            runtime.block_on(deliver_written(&target, &Bare::default(), &mut carrier)).is_ok();
        assert_eq!(ended_well, is_well);
        assert_eq!(journal.0, ["sent 0", ended]);
    }
}

/// A receiver of objects: what it holds, how it answers each call, and how often it was read.
#[derive(Default)]
struct Objects {
    held: Mutex<BTreeMap<ObjectRef, Vec<u8>>>,
    answers: Mutex<Vec<Answer>>,
    sent: Mutex<Vec<u32>>,
    reads: Mutex<u32>,
    at_once: Mutex<[usize; 2]>,
}

#[derive(Clone, Copy, PartialEq)]
enum Answer {
    Done,
    /// Done, and nobody hears of it.
    Lost,
    /// Not done, and nobody hears of it.
    Missed,
}

const OBJECTS: state::ObjectKind = state::ObjectKind {
    name: "object",
    words: state::Words { sv: "objekt", en: "objects" },
    from: &[],
    attributes: &[],
    verbs: state::Verbs(&[Verb::Create]),
};

const OF_OBJECTS: Card = Card { observe: Observe::Mirror, objects: &[OBJECTS], ..CARD };

#[async_trait::async_trait]
impl Target for Objects {
    fn card(&self) -> &'static Card {
        &OF_OBJECTS
    }

    fn width(&self) -> usize {
        4
    }

    fn bundle(&self, operations: &[Operation]) -> Vec<Call> {
        Call::each_object(&OF_OBJECTS, operations)
    }

    async fn send(
        &self,
        call: &Call,
        _: &[Operation],
        material: Material<'_>,
    ) -> Result<Receipt, TargetError> {
        let now = {
            let mut at_once = self.at_once.lock().unwrap();
            at_once[0] += 1;
            at_once[1] = at_once[1].max(at_once[0]);
            let mut answers = self.answers.lock().unwrap();
            if answers.is_empty() { Answer::Done } else { answers.remove(0) }
        };
        tokio::task::yield_now().await;
        self.at_once.lock().unwrap()[0] -= 1;
        self.sent.lock().unwrap().push(call.operations[0]);
        let Material::Object(resource) = material else { panic!("no object") };
        if now != Answer::Missed {
            let row = resource.after[0].clone();
            self.held.lock().unwrap().insert(call.about.unwrap(), row);
        }
        let outcome = if now == Answer::Done { done() } else { Outcome::Unsure };
        Ok(Receipt { outcomes: vec![outcome], notes: vec![] })
    }

    async fn observe(
        &self,
        _: state::Look<'_>,
        _: &Ids<'_>,
        seen: &mut dyn state::Seen,
    ) -> Result<(), TargetError> {
        *self.reads.lock().unwrap() += 1;
        for row in self.held.lock().unwrap().values() {
            seen.row(row, Some("made there")).unwrap();
        }
        Ok(())
    }

    async fn forget(&self, _: &[Key]) -> Result<(), TargetError> {
        Ok(())
    }
}

/// Each call is about the object of its operation.
#[derive(Default)]
struct Each(Ids<'static>);

impl Materials for Each {
    fn of(&self, _: &Call, operations: &[Operation]) -> Result<Material<'_>, SpoolError> {
        let after = operations.iter().filter_map(|it| Some(it.after.as_deref()?.to_vec()));
        let (before, after) = (vec![], after.collect());
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

/// A journal of a run that was cut off.
struct Begun(BTreeMap<u32, Known>, Vec<String>);

#[async_trait::async_trait]
impl Journal for Begun {
    fn known(&self, number: u32) -> Option<Known> {
        self.0.get(&number).cloned()
    }

    async fn write(&mut self, entries: &[Entry<'_>]) -> Result<(), JournalError> {
        let mut all = Diary::default();
        all.write(entries).await?;
        self.1.extend(all.0);
        Ok(())
    }
}

fn pushed(
    objects: &Objects,
    known: &[(u32, Known)],
    count: u32,
) -> (BTreeMap<u32, Standing>, Vec<String>) {
    let operations: Vec<Operation> = (0..count).map(|at| operation(at, &[])).collect();
    let mut journal = Begun(known.iter().cloned().collect(), Vec::new());
    let waits = Waits::default();
    let mut carrier = Carrier { journal: &mut journal, timer: &waits, progress: &mut Quiet };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let outcome = runtime.block_on(carry_out(objects, &operations, &Each::default(), &mut carrier));
    (outcome.unwrap(), journal.1)
}

/// Design §6: as many calls as the target takes go at once, each in the journal before it.
#[test]
fn calls_go_side_by_side_and_each_is_in_the_journal_first() {
    let objects = Objects::default();
    let (standings, lines) = pushed(&objects, &[], 20);
    assert_eq!(standings.len(), 20);
    assert_eq!(objects.at_once.into_inner().unwrap()[1], 4);
    let at = |text: &str| lines.iter().position(|line| line == text).unwrap();
    for number in 0..20 {
        assert!(at(&format!("sent {number}")) < at(&format!("settled {number}")));
    }
    assert_eq!(lines.len(), 40, "{lines:?}");
}

/// K221: what the journal knows to be done is not sent; what it does not know is looked for,
/// each kind once, and sent only where it is not there.
#[test]
fn after_a_crash_what_is_not_known_is_looked_for_once() {
    let objects = Objects::default();
    let (_, _) = pushed(&objects, &[], 3);
    objects.sent.lock().unwrap().clear();
    let made = |id: &str| Known::Done { receiver_id: Some(id.to_owned()) };
    let refused = Known::Refused { code: "400".to_owned() };
    let known = [
        (0, made("x")),
        (1, Known::Unknown),
        (2, Known::Unknown),
        (3, Known::Unknown),
        (4, refused),
    ];
    let (standings, lines) = pushed(&objects, &known, 6);
    let mut sent = objects.sent.lock().unwrap().clone();
    sent.sort_unstable();
    assert_eq!(sent, [3, 5], "one was not done, one is new");
    assert_eq!(*objects.reads.lock().unwrap(), 1);
    assert_eq!(standings[&0], Standing::Done { receiver_id: Some("x".to_owned()) });
    assert_eq!(standings[&1], Standing::Done { receiver_id: Some("made there".to_owned()) });
    assert_eq!(standings[&4], Standing::Refused { code: "400".to_owned() });
    assert!(!lines.iter().any(|line| line == "sent 3"), "it is in the journal already: {lines:?}");
}

/// Peers.md §6 no 4: an answer that was lost is looked for; what was done is not sent again,
/// what was not is, and what never can be confirmed is told.
#[test]
fn an_answer_that_was_lost_is_looked_for() {
    let objects = Objects::default();
    *objects.answers.lock().unwrap() = vec![Answer::Lost, Answer::Missed, Answer::Done];
    let (standings, lines) = pushed(&objects, &[], 3);
    let mut sent = objects.sent.lock().unwrap().clone();
    sent.sort_unstable();
    assert_eq!(sent, [0, 1, 1, 2]);
    assert!(standings.values().all(|it| matches!(it, Standing::Done { .. })), "{standings:?}");
    assert!(lines.contains(&"unknown 0".to_owned()) && lines.contains(&"settled 0".to_owned()));

    let never = Objects::default();
    *never.answers.lock().unwrap() = vec![Answer::Missed; 10];
    let (standings, _) = pushed(&never, &[], 1);
    assert_eq!(standings[&0], Standing::Refused { code: "unconfirmed".to_owned() });
    assert_eq!(never.sent.lock().unwrap().len(), 3);
}

/// Design §5: a call waits for what it needs, also where that was sent and may not be done.
#[test]
fn no_call_goes_before_what_it_needs_is_certain() {
    let objects = Objects::default();
    *objects.answers.lock().unwrap() = vec![Answer::Missed];
    let mut operations: Vec<Operation> = (0..5).map(|at| operation(at, &[])).collect();
    operations[4].needs = vec![0, 1, 2, 3];
    let (mut journal, waits) = (Begun(BTreeMap::new(), Vec::new()), Waits::default());
    let mut carrier = Carrier { journal: &mut journal, timer: &waits, progress: &mut Quiet };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let each = Each::default();
    runtime.block_on(carry_out(&objects, &operations, &each, &mut carrier)).unwrap();
    let sent = objects.sent.lock().unwrap().clone();
    assert_eq!((sent.len(), &sent[4..]), (6, &[0, 4][..]), "{sent:?}");
}

/// Two objects that need each other: one goes first.
#[test]
fn a_circle_is_broken_at_its_first_call() {
    let objects = Objects::default();
    let operations = [operation(0, &[1]), operation(1, &[0])];
    let (mut journal, waits) = (Begun(BTreeMap::new(), Vec::new()), Waits::default());
    let mut carrier = Carrier { journal: &mut journal, timer: &waits, progress: &mut Quiet };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let each = Each::default();
    let standings = runtime.block_on(carry_out(&objects, &operations, &each, &mut carrier));
    assert_eq!(standings.unwrap().len(), 2);
    assert_eq!(*objects.sent.lock().unwrap(), [0, 1]);
}
