//! Carries out calls: journal before and after each, waiting when asked to, going on past
//! what was refused, skipping what depended on it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use roster::SpoolError;
use state::{Call, Ids, Material, Operation, Reason, Receipt, Target, TargetError};

use crew::Crew;

mod crew;
mod jobs;
mod look;
mod order;

/// How often a delivery is tried again when the receiver cannot be reached or is busy.
const TRIES: u32 = 5;

/// The journal could not be written. Nothing may be sent that it does not hold.
#[derive(Debug, thiserror::Error)]
#[error("the journal could not be written")]
pub struct JournalError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// One line of the journal.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'a> {
    /// The call is about to be sent.
    Sent {
        /// Its number in the plan: the same when the plan is taken up again.
        number: u32,
        /// The call.
        call: &'a Call,
    },
    /// What became of it.
    Settled {
        /// Its number.
        number: u32,
        /// The call.
        call: &'a Call,
        /// What it amounted to; `None` when that is not known.
        receipt: Option<&'a Receipt>,
    },
}

/// What the journal knows of a call from before the work was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// The receiver acknowledged it.
    Done {
        /// The id that the receiver made, if it makes one.
        receiver_id: Option<String>,
    },
    /// The receiver refused it.
    Refused {
        /// The receiver's own code.
        code: String,
    },
    /// It may have reached the receiver.
    Unknown,
}

/// Where calls are written down: before they are sent, and what became of them.
#[async_trait::async_trait]
pub trait Journal: Send {
    /// What is known of the call with this number; `None` when it was never sent.
    fn known(&self, number: u32) -> Option<Known>;

    /// Writes lines, all or none. On return they survive a power cut.
    async fn write(&mut self, entries: &[Entry<'_>]) -> Result<(), JournalError>;
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

/// Gives what calls are made from, afresh at each try.
pub trait Materials: Send + Sync {
    /// What the call is made from; `operations` are those of the call.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when what was delivered last cannot be read.
    fn of(&self, call: &Call, operations: &[Operation]) -> Result<Material<'_>, SpoolError>;

    /// Ids of objects at the receiver.
    fn ids(&self) -> &Ids<'_>;
}

/// Carries out `released`, the released operations of one plan, in their order: as many
/// calls at once as the target takes, none before what it needs.
///
/// # Shapes
///
/// Returns the standing of every operation that was settled, by its number in the plan.
/// Calls that the journal knows to be done or refused are not sent again, where a call is
/// about one object; those of which it does not know are looked for at the receiver first,
/// each kind read once.
///
/// # Errors
///
/// [`CarryError`] when the work stopped; calls settled until then stay settled, and those on
/// their way were waited for.
pub async fn carry_out(
    target: &dyn Target,
    released: &[Operation],
    materials: &dyn Materials,
    carrier: &mut Carrier<'_>,
) -> Result<BTreeMap<u32, Standing>, CarryError> {
    Crew::new(target, ByNumber(released), materials, carrier).work().await
}

/// Finds out what has become of calls that are not to be sent, or not again: as
/// [`carry_out`], but what was not done stays undone.
///
/// # Errors
///
/// [`CarryError`] when the receiver cannot be read.
pub async fn take_stock(
    target: &dyn Target,
    released: &[Operation],
    materials: &dyn Materials,
    carrier: &mut Carrier<'_>,
) -> Result<BTreeMap<u32, Standing>, CarryError> {
    Crew::new(target, ByNumber(released), materials, carrier).look_back().await
}

/// Delivers the whole set as it was written last, for a target that no longer holds it.
///
/// # Errors
///
/// [`CarryError`] when nothing is known of the outcome.
pub async fn deliver_written(
    target: &dyn Target,
    materials: &dyn Materials,
    carrier: &mut Carrier<'_>,
) -> Result<(), CarryError> {
    let call = Call { operations: Vec::new(), about: None, stage: 0 };
    let (number, call) = (0, &call);
    if carrier.journal.known(number).is_none() {
        carrier.journal.write(&[Entry::Sent { number, call }]).await?;
    }
    let sent = deliver(target, call, &[], materials, carrier.timer).await;
    let receipt = sent.as_ref().ok();
    carrier.journal.write(&[Entry::Settled { number, call, receipt }]).await?;
    sent.map(|_| ())
}

/// Operations, found by their number: they stand in the order of it.
#[derive(Clone, Copy)]
struct ByNumber<'a>(&'a [Operation]);

impl<'a> ByNumber<'a> {
    fn place(&self, number: u32) -> Option<usize> {
        self.0.binary_search_by_key(&number, |it| it.number).ok()
    }

    fn get(&self, number: u32) -> Option<&'a Operation> {
        self.0.get(self.place(number)?)
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

/// Takes out of the call what depends on an operation that was refused or skipped. Who became
/// protected leaves in any case (decision 0004): such a removal has no reason.
fn without_skipped(
    call: &mut Call,
    operations: ByNumber<'_>,
    standings: &mut BTreeMap<u32, Standing>,
) {
    call.operations.retain(|number| {
        let goes = |it: &&Operation| !(it.verb.is_removing() && it.reason.is_none());
        let held = operations.get(*number).filter(goes);
        let blocked = held.into_iter().flat_map(|it| &it.needs).any(|needed| {
            matches!(standings.get(needed), Some(Standing::Refused { .. } | Standing::Skipped(_)))
        });
        if blocked {
            standings.insert(*number, Standing::Skipped(Reason::DependsOnHeld));
        }
        !blocked
    });
}

/// Sends a delivery, again and again where the receiver wants time. A call about one object
/// is sent once: its connector knows when to try again.
async fn deliver(
    target: &dyn Target,
    call: &Call,
    operations: &[Operation],
    materials: &dyn Materials,
    timer: &dyn Timer,
) -> Result<Receipt, CarryError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let material = materials.of(call, operations)?;
        let error = match target.send(call, operations, material).await {
            Ok(receipt) => return Ok(receipt),
            Err(error) => error,
        };
        let wait = match &error {
            TargetError::Throttled { after, .. } => *after,
            TargetError::Unavailable { .. } => Duration::from_millis(200 << attempt.min(8)),
            // A person must act, or the set itself is wrong: trying again changes nothing.
            TargetError::Denied { .. }
            | TargetError::Invalid { .. }
            | TargetError::Unreadable { .. }
            | TargetError::Spool { .. } => return Err(error.into()),
        };
        if attempt >= TRIES || call.about.is_some() {
            return Err(error.into());
        }
        timer.wait(wait).await;
    }
}

#[cfg(test)]
mod still;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_several;
#[cfg(test)]
mod tests_of_turns;
