//! A page's text into rows.

use super::lists::Parsed;
use crate::notes::Notes;
use crate::profile::{Collection, PathOf};
use crate::take::{How, NoId, Taker};
use crate::wire::{self, PageFault, Token, Wire, read_deleted, read_page};

/// Turns a page into rows.
pub(super) fn parse(how: &How, of: PathOf, body: &[u8]) -> Result<Parsed, PageFault<NoId>> {
    let mut notes = Notes::default();
    let mut taker = Taker::new(how, body.len());
    let token = match of {
        PathOf::Organisations => {
            objects::<wire::Organisation<'_>>(body, &mut notes, |it, n| taker.organisation(it, n))
        }
        PathOf::Syllabuses => {
            objects::<wire::Syllabus<'_>>(body, &mut notes, |it, n| taker.syllabus(it, n))
        }
        PathOf::Persons => {
            objects::<wire::Person<'_>>(body, &mut notes, |it, n| taker.person(it, n))
        }
        PathOf::Duties => objects::<wire::Duty<'_>>(body, &mut notes, |it, n| taker.duty(it, n)),
        PathOf::Activities => {
            objects::<wire::Activity<'_>>(body, &mut notes, |it, n| taker.activity(it, n))
        }
        PathOf::Groups => objects::<wire::Group<'_>>(body, &mut notes, |it, n| taker.group(it, n)),
        PathOf::Deleted => read_deleted(body, &mut notes)
            .map(|(deleted, token)| {
                taker.deleted(&deleted);
                token
            })
            .map_err(PageFault::without_taking),
    }?;
    Ok(Parsed { taken: taker.taken(), notes, token })
}

fn objects<'de, T: Wire<'de>>(
    body: &'de [u8],
    notes: &mut Notes,
    mut take: impl FnMut(&T, &mut Notes) -> Result<(), NoId>,
) -> Result<Token, PageFault<NoId>> {
    read_page::<T, NoId>(body, notes, &mut |it, notes| take(&it, notes))
}

/// Parses a page and counts its objects: what parsing alone costs. `None` when it is no page.
#[must_use]
pub fn count_objects(of: Collection, body: &[u8]) -> Option<u64> {
    fn count<'de, T: Wire<'de>>(body: &'de [u8]) -> Option<u64> {
        let (mut notes, mut count) = (Notes::default(), 0);
        let token = objects::<T>(body, &mut notes, |_, notes| {
            count += 1;
            notes.commit();
            Ok(())
        });
        token.ok().map(|_| count)
    }
    match of {
        Collection::Organisations => count::<wire::Organisation<'_>>(body),
        Collection::Syllabuses => count::<wire::Syllabus<'_>>(body),
        Collection::Persons => count::<wire::Person<'_>>(body),
        Collection::Duties => count::<wire::Duty<'_>>(body),
        Collection::Activities => count::<wire::Activity<'_>>(body),
        Collection::Groups => count::<wire::Group<'_>>(body),
    }
}
