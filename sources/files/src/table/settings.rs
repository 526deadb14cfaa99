//! The source's part of the settings, and the profiles that it starts from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::fields::{Field, TableKind};

/// `[source.NAME.table]`: registers that come as tables in text files.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableSettings {
    /// Folder with the register's files. Seen from the settings file's folder.
    pub folder: PathBuf,
    /// Layout to start from: `skolbro` (one file per table), `wide-sv` (one file, a row per
    /// pupil and group) or `none`.
    #[serde(default = "default_profile")]
    pub profile: String,
    /// Character between fields; found in the header row when left out.
    pub delimiter: Option<Delimiter>,
    /// Encoding of the files; found out when left out.
    pub encoding: Option<EncodingName>,
    /// Tables that differ from the profile, or that it does not have.
    #[serde(default)]
    pub tables: BTreeMap<TableKind, TableLayout>,
    /// Words of the register and what they mean, per field: `values.school_type.GRAN = "GRS"`.
    #[serde(default)]
    pub values: BTreeMap<Field, BTreeMap<String, String>>,
    /// How the register marks persons with protected identity.
    #[serde(default)]
    pub marking: MarkingSettings,
    /// File whose existence in the folder says that the export is complete.
    pub complete_marker: Option<String>,
    /// How many seconds the newest file must have been left alone before it is read.
    pub min_age_seconds: Option<u64>,
}

fn default_profile() -> String {
    "skolbro".to_owned()
}

/// What a profile says; all of it can be overridden.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layout {
    #[serde(default)]
    pub(crate) tables: BTreeMap<TableKind, TableLayout>,
    #[serde(default)]
    pub(crate) values: BTreeMap<Field, BTreeMap<String, String>>,
    #[serde(default)]
    pub(crate) marking: MarkingSettings,
}

/// Where a table is and what its columns are called.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableLayout {
    /// File name in the folder.
    pub file: Option<String>,
    /// Whether the file must be there. Default: yes.
    pub required: Option<bool>,
    /// Whether rows repeat the same entity or relation, or have none of it, as in a file
    /// with one row per pupil and group. Default: no.
    pub wide: Option<bool>,
    /// Our field to the register's column.
    #[serde(default)]
    pub columns: BTreeMap<Field, Column>,
    /// Further fields of a person, by name, that rules can use; `persons` only.
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
}

/// Where a field's value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Column {
    /// The column with this name.
    Name(String),
    /// The first of these columns that there is.
    FirstOf(Vec<String>),
    /// The same value in every row.
    Constant {
        /// The value.
        constant: String,
    },
    /// Several columns, joined by `/`; empty when one of them is empty.
    Join {
        /// The columns' names.
        join: Vec<String>,
    },
}

/// How the register marks persons with protected identity.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkingSettings {
    /// Column of `persons` that carries the marking, when the profile names another.
    pub column: Option<String>,
    /// Values that mean "not protected"; every other value means protected. Default:
    /// `Ingen` and the empty value.
    pub open_values: Option<Vec<String>>,
    /// Who, with role and name, has accepted that the register carries no marking. Without
    /// it such a register is refused.
    pub not_carried_acknowledged_by: Option<String>,
}

/// Characters between fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// The tab character.
    Tab,
}

impl Delimiter {
    /// All, the likeliest first.
    pub(crate) const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    /// The character.
    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// Encodings that can be demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EncodingName {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1252 or ISO-8859-1.
    Windows1252,
}

/// Something in the settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Dotted path inside `[source.NAME.table]`, e.g. `tables.persons.columns`.
    pub at: String,
    /// Stable code, e.g. `unknown_profile`.
    pub code: &'static str,
    /// Further words: the value, the choices.
    pub detail: String,
}

const PROFILES: &[(&str, &str)] = &[
    ("skolbro", include_str!("profiles/skolbro.toml")),
    ("wide-sv", include_str!("profiles/wide-sv.toml")),
    ("none", ""),
];

impl TableSettings {
    /// The default layout in `folder`.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            profile: default_profile(),
            delimiter: None,
            encoding: None,
            tables: BTreeMap::new(),
            values: BTreeMap::new(),
            marking: MarkingSettings::default(),
            complete_marker: None,
            min_age_seconds: None,
        }
    }

    /// Names of the profiles that there are.
    pub fn profiles() -> impl Iterator<Item = &'static str> {
        PROFILES.iter().map(|(name, _)| *name)
    }

    /// What cannot be used, all at once; empty when the source can be made.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        match self.layout() {
            Ok(layout) => layout.problems(),
            Err(problem) => vec![problem],
        }
    }

    /// The profile with what the settings say otherwise.
    pub(crate) fn layout(&self) -> Result<Layout, Problem> {
        let text = PROFILES.iter().find(|(name, _)| *name == self.profile);
        let (_, text) = text.ok_or_else(|| Problem {
            at: "profile".to_owned(),
            code: "unknown_profile",
            detail: Self::profiles().collect::<Vec<_>>().join(", "),
        })?;
        let mut layout: Layout = toml::from_str(text).map_err(|error| Problem {
            at: "profile".to_owned(),
            code: "broken_profile",
            detail: error.message().to_owned(),
        })?;
        for (&kind, table) in &self.tables {
            layout.tables.entry(kind).or_default().overlay(table);
        }
        for (&field, values) in &self.values {
            layout.values.entry(field).or_default().extend(values.clone());
        }
        layout.marking.overlay(&self.marking);
        if let Some(column) = &self.marking.column {
            let persons = layout.tables.entry(TableKind::Persons).or_default();
            persons.columns.insert(Field::SecurityMarking, Column::Name(column.clone()));
        }
        layout.tables.retain(|_, table| table.file.as_deref() != Some(""));
        Ok(layout)
    }
}

impl MarkingSettings {
    fn overlay(&mut self, over: &Self) {
        let Self { column, open_values, not_carried_acknowledged_by } = over.clone();
        self.column = column.or(self.column.take());
        self.open_values = open_values.or(self.open_values.take());
        self.not_carried_acknowledged_by =
            not_carried_acknowledged_by.or(self.not_carried_acknowledged_by.take());
    }

    /// Values that mean "not protected".
    pub(crate) fn open_values(&self) -> Vec<String> {
        let default = || vec!["Ingen".to_owned(), String::new()];
        self.open_values.clone().unwrap_or_else(default)
    }
}

impl TableLayout {
    fn overlay(&mut self, over: &Self) {
        let Self { file, required, wide, columns, extra } = over.clone();
        self.file = file.or(self.file.take());
        self.required = required.or(self.required);
        self.wide = wide.or(self.wide);
        self.columns.extend(columns);
        self.extra.extend(extra);
    }
}

impl Layout {
    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut problem = |at: String, code, detail: &str| {
            problems.push(Problem { at, code, detail: detail.to_owned() });
        };
        for kind in [TableKind::Schools, TableKind::Persons] {
            if !self.tables.contains_key(&kind) {
                problem(format!("tables.{}", kind.as_str()), "missing_table", kind.as_str());
            }
        }
        for (kind, table) in &self.tables {
            let at = format!("tables.{}", kind.as_str());
            let shape = kind.shape();
            if table.file.is_none() {
                problem(format!("{at}.file"), "missing_file_name", kind.as_str());
            }
            for field in table.columns.keys().filter(|field| !shape.fields.contains(field)) {
                problem(format!("{at}.columns"), "field_of_no_use", field.as_str());
            }
            for field in shape.required.iter().filter(|it| !table.columns.contains_key(it)) {
                problem(format!("{at}.columns"), "missing_field", field.as_str());
            }
            // A constant would say of everybody that they are not protected.
            let marking = table.columns.get(&Field::SecurityMarking);
            if matches!(marking, Some(Column::Constant { .. } | Column::Join { .. })) {
                problem(format!("{at}.columns.security_marking"), "constant_marking", "");
            }
            if !table.extra.is_empty() && *kind != TableKind::Persons {
                problem(format!("{at}.extra"), "extra_of_no_use", "");
            }
        }
        problems
    }
}
