//! Tables in text files (CSV, TSV), laid out as a profile says.
//!
//! | | |
//! |---|---|
//! | Reads  | organisations, school units, persons, groups, enrolments, duties, memberships, teachers of groups, guardians |
//! | From   | one file per table with keys and references, or one wide file with a row per pupil and group |
//! | Text   | UTF-8 with or without BOM, UTF-16, Windows-1252; told apart by the content |
//! | Never  | activities, placements, schedules |
//!
//! A new system is a profile, which is data, not code (K033).

mod beside;
mod bind;
mod card;
mod complete;
mod fields;
mod file;
mod lines;
mod messages;
mod read;
mod relations;
mod rows;
mod sanity;
mod seen;
mod settings;
#[cfg(test)]
mod tests;
mod value;

use roster::{Date, Intake, MarkingPolicy, ReadReport, Source, SourceError};

pub(crate) use file::{TableFile, content};

pub use card::{Capability, Gives};
pub use fields::{Field, TableKind};
pub use messages::{Language, explain, explain_notice, explain_problem};
pub use settings::{
    Column, Delimiter, EncodingName, MarkingSettings, Problem, TableLayout, TableSettings,
};

/// The source's name in the settings file.
pub const KIND: &str = "table";

/// A register in text files.
pub struct Table {
    settings: TableSettings,
    layout: settings::Layout,
    today: Date,
}

impl Table {
    /// The source that the settings describe. `settings.folder` must be usable as it stands:
    /// the caller has joined it to the folder of the settings file. `today` tells the
    /// century of short identity numbers.
    ///
    /// # Errors
    ///
    /// What [`TableSettings::problems`] says.
    pub fn new(settings: TableSettings, today: Date) -> Result<Self, Vec<Problem>> {
        let problems = settings.problems();
        match settings.layout() {
            Ok(layout) if problems.is_empty() => Ok(Self { settings, layout, today }),
            _ => Err(problems),
        }
    }

    /// What the gate must be told of the marking's values; for [`roster::Assembly::intake`].
    #[must_use]
    pub fn marking_policy(&self) -> MarkingPolicy {
        MarkingPolicy::open_values(self.layout.marking.open_values())
    }

    /// What the register can say in this layout: a row per table and field (K020).
    #[must_use]
    pub fn card(&self) -> Vec<Capability> {
        card::of(&self.layout)
    }

    /// Reads everything, blocking. [`Source::read`] is this.
    pub fn read_blocking(&self, intake: &mut Intake<'_>) -> Result<ReadReport, SourceError> {
        read::read(&self.settings, &self.layout, self.today, intake)
    }
}

#[async_trait::async_trait]
impl Source for Table {
    async fn read(&self, intake: &mut Intake<'_>) -> Result<ReadReport, SourceError> {
        self.read_blocking(intake)
    }
}
