//! The settings under `[target.NAME.school_data_sync]`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use state::Words;

/// Microsoft School Data Sync: a complete set of CSV files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the set of files goes.
    pub deliver: Deliver,
    /// Which of Microsoft's two formats.
    #[serde(default)]
    pub format: Format,
    /// Which files beside `orgs`, `users` and `roles`. Terms and courses follow as files of
    /// headers when there are none, since the same files must come every time. What says more
    /// of a person (`demographics`, `userFlags`, `relationships`) comes only if named here.
    #[serde(default = "usual_files")]
    pub files: Vec<Extra>,
    /// Files that were delivered once and now end: Microsoft then makes every record of
    /// them inactive. Without its name here, a file that was delivered must stay.
    #[serde(default)]
    pub ended_files: Vec<Extra>,
    /// How Microsoft finds the account of a person; as set in School Data Sync.
    #[serde(default)]
    pub matching: Matching,
    /// Codes of grades that the tenant has added at Microsoft.
    #[serde(default)]
    pub added_grades: Vec<String>,
    /// How v1 file names are written.
    #[serde(default)]
    pub file_case: FileCase,
    /// How v1 dates are written.
    #[serde(default)]
    pub date_format: DateFormat,
}

/// Where the files go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    /// A folder that holds nothing else. The set before stands beside it, in
    /// `<folder>.previous`.
    pub folder: PathBuf,
}

/// Microsoft's two formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
pub enum Format {
    /// The format of today.
    #[default]
    #[serde(rename = "v2.1")]
    V2_1,
    /// The format of School Data Sync (Classic), still accepted.
    #[serde(rename = "v1")]
    V1,
}

/// A file that need not be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Extra {
    /// Terms and school years.
    AcademicSessions,
    /// Courses.
    Courses,
    /// Classes and who is in them: `classes` and `enrollments`, always together.
    Classes,
    /// Sex and birth date.
    Demographics,
    /// Flags of users.
    UserFlags,
    /// Guardians and other contacts.
    Relationships,
}

impl Extra {
    /// The files of v2.1 that it stands for.
    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::AcademicSessions => &["academicSessions.csv"],
            Self::Courses => &["courses.csv"],
            Self::Classes => &["classes.csv", "enrollments.csv"],
            Self::Demographics => &["demographics.csv"],
            Self::UserFlags => &["userFlags.csv"],
            Self::Relationships => &["relationships.csv"],
        }
    }

    /// The files of v1 that it stands for.
    pub(super) const fn v1_names(self) -> &'static [&'static str] {
        match self {
            Self::Classes => &["Section.csv", "StudentEnrollment.csv", "TeacherRoster.csv"],
            Self::Relationships => &["User.csv", "Guardianrelationship.csv"],
            Self::AcademicSessions | Self::Courses | Self::Demographics | Self::UserFlags => &[],
        }
    }
}

fn usual_files() -> Vec<Extra> {
    vec![Extra::AcademicSessions, Extra::Courses, Extra::Classes]
}

/// How Microsoft finds accounts: one rule for staff, one for students.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matching {
    /// Staff.
    pub staff: Option<MatchRule>,
    /// Students.
    pub student: Option<MatchRule>,
}

/// One rule of identity matching.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchRule {
    /// The column that identifies the person.
    #[serde(default)]
    pub source: MatchSource,
    /// The domain that School Data Sync adds. Without it, the value must carry its own.
    pub domain: Option<String>,
}

/// A column that can identify a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MatchSource {
    /// `username`
    #[default]
    Username,
    /// `activeDirectoryMatchId`
    ActiveDirectoryMatchId,
    /// `email`
    Email,
}

/// How v1 file names are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileCase {
    /// `studentenrollment.csv`, as Microsoft's pages write it.
    #[default]
    Lower,
    /// `StudentEnrollment.csv`, as Microsoft's samples write it.
    Capitalised,
}

/// How v1 dates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateFormat {
    /// `2026-08-17`
    #[default]
    Iso,
    /// `20260817`
    Compact,
}

/// Something wrong in the settings, once they could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// Keys from the connector's table down.
    pub path: &'static [&'static str],
    /// What is wrong and what to do.
    pub says: Words,
}

const fn problem(path: &'static [&'static str], sv: &'static str, en: &'static str) -> Problem {
    Problem { path, says: Words { sv, en } }
}

impl Settings {
    /// What is wrong with the settings.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.problems_of_format();
        if self.deliver.folder.file_name().is_none() {
            problems.push(problem(
                &["deliver", "folder"],
                "ange en mapp som bara är till för filerna",
                "name a folder of its own for the files",
            ));
        }
        if self.ended_files.iter().any(|file| self.files.contains(file)) {
            problems.push(problem(
                &["ended_files"],
                "nämner en fil som `files` också nämner",
                "names a file that `files` names too",
            ));
        }
        let rules: [(&'static [&'static str], _); 2] = [
            (&["matching", "staff", "domain"], &self.matching.staff),
            (&["matching", "student", "domain"], &self.matching.student),
        ];
        for (path, rule) in rules {
            let domain = rule.as_ref().and_then(|rule| rule.domain.as_deref());
            if domain.is_some_and(|domain| domain.contains('@') || !domain.contains('.')) {
                let sv = "skriv bara domänen, t.ex. \"example.se\"";
                problems.push(problem(path, sv, "write the domain alone, e.g. \"example.se\""));
            }
        }
        if self.added_grades.iter().any(|grade| !is_code(grade)) {
            problems.push(problem(
                &["added_grades"],
                "en kod består av bokstäver och siffror",
                "a code is letters and digits",
            ));
        }
        problems
    }

    fn problems_of_format(&self) -> Vec<Problem> {
        let (sv, en) =
            ("gäller bara format = \"v1\"; ta bort den", "only for format = \"v1\"; take it away");
        let mut problems = Vec::new();
        if self.format == Format::V2_1 && self.file_case != FileCase::Lower {
            problems.push(problem(&["file_case"], sv, en));
        }
        if self.format == Format::V2_1 && self.date_format != DateFormat::Iso {
            problems.push(problem(&["date_format"], sv, en));
        }
        problems
    }

    /// Whether the set has this file or, in v1, columns for it.
    pub(super) fn has(&self, extra: Extra) -> bool {
        self.files.contains(&extra)
    }
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
