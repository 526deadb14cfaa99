//! One read: the pages of all lists, then the rows in order into the roster.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use roster::replica::{Recall, Replica};
use roster::{Coverage, Extent, Intake, Notice, NoticeLevel, ReadReport, SourceError, SpoolError};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::Ss12000;
use crate::fetch::{Job, job};
use crate::head::Head;
use crate::map::{Mapper, Totals};
use crate::notes::{Notes, Odd};
use crate::print::Among;
use crate::profile::{Collection, PathOf, Query, Reads};
use crate::query::parameters;
use crate::read::lists::{List, Page, Said, Shared};
use crate::take::{Counts, How};

mod desks;
mod judge;
mod lists;
mod parse;
mod trays;

pub use parse::count_objects;

/// A register of so many persons of whom all are protected has a marking that we misread.
const MANY_PERSONS: u64 = 20;

/// A server's clock that is so much behind its own last word has been set back.
const SET_BACK: SignedDuration = SignedDuration::from_secs(60);

/// A register's clock that is so much ahead of ours is told of. Changes are asked for from
/// the earlier of the two times in any case.
const BELIEVED: SignedDuration = SignedDuration::from_mins(10);

/// So many rows of a list that cannot be used are single faults, however short the list is.
const FEW_FAULTS: u64 = 3;

/// So many pages that were turned into rows wait to be put aside.
const QUEUE: usize = 1;

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
    notes: Notes,
    notices: Vec<Notice>,
    counts: Counts,
    /// The register's time in the first answer of each list.
    server: BTreeMap<PathOf, Timestamp>,
}

impl<'a> Read<'a> {
    fn new(source: &'a Ss12000, since: Option<Head>) -> Self {
        Self {
            source,
            since,
            notes: Notes::default(),
            notices: Vec::new(),
            counts: Counts::default(),
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
        sorted(&mut replica)?;
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

    /// Reads lists side by side.
    async fn lists(
        &mut self,
        jobs: Vec<Job>,
        intake: &mut Intake<'_>,
        replica: &mut Replica,
    ) -> Result<(), Stopped> {
        let Ss12000 { settings, .. } = self.source;
        let how = Arc::new(self.how(intake, replica));
        let (desks, seated) = desks::set_down();
        let many = usize::from(settings.side_by_side.max(1));
        let shared = Shared::new(desks, many, intake.budget());
        let list = |(number, job)| self.list(job, &how, &shared, Among::number(number));
        let lists = jobs.into_iter().enumerate().map(list).collect();
        let lists: Arc<Mutex<VecDeque<List>>> = Arc::new(Mutex::new(lists));
        drop(shared);
        let (out, mut said) = mpsc::channel(QUEUE);
        let mut running = JoinSet::new();
        for _ in 0..many {
            let (lists, out) = (Arc::clone(&lists), out.clone());
            running.spawn(async move {
                while let Some(list) = next(&lists) {
                    list.read(&out).await;
                }
            });
        }
        drop(out);
        while let Some(said) = said.recv().await {
            match said? {
                Said::Page(page) => self.page(*page, intake, replica)?,
                Said::Missing(notice) => self.notices.push(notice),
            }
        }
        while let Some(done) = running.join_next().await {
            done.map_err(|_| SourceError::Unavailable {
                place: self.source.host(),
                detail: "reason=stopped".to_owned(),
            })?;
        }
        drop(lists);
        seated.gone();
        Ok(())
    }

    fn how(&self, intake: &Intake<'_>, replica: &Replica) -> How {
        let Ss12000 { profile, settings, today, .. } = self.source;
        let open = settings.marking.open_values();
        How {
            keyer: intake.keyer(),
            profile: Arc::clone(profile),
            open: open.iter().map(|value| value.trim().to_lowercase()).collect(),
            unmarked: settings.marking.unmarked(),
            numbers: settings.identity_numbers,
            today: *today,
            recall: replica.recalls(),
        }
    }

    fn list(&self, job: Job, how: &Arc<How>, shared: &Shared, among: Among) -> List {
        let profile = &self.source.profile;
        let mut of = Collection::ALL.into_iter().filter(|it| PathOf::from(*it) == job.of);
        List {
            client: self.source.client.clone(),
            how: Arc::clone(how),
            shared: shared.clone(),
            among,
            reads: of.next().map_or(Reads::Required, |of| profile.reads(of)),
            limit: self.with_limit(Vec::new()).pop(),
            job,
        }
    }

    /// Takes a page in.
    fn page(
        &mut self,
        page: Page,
        intake: &mut Intake<'_>,
        replica: &mut Replica,
    ) -> Result<(), Stopped> {
        let Page { began, taken, notes, mut tray } = page;
        if let Some((of, date)) = began {
            let first = self.server.entry(of).or_insert(date);
            *first = date.min(*first);
            if self.since.is_some_and(|since| date < since.server - SET_BACK) {
                return Err(Stopped::ReadAll("clock_back"));
            }
        }
        replica.take(taken.told(intake))?;
        self.counts.add(&taken.counts);
        self.notes.add_all(notes);
        tray.rows = taken.rows;
        Ok(())
    }

    fn map(&mut self, intake: &mut Intake<'_>, replica: &Replica) -> Result<Totals, SpoolError> {
        let Self { source, notes, .. } = self;
        let Ss12000 { profile, settings, .. } = source;
        std::thread::scope(|scope| {
            let (mut handed, putting) = intake.hand_on()?;
            let putting = scope.spawn(move || putting.all());
            let mapper = Mapper::new(&mut handed, profile, &settings.municipalities, notes);
            let totals = mapper.pass(replica);
            drop(handed);
            intake.take_back(putting.join().map_err(stopped)?)?;
            totals
        })
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

/// Puts rows in order, on a thread that ends when that is done, and gives back what it took.
fn sorted(replica: &mut Replica) -> Result<(), SpoolError> {
    std::thread::scope(|scope| {
        let sorting = scope.spawn(|| replica.sort());
        sorting.join().map_err(stopped)?
    })
}

fn stopped(_: Box<dyn std::any::Any + Send>) -> SpoolError {
    SpoolError("a thread that puts rows aside or in order stopped".into())
}

/// The list whose turn it is.
fn next(lists: &Mutex<VecDeque<List>>) -> Option<List> {
    lists.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}
