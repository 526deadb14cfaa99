//! Microsoft School Data Sync: the complete set of CSV files, v2.1 or v1.
//!
//! | | |
//! |---|---|
//! | Reads  | nothing: what was delivered last is all that is known |
//! | Writes | the whole set every time; what is absent becomes inactive at Microsoft |
//! | Sign-in | none: files in a folder, no account in any cloud |
//! | Limits | 2 000 000 lines a file; the same files every time |
//! | Source | <https://learn.microsoft.com/schooldatasync/sds-v2.1-csv-file-format> (read 2026-11-23) |

mod card;
mod check;
mod forget;
mod map;
mod read_back;
mod read_v1;
mod read_v2;
mod settings;
mod sheet;
mod table;
mod table_v1;
mod v1;
mod v2;
mod write;

use std::collections::BTreeSet;

use connect::files::PlaceError;
use connect::sets::{self, Generation};
use roster::Key;
use state::{
    Call, Card, Delivery, Material, Operation, Outcome, PushRow, ReadBack, Receipt, Target,
    TargetError,
};

use write::WriteError;

pub use card::{CARD, CLASS, COURSE, ENROLLMENT, ID, ORG, RELATIONSHIP, ROLE, SESSION, USER};
pub use check::{Breach, check};
pub use settings::{
    DateFormat, Deliver, Extra, FileCase, Format, MatchRule, MatchSource, Matching, Problem,
    Settings,
};

/// A receiver of a complete set of files.
#[derive(Debug, Clone)]
pub struct SchoolDataSync {
    name: String,
    settings: Settings,
}

impl SchoolDataSync {
    /// The target that the tenant calls `name`.
    #[must_use]
    pub fn new(name: &str, settings: Settings) -> Self {
        Self { name: name.to_owned(), settings }
    }

    /// Checks the folder as it was delivered last.
    ///
    /// # Errors
    ///
    /// [`std::io::Error`] when it cannot be read.
    pub fn check(&self) -> std::io::Result<Vec<Breach>> {
        let Settings { deliver, format, added_grades, .. } = &self.settings;
        check(&deliver.folder, *format, added_grades)
    }

    fn invalid(&self, detail: String) -> TargetError {
        TargetError::Invalid { target: self.name.clone(), detail }
    }

    fn unavailable(&self, source: Box<dyn std::error::Error + Send + Sync>) -> TargetError {
        let detail = "see that the folder of the files can be written and has room".to_owned();
        TargetError::Unavailable { target: self.name.clone(), detail, source }
    }

    /// A folder that is not ours is for a person to mend: trying again changes nothing.
    fn not_written(&self, error: std::io::Error) -> TargetError {
        match PlaceError::of(&error) {
            Some(refused) => self.invalid(refused.to_string()),
            None => self.unavailable(Box::new(error)),
        }
    }

    fn deliver(&self, delivery: Delivery<'_>) -> Result<(Outcome, Vec<String>), TargetError> {
        let unavailable = |error: std::io::Error| self.unavailable(Box::new(error));
        let folder = &self.settings.deliver.folder;
        let generation = Generation::begin(folder).map_err(|error| self.not_written(error))?;
        let before = sets::manifest(folder).map_err(unavailable)?;
        let written = write::write(delivery, &self.settings, &mut |name| generation.create(name))
            .map_err(|error| match error {
            WriteError::Invalid(detail) => self.invalid(detail),
            WriteError::Io(source) => self.unavailable(source),
        })?;
        self.same_files(before.as_deref(), &written.files)?;
        let manifest = sets::seal(written.files).map_err(unavailable)?;
        let mut notes = written.notes;
        notes.extend(manifest.lines().map(ToOwned::to_owned));
        if before.as_ref() == Some(&manifest) {
            return Ok((Outcome::AlreadySo, notes));
        }
        generation.commit(&manifest).map_err(|error| self.not_written(error))?;
        Ok((Outcome::Done { receiver_id: None }, notes))
    }

    /// Refuses a set that lacks a file of the set before, unless the settings say that it
    /// ends: Microsoft would make every record of it inactive.
    fn same_files<W>(&self, before: Option<&str>, now: &[(String, W)]) -> Result<(), TargetError> {
        let is_meant = |name: &str| {
            self.settings.ended_files.iter().any(|file| {
                file.names().iter().chain(file.v1_names()).any(|end| end.eq_ignore_ascii_case(name))
            })
        };
        let gone = before
            .into_iter()
            .flat_map(sets::names)
            .find(|name| !now.iter().any(|(file, _)| file == name) && !is_meant(name));
        match gone {
            None => Ok(()),
            Some(name) => Err(self.invalid(format!(
                "{name} was delivered before and is not in `files` now, which would make its \
                 records inactive; name it in `files`, or in `ended_files`, or deliver to \
                 another folder"
            ))),
        }
    }
}

#[async_trait::async_trait]
impl Target for SchoolDataSync {
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
            return Err(self.invalid("the whole set is needed".to_owned()));
        };
        let (outcome, notes) = self.deliver(delivery)?;
        Ok(Receipt { outcomes: vec![outcome; call.operations.len()], notes })
    }

    async fn forget(&self, published: &[Key]) -> Result<(), TargetError> {
        let ids: BTreeSet<_> = published.iter().map(Key::to_string).collect();
        forget::forget(&self.settings.deliver.folder, &ids).map_err(|error| self.not_written(error))
    }

    async fn has_delivery(&self) -> Result<bool, TargetError> {
        Ok(read_back::is_there(&self.settings.deliver.folder))
    }

    async fn read_back(&self, push: PushRow<'_>) -> Result<ReadBack, TargetError> {
        read_back::read(&self.settings.deliver.folder, push).map_err(|error| match error {
            read_back::ReadError::Form { .. } => self.invalid(error.to_string()),
            read_back::ReadError::Io(source) => self.unavailable(source),
        })
    }

    fn as_delivered(&self, text: &str) -> String {
        let text = sets::clean(text);
        sheet::boolean(&text).map_or_else(|| text.clone().into_owned(), ToOwned::to_owned)
    }
}

#[cfg(test)]
mod tests;
