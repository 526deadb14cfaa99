//! Values that no two objects of a kind may share.

use std::borrow::Cow;

use state::{Card, Kind, Observe, RowRef};

use crate::PlanError;

/// A unique value, told from others: its kind, the attribute's place on the card, its form.
pub(crate) type Unique = (Kind, usize, String);

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
