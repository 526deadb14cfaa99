//! How long a value is that leaves no part of a page of `SQLite`'s file as it was.
//!
//! A free page that lists others keeps what stood there, as does one that was freed in the same
//! transaction, and a value that fills it in part leaves the rest: of something that was erased,
//! perhaps, and out of reach for who overwrites free pages. Pages of the tables themselves are
//! cleared when they are taken (`secure_delete = FAST`).
//!
//! # Source
//!
//! <https://www.sqlite.org/fileformat2.html>, "B-tree Pages" (how much of a payload spills) and
//! "Cell Payload Overflow Pages". The last page is full where what stays with the row, here half a
//! page and the other columns, fits into a page.

use crate::StoreError;
use crate::db::{Db, Tx};

/// How values are made to fill pages. Elsewhere than in `SQLite`'s file they are as they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filling {
    /// Bytes of a page.
    page: Option<usize>,
}

impl Filling {
    pub(crate) const fn of(page: Option<usize>) -> Self {
        Self { page }
    }

    /// Bytes of a value of at most `most` that leaves nothing.
    pub(crate) fn full(self, most: usize) -> usize {
        let Some(page) = self.page else { return most };
        filling(most.saturating_sub(page / 2) / (page - 4), page)
    }

    /// How long a value of `length` bytes is made, so that it leaves nothing.
    pub(crate) fn filled(self, length: usize) -> usize {
        match self.page {
            Some(page) if length > page / 2 => {
                filling((length - page / 2).div_ceil(page - 4), page)
            }
            // It stands with the row.
            Some(_) | None => length,
        }
    }
}

/// Bytes of a value that fills so many pages of this size to their end: half a page stands with the
/// row, the rest in pages that begin with four bytes of their own.
pub(crate) const fn filling(pages: usize, page: usize) -> usize {
    pages * (page - 4) + page / 2
}

/// Bytes of a page of `SQLite`'s file.
pub(crate) async fn page_size(tx: &mut Tx, db: &Db) -> Result<Option<usize>, StoreError> {
    if matches!(db, Db::Pg { .. }) {
        return Ok(None);
    }
    let row = tx.row("PRAGMA page_size", &[]).await?;
    let size: i64 = row.ok_or_else(|| StoreError::damaged("no pages"))?.get(0)?;
    let is_known = |size: &usize| (512..=65_536).contains(size);
    let size = usize::try_from(size).ok().filter(is_known);
    size.map(Some).ok_or_else(|| StoreError::damaged("pages of no size that a file has"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_as_long_as_pages_and_no_longer_than_needed() {
        for page in [512, 4096, 16_384, 65_536] {
            let pages = Filling::of(Some(page));
            for length in (0..300_000).step_by(777).chain([page / 2, page / 2 + 1, page * 3]) {
                let made = pages.filled(length);
                assert!((length..length + page).contains(&made), "{length} {page}");
                assert!(made == length || (made - page / 2).is_multiple_of(page - 4));
                assert_eq!(pages.filled(made), made);
            }
            let most = pages.full(256 << 10);
            assert!((256 << 10) - page < most && most <= 256 << 10, "{most}");
            assert_eq!(pages.filled(most), most);
        }
        let elsewhere = Filling::of(None);
        assert_eq!((elsewhere.full(7), elsewhere.filled(9)), (7, 9));
    }
}
