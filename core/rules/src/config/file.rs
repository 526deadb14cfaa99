//! The settings file as it is written. Every key may be left out here: what must stand
//! there is asked for afterwards, so that one missing key does not hide other mistakes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use secret::SecretRef;
use serde::Deserialize;

use super::settings::{DriftRules, Mode, Package, SupportTier, WindowKind};
use super::values::{Day, GroupTypeWord, LangWord, SchoolTypeWord, TimeOfDay, WrittenLimit};
use crate::shape::{DatedRelation, PersonRole, TermType};
use crate::{LifeCycle, OnFound, OnReusedName};

/// The settings of one tenant.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "Skolbro", extend("required" = ["tenant"]))]
pub(crate) struct File {
    /// Who the tenant is.
    #[schemars(required)]
    pub(crate) tenant: Option<TenantPart>,
    /// Registers by name: `[source.NAME]` holds these keys, `[source.NAME.KIND]` those of
    /// the connector. The first has the highest precedence.
    pub(crate) source: BTreeMap<String, SourcePart>,
    /// What fills in values that the registers lack, by name: `[supplement.NAME.KIND]` holds the
    /// connector's keys. The first comes first.
    #[expect(
        clippy::zero_sized_map_values,
        reason = "as written: the connector's table is taken out before"
    )]
    pub(crate) supplement: BTreeMap<String, SupplementPart>,
    /// Persons who are never read.
    pub(crate) protection: ProtectionPart,
    /// Which source decides a field. Left out: the order of the sources.
    pub(crate) merge: MergePart,
    /// What of the roster is used.
    pub(crate) select: SelectPart,
    /// Terms, school years and windows.
    pub(crate) calendar: CalendarPart,
    /// When the tenant runs. Left out: every day at 02:00.
    pub(crate) schedule: Option<SchedulePart>,
    /// Receivers by name: `[target.NAME]` holds these keys, `[target.NAME.KIND]` those of
    /// the connector.
    pub(crate) target: BTreeMap<String, TargetPart>,
    /// Limits on what a run may change without asking.
    pub(crate) guards: GuardsPart,
    /// Where `skolbro backup` puts backups. Left out: nowhere, unless a file is named.
    pub(crate) backup: Option<BackupPart>,
    /// What the filters `ascii` and `slug` write for a letter, e.g. `"ö" = "oe"`. Left out:
    /// the letter without its mark. Capitals follow unless they are named.
    pub(crate) transliterate: BTreeMap<char, String>,
}

/// Who the tenant is.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Tenant", extend("required" = ["name"]))]
pub(crate) struct TenantPart {
    /// Its name, for people.
    #[schemars(required, length(min = 1))]
    pub(crate) name: Option<String>,
    /// The package. Left out: silver.
    pub(crate) package: Package,
    /// The level of technical support. Left out: brons.
    pub(crate) support_tier: SupportTier,
    /// The zone in which days begin. Left out: Europe/Stockholm.
    pub(crate) time_zone: Option<String>,
    /// The language of reports. Left out: sv.
    pub(crate) language: Option<LangWord>,
    /// The tenant's key. Left out: `file:skolbro.key`.
    pub(crate) key: Option<SecretRef>,
    /// Where the tenant's memory is. Left out: a file beside the settings.
    pub(crate) store: Option<StorePart>,
    /// Whether somebody else than the one who asked must approve.
    pub(crate) four_eyes: bool,
}

/// Where the tenant's memory is: one of the two.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Store", extend("maxProperties" = 1, "minProperties" = 1))]
pub(crate) struct StorePart {
    /// A file, relative to the settings file.
    pub(crate) sqlite: Option<String>,
    /// The address of a `PostgreSQL` server, as a secret.
    pub(crate) postgres: Option<SecretRef>,
}

/// One register.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Source", extend("required" = ["serial"]))]
pub(crate) struct SourcePart {
    /// Written once by `skolbro init`; never changed, since the keys of persons depend on it.
    #[schemars(required)]
    pub(crate) serial: Option<u32>,
}

/// One supplement; all that it has stands in its connector's table.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Supplement")]
pub(crate) struct SupplementPart {}

/// Persons who are never read.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Protection")]
pub(crate) struct ProtectionPart {
    /// Files with one id a line, relative to the settings file.
    pub(crate) exclusions: Vec<String>,
}

/// Where backups go, and how long they stay.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Backup", extend("required" = ["folder"]))]
pub(crate) struct BackupPart {
    /// A folder, relative to the settings file; best on another disk or machine.
    #[schemars(required)]
    pub(crate) folder: Option<String>,
    /// Days that a backup stays; at most 35, since what is erased may not live on in backups.
    /// Left out: 35.
    #[schemars(range(min = 1, max = 35))]
    pub(crate) keep_days: Option<u16>,
}

/// Names of sources, the deciding one first.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Merge")]
pub(crate) struct MergePart {
    /// Given and family name, always together.
    pub(crate) name: Vec<String>,
    /// E-mail address.
    pub(crate) email: Vec<String>,
    /// User name.
    pub(crate) username: Vec<String>,
    /// Date of birth.
    pub(crate) birth_date: Vec<String>,
    /// Sex.
    pub(crate) sex: Vec<String>,
}

/// What of the roster is used.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Select")]
pub(crate) struct SelectPart {
    /// Schools by code or name. Left out: all.
    pub(crate) schools: Option<Vec<String>>,
    /// Forms of schooling. Left out: all.
    pub(crate) school_types: Vec<SchoolTypeWord>,
    /// Types of groups. Left out: class and teaching.
    pub(crate) groups: Option<Vec<GroupTypeWord>>,
    /// Only groups whose name or note holds this text.
    pub(crate) group_marker: Option<String>,
    /// Which persons. Left out: pupil, teacher and staff.
    pub(crate) roles: Option<Vec<PersonRole>>,
    /// Days before its start that a group or a place in it counts. Left out: 0.
    pub(crate) lead_days: u16,
    /// Days after its end that a group or a place in it counts. Left out: 0.
    pub(crate) lag_days: u16,
    /// Other days for one relation or form of schooling; the last that fits decides.
    pub(crate) days: Vec<DaysPart>,
    /// Whether guardians are read.
    pub(crate) guardians: bool,
    /// Whether persons whom the register counts as inactive are read.
    pub(crate) inactive_persons: bool,
}

/// Days for one relation, one form of schooling, or both.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Days")]
pub(crate) struct DaysPart {
    /// Which relation. Left out: every.
    pub(crate) relation: Option<DatedRelation>,
    /// Which form of schooling. Left out: every.
    pub(crate) school_type: Option<SchoolTypeWord>,
    /// Days before start.
    pub(crate) lead_days: Option<u16>,
    /// Days after end.
    pub(crate) lag_days: Option<u16>,
}

/// Terms, school years and windows.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Calendar")]
pub(crate) struct CalendarPart {
    /// Terms and school years.
    pub(crate) terms: Vec<TermPart>,
    /// Days on which nothing is applied, or on which the limits are others.
    pub(crate) windows: Vec<WindowPart>,
}

/// A term or a school year.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Term", extend("required" = ["name", "start", "end"]))]
pub(crate) struct TermPart {
    /// Its name, e.g. HT 2026.
    #[schemars(required)]
    pub(crate) name: Option<String>,
    /// Term or school year. Left out: term.
    #[serde(rename = "type")]
    pub(crate) term_type: Option<TermType>,
    /// The year in which the school year begins. Left out: told by the first day.
    #[schemars(range(min = 1900, max = 2200))]
    pub(crate) school_year: Option<u16>,
    /// First day.
    #[schemars(required)]
    pub(crate) start: Option<Day>,
    /// Last day, inclusive.
    #[schemars(required)]
    pub(crate) end: Option<Day>,
}

/// Days on which something is otherwise.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Window", extend("required" = ["kind", "start", "end"]))]
pub(crate) struct WindowPart {
    /// What for.
    #[schemars(required)]
    pub(crate) kind: Option<WindowKind>,
    /// First day.
    #[schemars(required)]
    pub(crate) start: Option<Day>,
    /// Last day, inclusive.
    #[schemars(required)]
    pub(crate) end: Option<Day>,
}

/// When to run: one of the two.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Schedule", extend("maxProperties" = 1, "minProperties" = 1))]
pub(crate) struct SchedulePart {
    /// Every day at these times.
    #[schemars(length(min = 1))]
    pub(crate) at: Option<Vec<TimeOfDay>>,
    /// So often, all day.
    #[schemars(range(min = 1, max = 1440))]
    pub(crate) every_minutes: Option<u32>,
}

/// One receiver.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Target")]
pub(crate) struct TargetPart {
    /// Test environment or the real one. Left out: production.
    pub(crate) mode: Mode,
    /// Schools by code or name. Left out: all; [] none.
    pub(crate) schools: Option<Vec<String>>,
    /// What becomes of what is no longer wanted, by kind.
    pub(crate) life_cycle: BTreeMap<String, LifeCycle>,
    /// What to do when somebody changed what we wrote.
    pub(crate) drift: Option<DriftRules>,
    /// Limits, where they differ from the tenant's.
    pub(crate) guards: GuardsPart,
    /// When to deliver. Left out: when the tenant runs.
    pub(crate) schedule: Option<SchedulePart>,
    /// Expressions by kind and attribute, where they differ from the receiver's usual ones.
    pub(crate) mapping: BTreeMap<String, BTreeMap<String, String>>,
    /// Filters by kind: what is not true is left out.
    pub(crate) filter: BTreeMap<String, String>,
    /// Whether groups without pupils wait.
    pub(crate) require_pupils: bool,
    /// Whether groups without a teacher wait.
    pub(crate) require_teacher: bool,
    /// The domains that persons' addresses may have; who has another waits. Left out: any.
    pub(crate) domains: Vec<String>,
    /// What becomes of a sleeping account whose name a new person should get. `hold`: nothing
    /// until a person has decided; `reuse`: the new person gets it with all that is in it.
    pub(crate) on_reused_name: Option<OnReusedName>,
    /// What becomes of an account or group that is there already, found by its address after the
    /// first plan. `hold`: it waits for a person's yes; `link`: it is taken over at once.
    pub(crate) on_found: Option<OnFound>,
}

/// The guards' tables, twice: with and without what only the whole has.
macro_rules! limits {
    ($($(#[$doc:meta])* $field:ident,)+) => {
        /// Limits on what a run may change without asking.
        #[derive(Debug, Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        #[schemars(rename = "Guards")]
        pub(crate) struct GuardsPart {
            $($(#[$doc])* pub(crate) $field: Option<WrittenLimit>,)+
            /// Containers smaller than this are not watched one by one. Left out: 10.
            pub(crate) container_at_least: Option<u64>,
            /// Kinds of which there are fewer are not watched for changes. Left out: 20.
            pub(crate) changes_at_least: Option<u64>,
            /// Schools with fewer persons are not watched one by one. Left out: 10.
            pub(crate) school_at_least: Option<u64>,
            /// Other limits inside the calendar's `shift` windows.
            pub(crate) shift: ShiftPart,
        }

        /// Limits inside the calendar's `shift` windows.
        #[derive(Debug, Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        #[schemars(rename = "ShiftGuards")]
        pub(crate) struct ShiftPart {
            $($(#[$doc])* pub(crate) $field: Option<WrittenLimit>,)+
        }

        impl GuardsPart {
            /// Lays what is written here over other limits.
            pub(crate) fn over(&self, guards: &mut crate::Guards) {
                $(if let Some(limit) = self.$field { guards.$field = limit.0; })+
                $(if let Some(limit) = self.shift.$field {
                    guards.shift.insert(stringify!($field).to_owned(), limit.0);
                })+
                let at_least = [
                    (self.container_at_least, &mut guards.container_at_least),
                    (self.changes_at_least, &mut guards.changes_at_least),
                    (self.school_at_least, &mut guards.school_at_least),
                ];
                for (written, value) in at_least {
                    *value = written.unwrap_or(*value);
                }
            }
        }
    };
}

limits! {
    /// Suspensions, deletions and archivings of persons' objects.
    removals,
    /// Deletions and archivings of groups' objects.
    group_removals,
    /// Removals from one container's members.
    container_members,
    /// All changes of one kind of object.
    changes,
    /// Removals at one school.
    school_removals,
    /// Changes of one attribute over all objects of a kind.
    attribute_changes,
    /// Removals of memberships over the whole target.
    membership_removals,
    /// Operations that the last good snapshot already foresaw.
    expected,
}
