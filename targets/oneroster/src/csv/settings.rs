//! The settings under `[target.NAME.oneroster_csv]`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use state::Words;

/// OneRoster CSV: zip packages, whole or what has changed, or a folder of files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where packages go, and in what form.
    pub deliver: Deliver,
    /// Which version of OneRoster the receiver reads.
    #[serde(default)]
    pub version: Version,
    /// What is delivered beside schools, sessions, courses, classes, users and their places.
    #[serde(default)]
    pub include: Vec<Extra>,
    /// How school years of pupils are written; as agreed with the receiver.
    #[serde(default)]
    pub grades: Grades,
}

/// Where packages go, and in what form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    /// A folder that holds nothing else.
    pub folder: PathBuf,
    /// Zip packages, or the files of the whole set unpacked.
    #[serde(default)]
    pub form: Form,
    /// The whole set each time, or what has changed since the delivery before.
    #[serde(default)]
    pub sends: Sends,
    /// Days after which a whole set is sent although changes would do.
    #[serde(default = "week")]
    pub bulk_every_days: u16,
    /// How many whole sets are kept, each with the changes after it. Older packages leave.
    #[serde(default = "two")]
    pub keep_bulks: u16,
}

const fn week() -> u16 {
    7
}

const fn two() -> u16 {
    2
}

/// In what form the files come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A new zip package a delivery, named after its time; none is ever overwritten.
    #[default]
    Zip,
    /// The files themselves, replaced whole; the set before stands in `<folder>.previous`.
    Files,
}

/// How much a delivery says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sends {
    /// Everything: what is missing ends.
    #[default]
    Bulk,
    /// What has changed; the first time, and when nothing is known of the last, everything.
    Delta,
}

/// A version of OneRoster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub enum Version {
    /// 1.2 (binding 1.2.1).
    #[default]
    #[serde(rename = "1.2")]
    V1_2,
    /// 1.1, as School Data Sync and Apple School Manager read.
    #[serde(rename = "1.1")]
    V1_1,
}

impl Version {
    /// As manifests and file names have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
            Self::V1_1 => "1.1",
        }
    }
}

/// What need not be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Extra {
    /// Guardians as users, and which children they answer for. The tenant's choice of
    /// guardians must be on too.
    Guardians,
}

/// How school years are written. OneRoster leaves it to the two parties
/// (reference/targets.md §1.2, a belief).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grades {
    /// `F`, `01`–`09`, `GY1`–`GY4`
    #[default]
    Swedish,
    /// `KG`, `01`–`13`, as the American list has them
    Ceds,
    /// Nothing.
    None,
}

/// Something wrong in the settings, once they could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// Keys from the connector's table down.
    pub path: &'static [&'static str],
    /// What is wrong and what to do.
    pub says: Words,
}

impl Settings {
    /// What is wrong with the settings.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let Deliver { folder, form, sends, bulk_every_days, keep_bulks } = &self.deliver;
        let mut problems = Vec::new();
        let mut add = |path, sv, en| problems.push(Problem { path, says: Words { sv, en } });
        if folder.file_name().is_none() {
            add(
                &["deliver", "folder"],
                "ange en mapp som bara är till för filerna",
                "name a folder of its own for the files",
            );
        }
        if (*form, *sends) == (Form::Files, Sends::Delta) {
            add(
                &["deliver", "sends"],
                "filer i en mapp är alltid hela mängden; skriv form = \"zip\" för ändringar",
                "files in a folder are always the whole set; write form = \"zip\" for changes",
            );
        }
        if *bulk_every_days == 0 {
            add(&["deliver", "bulk_every_days"], "minst 1 dag", "at least 1 day");
        }
        if *keep_bulks == 0 {
            add(
                &["deliver", "keep_bulks"],
                "minst 1: den senaste hela mängden behålls alltid",
                "at least 1: the last whole set is always kept",
            );
        }
        problems
    }

    /// Whether it is delivered.
    pub(super) fn has(&self, extra: Extra) -> bool {
        self.include.contains(&extra)
    }

    /// Tells settings apart that make other lines of the same rows: after a change between
    /// two such, the changes since the delivery before would not be all of them.
    pub(super) fn fingerprint(&self) -> String {
        let Self { deliver: _, version, include, grades } = self;
        let mut include = include.clone();
        include.sort_unstable();
        include.dedup();
        let told = format!("1 {} {include:?} {grades:?}", version.word());
        let sum = Sha256::digest(told.as_bytes());
        sum.iter().take(4).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }
}
