//! One read: the pages of all lists, then the rows in order into the roster.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use connect::http::{Error, Fault};
use jiff::{SignedDuration, Timestamp};
use roster::replica::{Recall, Replica};
use roster::{Coverage, Extent, Intake, Notice, NoticeLevel, ReadReport, SourceError, SpoolError};
use tokio::task::JoinSet;

use crate::Ss12000;
use crate::fetch::{Fetched, Job, fetch, job, place, refused, unusable};
use crate::head::Head;
use crate::map::{Mapper, Totals};
use crate::notes::{Notes, Odd};
use crate::profile::{Collection, PathOf, Query, Reads};
use crate::query::parameters;
use crate::take::{Counts, Object, TakeError, Taker};
use crate::wire::{self, PageFault, Token, Wire, read_deleted, read_page};

mod judge;

/// A register of so many persons of whom all are protected has a marking that we misread.
const MANY_PERSONS: u64 = 20;

/// A server's clock that is so much behind its own last word has been set back.
const SET_BACK: SignedDuration = SignedDuration::from_secs(60);

/// A register's clock that is so much ahead of ours is told of. Changes are asked for from
/// the earlier of the two times in any case.
const BELIEVED: SignedDuration = SignedDuration::from_mins(10);

/// So many rows of a list that cannot be used are single faults, however short the list is.
const FEW_FAULTS: u64 = 3;

/// So many pages without anything, each with a token of the next, are no list.
const EMPTY_PAGES: u64 = 100;

/// Reads changes where that is enough, else everything.
pub(crate) async fn read(
    source: &Ss12000,
    intake: &mut Intake<'_>,
) -> Result<ReadReport, SourceError> {
    let since = intake.last_head().and_then(|head| source.since(head));
    let why = match since {
        None => None,
        Some(since) => match Read::new(source, Some(since)).run(intake).await {
            Ok(report) => return Ok(report),
            Err(Stopped::ReadAll(why)) => Some(why),
            Err(Stopped::Refused(error @ SourceError::Spool(_))) => return Err(error),
            // Changes that cannot be read, or not by us, are no loss while everything can.
            Err(Stopped::Refused(_)) => Some("delta_failed"),
        },
    };
    match Read::new(source, None).run(intake).await {
        Ok(mut report) => {
            report.notices.extend(why.map(|code| Notice {
                level: NoticeLevel::Notice,
                code,
                place: source.host(),
                detail: String::new(),
                count: 1,
            }));
            Ok(report)
        }
        Err(Stopped::Refused(error)) => Err(error),
        Err(Stopped::ReadAll(code)) => {
            Err(SourceError::Content { code, place: source.host(), detail: String::new() })
        }
    }
}

/// Why a read did not come to its end.
enum Stopped {
    /// Changes are not enough.
    ReadAll(&'static str),
    /// Nothing may be planned from it.
    Refused(SourceError),
}

impl From<SourceError> for Stopped {
    fn from(error: SourceError) -> Self {
        Self::Refused(error)
    }
}

impl From<SpoolError> for Stopped {
    fn from(error: SpoolError) -> Self {
        Self::Refused(error.into())
    }
}

struct Read<'a> {
    source: &'a Ss12000,
    since: Option<Head>,
    open: Vec<String>,
    notes: Notes,
    notices: Vec<Notice>,
    counts: Counts,
    object: Object,
    /// The register's time in the first answer of each list.
    server: BTreeMap<PathOf, Timestamp>,
}

impl<'a> Read<'a> {
    fn new(source: &'a Ss12000, since: Option<Head>) -> Self {
        let open = source.settings.marking.open_values();
        Self {
            source,
            since,
            open: open.iter().map(|value| value.trim().to_lowercase()).collect(),
            notes: Notes::default(),
            notices: Vec::new(),
            counts: Counts::default(),
            object: Object::default(),
            server: BTreeMap::new(),
        }
    }

    async fn run(mut self, intake: &mut Intake<'_>) -> Result<ReadReport, Stopped> {
        let recall = if self.since.is_some() { Recall::LastRead } else { Recall::Nothing };
        let mut replica = intake.replica(recall)?;
        if self.since.is_some() {
            // Before the lists, so that what was deleted and made anew is there in the end.
            self.lists(vec![self.deleted_job()], intake, &mut replica).await?;
        }
        self.lists(self.jobs(), intake, &mut replica).await?;
        self.check()?;
        replica.sort()?;
        let totals = self.map(intake, &replica)?;
        self.notes.count(Odd::Repeated, "/", self.counts.heads.saturating_sub(totals.new_heads));
        self.strict()?;
        self.keep(intake, replica);
        Ok(self.report(totals.unread.coverage()))
    }

    fn jobs(&self) -> Vec<Job> {
        let Ss12000 { client, profile, today, .. } = self.source;
        let whole = [Query::new()];
        let mut jobs = Vec::new();
        for collection in Collection::ALL {
            if profile.reads(collection) == Reads::Off {
                continue;
            }
            let queries = profile.part.queries.get(&collection).filter(|it| !it.is_empty());
            for query in queries.map_or(&whole[..], Vec::as_slice) {
                let style = profile.part.array_style.unwrap_or_default();
                let mut all = parameters(query, style, *today);
                if let Some(after) = self.after() {
                    all.push(("meta.modified.after".to_owned(), after));
                }
                jobs.push(job(client, collection.into(), self.with_limit(all)));
            }
        }
        jobs
    }

    fn deleted_job(&self) -> Job {
        let after = self.after().map(|after| ("after".to_owned(), after));
        let parameters = self.with_limit(after.into_iter().collect());
        job(&self.source.client, PathOf::Deleted, parameters)
    }

    fn with_limit(&self, mut parameters: Vec<(String, String)>) -> Vec<(String, String)> {
        let size = self.source.profile.page_size();
        if size > 0 {
            parameters.push(("limit".to_owned(), size.to_string()));
        }
        parameters
    }

    /// From when on changes are asked for: the register's own time, and some way back.
    fn after(&self) -> Option<String> {
        let overlap = i64::from(self.source.settings.delta.overlap_seconds);
        let after = self.since?.server.checked_sub(SignedDuration::from_secs(overlap));
        after.ok().map(|after| after.to_string())
    }

    /// Reads lists side by side, one page of each in memory.
    async fn lists(
        &mut self,
        jobs: Vec<Job>,
        intake: &mut Intake<'_>,
        replica: &mut Replica,
    ) -> Result<(), Stopped> {
        let Ss12000 { client, profile, settings, .. } = self.source;
        let spawn = |running: &mut JoinSet<_>, job: Job| {
            let path = profile.path(job.of).to_owned();
            running.spawn(fetch(client.clone(), path, job));
        };
        let mut waiting = VecDeque::from(jobs);
        let mut running = JoinSet::new();
        for job in waiting.drain(..waiting.len().min(usize::from(settings.side_by_side))) {
            spawn(&mut running, job);
        }
        while let Some(done) = running.join_next().await {
            let Ok((job, fetched)) = done else {
                return Err(Stopped::Refused(SourceError::Unavailable {
                    place: self.source.host(),
                    detail: "reason=stopped".to_owned(),
                }));
            };
            let next = match fetched {
                Ok(page) => self.page(job, &page, intake, replica)?,
                Err(error) => self.failed(&job, &error).map(|()| None)?,
            };
            if let Some(job) = next.or_else(|| waiting.pop_front()) {
                spawn(&mut running, job);
            }
        }
        Ok(())
    }

    /// A list that the register does not have and need not have is passed over.
    fn failed(&mut self, job: &Job, error: &Error) -> Result<(), Stopped> {
        let optional = Collection::ALL.into_iter().any(|collection| {
            PathOf::from(collection) == job.of
                && self.source.profile.reads(collection) == Reads::Optional
        });
        if optional && job.number == 1 && matches!(*error.fault, Fault::Gone { .. }) {
            self.notices.push(Notice {
                level: NoticeLevel::Notice,
                code: "list_missing",
                place: place(&self.source.client, job),
                detail: String::new(),
                count: 1,
            });
            return Ok(());
        }
        Err(refused(&self.source.client, job, error).into())
    }

    /// Takes a page in; the job at its next page, if there is one.
    fn page(
        &mut self,
        mut job: Job,
        page: &Fetched,
        intake: &mut Intake<'_>,
        replica: &mut Replica,
    ) -> Result<Option<Job>, Stopped> {
        if let (1, Some(date)) = (job.number, page.date) {
            let first = self.server.entry(job.of).or_insert(date);
            *first = date.min(*first);
            if self.since.is_some_and(|since| date < since.server - SET_BACK) {
                return Err(Stopped::ReadAll("clock_back"));
            }
        }
        let token = self.objects(&job, &page.body, intake, replica)?;
        let client = &self.source.client;
        let is_new = self.counts.page == 0 || job.seen.insert(self.counts.print.finish());
        job.empty = if self.counts.page == 0 { job.empty + 1 } else { 0 };
        let Some(token) = token else { return Ok(None) };
        if !is_new || job.empty > EMPTY_PAGES {
            let place = place(client, &job);
            let detail = String::new();
            let code = "endless_paging";
            return Err(SourceError::Content { code, place, detail }.into());
        }
        job.pages.token(&token).map_err(|error| refused(client, &job, &error))?;
        job.number += 1;
        job.parameters = self.with_limit(vec![("pageToken".to_owned(), token)]);
        Ok(Some(job))
    }

    fn objects(
        &mut self,
        job: &Job,
        body: &[u8],
        intake: &mut Intake<'_>,
        replica: &mut Replica,
    ) -> Result<Token, Stopped> {
        self.counts.page = 0;
        self.counts.print = DefaultHasher::new();
        let Self { source, notes, counts, object, open, .. } = self;
        let mut taker = Taker {
            intake,
            replica,
            profile: &source.profile,
            open,
            unmarked: source.settings.marking.unmarked(),
            numbers: source.settings.identity_numbers,
            today: source.today,
            counts,
            object,
        };
        let outcome = match job.of {
            PathOf::Organisations => {
                objects::<wire::Organisation<'_>>(body, notes, |it, n| taker.organisation(it, n))
            }
            PathOf::Syllabuses => {
                objects::<wire::Syllabus<'_>>(body, notes, |it, n| taker.syllabus(it, n))
            }
            PathOf::Persons => {
                objects::<wire::Person<'_>>(body, notes, |it, n| taker.person(it, n))
            }
            PathOf::Duties => objects::<wire::Duty<'_>>(body, notes, |it, n| taker.duty(it, n)),
            PathOf::Activities => {
                objects::<wire::Activity<'_>>(body, notes, |it, n| taker.activity(it, n))
            }
            PathOf::Groups => objects::<wire::Group<'_>>(body, notes, |it, n| taker.group(it, n)),
            PathOf::Deleted => match read_deleted(body, notes) {
                Ok((deleted, token)) => {
                    taker.counts.page = deleted.len() as u64;
                    deleted.hash(&mut taker.counts.print);
                    taker.deleted(&deleted).map(|()| token).map_err(PageFault::Taking)
                }
                Err(fault) => Err(fault.without_taking()),
            },
        };
        let client = &self.source.client;
        outcome.map_err(|fault| match fault {
            PageFault::Taking(TakeError::Spool(error)) => error.into(),
            PageFault::Taking(TakeError::NoId(at)) => SourceError::Content {
                code: "no_id",
                place: place(client, job),
                detail: format!("at={at}"),
            }
            .into(),
            other @ (PageFault::Truncated | PageFault::Broken(..) | PageFault::NoData) => {
                unusable(client, job, &other).into()
            }
        })
    }

    fn map(&mut self, intake: &mut Intake<'_>, replica: &Replica) -> Result<Totals, SpoolError> {
        let Self { source, notes, .. } = self;
        let Ss12000 { profile, settings, .. } = source;
        let mut mapper = Mapper::new(intake, profile, &settings.municipalities, notes);
        replica.pass::<SpoolError>(&mut |row| mapper.row(row))?;
        mapper.finish()
    }

    fn report(self, coverage: Coverage) -> ReadReport {
        let (extent, how) = match &self.since {
            None => (Extent::Everything, "full".to_owned()),
            Some(since) => (Extent::Changes, format!("delta {}", since.server)),
        };
        let mut notices = self.notices;
        notices.sort_by(|one, two| (one.code, &one.place).cmp(&(two.code, &two.place)));
        notices.extend(self.notes.into_notices());
        ReadReport {
            extent,
            coverage,
            notices,
            provenance: vec![format!("{}: {how}", self.source.host())],
        }
    }
}

fn objects<'de, T: Wire<'de>>(
    body: &'de [u8],
    notes: &mut Notes,
    mut take: impl FnMut(&T, &mut Notes) -> Result<(), TakeError>,
) -> Result<Token, PageFault<TakeError>> {
    read_page::<T, TakeError>(body, notes, &mut |it, notes| take(&it, notes))
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
