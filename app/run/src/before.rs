//! The snapshot of the read before, for who plans.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use roster::{Key, Roster};

use crate::read::Reading;
use crate::{Engine, RunError};

/// The snapshot of the read before.
pub(crate) enum Previous {
    /// There is none.
    None,
    /// It says what was read now.
    Same,
    /// It says something else; its generation.
    Other(i64),
}

/// The snapshot of the read before, while it is looked at.
enum Last<'a> {
    Same(&'a Roster),
    Other(Box<Roster>),
}

impl std::ops::Deref for Last<'_> {
    type Target = Roster;

    fn deref(&self) -> &Roster {
        match self {
            Self::Same(roster) => roster,
            Self::Other(roster) => roster,
        }
    }
}

/// So many groups and persons of a snapshot may be in memory, with their rows: some 150 MB for a
/// nation of which one in a hundred changes, and never more than there are.
const FEW: usize = 300_000;

/// What the read before said of some groups and persons, and of all schools. Looked at when it
/// is first asked for, and once.
pub(crate) struct Before<'a> {
    engine: &'a Engine,
    reading: &'a Reading,
    keys: BTreeSet<Key>,
    last: OnceLock<Option<Last<'a>>>,
}

impl<'a> Before<'a> {
    /// For who asks about the groups and persons with these keys and no others.
    pub(crate) fn new(engine: &'a Engine, reading: &'a Reading, keys: BTreeSet<Key>) -> Self {
        Self { engine, reading, keys, last: OnceLock::new() }
    }

    /// Whether it may be asked about all of these.
    pub(crate) fn knows(&self, keys: &BTreeSet<Key>) -> bool {
        keys.is_subset(&self.keys)
    }

    /// The roster; `None` where nothing was read before.
    pub(crate) fn roster(&self) -> Result<Option<&Roster>, RunError> {
        if self.last.get().is_none() {
            // Where two look at once, one look is in vain.
            drop(self.last.set(self.open()?));
        }
        Ok(self.last.get().and_then(Option::as_ref).map(|last| &**last))
    }

    /// A nation has 700,000 groups, and two of each need not be in memory. Few persons are, so
    /// that they may be asked for again without reading it all.
    fn open(&self) -> Result<Option<Last<'a>>, RunError> {
        let generation = match self.reading.previous {
            Previous::None => return Ok(None),
            Previous::Same => return Ok(Some(Last::Same(&self.reading.roster))),
            Previous::Other(generation) => generation,
        };
        let memory = self.engine.memory();
        let roster = if self.keys.len() > FEW {
            memory.roster_at(generation, &self.keys)?
        } else {
            memory.roster_among(generation, &self.keys)?
        };
        Ok(Some(Last::Other(Box::new(roster))))
    }
}
