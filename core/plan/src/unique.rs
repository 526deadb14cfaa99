//! Values that no two objects of a kind may share.

use std::borrow::Cow;

use roster::RowStream;
use sha2::{Digest, Sha256};
use state::{Card, Kind, Observe, RowRef};

use crate::PlanError;

/// A unique value, told from others: its kind, the attribute's place on the card, its form.
pub(crate) type Unique = (Kind, usize, String);

/// Fingerprints of the unique values that somebody of ours should have: eight bytes each. Of what
/// others keep at a receiver, however much that is, only what has one of these matters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WantedValues(Vec<u64>);

impl WantedValues {
    /// Those of all wanted rows.
    ///
    /// # Errors
    ///
    /// [`PlanError`] when rows cannot be read.
    pub fn of(card: &Card, wanted: &mut dyn RowStream) -> Result<Self, PlanError> {
        let mut prints = Vec::new();
        while let Some(row) = wanted.next_row()? {
            if RowRef::new(row)?.mark()?.is_none() {
                prints.extend(values(card, row)?.iter().map(print));
            }
        }
        prints.sort_unstable();
        prints.dedup();
        Ok(Self(prints))
    }

    pub(crate) fn has(&self, value: &Unique) -> bool {
        self.0.binary_search(&print(value)).is_ok()
    }
}

/// Others choose what their objects are called: two that are alike by chance are no matter, many
/// that were made so would be.
fn print((kind, attribute, form): &Unique) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update([kind.0]);
    hasher.update(attribute.to_be_bytes());
    hasher.update(form.as_bytes());
    let digest = hasher.finalize();
    digest.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// The form in which two values are the same at the receiver. Directories take addresses,
/// names and paths without regard to case (reference/google.md §1.1).
pub(crate) fn form<'a>(card: &Card, text: &'a str) -> Cow<'a, str> {
    match card.observe {
        Observe::Live => Cow::Owned(text.to_lowercase()),
        Observe::FileSet | Observe::Mirror | Observe::Served | Observe::DeltaOnly => {
            Cow::Borrowed(text)
        }
    }
}

/// The unique texts of an object's row.
pub(crate) fn values(card: &Card, row: &[u8]) -> Result<Vec<Unique>, PlanError> {
    let row = RowRef::new(row)?;
    let kind = row.owner().kind;
    let Some(declared) = card.object(kind).filter(|_| row.membership().is_none()) else {
        return Ok(Vec::new());
    };
    if !declared.attributes.iter().any(|attribute| attribute.unique) {
        return Ok(Vec::new());
    }
    let values = row.values()?.into_iter().enumerate();
    Ok(values
        .filter(|(at, _)| declared.attributes.get(*at).is_some_and(|it| it.unique))
        .filter_map(|(at, value)| {
            value.text().map(|text| (kind, at, form(card, text).into_owned()))
        })
        .collect())
}
