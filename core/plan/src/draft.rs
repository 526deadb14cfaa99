//! One pass over wanted, written and observed rows.

use std::collections::BTreeSet;

use state::Observe;

use crate::merge::{Cursor, Three};
use crate::owners::Owners;
use crate::{Coverage, Draft, Inputs, Observed, PlanError, order, settle};

/// Works out what to do at a receiver.
///
/// # Shapes
///
/// * Withheld objects and their memberships stay as they were written; new ones wait.
/// * A value that could not be understood blanks nothing, and ends nothing.
/// * An object that is no longer wanted goes through its life cycle; while it waits, it and
///   all memberships in it and of it stay as they were written.
/// * What an administrator or another program keeps at a receiver is never changed, and what
///   names a place that is not there is not made ([`Draft::obstacles`]).
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
/// number of differences and of objects that wait, not of rows, nor of what others keep.
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
    let (nothing, nowhere) = (crate::WantedValues::default(), BTreeSet::new());
    let (rows, coverage, values, shut) = match observed {
        Some(Observed { rows, coverage, values, shut }) => {
            (Some(rows), Some(coverage), values, shut)
        }
        None => (None, None, &nothing, &nowhere),
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
        values,
        shut,
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
    pub(crate) coverage: Option<Coverage>,
    /// What others' objects must have to matter.
    pub(crate) values: &'a crate::WantedValues,
    /// What the receiver lets nobody into.
    pub(crate) shut: &'a BTreeSet<state::ObjectRef>,
}

impl Context<'_> {
    /// Whether the row would have been seen at the receiver, were it there.
    pub(crate) fn sees(&self, row: &state::RowRef<'_>) -> bool {
        let home = self.card.home(row);
        if self.shut.contains(&home) {
            return false;
        }
        match &self.coverage {
            None | Some(Coverage::Part) => false,
            Some(Coverage::Whole) => true,
            Some(Coverage::Kinds(kinds)) => kinds.contains(&home.kind),
            Some(Coverage::Objects { kinds, with }) => {
                with.contains(&home) || (row.membership().is_none() && kinds.contains(&home.kind))
            }
        }
    }

    /// Whether all objects of the kind were seen.
    pub(crate) fn sees_all(&self, kind: state::Kind) -> bool {
        match &self.coverage {
            None | Some(Coverage::Part) => false,
            Some(Coverage::Whole) => true,
            Some(Coverage::Kinds(kinds) | Coverage::Objects { kinds, with: _ }) => {
                kinds.contains(&kind)
            }
        }
    }

    /// Whether such memberships go by themselves when their member is deleted, so that nothing
    /// need be changed in a container that is to stay as it is (decision 0028).
    pub(crate) fn falls_away(&self, membership: state::Kind) -> bool {
        let home = self.card.membership(membership).map(|it| it.home);
        self.is_live() && home == Some(state::Home::Container)
    }

    /// Whether people at the receiver work with what we write there.
    pub(crate) fn is_live(&self) -> bool {
        self.card.observe == Observe::Live
    }
}
