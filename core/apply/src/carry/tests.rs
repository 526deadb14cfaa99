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
    let denied = Err(TargetError::Denied { target: "x".to_owned() });
    let (outcome, diary, _) = run(vec![denied], &[operation(0, &[]), operation(1, &[])]);
    assert!(matches!(outcome, Err(CarryError::Target(TargetError::Denied { .. }))));
    assert_eq!(diary, ["sent 0", "unknown 0"]);
}

/// What is delivered again has no operations, and is written down before it is sent too.
#[test]
fn what_is_delivered_again_is_written_down_too() {
    for (answer, ended) in [
        (Ok(done()), "settled 0"),
        (Err(TargetError::Denied { target: "made up".to_owned() }), "unknown 0"),
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
