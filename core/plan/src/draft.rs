//! One pass over wanted, written and observed rows.

use crate::merge::{Cursor, Three};
use crate::owners::Owners;
use crate::{Draft, Inputs, PlanError, order, settle};

/// Works out what to do at a receiver.
///
/// # Shapes
///
/// * Withheld objects and their memberships stay as they were written; new ones wait.
/// * A value that could not be understood blanks nothing, and ends nothing.
/// * An object that is no longer wanted goes through its life cycle; while it waits, it and
///   all memberships in it and of it stay as they were written.
/// * Nothing that rows outside the plan refer to is deleted ([`Draft::kept`]).
/// * The same input gives the same draft, byte for byte.
///
/// # Errors
///
/// [`PlanError`] when rows cannot be read.
///
/// # Cost
///
/// Linear in rows; rows that are equal on both sides allocate nothing. Memory follows the
/// number of differences and of objects that wait, not of rows.
///
/// # Source
///
/// Design §5.
pub fn draft(inputs: Inputs<'_>) -> Result<Draft, PlanError> {
    let Inputs {
        card,
        wanted,
        written,
        observed,
        links,
        policies,
        continuity,
        protected,
        uncertain,
        rules,
        unseen,
        today,
    } = inputs;
    let (rows, coverage) = match observed {
        Some(observed) => (Some(observed.rows), Some(observed.coverage)),
        None => (None, None),
    };
    let context = Context {
        card,
        links,
        policies,
        continuity,
        protected,
        uncertain,
        rules,
        unseen,
        today,
        coverage,
    };
    let mut cursors = [Cursor::new(Some(wanted))?, Cursor::new(Some(written))?, Cursor::new(rows)?];
    let mut owners = Owners::new(&context);
    loop {
        let taken = {
            let [wanted, written, observed] = &cursors;
            let Some((_, three)) = Three::first(wanted.seen()?, written.seen()?, observed.seen()?)
            else {
                break;
            };
            owners.take(three)?;
            [three.wanted.is_some(), three.written.is_some(), three.observed.is_some()]
        };
        for (cursor, taken) in cursors.iter_mut().zip(taken) {
            if taken {
                cursor.advance()?;
            }
        }
    }
    let found = owners.finish()?;
    let mut draft = settle::settle(&context, found)?;
    let operations = std::mem::take(&mut draft.operations);
    draft.operations = order(operations, card, &draft.totals)?;
    Ok(draft)
}

/// What stays the same for all rows.
pub(crate) struct Context<'a> {
    pub(crate) card: &'a state::Card,
    pub(crate) links: &'a state::Links,
    pub(crate) policies: &'a crate::Policies,
    pub(crate) continuity: &'a crate::Continuity,
    pub(crate) protected: &'a std::collections::BTreeSet<roster::Key>,
    pub(crate) uncertain: &'a std::collections::BTreeSet<roster::Key>,
    pub(crate) rules: crate::RulesVersion,
    pub(crate) unseen: &'a crate::Unseen,
    pub(crate) today: roster::Date,
    pub(crate) coverage: Option<crate::Coverage>,
}

impl Context<'_> {
    /// Whether the row would have been seen at the receiver, were it there.
    pub(crate) fn sees(&self, row: &state::RowRef<'_>) -> bool {
        match &self.coverage {
            None | Some(crate::Coverage::Part) => false,
            Some(crate::Coverage::Whole) => true,
            Some(crate::Coverage::Kinds(kinds)) => kinds.contains(&self.card.home(row).kind),
        }
    }
}
