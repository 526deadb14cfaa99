//! Lists side by side. While a page is fetched, those before it are turned into rows by other
//! threads; they are handed on in the order of the list.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use connect::http::{Client, Fault};
use jiff::Timestamp;
use roster::{Notice, NoticeLevel, SourceError};
use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;

use crate::fetch::{Fetched, Job, fetch, place, refused, unusable};
use crate::notes::Notes;
use crate::print::{Among, Ids, Print};
use crate::profile::{PathOf, Reads};
use crate::read::desks::Desks;
use crate::read::parse::parse;
use crate::read::trays::{SPARE, Tray, Trays};
use crate::take::{How, NoId, Taken};
use crate::wire::{PageFault, Token, token_at_end};

/// So many pages without anything, each with a token of the next, are no list.
const EMPTY_PAGES: u64 = 100;

/// So many pages in which every id has come before, each with a token of the next, neither. A
/// list that moves while it is read has a few.
const STALE_PAGES: u64 = 20;

/// So many pages of a list are turned into rows while the next is fetched, where there are trays.
const AHEAD: usize = 2;

/// So many pages are in memory besides, at least: on their way here, or waiting to be put aside.
const WAITING: usize = 3;

/// What lists that are read side by side share.
#[derive(Clone)]
pub(super) struct Shared {
    /// Here pages are turned into rows.
    desks: Desks,
    /// So many pages are in memory at once.
    trays: Arc<Trays>,
    ids: Arc<Mutex<Ids>>,
}

impl Shared {
    /// For so many lists side by side, beside `budget` bytes of rows. Those who sit at the desks
    /// go when nobody has it any more.
    pub(super) fn new(desks: Desks, side_by_side: usize, budget: usize) -> Self {
        // One page of each list on its way and one that waits, if they do not outgrow the rows.
        let waiting = (side_by_side + 1).min(budget / SPARE).max(WAITING);
        let trays = Trays::new(desks.many() + waiting);
        Self { desks, trays, ids: Arc::default() }
    }
}

/// What a list has to say.
pub(super) enum Said {
    /// A page that was read.
    Page(Box<Page>),
    /// The register does not have the list, and need not have it.
    Missing(Notice),
}

/// A page that was read.
pub(super) struct Page {
    /// The list, and the register's time, of a first page.
    pub(super) began: Option<(PathOf, Timestamp)>,
    pub(super) taken: Taken,
    pub(super) notes: Notes,
    pub(super) tray: Tray,
}

/// What became of a page's text.
pub(super) struct Parsed {
    pub(super) taken: Taken,
    pub(super) notes: Notes,
    pub(super) token: Token,
}

/// A list that is read.
pub(super) struct List {
    pub(super) client: Client,
    pub(super) how: Arc<How>,
    pub(super) shared: Shared,
    /// Which of the lists it is.
    pub(super) among: Among,
    pub(super) reads: Reads,
    pub(super) job: Job,
    /// What further pages are asked for with, beside their token.
    pub(super) limit: Option<(String, String)>,
}

/// The rows, and the tray that the page lay in.
type Outcome = (Result<Parsed, PageFault<NoId>>, Tray);

/// A page that is being turned into rows.
struct Parsing {
    number: u64,
    date: Option<Timestamp>,
    /// What the next page was asked for with, where that was seen at once.
    ahead: Token,
    parsed: oneshot::Receiver<Outcome>,
}

/// What is known of the pages until now.
#[derive(Default)]
struct Seen {
    prints: HashSet<Print>,
    ids: Arc<Mutex<Ids>>,
    among: Among,
    /// Pages without anything new, one after the other.
    stale: u64,
    /// Pages without anything, one after the other.
    empty: u64,
    /// The token of the latest.
    token: Token,
}

/// Nobody listens any more, or something went wrong.
enum Ended {
    Unheard,
    Refused(SourceError),
}

impl From<SourceError> for Ended {
    fn from(error: SourceError) -> Self {
        Self::Refused(error)
    }
}

type Out = Sender<Result<Said, SourceError>>;

impl List {
    /// Reads the list to its end.
    pub(super) async fn read(self, out: &Out) {
        if let Err(Ended::Refused(error)) = self.pages(out).await {
            drop(out.send(Err(error)).await);
        }
    }

    async fn pages(mut self, out: &Out) -> Result<(), Ended> {
        let path = self.how.profile.path(self.job.of).to_owned();
        let (ids, among) = (Arc::clone(&self.shared.ids), self.among);
        let (mut parsing, mut seen) = (VecDeque::new(), Seen { ids, among, ..Seen::default() });
        loop {
            let mut tray = self.tray(&mut parsing, &mut seen, out).await?;
            let body = std::mem::take(&mut tray.body);
            let date = match fetch(&self.client, &path, &self.job, body).await {
                Ok(Fetched { body, date }) => {
                    tray.body = body;
                    date
                }
                Err(error) => {
                    // What is wrong with a page before this one is the cause, if anything is.
                    self.settle(&mut parsing, 0, &mut seen, out).await?;
                    return self.failed(&error, out).await;
                }
            };
            let ahead = token_at_end(&tray.body);
            parsing.push_back(self.begin(tray, date, ahead.clone()));
            let next = if let Some(ahead) = ahead {
                self.settle(&mut parsing, AHEAD, &mut seen, out).await?;
                ahead
            } else {
                self.settle(&mut parsing, 0, &mut seen, out).await?;
                let Some(token) = seen.token.take() else { return Ok(()) };
                token
            };
            self.next(next)?;
        }
    }

    /// Moves on to the page with this token.
    fn next(&mut self, token: String) -> Result<(), SourceError> {
        let Self { job, client, .. } = self;
        job.pages.token(&token).map_err(|error| refused(client, job, &error))?;
        job.number += 1;
        job.parameters = vec![("pageToken".to_owned(), token)];
        job.parameters.extend(self.limit.clone());
        Ok(())
    }

    /// A tray for the next page. Who waits for one has handed on all that it has: so one
    /// becomes free.
    async fn tray(
        &self,
        parsing: &mut VecDeque<Parsing>,
        seen: &mut Seen,
        out: &Out,
    ) -> Result<Tray, Ended> {
        if let Some(tray) = self.shared.trays.free() {
            return Ok(tray);
        }
        self.settle(parsing, 0, seen, out).await?;
        self.shared.trays.wait().await.ok_or(Ended::Unheard)
    }

    /// Has a page turned into rows.
    fn begin(&self, mut tray: Tray, date: Option<Timestamp>, ahead: Token) -> Parsing {
        let (how, of) = (Arc::clone(&self.how), self.job.of);
        let (tell, parsed) = oneshot::channel();
        self.shared.desks.put(Box::new(move || {
            let rows = std::mem::take(&mut tray.rows);
            // Nobody may want it any more.
            drop(tell.send((parse(&how, of, &tray.body, rows), tray)));
        }));
        Parsing { number: self.job.number, date, ahead, parsed }
    }

    /// Hands on the oldest pages until so many are left.
    async fn settle(
        &self,
        parsing: &mut VecDeque<Parsing>,
        left: usize,
        seen: &mut Seen,
        out: &Out,
    ) -> Result<(), Ended> {
        while parsing.len() > left {
            let Some(Parsing { number, date, ahead, parsed }) = parsing.pop_front() else { break };
            let place = || place(&self.client, self.job.of, number);
            let Ok((parsed, tray)) = parsed.await else {
                let detail = "reason=stopped".to_owned();
                return Err(SourceError::Unavailable { place: place(), detail }.into());
            };
            let Parsed { taken, notes, token } =
                parsed.map_err(|fault| unusable(place(), &fault))?;
            if ahead.is_some() && ahead != token {
                // Not JSON as it is written: see `token_at_end`.
                return Err(unusable(place(), &PageFault::Broken(1, 1)).into());
            }
            if !seen.goes_on(&taken, &token) {
                let (code, detail) = ("endless_paging", String::new());
                return Err(SourceError::Content { code, place: place(), detail }.into());
            }
            seen.token = token;
            let began = date.filter(|_| number == 1).map(|date| (self.job.of, date));
            let page = Said::Page(Box::new(Page { began, taken, notes, tray }));
            out.send(Ok(page)).await.map_err(|_| Ended::Unheard)?;
        }
        Ok(())
    }

    /// A list that the register does not have and need not have is passed over.
    async fn failed(&self, error: &connect::http::Error, out: &Out) -> Result<(), Ended> {
        let Self { client, job, reads, .. } = self;
        let is_gone = job.number == 1 && matches!(*error.fault, Fault::Gone { .. });
        if !(is_gone && *reads == Reads::Optional) {
            return Err(refused(client, job, error).into());
        }
        let missing = Said::Missing(Notice {
            level: NoticeLevel::Notice,
            code: "list_missing",
            place: place(client, job.of, job.number),
            detail: String::new(),
            count: 1,
        });
        out.send(Ok(missing)).await.map_err(|_| Ended::Unheard)
    }
}

impl Seen {
    /// Whether a page, if there is one after it, is one of a list that ends.
    fn goes_on(&mut self, page: &Taken, next: &Token) -> bool {
        let is_empty = page.ids.is_empty();
        let is_other = is_empty || self.prints.insert(page.print);
        self.empty = if is_empty { self.empty + 1 } else { 0 };
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = ids.note(self.among, &page.ids);
        self.stale = if is_empty || is_new { 0 } else { self.stale + 1 };
        let goes_on = is_other && self.empty <= EMPTY_PAGES && self.stale <= STALE_PAGES;
        next.is_none() || goes_on
    }
}

#[cfg(test)]
mod tests {
    use roster::Key;

    use super::*;

    fn page(ids: impl IntoIterator<Item = u32>) -> Taken {
        let mut taken = Taken::default();
        for id in ids {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&id.to_be_bytes());
            taken.came(Key::from_bytes(bytes));
        }
        taken
    }

    fn goes_on(pages: impl IntoIterator<Item = Taken>) -> usize {
        let (mut seen, token) = (Seen::default(), Some("t".to_owned()));
        pages.into_iter().take_while(|page| seen.goes_on(page, &token)).count()
    }

    /// A list that mixes what it has into ever new pages has no end.
    #[test]
    fn pages_without_a_new_id_are_no_list() {
        let mixed =
            (0..1000).map(|number| page([number % 7, number, number + 1].map(|it| it % 50)));
        let pages = goes_on(mixed);
        assert!((50..50 + 30).contains(&pages), "{pages}");
        // The same page again is seen at once, and so are pages without anything.
        assert_eq!(goes_on((0..10).map(|_| page([1, 2]))), 1);
        assert_eq!(goes_on((0..1000).map(|_| page([]))), 100);
    }

    #[test]
    fn a_long_list_that_moves_while_it_is_read_goes_on() {
        let pages = (0..4000_u32).map(|number| page(number * 500..number * 500 + 500));
        assert_eq!(goes_on(pages), 4000);
        // Lists share what is kept of ids: those that another has handed out are new here.
        let (ids, token) = (Arc::default(), Some("t".to_owned()));
        for number in 0..3 {
            let (ids, among) = (Arc::clone(&ids), Among::number(number));
            let mut seen = Seen { ids, among, ..Seen::default() };
            let mut pages = (0..100_u32).map(|page| page * 500);
            assert!(pages.all(|at| seen.goes_on(&page(at..at + 500), &token)), "{number}");
        }
        // A few pages in which others have come again, now and then.
        let moved = (0..900_u32).map(|number| match number % 30 {
            0..15 => page((0..500).map(|id| id * 7 % 500 + number)),
            _ => page(number * 500 + 1000..number * 500 + 1500),
        });
        assert_eq!(goes_on(moved), 900);
    }
}
