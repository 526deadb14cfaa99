//! The sequence of calls: journal before and after each, waiting when asked to, going on
//! past what was refused, skipping what depended on it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use roster::SpoolError;
use state::{Call, Delivery, Operation, Outcome, Reason, Receipt, Target, TargetError};

/// How often the same call is tried again when the receiver cannot be reached or is busy.
const TRIES: u32 = 5;

/// The journal could not be written. Nothing may be sent that it does not hold.
#[derive(Debug, thiserror::Error)]
#[error("the journal could not be written")]
pub struct JournalError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where calls are written down: before they are sent, and what became of them.
#[async_trait::async_trait]
pub trait Journal: Send {
    /// Notes that `call` is about to be sent. On return it survives a power cut.
    async fn sent(&mut self, number: u32, call: &Call) -> Result<(), JournalError>;

    /// Notes what became of the call; `None` when that is not known.
    async fn settled(
        &mut self,
        number: u32,
        call: &Call,
        receipt: Option<&Receipt>,
    ) -> Result<(), JournalError>;
}

/// Waits, so that no clock is read here.
#[async_trait::async_trait]
pub trait Timer: Send + Sync {
    /// Returns after about so long.
    async fn wait(&self, duration: Duration);
}

/// Hears how the work goes on.
pub trait Progress: Send {
    /// So many of so many operations are settled.
    fn settled(&mut self, done: u64, of: u64);
}

/// What became of one operation of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Done now, or it was so already.
    Done {
        /// The id that the receiver made, if it makes one.
        receiver_id: Option<String>,
    },
    /// The receiver refused it.
    Refused {
        /// The receiver's own code.
        code: String,
    },
    /// Not tried, since an operation that it needs was refused.
    Skipped(Reason),
}

/// The run of calls came to an end before its time. What was settled until then is in the
/// journal.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// The journal could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The target wants a person, or time.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// What was delivered last cannot be read.
    #[error(transparent)]
    Rows(#[from] SpoolError),
}

/// What carrying out needs of the world.
pub struct Carrier<'a> {
    /// Where calls are written down.
    pub journal: &'a mut dyn Journal,
    /// How to wait.
    pub timer: &'a dyn Timer,
    /// Who hears how it goes on.
    pub progress: &'a mut dyn Progress,
}

/// Makes the whole set for targets that deliver one, afresh at each try.
pub trait Deliveries: Send {
    /// The set from its beginning; `None` for targets that deliver none.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when what was delivered last cannot be read.
    fn begin(&mut self) -> Result<Option<Delivery<'_>>, SpoolError>;
}

/// Carries out `released`, the released operations of one plan, in their order.
///
/// # Shapes
///
/// Returns the standing of every operation that was settled, by its number in the plan.
///
/// # Errors
///
/// [`CarryError`] when the work stopped; calls settled until then stay settled.
pub async fn carry_out(
    target: &dyn Target,
    released: &[Operation],
    deliveries: &mut dyn Deliveries,
    carrier: &mut Carrier<'_>,
) -> Result<BTreeMap<u32, Standing>, CarryError> {
    let by_number = ByNumber(released);
    let mut standings = BTreeMap::new();
    for (number, call) in (0_u32..).zip(target.bundle(released)) {
        let call = without_skipped(call, &by_number, &mut standings);
        if call.operations.is_empty() {
            continue;
        }
        carrier.journal.sent(number, &call).await?;
        let operations = by_number.of(&call);
        match send(target, &call, &operations, deliveries, carrier.timer).await {
            Ok(receipt) => {
                carrier.journal.settled(number, &call, Some(&receipt)).await?;
                standings.extend(
                    call.operations.iter().copied().zip(receipt.outcomes.into_iter().map(standing)),
                );
            }
            Err(error) => {
                carrier.journal.settled(number, &call, None).await?;
                return Err(error);
            }
        }
        carrier.progress.settled(standings.len() as u64, released.len() as u64);
    }
    Ok(standings)
}

/// Delivers the whole set as it was written last, for a target that no longer holds it.
///
/// # Errors
///
/// [`CarryError`] when nothing is known of the outcome.
pub async fn deliver_written(
    target: &dyn Target,
    deliveries: &mut dyn Deliveries,
    carrier: &mut Carrier<'_>,
) -> Result<(), CarryError> {
    let call = Call { operations: Vec::new() };
    carrier.journal.sent(0, &call).await?;
    let sent = send(target, &call, &[], deliveries, carrier.timer).await;
    carrier.journal.settled(0, &call, sent.as_ref().ok()).await?;
    sent.map(|_| ())
}

/// Operations, found by their number: they stand in the order of it.
struct ByNumber<'a>(&'a [Operation]);

impl<'a> ByNumber<'a> {
    fn get(&self, number: u32) -> Option<&'a Operation> {
        let at = self.0.binary_search_by_key(&number, |it| it.number).ok()?;
        self.0.get(at)
    }

    /// The operations of a call. Those of a set are all there are, and may be millions: they
    /// are not copied.
    fn of(&self, call: &Call) -> Cow<'a, [Operation]> {
        let is_all = call.operations.len() == self.0.len()
            && call.operations.iter().zip(self.0).all(|(number, it)| *number == it.number);
        if is_all {
            return Cow::Borrowed(self.0);
        }
        let operations = call.operations.iter().filter_map(|number| self.get(*number));
        Cow::Owned(operations.cloned().collect())
    }
}

/// Takes out of the call what depends on an operation that was refused or skipped.
fn without_skipped(
    mut call: Call,
    operations: &ByNumber<'_>,
    standings: &mut BTreeMap<u32, Standing>,
) -> Call {
    call.operations.retain(|number| {
        let blocked = operations.get(*number).into_iter().flat_map(|it| &it.needs).any(|needed| {
            matches!(standings.get(needed), Some(Standing::Refused { .. } | Standing::Skipped(_)))
        });
        if blocked {
            standings.insert(*number, Standing::Skipped(Reason::DependsOnHeld));
        }
        !blocked
    });
    call
}

fn standing(outcome: Outcome) -> Standing {
    match outcome {
        Outcome::Done { receiver_id } => Standing::Done { receiver_id },
        Outcome::AlreadySo => Standing::Done { receiver_id: None },
        Outcome::Refused { code } => Standing::Refused { code },
    }
}

async fn send(
    target: &dyn Target,
    call: &Call,
    operations: &[Operation],
    deliveries: &mut dyn Deliveries,
    timer: &dyn Timer,
) -> Result<Receipt, CarryError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let error = match target.send(call, operations, deliveries.begin()?).await {
            Ok(receipt) => return Ok(receipt),
            Err(error) => error,
        };
        let wait = match &error {
            TargetError::Throttled { after, .. } => *after,
            TargetError::Unavailable { .. } => Duration::from_millis(200 << attempt.min(8)),
            // A person must act, or the set itself is wrong: trying again changes nothing.
            TargetError::Denied { .. } | TargetError::Invalid { .. } => return Err(error.into()),
        };
        if attempt >= TRIES {
            return Err(error.into());
        }
        timer.wait(wait).await;
    }
}

#[cfg(test)]
mod tests;
