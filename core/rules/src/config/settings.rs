//! The settings of a tenant, checked and complete.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Time;
use roster::{Date, PersonField, Precedence, SourceIndex};
use schemars::JsonSchema;
use secret::SecretRef;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::shape::{Selection, Term};
use crate::{Drift, Guards, LifeCycle, OnFound, OnReusedName};

/// Everything that a tenant decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Who.
    pub tenant: Tenant,
    /// Registers, in the order of the file: the first has the highest precedence.
    pub sources: Vec<SourceSettings>,
    /// What fills in values that the registers lack, in the order of the file.
    pub supplements: Vec<SupplementSettings>,
    /// Files with ids of persons who must not be read at all, relative to the settings file.
    pub exclusions: Vec<String>,
    /// Which source decides a field, where that is not the order of the sources.
    pub precedence: Precedence,
    /// What of the roster is used.
    pub select: Select,
    /// Terms and windows.
    pub calendar: Calendar,
    /// When the tenant runs, where a target does not say otherwise.
    pub schedule: Schedule,
    /// Receivers, in the order of the file.
    pub targets: Vec<TargetSettings>,
    /// Limits, where a target does not say otherwise.
    pub guards: Guards,
    /// Where backups go; `None` where the settings name no place.
    pub backup: Option<Backup>,
    /// What `ascii` and `slug` write for a letter, where that is not the usual.
    pub transliterate: BTreeMap<char, String>,
    /// Tables of the program's other parts that the file has.
    pub facilities: Vec<Section>,
}

impl Settings {
    /// How many systems are read (K001).
    #[must_use]
    pub fn source_count(&self) -> usize {
        self.sources.len() + self.supplements.len()
    }

    /// The target with this name.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<&TargetSettings> {
        self.targets.iter().find(|target| target.name == name)
    }

    /// The table of a part of the program, where the file has it.
    #[must_use]
    pub fn facility(&self, id: &str) -> Option<&Section> {
        self.facilities.iter().find(|section| section.kind == id)
    }

    /// The source with this name, and its place.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<(SourceIndex, &SourceSettings)> {
        let at = self.sources.iter().position(|source| source.name == name)?;
        Some((SourceIndex(u8::try_from(at).ok()?), self.sources.get(at)?))
    }
}

/// Where backups go, and how long they stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// A folder, relative to the settings file.
    pub folder: String,
    /// Days that a backup stays.
    pub keep_days: u16,
}

impl Backup {
    /// How long a backup stays at most (reference/portal.md §2.8).
    pub const LONGEST_DAYS: u16 = 35;
}

/// The package that the tenant has bought (K001–K007).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Package {
    /// One source, data passed on unadjusted.
    Brons,
    /// Several sources and adjusted data. The default: nothing that works is refused.
    #[default]
    Silver,
    /// As silver; further services are agreed.
    Guld,
}

/// The level of technical support, chosen apart from the package (K095).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SupportTier {
    /// The lowest level of access to the tenant's data.
    #[default]
    Brons,
    /// The middle level.
    Silver,
    /// The highest level.
    Guld,
}

/// A language that people meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Swedish.
    #[default]
    Sv,
    /// English.
    En,
}

/// Who the tenant is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its name, for people.
    pub name: String,
    /// The package.
    pub package: Package,
    /// The level of support.
    pub support_tier: SupportTier,
    /// The zone in which days begin, e.g. `Europe/Stockholm`.
    pub time_zone: String,
    /// The language of reports.
    pub language: Lang,
    /// The tenant's key.
    pub key: SecretRef,
    /// Where the tenant's memory is.
    pub store: StoreSettings,
    /// Whether somebody else than the one who asked must approve.
    pub four_eyes: bool,
}

/// Where the tenant's memory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreSettings {
    /// A file, relative to the settings file; default: its name with `.db`.
    Sqlite(String),
    /// A `PostgreSQL` server; the reference leads to its address with sign-in.
    Postgres(SecretRef),
}

/// A connector's own part of the settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// The connector's id, e.g. `table`.
    pub kind: &'static str,
    /// What the tenant wrote, checked by the connector.
    pub table: toml::Table,
}

impl Section {
    /// The connector's settings.
    ///
    /// # Errors
    ///
    /// Only when `T` is another type than the one that the section was checked with.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, toml::de::Error> {
        T::deserialize(toml::Value::Table(self.table.clone()))
    }
}

/// One register.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceSettings {
    /// Its name in the settings.
    pub name: String,
    /// Its number, written once by `init`: keys depend on it, so it is never changed.
    pub serial: u32,
    /// What reads it, and how.
    pub section: Section,
}

/// What of the roster is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Select {
    /// Which schools, by code or name.
    pub schools: Schools,
    /// What else.
    pub what: Selection,
}

/// Some schools or all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Schools {
    /// Every school of the roster.
    #[default]
    All,
    /// These, by code or name; none when empty.
    Only(Vec<String>),
}

/// Terms and windows of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// Terms and school years, in the order of the file.
    pub terms: Vec<Term>,
    /// Windows, in the order of the file.
    pub windows: Vec<Window>,
}

/// What a window is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowKind {
    /// Nothing is applied.
    Freeze,
    /// Term shift: `guards.shift` replaces other limits.
    Shift,
}

/// Days on which something is otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// What for.
    pub kind: WindowKind,
    /// First day.
    pub start: Date,
    /// Last day, inclusive.
    pub end: Date,
}

/// When the tenant runs (K079, K080). Local time of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Every day at these times, sorted.
    Daily(Vec<Time>),
    /// So often, all day.
    Every(Duration),
}

impl Default for Schedule {
    /// Once a day at two in the night (K079).
    fn default() -> Self {
        Self::Daily(vec![jiff::civil::time(2, 0, 0, 0)])
    }
}

/// What fills in values that the registers lack.
#[derive(Debug, Clone, PartialEq)]
pub struct SupplementSettings {
    /// Its name in the settings.
    pub name: String,
    /// What reads it, and how.
    pub section: Section,
}

/// How a target is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The receiver's test environment or a folder that nobody fetches.
    Test,
    /// The real receiver.
    #[default]
    Production,
}

/// What to do about drift at one target.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DriftRules {
    /// Where nothing else is said. Left out: what is usual for the kind of receiver.
    pub default: Option<Drift>,
    /// By kind of object or membership.
    pub kinds: BTreeMap<String, Drift>,
    /// By kind and attribute.
    pub attributes: BTreeMap<String, BTreeMap<String, Drift>>,
}

impl DriftRules {
    /// What holds for an attribute, or for membership itself where `attribute` is `None`;
    /// `usual` where nothing is said.
    #[must_use]
    pub fn of(&self, kind: &str, attribute: Option<&str>, usual: Drift) -> Drift {
        let named = attribute.and_then(|name| self.attributes.get(kind)?.get(name));
        named.or_else(|| self.kinds.get(kind)).copied().or(self.default).unwrap_or(usual)
    }
}

/// One receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetSettings {
    /// Its name in the settings.
    pub name: String,
    /// How it is used.
    pub mode: Mode,
    /// Which schools it gets.
    pub schools: Schools,
    /// Life cycle by the name of a kind.
    pub life_cycle: BTreeMap<String, LifeCycle>,
    /// Drift.
    pub drift: DriftRules,
    /// Limits: the tenant's, with the target's own laid over.
    pub guards: Guards,
    /// When it is delivered to, clamped to what the receiver allows (K081).
    pub schedule: Schedule,
    /// Expressions by kind and attribute, where they differ from the target's own.
    pub mapping: BTreeMap<String, BTreeMap<String, String>>,
    /// Filters by kind.
    pub filter: BTreeMap<String, String>,
    /// Groups without pupils wait (K214).
    pub require_pupils: bool,
    /// Groups without a teacher wait (K213).
    pub require_teacher: bool,
    /// The domains that persons' addresses may have; none: any (K120).
    pub domains: Vec<String>,
    /// A sleeping account whose name a new person should get (K136).
    pub on_reused_name: OnReusedName,
    /// An account or group that is there already.
    pub on_found: OnFound,
    /// What writes to it, and how.
    pub section: Section,
}

/// The settings' word for a field that sources may differ on.
pub(crate) const PERSON_FIELDS: &[(&str, PersonField)] = &[
    ("name", PersonField::Name),
    ("email", PersonField::Email),
    ("username", PersonField::Username),
    ("birth_date", PersonField::BirthDate),
    ("sex", PersonField::Sex),
];
