//! What a target is: something that turns operations into calls and sends them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use roster::{Key, RowSource, SpoolError};

use crate::{Call, Card, Ids, Kind, Material, ObjectRef, Operation, Pace, PublishedIds, Receipt};

/// Encoded rows with the ids to write for their keys.
#[derive(Clone, Copy)]
pub struct Held<'a> {
    /// Encoded rows, sorted; read from the beginning as often as needed.
    pub rows: &'a (dyn RowSource + Sync),
    /// The ids to write for keys.
    pub published: &'a PublishedIds,
}

/// The whole set that a file-set or served target delivers: last delivered plus what was
/// released, in the order of rows.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// What the receiver is to hold.
    pub set: Held<'a>,
    /// What it was given last, for who sends the difference.
    pub before: Held<'a>,
    /// Its number. Numbers rise; a delivery that is sent again, after whatever cut it off,
    /// has the same.
    pub number: u64,
    /// The number of the delivery that `before` came of; 0 when there was none.
    pub confirmed: u64,
    /// When it was decided: the same, too, when it is sent again, and later than all before.
    pub at: Timestamp,
}

/// Why a target would not do as asked, sorted by what the caller should do next.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Our credentials were refused. Stop the run; a person must act. Exit code 32.
    #[error("{target} refused our credentials")]
    Denied {
        /// The target's name in the settings.
        target: String,
        /// What lies beneath: which permission, for who knows of it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Asked to slow down. Wait, then send the same call again.
    #[error("{target} asked us to wait {} s", after.as_secs())]
    Throttled {
        /// The target's name in the settings.
        target: String,
        /// How long.
        after: Duration,
    },
    /// No answer, or one that made no sense. Try again later. Exit code 31.
    #[error("{target} could not be reached: {detail}")]
    Unavailable {
        /// The target's name in the settings.
        target: String,
        /// What and the remedy; no personal data.
        detail: String,
        /// What lies beneath.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It answered a question with what makes no sense, or with less than it said there is:
    /// nothing of that is used. Try again later, and show the place to whose it is. Exit code 31.
    #[error("{target} answered with what cannot be read: {detail}")]
    Unreadable {
        /// The target's name in the settings.
        target: String,
        /// Which list, the place in it, and the remedy; no personal data.
        detail: String,
    },
    /// What the receiver told could not be put aside here: it is not the receiver's fault.
    #[error("what {target} told could not be put aside")]
    Spool {
        /// The target's name in the settings.
        target: String,
        /// What this machine said.
        #[source]
        error: SpoolError,
    },
    /// The delivery would break the receiver's rules: a reference that leads nowhere, a
    /// value that is not allowed. Nothing was sent. Exit code 11.
    #[error("{target} would refuse the delivery: {detail}")]
    Invalid {
        /// The target's name in the settings.
        target: String,
        /// Rule and place, by our ids only.
        detail: String,
    },
}

/// Whether what was delivered last is as it was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intact {
    /// Its checksums say so.
    Yes,
    /// Something was changed, or is missing.
    No,
}

/// What a target reads back of its own last delivery, when the memory of it was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadBack {
    /// The target keeps nothing that could be read back.
    Unable,
    /// Nothing has been delivered.
    Nothing,
    /// The rows that were pushed.
    Rows {
        /// Whether they are what was delivered.
        intact: Intact,
        /// What is not in them.
        untold: Untold,
    },
}

/// What a delivery does not tell: it is taken from what is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Untold {
    /// Attributes of objects, by kind and place on the card.
    pub attributes: Vec<(Kind, usize)>,
    /// Attributes of memberships, by kind and place on the card.
    pub of_memberships: Vec<(Kind, usize)>,
    /// Kinds of membership of which not all are told.
    pub partly: Vec<Kind>,
    /// Owners, by published id, whose memberships of the kind may be such as the target adds
    /// itself where the register has none.
    pub unsure: BTreeSet<(Kind, ObjectRef)>,
}

/// Which delivery lies where the target delivers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    /// Its number.
    pub number: u64,
    /// When it was decided.
    pub at: Timestamp,
}

/// Takes encoded rows, in any order.
pub type PushRow<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<(), SpoolError> + Send);

/// What is to be read of a receiver. To read more is no fault.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The kinds of object, with all that stands in them ([`crate::Home`]).
    pub kinds: &'a BTreeSet<Kind>,
    /// Where only some objects matter: these. Kinds of [`Card::read_always`] are read whole in
    /// any case.
    pub only: Option<&'a BTreeSet<ObjectRef>>,
}

/// A kind of object that nothing can be done with until a person has given us a permission.
#[derive(Debug)]
pub struct Closed {
    /// The kind, with all that stands in it.
    pub kind: Kind,
    /// What is missing, as it would be told if it stopped the run.
    pub why: TargetError,
}

/// Takes what is seen at a receiver, in any order.
pub trait Seen: Send {
    /// A row; and of an object the id that the receiver made for it, if it makes one.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] when the row cannot be kept.
    fn row(&mut self, row: &[u8], receiver_id: Option<&str>) -> Result<(), SpoolError>;

    /// An object, by its published id, that is there and that the receiver lets nobody into: what
    /// is not told of it, and of what stands in it, is not gone.
    fn shut(&mut self, _object: ObjectRef) {}
}

/// A receiver that can be written to.
#[async_trait::async_trait]
pub trait Target: Send + Sync {
    /// What it is and can do.
    fn card(&self) -> &'static Card;

    /// Operations to calls, in the order given: pure, and its length is the cost in calls.
    fn bundle(&self, operations: &[Operation]) -> Vec<Call>;

    /// How many calls may be on their way at once.
    fn width(&self) -> usize {
        1
    }

    /// How the receiver was called since the target was made, where calls are counted.
    fn pace(&self) -> Option<Pace> {
        None
    }

    /// The kinds of object that this run must leave alone, since a permission for them is missing;
    /// the others go on. What is closed is neither read nor written, and nothing is sent of it.
    async fn closed(&self) -> Vec<Closed> {
        Vec::new()
    }

    /// Carries out one call.
    ///
    /// # Errors
    ///
    /// [`TargetError`] when nothing or not everything is known of the outcome.
    async fn send(
        &self,
        call: &Call,
        operations: &[Operation],
        material: Material<'_>,
    ) -> Result<Receipt, TargetError>;

    /// Reads what the receiver holds of what is looked for, whoever wrote it. Rows have published ids for keys, and no schools;
    /// an object that bears no id of ours has a key that is made of the receiver's id for it.
    ///
    /// # Errors
    ///
    /// [`TargetError`] when not all could be read; what was seen until then says nothing.
    async fn observe(
        &self,
        _look: Look<'_>,
        _ids: &Ids<'_>,
        _seen: &mut dyn Seen,
    ) -> Result<(), TargetError> {
        Ok(())
    }

    /// Takes everything that names these published ids out of what the target itself keeps
    /// of earlier deliveries (design §3: when a person has become protected).
    ///
    /// # Errors
    ///
    /// [`TargetError`] when something could not be rewritten.
    async fn forget(&self, published: &[Key]) -> Result<(), TargetError>;

    /// Whether a delivery of ours lies where the target delivers to.
    ///
    /// # Errors
    ///
    /// [`TargetError`] when that cannot be told.
    async fn has_delivery(&self) -> Result<bool, TargetError> {
        Ok(false)
    }

    /// The newest delivery there, where the target can tell its number: numbers and times go
    /// on from it, whatever is remembered.
    ///
    /// # Errors
    ///
    /// [`TargetError`] when that cannot be told.
    async fn newest(&self) -> Result<Option<Numbered>, TargetError> {
        Ok(None)
    }

    /// Whether the whole set is to be delivered although nothing has changed since the
    /// delivery with this number: it is no longer there, or too old.
    ///
    /// # Errors
    ///
    /// [`TargetError`] when that cannot be told.
    async fn is_due(&self, _confirmed: u64, _now: Timestamp) -> Result<bool, TargetError> {
        Ok(false)
    }

    /// Reads the last delivery back as rows, with published ids for keys. A row's schools are
    /// what the delivery tells of them. Changes nothing but to end a delivery that was cut off.
    ///
    /// # Errors
    ///
    /// [`TargetError`] when there is one that cannot be read.
    async fn read_back(&self, _push: PushRow<'_>) -> Result<ReadBack, TargetError> {
        Ok(ReadBack::Unable)
    }

    /// Reads what another program remembers of its deliveries to the same receiver, from a file
    /// of its own form, as [`Target::read_back`] reads ours.
    ///
    /// # Errors
    ///
    /// [`TargetError`] when the file cannot be read.
    async fn read_memory(&self, _file: &Path, _push: PushRow<'_>) -> Result<ReadBack, TargetError> {
        Ok(ReadBack::Unable)
    }

    /// A text as a delivery has it, where the target makes texts clean or writes words its
    /// own way: what was read back is held against this. The same again for its own result.
    fn as_delivered(&self, text: &str) -> String {
        text.to_owned()
    }
}
