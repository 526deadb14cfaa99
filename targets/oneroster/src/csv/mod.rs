//! OneRoster CSV, 1.1 and 1.2: zip packages with the whole set or with what has changed, or
//! the files of the whole set in a folder.
//!
//! | | |
//! |---|---|
//! | Reads  | nothing: what was delivered last is all that is known |
//! | Writes | organisations, sessions, courses, classes, users, roles, enrollments; no demographics, no profiles, no passwords |
//! | Sign-in | none: files in a folder |
//! | Limits | a whole set means that what is missing ends |
//! | Source | <https://www.imsglobal.org/spec/oneroster/v1p2/bind/csv>, reference/targets.md §1.1–1.2 (read 2026-11-28) |
//!
//! In a folder of packages each delivery is a package of its own, named after its time; the
//! folder's manifest holds their checksums. A set of changes is sent only when the folder
//! shows that the delivery before is the one that the changes follow on.

mod card;
mod cells;
mod columns;
mod forget;
mod frame;
mod groups;
mod ids;
mod package;
mod read_back;
mod render;
mod settings;
mod sheets;
mod stock;
mod users;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};

use connect::files::PlaceError;
use connect::sets::{self, Generation};
use connect::shelf::Shelf;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use roster::{Key, SpoolError};
use state::{
    Call, Card, Delivery, Material, Numbered, Operation, Outcome, PushRow, ReadBack, Receipt,
    RowError, Target, TargetError,
};

use package::Name;
use sheets::{Mode, Sheets};

pub use card::{CARD, CLASS, COURSE, ENROLLMENT, ID, ORG, RELATIONSHIP, ROLE, SESSION, USER};
pub use settings::{Deliver, Extra, Form, Grades, Problem, Sends, Settings, Version};

/// Why nothing was delivered.
#[derive(Debug, thiserror::Error)]
enum Failed {
    /// It would break a rule: rule and place, by our ids.
    #[error("{0}")]
    Invalid(String),
    /// Rows could not be read, or files not written.
    #[error("the files could not be written")]
    Io(#[source] io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        match PlaceError::of(&error) {
            // A folder that is not ours is for a person to mend.
            Some(refused) => Self::Invalid(refused.to_string()),
            None => Self::Io(error),
        }
    }
}

impl From<csv::Error> for Failed {
    fn from(error: csv::Error) -> Self {
        Self::Io(error.into())
    }
}

impl From<SpoolError> for Failed {
    fn from(error: SpoolError) -> Self {
        Self::Io(io::Error::other(error))
    }
}

impl From<RowError> for Failed {
    fn from(error: RowError) -> Self {
        Self::Io(io::Error::other(error))
    }
}

/// A receiver of OneRoster files.
#[derive(Debug, Clone)]
pub struct OneRosterCsv {
    name: String,
    settings: Settings,
}

impl OneRosterCsv {
    /// The target that the tenant calls `name`.
    #[must_use]
    pub fn new(name: &str, settings: Settings) -> Self {
        Self { name: name.to_owned(), settings }
    }

    fn failed(&self, failed: Failed) -> TargetError {
        let target = self.name.clone();
        match failed {
            Failed::Invalid(detail) => TargetError::Invalid { target, detail },
            Failed::Io(source) => TargetError::Unavailable {
                target,
                detail: "see that the folder of the files can be written and has room".to_owned(),
                source: source.into(),
            },
        }
    }

    fn deliver(&self, delivery: Delivery<'_>) -> Result<(Outcome, Vec<String>), Failed> {
        match self.settings.deliver.form {
            Form::Files => self.files(delivery),
            Form::Zip => self.add_package(delivery),
        }
    }

    /// Replaces the files in the folder by the whole set.
    fn files(&self, delivery: Delivery<'_>) -> Result<(Outcome, Vec<String>), Failed> {
        let folder = &self.settings.deliver.folder;
        let generation = Generation::begin(folder)?;
        let before = sets::manifest(folder)?;
        let mut create = |name: &str| generation.create(name);
        let mut sheets = Sheets::new(self.settings.version, &mut create);
        let mut notes = render::bulk(delivery, &self.settings, &mut sheets)?.told();
        let manifest = sets::seal(sheets.finish()?)?;
        notes.extend(manifest.lines().map(str::to_owned));
        if before.as_ref() == Some(&manifest) {
            return Ok((Outcome::AlreadySo, notes));
        }
        generation.commit(&manifest)?;
        Ok((Outcome::Done { receiver_id: None }, notes))
    }

    /// Adds a package to the folder; old ones leave.
    fn add_package(&self, delivery: Delivery<'_>) -> Result<(Outcome, Vec<String>), Failed> {
        let Settings { deliver, version, .. } = &self.settings;
        let mut stock = Shelf::open(&deliver.folder)?;
        let known: Vec<Name> = stock.names().filter_map(Name::parse).collect();
        let told = |stock: &Shelf| stock.manifest().lines().map(str::to_owned).collect::<Vec<_>>();
        let newest = known.last();
        if newest.is_some_and(|it| (it.number, it.at) == (delivery.number, delivery.at)) {
            self.retire(&mut stock)?;
            return Ok((Outcome::AlreadySo, told(&stock)));
        }
        if newest.is_some_and(|it| it.at >= delivery.at) {
            return Err(Failed::Invalid(
                "the folder holds a package that is newer than this delivery: see that the \
                 clock is right, or deliver to another folder"
                    .to_owned(),
            ));
        }
        let mode = self.mode(&known, delivery);
        let fingerprint = self.settings.fingerprint();
        let name = Name::new(delivery.at, delivery.number, mode, *version, fingerprint).text();
        let bench = stock.bench()?;
        let mut create =
            |name: &str| Ok::<_, io::Error>(BufWriter::new(File::create_new(bench.path(name))?));
        let mut sheets = Sheets::new(*version, &mut create);
        let notes = match mode {
            Mode::Bulk => render::bulk(delivery, &self.settings, &mut sheets)?,
            Mode::Delta => render::delta(delivery, &self.settings, &mut sheets)?,
        };
        let mut files = Vec::new();
        for (file, mut out) in sheets.finish()? {
            out.flush()?;
            files.push(file);
        }
        package::pack(&bench, &files, &bench.path(&name))?;
        stock.add(&bench, &name)?;
        self.retire(&mut stock)?;
        let mut notes = notes.told();
        notes.extend(told(&stock));
        Ok((Outcome::Done { receiver_id: None }, notes))
    }

    /// Changes alone only where the folder shows the delivery that they follow on, made by
    /// the same settings, and a whole set that is not too old.
    fn mode(&self, known: &[Name], delivery: Delivery<'_>) -> Mode {
        match self.settings.deliver.sends {
            Sends::Delta if self.follows(known, delivery.confirmed, delivery.at) => Mode::Delta,
            Sends::Delta | Sends::Bulk => Mode::Bulk,
        }
    }

    /// Whether the folder lacks what was delivered last, holds it made by other settings, or
    /// has a whole set that is too old.
    fn is_whole_set_due(&self, confirmed: u64, now: Timestamp) -> Result<bool, Failed> {
        let Deliver { folder, form, sends, .. } = &self.settings.deliver;
        if *form == Form::Files {
            return Ok(!stock::is_there(folder)?);
        }
        let known = stock::packages(folder)?;
        Ok(match sends {
            Sends::Delta => !self.follows(&known, confirmed, now),
            Sends::Bulk => !self.is_newest(&known, confirmed),
        })
    }

    /// Whether the newest package is the delivery with this number, made by the same settings.
    fn is_newest(&self, known: &[Name], confirmed: u64) -> bool {
        known.last().is_some_and(|newest| {
            newest.number == confirmed && newest.fingerprint == self.settings.fingerprint()
        })
    }

    /// Whether it is, and there is a whole set that is not too old.
    fn follows(&self, known: &[Name], confirmed: u64, now: Timestamp) -> bool {
        let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
        let bulk = known.iter().rev().find(|it| it.mode == Mode::Bulk);
        let days = i32::from(self.settings.deliver.bulk_every_days);
        let is_recent = bulk.is_some_and(|it| day(it.at).saturating_add(days.days()) > day(now));
        is_recent && self.is_newest(known, confirmed)
    }

    /// Keeps the last whole sets, each with the changes after it.
    fn retire(&self, stock: &mut Shelf) -> Result<(), Failed> {
        let names: Vec<String> = stock.names().map(str::to_owned).collect();
        let is_bulk = |name: &&String| Name::parse(name).is_some_and(|it| it.mode == Mode::Bulk);
        let kept = usize::from(self.settings.deliver.keep_bulks.max(1));
        let Some(first) = names.iter().rev().filter(is_bulk).nth(kept - 1) else { return Ok(()) };
        let old: Vec<String> = names.iter().filter(|name| *name < first).cloned().collect();
        Ok(stock.drop_all(&old)?)
    }
}

#[async_trait::async_trait]
impl Target for OneRosterCsv {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn bundle(&self, operations: &[Operation]) -> Vec<Call> {
        Call::whole(operations)
    }

    async fn send(
        &self,
        call: &Call,
        _operations: &[Operation],
        material: Material<'_>,
    ) -> Result<Receipt, TargetError> {
        let Material::Set(delivery) = material else {
            return Err(self.failed(Failed::Invalid("the whole set is needed".to_owned())));
        };
        let (outcome, notes) = self.deliver(delivery).map_err(|failed| self.failed(failed))?;
        Ok(Receipt { outcomes: vec![outcome; call.operations.len()], notes })
    }

    async fn forget(&self, published: &[Key]) -> Result<(), TargetError> {
        let ids: BTreeSet<_> = published.iter().map(Key::to_string).collect();
        let folder = &self.settings.deliver.folder;
        let done = match self.settings.deliver.form {
            Form::Files => forget::in_files(folder, &ids),
            Form::Zip => forget::in_packages(folder, &ids),
        };
        done.map_err(|error| self.failed(error.into()))
    }

    async fn has_delivery(&self) -> Result<bool, TargetError> {
        stock::is_there(&self.settings.deliver.folder).map_err(|error| self.failed(error.into()))
    }

    async fn newest(&self) -> Result<Option<Numbered>, TargetError> {
        stock::newest(&self.settings.deliver.folder).map_err(|error| self.failed(error.into()))
    }

    async fn is_due(&self, confirmed: u64, now: Timestamp) -> Result<bool, TargetError> {
        self.is_whole_set_due(confirmed, now).map_err(|error| self.failed(error))
    }

    async fn read_back(&self, push: PushRow<'_>) -> Result<ReadBack, TargetError> {
        read_back::read(&self.settings.deliver, push).map_err(|failed| self.failed(failed))
    }

    fn as_delivered(&self, text: &str) -> String {
        cells::cut(sets::clean(text)).0.into_owned()
    }
}

#[cfg(test)]
mod tests;
